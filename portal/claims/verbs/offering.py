"""Another number is offered with the approval of it, and taken back with that."""

from datetime import datetime, timedelta

from portal.claims.decisions.returned import kept_returns, remainder
from portal.claims.models import Claim
from portal.ledger.replacement import OFFER_STANDS, Replacement, ReplacementStep

ANSWER_TIME = timedelta(days=7)  # to say whether it is taken; then the price goes back


def offer(claim: Claim, *, at: datetime) -> datetime:
    """Offer another number, worth what was left of the price; until when its owner answers (UTC)."""
    others = [each for each in kept_returns(claim) if each.claim != claim.reference]
    value, answer_by = remainder(claim.facts, others), at + ANSWER_TIME
    claim.replacements.append(Replacement.offer(value, at=at, answer_by=answer_by))
    return answer_by


def take_offer_back(claim: Claim) -> None:
    """Another number that was offered, accepted or handed over no longer is."""
    if claim.replacement and claim.replacement.state in OFFER_STANDS:
        claim.replacement.move(ReplacementStep.TAKE_BACK)
