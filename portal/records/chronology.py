"""Rows held against themselves and the clock: what can't have happened so is refused at the door."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from portal.policy.facts.number import NUMBER
from portal.policy.facts.order import ORDER
from portal.policy.facts.table import BY_NAME, Type
from portal.translation import gettext

# A shop's clock may go before ours, and no further; what is still to come may lie years ahead.
AHEAD = timedelta(days=1)
TO_COME = timedelta(days=3660)
_ORDERED = "order.ordered_at"
_TIMES = tuple(fact for fact in ORDER + NUMBER if fact.type is Type.TIME)
_PLANNED = frozenset(fact.key for fact in _TIMES if fact.planned)
_PAIRS = tuple(
    (BY_NAME[first].key, fact.key) for fact in _TIMES for first in fact.after if first != _ORDERED
)
# Whatever happens to an order happens after it was placed.
_AFTER_ORDERED = tuple(
    fact.key
    for fact in _TIMES
    if _ORDERED in fact.after or any(_ORDERED in BY_NAME[first].after for first in fact.after)
)


def contradictions(row: Mapping[str, Any], *, at: datetime) -> Iterator[tuple[str, str]]:
    """Each time of a row that can't be so as of ``at`` (UTC): its column, and why.

    One wrong time is told once, though it contradicts several others.
    """
    times = {name: value for name, value in row.items() if isinstance(value, datetime)}
    if not times:
        return
    soon, ever = at + AHEAD, at + TO_COME
    for name in [name for name, value in times.items() if value > soon]:
        planned = name in _PLANNED
        if not planned or times[name] > ever:
            del times[name]
            ahead = gettext("lies more than ten years ahead")
            yield name, ahead if planned else gettext("lies in the future")
    ordered = times.get("ordered_at")
    if ordered is not None:
        second = ordered.replace(microsecond=0)
        early = [name for name in _AFTER_ORDERED if name in times and times[name] < second]
        if len(early) == 1:
            yield (
                early[0],
                gettext("is before ordered_at: nothing happens to an order before it is placed"),
            )
        elif early:
            yield (
                "ordered_at",
                gettext(
                    "is after %(columns)s: an order is placed before all of them",
                    columns=", ".join(early),
                ),
            )
        for name in early:
            del times[name]
    for first, last in _PAIRS:
        if first in times and last in times and times[last] < times[first]:
            yield last, gettext("is before %(column)s", column=first)


def before(event: datetime, ordered: datetime) -> bool:
    """Whether an event is told before its order; a time kept without fractions may be cut below it."""
    return event < ordered.replace(microsecond=0)
