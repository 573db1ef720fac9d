"""New claims and appeals go into hands by turns, where the shop's file says ``by_turns``: nobody deals them out."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, and_, func, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.claims.lifecycle import WAITING, Action, Actor, Status
from portal.claims.models import Claim
from portal.claims.payout.second_person import is_own
from portal.database import hold
from portal.extensions import Base, db
from portal.people.reviewers import Reviewer, holds, stays
from portal.people.rights import Task
from portal.policy.deciding.document import Policy


class DeskTurn(Base):
    """The how many-th claim that the shop gave by turns was the last that this person got."""

    __tablename__ = "desk_turns"

    shop: Mapped[str] = mapped_column(String(40), primary_key=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("reviewers.id"), primary_key=True)
    turn: Mapped[int] = mapped_column(BigInteger)


def give_by_turn(claim: Claim, *, policy: Policy, at: datetime) -> None:
    """Give a claim that waits for a person and is in nobody's hand to whoever got one longest ago.

    Of those who may decide it in its shop, work here still, take new claims and are not its own
    customer, an appeal's not who decided it first; where there is nobody it stays in nobody's hand. Nobody is mailed. The shop's turns are
    held until the transaction ends: of several claims, each is given after the last of them was
    decided.
    """
    if not policy.shop.by_turns or claim.status not in WAITING or claim.assignee_id is not None:
        return
    db.session.flush()
    hold(f"turns of {claim.shop}")
    person = _next(claim)
    if person is None:
        return
    last = select(func.max(DeskTurn.turn)).where(DeskTurn.shop == claim.shop)
    turn = (db.session.scalar(last) or 0) + 1
    db.session.merge(DeskTurn(shop=claim.shop, reviewer_id=person.id, turn=turn))
    claim.assignee_id = person.id
    claim.move(
        Action.GIVE_OUT,
        role=Actor.POLICY,
        at=at,
        data={"to": person.id, "name": person.name},
    )


def _next(claim: Claim) -> Reviewer | None:
    had = and_(DeskTurn.reviewer_id == Reviewer.id, DeskTurn.shop == claim.shop)
    able = (
        select(Reviewer)
        .outerjoin(DeskTurn, had)
        .where(Reviewer.active, Reviewer.away_since.is_(None), holds(Task.DECIDE, claim.shop))
        .order_by(func.coalesce(DeskTurn.turn, 0), Reviewer.id)
    )
    return next(
        (
            each
            for each in db.session.scalars(able)
            if not is_own(claim, each) and not decided_before(claim, each) and stays(each)
        ),
        None,
    )


def decided_before(claim: Claim, person: Reviewer) -> bool:
    """Whether this is the appeal against a decision of this person."""
    ruling = claim.ruling
    return (
        claim.status is Status.APPEALED and ruling is not None and ruling.reviewer_id == person.id
    )
