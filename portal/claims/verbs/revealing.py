"""Payout details in full, for a person who pays: each look is a line of the claim's history."""

from datetime import datetime

from portal.claims.history import ClaimEvent
from portal.claims.lifecycle import Action, Actor, next_status
from portal.claims.models import Claim
from portal.claims.payout.details import PayoutDetails
from portal.claims.payout.payee import payee_of
from portal.claims.payout.second_person import refuse_own
from portal.claims.refusals import NeedsReason
from portal.people.reviewers import Reviewer
from portal.translation import gettext


def reveal(claim: Claim, *, by: Reviewer, at: datetime, why: str) -> PayoutDetails | None:
    """The details in full, and who looked when and why; None where none were given.

    The claim stays as it is: whoever has it before them goes on. Raises NotAllowed where nothing is
    to be paid, NeedsReason, NeedsAnother on one's own claim, SealError. Security checks F 47.
    """
    next_status(claim.status, Action.REVEAL, Actor.PAYER)
    refuse_own(claim, by)
    if not why.strip():
        raise NeedsReason(gettext("Write why you need the details in full."), field="why")
    claim.events.append(
        ClaimEvent(
            at=at,
            action=Action.REVEAL,
            role=Actor.PAYER,
            reviewer=by,
            before=claim.status,
            after=claim.status,
            internal=why.strip(),
            data={},
        )
    )
    return payee_of(claim)
