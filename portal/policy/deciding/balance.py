"""What may be paid back of a balance: top-ups left untouched, young enough, less what was spent."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import product
from typing import Any, NamedTuple

from portal.money import Money
from portal.policy.deciding.case import Case, CasePurchase, CaseTopUp
from portal.policy.deciding.document import Version
from portal.policy.facts.table import BALANCE_REASONS, INDEX, UNKNOWN, Unknown
from portal.policy.language.calendar import due_with_pause

_REASON, _NOW = INDEX["claim.reason"], INDEX["now"]
_BALANCE = (
    INDEX["balance.refundable"],
    INDEX["balance.removed_as_old"],
    INDEX["balance.removed_as_used"],
    INDEX["balance.method_refundable"],
)
_RECTIFY = INDEX["clock.rectify_by"]
_UNKNOWNS_TRIED = 6


class Refundable(NamedTuple):
    """What is left to refund, cut to the amount asked for; the flags say why top-ups fell away.

    ``method_refundable`` is whether every top-up left can be paid back the way it came. Each is
    UNKNOWN where the logs leave it open.
    """

    amount: Money | Unknown
    removed_as_old: bool | Unknown
    removed_as_used: bool | Unknown
    method_refundable: bool | Unknown


_OPEN = Refundable(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)


def prepared(case: Case, version: Version, currency: str) -> tuple[Any, ...]:
    """The facts of ``case`` with those that depend on the version's own lengths."""
    facts: tuple[Any, ...] = case.facts
    balance, clock = version.top_up_window, version.rectify_clock
    if balance is not None and facts[_REASON] in BALANCE_REASONS:
        left = refundable(case, window=balance, currency=currency)
        changed = list(facts)
        for place, value in zip(_BALANCE, left, strict=True):
            changed[place] = value
        facts = tuple(changed)
    if clock is not None:
        changed = list(facts)
        changed[_RECTIFY] = due_with_pause(
            facts[INDEX[clock.start]],
            clock.length,
            paused_at=facts[INDEX[clock.paused_from]],
            resumed_at=facts[INDEX[clock.paused_until]],
            now=facts[_NOW],
        )
        facts = tuple(changed)
    return facts


def refundable(case: Case, *, window: timedelta, currency: str) -> Refundable:
    """What is left to refund of the top-ups of ``case``, summed exactly and rounded once.

    Top-ups made after the last activated purchase, no older than ``window`` at submission, less
    what purchases that were neither activated nor refunded took of them: of the oldest money first,
    so that a top-up that is too old is spent before a fresh one. Whether a
    purchase was activated or refunded is tried both ways where the logs do not say.
    """
    if case.value("top_ups") is UNKNOWN:
        return _OPEN
    if not case.top_ups:
        return Refundable(Money(0, currency), False, False, True)  # noqa: FBT003 - three flags
    if any(top_up.at is UNKNOWN for top_up in case.top_ups):
        return _OPEN
    if case.value("purchases") is UNKNOWN or any(p.at is UNKNOWN for p in case.purchases):
        return _whatever_was_bought(case, window, currency)
    worlds = [_left(case, world, window, currency) for world in _worlds(case.purchases)]
    return Refundable(*(_agreed(each) for each in zip(*worlds, strict=True)))


def open_lists(case: Case) -> tuple[str, ...]:
    """Which of ``top_ups`` and ``purchases`` the logs leave unknown, wholly or in a row."""
    found = [
        name
        for name, rows in (("top_ups", case.top_ups), ("purchases", case.purchases))
        if case.value(name) is UNKNOWN
        or any(row.at is UNKNOWN or row.amount is UNKNOWN for row in rows)
    ]
    if "purchases" not in found and any(
        p.activated is UNKNOWN or p.refunded is UNKNOWN for p in case.purchases
    ):
        found.append("purchases")
    return tuple(found)


def _worlds(purchases: Sequence[CasePurchase]) -> Iterator[Sequence[CasePurchase]]:
    """Each way the unknown flags of the purchases may be; too many are left unknown."""
    both = (True, False)
    choices = [
        (
            both if purchase.activated is UNKNOWN else (purchase.activated,),
            both if purchase.refunded is UNKNOWN else (purchase.refunded,),
        )
        for purchase in purchases
    ]
    flat = [choice for pair in choices for choice in pair]
    if sum(len(choice) > 1 for choice in flat) > _UNKNOWNS_TRIED:
        yield purchases
        return
    for flags in product(*flat):
        pairs = zip(purchases, flags[::2], flags[1::2], strict=True)
        yield [replace(p, activated=activated, refunded=back) for p, activated, back in pairs]


def _left(
    case: Case, purchases: Sequence[CasePurchase], window: timedelta, currency: str
) -> Refundable:
    if any(p.activated is UNKNOWN or p.refunded is UNKNOWN for p in purchases):
        return _OPEN
    activations = [_at(purchase) for purchase in purchases if purchase.activated]
    last = max(activations, default=None)
    after = [t for t in case.top_ups if last is None or _at(t) > last]
    kept = [t for t in after if _young(t, case, window)]
    return Refundable(
        _amount(case, after, kept, purchases, currency),
        len(kept) < len(after),
        len(after) < len(case.top_ups),
        all(top_up.method_refundable for top_up in kept),
    )


def _amount(
    case: Case,
    after: Sequence[CaseTopUp],
    kept: Sequence[CaseTopUp],
    purchases: Sequence[CasePurchase],
    currency: str,
) -> Money | Unknown:
    """What is left of the top-ups kept, cut to what is asked for."""
    if not kept:
        return Money(0, currency)
    first = min(_at(top_up) for top_up in after)
    spent = [p for p in purchases if _at(p) >= first and not p.activated and not p.refunded]
    counted: list[CaseTopUp | CasePurchase] = [*(after if spent else kept), *spent]
    amounts = [row.amount for row in counted if isinstance(row.amount, Money)]
    if len(amounts) < len(counted) or len({money.currency for money in amounts}) > 1:
        return UNKNOWN
    left = sum(
        amount for top_up, amount in _unspent(after if spent else kept, spent) if top_up in kept
    )
    asked = case.value("claim.amount")
    if isinstance(asked, Money) and asked.currency == amounts[0].currency:
        left = min(left, asked.minor)
    return Money(left, amounts[0].currency).rounded()


def _unspent(
    top_ups: Sequence[CaseTopUp], spent: Sequence[CasePurchase]
) -> list[tuple[CaseTopUp, int | Fraction]]:
    """Each top-up with what is left of it: a purchase takes of the oldest money that is there."""
    pots = [(top_up, _minor(top_up)) for top_up in sorted(top_ups, key=_at)]
    for purchase in sorted(spent, key=_at):
        price = _minor(purchase)
        for place, (top_up, left) in enumerate(pots):
            if _at(top_up) <= _at(purchase):
                pots[place] = (top_up, left - min(left, price))
                price -= min(left, price)
    return pots


def _minor(row: CaseTopUp | CasePurchase) -> int | Fraction:
    if not isinstance(row.amount, Money):
        raise TypeError("rows without an amount are turned away before")
    return row.amount.minor


def _agreed(values: Sequence[Any]) -> Any:
    return values[0] if all(value == values[0] for value in values) else UNKNOWN


def _whatever_was_bought(case: Case, window: timedelta, currency: str) -> Refundable:
    """Nothing is left whatever the purchases were, where every top-up is too old."""
    if any(_young(top_up, case, window) for top_up in case.top_ups):
        return _OPEN
    return Refundable(Money(0, currency), True, UNKNOWN, True)  # noqa: FBT003 - three flags


def _at(row: CaseTopUp | CasePurchase) -> datetime:
    if not isinstance(row.at, datetime):
        raise TypeError("rows without a time are turned away before")
    return row.at


def _young(top_up: CaseTopUp, case: Case, window: timedelta) -> bool:
    return case.submitted_at <= _at(top_up) + window
