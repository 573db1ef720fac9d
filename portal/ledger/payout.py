"""A payout: what is owed for a claim, its states, and the one writer of both state and ledger."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, WriteOnlyMapped, mapped_column, relationship, validates
from sqlalchemy.orm.attributes import flag_modified

from portal.database import Caused, UTCDateTime, words
from portal.events.kinds import EventType
from portal.events.ulids import SIGNS, key_at
from portal.extensions import Base
from portal.ledger.entries import SIDES, LedgerEntry, MoneyEvent
from portal.money import Money

SECOND = "second_person"  # the kind of what holds a payout that two people let go


class PayoutState(StrEnum):
    """How far the money is (docs/ledger.md)."""

    DUE = "due"
    SENT = "sent"
    PAID = "paid"
    HELD = "held"  # waits for a person, who says in writing that it goes on
    UNKNOWN = "unknown"  # sent, and whether it arrived is still to be looked up
    FAILED = "failed"
    CANCELLED = "cancelled"
    REVERSED = "reversed"


class FailedKind(StrEnum):
    """What can be done about a failure: the customer mends it, it is tried again, or nothing."""

    FIXABLE = "fixable"
    WAIT = "wait"
    FINAL = "final"


class Rail(StrEnum):
    """The way by which money leaves."""

    BALANCE = "balance"
    SEPA = "sepa"
    MASSFILE = "massfile"
    ORIGINAL = "original"
    MANUAL = "manual"


class Purpose(StrEnum):
    """What is paid: the claim, what an appeal won on top of a paid part, or anew what was taken back."""

    CLAIM = "claim"
    APPEAL = "appeal"
    CORRECTION = "correction"


class Step(StrEnum):
    """What happens to a payout."""

    SEND = "send"
    PAY = "pay"
    FAIL = "fail"
    LOSE = "lose"  # no answer, or none that can be read
    MISS = "miss"  # looked up: it never arrived
    HOLD = "hold"
    RELEASE = "release"
    RETRY = "retry"
    CANCEL = "cancel"
    REVERSE = "reverse"


class PayoutStands(Exception):
    """This step isn't open from this state: nothing was changed."""

    def __init__(self, payout: Payout, step: Step) -> None:
        super().__init__(f"can't {step} the payout {payout.key}, which is {payout.state}")
        self.payout, self.step = payout, step


S, T = PayoutState, Step

TRANSITIONS: dict[tuple[PayoutState, Step], PayoutState] = {
    (S.DUE, T.SEND): S.SENT,
    (S.DUE, T.PAY): S.PAID,
    (S.DUE, T.FAIL): S.FAILED,
    (S.DUE, T.HOLD): S.HELD,
    (S.DUE, T.CANCEL): S.CANCELLED,
    (S.SENT, T.PAY): S.PAID,
    (S.SENT, T.FAIL): S.FAILED,
    (S.SENT, T.LOSE): S.UNKNOWN,
    (S.SENT, T.MISS): S.DUE,
    (S.UNKNOWN, T.PAY): S.PAID,
    (S.UNKNOWN, T.FAIL): S.FAILED,
    (S.UNKNOWN, T.MISS): S.DUE,
    (S.HELD, T.RELEASE): S.DUE,
    (S.HELD, T.CANCEL): S.CANCELLED,
    (S.FAILED, T.RETRY): S.DUE,
    (S.FAILED, T.CANCEL): S.CANCELLED,
    (S.PAID, T.REVERSE): S.REVERSED,
}

# What a shop's systems are told of a payout that has come to be so.
TOLD: dict[PayoutState, EventType] = {
    S.DUE: EventType.PAYOUT_DUE,
    S.SENT: EventType.PAYOUT_SENT,
    S.PAID: EventType.PAYOUT_PAID,
    S.FAILED: EventType.PAYOUT_FAILED,
    S.UNKNOWN: EventType.PAYOUT_UNKNOWN,
    S.HELD: EventType.PAYOUT_HELD,
}
# Nothing of it is gone for good: it takes nothing of what can go back.
TAKES_NOTHING = frozenset({S.CANCELLED, S.REVERSED})
# It may be with the payment system already, so nobody sends it again.
UNDER_WAY = frozenset({S.SENT, S.UNKNOWN})
# It has left, or came back: what is owed besides is a payout of its own.
GONE = UNDER_WAY | {S.PAID, S.REVERSED}

_HAS_LEFT = frozenset({T.PAY, T.FAIL})  # said of what is still due, it was sent by hand before
_POSTED: dict[Step, tuple[MoneyEvent, ...]] = {
    T.SEND: (MoneyEvent.SENT,),
    T.PAY: (MoneyEvent.PAID, MoneyEvent.FEE),
    T.FAIL: (MoneyEvent.FAILED,),
    T.MISS: (MoneyEvent.FAILED,),
    T.CANCEL: (MoneyEvent.CANCELLED,),
    T.REVERSE: (MoneyEvent.REVERSED,),
}


def try_key(key: str, attempt: int) -> str:
    """A payout's key as a file names its ``attempt``: the key itself first, then ``P2-``, ``P3-``.

    So what a bank says late of an earlier try is never taken for the one that is under way.
    """
    return key if attempt <= 1 else f"P{SIGNS[attempt % len(SIGNS)]}{key[2:]}"


def _new_key(context: DefaultExecutionContext) -> str:
    at: datetime = context.get_current_parameters()["approved_at"]  # type: ignore[no-untyped-call]
    return key_at("PO-", at)


class Payout(Caused, Base):
    """What is owed for an approved claim: one row a claim and purpose, so money leaves once.

    ``amount`` is what the shop owes, ``fee_minor`` what the payment system keeps of it.
    """

    __tablename__ = "payouts"
    __table_args__ = (
        UniqueConstraint("claim_id", "purpose", "turn"),
        Index("ix_payouts_payer_reference_key", "payer_reference_key"),
        Index("ix_payouts_next_try_at", "state", "next_try_at"),
        Index("ix_payouts_run_id", "run_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(29), unique=True, default=_new_key)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    purpose: Mapped[Purpose] = mapped_column(words(Purpose), default=Purpose.CLAIM)
    # Which correction: what was paid anew may come back too.
    turn: Mapped[int] = mapped_column(default=1)
    destination: Mapped[str] = mapped_column(String(10))
    remedy: Mapped[str] = mapped_column(String(12))
    rail: Mapped[Rail] = mapped_column(words(Rail), default=Rail.MANUAL)
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)  # none for a replacement
    fee_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    currency: Mapped[str | None] = mapped_column(String(5))
    state: Mapped[PayoutState] = mapped_column(words(PayoutState), default=PayoutState.DUE)
    failed_kind: Mapped[FailedKind | None] = mapped_column(words(FailedKind))
    failed_reason: Mapped[str | None] = mapped_column(String(300))
    # SHA-256 over payee, amount, currency and the claim's version: what the approval was given for.
    digest: Mapped[str | None] = mapped_column(String(64))
    claim_version: Mapped[int | None] = mapped_column()
    held: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)  # kind, text
    second: Mapped[bool] = mapped_column(
        default=False
    )  # among what holds it, that another person looks
    approved_at: Mapped[datetime] = mapped_column(UTCDateTime)
    not_before: Mapped[datetime | None] = mapped_column(UTCDateTime)  # the payee was changed
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    moved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # its state, or what is owed
    payer_reference: Mapped[str | None] = mapped_column(String(120))
    payer_reference_key: Mapped[str | None] = mapped_column(String(120))  # without case and spaces
    # When the worker next sends it or looks it up; none where a person or a run does.
    next_try_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    # The processor's charge that it goes back to, from its first try until that is refused.
    charge: Mapped[str | None] = mapped_column(String(80))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("payout_runs.id"))  # the last it was in

    entries: WriteOnlyMapped[LedgerEntry] = relationship(order_by=LedgerEntry.id)

    @property
    def amount(self) -> Money | None:
        """What is owed; None for a replacement."""
        return Money.kept(self.amount_minor, self.currency)

    @property
    def final(self) -> bool:
        """Whether it has failed for good."""
        return self.state is PayoutState.FAILED and self.failed_kind is FailedKind.FINAL

    @property
    def counts(self) -> bool:
        """Whether it takes its part of what can go back."""
        return counts(self.state, self.failed_kind)

    @validates("held")
    def _keep_second(self, _name: str, held: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Keep beside it whether another person's look is among what holds it still."""
        self.second = any(each["kind"] == SECOND and "reason" not in each for each in held)
        return held

    def move(self, step: Step, *, at: datetime, kind: FailedKind | None = None) -> None:
        """Take one row of the table of states and post what it moved; PayoutStands where there is none.

        ``kind`` goes with a failure.
        """
        after = TRANSITIONS.get((self.state, step))
        if after is None or self.final:
            raise PayoutStands(self, step)
        if step in _HAS_LEFT and self.state is PayoutState.DUE:
            self._post(MoneyEvent.SENT, at)
        if step is Step.SEND or step in _HAS_LEFT:
            self.sent_at = self.sent_at or at
        for event in _POSTED.get(step, ()):
            self._post(event, at)
        if kind is FailedKind.FINAL:
            self._post(MoneyEvent.CANCELLED, at)
        self.state, self.failed_kind = after, kind
        self._moved(at)

    def approve(self, amount: Money | None, *, at: datetime) -> None:
        """Owe this much, or so much more while nothing has left; after an end without payment, anew.

        ``amount`` is None for a replacement. Raises PayoutStands where the money has left.
        """
        if self.state in GONE:
            raise PayoutStands(self, Step.RETRY)
        if not self.counts:
            self.state, self.failed_kind, self.amount_minor = PayoutState.DUE, None, None
            self.failed_reason = self.sent_at = self.settled_at = None
            self.held = []
        elif self.state is PayoutState.FAILED:
            self.move(Step.RETRY, at=at)
            self.failed_reason = None
        self._moved(at)
        if amount is not None:
            self.amount_minor = (self.amount_minor or 0) + amount.whole
            self.currency = amount.currency
            self._post(MoneyEvent.APPROVED, at, amount.whole)

    def _moved(self, at: datetime) -> None:
        """Note when, so that it is told (claims/feed.py): two moves at one instant are two."""
        self.moved_at = at
        flag_modified(self, "moved_at")

    def _post(self, event: MoneyEvent, at: datetime, minor: int | None = None) -> None:
        """Add both sides of a money event; nothing where no money is."""
        minor = self._of(event) if minor is None else minor
        if not minor or self.currency is None:
            return
        to, of = SIDES[event]
        self.entries.add_all(
            LedgerEntry(
                at=at, event=event, account=account, amount_minor=part, currency=self.currency
            )
            for account, part in ((to, minor), (of, -minor))
        )

    def _of(self, event: MoneyEvent) -> int:
        """How much of the payout an event moves, in minor units."""
        if event is MoneyEvent.FEE:
            return self.fee_minor
        net = event in {MoneyEvent.PAID, MoneyEvent.REVERSED}
        return (self.amount_minor or 0) - (self.fee_minor if net else 0)


def counts(state: PayoutState, kind: FailedKind | None) -> bool:
    """Whether a payout takes its part of what can go back (docs/payouts.md)."""
    return state not in TAKES_NOTHING and (state, kind) != (PayoutState.FAILED, FailedKind.FINAL)
