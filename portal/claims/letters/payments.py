"""What a letter says of the money: how much, less which fee, and where it goes."""

from typing import Any

from portal.claims.models import Claim
from portal.claims.payout.ways import cost_owed
from portal.claims.wording import DESTINATIONS
from portal.money import Money
from portal.translation import gettext


def payment_told(claim: Claim) -> dict[str, Any]:
    """What is owed and where it goes: never more of the details than their mask."""
    payout = claim.payout
    amount = payout.amount if payout else None
    to_balance = payout is not None and payout.destination == "balance"
    return {
        "what": given_words(claim, amount, to_balance=to_balance),
        "payment": masked_payee(claim) + _fee(claim) if amount and not to_balance else [],
        "replacement": amount is None,
    }


def _fee(claim: Claim) -> list[tuple[str, str]]:
    """What the payment system keeps, as a line of what is paid; none where it keeps nothing."""
    cost = cost_owed(claim)
    return [(gettext("Fee"), cost.words)] if cost else []


def given_words(claim: Claim, amount: Money | None, *, to_balance: bool) -> str:
    """An amount and where it goes; no amount is another number."""
    if amount is None:
        return gettext("another number for you")
    return f"{amount} {DESTINATIONS.get('balance' if to_balance else claim.payout_method or '', 'to you')}"


def masked_payee(claim: Claim) -> list[tuple[str, str]]:
    """Label and value of the payout details as they may be shown; their words are kept in English."""
    return [(gettext(line[0]), gettext(line[1])) for line in claim.payout_masked or []]


def payment_meant(claim: Claim) -> dict[str, Any]:
    """The payment that the last event is about: what was paid, and under which reference."""
    key = claim.events[-1].data["payout"]
    payout = next(each for each in claim.payouts if each.key == key)
    return {
        "what": given_words(claim, payout.amount, to_balance=payout.destination == "balance"),
        "payer_reference": payout.payer_reference,
    }
