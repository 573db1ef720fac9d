"""A payout run: what one file, or one sitting at the bank, carries of a shop, a rail and a currency."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, String, Text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.database import UTCDateTime, words
from portal.events.ulids import key_at
from portal.extensions import Base
from portal.ledger.payout import Rail
from portal.money import Money
from portal.people.reviewers import Reviewer


def _run_key(context: DefaultExecutionContext) -> str:
    at: datetime = context.get_current_parameters()["made_at"]  # type: ignore[no-untyped-call]
    return key_at("PR-", at)


class PayoutRun(Base):
    """Made by one person, released by one, and from then on as it is: its file is sealed with it.

    ``count`` and ``sum_minor`` (what is to arrive, in minor units) are of the payouts chosen, and
    of those in the file once that is written; then ``sha256`` is the file's.
    """

    __tablename__ = "payout_runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(29), unique=True, default=_run_key)
    shop: Mapped[str] = mapped_column(String(40))
    rail: Mapped[Rail] = mapped_column(words(Rail))
    kind: Mapped[str] = mapped_column(String(12))  # which file of the rail: paypal, crypto, other
    currency: Mapped[str] = mapped_column(String(5))
    made_by_id: Mapped[int] = mapped_column(ForeignKey("reviewers.id"))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    released_by_id: Mapped[int | None] = mapped_column(ForeignKey("reviewers.id"))
    released_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    discarded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    count: Mapped[int] = mapped_column()
    sum_minor: Mapped[int] = mapped_column(BigInteger)
    # Each claim whose payout dropped out at the release, and why, in words.
    left_out: Mapped[list[list[str]]] = mapped_column(JSON, default=list, server_default="[]")
    sha256: Mapped[str | None] = mapped_column(String(64))
    file_sealed: Mapped[str | None] = mapped_column(Text, deferred=True)

    made_by: Mapped[Reviewer] = relationship(foreign_keys=[made_by_id])
    released_by: Mapped[Reviewer | None] = relationship(foreign_keys=[released_by_id])

    @property
    def sum(self) -> Money:
        """What is to arrive in all."""
        return Money(self.sum_minor, self.currency)

    @property
    def open(self) -> bool:
        """Whether it can still be released or given up."""
        return self.released_at is None and self.discarded_at is None

    @property
    def releasing(self) -> bool:
        """Whether it is released and its file is still to be written."""
        return self.released_at is not None and self.sha256 is None and self.discarded_at is None
