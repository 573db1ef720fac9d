"""A legal hold: a lead says that nothing of a claim is deleted, by age or by request, until it is taken off."""

from datetime import datetime

from sqlalchemy import delete

from portal.claims.history import LegalHold
from portal.claims.lifecycle import Action, Actor
from portal.claims.models import Claim
from portal.claims.refusals import NeedsReason
from portal.extensions import db
from portal.people.reviewers import Reviewer
from portal.translation import gettext

_ACTS = frozenset({Action.PRESERVE, Action.END_PRESERVING})


def on_hold(claim: Claim) -> bool:
    """Whether it is under a legal hold, by its history."""
    last = next((each for each in reversed(claim.events) if each.action in _ACTS), None)
    return last is not None and last.action is Action.PRESERVE


def preserve(claim: Claim, *, reason: str, by: Reviewer, at: datetime) -> None:
    """Put a hold on the claim, under its lock; on one that is held already the reason alone is new.

    Raises NeedsReason, NoRight, NotAllowed for a draft.
    """
    if not reason.strip():
        raise NeedsReason(gettext("Write why it has to be kept."), field="reason")
    claim.move(Action.PRESERVE, role=Actor.LEAD, at=at, by=by, internal=reason.strip())
    db.session.merge(LegalHold(claim_id=claim.id, at=at, reviewer_id=by.id, reason=reason.strip()))


def end_preserving(claim: Claim, *, reason: str, by: Reviewer, at: datetime) -> None:
    """Take the hold off, under the claim's lock: its periods run as they would have.

    Raises NeedsReason, NoRight, NotAllowed for a draft.
    """
    if not reason.strip():
        raise NeedsReason(gettext("Write why it need not be kept any more."), field="reason")
    claim.move(Action.END_PRESERVING, role=Actor.LEAD, at=at, by=by, internal=reason.strip())
    db.session.execute(delete(LegalHold).where(LegalHold.claim_id == claim.id))
