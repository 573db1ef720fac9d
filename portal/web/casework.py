"""What the reviewer's screen of one claim shows, gathered from its records."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flask import abort
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.claims.disagreements import disagreements
from portal.claims.grounds import Ground, ground_words, policys_ground
from portal.claims.lifecycle import Action, Role, Status, actions_open_to
from portal.claims.models import Claim, PayoutState, Ruling
from portal.claims.payee import payee_of
from portal.claims.queries import DECISIONS, EVENTS, EVIDENCE, PAYOUT, claim_page
from portal.claims.rechecking import differences
from portal.claims.returned import claims_about
from portal.claims.searching import letters
from portal.claims.sources import as_said
from portal.claims.wording import fact_words
from portal.extensions import db
from portal.mail.letters import moment
from portal.mail.models import OutboxMail
from portal.money import Money
from portal.policy.document import Effect
from portal.web import place, staff
from portal.web.decision_forms import findings_open, forms_of, known, policy_of, version_of
from portal.web.evidence import as_reviewed
from portal.web.reasons import REASON_WORDS

if TYPE_CHECKING:
    from portal.claims.models import ClaimEvent
    from portal.policy.document import Policy

REFERENCE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}", re.ASCII)
RULINGS = joinedload(Claim.rulings).joinedload(Ruling.reviewer)

EVENT_WORDS = {
    Action.SUBMIT: "Sent by the customer",
    Action.ASK: "Asked the customer for more",
    Action.ANSWER: "The customer answered",
    Action.REFER: "Given to a person to decide",
    Action.APPROVE: "Approved",
    Action.DECLINE: "Declined",
    Action.LAPSE: "Closed: what was missing did not come in time",
    Action.JUDGE_AGAIN: "The time has passed: decided again",
    Action.ADD_EVIDENCE: "File added by the customer",
    Action.RECORD_FINDING: "Finding recorded",
    Action.WITHDRAW: "Cancelled by the customer",
    Action.APPEAL: "Appealed by the customer",
    Action.UPHOLD: "Appeal decided: the amount stays",
    Action.UPHOLD_PAID: "Appeal decided: the amount stays",
    Action.MARK_PAID: "Marked as paid",
    Action.MARK_FAILED: "Payout failed",
    Action.CORRECT_PAYOUT: "New payout details from the customer",
    Action.EXTEND: "Payout date extended",
}
# Facts whose words for the customer speak to the customer.
OWN_WORDS = {
    "claim.reason": "Reason",
    "claim.service_name": "Service named",
    "claim.order_reference": "Order named",
    "claim.remedy": "Asked for",
    "claim.amount": "Amount asked for",
    "claim.answers.number_used": "Number used",
    "claim.evidence": "Files",
}
# What the records say of an order that no clause may have read, and a reviewer wants to see.
ALWAYS = ("order.service", "order.country", "order.price", "order.ordered_at", "order.expires_at")
# How a clause that held reads on the badge beside the verdict.
EFFECT_WORDS = {Effect.APPROVE: "approve", Effect.DENY: "deny"}


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact as a row: its name, its value in words (None: not known), and who says so.

    ``by`` is the person, where a person said it.
    """

    name: str
    value: str | None
    source: str
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Traced:
    """One clause of the verdict's trace, with the facts it looked at."""

    id: str
    words: str
    held: bool | None
    effect: str | None
    carries: bool
    facts: list[Fact]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the history."""

    at: datetime
    title: str
    by: str
    note: str | None
    internal: str | None
    override: str | None
    tone: str


def whole_reference(typed: str) -> str | None:
    """A claim's reference as it is written, however it was typed; None for what can't be one."""
    found = letters(typed).upper()
    whole = f"{found[:4]}-{found[4:]}"
    return whole if REFERENCE.fullmatch(whole) else None


def claim_to_read(reference: str) -> Claim:
    """The claim with all that its screen shows, in five statements; 404 for a draft or none."""
    if not REFERENCE.fullmatch(reference.upper()):
        abort(404)
    claim = claim_page(reference.upper(), with_=(PAYOUT, RULINGS, EVENTS, DECISIONS, EVIDENCE))
    if claim is None or claim.status in {Status.DRAFT, Status.SUBMITTED}:
        abort(404)
    return claim


def page(
    claim: Claim, *, bound: dict[str, Any] | None = None, opened: int | None = None, **more: Any
) -> dict[str, Any]:
    """All variables of the claim's template.

    ``bound`` are forms that were sent, by name; ``opened`` is the version the screen was made of.
    """
    me = staff.me()
    policy = policy_of(claim)
    zone = ZoneInfo(policy.shop.time_zone)
    document = claim.decision.document if claim.decision else {}
    open_now = actions_open_to(claim.status, Role.REVIEWER)
    if me.may_pay:
        open_now |= actions_open_to(claim.status, Role.PAYER)
    own = claim.status is Status.APPEALED and bool(
        claim.ruling and claim.ruling.reviewer_id == me.id
    )
    wanted, others = findings_open(claim)
    return {
        "claim": claim,
        "back": place.back(claim.reference),
        "carried": place.carried(),
        "shop_name": policy.shop.name,
        "zone": policy.shop.time_zone,
        "me": me,
        "opened": opened or claim.version,
        "reason": REASON_WORDS.get(claim.reason or "", claim.reason or "Not given"),
        "verdict": document,
        "ground": ground_words(policys_ground(claim), zone=zone, colleague=True),
        "waits_for": [
            known(name) for name in document.get("awaiting", []) if not name.startswith("findings.")
        ],
        "disagreements": disagreements(claim),
        "facts": _recorded(claim, zone) + _facts(claim, zone),
        "clauses": _trace(claim, zone),
        "open": {action.value for action in open_now} if not own else set(),
        "own_appeal": own,
        "wanted": wanted,
        "others": others,
        "forms": forms_of(claim, findings=[*wanted, *others]) | (bound or {}),
        "typed_in": set(bound or {}),
        "sends": _sends,
        "lines": [_line(event, claim, zone) for event in reversed(claim.events)],
        "files": [as_reviewed(claim, file) for file in claim.evidence],
        "payee": _payee(claim, may_see=me.may_pay),
        "mails": _mails(claim),
        "others_about": [_other(other, claim) for other in claims_about(claim)],
        "changed": _changed(claim, policy) if Action.MARK_PAID in open_now else [],
        **more,
    }  # fmt: skip


def _sends(address: str, part: str) -> dict[str, str]:
    """A button that sends the decision's form to its own address; the answer goes into its part."""
    return {
        "formaction": address,
        "hx-post": address,
        "hx-target": f"#{part}",
        "hx-sync": "closest form:drop",
    }


def _changed(claim: Claim, policy: Policy) -> list[str]:
    """What the records say otherwise now than when it was decided, where that changes what is paid."""
    return differences(claim, claim.payout, policy=policy) if claim.payout else []


def _other(other: Claim, claim: Claim) -> dict[str, Any]:
    """Another claim about the same order or balance, as a line of the list."""
    payout = other.payout
    paid = payout is not None and payout.state is PayoutState.PAID
    return {
        "reference": other.reference,
        "status": other.status,
        "email": None if other.email == claim.email else other.email,
        "what": None if payout is None else str(payout.amount or "another number"),
        "paid": paid,
        "payment": payout.payer_reference if payout else None,
        "at": other.submitted_at,
    }


def _mails(claim: Claim) -> list[Any]:
    rows = (
        select(OutboxMail.subject, OutboxMail.state, OutboxMail.created_at, OutboxMail.sent_at)
        .where(OutboxMail.about == claim.reference, OutboxMail.event != "sign_in_code")
        .order_by(OutboxMail.id.desc())
    )
    return list(db.session.execute(rows))


def _payee(claim: Claim, *, may_see: bool) -> list[tuple[str, str]]:
    """Where the money goes: in full for a person who pays, while it is to be paid; masked else."""
    if may_see and claim.status in {Status.APPROVED, Status.PAYOUT_FAILED}:
        details = payee_of(claim)
        return details.shown_in_full() if details else []
    return [(name, value) for name, value in claim.payout_masked or []]


def _fact(entry: dict[str, Any], zone: ZoneInfo) -> Fact | None:
    words = fact_words(entry["fact"], entry["value"], zone=zone)
    if words is None:
        return None
    name, value = OWN_WORDS.get(entry["fact"], words[0]), words[1]
    if entry["fact"] == "claim.reason":
        value = REASON_WORDS.get(entry["value"], value)
    return Fact(name, value if entry["known"] else None, entry["source"])


def _recorded(claim: Claim, zone: ZoneInfo) -> list[Fact]:
    """The order as the records have it, with each message that came."""
    order = claim.facts.get("order") or {}
    entries = [
        {"fact": name, "value": order[name[6:]], "known": True, "source": "logs"}
        for name in ALWAYS
        if order.get(name[6:]) is not None
    ]
    rows = [fact for entry in entries if (fact := _fact(entry, zone))]
    for message in order.get("messages") or []:
        at = moment(datetime.fromisoformat(message["received_at"]).astimezone(zone))
        rows.append(
            Fact("Message", f"{message.get('service') or 'Sender not named'}, {at}", "logs")
        )
    return rows


def _looked_at(claim: Claim) -> list[dict[str, Any]]:
    """The trace of the claim's verdict, each fact with who truly says it."""
    if claim.decision is None:
        return []
    case = claim.decision.case
    return [
        step | {"facts": [as_said(fact, case) for fact in step["facts"]]}
        for step in claim.decision.document["trace"]
    ]


def _facts(claim: Claim, zone: ZoneInfo) -> list[Fact]:
    """Every other fact that the verdict looked at, once: what is known first, the records' first."""
    people = _found_by(claim)
    entries = {e["fact"]: e for step in _looked_at(claim) for e in step["facts"]}
    found = [
        replace(fact, by=people.get(name) if fact.value is not None else None)
        for name, e in entries.items()
        if name not in ALWAYS and (fact := _fact(e, zone))
    ]
    order = {"logs": 0, "customer": 1, "reviewer": 2}
    return sorted(found, key=lambda fact: (fact.value is None, order.get(fact.source, 3)))


def _found_by(claim: Claim) -> dict[str, str]:
    """Which reviewer established each finding, the latest one."""
    return {
        f"findings.{event.data['finding']}": event.reviewer.name
        for event in claim.events
        if event.action is Action.RECORD_FINDING and event.reviewer
    }


def _trace(claim: Claim, zone: ZoneInfo) -> list[Traced]:
    """The clauses in the order that matters: those that carry the verdict, held, unknown, not held."""
    words = {clause.id: clause for clause in version_of(claim).clauses}
    cited = claim.decision.document.get("clauses", []) if claim.decision else []
    steps = [
        Traced(
            id=step["clause"],
            words=words[step["clause"]].wording,
            held=None if step["held"] == "unknown" else step["held"],
            effect=EFFECT_WORDS.get(words[step["clause"]].effect),
            carries=step["clause"] in cited,
            facts=[fact for entry in step["facts"] if (fact := _fact(entry, zone))],
        )
        for step in _looked_at(claim)
    ]
    return sorted(steps, key=lambda s: (not s.carries, [True, None, False].index(s.held)))


def _line(event: ClaimEvent, claim: Claim, zone: ZoneInfo) -> Line:
    who = {Role.CUSTOMER: "Customer", Role.POLICY: "Policy"}
    ruling = next((r for r in claim.rulings if r.at == event.at and event.reviewer_id), None)
    note, title = event.note, EVENT_WORDS[event.action]
    if event.action is Action.RECORD_FINDING:
        name = f"findings.{event.data['finding']}"
        words = fact_words(name, event.data.get("value"), zone=zone)
        title = f"{known(name)}: {words[1]}" if words else title
    if event.action is Action.MARK_PAID and event.data.get("reference"):
        note = f"Reference {event.data['reference']}"
    ground = Ground.from_json(ruling.ground) if ruling and ruling.ground else None
    if event.action is Action.APPROVE and ruling and ground and ground.amount:
        given = Money(ruling.amount_minor or 0, ground.amount.currency)
        title = f"Approved: {given} of {ground.amount}"
    tones = {Action.APPROVE: "success", Action.MARK_PAID: "success", Action.DECLINE: "danger",
             Action.MARK_FAILED: "danger", Action.ASK: "warning", Action.APPEAL: "warning"}  # fmt: skip
    decides = ruling if event.action in {Action.APPROVE, Action.DECLINE} else None
    return Line(
        at=event.at,
        title=title,
        by=event.reviewer.name if event.reviewer else who.get(event.role, "Redress"),
        note=note,
        internal=event.internal or (decides.internal_note if decides else None) or None,
        override=decides.override_reason if decides else None,
        tone=tones.get(event.action, "info"),
    )
