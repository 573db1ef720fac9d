"""The policy itself sends a claim: it owes a refund, and nobody had to ask for it."""

from datetime import datetime

from sqlalchemy.orm.attributes import flag_modified

from portal.claims.decisions.returned import claims_about, hold_subject, look_back
from portal.claims.decisions.returns import ReturnSource
from portal.claims.lifecycle import Action, Actor
from portal.claims.models import Claim, Origin
from portal.claims.payout.second_person import refuse_own
from portal.claims.refusals import AlreadyOpen, NotOwed
from portal.claims.verbs import filing
from portal.claims.verbs.filing import GivenAnswers
from portal.claims.verbs.judging import judge, settle, undisputed
from portal.people.reviewers import Reviewer
from portal.policy.deciding.document import Policy
from portal.records.models import Holder


def file_unasked(
    *,
    order_reference: str,
    account: Holder,
    said: GivenAnswers,
    policy: Policy,
    at: datetime,
    by: Reviewer | None = None,
) -> Claim:
    """Send and approve a claim of the policy's own about an order of this account, by the logs as they are now.

    The logs, the claims about the order and what went back of its price are read under the same locks
    as for any claim. ``by`` is who released it, None for the worker. Raises NeedsAnother where the
    account is that person's own, NotOwed where it would not be approved at once, or where anybody
    claims the order or was paid for it; the caller's transaction must then be rolled back.
    """
    claim = filing.start(
        shop=policy.id,
        order_reference=order_reference,
        email=account.email,
        account_id=account.account_id,
        at=at,
    )
    claim.origin = Origin.POLICY
    filing.answer(claim, **said)
    if by is not None:
        refuse_own(claim, by)
    claim.email_confirmed_at = at  # the account is the order's own, by the records
    filing.hold_logs(claim)
    for frozen in ("facts", "order_known", "returned"):
        flag_modified(claim, frozen)
    try:
        filing.hold_order(claim)
    except AlreadyOpen:
        raise NotOwed(order_reference) from None
    hold_subject(claim)
    portal = any(each.source is ReturnSource.PORTAL for each in look_back(claim))
    if portal or not claim.order_known or claims_about(claim):
        raise NotOwed(order_reference)
    claim.submitted_at = at
    claim.move(Action.FILE, role=Actor.POLICY, at=at, by=by)
    decision = judge(claim, policy=policy, at=at, cause=Action.FILE)
    amount = decision.amount
    if not decision.automatic or not amount or not undisputed(claim, amount, policy=policy):
        raise NotOwed(order_reference)
    settle(claim, decision, policy=policy, role=Actor.POLICY, at=at, amount=amount)
    return claim
