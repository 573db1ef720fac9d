"""What was decided and told is decided anew: a lead takes it back, or what was paid came back."""

from datetime import datetime

from portal.claims.clocks.promises import await_person
from portal.claims.letters import notices
from portal.claims.lifecycle import Action, Actor
from portal.claims.models import Claim
from portal.claims.refusals import AlreadyOpen, NeedsReason, TooLate
from portal.claims.verbs import filing, judging
from portal.claims.verbs.offering import take_offer_back
from portal.claims.verbs.reviewing import unmoved
from portal.ledger.payout import GONE, TAKES_NOTHING, UNDER_WAY, Step
from portal.people.reviewers import Reviewer
from portal.people.rights import Task
from portal.policy.deciding.document import Policy
from portal.translation import gettext


def reopen(
    claim: Claim, *, reason: str, by: Reviewer, at: datetime, seen: int, policy: Policy
) -> None:
    """Take back a decision that was told, until it is paid, for a reason that the customer reads.

    What is owed is cancelled, the ruling kept. Raises ClaimHasMoved, NoRight, NeedsReason, NeedsAnother on one's own claim, TooLate while money is under way, AlreadyOpen where
    the order has another open claim.
    """
    unmoved(claim, seen, by=by)
    by.demand(Task.REOPEN, claim.shop)
    refuse_silence(reason)
    refuse_under_way(claim)
    if claim.open_key is None:
        filing.hold_order(claim)
    claim.move(Action.REOPEN, role=Actor.LEAD, at=at, by=by, note=reason.strip())
    decide_anew(claim, policy=policy, at=at)
    notices.tell(claim, "reopened", policy=policy, at=at)


def refuse_silence(reason: str) -> None:
    """Raise NeedsReason where nothing is written for the customer."""
    if not reason.strip():
        raise NeedsReason(
            gettext("Write why it is taken back; the customer reads it."), field="reason"
        )


def refuse_under_way(claim: Claim) -> None:
    """Raise TooLate where nobody knows yet whether money has arrived."""
    if any(payout.state in UNDER_WAY for payout in claim.payouts):
        raise TooLate(gettext("Money is under way. Wait until it has arrived or failed."))


def decide_anew(claim: Claim, *, policy: Policy, at: datetime) -> None:
    """After the claim was moved: cancel what is still owed, and have a person decide from the start.

    The rulings are kept and no longer in force, another appeal is open against the new one, and the
    time to decide begins now. An appeal that runs becomes a part of it.
    """
    for payout in claim.payouts:
        if payout.state not in GONE | TAKES_NOTHING and not payout.final:
            payout.move(Step.CANCEL, at=at)
            payout.next_try_at = None
    take_offer_back(claim)
    for ruling in claim.rulings:
        ruling.taken_back_at = ruling.taken_back_at or at
    claim.appealed_at = claim.appeal_until = claim.payout_due_at = claim.payout_limit_at = None
    if claim.open_key is None:
        _take_order(claim)
    judging.judge_anew(claim, policy=policy, at=at, cause=claim.events[-1].action)
    judging.set_clocks(claim, policy=policy, at=at)
    await_person(claim)


def _take_order(claim: Claim) -> None:
    """Hold the order again, unless another claim about it is open: money that came back waits for nobody."""
    try:
        filing.hold_order(claim)
    except AlreadyOpen:
        return
