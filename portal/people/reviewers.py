"""The people who work here: reviewers and admins. Customers have no account."""

import secrets
from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum

from flask_security import AsaList, SQLAlchemyUserDatastore, UserMixin, verify_password
from sqlalchemy import JSON, ColumnElement, SQLColumnExpression, String, exists, or_, select
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from portal.audit import log as audit
from portal.audit.log import StaffAct
from portal.database import UTCDateTime, hold
from portal.email_addresses import email_key
from portal.extensions import Base, db
from portal.people import passkeys, signins
from portal.people.rights import EVERY_SHOP, HeldRight, NoRight, Right, Shops, Task, allowing
from portal.people.signins import SignIn


class Role(StrEnum):
    """The usual rights by one word: an admin is a lead too."""

    REVIEWER = "reviewer"
    ADMIN = "admin"


class News(StrEnum):
    """What somebody who works here may be told by e-mail; each person chooses."""

    APPEAL = "appeal"
    OVERDUE = "overdue"
    NEAR = "near"  # a quarter of a clock is left
    VERSION = "version"
    WEBHOOK = "webhook"
    HANDED = "handed"  # a colleague hands a claim over
    NAMED = "named"  # or names one in a note
    SECOND = "second"  # a payout waits for a second person, or a run of them
    PAYOUT = "payout"  # a payout failed


class Telling(StrEnum):
    """How soon somebody is told of one kind of news."""

    AT_ONCE = "once"
    DAILY = "daily"  # with all else of the day, in one mail
    NEVER = "never"


# What somebody does in a shop who is told of it.
TOLD_TO = {
    News.APPEAL: Task.DECIDE,
    News.OVERDUE: Task.LOOK,
    News.NEAR: Task.LOOK,
    News.VERSION: Task.KEEP_POLICY,
    News.WEBHOOK: Task.CONNECT,
    News.HANDED: Task.DECIDE,
    News.NAMED: Task.LOOK,
    News.SECOND: Task.RELEASE,
    News.PAYOUT: Task.PAY,
}


# What comes with a role; to pay is a right of its own.
OF_ROLE = {
    Role.REVIEWER: frozenset({Right.REVIEWER}),
    Role.ADMIN: frozenset({Right.LEAD, Right.ADMIN}),
}


class Reviewer(Base, UserMixin):  # type: ignore[misc]  # Flask's extensions are untyped
    """A person who decides claims; signs in with a password and a second factor."""

    __tablename__ = "reviewers"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    tf_last_counter: Mapped[int | None] = mapped_column()
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(AsaList()))

    # What each chose: at once, or once a day with all else; what is in neither is not told.
    told_of: Mapped[list[str]] = mapped_column(JSON, default=lambda: [str(each) for each in News])
    told_daily: Mapped[list[str]] = mapped_column(JSON, default=list)
    zone: Mapped[str | None] = mapped_column(String(60))  # of the daily mail; the shop's where None
    daily_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # when it was last written
    away_since: Mapped[datetime | None] = mapped_column(UTCDateTime)  # takes no new claims by turns
    overdue_told_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    held: Mapped[list[HeldRight]] = relationship(
        cascade="all, delete-orphan", order_by=(HeldRight.shop, HeldRight.what)
    )

    roles: tuple[()] = ()  # what Flask-Security reads; the rights are ours

    def may(self, task: Task, shop: str) -> bool:
        """Whether the person may do it in this shop; of EVERY_SHOP, whether in each."""
        return any(each.allows(task, shop) for each in self._standing)

    def shops_for(self, task: Task) -> Shops:
        """The shops in which the person may do it."""
        if self.may(task, EVERY_SHOP):
            return Shops(None)
        return Shops(
            frozenset(each.shop for each in self._standing if each.allows(task, each.shop))
        )

    def may_somewhere(self, task: Task) -> bool:
        """Whether there is a shop in which the person may do it."""
        return any(each.allows(task, each.shop) for each in self._standing)

    @property
    def _standing(self) -> list[HeldRight]:
        """The rights that count: who was dismissed keeps theirs for the record, and may nothing."""
        return self.held if self.active else []

    def telling(self, news: News) -> Telling:
        """How soon the person chose to be told of this."""
        if news in self.told_of:
            return Telling.AT_ONCE
        return Telling.DAILY if news in self.told_daily else Telling.NEVER

    def demand(self, task: Task, shop: str) -> None:
        """Raise NoRight where the person may not do it in this shop."""
        if not self.may(task, shop):
            raise NoRight(task, shop)

    def verify_and_update_password(self, password: str) -> bool:
        """Whether this is the password. Nothing is written, unlike in the library: a look is no place to."""
        return bool(verify_password(password, self.password))


datastore = SQLAlchemyUserDatastore(db, Reviewer, None)


class AlreadyKnown(Exception):
    """Somebody with this e-mail address works here already."""


def by_email(email: str) -> Reviewer | None:
    """The person with this address, in any letter case; nobody has one that no database can hold."""
    if "\x00" in email:  # PostgreSQL fails to look for it
        return None
    found = select(Reviewer).where(Reviewer.email == email_key(email))
    return db.session.execute(found).scalar_one_or_none()


def number_of(email: str) -> int | None:
    """The number of the person with this address, as ``by_email``; nothing else of them is read."""
    if "\x00" in email:
        return None
    return db.session.scalar(select(Reviewer.id).where(Reviewer.email == email_key(email)))


def for_change(number: int) -> Reviewer:
    """The person with this number under their row's lock, with the rights as they are then."""
    return db.session.get_one(Reviewer, number, with_for_update=True, populate_existing=True)


def stays(person: Reviewer) -> bool:
    """Whether the person works here still, and does until the transaction ends: a dismissal waits for it.

    Nobody else waits who asks the same. To be called inside transaction().
    """
    shared = {"read": True, "key_share": True}  # as a claim's own reference to its person takes it
    db.session.refresh(person, ["active"], with_for_update=shared)
    return person.active


def rights_of(role: Role, *, may_pay: bool) -> frozenset[Right]:
    """The rights that come with a role, and with the word that somebody may pay."""
    return OF_ROLE[role] | ({Right.PAYER} if may_pay else frozenset())


def add(*, email: str, name: str, rights: Collection[tuple[str, Right]]) -> Reviewer:
    """Add a person, who has no password yet and sets one by a link. Raises AlreadyKnown.

    ``rights`` are a shop, or EVERY_SHOP, and what the person may there.
    """
    address = email_key(email)
    hold(f"person {address}")  # two invitations at once: the later one finds the first
    if by_email(address):
        raise AlreadyKnown(email)
    person = Reviewer(
        email=address,
        name=name.strip(),
        active=True,
        fs_uniquifier=secrets.token_hex(32),
        held=[HeldRight(shop=shop, what=what) for shop, what in sorted(rights)],
    )
    db.session.add(person)
    return person


def everybody() -> list[Reviewer]:
    """All who ever worked here, by address, with their rights; who was dismissed is no longer active."""
    found = select(Reviewer).order_by(Reviewer.email).options(selectinload(Reviewer.held))
    return list(db.session.scalars(found))


def holds(task: Task, shop: SQLColumnExpression[str] | str) -> ColumnElement[bool]:
    """The condition that the person of a statement (Reviewer) may do the task in the shop."""
    held = exists().where(
        HeldRight.reviewer_id == Reviewer.id,
        HeldRight.what.in_(allowing(task)),
        or_(HeldRight.shop == EVERY_SHOP, HeldRight.shop == shop),
    )
    return held.correlate_except(HeldRight)  # also where it stands within another one


def signed_in(key: str, *, at: datetime) -> tuple[SignIn, Reviewer] | None:
    """The live sign-in that this key opens and whose it is, or None; one look, by an index.

    The person comes with their rights, so that a page asks for them no more.
    """
    found = (
        select(SignIn, Reviewer, HeldRight)
        .join(Reviewer, Reviewer.id == SignIn.reviewer_id)
        .outerjoin(HeldRight, HeldRight.reviewer_id == Reviewer.id)
        .where(SignIn.key_hash == signins.hash_of(key), signins.is_live(at), Reviewer.active)
        .order_by(HeldRight.shop, HeldRight.what)
    )
    rows = db.session.execute(found).all()
    if not rows:
        return None
    sign_in, person, _ = rows[0]
    set_committed_value(person, "held", [row[2] for row in rows if row[2] is not None])
    return sign_in, person


def choose_news(person: Reviewer, *, chosen: Mapping[News, Telling], zone: str | None) -> None:
    """Keep how soon this person is told of what; of what is not ``chosen`` here it stays as it was.

    ``zone`` is that of the daily mail, None for the shop's.
    """
    how = {each: chosen.get(each, person.telling(each)) for each in News}
    person.told_of = [str(each) for each in News if how[each] is Telling.AT_ONCE]
    person.told_daily = [str(each) for each in News if how[each] is Telling.DAILY]
    person.zone = zone


def take_claims(person: Reviewer, *, takes: bool, at: datetime) -> None:
    """Whether the person takes new claims that are given by turns; where it stands so already, nothing is done."""
    if takes is (person.away_since is None):
        return
    person.away_since = None if takes else at
    act = StaffAct.TAKE_CLAIMS if takes else StaffAct.TAKE_NO_CLAIMS
    audit.note(act, at=at, by=person.id)


def forget_codes(person: Reviewer, *, by: Reviewer | None, at: datetime) -> None:
    """Take every second factor away, passkeys too, for somebody who lost them: the next sign-in sets up another.

    ``by`` is None for the command line.
    """
    person.tf_primary_method = person.tf_totp_secret = person.tf_last_counter = None
    person.mf_recovery_codes = None
    passkeys.remove_all(person.id)
    audit.note(StaffAct.FORGET_CODES, at=at, by=by and by.id, whom=person.id)
    end_sign_ins(person, at=at)


def end_sign_ins(person: Reviewer, *, at: datetime) -> None:
    """Sign the person out everywhere, also where a password was entered and the code is still due."""
    person.fs_uniquifier = secrets.token_hex(32)
    signins.end(person.id, at=at)
