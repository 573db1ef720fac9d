"""The way from a reason to a sent claim: what a shop offers, and what is still to be asked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask import request

from portal.claims import answering
from portal.claims.answering import kept
from portal.claims.clocks.claiming import claiming_time
from portal.claims.decisions.grounds import ground_words
from portal.claims.decisions.outlook import Outlook
from portal.claims.decisions.requirements import (
    DESCRIPTION,
    could_matter,
    known_already,
    required,
)
from portal.claims.models import Claim
from portal.claims.payout.choosing import Way, chosen_way
from portal.money import Money
from portal.policy.deciding.balance import refundable
from portal.policy.deciding.decision import Decision
from portal.policy.deciding.document import OfferedReason, Policy
from portal.web.customer.forms import way_form
from portal.web.customer.questions import QUESTIONS, Questions, questions_form
from portal.web.frame.clock import now
from portal.web.frame.fields import LANGUAGE, PageForm
from portal.web.frame.shop import policy_of

DESTINATION, REMEDY = "claim.destination", "claim.remedy"
# What is chosen and not typed: its fact -> what may be answered.
CHOICES: dict[str, tuple[object, ...]] = {
    "claim.answers.number_used": (True, False),
    DESTINATION: ("balance", "payout"),
    REMEDY: ("refund", "replacement"),
}
# The steps: order, code, what happened, result. Payout details belong to the last.
STEPS = 4


class ClaimableUntil(NamedTuple):
    """The end of the time to claim, in the shop's zone, whether it is over, and the clause of the version that says so."""

    until: datetime
    over: bool
    clause: str
    version: str


def offered(policy: Policy, claim: Claim) -> list[OfferedReason]:
    """The reasons to choose from: about this order, or about the balance."""
    about = "balance" if claim.order_key is None else "order"
    return [
        reason for reason in policy.shop.reasons if reason.about == about or reason.code == "other"
    ]


def reason_of(policy: Policy, claim: Claim) -> OfferedReason | None:
    """The reason that the claimant chose, as the policy offers it."""
    return next((reason for reason in offered(policy, claim) if reason.code == claim.reason), None)


def outlook_of(claim: Claim) -> Outlook:
    """What the policy of its shop says of a draft now, by what the records said when they were read."""
    return Outlook(claim, policy=policy_of(claim), at=now())


def needs_of(outlook: Outlook, reason: OfferedReason) -> dict[str, int]:
    """The facts that have to be answered before the result: as the policy decides now.

    A choice that the reason asks for has to be made where it could change how the claim ends.
    Where the money goes is chosen with the result, wherever that can be chosen.
    """
    needs = required(outlook)
    for path, values in CHOICES.items():
        later = path == DESTINATION and outlook.may_choose
        if path in reason.asks and not later and could_matter(outlook, path, values):
            needs[path] = 1
    return needs


class ToAsk(NamedTuple):
    """What has to be asked, each with its least length, and what is known without asking."""

    needs: dict[str, int]
    known: dict[str, Any]


def asked_of(outlook: Outlook, reason: OfferedReason) -> ToAsk:
    """What is asked after this reason. A choice comes before the words that may not be needed after it."""
    needs = needs_of(outlook, reason)
    known = known_already(outlook, needs, words=reason.label)
    chosen = all(_is_answered(outlook.claim, path, 1) for path in needs if path in CHOICES)
    if not chosen and needs.get(DESCRIPTION, 0) <= len(reason.label):
        needs.pop(DESCRIPTION, None)
    ordered = dict.fromkeys(path for path in (*reason.asks, *needs) if path in needs)
    return ToAsk(
        {path: needs[path] for path in ordered if _name(path) not in {None, *known}}, known
    )


def questions_of(outlook: Outlook, needs: dict[str, int], texts: Mapping[str, str]) -> Questions:
    """The form of what has to be asked, with what was typed filled in."""
    return questions_form(
        list(needs),
        claim=outlook.claim,
        currency=outlook.policy.shop.currency,
        needs=needs,
        typed=texts,
        left=left_of(outlook),
    )


def choices_in(texts: Mapping[str, str]) -> dict[str, Any]:
    """Of what was typed, the choices on which it hangs what else is asked."""
    used = {"yes": True, "no": False}.get(texts.get("number_used", ""))
    said: dict[str, Any] = {"number_used": used}
    if (remedy := texts.get("remedy")) in CHOICES[REMEDY]:
        said["remedy"] = remedy
    return {name: value for name, value in said.items() if value is not None}


def is_open(outlook: Outlook) -> bool:
    """Whether something has to be answered before there is a result."""
    reason = reason_of(outlook.policy, outlook.claim)
    if reason is None:
        return True
    needs = needs_of(outlook, reason)
    return any(not _is_answered(outlook.claim, path, least) for path, least in needs.items())


def with_known(outlook: Outlook, *, kept: bool) -> Outlook:
    """The draft with what is known without asking: stored where it is ``kept``, else supposed."""
    reason = reason_of(outlook.policy, outlook.claim)
    if reason is None:
        return outlook
    take = answering.answer if kept else answering.suppose
    take(outlook.claim, **asked_of(outlook, reason).known)
    return outlook.anew(outlook.claim)


def _is_answered(claim: Claim, path: str, length: int) -> bool:
    name = _name(path)
    answer = getattr(claim, "asked_minor" if name == "asked" else name) if name else True
    return len(answer.strip()) >= length if isinstance(answer, str) else answer is not None


def _name(path: str) -> str | None:
    """What the answer to a question is called; None for what has a page of its own."""
    return QUESTIONS.get(path) if path != "claim.order_reference" else None


def sending_form(outlook: Outlook, ways: list[Way]) -> tuple[Questions, PageForm | None]:
    """What stands above the button that sends: what a person is written, and the way for the money."""
    reason = reason_of(outlook.policy, outlook.claim)
    before = needs_of(outlook, reason) if reason else {}
    needs = {
        path: least for path, least in required(outlook, sending=True).items() if path not in before
    }
    form = questions_form(
        list(needs),
        claim=outlook.claim,
        currency=outlook.policy.shop.currency,
        needs=needs,
        typed=kept(outlook.claim, page="result") if needs and request.method == "GET" else {},
    )
    choices = [(way.name, way.label) for way in ways]
    chosen = request.args.get("way") or chosen_way(outlook)
    return form, way_form(choices, way=chosen) if ways else None


def grounds(outlook: Outlook, decision: Decision) -> dict[str, Any]:
    """On what a draft's result rests: sentences, and the rules that may be shown beside them."""
    ground = outlook.ground(decision)
    zone = ZoneInfo(outlook.policy.shop.time_zone)
    return {"ground": ground_words(ground, zone=zone), "quoted": ground.clauses}


def left_of(outlook: Outlook) -> Money | None:
    """What the records leave to refund of the balance; None for an order, and where nothing is known."""
    policy = outlook.policy
    window = policy.version_at(outlook.at).top_up_window
    if outlook.claim.order_key is not None or window is None:
        return None
    left = refundable(outlook.facts, window=window, currency=policy.shop.currency).amount
    return left if isinstance(left, Money) else None


def claiming(outlook: Outlook) -> ClaimableUntil | None:
    """Until when it can be claimed by what the records say; None where no clause states a time to claim."""
    policy = outlook.policy
    version = policy.version_at(outlook.at)
    found = claiming_time(outlook.facts, policy, version)
    if found is None:
        return None
    until = found.until.astimezone(ZoneInfo(policy.shop.time_zone))
    return ClaimableUntil(until, outlook.at > until, found.clause.id, str(version.in_force))


def typed() -> dict[str, str]:
    """What a form of text carried, as it was typed."""
    return {
        name: text for name, text in request.form.items() if name not in {"csrf_token", LANGUAGE}
    }
