"""Drafts of one holder sent by one press: each is a claim of its own, and one letter tells of all."""

from collections.abc import Callable, Sequence
from datetime import datetime

from portal.claims import answering
from portal.claims.decisions.outlook import Outlook
from portal.claims.decisions.requirements import known_already, lacking, required
from portal.claims.letters import notices
from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.claims.queue.incidents import watch, watched_as
from portal.claims.refusals import AlreadyOpen
from portal.claims.verbs import filing
from portal.claims.verbs.turns import give_by_turn
from portal.policy.deciding.document import Policy


def say_what_happened(claim: Claim, *, reason: str, policy: Policy, at: datetime) -> None:
    """Keep the reason of a draft, and what the policy wants besides that nobody has to be asked for.

    The records say the service and the price. The shop's own words for the reason are a description
    where the policy wants no longer one, and decides by itself.
    """
    answering.answer(claim, reason=reason)
    filing.read_logs(claim)
    outlook = Outlook(claim, policy=policy, at=at)
    words = next((each.label for each in policy.shop.reasons if each.code == reason), "")
    answering.answer(claim, **known_already(outlook, required(outlook), words=words))


def may_be_sent(outlook: Outlook) -> bool:
    """Whether a draft can be sent as it stands: nothing is missing, and the policy doesn't refuse it."""
    claim, decision = outlook.claim, outlook.decision
    return bool(
        claim.reason
        and decision.outcome in {"approve", "review"}
        and not outlook.asks_payout
        and not lacking(outlook)
    )


def submit_together(
    drafts: Sequence[Claim], *, wanted: Callable[[Outlook], bool], policy: Policy, at: datetime
) -> list[Claim]:
    """Send those of the drafts that can be sent and are ``wanted``; the claims that were.

    They are held by the caller, in the order of their ids. What lacks something, what the policy
    refuses and what another claim is open about stays a draft.
    """
    sent = []
    for claim in drafts:
        if claim.status is not Status.DRAFT:
            continue
        filing.hold_logs(claim)
        outlook = Outlook(claim, policy=policy, at=at)
        if not may_be_sent(outlook) or not wanted(outlook):
            continue
        filing.confirm_terms(claim, at=at)
        try:
            filing.submit(claim, policy=policy, at=at, looked=True, alone=False)
        except AlreadyOpen:
            claim.terms_confirmed_at = None
            continue
        sent.append(claim)
    for claim in sorted(sent, key=watched_as):
        watch(claim, shop=policy.shop)
    for claim in sent:
        give_by_turn(claim, policy=policy, at=at)
    if len(sent) > 1:
        notices.tell_together(sent, policy=policy, at=at)
    return sent
