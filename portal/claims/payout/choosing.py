"""Where a claim's money can go, as its owner chooses: each way with its own amount and date."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from portal.claims.decisions.outlook import Outlook
from portal.claims.decisions.requirements import foreseen
from portal.claims.models import Claim
from portal.claims.payout.details import read
from portal.claims.payout.fields import FIELDS, Method
from portal.claims.payout.owing import expected_by
from portal.claims.payout.payee import forget_payee, name_payee
from portal.claims.payout.ways import PayoutCost, costs, methods_open, way_words
from portal.money import Money
from portal.policy.deciding.decision import Decision
from portal.translation import gettext

BALANCE = "balance"


@dataclass(frozen=True, slots=True)
class Way:
    """One way for the money: ``name`` is ``balance`` or a payout method.

    ``amount`` is what the policy gives by this way, ``cost`` what a payment system keeps of it,
    ``by`` when it is there at the latest, on the shop's clock; None where that is not known.
    ``judged`` where a person looks first.
    """

    name: str
    label: str
    amount: Money | None
    cost: PayoutCost | None
    by: datetime | None
    judged: bool


def ways_open(outlook: Outlook) -> list[Way]:
    """What the owner of a claim chooses between; empty where there is nothing to choose."""
    found: list[Way] = []
    if outlook.may_choose:
        label = gettext("To my balance in the shop")
        found.append(_way(BALANCE, label, foreseen(outlook, destination=BALANCE).decision, outlook))
    if not found and not outlook.asks_payout:
        return []
    claim, policy, at = outlook.claim, outlook.policy, outlook.at
    out = foreseen(outlook, destination="payout").decision
    kept = costs(claim, policy=policy, at=at, outlook=outlook)
    return found + [
        _way(method, way_words(claim, method), out, outlook, kept.get(method))
        for method in methods_open(claim, policy=policy, at=at, outlook=outlook)
    ]


def chosen_way(outlook: Outlook) -> str | None:
    """The way that the owner chose; before that the policy's own, where it is one of them."""
    claim = outlook.claim
    if claim.payout_method and (claim.destination == "payout" or not outlook.may_choose):
        return claim.payout_method
    if outlook.may_choose and claim.destination != "payout":
        return BALANCE
    return None


def choose_way(outlook: Outlook, name: str) -> None:
    """The money should go this way; details of another way are dropped.

    A method without fields of its own has its details by that.
    """
    claim = outlook.claim
    if outlook.may_choose:
        claim.destination = BALANCE if name == BALANCE else "payout"
    if claim.payout_method and claim.payout_method != name:
        forget_payee(claim)
    if name != BALANCE and not FIELDS[Method(name)]:
        name_payee(claim, details=read(name, {}))


def wants_details(claim: Claim, name: str) -> bool:
    """Whether this way still needs to be told where the money goes."""
    return name != BALANCE and (claim.payout_method != name or claim.payout_sealed is None)


def _way(
    name: str, label: str, decision: Decision, outlook: Outlook, cost: PayoutCost | None = None
) -> Way:
    judged = not (decision.outcome == "approve" and decision.automatic)
    return Way(name, label, decision.amount, cost, paid_by(decision, outlook), judged)


def paid_by(decision: Decision, outlook: Outlook) -> datetime | None:
    """By when what a decision gives is paid, on the shop's clock; None where the policy states no date."""
    by = expected_by(decision, policy=outlook.policy, at=outlook.at)
    return by.astimezone(ZoneInfo(outlook.policy.shop.time_zone)) if by else None
