"""What the reviewer's screen of one claim shows, gathered from its records."""

import re
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, url_for
from sqlalchemy import select

from portal.claims.clocks.telling import told_clocks
from portal.claims.decisions.alike import MOST, AlikeClaim, Shared, claims_alike, so_far
from portal.claims.decisions.casefile import has_recorded_outage, reports_itself
from portal.claims.decisions.disagreements import disagreements
from portal.claims.decisions.grounds import ground_words, policys_ground
from portal.claims.decisions.sources import OUTAGE
from portal.claims.desk.preserving import on_hold
from portal.claims.entitled import actions_of
from portal.claims.history import ClaimEvent
from portal.claims.lifecycle import ASIDE, Action, Status
from portal.claims.models import Claim, Evidence
from portal.claims.payout.fields import Method
from portal.claims.payout.second_person import task_to_release
from portal.claims.payout.ways import cost_owed, methods_open, takes_refund, way_words
from portal.claims.queries import claim_page
from portal.claims.queue.incidents import incident_of
from portal.claims.queue.presence import told_of, who_is_there
from portal.claims.redaction.burning import pictures_of
from portal.claims.search import letters
from portal.claims.verbs.undoing import undoable_until
from portal.claims.wanted.access import speaks_of_access, standing
from portal.claims.wanted.identity import speaks_of_identity
from portal.claims.wording import reason_words
from portal.extensions import db
from portal.ledger.payout import PayoutState
from portal.ledger.replacement import ReplacementState
from portal.mail.models import OutboxMail
from portal.payouts.paying import may_settle, objections
from portal.people.rights import Task
from portal.policy.deciding.document import Policy
from portal.policy.facts.claim import IDENTITY
from portal.policy.facts.table import BY_NAME
from portal.translation import gettext, lazy_gettext as _
from portal.web.frame.clock import now
from portal.web.frame.files import FileRow, file_row
from portal.web.frame.shop import policy_of
from portal.web.guards import staff
from portal.web.review import position
from portal.web.review.answers import asked
from portal.web.review.facts import by_weight, looked_at, recorded, traced
from portal.web.review.forms import payments
from portal.web.review.held import alone, held, paid_by_hand, shut_out
from portal.web.review.history import line_of
from portal.web.review.prefills import findings_open, forms_of, known

REFERENCE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}", re.ASCII)

UNDOES = frozenset({Action.UNDO, Action.UNDO_APPEAL})  # by who decided, for as long as it goes

# The part of the decision that stands open, so that what the customer will read is seen before.
UNFOLDS = {"deny": "decline", "needs_information": "ask"}

CLOSED_TO = {None: UNDOES, "first": UNDOES | {Action.MARK_PAID, Action.RELEASE}, "own": set(Action)}

SHARES = {
    Shared.ORDER: (_("Same order"), "warning"),
    Shared.ACCOUNT: (_("Same account"), "neutral"),
    Shared.PAYEE: (_("Same payout destination"), "warning"),
    Shared.PICTURE: (_("Same file"), "warning"),
    Shared.LOOK: (_("Picture that looks alike"), "warning"),
}


def whole_reference(typed: str) -> str | None:
    """A claim's reference as it is written, however it was typed; None for what can't be one."""
    found = letters(typed).upper()
    whole = f"{found[:4]}-{found[4:]}"
    return whole if REFERENCE.fullmatch(whole) else None


def claim_to_read(reference: str) -> Claim:
    """The claim with all that its screen shows, in three statements.

    404 for a draft or none, and for one of a shop at whose claims this person may not look.
    """
    if not REFERENCE.fullmatch(reference.upper()):
        abort(404)
    claim = claim_page(reference.upper(), shops=staff.visible())
    if claim is None or claim.status in {Status.DRAFT, Status.SUBMITTED}:
        abort(404)
    return claim


def number_to_read(reference: str) -> int:
    """The id of a claim that this person may look at, and nothing else of it; 404 as for claim_to_read."""
    here = staff.visible().among(Claim.shop)
    sent = Claim.status.not_in({Status.DRAFT, Status.SUBMITTED})
    found = select(Claim.id).where(Claim.reference == reference.upper(), here, sent)
    return db.session.scalar(found) or abort(404)


def claim_to_do(task: Task, reference: str) -> Claim:
    """The claim, for something that this person may do in its shop: 403 where they only may look."""
    claim = claim_to_read(reference)
    staff.me().demand(task, claim.shop)
    return claim


def screen(
    claim: Claim,
    *,
    bound: dict[str, Any] | None = None,
    opened: int | None = None,
    lines: int | None = None,
    tried: str | None = None,
    part: bool = False,
    **more: Any,
) -> dict[str, Any]:
    """All variables of the claim's template.

    ``bound`` are forms that were sent, by name, and ``tried`` is the name of the one that was
    refused; ``part``, whether only that part is shown. ``opened`` is the version the screen was
    made of, and ``lines`` how long the history was then.
    """
    me = staff.me()
    policy = policy_of(claim)
    zone = ZoneInfo(policy.shop.time_zone)
    document = claim.decision.document if claim.decision else {}
    found_down = has_recorded_outage(claim)
    reports = reports_itself(claim.decision.case) if claim.decision else frozenset()
    open_now = actions_of(me, shop=claim.shop, status=claim.status)
    if not may_settle(claim):
        open_now -= {Action.MARK_PAID, Action.MARK_FAILED}
    own = claim.status is Status.APPEALED and bool(
        claim.ruling and claim.ruling.reviewer_id == me.id
    )
    out = shut_out(claim, me)
    open_now -= CLOSED_TO[out] if not own else open_now - ASIDE
    if claim.payout and not me.may(task_to_release(claim.payout), claim.shop):
        open_now -= {Action.RELEASE}
    wanted, others = findings_open(claim)
    deciding = Action.APPROVE in open_now
    others_alike = claims_alike(claim, shops=staff.visible())
    clauses = traced(claim, zone)
    facts, other_facts = by_weight(recorded(claim, zone) + looked_at(claim, zone), clauses)
    return {
        "claim": claim,
        "back": position.back(claim.reference),
        "carried": position.carried(),
        "shop_name": policy.shop.name,
        "zone": policy.shop.time_zone,
        "me": me,
        "opened": opened or claim.version,
        "reason": reason_words(claim.reason) or claim.reason or gettext("Not given"),
        "verdict": document,
        "ground": ground_words(policys_ground(claim), zone=zone, colleague=True),
        "reports": bool(reports) and not found_down,
        "waits_for": [
            known(name) for name in document.get("awaiting", []) if not name.startswith("findings.")
        ],
        "contradictions": [
            [_time(field) for field in each["fields"]]
            for each in document.get("contradictions", [])
        ],
        "disagreements": disagreements(claim, but=OUTAGE if found_down else reports),
        "facts": facts,
        "other_facts": other_facts,
        "clauses": clauses,
        "clocks": told_clocks(claim, policy),
        "open": {action.value for action in open_now},
        "access": standing(claim) if speaks_of_access(claim, policy=policy) else None,
        "identity": _identity(claim, policy),
        "on_hold": on_hold(claim),
        "undo_for": _undo_for(claim),
        "shut_out": out,
        "held": held(claim),
        "alone": alone(policy),
        "own_appeal": own,
        "wanted": wanted,
        "asked": asked(claim, wanted, policy=policy) if deciding else [],
        "others": others,
        "there": told_of(who_is_there(claim.id, me=me.id, at=now())),
        "forms": forms_of(claim, findings=[*wanted, *others]) | (bound or {}),
        "unfolded": set(bound or {}) | (set() if tried else {UNFOLDS.get(claim.outcome or "")}),
        "refused": tried if part else None,
        "sends": _sends,
        "lines": [line_of(event, claim, zone) for event in reversed(claim.events)],
        "lines_seen": len(claim.events) if lines is None else lines,
        "news": [line_of(event, claim, zone) for event in done_aside(claim, since=lines)],
        "files": [_reviewed(claim, file) for file in claim.evidence],
        "payee": claim.payout_masked or [],
        "may_reveal": me.may(Task.PAY, claim.shop) and out != "own" and paid_by_hand(claim),
        "mails": _mails(claim),
        "burst": incident_of(claim),
        "alike": others_alike,
        "also_in": _also_in(claim, others_alike),
        "so_far": so_far(others_alike),
        "alike_most": MOST,
        "shares": SHARES,
        "may_retry": claim.payout is not None and claim.payout.state is PayoutState.FAILED,
        "offered": _offered(claim),
        "may_reverse": bool(payments(claim)),
        "cost": cost_owed(claim),
        "another_way": _another_way(claim, policy),
        "changed": _changed(claim, policy) if Action.MARK_PAID in open_now else [],
        **more,
    }  # fmt: skip


def done_aside(claim: Claim, *, since: int | None) -> list[ClaimEvent]:
    """What colleagues did aside since the history had so many lines; nothing where that isn't known."""
    new = claim.events[since:] if since is not None else []
    told = ASIDE - {Action.REVEAL, Action.WARN}
    return [each for each in new if each.action in told and each.reviewer_id != staff.me().id]


def _identity(claim: Claim, policy: Policy) -> str | None:
    """How a request for identity documents stands; None where the policy reads nothing of them."""
    if claim.identity:
        return claim.identity["answer"] or "silent"
    return "never" if speaks_of_identity(claim, policy=policy) else None


def _offered(claim: Claim) -> bool:
    """Whether another number waits for its owner to take it."""
    offer = claim.replacement
    return offer is not None and offer.state is ReplacementState.OFFERED


def _undo_for(claim: Claim) -> int | None:
    """For how many seconds this person's decision can still be undone; None where it can't."""
    until = undoable_until(claim, by=staff.me())
    return max(0, int((until - now()).total_seconds())) if until else None


def _sends(address: str, part: str) -> dict[str, str]:
    """A button that sends the decision's form to its own address; the answer goes into its part."""
    return {
        "formaction": address,
        "hx-post": address,
        "hx-target": f"#{part}",
        "hx-sync": "closest form:drop",
    }


def _changed(claim: Claim, policy: Policy) -> list[str]:
    """What speaks against paying it now: the records say otherwise, or it is not what was approved."""
    found = objections(claim, claim.payout, policy=policy) if claim.payout else []
    return [each["text"] for each in found]


def _another_way(claim: Claim, policy: Policy) -> list[str]:
    """The ways that can be offered, where the one that was chosen takes no refund; else none."""
    if claim.payout_method != Method.ORIGINAL or takes_refund(claim, policy=policy, at=now()):
        return []
    ways = methods_open(claim, policy=policy, at=now())
    return [way_words(claim, method) for method in ways]


def _mails(claim: Claim) -> list[Any]:
    rows = (
        select(OutboxMail.subject, OutboxMail.state, OutboxMail.created_at, OutboxMail.sent_at)
        .where(OutboxMail.about == claim.reference, OutboxMail.event != "sign_in_code")
        .order_by(OutboxMail.id.desc())
    )
    return list(db.session.execute(rows))


def _also_in(claim: Claim, others: list[AlikeClaim]) -> dict[str, list[tuple[str, int]]]:
    """For each file of the claim the others with a picture like it, the likest first: reference and percent."""
    named = {file.id: f"file-{file.id}" for file in claim.evidence}
    found: dict[str, list[tuple[str, int]]] = {}
    pairs = ((near, other.reference) for other in others for near in other.near)
    for near, reference in sorted(pairs, key=lambda each: -each[0].percent):
        found.setdefault(named[near.evidence_id], []).append((reference, near.percent))
    return found


def _time(field: str) -> str:
    """A time of the case as a person calls it; of a list, the list's name."""
    fact = BY_NAME.get(field) or BY_NAME.get(field.partition("[")[0])
    return (fact and fact.label) or field


def _reviewed(claim: Claim, file: Evidence) -> FileRow:
    """One file as the reviewer's screen of its claim shows it."""

    def address(role: str) -> str:
        return url_for(
            "reviewer.file", reference=claim.reference, public_id=file.public_id, role=role
        )

    decides = staff.me().may(Task.DECIDE, claim.shop)
    hidden = file.kind == IDENTITY and not decides
    row = file_row(file, None if hidden else address, owner=False)
    roles = pictures_of(file) if decides else []
    if not roles:
        return row
    at = {"reference": claim.reference, "public_id": file.public_id} | position.carried()
    return replace(row, black_out=url_for("desk.black_out", role=roles[0], **at))
