"""Who has a claim in hand: somebody takes it, hands it over, or puts it back for everybody."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm.attributes import set_committed_value

from portal.claims.counts import keys, recount
from portal.claims.desk.mentions import named_in
from portal.claims.letters import to_team
from portal.claims.lifecycle import TRANSITIONS, Action, Actor
from portal.claims.models import Claim
from portal.claims.payout.second_person import refuse_own
from portal.claims.refusals import InOtherHands, NotYours
from portal.claims.verbs.turns import decided_before
from portal.extensions import db
from portal.people.reviewers import Reviewer, holds, stays
from portal.people.rights import Task
from portal.policy.deciding.document import Policy


def who_may_have(claim: Claim) -> list[Reviewer]:
    """The people who may decide the claim, by name: of an appeal not the one who decided before."""
    able = select(Reviewer).where(Reviewer.active, holds(Task.DECIDE, claim.shop))
    found = db.session.scalars(able.order_by(Reviewer.name, Reviewer.id))
    return [person for person in found if not decided_before(claim, person)]


def assign(
    claim: Claim,
    *,
    to: Reviewer | None,
    was: int,
    by: Reviewer,
    at: datetime,
    policy: Policy,
    internal: str = "",
) -> None:
    """Give the claim into somebody's hands, or into nobody's (None); they get a mail, but for ``by``.

    ``was`` is the id of who had it when ``by`` looked, 0 for nobody. The claim's version stays, since
    nothing changes that a decision rests on: whoever has the claim open decides it all the same, and
    two who take it at once are told apart by ``was``. Who is named in the note gets a mail too.
    Raises InOtherHands, UnknownName, NotAllowed once it is decided, NoRight, NotYours, NeedsAnother on
    somebody's own claim.
    """
    if (claim.assignee_id or 0) != was:
        raise InOtherHands(claim.assignee.name if claim.assignee else None)
    refuse_own(claim, by)
    if to is not None:
        stays(to)  # else they could be dismissed in this moment, and have it for good
        to.demand(Task.DECIDE, claim.shop)
        refuse_own(claim, to)
        if decided_before(claim, to):
            raise NotYours
    named = named_in(internal, claim)
    number = to.id if to else None
    claim.move(
        Action.ASSIGN,
        role=Actor.REVIEWER,
        at=at,
        by=by,
        internal=internal.strip() or None,
        data={"to": number, "name": to.name if to else None},
    )
    _put(claim, number)
    if to is not None:
        to_team.tell_handed(claim, to, by=by, noted=bool(internal.strip()), policy=policy, at=at)
    others = [each for each in named if to is None or each.id != to.id]
    to_team.tell_named(claim, others, by=by, policy=policy, at=at)


def give_back(person: Reviewer, *, at: datetime) -> int:
    """What this person has in hand is in nobody's, since they work here no more; how many open claims that were.

    To be called within the transaction that dismisses them, under their row's lock: who is given a claim
    in that moment waits for it, or is waited for (reviewers.stays). What is decided says nothing of it,
    and comes back to nobody.
    """
    found = select(Claim).where(Claim.assignee_id == person.id).order_by(Claim.id)
    claims = db.session.scalars(found.with_for_update(of=Claim)).all()
    held = [each for each in claims if (each.status, Action.GIVE_OUT) in TRANSITIONS]
    for claim in held:
        said = {"to": None, "name": None, "left": person.name}
        claim.move(Action.GIVE_OUT, role=Actor.POLICY, at=at, data=said)
    for claim in claims:
        _put(claim, None)
    return len(held)


def _put(claim: Claim, number: int | None) -> None:
    """Past the claim's own version, which an attribute that is set would renew; the counters follow."""
    old = keys(claim)
    db.session.execute(
        update(Claim).where(Claim.id == claim.id).values(assignee_id=number),
        execution_options={"synchronize_session": False},
    )
    set_committed_value(claim, "assignee_id", number)
    recount(db.session(), old=old, new=keys(claim))
