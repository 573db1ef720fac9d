"""The amount an approving clause pays, in whole minor units of the price's currency."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from portal.money import Money
from portal.policy.facts.table import INDEX, UNKNOWN, Unknown
from portal.policy.language.clause import Amount

_PRICE, _CLAIMED = INDEX["order.price"], INDEX["claim.amount"]
_REFUNDED, _GONE = INDEX["order.refunded_at"], INDEX["order.refunded"]
_FROM, _UNTIL = INDEX["order.paid_from"], INDEX["order.paid_until"]
_OUTAGE, _OUTAGE_PAID = INDEX["order.outage_time"], INDEX["order.outage_paid_time"]
_LEFT, _REMAINDER = INDEX["balance.refundable"], INDEX["order.remainder"]
_FEE = INDEX["order.processing_fee"]
_MICROSECOND = timedelta(microseconds=1)
_FULL, _BY_TIME, _REFUNDABLE = Amount.FULL, Amount.BY_TIME, Amount.REFUNDABLE
_LESS_FEE = Amount.LESS_FEE


def amount_of(kind: Amount, facts: Sequence[Any]) -> Money | Unknown:
    """What ``kind`` comes to; UNKNOWN where a fact is missing or the paid period is none.

    Less the processing fee: never below nothing, and UNKNOWN where the fee is in another currency.

    By time: price x inactive time within the paid period / the paid period. By days: price x whole
    days (at least one) / whole paid days; never above the price. All of it is reckoned exactly, also
    with a price below a cent, and rounded half to even once, here: what is given is whole. An
    amount asked for in another currency than the balance's has to be asked for again. Without an
    outage both come to nothing.
    """
    if kind is _REFUNDABLE:
        left, claimed = facts[_LEFT], facts[_CLAIMED]
        mixed = isinstance(left, Money) and left.minor and isinstance(claimed, Money)
        return UNKNOWN if mixed and left.currency != claimed.currency else left
    price: Money | Unknown = facts[_PRICE]
    if isinstance(price, Unknown):
        return UNKNOWN
    if kind is _FULL or kind is _LESS_FEE:
        return price.rounded() if kind is _FULL else _less_fee(price, facts)
    start, until = facts[_FROM], facts[_UNTIL]
    if UNKNOWN in (start, until, facts[_OUTAGE]) or until <= start:
        return UNKNOWN
    if facts[_OUTAGE] is None:
        return Money(0, price.currency)
    if kind is _BY_TIME:
        part, whole = facts[_OUTAGE_PAID] // _MICROSECOND, (until - start) // _MICROSECOND
    else:
        part, whole = max(1, facts[_OUTAGE].days), max(1, (until - start).days)
    share = price.minor * Fraction(part, whole)
    return Money(min(price.minor, share), price.currency).rounded()


def left_of(amount: Money | Unknown, kind: Amount, facts: Sequence[Any]) -> Money | Unknown:
    """What may still be paid of an ``amount``: never more than has not gone back of the price yet.

    Where the processing fee is not returned it does not go back by a second claim, either.
    """
    left: Money | Unknown = facts[_REMAINDER]
    if kind is _REFUNDABLE or isinstance(amount, Unknown):
        return amount
    if kind is _LESS_FEE and isinstance(left, Money):
        left = _less_fee(left, facts)
    return UNKNOWN if isinstance(left, Unknown) else min(amount, left.rounded())


def _less_fee(paid: Money, facts: Sequence[Any]) -> Money | Unknown:
    fee: Money | Unknown = facts[_FEE]
    if isinstance(fee, Unknown) or fee.currency != paid.currency:
        return UNKNOWN
    return (paid - fee if fee < paid else Money(0, paid.currency)).rounded()


def is_returned(facts: Sequence[Any]) -> bool:
    """Whether nothing is left to return of the order's price, because it went back."""
    gone, remainder = facts[_GONE], facts[_REMAINDER]
    if isinstance(gone, Unknown):
        return isinstance(facts[_REFUNDED], datetime)
    return bool(gone.minor) and isinstance(remainder, Money) and not remainder.whole


def facts_of(kind: Amount, facts: Sequence[Any]) -> list[str]:
    """The facts to settle where ``amount_of``, or what is left of it, is UNKNOWN."""
    if kind is _REFUNDABLE:
        return ["balance.refundable"] if facts[_LEFT] is UNKNOWN else ["claim.amount"]
    if facts[_PRICE] is UNKNOWN:
        return ["order.price"]
    if facts[_REMAINDER] is UNKNOWN:
        return ["order.refunded"]
    if kind is _LESS_FEE:
        return ["order.processing_fee"]
    names = ("order.paid_from", "order.paid_until")
    return [name for name in names if facts[INDEX[name]] is UNKNOWN] or ["order.paid_until"]
