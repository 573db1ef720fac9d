"""What may be paid back of a balance: top-ups left untouched, young enough, less what was spent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.money import Money
from portal.policy.case import Case, Purchase, TopUp
from portal.policy.facts import UNKNOWN, Unknown


@dataclass(frozen=True, slots=True)
class Refundable:
    """``amount`` is UNKNOWN where the logs leave it open; the flags say why top-ups fell away."""

    amount: Money | Unknown
    removed_as_old: bool | Unknown
    removed_as_used: bool | Unknown
    method_refundable: bool | Unknown


_OPEN = Refundable(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)


def refundable(case: Case, *, window: timedelta, currency: str) -> Refundable:
    """What is left to refund of the top-ups of ``case``.

    Top-ups made after the last activated purchase, no older than ``window`` at submission, less
    the purchases since the first of them that were neither activated nor refunded.
    """
    if case.value("top_ups") is UNKNOWN:
        return _OPEN
    if not case.top_ups:
        return Refundable(Money(0, currency), False, False, True)  # noqa: FBT003 - three flags
    if case.value("purchases") is UNKNOWN or any(t.at is UNKNOWN for t in case.top_ups):
        return _without_history(case, window, currency)
    last = max((p.at for p in case.purchases if p.activated is True and _known(p.at)), default=None)
    if any(_could_be_later(p, last) for p in case.purchases):
        return _without_history(case, window, currency)
    after = [t for t in case.top_ups if last is None or _at(t) > last]
    kept = [t for t in after if _young(t, case, window)]
    old, used = len(kept) < len(after), len(after) < len(case.top_ups)
    return Refundable(
        _left(kept, case.purchases, currency), old, used, all(t.method_refundable for t in kept)
    )


def _left(kept: list[TopUp], purchases: tuple[Purchase, ...], currency: str) -> Money | Unknown:
    if not kept:
        return Money(0, currency)
    first = min(_at(top_up) for top_up in kept)
    total = _sum([top_up.amount for top_up in kept])
    spent = [p for p in purchases if _at(p) >= first and not p.activated]
    if total is UNKNOWN or any(p.refunded is UNKNOWN for p in spent):
        return UNKNOWN
    gone = _sum([p.amount for p in spent if not p.refunded])
    if isinstance(gone, int):
        return total
    if gone is UNKNOWN or gone.currency != total.currency:
        return UNKNOWN
    return Money(max(0, total.minor - gone.minor), total.currency)


def _sum(amounts: list[Money | Unknown]) -> Money | Unknown | int:
    if not amounts:
        return 0
    total = 0
    for amount in amounts:
        if amount is UNKNOWN:
            return UNKNOWN
        total += amount.minor
    currencies = {amount.currency for amount in amounts if amount is not UNKNOWN}
    return Money(total, currencies.pop()) if len(currencies) == 1 else UNKNOWN


def _without_history(case: Case, window: timedelta, currency: str) -> Refundable:
    """Nothing is left whatever the purchases were, where every top-up is too old."""
    if any(t.at is UNKNOWN or _young(t, case, window) for t in case.top_ups):
        return _OPEN
    return Refundable(Money(0, currency), True, UNKNOWN, True)  # noqa: FBT003 - three flags


def _could_be_later(purchase: Purchase, last: datetime | None) -> bool:
    if purchase.at is UNKNOWN:
        return True
    return purchase.activated is UNKNOWN and (last is None or _at(purchase) > last)


def _known(at: datetime | Unknown) -> bool:
    return at is not UNKNOWN


def _at(row: TopUp | Purchase) -> datetime:
    if not isinstance(row.at, datetime):
        raise TypeError("the time is known here")
    return row.at


def _young(top_up: TopUp, case: Case, window: timedelta) -> bool:
    return case.submitted_at <= _at(top_up) + window
