"""Rights are given and taken: by an admin of the shop, each change kept with who made it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from portal.audit import log as audit
from portal.audit.log import StaffAct
from portal.database import UTCDateTime, hold, words
from portal.extensions import Base, db
from portal.people import reviewers
from portal.people.reviewers import Reviewer
from portal.people.rights import EVERY_SHOP, HeldRight, NoRight, Right, Shops, Task

ADMIN_OF_ALL = (EVERY_SHOP, Right.ADMIN)


class LastAdmin(Exception):
    """Nobody else is an admin of every shop, so this person stays one; nothing was done."""


class RightsMoved(Exception):
    """Somebody else changed the rights since they were shown; nothing was done."""


class OwnRights(Exception):
    """Nobody changes what they may do themselves; nothing was done."""


class RightChange(Base):
    """That a right was given or taken: by whom (none: the command line), and when."""

    __tablename__ = "right_changes"
    __table_args__ = (Index("ix_right_changes_reviewer_id", "reviewer_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("reviewers.id"))
    shop: Mapped[str] = mapped_column(String(40))
    what: Mapped[Right] = mapped_column(words(Right))
    given: Mapped[bool] = mapped_column()
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("reviewers.id"))

    by: Mapped[Reviewer | None] = relationship(foreign_keys=by_id)


def may_grant(by: Reviewer, shop: str) -> bool:
    """Whether this person gives and takes rights in the shop, or in EVERY_SHOP."""
    return by.may(Task.RUN_TEAM, shop)


def is_wholly_run_by(person: Reviewer, by: Reviewer) -> bool:
    """Whether all that the person may is in shops whose team ``by`` runs: then they run the person too."""
    if by.may(Task.RUN_TEAM, EVERY_SHOP):
        return True
    return bool(person.held) and all(may_grant(by, each.shop) for each in person.held)


def hire(
    *,
    email: str,
    name: str,
    rights: Collection[tuple[str, Right]],
    by: Reviewer | None,
    at: datetime,
) -> Reviewer:
    """Add somebody with these rights. Raises AlreadyKnown, NoRight for a shop that ``by`` doesn't run.

    ``by`` is None for the command line.
    """
    rights = set(rights)  # a form may name one twice
    for shop, _ in rights:
        if by is not None:
            by.demand(Task.RUN_TEAM, shop)
    if by is not None and not rights and not by.may(Task.RUN_TEAM, EVERY_SHOP):
        raise NoRight(Task.RUN_TEAM, EVERY_SHOP)
    person = reviewers.add(email=email, name=name, rights=rights)
    db.session.flush()
    audit.note(StaffAct.INVITE, at=at, by=by and by.id, whom=person.id)
    for shop, what in sorted(rights):
        _note(person, shop, what, given=True, by=by, at=at)
    return person


def set_rights(
    person: Reviewer,
    *,
    rights: Collection[tuple[str, Right]],
    within: Collection[str] | None,
    by: Reviewer | None,
    at: datetime,
    seen: Collection[tuple[str, str]] | None = None,
) -> None:
    """Let the person hold just these rights in the shops ``within``; elsewhere they stay as they are.

    The person is under their row's lock. ``within`` None is everywhere; EVERY_SHOP is one of the
    shops, that of the rights in each. ``seen`` are those ``within`` that whoever changes them was
    shown, None for who looks at nothing first. Who may do other things than before signs in again,
    unless they work in shops too that ``by`` doesn't run: whose sign-ins they can't end. Raises
    RightsMoved, NoRight for a shop that ``by`` doesn't run, OwnRights, LastAdmin.
    """
    before = {(each.shop, each.what) for each in person.held}
    kept = {(shop, what) for shop, what in before if within is not None and shop not in within}
    if seen is not None and before - kept != set(seen):
        raise RightsMoved
    after = kept | set(rights)
    if after == before:
        return
    if by is not None:
        for shop, _ in before ^ after:
            by.demand(Task.RUN_TEAM, shop)
        if by.id == person.id:
            raise OwnRights
    if ADMIN_OF_ALL in before - after:
        refuse_last_admin(person)
    ends = by is None or is_wholly_run_by(person, by)
    person.held = [each for each in person.held if (each.shop, each.what) in after] + [
        HeldRight(shop=shop, what=what) for shop, what in sorted(after - before)
    ]
    for shop, what in sorted(before ^ after):
        _note(person, shop, what, given=(shop, what) in after, by=by, at=at)
    if ends:
        reviewers.end_sign_ins(person, at=at)


def dismiss(person: Reviewer, *, by: Reviewer | None, at: datetime) -> None:
    """The person works here no more: every sign-in ends, and no new one begins. Raises LastAdmin.

    ``by`` is None for the command line.
    """
    if person.active and ADMIN_OF_ALL in {(each.shop, each.what) for each in person.held}:
        refuse_last_admin(person)
    person.active = False
    audit.note(StaffAct.DISMISS, at=at, by=by and by.id, whom=person.id)
    reviewers.end_sign_ins(person, at=at)


def refuse_last_admin(person: Reviewer) -> None:
    """Raise LastAdmin where no other active person is an admin of every shop."""
    hold("admins of every shop")  # two at once would each count the other
    others = (
        select(HeldRight.reviewer_id)
        .join(Reviewer, Reviewer.id == HeldRight.reviewer_id)
        .where(
            HeldRight.shop == EVERY_SHOP,
            HeldRight.what == Right.ADMIN,
            Reviewer.active,
            Reviewer.id != person.id,
        )
    )
    if person.active and db.session.scalar(others.limit(1)) is None:
        raise LastAdmin


def changes_of_rights(person: Reviewer, *, shops: Shops, most: int = 20) -> list[RightChange]:
    """What was given to this person and taken of late in these shops, the newest first."""
    found = (
        select(RightChange)
        .where(RightChange.reviewer_id == person.id, shops.among(RightChange.shop))
        .order_by(RightChange.id.desc())
        .limit(most)
        .options(joinedload(RightChange.by))
    )
    return list(db.session.scalars(found))


def _note(
    person: Reviewer, shop: str, what: Right, *, given: bool, by: Reviewer | None, at: datetime
) -> None:
    db.session.add(
        RightChange(
            reviewer_id=person.id,
            shop=shop,
            what=what,
            given=given,
            at=at,
            by_id=by.id if by else None,
        )
    )
    audit.note(
        StaffAct.GIVE_RIGHT if given else StaffAct.TAKE_RIGHT,
        at=at, by=by and by.id, shop=shop, whom=person.id, about=what,
    )  # fmt: skip
