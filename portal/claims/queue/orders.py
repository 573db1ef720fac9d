"""The orders in which the queue can be read: by each of its columns, both ways, each by an index."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple, Self

from sqlalchemy import ColumnElement, Index, Integer, and_, event, inspect, literal_column, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.database import LARGEST_ID
from portal.extensions import db
from portal.money import Money

LONGEST = 48  # signs of a key

_WORTH = ("verdict_minor", "asked_minor", "currency", "facts")


def written(most: int) -> ColumnElement[int]:
    """A limit that stands in the statement itself: PostgreSQL keeps a plan for one that it knows."""
    return literal_column(str(most), Integer)


class QueueOrder(StrEnum):
    """By what the lines stand in order; what is alike by it, by when it was sent."""

    SENT = "sent"
    REASON = "reason"
    AMOUNT = "amount"
    VERDICT = "verdict"
    DUE = "due"
    STATUS = "status"


KEYS: dict[QueueOrder, InstrumentedAttribute[Any]] = {
    QueueOrder.REASON: Claim.reason,
    QueueOrder.AMOUNT: Claim.stake,
    QueueOrder.VERDICT: Claim.outcome,
    QueueOrder.DUE: Claim.due_at,
    QueueOrder.STATUS: Claim.status,
}


class Sorting(NamedTuple):
    """An order, and whether it is read ``down``: the newest, largest, last first."""

    order: QueueOrder
    down: bool

    @classmethod
    def read(cls, text: str) -> Self | None:
        """From an address: the order's word, after a minus where it goes down; None for anything else."""
        try:
            return cls(QueueOrder(text.removeprefix("-")), text.startswith("-"))
        except ValueError:
            return None

    def __str__(self) -> str:
        """As it stands in an address."""
        return f"{'-' if self.down else ''}{self.order}"


class Cursor(NamedTuple):
    """Where a page ends: the sort key of its last row (or first, going back), None where ids are the order."""

    key: datetime | str | None
    id: int

    @classmethod
    def of(cls, row: Any, order: QueueOrder) -> Self:
        """Where a claim, or a line of one, stands in this order."""
        return cls(getattr(row, KEYS[order].key) if order in KEYS else None, row.id)

    @classmethod
    def read(cls, text: str, order: QueueOrder = QueueOrder.DUE) -> Self | None:
        """A cursor of this order from an address; None for anything that isn't one."""
        before, _, number = text.rpartition("~")
        try:
            key = _key(before, order) if before or order is QueueOrder.AMOUNT else None
            return cls(key, int(number)) if 0 < int(number) <= LARGEST_ID else None
        except (ValueError, OverflowError):
            return None

    def __str__(self) -> str:
        """As it stands in an address."""
        key = self.key.isoformat() if isinstance(self.key, datetime) else self.key or ""
        return f"{key}~{self.id}"


def _key(text: str, order: QueueOrder) -> datetime | str:
    """ValueError for what is no key of this order."""
    if order is QueueOrder.DUE:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise ValueError("a time without a zone is no instant")
        return at.astimezone(UTC)
    if order is QueueOrder.SENT or len(text) > LONGEST or "\x00" in text:
        raise ValueError("no key of this order")
    return Status(text) if order is QueueOrder.STATUS else text


def stake_of(claim: Claim) -> str:
    """What a claim is about, so that texts stand as the amounts do: each currency for itself; empty where unknown."""
    minor = claim.asked_minor if claim.verdict_minor is None else claim.verdict_minor
    known = Money.kept(minor, claim.currency)
    price = None if known else (claim.facts or {}).get("order", {}).get("price")
    amount = known or (Money.exact(**price).rounded() if price else None)
    return f"{amount.currency} {amount.whole:018d}" if amount else ""


@event.listens_for(db.session, "before_flush")
def _keep_stake(session: Session, _context: object, _instances: object) -> None:
    for claim in [*session.new, *session.dirty]:
        if isinstance(claim, Claim):
            state = inspect(claim).attrs
            if any(state[name].history.has_changes() for name in _WORTH):
                claim.stake = stake_of(claim)


# Of which claims an order is kept: what comes before its key in the index, and which claims are in it.
WAITS = Claim.waiting == true()
SENT = Claim.submitted_at.is_not(None)
HELD = Claim.held > literal_column("0")
SECOND = Claim.held == literal_column("2")
PLACES: dict[str, tuple[tuple[InstrumentedAttribute[Any], ...], ColumnElement[bool] | None]] = {
    "decide": ((), WAITS),
    "mine": ((Claim.assignee_id,), and_(WAITS, Claim.assignee_id.is_not(None))),
    "unassigned": ((), and_(WAITS, Claim.assignee_id.is_(None))),
    "answered": ((), and_(WAITS, Claim.answered == true())),
    "denied": ((Claim.outcome,), WAITS),
    "held": ((), HELD),
    "second": ((), SECOND),
    "all": ((), SENT),
    "status": ((Claim.status,), None),
}
_ALREADY = {
    ("all", QueueOrder.SENT): None,  # the rows themselves
    ("status", QueueOrder.SENT): "ix_claims_ended",
    ("denied", QueueOrder.VERDICT): "ix_claims_denied_sent",
}


def index_of(place: str, order: QueueOrder) -> str | None:
    """The name of the index in which the claims of a place stand in this order; None where no hint is needed."""
    return _ALREADY.get((place, order), f"ix_claims_{place}_{order}")


Index("ix_claims_queue", Claim.waiting, Claim.due_at, Claim.id)
Index("ix_claims_queue_shop", Claim.waiting, Claim.shop, Claim.due_at, Claim.id)
Index("ix_claims_queue_reason", Claim.waiting, Claim.reason, Claim.due_at, Claim.id)
Index("ix_claims_queue_outcome", Claim.waiting, Claim.outcome, Claim.due_at, Claim.id)
Index("ix_claims_status", Claim.status, Claim.due_at, Claim.id)
Index("ix_claims_ended", Claim.status, Claim.id)
Index("ix_claims_status_shop", Claim.status, Claim.shop, Claim.due_at, Claim.id)


def _lay() -> None:
    for place, (lead, where) in PLACES.items():
        more = {"held": QueueOrder.DUE, "second": QueueOrder.DUE, "all": QueueOrder.STATUS}.get(
            place
        )
        for order in (
            QueueOrder.SENT,
            QueueOrder.REASON,
            QueueOrder.AMOUNT,
            QueueOrder.VERDICT,
            more,
        ):
            if order is not None and (place, order) not in _ALREADY:
                key = [KEYS[order]] if order in KEYS else []
                Index(
                    f"ix_claims_{place}_{order}",
                    *lead,
                    *key,
                    Claim.id,
                    sqlite_where=where,
                    postgresql_where=where,
                )


_lay()
