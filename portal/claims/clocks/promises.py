"""Whom a claim waits for and until when: the one place that writes its next date, and when the worker looks at it."""

from datetime import datetime

from sqlalchemy import Index

from portal.claims.lifecycle import Action, Clock, Status
from portal.claims.models import Claim
from portal.ledger.replacement import ReplacementState

# The worker looks for claims whose verdict time changes, and whose clock has something to say.
Index("ix_claims_judge_again", Claim.status, Claim.judge_again_at)
Index("ix_claims_rings_at", Claim.rings_at)

QUARTER = 4  # of a clock's length that is left when colleagues are warned: one in so many parts


def await_customer(claim: Claim, until: datetime | None) -> None:
    """The next step is its owner's: to give what was asked for."""
    claim.due_at, claim.rings_at = until, None


def await_person(claim: Claim) -> None:
    """The next step is a reviewer's, by the date that ``review_clock.set_clock`` found last."""
    claim.due_at = claim.review_due_at
    claim.rings_at = _rings(claim, warn=claim.review_warn_at) if promised_by_us(claim) else None


def await_payment(claim: Claim, by: datetime) -> None:
    """What is owed is to be paid: the one date that mails, pages and the payers' list go by.

    That clock runs from what was done last: it is approved, put off, or owed again. While another
    number is offered the step is its owner's.
    """
    claim.payout_due_at = claim.due_at = by
    since = claim.events[-1].at
    claim.rings_at = _rings(claim, warn=warning_at(since, by)) if promised_by_us(claim) else None


def await_appeal(claim: Claim, until: datetime | None) -> None:
    """It is declined, and can be appealed until then; None where that decision is final."""
    claim.due_at = None
    claim.appeal_until = claim.rings_at = until


def await_nobody(claim: Claim) -> None:
    """Nothing more is promised."""
    claim.due_at = claim.rings_at = None


def promised_by_us(claim: Claim) -> bool:
    """Whether ``due_at`` is a date that its owner was given and that the shop can miss.

    A person's decision by a clock that a clause states and that doesn't stand still; or a payment.
    """
    if claim.due_at is None:
        return False
    if claim.status is Status.IN_REVIEW:
        return claim.clock is Clock.STATED
    offer = claim.replacement
    offered = offer is not None and offer.state is ReplacementState.OFFERED
    return claim.status is Status.APPROVED and not offered


def warning_at(since: datetime, due: datetime) -> datetime:
    """When a quarter of the time is left of a clock that ran from ``since`` and ends at ``due``."""
    return due - max(due - since, due - due) / QUARTER


def _rings(claim: Claim, *, warn: datetime | None) -> datetime | None:
    """When something is to be said of ``due_at``: a warning, then that it has passed; each once for one date."""
    if _said(claim, Action.RUN_LATE):
        return None
    return claim.due_at if warn is None or _said(claim, Action.WARN) else warn


def _said(claim: Claim, action: Action) -> bool:
    due = claim.due_at.isoformat() if claim.due_at else None
    return any(each.action is action and each.data["due"] == due for each in claim.events)
