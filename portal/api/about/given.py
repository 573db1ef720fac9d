"""What a body gives, as verbs take it: an account, answers, payout details."""

from portal.api.problems import ToMend, invalid
from portal.api.shapes.claims import AccountGiven, AnswersGiven
from portal.claims.answering import GivenAnswers
from portal.claims.payout.details import PayoutDetails, read
from portal.claims.payout.fields import CONFIRM_ADDRESS
from portal.config.languages import read_tag
from portal.money import MOST_GIVEN, Money, MoneyError
from portal.policy.deciding.document import Policy
from portal.records.models import Holder


def account_given(account: AccountGiven) -> Holder:
    """Whose account it is: by its address, the shop's own id, or both."""
    if not account.email and not account.id:
        raise invalid([ToMend("/account", "name the account by its email, its id, or both")])
    return Holder(account.email, account.id)


def answers_given(body: AnswersGiven, policy: Policy) -> GivenAnswers:
    """The answers as a claim keeps them."""
    return {
        "service_name": body.service_name or None,
        "description": body.description or None,
        "destination": body.destination,
        "remedy": body.remedy,
        "asked": _asked(body, policy),
        "number_used": body.number_used,
        "language": read_tag(body.language),
    }


def _asked(body: AnswersGiven, policy: Policy) -> Money | None:
    if body.amount is None:
        return None
    try:
        money = Money.parse(body.amount.amount, body.amount.currency)
    except MoneyError as error:
        raise invalid([ToMend("/amount/amount", str(error))]) from None
    if money.currency not in policy.shop.currencies:
        raise invalid([ToMend("/amount/currency", "write a currency of the shop")])
    if not 0 < money.minor <= MOST_GIVEN:
        most = Money(MOST_GIVEN, money.currency)
        raise invalid([ToMend("/amount/amount", f"write an amount above zero and under {most}")])
    return money


def payee_given(body: AnswersGiven) -> PayoutDetails | None:
    """The payout details, checked as a page checks them."""
    if body.payout is None:
        return None
    method = body.payout.get("method", "")
    details = read(method, body.payout)
    if details.needs_confirmation:
        said = f'{CONFIRM_ADDRESS.empty}: send "confirmed": "yes"'
        raise invalid([ToMend("/payout/confirmed", said)])
    return details
