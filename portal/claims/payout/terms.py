"""What a payment system keeps, and the least that it pays out, as a claim's owner was shown it: that holds."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from portal.claims.models import Claim
from portal.money import Money
from portal.policy.deciding.document import PayoutFee, Policy

_SHOWN = "fee"  # of an event: what was shown of the way that the money goes


@dataclass(frozen=True, slots=True)
class PayoutTerms:
    """What is kept of a payout by one method, and the least that is paid out by it, where there is one."""

    fee: PayoutFee
    least: Money | None


def terms_shown(claim: Claim, *, policy: Policy, anew: bool = True) -> dict[str, Any]:
    """What was shown to the claim's owner of the way that it goes, as data of the event that sends it.

    Not ``anew`` where that way was not asked for again: what was shown first holds.
    """
    method = claim.payout_method
    if method is None or (not anew and terms_told(claim, method)):
        return {}
    fee = policy.shop.fees.get(method) or PayoutFee(Fraction(0), Money(0, policy.shop.currency))
    least = policy.shop.minimums.get(method)
    return {
        _SHOWN: {
            "method": method,
            "share": str(fee.share),
            "fixed": fee.fixed.as_json(),
            "least": least.as_json() if least else None,
        }
    }


def terms_told(claim: Claim, method: str | None) -> PayoutTerms | None:
    """What was last shown of the way that the claim goes; None for another, or where nothing was kept.

    Where the least was not kept yet with the event there is none: a way that was closed was not offered.
    """
    told = next(
        (event.data[_SHOWN] for event in reversed(claim.events) if _SHOWN in event.data), None
    )
    if told is None or told["method"] != method:
        return None
    least = told.get("least")
    return PayoutTerms(
        PayoutFee(Fraction(told["share"]), Money.parse(**told["fixed"])),
        Money.parse(**least) if least else None,
    )
