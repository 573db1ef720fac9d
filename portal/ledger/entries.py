"""The ledger: what every money event moved, in entries that sum to zero and are only ever added."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.audit.append_only import refuse_changes
from portal.database import UTCDateTime, words
from portal.extensions import Base


class MoneyEvent(StrEnum):
    """What happened to money that is owed."""

    APPROVED = "approved"
    SENT = "sent"
    PAID = "paid"
    FEE = "fee"  # what the payment system kept of it (SS-M5)
    FAILED = "failed"
    CANCELLED = "cancelled"
    REVERSED = "reversed"


class LedgerAccount(StrEnum):
    """Where it is: a cost of the shop, owed to a customer, on its way, gone, kept by a payment system."""

    REFUNDS = "refunds"
    OWED = "owed"
    TRANSIT = "transit"
    CASH = "cash"
    FEES = "fees"


# Of each event: the account it adds to, and the one it takes as much from.
SIDES: dict[MoneyEvent, tuple[LedgerAccount, LedgerAccount]] = {
    MoneyEvent.APPROVED: (LedgerAccount.REFUNDS, LedgerAccount.OWED),
    MoneyEvent.SENT: (LedgerAccount.OWED, LedgerAccount.TRANSIT),
    MoneyEvent.PAID: (LedgerAccount.TRANSIT, LedgerAccount.CASH),
    MoneyEvent.FEE: (LedgerAccount.TRANSIT, LedgerAccount.FEES),
    MoneyEvent.FAILED: (LedgerAccount.TRANSIT, LedgerAccount.OWED),
    MoneyEvent.CANCELLED: (LedgerAccount.OWED, LedgerAccount.REFUNDS),
    MoneyEvent.REVERSED: (LedgerAccount.CASH, LedgerAccount.REFUNDS),
}


class LedgerEntry(Base):
    """One side of a money event, in whole minor units; the entries of an event sum to zero."""

    __tablename__ = "ledger_entries"
    __table_args__ = (Index("ix_ledger_entries_payout_id", "payout_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    payout_id: Mapped[int] = mapped_column(ForeignKey("payouts.id"))
    event: Mapped[MoneyEvent] = mapped_column(words(MoneyEvent))
    account: Mapped[LedgerAccount] = mapped_column(words(LedgerAccount))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(5))


# The database itself refuses what would unsay an entry (docs/ledger.md).
refuse_changes(
    LedgerEntry.__table__,  # type: ignore[arg-type]  # Base says FromClause
    function="ledger_only_added_to",
    said="the ledger is only added to",
)
