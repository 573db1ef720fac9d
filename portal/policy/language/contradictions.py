"""Times of one case that cannot all be: what came later is said to have come earlier."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from portal.policy.facts.table import ALL, EVENTS, INDEX, Source


def _in_turn() -> Iterator[tuple[str, str]]:
    """Each two facts of which the second never comes before the first, by the first of them.

    What may not lie before one time comes before what may not lie before several.
    """
    later = sorted(ALL, key=lambda fact: (fact.source is not Source.LOGS, len(fact.after)))
    for first in ALL:
        yield from ((first.name, fact.name) for fact in later if first.name in fact.after)
    yield from ((name, "now") for name in sorted(EVENTS))


IN_TURN: Final = tuple(_in_turn())
# The same by the place of the first, each with what can't lie before it.
_FOLLOWING = tuple(
    (INDEX[first], tuple((INDEX[later], (first, later)) for _, later in pairs))
    for first, pairs in groupby(IN_TURN, key=itemgetter(0))
)
_NOW, _ORDERED = INDEX["now"], INDEX["order.ordered_at"]

Pair = tuple[str, str]


def contradictions(
    facts: Sequence[Any], messages: Iterable[Any], rows: Iterable[tuple[str, Any]]
) -> tuple[Pair, ...]:
    """The pairs of fields of which the second is said to lie before the first, and cannot.

    ``messages`` are the times at which messages came, ``rows`` those of top-ups and purchases, each
    with its field.
    """
    found = [
        pair
        for first, following in _FOLLOWING
        if isinstance(facts[first], datetime)
        for later, pair in following
        if _before(facts[later], facts[first])
    ]
    for place, at in enumerate(messages):
        field = f"order.messages[{place}].received_at"
        if _before(at, facts[_ORDERED]):
            found.append(("order.ordered_at", field))
        if _before(facts[_NOW], at):
            found.append((field, "now"))
    found += [(field, "now") for field, at in rows if _before(facts[_NOW], at)]
    return tuple(found)


def known_turns(facts: Sequence[Any]) -> tuple[tuple[int, int], ...]:
    """The places of each two times that are known and of which the second never comes before the first."""
    return tuple(
        (first, later)
        for first, following in _FOLLOWING
        if isinstance(facts[first], datetime)
        for later, _ in following
        if isinstance(facts[later], datetime)
    )


def _before(one: Any, other: Any) -> bool:
    return isinstance(one, datetime) and isinstance(other, datetime) and one < other
