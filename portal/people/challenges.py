"""Challenges that a passkey answers: made for one purpose and one browser, and answered once.

A challenge carries its own seal, so that nothing is kept until it is answered; an answered one is
kept until it is over.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.config.settings import settings
from portal.database import UTCDateTime, insert_or, transaction
from portal.extensions import Base, db

LASTS = timedelta(minutes=5)  # how long a challenge may be answered
_RANDOM, _TIME = 16, 8  # bytes of a challenge before its seal


class PasskeyPurpose(StrEnum):
    """What a challenge is for: an answer to one is no answer to another."""

    SIGN_IN = "sign in"
    STEP_UP = "step up"
    ADD = "add"


class PasskeyRefused(Exception):
    """The answer is not one of this passkey to this challenge; nothing was done."""


class AnsweredChallenge(Base):
    """A challenge that was answered: nobody answers it again while it would still be good."""

    __tablename__ = "answered_challenges"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    good_until: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


@dataclass(frozen=True, slots=True)
class Challenged:
    """What a challenge is for, and whose it is: a sign-in, or a browser in which nobody is signed in."""

    purpose: PasskeyPurpose
    of: str
    at: datetime

    def challenge(self) -> bytes:
        """A new challenge, good for LASTS."""
        head = secrets.token_bytes(_RANDOM) + int(self.at.timestamp()).to_bytes(_TIME, "big")
        return head + self._seal(head)

    def is_mine(self, challenge: bytes) -> bool:
        """Whether it was made for this, and not too long ago."""
        head, seal = challenge[: _RANDOM + _TIME], challenge[_RANDOM + _TIME :]
        age = self.at.timestamp() - int.from_bytes(head[_RANDOM:], "big")
        return hmac.compare_digest(seal, self._seal(head)) and -1 < age < LASTS.total_seconds()

    def _seal(self, head: bytes) -> bytes:
        key = settings().secret_key.get_secret_value().encode()
        said = b"\x00".join((b"passkey", self.purpose.encode(), self.of.encode(), head))
        return hmac.digest(key, said, "sha256")


def answer_once(challenge: bytes, *, at: datetime) -> None:
    """Keep that it was answered, in the caller's transaction. Raises PasskeyRefused the second time."""
    row = {"digest": hashlib.sha256(challenge).hexdigest(), "good_until": at + LASTS}
    new = insert_or(AnsweredChallenge.__table__)  # type: ignore[arg-type]  # Base says FromClause
    kept = new.values(row).on_conflict_do_nothing().returning(AnsweredChallenge.digest)
    if db.session.scalar(kept) is None:
        raise PasskeyRefused


def forget_due(*, now: datetime) -> int:
    """Delete answered challenges that nobody could answer any more; how many there were."""
    over = AnsweredChallenge.good_until < now
    if db.session.scalar(select(AnsweredChallenge.digest).where(over).limit(1)) is None:
        return 0
    with transaction():
        gone = delete(AnsweredChallenge).where(over).returning(AnsweredChallenge.digest)
        return len(db.session.scalars(gone).all())
