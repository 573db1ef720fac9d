"""A part of a clause's condition, in words that can be kept and said again in another language."""

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any

from portal.policy.deciding.document import Version
from portal.policy.language.tree import Not, Stated, Tree
from portal.translation import Kept, keep
from portal.words.conditions import condition


def part_words(part: Tree, *, clause: str, key: str, path: Iterable[int]) -> Kept:
    """What a part of a condition says, kept as the place where it stands.

    ``key`` is the condition's in its clause (``when``, ``reversed.finding``), ``path`` which part
    of which part it is.
    """
    return keep(condition(part), {"clause": clause, "key": key, "path": list(path)})


def words_of(place: Mapping[str, Any], version: Version) -> str:
    """What the part at such a place says, in the language in force."""
    tree: Any = attrgetter(place["key"])(version.clause(place["clause"])).tree
    for step in place["path"]:
        tree = tree.inner if isinstance(tree, Not | Stated) else tree.parts[step]
    return condition(tree)
