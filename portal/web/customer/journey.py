"""The way from a reason to a sent claim: what a shop offers, and which page comes next."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import request, url_for

from portal.claims.decisions.grounds import ground_words
from portal.claims.decisions.outlook import Outlook
from portal.claims.decisions.requirements import could_matter, required
from portal.claims.models import Claim
from portal.claims.payout.owing import payment_date
from portal.claims.payout.ways import PayoutCost, costs
from portal.money import Money
from portal.policy.deciding.balance import refundable
from portal.policy.deciding.decision import Decision
from portal.policy.deciding.document import OfferedReason, Policy
from portal.web.customer.questions import QUESTIONS
from portal.web.frame.clock import now
from portal.web.frame.shop import policy_of

# What is chosen and not typed: its fact -> what may be answered.
CHOICES: dict[str, tuple[object, ...]] = {
    "claim.answers.number_used": (True, False),
    "claim.destination": ("balance", "payout"),
    "claim.remedy": ("refund", "replacement"),
}
# Of the steps order, code, reason, questions, result, files, the payout where there is one, check.
RESULT, CHECK = 5, 8


def offered(policy: Policy, claim: Claim) -> list[OfferedReason]:
    """The reasons to choose from: about this order, or about the balance."""
    about = "balance" if claim.order_key is None else "order"
    return [
        reason for reason in policy.shop.reasons if reason.about == about or reason.code == "other"
    ]


def reason_of(policy: Policy, claim: Claim) -> OfferedReason | None:
    """The reason that the claimant chose, as the policy offers it."""
    return next((reason for reason in offered(policy, claim) if reason.code == claim.reason), None)


def asked(reason: OfferedReason, needs: Iterable[str] = ()) -> list[str]:
    """The facts that the reason's own page asks for; files and payout details have theirs.

    ``needs`` are asked for too, where the policy requires what the reason doesn't ask.
    """
    facts = dict.fromkeys((*reason.asks, *needs))
    return [fact for fact in facts if fact in QUESTIONS and fact != "claim.order_reference"]


def unasked(reason: OfferedReason) -> set[str]:
    """The answers that this reason doesn't ask for."""
    kept = {QUESTIONS[fact] for fact in asked(reason)} | {"order_reference"}
    return set(QUESTIONS.values()) - kept


def needs_of(outlook: Outlook, reason: OfferedReason) -> dict[str, int]:
    """The facts that have to be answered before the result: as the policy decides now.

    A choice that the reason asks for has to be made where it could change how the claim ends.
    """
    needs = required(outlook)
    for path, values in CHOICES.items():
        if path in reason.asks and could_matter(outlook, path, values):
            needs[path] = 1
    return needs


def gap(outlook: Outlook) -> str | None:
    """The first page of the journey that is still to be filled in, or None."""
    reason = reason_of(outlook.policy, outlook.claim)
    if reason is None:
        return "reason"
    needs = needs_of(outlook, reason)
    for path in asked(reason, needs):
        if not _is_answered(outlook.claim, QUESTIONS[path], needs.get(path, 0)):
            return "questions"
    return None


def _is_answered(claim: Claim, name: str, length: int) -> bool:
    if not length:
        return True
    answer = getattr(claim, "asked_minor" if name == "asked" else name)
    return len(answer.strip()) >= length if isinstance(answer, str) else answer is not None


def outlook_of(claim: Claim) -> Outlook:
    """What the policy of its shop says of a draft now, by what the records said when they were read."""
    return Outlook(claim, policy=policy_of(claim), at=now())


def grounds(outlook: Outlook, decision: Decision) -> dict[str, Any]:
    """On what a draft's result rests: sentences, and the rules that may be shown beside them."""
    ground = outlook.ground(decision)
    zone = ZoneInfo(outlook.policy.shop.time_zone)
    return {"ground": ground_words(ground, zone=zone), "quoted": ground.clauses}


def from_check() -> bool:
    """Whether this page was opened from the last look, so that it leads back there."""
    return request.args.get("from") == "check"


def onward(endpoint: str, reference: str, **values: Any) -> str:
    """The next page of a draft; one that was opened from the last look leads back there."""
    if from_check():
        values["from"] = "check"
    return url_for(endpoint, reference=reference, **values)


def left_of(outlook: Outlook) -> Money | None:
    """What the records leave to refund of the balance; None for an order, and where nothing is known."""
    policy = outlook.policy
    window = policy.version_at(outlook.at).top_up_window
    if outlook.claim.order_key is not None or window is None:
        return None
    left = refundable(outlook.facts, window=window, currency=policy.shop.currency).amount
    return left if isinstance(left, Money) else None


def step(outlook: Outlook, number: int) -> tuple[int, int | None]:
    """Which step a page of the journey is, and of how many: not known before the result.

    ``number`` counts the payout as the seventh; a claim that has none is a step shorter.
    """
    if number < RESULT:
        return number, None
    paid_out = outlook.may_choose or outlook.asks_payout
    return (number, CHECK) if paid_out else (min(number, CHECK - 1), CHECK - 1)


def dates(outlook: Outlook) -> dict[str, datetime | None]:
    """By when the money comes, for each way the customer may choose, on the shop's clock.

    None where a person has to look first, or the policy states no date.
    """
    zone = ZoneInfo(outlook.policy.shop.time_zone)
    found: dict[str, datetime | None] = {}
    for way in ("balance", "payout"):
        decision = outlook.toward(way)
        limits = decision.deadlines if decision.outcome == "approve" else {}
        stated = "payout_due" in limits or "payout_limit" in limits
        by = payment_date(limits, policy=outlook.policy, at=outlook.at)
        found[way] = by.astimezone(zone) if stated else None
    return found


def kept_of(outlook: Outlook) -> list[PayoutCost]:
    """What each way out of the shop costs, where money may leave it."""
    if not (outlook.may_choose or outlook.asks_payout):
        return []
    return list(costs(outlook.claim, policy=outlook.policy, at=outlook.at).values())


def typed() -> dict[str, str]:
    """What a form of text carried, as it was typed."""
    return {name: text for name, text in request.form.items() if name != "csrf_token"}
