"""A claim, its decisions and its files. Claim.move() is the only writer of status, and writes the event with it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, WriteOnlyMapped, mapped_column, relationship
from sqlalchemy.orm.attributes import flag_modified

from portal.audit.log import AuditEntry
from portal.claims.entitled import needed
from portal.claims.history import ClaimEvent, Ruling
from portal.claims.lifecycle import (
    AFTERWARDS,
    ANEW,
    ANSWERS,
    ASKS,
    QUIET,
    SETTLED,
    WAITING,
    Action,
    Actor,
    Clock,
    EvidenceState,
    Origin,
    Status,
    actions_open_to,
    clock_of,
    next_status,
)  # fmt: skip
from portal.database import Caused, UTCDateTime, words
from portal.extensions import Base
from portal.ledger.payout import TAKES_NOTHING, Payout
from portal.ledger.replacement import Replacement
from portal.money import Money
from portal.people.reviewers import Reviewer
from portal.records.models import Holder


class Claim(Base):
    """One claim of one customer about one order, or about the balance."""

    __tablename__ = "claims"
    __table_args__ = (
        Index("ix_claims_shop", "shop", "id"),
        Index("ix_claims_moved", "shop", "moved_at", "id"),
        Index("ix_claims_origin", "origin", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    # active_history: the counters need what a column was before.
    shop: Mapped[str] = mapped_column(String(40), active_history=True)
    origin: Mapped[Origin] = mapped_column(words(Origin), default=Origin.CUSTOMER)
    status: Mapped[Status] = mapped_column(words(Status), default=Status.DRAFT, active_history=True)
    waiting: Mapped[bool] = mapped_column(default=False)  # for a reviewer; follows status
    version: Mapped[int] = mapped_column(default=1)

    # What the customer said.
    email: Mapped[str | None] = mapped_column(String(320))
    # Whose account it is, by the shop's own id: beside the address, or where there is none.
    account_id: Mapped[str | None] = mapped_column(String(80))
    language: Mapped[str | None] = mapped_column(String(35))  # BCP 47; None where nobody said it
    # Since when its holder is known: a code was entered, or the shop says who it is.
    email_confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    order_reference: Mapped[str | None] = mapped_column(String(80))
    order_key: Mapped[str | None] = mapped_column(String(80))  # without case, spaces, dashes
    reason: Mapped[str | None] = mapped_column(String(40), active_history=True)
    service_name: Mapped[str | None] = mapped_column(String(120))
    description: Mapped[str | None] = mapped_column(Text)
    destination: Mapped[str | None] = mapped_column(String(10))
    remedy: Mapped[str | None] = mapped_column(String(12))
    asked_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(5))
    number_used: Mapped[bool | None] = mapped_column()
    terms_confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    payout_method: Mapped[str | None] = mapped_column(String(12))
    payout_sealed: Mapped[str | None] = mapped_column(Text)
    payout_masked: Mapped[list[list[str]] | None] = mapped_column(JSON)
    payee_key: Mapped[str | None] = mapped_column(String(64))  # the same for the same destination

    # How one gets into its owner's host, and until when that is kept at the most (claims/wanted).
    access_sealed: Mapped[str | None] = mapped_column(Text)
    access_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # Which identity documents were asked for: purpose, days, asked_at, answer; until when they are kept.
    identity: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    identity_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # The outage that a person recorded of its incident: began, from when for its order, until (None: it goes on).
    outage: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    # What the logs said when it was sent, and what reviewers found since: the case's other sources.
    order_known: Mapped[bool] = mapped_column(default=False)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    findings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # What the logs say was ordered, by which bursts are found; None of what nobody claims.
    service: Mapped[str | None] = mapped_column(String(120))
    country: Mapped[str | None] = mapped_column(String(60))
    # What had gone back of the price when it was last decided, each with its source (returned.py).
    returned: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)

    # The latest verdict and the clocks, beside the decision itself so that a list needs no join.
    policy_version: Mapped[str | None] = mapped_column(String(20), active_history=True)
    outcome: Mapped[str | None] = mapped_column(String(20), active_history=True)
    verdict_minor: Mapped[int | None] = mapped_column(BigInteger)
    verdict_clause: Mapped[str | None] = mapped_column(String(20), active_history=True)
    missing: Mapped[list[str]] = mapped_column(JSON, default=list)
    # For the queue's orders: the amount as a text, and whether a payout is held (2: for a second person).
    stake: Mapped[str] = mapped_column(
        String(30).with_variant(String(30, collation="C"), "postgresql"), default=""
    )
    held: Mapped[int] = mapped_column(SmallInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UTCDateTime, active_history=True)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # when the next step is promised
    clock: Mapped[Clock | None] = mapped_column(words(Clock))  # of the review
    judge_again_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # time changes the verdict
    review_due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    review_warn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # a quarter is left
    rings_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # clocks/promises.py
    review_target_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    information_due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    payout_due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    payout_limit_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    appeal_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    appealed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    appeal_text: Mapped[str | None] = mapped_column(Text)
    # One open claim an order: set while it is open, so the database refuses a second.
    open_key: Mapped[str | None] = mapped_column(String(400), unique=True)
    # By an event that renews the version.
    moved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("reviewers.id"), active_history=True)
    # Whether what a person asked for has come; None where nothing was asked, or somebody acted since.
    answered: Mapped[bool | None] = mapped_column(active_history=True)

    assignee: Mapped[Reviewer | None] = relationship(viewonly=True)
    events: Mapped[list[ClaimEvent]] = relationship(order_by="ClaimEvent.id")
    audited: WriteOnlyMapped[AuditEntry] = relationship(
        primaryjoin="Claim.reference == foreign(AuditEntry.claim)", passive_deletes="all"
    )
    decisions: Mapped[list[StoredDecision]] = relationship(order_by="StoredDecision.id", back_populates="claim")  # fmt: skip
    rulings: Mapped[list[Ruling]] = relationship(order_by="Ruling.id")
    evidence: Mapped[list[Evidence]] = relationship(order_by="Evidence.id", back_populates="claim")
    payouts: Mapped[list[Payout]] = relationship(order_by="Payout.id")
    replacements: Mapped[list[Replacement]] = relationship(order_by="Replacement.id")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own name

    @property
    def holder(self) -> Holder:
        """Whose account it is about, as far as it is named."""
        return Holder(self.email, self.account_id)

    @property
    def lapsed(self) -> bool:
        """Whether the policy closed it by a date, and no person has done anything about it since."""
        last = next((e for e in reversed(self.events) if e.action not in AFTERWARDS), None)
        return last is not None and last.action is Action.LAPSE

    @property
    def runs(self) -> Clock:
        """Whose clock ``due_at`` is: the customer's answer stops it, money has the policy's."""
        return clock_of(self.status, self.clock)

    @property
    def asked(self) -> Money | None:
        """The amount the customer asked for."""
        return Money.kept(self.asked_minor, self.currency)

    @property
    def verdict_amount(self) -> Money | None:
        """The amount of the policy's latest verdict, when it approves."""
        return Money.kept(self.verdict_minor, self.currency)

    @property
    def decision(self) -> StoredDecision | None:
        """The policy's latest decision."""
        return self.decisions[-1] if self.decisions else None

    @property
    def payout(self) -> Payout | None:
        """What is owed or was paid last, and not taken back; an appeal against a part may have added another."""
        return next((p for p in reversed(self.payouts) if p.state not in TAKES_NOTHING), None)

    @property
    def replacement(self) -> Replacement | None:
        """The last offer of another number."""
        return self.replacements[-1] if self.replacements else None

    @property
    def ruling(self) -> Ruling | None:
        """The latest decision of a person that was not taken back."""
        return next((each for each in reversed(self.rulings) if each.taken_back_at is None), None)

    @property
    def anew_since(self) -> datetime | None:
        """Since when a person decides it anew: it was reopened, or what was paid came back."""
        return next((each.at for each in reversed(self.events) if each.action in ANEW), None)

    def open_to_appeal(self, *, at: datetime) -> bool:
        """Whether it can be appealed: it was refused, or given less than the policy gives; once, in time."""
        if Action.APPEAL not in actions_open_to(self.status, Actor.CUSTOMER):
            return False
        if self.status is not Status.DECLINED and (self.appealed_at or not self.appeal_until):
            return False
        return self.appeal_until is None or at <= self.appeal_until

    def move(
        self,
        action: Action,
        *,
        role: Actor,
        at: datetime,
        by: Reviewer | None = None,
        note: str | None = None,
        internal: str | None = None,
        data: dict[str, Any] | None = None,
    ) -> ClaimEvent:
        """Take one row of the transition table, write its event and audit it. Raises NotAllowed, NoRight.

        ``note`` is for the customer's eyes too, ``internal`` for reviewers only.
        """
        before, after = self.status, next_status(self.status, action, role)
        if by:
            by.demand(needed(action, role), self.shop)
        told = self.events  # read first: to read them after a change writes that by itself
        self.status, self.waiting = after, after in WAITING
        if self.status in SETTLED or action in {Action.END_ACCESS, Action.FORGET_ACCESS}:
            self.access_sealed = self.access_until = None
        if action not in QUIET:
            self.moved_at = at
            flag_modified(self, "moved_at")  # two events within one second are two versions
        if action is Action.APPEAL:
            self.assignee_id = None  # another person decides it
        if by and action not in AFTERWARDS:
            self.answered = False if action in ASKS else None
        elif self.answered is False and action in ANSWERS:
            self.answered = True
        event = ClaimEvent(
            at=at, action=action, role=role, reviewer=by, before=before, after=self.status,
            note=note, internal=internal, data=data or {},
        )  # fmt: skip
        told.append(event)
        self.audited.add(AuditEntry(
            at=at, act=action, role=role, who_id=by and by.id, shop=self.shop, became=self.status
        ))  # fmt: skip
        return event


class StoredDecision(Base):
    """The machine's finding, kept for good: what the policy said, from which facts, and why."""

    __tablename__ = "decisions"

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    cause: Mapped[Action] = mapped_column(words(Action))
    automatic: Mapped[bool] = mapped_column(default=False)
    policy_hash: Mapped[str] = mapped_column(String(64))  # of the version that decided
    engine: Mapped[int] = mapped_column()  # the code's number, policy.ENGINE
    case: Mapped[dict[str, Any]] = mapped_column(JSON)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)  # the contract's decision, trace and all
    # What had gone back then, as the claim keeps it, and on what the decision rests (grounds.py).
    returned: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    ground: Mapped[dict[str, Any] | None] = mapped_column(JSON)

    claim: Mapped[Claim] = relationship(back_populates="decisions")


class Evidence(Caused, Base):
    """One file a customer gave; its bytes are in the storage, under keys that nobody can guess."""

    __tablename__ = "evidence"
    __table_args__ = (Index("ix_evidence_state_due_at", "state", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), index=True)
    filename: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(12))  # screenshot, photo, video, document
    media_kind: Mapped[str] = mapped_column(String(12))  # what the bytes are: png, pdf, mp4 …
    size: Mapped[int] = mapped_column()  # bytes
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)
    checked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    on_appeal: Mapped[bool] = mapped_column(default=False)
    state: Mapped[EvidenceState] = mapped_column(words(EvidenceState), default=EvidenceState.CHECKING)  # fmt: skip
    problem: Mapped[str | None] = mapped_column(String(200))
    original_key: Mapped[str | None] = mapped_column(String(80))
    # Each: role, key, media_type, width, height; of one with black parts also how many, and its sha256.
    views: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    lacks: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)  # what, of, shown, name
    # As views were before parts of them were blacked out, each with until when; the first of those times.
    originals: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    originals_until: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)  # of the bytes as given
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)  # when the worker may next take it
    attempts: Mapped[int] = mapped_column(default=0)
    claim: Mapped[Claim] = relationship(back_populates="evidence")
