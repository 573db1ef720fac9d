"""What was decided together by one press: kept with what became of each claim, so that nothing is decided twice."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from portal.claims.desk.groups import Group
from portal.claims.history import ClaimEvent
from portal.claims.models import Claim
from portal.database import UTCDateTime, words
from portal.extensions import Base, db
from portal.people.reviewers import Reviewer


class BulkState(StrEnum):
    """What became of one claim of a press; waiting where nothing did so far."""

    WAITING = "waiting"
    DECIDED = "decided"
    REFUSED = "refused"
    UNDONE = "undone"


class BulkLine(Base):
    """One claim of a press: the version that was looked at, and why it was not decided, or not undone."""

    __tablename__ = "bulk_lines"

    id: Mapped[int] = mapped_column(primary_key=True)
    act_id: Mapped[int] = mapped_column(ForeignKey("bulk_acts.id"), index=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    seen: Mapped[int] = mapped_column()
    state: Mapped[BulkState] = mapped_column(words(BulkState), default=BulkState.WAITING)
    why: Mapped[str | None] = mapped_column(Text)

    claim: Mapped[Claim] = relationship()


class BulkAct(Base):
    """One press by one person; ``key`` is its own, made with the page that it was pressed on."""

    __tablename__ = "bulk_acts"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(22), unique=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("reviewers.id"))
    shop: Mapped[str] = mapped_column(String(40))
    outcome: Mapped[str] = mapped_column(String(20))
    clause: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(UTCDateTime)

    lines: Mapped[list[BulkLine]] = relationship(order_by=BulkLine.id)

    @property
    def group(self) -> Group:
        """The group that was decided."""
        return Group(self.shop, self.outcome, self.clause)


def act_of(key: str, *, by: Reviewer) -> BulkAct | None:
    """This person's act of this key with what became of each claim; None where there is none of theirs."""
    to_claim = selectinload(BulkAct.lines).joinedload(BulkLine.claim)
    told = (
        to_claim.selectinload(Claim.events).joinedload(ClaimEvent.reviewer),
        to_claim.selectinload(Claim.rulings),
        to_claim.selectinload(Claim.payouts),
    )
    mine = select(BulkAct).where(BulkAct.key == key, BulkAct.reviewer_id == by.id)
    return db.session.scalars(mine.options(*told)).one_or_none()
