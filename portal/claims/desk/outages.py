"""An incident is recorded as an outage: its claims are decided by it, where no record of the shop's has one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from portal.audit.log import StaffAct, note
from portal.claims.clocks.promises import await_person
from portal.claims.decisions.casefile import lacks_outage
from portal.claims.lifecycle import Action, Actor, Status
from portal.claims.models import Claim
from portal.claims.payout.second_person import is_own
from portal.claims.queries import claim_for_change
from portal.claims.queue.incidents import MOST, Incident, OfIncident
from portal.claims.verbs import judging
from portal.database import transaction
from portal.extensions import db
from portal.people.reviewers import Reviewer
from portal.people.rights import Task
from portal.policy.deciding.document import Policy


def record_outage(
    number: int,
    lines: Sequence[OfIncident],
    *,
    began: datetime,
    ended: datetime | None,
    by: Reviewer,
    at: datetime,
    policy: Policy,
) -> int:
    """Record the incident of this number as an outage, and have the policy decide these claims of it by that.

    It ``began`` then and ``ended``, or goes on where that is None. Each claim is done in a transaction of
    its own and stays with a person; what was recorded of it before is replaced, and taken back where it
    was paid from later than it ended. Those of which it can't be are left as they are: no rental, one of
    which the records have an outage, one's own, and what waits no more. MOST at once; how many claims it is recorded of now. To be called outside of
    transaction(). Raises NoRight, PolicyHasMoved.
    """
    by.demand(Task.DECIDE, policy.id)
    person = by.id
    wanted = {"began": began.isoformat(), "until": ended and ended.isoformat()}
    names = [
        each.claim.reference
        for each in lines
        if each.lacks and not wanted.items() <= (each.claim.outage or {}).items()
    ]
    with transaction():
        burst = db.session.get_one(Incident, number)
        if (burst.outage_from, burst.outage_until) != (began, ended):
            burst.outage_from, burst.outage_until = began, ended
            note(StaffAct.SET_OUTAGE, at=at, by=person, shop=policy.id, about=f"incident {number}")
    done = told = 0
    for name in names:
        if done == MOST:
            break
        with transaction():
            claim, who = claim_for_change(name), db.session.get_one(Reviewer, person)
            if claim and _record(claim, wanted, by=who, at=at, policy=policy):
                done += 1
                told += claim.outage is not None
    return told


def _record(
    claim: Claim, wanted: dict[str, Any], *, by: Reviewer, at: datetime, policy: Policy
) -> bool:
    """Whether what is recorded of this claim is another now than before."""
    order: dict[str, Any] = claim.facts.get("order") or {}
    if not claim.waiting or is_own(claim, by) or not lacks_outage(order):
        return False
    known = (wanted["began"], order.get("ordered_at"), order.get("paid_from"))
    since = max(datetime.fromisoformat(text) for text in known if text)
    until = wanted["until"] and datetime.fromisoformat(wanted["until"])
    meets = until is None or until > since
    said = wanted | {"from": since.isoformat()} if meets else None
    if claim.outage == said:
        return False
    claim.outage = said
    data = {"from": since.isoformat() if meets else wanted["began"], "until": wanted["until"]}
    if not meets:
        data["met"] = False  # it was over before: what was recorded of it counts no more
    claim.move(Action.RECORD_OUTAGE, role=Actor.REVIEWER, at=at, by=by, data=data)
    judging.judge(claim, policy=policy, at=at, cause=Action.RECORD_OUTAGE)
    if claim.status is Status.IN_REVIEW:
        await_person(claim)
    return True
