"""The case file of a claim: what the customer said, the logs and the findings, as the contract has it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm.attributes import flag_modified

from portal.claims.decisions.returned import facts_with, kept_returns
from portal.claims.decisions.returns import Return
from portal.claims.lifecycle import EvidenceState, Origin
from portal.claims.models import Claim
from portal.money import Money
from portal.policy.facts.claim import IDENTITY
from portal.policy.facts.number import NUMBER
from portal.policy.facts.table import BALANCE_REASONS, Fact
from portal.records.queries import (
    charge_for_top_ups,
    facts_for_balance,
    facts_for_order,
    held_order,
    order_of_anybody,
)

_REPORTS = tuple(fact for fact in NUMBER if fact.reported_by)


def logs_of(claim: Claim) -> dict[str, Any]:
    """What the logs say to the holder of the claim's account; empty for everybody else."""
    if claim.email_confirmed_at is None:
        return {}
    if claim.reason in BALANCE_REASONS:
        return facts_for_balance(claim.shop, *claim.holder) or {}
    order = held_order(claim.shop, claim.order_reference or "", *claim.holder)
    return facts_for_order(order) if order else {}


def freeze_logs(claim: Claim) -> None:
    """Store what was read last: by that the claim is judged from now on."""
    for frozen in ("facts", "order_known", "returned"):
        flag_modified(claim, frozen)
    asked = {} if claim.origin is Origin.POLICY else claim.facts.get("order") or {}
    claim.service, claim.country = asked.get("service"), asked.get("country")


def logs_for_staff(claim: Claim, *, told_holder: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the logs say to the holder; to whom they say nothing, what was decided by, or whoever's order it is.

    So that nobody is paid what the shop has returned to somebody else. Staff and rails alone are
    told what stands in it. ``told_holder`` is what ``logs_of`` found, where it was asked already.
    """
    if logs := (logs_of(claim) if told_holder is None else told_holder) or claim.facts:
        return logs
    if claim.order_key is None or claim.reason in BALANCE_REASONS:
        return {}
    order = order_of_anybody(claim.shop, claim.order_reference or "")
    return facts_for_order(order) if order else {}


def charge_of(claim: Claim, *, amount: Money) -> str | None:
    """The processor's reference of what was paid, from which ``amount`` can be returned; None if unknown.

    Staff and rails alone know it: it is no fact of a case.
    """
    if claim.email_confirmed_at is None:
        return None
    if claim.reason in BALANCE_REASONS:
        return charge_for_top_ups(claim.shop, *claim.holder, amount=amount)
    order = held_order(claim.shop, claim.order_reference or "", *claim.holder)
    return order.charge if order else None


def is_matched(claim: Claim) -> bool:
    """Whether the records have what the claim names under its proved account: the order, or the balance."""
    if claim.email_confirmed_at is None:
        return False
    if claim.order_key is None:
        return facts_for_balance(claim.shop, *claim.holder) is not None
    return held_order(claim.shop, claim.order_reference or "", *claim.holder) is not None


def case_of(
    claim: Claim,
    *,
    at: datetime,
    logs: dict[str, Any] | None = None,
    returns: Sequence[Return] | None = None,
) -> dict[str, Any]:
    """The case as of ``at``; a draft is judged as if it were sent at that instant.

    What the portal itself returned is among the facts, the outage that a person recorded, and what the claim itself reports (CN-V.B1,
    DV-B1: the time runs from the customer's report, and a claim is one). ``logs`` and ``returns`` stand in for what
    the claim was sent with and for what had gone back when it was last decided.
    """
    sent = claim.submitted_at or at
    said: dict[str, Any] = {
        "reason": claim.reason,
        "submitted_at": sent.isoformat(),
        "service_name": claim.service_name,
        "order_reference": claim.order_reference,
        "description": claim.description,
        "destination": claim.destination,
        "remedy": claim.remedy,
        "amount": claim.asked.as_json() if claim.asked else None,
        "payout": {"method": claim.payout_method, "complete": claim.payout_sealed is not None}
        if claim.payout_method
        else None,
        "answers": {"number_used": claim.number_used},
        "evidence": [
            {"kind": file.kind, "at": file.added_at.isoformat()}
            for file in claim.evidence
            if file.state is not EvidenceState.REFUSED and file.kind != IDENTITY
        ],
    }
    case: dict[str, Any] = {"now": at.isoformat(), "account": {"email": claim.email}}
    if claim.account_id:
        case["account"]["id"] = claim.account_id
    case |= facts_with(
        claim.facts if logs is None else logs, kept_returns(claim) if returns is None else returns
    )
    answer = (claim.identity or {}).get("answer")
    if answer and records_need_no_identity(case["account"]):
        case["account"] = case["account"] | {"identity_documents": answer}
    case["claim"] = {name: value for name, value in said.items() if value is not None}
    if claim.findings:
        case["findings"] = claim.findings
    if isinstance(case.get("order"), dict):
        case["order"] = case["order"] | _recorded(claim)
        case["order"] = case["order"] | _reported(claim, case["order"], at=sent)
    return case


def lacks_outage(order: Mapping[str, Any]) -> bool:
    """Whether it is a rental of which the records have no outage."""
    told = ("outage_reported_at", "outage_ended_at")
    return order.get("kind") == "rental" and all(order.get(key) is None for key in told)


def has_recorded_outage(claim: Claim) -> bool:
    """Whether a person recorded an outage of its incident, and the records have none."""
    return bool(claim.outage) and lacks_outage(claim.facts.get("order") or {})


def _recorded(claim: Claim) -> dict[str, Any]:
    """The outage that a person recorded of its incident, where the records have none."""
    if not claim.outage or not has_recorded_outage(claim):
        return {}
    said = {"outage_reported_at": claim.outage["from"], "outage_ended_at": claim.outage["until"]}
    return {key: value for key, value in said.items() if value is not None}


def records_need_no_identity(account: Mapping[str, Any]) -> bool:
    """Whether the records say nothing of identity documents, but what holds where nobody says it."""
    return account.get("identity_documents") in {None, "not_required"}


def _reported(claim: Claim, order: dict[str, Any], *, at: datetime) -> dict[str, Any]:
    """What its sending at ``at`` reports of the order, and the records have nothing of."""
    return {
        fact.key: at.isoformat()
        for fact in _REPORTS
        if fact.reported_by == claim.reason
        and order.get(fact.key) is None
        and not _over(fact, order)
    }


def _over(report: Fact, order: dict[str, Any]) -> bool:
    """Whether the records say that what it would report has ended: that is no report of it."""
    return any(report.name in fact.after and order.get(fact.key) is not None for fact in NUMBER)


def reports_itself(case: Mapping[str, Any]) -> frozenset[str]:
    """The facts of a claim's case that are said by no record: the claim's own sending is the report."""
    order, sent = case.get("order") or {}, case["claim"].get("submitted_at")
    return frozenset(fact.name for fact in _REPORTS if sent and order.get(fact.key) == sent)
