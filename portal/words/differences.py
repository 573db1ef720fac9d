"""What a new version of a policy changes, clause by clause, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from portal.policy.deciding.document import Version
from portal.policy.language.clause import Clause
from portal.policy.language.tree import Duration, lengths, with_lengths
from portal.translation import gettext, lazy_gettext as _, listed
from portal.words.aspects import Aspect, aspects, shop_wide
from portal.words.clauses import applies
from portal.words.lengths import length


class Change(StrEnum):
    """What became of a clause."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it ``was``.

    ``clause`` is its number, empty for what concerns the whole version; ``about`` names what
    changed; ``values`` tells the change alone ("five days became seven days") where nothing but
    lengths of time changed. An added clause was nothing, a removed one is nothing now.
    """

    clause: str
    change: Change
    about: str
    was: str
    now: str
    values: str = ""


def differences(old: Version, new: Version) -> tuple[Difference, ...]:
    """Everything that ``new`` says otherwise than ``old``: first shop-wide, then clause by clause.

    Clauses come in the order of ``new``, those that it no longer has last. None where both decide
    and read the same; examples are not compared.
    """
    before = {clause.id: clause for clause in old.clauses}
    after = {clause.id: clause for clause in new.clauses}
    found = list(_changed("", shop_wide(old), shop_wide(new)))
    found += _reordered([n for n in before if n in after], [n for n in after if n in before])
    for number, clause in after.items():
        if number in before:
            found += _changed(number, aspects(before[number]), aspects(clause))
        else:
            found.append(Difference(number, Change.ADDED, _("the rule"), "", _whole(clause)))
    for number, clause in before.items():
        if number not in after:
            found.append(Difference(number, Change.REMOVED, _("the rule"), _whole(clause), ""))
    return tuple(found)


def as_text(found: tuple[Difference, ...]) -> str:
    """The differences as lines for a terminal; a sentence where there are none."""
    lines = []
    for each in found:
        values = f" ({each.values})" if each.values else ""
        lines.append(f"{each.clause or 'everywhere'}: {each.about} {each.change}{values}")
        lines += [f"    was: {each.was}"] if each.was else []
        lines += [f"    now: {each.now}"] if each.now else []
    return "\n".join(lines) or "Both say the same."


def _changed(clause: str, old: dict[str, Aspect], new: dict[str, Aspect]) -> Iterator[Difference]:
    for about in dict.fromkeys((*old, *new)):
        one, other = old.get(about), new.get(about)
        if one == other:
            continue
        change = Change.CHANGED if one and other else Change.ADDED if other else Change.REMOVED
        yield Difference(
            clause,
            change,
            about,
            one.words if one else "",
            other.words if other else "",
            _values(one.tree, other.tree) if one and other else "",
        )


def _reordered(old: list[str], new: list[str]) -> list[Difference]:
    if old == new:
        return []
    return [
        Difference("", Change.CHANGED, _("the order of the rules"), ", ".join(old), ", ".join(new))
    ]


def _whole(clause: Clause) -> str:
    return f"{clause.wording} {applies(clause)}"


def _values(old: object, new: object) -> str:
    """What became of the lengths of time, where the two are the same but for them."""
    if with_lengths(old, _any) != with_lengths(new, _any):
        return ""
    pairs = zip(lengths(old), lengths(new), strict=True)
    changed = dict.fromkeys((one, other) for one, other in pairs if one != other)
    return listed(
        gettext("%(old)s became %(new)s", old=length(one), new=length(other))
        for one, other in changed
    )


def _any(_length: Duration) -> Duration:
    return Duration()
