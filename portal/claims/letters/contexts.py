"""What each letter to a customer says of the claim: amounts, dates, clauses and facts, from the claim itself."""

from collections.abc import Callable, Iterable
from typing import Any

from portal.claims.clocks.stating import closes_unanswered
from portal.claims.decisions.grounds import (
    GroundKind,
    ground_in_force,
    ground_words,
    policys_ground,
)
from portal.claims.decisions.outlook import nearest_miss_kept
from portal.claims.decisions.requirements import asked_words, asks_payee
from portal.claims.decisions.sources import trace_of
from portal.claims.letters.dates import (
    appeal_ended,
    late,
    local,
    payment_extended,
    zone_of,
)
from portal.claims.letters.payments import given_words, masked_payee, payment_meant, payment_told
from portal.claims.lifecycle import Action, Actor, Clock, EvidenceState, Status
from portal.claims.models import Claim
from portal.claims.payout.second_person import waits_for_second
from portal.claims.payout.ways import closed_words, methods_open, way_words
from portal.claims.wording import fact_words, reason_words
from portal.ledger.payout import FailedKind
from portal.ledger.replacement import ReplacementState
from portal.mail.letters import Event
from portal.policy.deciding.document import Policy
from portal.translation import gettext
from portal.words.lengths import seconds

# Facts of which a customer is told in a refusal: no more than a screen of them.
MOST_FACTS = 12


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
        "due": local(claim.due_at, policy),
        "own": claim.runs is Clock.OWN,
    }


def _access_asked(claim: Claim, policy: Policy) -> dict[str, Any]:
    """Why a person wants to reach the customer's host, and the clauses that speak of it (AC-R4)."""
    return {
        "note": claim.events[-1].note,
        "clauses": _reading("findings.access_refused", claim, policy),
        "kept": seconds(int(policy.shop.access_time.total_seconds())),
    }


def _identity_asked(claim: Claim, policy: Policy) -> dict[str, Any]:
    """What the customer is asked to agree to, and the clauses that speak of it (CN-V.N3, DV-CN2)."""
    agreement = claim.identity or {}
    return {
        "purpose": agreement["purpose"],
        "days": agreement["days"],
        "clauses": _reading("account.identity_documents", claim, policy),
    }


def _reading(fact: str, claim: Claim, policy: Policy) -> list[tuple[str, str]]:
    """The clauses that read this fact, with our wording."""
    version = policy.version_at(claim.submitted_at or claim.created_at)
    found = [
        each.id
        for each in version.clauses
        if any(fact in test.reads for side in each.sides for test in side.tests)
    ]
    return _clauses(found, claim, policy)


def _needs_information(claim: Claim, policy: Policy) -> dict[str, Any]:
    asked = claim.events[-1] if claim.events else None
    by_person = asked is not None and asked.role is Actor.REVIEWER
    at = claim.moved_at or claim.created_at
    payee = asks_payee(claim)
    ways = methods_open(claim, policy=policy, at=at) if payee else []
    return {
        "missing": asked_words(claim, policy=policy, at=at),
        "note": asked.note if asked and by_person else None,
        "clauses": [] if by_person else _clauses(_carrying(claim), claim, policy),
        "due": None if claim.appealed_at else local(claim.information_due_at, policy),
        "closes": closes_unanswered(claim, policy),
        "closed": closed_words(claim, policy=policy, at=at) if payee else None,
        "ways": [way_words(claim, method) for method in ways],
    }


def _policy_says_yes(claim: Claim, policy: Policy) -> dict[str, Any]:
    """What the claim's latest verdict gives; no person has confirmed it yet."""
    destination = claim.decision.document.get("destination") if claim.decision else None
    return {
        "what": given_words(claim, claim.verdict_amount, to_balance=destination != "payout"),
        "ground": ground_words(policys_ground(claim), zone=zone_of(policy)),
        "clauses": _clauses(_carrying(claim), claim, policy),
    }


def decision_words(claim: Claim, policy: Policy) -> dict[str, Any]:
    """Why a claim is approved, and until when it can be appealed."""
    ground, ruling = ground_in_force(claim), claim.ruling
    return {
        "ground": ground_words(ground, zone=zone_of(policy)),
        "note": (ruling.customer_text if ruling else "") or None,
        "clauses": _clauses(ground.clauses, claim, policy),
        "appeal_until": local(claim.appeal_until, policy),
        "words_suffice": not policy.shop.appeal_needs_file,
    }


def _approved(claim: Claim, policy: Policy) -> dict[str, Any]:
    due = local(claim.payout_due_at, policy)
    offer = claim.replacement
    waits = offer is not None and offer.state is ReplacementState.OFFERED
    answer_by = local(offer.answer_by, policy) if offer and waits else None
    said = {"due": due, "answer_by": answer_by}
    return payment_told(claim) | said | decision_words(claim, policy)


def _paid(claim: Claim, policy: Policy) -> dict[str, Any]:  # noqa: ARG001 - one shape for all
    payout = claim.payout
    return payment_told(claim) | {
        "payer_reference": payout.payer_reference if payout else None,
        "to_account": bool(payout and payout.destination == "payout" and payout.amount),
    }


def _returned(claim: Claim, policy: Policy) -> dict[str, Any]:
    """What came back although nobody asked: the money is there, or by when it is."""
    paid = claim.status is Status.PAID
    payout = claim.payout
    return {
        "amount": payout.amount if payout else None,
        "order": claim.order_reference,
        "paid": paid,
        "due": None if paid else local(claim.payout_due_at, policy),
        "payer_reference": payout.payer_reference if payout and paid else None,
        "ground": ground_words(policys_ground(claim), zone=zone_of(policy)),
        "clauses": _clauses(_carrying(claim), claim, policy),
    }


def _payout_failed(claim: Claim, policy: Policy) -> dict[str, Any]:  # noqa: ARG001 - one shape for all
    payout = claim.payout
    return {
        "amount": payout.amount if payout else None,
        "reason": (payout.failed_reason if payout else None) or gettext("no reason was given"),
        "payment": payment_told(claim)["payment"],
        "to_balance": bool(payout and payout.destination == "balance" and payout.amount),
        "replacement": bool(payout and payout.amount is None),
        "fixable": bool(payout and payout.failed_kind is FailedKind.FIXABLE),
    }


def _payee_changed(claim: Claim, policy: Policy) -> dict[str, Any]:
    return {
        "at": local(claim.moved_at, policy),
        "payment": masked_payee(claim),
        "owed": claim.payout.amount if claim.payout else None,
        "earliest": local(claim.payout.not_before, policy) if claim.payout else None,
        "second": claim.payout is not None and waits_for_second(claim.payout),
    }


def _declined(claim: Claim, policy: Policy) -> dict[str, Any]:
    ground = ground_in_force(claim)
    lapsed = ground.kind is GroundKind.LAPSE
    ruling = None if lapsed else claim.ruling
    note = (ruling.customer_text if ruling else "") or None
    said = [] if ground.kind is GroundKind.OVERRIDE else ground_words(ground, zone=zone_of(policy))
    carrying = ground.clauses or ((ground.rule,) if ground.rule else ())
    return {
        "note": note,
        "ground": [words for words in said if words not in (note or "")],
        "nearest": None if lapsed else nearest_miss_kept(claim, policy),
        "clauses": _clauses(ground.clauses, claim, policy),
        "facts": _facts(carrying, claim, policy),
        "appeal_until": local(claim.appeal_until, policy),
        "words_suffice": not policy.shop.appeal_needs_file,
        "closed": lapsed,
    }


def _decided_anew(claim: Claim, policy: Policy) -> dict[str, Any]:
    """That a person decides once more: why, and by when."""
    began = claim.events[-1]
    return {
        "note": began.note,
        "due": local(claim.due_at, policy),
        "approved": began.before in {Status.APPROVED, Status.PAYOUT_FAILED},
    }


def _payment_taken_back(claim: Claim, policy: Policy) -> dict[str, Any]:
    return _decided_anew(claim, policy) | payment_meant(claim)


def _reference_corrected(claim: Claim, policy: Policy) -> dict[str, Any]:  # noqa: ARG001 - one shape for all
    return {"before": claim.events[-1].data["was"]} | payment_meant(claim)


def _appeal_received(claim: Claim, policy: Policy) -> dict[str, Any]:
    return {
        "files": _usable(claim, on_appeal=True),
        "due": local(claim.due_at, policy),
        "own": claim.runs is Clock.OWN,
    }


def _appeal_decided(claim: Claim, policy: Policy) -> dict[str, Any]:
    """Of a part that was upheld nothing is said anew but where it goes, while it is still to be paid."""
    paid = claim.status is Status.PAID
    upheld = paid or claim.events[-1].action in {Action.UPHOLD, Action.UPHOLD_FAILED}
    said: dict[str, Any] = {"what": None, "payment": [], "replacement": False, "due": None}
    if upheld or claim.status is Status.APPROVED:
        said = _approved(claim, policy) | {"nearest": None, "facts": []}
    else:
        said |= _declined(claim, policy)
    if upheld:
        said |= {"ground": [], "clauses": []} | ({"due": None} if paid else {})
    return said | {"approved": claim.status is Status.APPROVED and not upheld, "upheld": upheld}


_CONTEXTS: dict[Event, Callable[[Claim, Policy], dict[str, Any]]] = {
    Event.RECEIVED: _received,
    Event.NEEDS_INFORMATION: _needs_information,
    Event.ACCESS_ASKED: _access_asked,
    Event.IDENTITY_ASKED: _identity_asked,
    Event.POLICY_SAYS_YES: _policy_says_yes,
    Event.APPROVED: _approved,
    Event.PAID: _paid,
    Event.RETURNED: _returned,
    Event.PAYOUT_FAILED: _payout_failed,
    Event.PAYEE_CHANGED: _payee_changed,
    Event.DECLINED: _declined,
    Event.REOPENED: _decided_anew,
    Event.PAYMENT_TAKEN_BACK: _payment_taken_back,
    Event.REFERENCE_CORRECTED: _reference_corrected,
    Event.LATE: late,
    Event.PAYMENT_EXTENDED: payment_extended,
    Event.APPEAL_ENDED: appeal_ended,
    Event.APPEAL_RECEIVED: _appeal_received,
    Event.APPEAL_DECIDED: _appeal_decided,
    Event.WITHDRAWN: lambda _claim, _policy: {},
}


def context_of(event: Event, claim: Claim, policy: Policy) -> dict[str, Any]:
    """What the letter of this event says of the claim, by the names that its templates use."""
    return _CONTEXTS[event](claim, policy)


def _carrying(claim: Claim) -> list[str]:
    return list(claim.decision.document["clauses"]) if claim.decision else []


def _clauses(ids: Iterable[str], claim: Claim, policy: Policy) -> list[tuple[str, str]]:
    """The clauses with our wording, of the version that the claim is judged by."""
    version = policy.dated(claim.policy_version) or policy.current
    known = {clause.id: clause.wording for clause in version.clauses}
    return [(number, known[number]) for number in ids if number in known]


def _facts(ids: Iterable[str], claim: Claim, policy: Policy) -> list[tuple[str, str]]:
    """What those clauses were decided by, each fact once, as the decision's trace has it."""
    wanted, zone = set(ids), zone_of(policy)
    told = (
        fact_words(fact["fact"], fact["value"], zone=zone, policy=policy)
        for step in trace_of(claim)
        if step["clause"] in wanted
        for fact in step["facts"]
        if fact["known"]
    )
    return list(dict.fromkeys(words for words in told if words))[:MOST_FACTS]
