"""Whether the ledger agrees with itself and with every payout: balances built anew from the entries."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import func, select

from portal.extensions import db
from portal.ledger.entries import LedgerAccount, LedgerEntry
from portal.ledger.payout import UNDER_WAY, Payout, PayoutState

_LOT = 1000  # rows read at a time
A = LedgerAccount


@dataclass(frozen=True, slots=True)
class LedgerDifference:
    """One account of one payout in which the entries don't come to what the payout says."""

    key: str
    account: str
    currency: str
    entered_minor: int
    expected_minor: int


def balances() -> dict[tuple[str, str], int]:
    """What each account holds in each currency, in whole minor units, from the entries alone."""
    sums = select(
        LedgerEntry.account, LedgerEntry.currency, func.sum(LedgerEntry.amount_minor)
    ).group_by(LedgerEntry.account, LedgerEntry.currency)
    return {
        (account, currency): int(minor) for account, currency, minor in db.session.execute(sums)
    }


def verify() -> Iterator[LedgerDifference]:
    """Build every payout's accounts anew from its entries; yield each that isn't as its state has it.

    Read in lots, so that a million entries take no more memory than a few.
    """
    rows = (
        select(
            Payout.key,
            Payout.state,
            Payout.failed_kind,
            Payout.amount_minor,
            Payout.fee_minor,
            Payout.currency,
            LedgerEntry.account,
            LedgerEntry.currency,
            LedgerEntry.amount_minor,
        )
        .outerjoin(LedgerEntry, LedgerEntry.payout_id == Payout.id)
        .order_by(Payout.id)
        .execution_options(yield_per=_LOT)
    )
    for head, entries in groupby(db.session.execute(rows), key=lambda row: tuple(row[:6])):
        payout = Payout(**dict(zip(_HEAD, head, strict=True)))
        expected = accounts_of(payout)
        entered: dict[tuple[str, str], int] = {}
        for *_, account, currency, minor in entries:
            if account is not None:
                entered[account, currency] = entered.get((account, currency), 0) + minor
        for place in sorted(expected | entered):
            is_, should = entered.get(place, 0), expected.get(place, 0)
            if is_ != should:
                yield LedgerDifference(payout.key, *place, is_, should)


_HEAD = ("key", "state", "failed_kind", "amount_minor", "fee_minor", "currency")


def accounts_of(payout: Payout) -> dict[tuple[str, str], int]:
    """What a payout in its state has in each account, in whole minor units."""
    if payout.amount_minor is None or payout.currency is None or not payout.amount_minor:
        return {}
    owed, fee = payout.amount_minor, payout.fee_minor
    match payout.state:
        case PayoutState.PAID:
            held = {A.REFUNDS: owed, A.CASH: fee - owed, A.FEES: -fee}
        case PayoutState.REVERSED:  # what the payment system kept of it stays lost
            held = {A.REFUNDS: fee, A.FEES: -fee}
        case state if state in UNDER_WAY:
            held = {A.REFUNDS: owed, A.TRANSIT: -owed}
        case _ if payout.counts:
            held = {A.REFUNDS: owed, A.OWED: -owed}
        case _:
            held = {}
    return {(account, payout.currency): minor for account, minor in held.items() if minor}
