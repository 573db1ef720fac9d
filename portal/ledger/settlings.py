"""What was said at once of a run's payouts, by a file that came back or by who paid them, line by line."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.database import UTCDateTime, words
from portal.extensions import Base
from portal.ledger.payout import FailedKind
from portal.ledger.runs import PayoutRun
from portal.people.reviewers import Reviewer


class Settling(Base):
    """A file that came back, or the word of a person that payouts of the run were paid (``by_hand``).

    ``again`` says that a reference used before is meant, ``strangers`` how many lines of the file name
    no payout of the shop: of those nothing else is kept. ``ended`` once every line came to something.
    """

    __tablename__ = "settlings"
    __table_args__ = (
        Index("ix_settlings_run_id", "run_id", "id"),
        Index("ix_settlings_ended", "ended", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("payout_runs.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("reviewers.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    by_hand: Mapped[bool] = mapped_column()
    again: Mapped[bool] = mapped_column()
    strangers: Mapped[int] = mapped_column()
    ended: Mapped[bool] = mapped_column(default=False)

    run: Mapped[PayoutRun] = relationship()
    by: Mapped[Reviewer] = relationship()


class SettlingLine(Base):
    """What is said of one payout; ``told_as`` is its name in files, ``came_to`` is null until it is settled."""

    __tablename__ = "settling_lines"
    __table_args__ = (Index("ix_settling_lines_settling_id", "settling_id", "came_to", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    settling_id: Mapped[int] = mapped_column(ForeignKey("settlings.id"))
    told_as: Mapped[str] = mapped_column(String(29))
    became: Mapped[str] = mapped_column(String(12))
    kind: Mapped[FailedKind | None] = mapped_column(words(FailedKind))
    reference: Mapped[str] = mapped_column(String(120))
    detail: Mapped[str] = mapped_column(String(300))
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(5))
    came_to: Mapped[str | None] = mapped_column(String(12))
    claim: Mapped[str] = mapped_column(String(12), default="")
    why: Mapped[str] = mapped_column(Text, default="")

    settling: Mapped[Settling] = relationship()
