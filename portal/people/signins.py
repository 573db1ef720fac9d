"""Sign-ins: each lasts from the second factor until it ends, and is a row that only its key opens."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, String, and_, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import UTCDateTime, transaction
from portal.extensions import Base, db

IDLE = timedelta(minutes=30)
WHOLE = timedelta(hours=12)
KEPT = timedelta(days=30)  # how long an ended one stays, for whoever has to look into it


class SignIn(Base):
    """One browser in which one person is signed in; the key is in its cookie, its hash is here."""

    __tablename__ = "sign_ins"

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("reviewers.id"), index=True)
    began_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    code_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # the second factor, last
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    address: Mapped[str] = mapped_column(String(45))
    browser: Mapped[str] = mapped_column(String(60))


def begin(reviewer_id: int, *, at: datetime, address: str, browser: str) -> str:
    """Begin a sign-in of this person; the key that its cookie carries.

    ``address`` is the network address it comes from, ``browser`` what a person would call the
    browser. Never commits: until the caller does, the key opens nothing.
    """
    key = secrets.token_urlsafe(32)
    db.session.add(
        SignIn(
            key_hash=hash_of(key),
            reviewer_id=reviewer_id,
            began_at=at,
            seen_at=at,
            code_at=at,
            address=address[:45],
            browser=browser[:60],
        )
    )
    return key


def is_live(at: datetime) -> ColumnElement[bool]:
    """Not ended, used within half an hour, and begun within twelve hours."""
    return and_(SignIn.ended_at.is_(None), SignIn.seen_at > at - IDLE, SignIn.began_at > at - WHOLE)


def live(reviewer_id: int, *, at: datetime) -> list[SignIn]:
    """Where this person is signed in, the newest first."""
    found = select(SignIn).where(SignIn.reviewer_id == reviewer_id, is_live(at))
    return list(db.session.scalars(found.order_by(SignIn.id.desc())))


def counts(*, at: datetime) -> dict[int, int]:
    """In how many browsers each person is signed in; who is in none is left out."""
    found = select(SignIn.reviewer_id, func.count()).where(is_live(at)).group_by(SignIn.reviewer_id)
    return dict(db.session.execute(found).all())


def renew(sign_in_id: int) -> str:
    """Give the sign-in another key, such as after a password was asked for again; the old one opens nothing."""
    key = secrets.token_urlsafe(32)
    db.session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(key_hash=hash_of(key)))
    return key


def see(sign_in_id: int, *, at: datetime) -> None:
    """Note that it was used."""
    db.session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(seen_at=at))


def prove(sign_in_id: int, *, at: datetime) -> None:
    """Note that its person entered a code of their second factor once more."""
    db.session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(code_at=at))


def end(reviewer_id: int, *, at: datetime, only: int | None = None, but: int | None = None) -> int:
    """End this person's sign-ins: all, or ``only`` the one, or all ``but`` one; how many ended."""
    ended = update(SignIn).where(SignIn.reviewer_id == reviewer_id, SignIn.ended_at.is_(None))
    if only is not None:
        ended = ended.where(SignIn.id == only)
    if but is not None:
        ended = ended.where(SignIn.id != but)
    return len(db.session.scalars(ended.values(ended_at=at).returning(SignIn.id)).all())


def forget_due(*, now: datetime) -> int:
    """Delete what began over a month ago; how many rows that were."""
    old = SignIn.began_at < now - KEPT
    if db.session.scalar(select(SignIn.id).where(old).limit(1)) is None:
        return 0
    with transaction():
        return len(db.session.scalars(delete(SignIn).where(old).returning(SignIn.id)).all())


def hash_of(key: str) -> str:
    """What the row keeps of a key: the key is random and long, so one round is enough."""
    return hashlib.sha256(key.encode()).hexdigest()
