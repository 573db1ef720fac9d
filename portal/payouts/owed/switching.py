"""The switch by which a person stops what the worker pays unasked in a shop; it outlasts restarts."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from portal.audit import log as audit
from portal.audit.log import StaffAct
from portal.database import hold
from portal.extensions import db
from portal.payouts.owed.models import OwedSwitch
from portal.people.reviewers import Reviewer
from portal.people.rights import Task


def turn(shop: str, *, stopped: bool, by: Reviewer, at: datetime) -> None:
    """Stop the worker's refunds of the shop, or let them go on; what is under way ends first.

    Turned to where it stands already, it is left as it is. Raises NoRight.
    """
    by.demand(Task.PAY, shop)
    hold(f"refunds unasked {shop}")
    if is_stopped(shop) is not stopped:
        db.session.add(OwedSwitch(shop=shop, at=at, reviewer_id=by.id, stopped=stopped))
        act = StaffAct.STOP_OWED if stopped else StaffAct.RESUME_OWED
        audit.note(act, at=at, by=by.id, shop=shop)


def last_turns(shops: Collection[str]) -> dict[str, OwedSwitch]:
    """How the switch of each shop was turned last, with who did it; left out where nobody has."""
    last = (
        select(func.max(OwedSwitch.id)).where(OwedSwitch.shop.in_(shops)).group_by(OwedSwitch.shop)
    )
    found = select(OwedSwitch).where(OwedSwitch.id.in_(last))
    rows = db.session.scalars(found.options(joinedload(OwedSwitch.reviewer)))
    return {row.shop: row for row in rows}


def last_turn(shop: str) -> OwedSwitch | None:
    """How the switch was turned last, with who did it; None where nobody has."""
    return last_turns([shop]).get(shop)


def is_stopped(shop: str) -> bool:
    """Whether a person has stopped the worker's refunds of the shop."""
    last = last_turn(shop)
    return last is not None and last.stopped
