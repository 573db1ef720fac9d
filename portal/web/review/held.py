"""Why a payout is held, and what whoever approved it saw and said: for the person who lets it go."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.claims.history import Ruling
from portal.claims.lifecycle import Action, Actor, actions_open_to
from portal.claims.models import Claim
from portal.claims.payout.second_person import is_first, is_own, waits_for_second
from portal.ledger.payout import PayoutState, Rail
from portal.money import Money
from portal.people.reviewers import Reviewer
from portal.policy.deciding.document import Policy
from portal.translation import gettext
from portal.versions.queries import last_switch


@dataclass(frozen=True, slots=True)
class FirstHalf:
    """One approval as another person has to judge it: the policy's verdict then, and the person's own."""

    who: str
    at: datetime
    amount: Money | None
    outcome: str
    verdict: Money | None
    override: str | None
    told: str
    internal: str


def held(claim: Claim) -> dict[str, Any] | None:
    """What the screen shows of a payout that is held; None where none is."""
    payout = claim.payout
    if payout is None or payout.state is not PayoutState.HELD:
        return None
    return {
        "causes": [cause["text"] for cause in payout.held if "reason" not in cause],
        "second": waits_for_second(payout),
        "first": [
            _first_half(claim, ruling)
            for ruling in claim.rulings
            if ruling.approved and not ruling.taken_back_at
        ],
    }


def paid_by_hand(claim: Claim) -> bool:
    """Whether a person has to type the payout details somewhere to pay it."""
    payout = claim.payout
    return (
        claim.payout_sealed is not None
        and Action.REVEAL in actions_open_to(claim.status, Actor.PAYER)
        and payout is not None
        and payout.destination == "payout"
        and payout.rail is Rail.MANUAL
    )


def alone(policy: Policy) -> dict[str, Any] | None:
    """Since when one person may approve and pay in this shop, and who said so; None where two do."""
    if policy.shop.second_person:
        return None
    last = last_switch(policy.shop.id)
    if last is None or last.needed:  # the worker has not seen it yet
        return {"at": None, "who": None}
    return {"at": last.at, "who": last.by.name if last.by else gettext("in the shop's file")}


def shut_out(claim: Claim, me: Reviewer) -> str | None:
    """Why another person goes on with the claim: it is "own", or this person is the "first" of two."""
    if is_own(claim, me):
        return "own"
    if claim.payout and is_first(claim, claim.payout, me):
        return "first"
    return None


def _first_half(claim: Claim, ruling: Ruling) -> FirstHalf:
    said = next((each for each in reversed(claim.decisions) if each.at <= ruling.at), None)
    document = said.document if said else {}
    verdict = document.get("amount")
    return FirstHalf(
        who=ruling.reviewer.name,
        at=ruling.at,
        amount=Money.kept(ruling.amount_minor, claim.payouts[-1].currency),
        outcome=document.get("outcome", ""),
        verdict=Money.parse(**verdict) if verdict else None,
        override=ruling.override_reason,
        told=ruling.customer_text,
        internal=ruling.internal_note,
    )
