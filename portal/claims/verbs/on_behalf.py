"""Claims that are sent on somebody's behalf: by the policy itself, or by the shop, which vouches for its customer."""

from collections.abc import Collection
from datetime import datetime
from typing import Unpack

from portal.claims import answering
from portal.claims.answering import GivenAnswers
from portal.claims.decisions.casefile import freeze_logs
from portal.claims.decisions.outlook import Outlook
from portal.claims.decisions.requirements import PAYEE, still_missing
from portal.claims.decisions.returned import claimants, look_back
from portal.claims.decisions.returns import ReturnSource
from portal.claims.lifecycle import Action, Actor, NotAllowed, Origin, Status
from portal.claims.models import Claim
from portal.claims.payout.details import PayoutDetails, PayoutRefused
from portal.claims.payout.payee import name_payee
from portal.claims.payout.second_person import refuse_own
from portal.claims.payout.ways import closed_words, methods_open, none_left, too_small
from portal.claims.queries import language_kept
from portal.claims.refusals import AlreadyOpen, NotOwed
from portal.claims.verbs import filing
from portal.claims.verbs.judging import hold_others, judge, settle, undisputed
from portal.config.languages import code_of
from portal.people.reviewers import Reviewer
from portal.policy.deciding.document import Policy
from portal.records.models import Holder
from portal.records.queries import reached
from portal.translation import narrowing

# The answer's name here -> its fact.
FACTS = {
    "service_name": "claim.service_name",
    "description": "claim.description",
    "destination": "claim.destination",
    "remedy": "claim.remedy",
    "asked": "claim.amount",
    "number_used": "claim.answers.number_used",
}


def file_vouched(
    *,
    account: Holder,
    order_reference: str,
    payee: PayoutDetails | None,
    policy: Policy,
    at: datetime,
    **said: Unpack[GivenAnswers],
) -> Claim:
    """Send a claim for this account of the shop: what it lacks is asked for after, not before.

    Payout details are kept where money may leave the shop. Raises AlreadyOpen, and PayoutRefused for a
    way of paying that is not open to the claim.
    """
    account = reached(policy.id, account)
    claim = filing.start(
        shop=policy.id, order_reference=order_reference, email=account.email,
        account_id=account.account_id, at=at, vouched=True, **said,
    )  # fmt: skip
    filing.refuse_second(claim)
    filing.confirm_terms(claim, at=at)
    filing.hold_logs(claim)
    if payee is not None and Outlook(claim, policy=policy, at=at).asks_payout:
        _take_payee(claim, payee, policy=policy, at=at)
    filing.submit(claim, policy=policy, at=at, looked=True)
    return claim


def answer_vouched(
    claim: Claim,
    *,
    order_reference: str | None,
    payee: PayoutDetails | None,
    policy: Policy,
    at: datetime,
    **said: Unpack[GivenAnswers],
) -> list[str]:
    """Give what was asked for; what is still missing then. Where that is nothing it is decided again.

    Raises NotAllowed where nothing is asked for, Incomplete for what is not enough, AlreadyOpen and
    PayoutRefused.
    """
    if claim.status is not Status.NEEDS_INFORMATION:
        raise NotAllowed(claim.status, Action.ANSWER, Actor.CUSTOMER)
    given = {FACTS[name] for name, value in said.items() if value is not None and name in FACTS}
    if order_reference:
        filing.rename_order(claim, order_reference=order_reference)
        given.add("claim.order_reference")
    answering.answer(claim, **said)
    if payee is not None:
        _take_payee(claim, payee, policy=policy, at=at)
        given |= {path for path in claim.missing if path.startswith(PAYEE)}
    return _settle(claim, given, policy=policy, at=at)


def settle_by_file(claim: Claim, *, policy: Policy, at: datetime) -> None:
    """Decide a claim again that waited for nothing but the file that came."""
    if claim.status is Status.NEEDS_INFORMATION and not still_missing(claim):
        filing.complete(claim, policy=policy, at=at)


def _settle(claim: Claim, given: Collection[str], *, policy: Policy, at: datetime) -> list[str]:
    paths = [path for path in claim.missing if path in given]
    filing.supply(claim, paths=paths, policy=policy, at=at)
    return filing.give(claim, policy=policy, at=at)


def _take_payee(claim: Claim, payee: PayoutDetails, *, policy: Policy, at: datetime) -> None:
    if payee.method.value not in methods_open(claim, policy=policy, at=at):
        closed = closed_words(claim, policy=policy, at=at)
        why = [*([closed] if closed else []), *too_small(claim, policy=policy, at=at)]
        raise PayoutRefused({"method": " ".join(why) or none_left(claim)})
    name_payee(claim, details=payee)


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

    It keeps the language of the account's newest claim where the shop has words in that, so that its
    letter is in it. The logs, the claims about the order and what went back of its price are read under the same locks
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
        vouched=True,  # the account is the order's own, by the records
        **said,
    )
    claim.origin = Origin.POLICY
    claim.language = _language_of(account, policy)
    if by is not None:
        refuse_own(claim, by)
    filing.hold_logs(claim)
    freeze_logs(claim)
    try:
        filing.hold_order(claim)
    except AlreadyOpen:
        raise NotOwed(order_reference) from None
    others = hold_others(claim)
    returns = look_back(claim, others=others)
    portal = any(each.source is ReturnSource.PORTAL for each in returns)
    if portal or not claim.order_known or claimants(others):
        raise NotOwed(order_reference)
    claim.submitted_at = at
    claim.move(Action.FILE, role=Actor.POLICY, at=at, by=by)
    decision = judge(claim, policy=policy, at=at, cause=Action.FILE, others=others)
    amount = decision.amount
    given = decision.automatic and undisputed(claim, decision, policy=policy, others=others)
    if not given or not amount:
        raise NotOwed(order_reference)
    settle(claim, decision, policy=policy, role=Actor.POLICY, at=at, amount=amount, others=others)
    return claim


def _language_of(account: Holder, policy: Policy) -> str | None:
    """In which of the shop's languages an account that asked for nothing is written to; None for its own."""
    kept = language_kept(policy.id, account)
    near = narrowing(code_of(kept)) if kept else ()
    return kept if any(code in policy.languages for code in near) else None
