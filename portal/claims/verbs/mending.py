"""The customer mended what their shop said of their account: a refund to the balance is tried again."""

from datetime import datetime

from portal.claims.lifecycle import Action, Actor, NotAllowed, actions_open_to
from portal.claims.models import Claim
from portal.claims.verbs.judging import choose_rail, promise_payment_again
from portal.ledger.payout import FailedKind, Step
from portal.policy.deciding.document import Policy


def may_try_again(claim: Claim) -> bool:
    """Whether its owner can mend what failed: a credit to the balance, and the shop says how."""
    payout = claim.payout
    return (
        payout is not None
        and payout.destination == "balance"
        and payout.failed_kind is FailedKind.FIXABLE
        and Action.TRY_AGAIN in actions_open_to(claim.status, Actor.CUSTOMER)
    )


def try_again(claim: Claim, *, policy: Policy, at: datetime) -> None:
    """The same payout is due once more, by a date that can be kept. Raises NotAllowed where nothing is mended."""
    payout = claim.payout
    if payout is None or not may_try_again(claim):
        raise NotAllowed(claim.status, Action.TRY_AGAIN, Actor.CUSTOMER)
    claim.move(Action.TRY_AGAIN, role=Actor.CUSTOMER, at=at)
    payout.move(Step.RETRY, at=at)
    payout.failed_reason = None
    choose_rail(claim, payout, at=at)
    promise_payment_again(claim, policy=policy, at=at)
