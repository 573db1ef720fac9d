"""What a request to the owner of a claim, or their answer to it, makes of the claim."""

from datetime import datetime

from portal.claims.clocks.promises import await_person
from portal.claims.lifecycle import Action, Status
from portal.claims.models import Claim
from portal.claims.verbs import judging
from portal.policy.deciding.document import Policy


def judge_request(claim: Claim, *, policy: Policy, at: datetime, cause: Action) -> None:
    """Decide by what was asked for or answered (``cause``); the next date of a review is by the new decision."""
    judging.judge(claim, policy=policy, at=at, cause=cause)
    if claim.status is Status.IN_REVIEW:
        await_person(claim)
