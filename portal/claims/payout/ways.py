"""The ways of paying that are open to a claim, what each costs, and why one may be closed."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from portal.claims.decisions.casefile import case_of
from portal.claims.decisions.outlook import Outlook
from portal.claims.decisions.requirements import foreseen
from portal.claims.models import Claim
from portal.claims.payout.fields import Method
from portal.claims.payout.terms import terms_told
from portal.money import Money
from portal.policy.deciding.balance import prepared
from portal.policy.deciding.case import parse
from portal.policy.deciding.document import PayoutFee, Policy
from portal.policy.facts.table import BALANCE_REASONS, INDEX
from portal.translation import gettext


@dataclass(frozen=True, slots=True)
class PayoutCost:
    """What a payment system keeps of a refund, and what arrives."""

    method: str
    amount: Money
    fee: Money

    @property
    def label(self) -> str:
        """The way of paying, as it is offered."""
        return str(Method(self.method).label)

    @property
    def arrives(self) -> Money:
        """The refund less the fee."""
        return self.amount - self.fee

    @property
    def words(self) -> str:
        """As customers read it, before they send the claim and after."""
        return gettext(
            "%(amount)s less %(fee)s that the payment system keeps: %(arrives)s arrive.",
            amount=self.amount, fee=self.fee, arrives=self.arrives,
        )  # fmt: skip


def methods_open(
    claim: Claim, *, policy: Policy, at: datetime, outlook: Outlook | None = None
) -> list[str]:
    """The shop's payout methods for this claim; an ``outlook`` that was made is not made again.

    Not back the way it came where that takes no refund, and none by which so little is not paid out.
    """
    amount = expected(claim, policy=policy, at=at, outlook=outlook)
    back = takes_refund(claim, policy=policy, at=at, outlook=outlook)
    return [
        each
        for each in policy.shop.payout_methods
        if (back or each != Method.ORIGINAL) and not least_by(claim, each, amount, policy)
    ]


def too_small(
    claim: Claim, *, policy: Policy, at: datetime, outlook: Outlook | None = None
) -> list[str]:
    """By which methods the refund is too small to be paid out, a sentence each."""
    amount = expected(claim, policy=policy, at=at, outlook=outlook)
    least = {each: least_by(claim, each, amount, policy) for each in policy.shop.payout_methods}
    return [
        gettext(
            "%(label)s pays out %(least)s or more, and your refund is %(amount)s.",
            label=way_words(claim, each), least=found, amount=amount,
        )
        for each, found in least.items()
        if found
    ]  # fmt: skip


def none_left(claim: Claim) -> str:
    """What can be done where no way of paying is open to the claim."""
    if claim.reason in BALANCE_REASONS:
        return gettext(
            "No way of paying is open for this amount. It stays on your balance: use it there, or ask"
            " again when there is more."
        )
    return gettext("No way of paying is open for this amount. It can go to your balance instead.")


def least_by(claim: Claim, method: str, amount: Money | None, policy: Policy) -> Money | None:
    """The least refund that is paid out by this method, where this one is less; else None.

    Of the way that the claim was sent with never more than its owner was shown then.
    """
    if amount is None:
        return None
    shop, told = policy.shop, terms_told(claim, method)
    if told and _too_little(told.fee, told.least, amount) is None:
        return None
    return _too_little(shop.fees.get(method), shop.minimums.get(method), amount)


def _too_little(fee: PayoutFee | None, least: Money | None, amount: Money) -> Money | None:
    if least and least.currency == amount.currency and amount < least:
        return least
    if fee and fee.of(amount) == amount:  # nothing would arrive
        return fee.fixed + Money(1, fee.fixed.currency)
    return None


def cost_of(method: str | None, amount: Money | None, *, policy: Policy) -> PayoutCost | None:
    """What a payout by this method costs its payee; None where the payment system keeps nothing."""
    fee = policy.shop.fees.get(method or "")
    kept = fee.of(amount) if fee and amount else None
    if not amount or not kept or not kept.minor:
        return None
    return PayoutCost(method or "", amount, kept)


def cost_for(
    claim: Claim, method: str | None, amount: Money | None, *, policy: Policy
) -> PayoutCost | None:
    """What a payout of the claim by this method costs: never more than its owner was shown as it was sent."""
    now = cost_of(method, amount, policy=policy)
    if now is None or (told := terms_told(claim, method)) is None:
        return now
    kept = min(now.fee, told.fee.of(now.amount))
    return replace(now, fee=kept) if kept.minor else None


def costs(
    claim: Claim, *, policy: Policy, at: datetime, outlook: Outlook | None = None
) -> dict[str, PayoutCost]:
    """What each way of paying that is open to the claim costs, of those that cost something."""
    if not policy.shop.fees:
        return {}
    amount = expected(claim, policy=policy, at=at, outlook=outlook)
    found = {
        method: cost_for(claim, method, amount, policy=policy)
        for method in methods_open(claim, policy=policy, at=at, outlook=outlook)
    }
    return {method: cost for method, cost in found.items() if cost}


def cost_owed(claim: Claim) -> PayoutCost | None:
    """What is kept of the claim's payout, as it was approved; None where nothing is."""
    payout = claim.payout
    if payout is None or payout.amount is None or not payout.fee_minor:
        return None
    method = claim.payout_method or Method.OTHER
    return PayoutCost(method, payout.amount, Money(payout.fee_minor, payout.amount.currency))


def expected(
    claim: Claim, *, policy: Policy, at: datetime, outlook: Outlook | None = None
) -> Money | None:
    """How much would be paid out: what is owed, or what the policy gives once all is told; None if unknown."""
    if not policy.shop.fees and not policy.shop.minimums:
        return None
    if claim.payout:
        return claim.payout.amount
    outlook = outlook or Outlook(claim, policy=policy, at=at)
    return foreseen(outlook, destination="payout").decision.amount


def takes_refund(
    claim: Claim, *, policy: Policy, at: datetime, outlook: Outlook | None = None
) -> bool:
    """Whether the method that was paid by can be paid back to, as far as the records know."""
    case = outlook.facts if outlook else parse(case_of(claim, at=at))
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


def closed_words(
    claim: Claim, *, policy: Policy, at: datetime, outlook: Outlook | None = None
) -> str | None:
    """Why the way that was paid by is not offered, as a sentence; None where it is, or never was."""
    if Method.ORIGINAL not in policy.shop.payout_methods or takes_refund(
        claim, policy=policy, at=at, outlook=outlook
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
