"""An incident is recorded as an outage: its claims are decided by it, where no record of the shop's has one."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select, true, tuple_

from portal.audit.log import StaffAct, note
from portal.claims.clocks.promises import await_person
from portal.claims.decisions.casefile import lacks_outage
from portal.claims.lifecycle import Action, Actor, Status
from portal.claims.models import Claim
from portal.claims.payout.second_person import is_own
from portal.claims.queries import claim_for_change
from portal.claims.queue.incidents import CAP, MOST, WAITING_INDEX, Incident, within
from portal.claims.verbs import judging
from portal.database import transaction
from portal.extensions import db
from portal.people.reviewers import Reviewer
from portal.people.rights import Task
from portal.policy.deciding.document import Policy


class Recorded(NamedTuple):
    """Of how many claims an outage is recorded by a press, and whether it left ``more`` to another one."""

    told: int
    more: bool


def record_outage(
    number: int,
    *,
    began: datetime,
    ended: datetime | None,
    by: Reviewer,
    at: datetime,
    policy: Policy,
) -> Recorded:
    """Record the incident of this number as an outage, and have the policy decide its claims that wait by that.

    It ``began`` then and ``ended``, or goes on where that is None. Each claim is done in a transaction of
    its own and stays with a person; what was recorded of it before is replaced, and taken back where it
    was paid from later than it ended. Those of which it can't be are left as they are: no rental, one of
    which the records have an outage, one's own, and what waits no more. MOST at once, the first that was
    sent first; the same again goes on with the others, however many there are. To be called outside of
    transaction(). Raises NoRight, PolicyHasMoved.
    """
    by.demand(Task.DECIDE, policy.id)
    person = by.id
    wanted = {"began": began.isoformat(), "until": ended and ended.isoformat()}
    with transaction():
        burst = db.session.get_one(Incident, number)
        if (burst.outage_from, burst.outage_until) != (began, ended):
            burst.outage_from, burst.outage_until = began, ended
            note(StaffAct.SET_OUTAGE, at=at, by=person, shop=policy.id, about=f"incident {number}")
    done = told = 0
    for name in _open(number, wanted):
        if done == MOST:
            return Recorded(told, more=True)
        with transaction():
            claim, who = claim_for_change(name), db.session.get_one(Reviewer, person)
            if claim and _record(claim, wanted, by=who, at=at, policy=policy):
                done += 1
                told += claim.outage is not None
    return Recorded(told, more=False)


def _open(number: int, wanted: dict[str, Any]) -> Iterator[str]:
    """The references of its claims of which something else is to be recorded; CAP are looked at in one statement."""
    after: Any = None
    while True:
        found = (
            select(
                Claim.submitted_at, Claim.id, Claim.reference, Claim.outage, Claim.facts["order"]
            )
            .where(*within(db.session.get_one(Incident, number)), Claim.waiting == true())
            .with_hint(Claim, f"INDEXED BY {WAITING_INDEX}", "sqlite")
            .order_by(Claim.submitted_at, Claim.id)
        )
        if after is not None:
            found = found.where(tuple_(Claim.submitted_at, Claim.id) > tuple_(*after))
        rows = db.session.execute(found.limit(CAP)).all()
        for *_place, reference, outage, order in rows:
            if lacks_outage(order or {}) and outage != _said(order, wanted):
                yield reference
        if len(rows) < CAP:
            return
        after = rows[-1][:2]


def _said(order: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any] | None:
    """What is recorded of an order: from when it counts for it; None where it was over before."""
    since, until = _since(order, wanted), wanted["until"]
    meets = until is None or datetime.fromisoformat(until) > since
    return wanted | {"from": since.isoformat()} if meets else None


def _since(order: dict[str, Any], wanted: dict[str, Any]) -> datetime:
    known = (wanted["began"], order.get("ordered_at"), order.get("paid_from"))
    return max(datetime.fromisoformat(text) for text in known if text)


def _record(
    claim: Claim, wanted: dict[str, Any], *, by: Reviewer, at: datetime, policy: Policy
) -> bool:
    """Whether what is recorded of this claim is another now than before."""
    order: dict[str, Any] = claim.facts.get("order") or {}
    if not claim.waiting or is_own(claim, by) or not lacks_outage(order):
        return False
    said = _said(order, wanted)
    if claim.outage == said:
        return False
    claim.outage = said
    data = {"from": said["from"] if said else wanted["began"], "until": wanted["until"]}
    if said is None:
        data["met"] = False  # it was over before: what was recorded of it counts no more
    claim.move(Action.RECORD_OUTAGE, role=Actor.REVIEWER, at=at, by=by, data=data)
    judging.judge(claim, policy=policy, at=at, cause=Action.RECORD_OUTAGE)
    if claim.status is Status.IN_REVIEW:
        await_person(claim)
    return True
