"""Which letter tells the customer what happened to a claim, and with which words from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from portal.claims.decisions.grounds import GroundKind, ground_in_force, ground_words
from portal.claims.decisions.nearest_miss import nearest_miss
from portal.claims.decisions.requirements import asked_words
from portal.claims.decisions.sources import as_said
from portal.claims.letters.links import status_link
from portal.claims.lifecycle import Action, Actor, Status
from portal.claims.models import Clock, EvidenceState
from portal.claims.wording import DESTINATIONS, fact_words, reason_words
from portal.mail import outbox, team
from portal.mail.letters import Event, render
from portal.mail.models import MailState, OutboxMail
from portal.mail.outbox import Sender
from portal.people.reviewers import News
from portal.translation import gettext

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from portal.claims.models import Claim
    from portal.policy.deciding.document import Policy

# Facts of which a customer is told in a refusal: no more than a screen of them.
MOST_FACTS = 12


def tell(claim: Claim, event: str, *, policy: Policy, at: datetime) -> OutboxMail:
    """Queue the letter of this event to the claim's address, in the caller's transaction.

    An approval that follows an appeal is told as the appeal's decision. A reminder that still
    waits is taken back, since the claim has moved on.
    """
    told = Event(event)
    if told is Event.APPROVED and claim.appealed_at:
        told = Event.APPEAL_DECIDED
    outbox.cancel(about=claim.reference, event=Event.TOO_EARLY)
    return _queue(claim, told, _CONTEXTS[told](claim, policy), policy=policy, at=at)


def tell_code(
    claim: Claim, *, to: str, code: str, policy: Policy, at: datetime, good_until: datetime
) -> OutboxMail:
    """Queue a one-use code to the address that it proves; the mail says nothing of the claim.

    The code stands in the subject, to be read from a phone's notification, and in no list of mails.
    Of a draft the mail has the link, by which its owner goes on with it anywhere.
    """
    known = claim.status is not Status.DRAFT
    letter = render(
        Event.SIGN_IN_CODE,
        shop=policy.shop.name,
        reference=claim.reference if known else None,
        link=None if known else status_link(claim.reference),
        code=code,
    )
    return outbox.queue(
        letter,
        event=Event.SIGN_IN_CODE,
        to=to,
        sender=_sender(policy),
        about=claim.reference if known else None,
        at=at,
        good_until=good_until,
        listed_as=gettext("Your code for %(shop)s", shop=policy.shop.name),
    )


def remind(claim: Claim, *, claimable_from: datetime, policy: Policy, at: datetime) -> OutboxMail:
    """Queue the reminder that a too early claim can be sent; it leaves when that time comes.

    Asked for twice, the later asking stands.
    """
    outbox.cancel(about=claim.reference, event=Event.TOO_EARLY)
    context = {
        "subject": gettext("order %(order)s", order=claim.order_reference)
        if claim.order_reference
        else gettext("your balance"),
        "since": claimable_from.astimezone(_zone(policy)),
    }
    return _queue(claim, Event.TOO_EARLY, context, policy=policy, at=at, due_at=claimable_from)


def tell_team_of_appeal(claim: Claim, *, policy: Policy, at: datetime) -> None:
    """Tell those who chose it that an appeal waits; not the person whose decision it is about."""
    decided = claim.ruling
    people = [
        person
        for person in team.wanting(News.APPEAL)
        if decided is None or person.id != decided.reviewer_id
    ]
    team.tell(
        people,
        News.APPEAL,
        path=f"/review/{claim.reference}",
        at=at,
        claim=claim.reference,
        name=policy.shop.name,
        due=_local(claim.due_at, policy),
    )


def reminds(claim: Claim) -> bool:
    """Whether a reminder that this claim can be sent waits to leave."""
    return any(
        mail.event == Event.TOO_EARLY and mail.state is MailState.WAITING
        for mail in outbox.mails_about(claim.reference)
    )


def _queue(
    claim: Claim,
    event: Event,
    context: dict[str, Any],
    *,
    policy: Policy,
    at: datetime,
    due_at: datetime | None = None,
) -> OutboxMail:
    if claim.email is None:
        raise ValueError(f"claim {claim.reference} has no address to write to")
    letter = render(
        event,
        shop=policy.shop.name,
        reference=claim.reference,
        link=status_link(claim.reference),
        **context,
    )
    return outbox.queue(
        letter,
        event=event,
        to=claim.email,
        sender=_sender(policy),
        about=claim.reference,
        at=at,
        due_at=due_at,
    )


def _usable(claim: Claim, *, on_appeal: bool) -> list[str]:
    """Names of the files that came and can be used, as far as is known yet."""
    return [
        file.filename
        for file in claim.evidence
        if file.on_appeal is on_appeal and file.state is not EvidenceState.REFUSED
    ]


def _received(claim: Claim, policy: Policy) -> dict[str, Any]:
    said = [
        (gettext("Order"), claim.order_reference),
        (gettext("What happened"), reason_words(claim.reason, policy)),
        (gettext("Service"), claim.service_name),
        (gettext("Amount"), str(claim.asked) if claim.asked else None),
    ]
    return {
        "facts": [(name, value) for name, value in said if value],
        "files": _usable(claim, on_appeal=False),
        "due": _local(claim.due_at, policy),
        "own": claim.runs is Clock.OWN,
    }


def _needs_information(claim: Claim, policy: Policy) -> dict[str, Any]:
    asked = claim.events[-1] if claim.events else None
    by_person = asked is not None and asked.role is Actor.REVIEWER
    return {
        "missing": asked_words(claim, policy=policy, at=claim.moved_at or claim.created_at),
        "note": asked.note if asked and by_person else None,
        "clauses": [] if by_person else _clauses(_carrying(claim), claim, policy),
        "due": _local(claim.information_due_at, policy),
    }


def _policy_says_yes(claim: Claim, policy: Policy) -> dict[str, Any]:
    """What the claim's latest verdict gives; no person has confirmed it yet."""
    document = claim.decision.document if claim.decision else {}
    to_balance = document.get("destination") != "payout"
    way = DESTINATIONS.get("balance" if to_balance else claim.payout_method or "", "to you")
    amount = claim.verdict_amount
    return {
        "what": f"{amount} {way}" if amount else gettext("another number for you"),
        "clauses": _clauses(_carrying(claim), claim, policy),
    }


def _approved(claim: Claim, policy: Policy) -> dict[str, Any]:
    ground, ruling = ground_in_force(claim), claim.ruling
    return _payment(claim) | {
        "due": _local(claim.payout_due_at, policy),
        "ground": ground_words(ground, zone=_zone(policy)),
        "note": (ruling.customer_text if ruling else "") or None,
        "clauses": _clauses(ground.clauses, claim, policy),
        "appeal_until": _local(claim.appeal_until, policy),
        "words_suffice": not policy.shop.appeal_needs_file,
    }


def _paid(claim: Claim, policy: Policy) -> dict[str, Any]:  # noqa: ARG001 - one shape for all
    payout = claim.payout
    return _payment(claim) | {
        "payer_reference": payout.payer_reference if payout else None,
        "to_account": bool(payout and payout.destination == "payout" and payout.amount),
    }


def _payout_failed(claim: Claim, policy: Policy) -> dict[str, Any]:  # noqa: ARG001 - one shape for all
    payout = claim.payout
    return {
        "amount": payout.amount if payout else None,
        "reason": (payout.failed_reason if payout else None) or gettext("no reason was given"),
        "payment": _payment(claim)["payment"],
        "to_balance": bool(payout and payout.destination == "balance" and payout.amount),
        "replacement": bool(payout and payout.amount is None),
    }


def _payee_changed(claim: Claim, policy: Policy) -> dict[str, Any]:
    return {
        "at": _local(claim.moved_at, policy),
        "payment": _masked(claim),
        "owed": claim.payout.amount if claim.payout else None,
    }


def _declined(claim: Claim, policy: Policy) -> dict[str, Any]:
    ground = ground_in_force(claim)
    lapsed = ground.kind is GroundKind.LAPSE
    ruling = None if lapsed else claim.ruling
    note = (ruling.customer_text if ruling else "") or None
    said = [] if ground.kind is GroundKind.OVERRIDE else ground_words(ground, zone=_zone(policy))
    carrying = ground.clauses or ((ground.rule,) if ground.rule else ())
    return {
        "note": note,
        "ground": [words for words in said if words not in (note or "")],
        "nearest": None if lapsed else nearest_miss(claim, policy),
        "clauses": _clauses(ground.clauses, claim, policy),
        "facts": _facts(carrying, claim, policy),
        "appeal_until": _local(claim.appeal_until, policy),
        "words_suffice": not policy.shop.appeal_needs_file,
        "closed": lapsed,
    }


def _appeal_received(claim: Claim, policy: Policy) -> dict[str, Any]:
    return {
        "files": _usable(claim, on_appeal=True),
        "due": _local(claim.due_at, policy),
        "own": claim.runs is Clock.OWN,
    }


def _appeal_decided(claim: Claim, policy: Policy) -> dict[str, Any]:
    if claim.status is Status.APPROVED:
        upheld = claim.events[-1].action is Action.UPHOLD
        more: dict[str, Any] = {
            "approved": not upheld,
            "upheld": upheld,
            "nearest": None,
            "facts": [],
        }
        return _approved(claim, policy) | more | ({"ground": [], "clauses": []} if upheld else {})
    nothing: dict[str, Any] = {"what": None, "payment": [], "replacement": False, "due": None}
    if claim.status is Status.PAID:
        stays: dict[str, Any] = {
            "approved": False,
            "upheld": True,
            "nearest": None,
            "facts": [],
            "due": None,
        }
        return _approved(claim, policy) | stays | {"ground": [], "clauses": []}
    return nothing | _declined(claim, policy) | {"approved": False, "upheld": False}


_CONTEXTS: dict[Event, Callable[[Claim, Policy], dict[str, Any]]] = {
    Event.RECEIVED: _received,
    Event.NEEDS_INFORMATION: _needs_information,
    Event.POLICY_SAYS_YES: _policy_says_yes,
    Event.APPROVED: _approved,
    Event.PAID: _paid,
    Event.PAYOUT_FAILED: _payout_failed,
    Event.PAYEE_CHANGED: _payee_changed,
    Event.DECLINED: _declined,
    Event.APPEAL_RECEIVED: _appeal_received,
    Event.APPEAL_DECIDED: _appeal_decided,
    Event.WITHDRAWN: lambda _claim, _policy: {},
}


def _payment(claim: Claim) -> dict[str, Any]:
    """What is owed and where it goes: never more of the details than their mask."""
    payout = claim.payout
    if payout is None or payout.amount is None:
        return {"what": gettext("another number for you"), "payment": [], "replacement": True}
    to_balance = payout.destination == "balance"
    way = DESTINATIONS.get("balance" if to_balance else claim.payout_method or "", "to you")
    masked = [] if to_balance else _masked(claim)
    return {"what": f"{payout.amount} {way}", "payment": masked, "replacement": False}


def _masked(claim: Claim) -> list[tuple[str, str]]:
    """Label and value of the payout details as they may be shown; their words are kept in English."""
    return [(gettext(line[0]), gettext(line[1])) for line in claim.payout_masked or []]


def _carrying(claim: Claim) -> list[str]:
    return list(claim.decision.document["clauses"]) if claim.decision else []


def _clauses(ids: Iterable[str], claim: Claim, policy: Policy) -> list[tuple[str, str]]:
    """The clauses with our wording, of the version that the claim is judged by."""
    version = next(
        (each for each in policy.versions if each.in_force.isoformat() == claim.policy_version),
        policy.current,
    )
    known = {clause.id: clause.wording for clause in version.clauses}
    return [(number, known[number]) for number in ids if number in known]


def _facts(ids: Iterable[str], claim: Claim, policy: Policy) -> list[tuple[str, str]]:
    """What those clauses were decided by, each fact once, as the decision's trace has it."""
    wanted, zone = set(ids), _zone(policy)
    trace = claim.decision.document["trace"] if claim.decision else []
    case = claim.decision.case if claim.decision else {}
    read = [
        as_said(fact, case) for step in trace if step["clause"] in wanted for fact in step["facts"]
    ]
    told = (
        fact_words(each["fact"], each["value"], zone=zone, policy=policy)
        for each in read
        if each["known"]
    )
    return list(dict.fromkeys(words for words in told if words))[:MOST_FACTS]


def _sender(policy: Policy) -> Sender:
    return Sender(name=policy.shop.sender.name, address=policy.shop.sender.email)


def _zone(policy: Policy) -> ZoneInfo:
    return ZoneInfo(policy.shop.time_zone)


def _local(at: datetime | None, policy: Policy) -> datetime | None:
    return at.astimezone(_zone(policy)) if at else None
