"""What stands against an approval, whoever gives it: the price, what is under way, how it is paid."""

from datetime import datetime

from portal.claims.decisions.casefile import logs_for_staff
from portal.claims.decisions.returned import is_within, look_back, remainder
from portal.claims.models import Claim
from portal.claims.payout.fields import Method
from portal.claims.payout.ways import least_by, takes_refund, way_words
from portal.claims.refusals import AmountRefused
from portal.ledger.payout import UNDER_WAY
from portal.money import Money
from portal.policy.deciding.document import Policy
from portal.translation import gettext


def refuse_above_what_is_left(claim: Claim, amount: Money | None, *, replacing: bool) -> None:
    """Refuse what is more than is left of the price, naming who took the rest.

    What the shop's records say went back since the claim was sent counts as well, and so does what
    they say of an order that is somebody else's.
    """
    if not replacing and (amount is None or amount.minor <= 0):
        raise AmountRefused(gettext("Enter an amount above zero."))
    logs = logs_for_staff(claim)
    returns = look_back(claim, facts=logs)
    left = remainder(logs, returns)
    if not returns and (left is None or replacing):
        return
    if left is not None and is_within(amount, left):
        return
    if not returns:
        raise AmountRefused(gettext("Enter at most %(left)s: that is what was paid.", left=left))
    took = ", ".join(each.told() for each in returns)
    if replacing or left is None or left.minor <= 0:
        raise AmountRefused(gettext("Nothing is left of the price: %(took)s.", took=took))
    raise AmountRefused(
        gettext(
            "Enter at most %(left)s: that is what is left of the price. %(took)s.",
            left=left,
            took=took,
        )
    )


def refuse_while_under_way(claim: Claim) -> None:
    """Refuse to give more while nobody knows whether the part that was given has arrived."""
    if claim.payout and claim.payout.state in UNDER_WAY:
        raise AmountRefused(
            gettext(
                "What was approved before is still on its way. Decide when it has arrived or come back."
            )
        )


def refuse_unpayable(claim: Claim, amount: Money | None, *, policy: Policy, at: datetime) -> None:
    """Refuse a payout without details, back the way it came where that takes no refund, or of too little."""
    if claim.payout_sealed is None:
        raise AmountRefused(gettext("The customer gave no payout details. Ask for them first."))
    if claim.payout_method == Method.ORIGINAL and not takes_refund(claim, policy=policy, at=at):
        raise AmountRefused(
            gettext(
                "The method that was paid by takes no refund. Ask the customer for another way first."
            )
        )
    least = least_by(claim, claim.payout_method or "", amount, policy)
    if least is not None:
        raise AmountRefused(
            gettext(
                "%(way)s pays out %(least)s or more. Ask the customer for another way first.",
                way=way_words(claim, claim.payout_method or ""),
                least=least,
            )
        )
