"""Times of one case that cannot all be: what came later is said to have come earlier."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from portal.policy.facts import EVENTS, INDEX

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# Each two facts: the second never comes before the first.
IN_TURN: Final = (
    *(
        ("order.ordered_at", name)
        for name in (
            "order.expires_at", "order.revealed_at", "order.completed_at", "order.cancelled_at",
            "order.unavailable_at", "order.refunded_at", "order.outage_reported_at",
            "order.disconnected_at", "order.paid_until", "claim.submitted_at",
        )
    ),
    ("order.paid_from", "order.paid_until"),
    ("order.outage_reported_at", "order.outage_ended_at"),
    ("findings.access_requested_at", "findings.access_granted_at"),
    *((name, "now") for name in sorted(EVENTS)),
)  # fmt: skip
_PLACES = tuple((INDEX[first], INDEX[later]) for first, later in IN_TURN)
_NOW, _ORDERED = INDEX["now"], INDEX["order.ordered_at"]

Pair = tuple[str, str]


def contradictions(
    facts: Sequence[Any], messages: Iterable[Any], rows: Iterable[tuple[str, Any]]
) -> tuple[Pair, ...]:
    """The pairs of fields of which the second is said to lie before the first, and cannot.

    ``messages`` are the times at which messages came, ``rows`` those of top-ups and purchases, each
    with its field.
    """
    return tuple(_found(facts, messages, rows))


def _found(
    facts: Sequence[Any], messages: Iterable[Any], rows: Iterable[tuple[str, Any]]
) -> Iterator[Pair]:
    for pair, (first, later) in zip(IN_TURN, _PLACES, strict=True):
        if _before(facts[later], facts[first]):
            yield pair
    for place, at in enumerate(messages):
        field = f"order.messages[{place}].received_at"
        if _before(at, facts[_ORDERED]):
            yield "order.ordered_at", field
        if _before(facts[_NOW], at):
            yield field, "now"
    for field, at in rows:
        if _before(facts[_NOW], at):
            yield field, "now"


def _before(one: Any, other: Any) -> bool:
    return isinstance(one, datetime) and isinstance(other, datetime) and one < other
