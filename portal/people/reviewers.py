"""The people who work here: reviewers and admins. Customers have no account."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from flask_security import AsaList, RoleMixin, SQLAlchemyUserDatastore, UserMixin, verify_password
from sqlalchemy import JSON, String, select
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import UTCDateTime, hold, words
from portal.email_addresses import email_key
from portal.extensions import Base, db
from portal.people import signins
from portal.people.signins import SignIn


class Role(StrEnum):
    """What a person may do; an admin may do all that a reviewer may."""

    REVIEWER = "reviewer"
    ADMIN = "admin"


class News(StrEnum):
    """What somebody who works here may be told by e-mail; each person chooses."""

    APPEAL = "appeal"
    OVERDUE = "overdue"
    VERSION = "version"
    WEBHOOK = "webhook"


class HeldRole(RoleMixin):  # type: ignore[misc]
    """A role in the form in which Flask-Security reads it; there is no table of roles."""

    def __init__(self, role: Role) -> None:
        self.name = str(role)
        self.permissions: list[str] = []


class Reviewer(Base, UserMixin):  # type: ignore[misc]  # Flask's extensions are untyped
    """A person who decides claims; signs in with a password and a second factor."""

    __tablename__ = "reviewers"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[Role] = mapped_column(words(Role), default=Role.REVIEWER)
    may_pay: Mapped[bool] = mapped_column(default=False)
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    tf_last_counter: Mapped[int | None] = mapped_column()
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(AsaList()))

    told_of: Mapped[list[str]] = mapped_column(JSON, default=lambda: [str(each) for each in News])
    overdue_told_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    @property
    def roles(self) -> list[HeldRole]:
        """The roles held: an admin is a reviewer too."""
        held = [Role.REVIEWER, Role.ADMIN] if self.role is Role.ADMIN else [Role.REVIEWER]
        return [HeldRole(role) for role in held]

    def verify_and_update_password(self, password: str) -> bool:
        """Whether this is the password. Nothing is written, unlike in the library: a look is no place to."""
        return bool(verify_password(password, self.password))


datastore = SQLAlchemyUserDatastore(db, Reviewer, None)


class AlreadyKnown(Exception):
    """Somebody with this e-mail address works here already."""


def by_email(email: str) -> Reviewer | None:
    """The person with this address, in any letter case."""
    found = select(Reviewer).where(Reviewer.email == email_key(email))
    return db.session.execute(found).scalar_one_or_none()


def add(*, email: str, name: str, role: Role, may_pay: bool) -> Reviewer:
    """Add a person, who has no password yet and sets one by a link. Raises AlreadyKnown."""
    address = email_key(email)
    hold(f"person {address}")  # two invitations at once: the later one finds the first
    if by_email(address):
        raise AlreadyKnown(email)
    person = Reviewer(
        email=address,
        name=name.strip(),
        role=role,
        may_pay=may_pay,
        active=True,
        fs_uniquifier=secrets.token_hex(32),
    )
    db.session.add(person)
    return person


def everybody() -> list[Reviewer]:
    """All who ever worked here, by address; who was dismissed is no longer active."""
    return list(db.session.scalars(select(Reviewer).order_by(Reviewer.email)))


def change(
    person: Reviewer,
    *,
    name: str | None = None,
    role: Role | None = None,
    may_pay: bool | None = None,
    at: datetime,
) -> None:
    """Change what is given. Who may do other things than before signs in again, everywhere."""
    before = person.role, person.may_pay
    person.name = person.name if name is None else name.strip()
    person.role = role or person.role
    person.may_pay = person.may_pay if may_pay is None else may_pay
    if (person.role, person.may_pay) != before:
        end_sign_ins(person, at=at)


def signed_in(key: str, *, at: datetime) -> tuple[SignIn, Reviewer] | None:
    """The live sign-in that this key opens and whose it is, or None; one look, by an index."""
    found = (
        select(SignIn, Reviewer)
        .join(Reviewer, Reviewer.id == SignIn.reviewer_id)
        .where(SignIn.key_hash == signins.hash_of(key), signins.is_live(at), Reviewer.active)
    )
    row = db.session.execute(found).one_or_none()
    return (row[0], row[1]) if row else None


def choose_news(person: Reviewer, *, news: Iterable[News]) -> None:
    """Keep what this person wants to be told by e-mail; nothing else of them is told."""
    person.told_of = [str(each) for each in News if each in set(news)]


def forget_codes(person: Reviewer, *, at: datetime) -> None:
    """Take the second factor away, for somebody who lost it: the next sign-in sets up another."""
    person.tf_primary_method = person.tf_totp_secret = person.tf_last_counter = None
    person.mf_recovery_codes = None
    end_sign_ins(person, at=at)


def dismiss(person: Reviewer, *, at: datetime) -> None:
    """The person works here no more: every sign-in ends, and no new one begins."""
    person.active = False
    end_sign_ins(person, at=at)


def end_sign_ins(person: Reviewer, *, at: datetime) -> None:
    """Sign the person out everywhere, also where a password was entered and the code is still due."""
    person.fs_uniquifier = secrets.token_hex(32)
    signins.end(person.id, at=at)
