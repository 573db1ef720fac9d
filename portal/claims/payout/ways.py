"""The ways of paying that are open to a claim, and why the one that was paid by may not be."""

from datetime import datetime
from typing import Any

from portal.claims.decisions.casefile import case_of
from portal.claims.models import Claim
from portal.claims.payout.fields import Method
from portal.policy.deciding.balance import prepared
from portal.policy.deciding.case import parse
from portal.policy.deciding.document import Policy
from portal.policy.facts.table import BALANCE_REASONS, INDEX
from portal.translation import gettext


def methods_open(claim: Claim, *, policy: Policy, at: datetime) -> list[str]:
    """The shop's payout methods for this claim: not back the way it came where that takes no refund."""
    if takes_refund(claim, policy=policy, at=at):
        return list(policy.shop.payout_methods)
    return [each for each in policy.shop.payout_methods if each != Method.ORIGINAL]


def takes_refund(claim: Claim, *, policy: Policy, at: datetime) -> bool:
    """Whether the method that was paid by can be paid back to, as far as the records know."""
    case = parse(case_of(claim, at=at))
    version = policy.version_at(case.submitted_at)
    facts = prepared(case, version, policy.shop.currency)
    balance = claim.reason in BALANCE_REASONS
    name = "balance.method_refundable" if balance else "order.payment_method_refundable"
    return facts[INDEX[name]] is not False


def way_words(claim: Claim, method: str) -> str:
    """A method as it is offered; of the way that was paid by also which that was, where it is known."""
    way = _paid_by(_top_ups(claim)) if method == Method.ORIGINAL else ""
    label = Method(method).label
    return gettext("%(label)s (%(way)s)", label=label, way=way) if way else label


def closed_words(claim: Claim, *, policy: Policy, at: datetime) -> str | None:
    """Why the way that was paid by is not offered, as a sentence; None where it is, or never was."""
    if Method.ORIGINAL not in policy.shop.payout_methods or takes_refund(
        claim, policy=policy, at=at
    ):
        return None
    refusing = [row for row in _top_ups(claim) if row.get("method_refundable") is False]
    if way := _paid_by(refusing):
        return gettext("The way you paid (%(way)s) can't take money back.", way=way)
    return gettext("The way you paid can't take money back.")


def _top_ups(claim: Claim) -> list[dict[str, Any]]:
    """The top-ups that a claim about the balance rests on; of an order nobody says how it was paid."""
    return claim.facts.get("top_ups", []) if claim.reason in BALANCE_REASONS else []


def _paid_by(top_ups: list[dict[str, Any]]) -> str:
    """The one method of these top-ups; empty where they don't say, or name several."""
    named = {row.get("method") or "" for row in top_ups}
    return named.pop() if len(named) == 1 else ""
