"""What time alone does to a claim: a request that stays unanswered ends where the policy says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app
from sqlalchemy import select

from portal.claims import notices
from portal.claims.judging import judge
from portal.claims.lifecycle import Action, Role, Status
from portal.claims.models import Claim
from portal.claims.reviewing import INFORMATION_TIME, appeal_end
from portal.database import transaction
from portal.extensions import db

if TYPE_CHECKING:
    from datetime import datetime

    from portal.policy.document import Policy


def lapse_due(*, now: datetime, limit: int = 50) -> int:
    """Decide again the claims whose customer let the date pass (SS-N4); returns how many were looked at.

    Where the policy denies by that date the claim is declined, and can be appealed. Where it is
    silent the claim goes on waiting: the date was the portal's own.
    """
    late = (
        select(Claim)
        .where(Claim.status == Status.NEEDS_INFORMATION, Claim.due_at < now)
        .order_by(Claim.due_at)
        .limit(limit)
    )
    if db.session.scalars(late.limit(1)).first() is None:  # idle looks take no write lock
        return 0
    with transaction():
        claims = list(db.session.scalars(late.with_for_update(skip_locked=True)))
        for claim in claims:
            _lapse(claim, policy=current_app.extensions["policies"][claim.shop], at=now)
    return len(claims)


def _lapse(claim: Claim, *, policy: Policy, at: datetime) -> None:
    claim.due_at = at + INFORMATION_TIME  # when it is looked at next, where it goes on waiting
    decision = judge(claim, policy=policy, at=at, cause=Action.LAPSE)
    if decision.outcome == "deny":
        claim.due_at = None
        claim.move(Action.LAPSE, role=Role.POLICY, at=at)
        claim.open_key = None
        claim.appeal_until = appeal_end(policy, at)
        notices.tell(claim, "declined", at=at)
