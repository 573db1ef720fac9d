"""What approving clauses pay (portal/policy/deciding/amounts.py), for many claims at once, in exact integers."""

import numpy as np

from portal.columns.layout import DAY
from portal.policy.language.clause import Amount
from portal.replay.conditions import Columns
from portal.replay.facts import OPEN, TRUE, Amounts, Numbers

_WIDEST = float(2**62)


def amount_of(kind: Amount, columns: Columns) -> Amounts:
    """What ``kind`` comes to for each claim; not known where ``amounts.amount_of`` says UNKNOWN."""
    facts = columns.facts
    if kind is Amount.REFUNDABLE:
        left, claimed = columns.refundable(), facts.amounts("claim.amount")
        mixed = (left.minor != 0) & claimed.known & (left.currency != claimed.currency)
        return Amounts(left.minor, left.currency, left.known & ~mixed)
    price = facts.amounts("order.price")
    if kind is Amount.FULL:
        return price
    if kind is Amount.LESS_FEE:
        fee = facts.amounts("order.processing_fee")
        known = price.known & fee.known & (fee.currency == price.currency)
        return Amounts(np.maximum(price.minor - fee.minor, 0), price.currency, known)
    start, until = facts.span("order.paid_from"), facts.span("order.paid_until")
    outage = facts.outage()
    paid = (start.state == TRUE) & (until.state == TRUE) & (until.at > start.at)
    whole = np.where(paid, until.at - start.at, 1)
    if kind is Amount.BY_TIME:
        part = np.where(paid, facts.outage_paid().at, 0)
    else:
        part, whole = np.maximum(1, outage.at // DAY), np.maximum(1, whole // DAY)
    part = np.where(outage.state == TRUE, part, 0)
    known = price.known & paid & (outage.state != OPEN)
    share = np.where(known, price.minor, 0)
    return Amounts(np.minimum(share, _shared(share, part, whole)), price.currency, known)


def left_of(kind: Amount, columns: Columns) -> Amounts:
    """What may still be paid of it: never more than has not gone back of the price yet.

    Both in whole minor units of one currency; where they are not, a claim is decided singly.
    """
    worth = amount_of(kind, columns)
    if kind is Amount.REFUNDABLE:
        return worth
    facts = columns.facts
    price, gone = facts.amounts("order.price"), facts.amounts("order.refunded")
    returned = np.where(facts.span("order.refunded_at").state == TRUE, price.minor, 0)
    left = price.minor - np.where(gone.known, gone.minor, returned)
    if kind is Amount.LESS_FEE:
        left = left - facts.amounts("order.processing_fee").minor
    left = np.maximum(left, 0)
    return Amounts(np.minimum(worth.minor, left), worth.currency, worth.known)


def _shared(value: Numbers, part: Numbers, whole: Numbers) -> Numbers:
    """``value * part / whole`` rounded half to even; what overflows is reckoned singly."""
    found, rest = np.divmod(value * part, whole)
    twice = 2 * rest
    found += (twice > whole) | ((twice == whole) & (found % 2 == 1))
    wide = value.astype(np.float64) * part > _WIDEST
    for place in np.flatnonzero(wide):
        product, by = int(value[place]) * int(part[place]), int(whole[place])
        quotient, left = divmod(product, by)
        quotient += 2 * left > by or (2 * left == by and quotient % 2)
        found[place] = min(quotient, int(value[place]))
    return found
