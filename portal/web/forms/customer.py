"""The customer's forms: one for each page of the journey and each thing done to a claim."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import DataRequired, StopValidation

from portal.claims.codes import Entered
from portal.claims.payout_fields import CONFIRM_ADDRESS, FIELDS, Method
from portal.money import Money
from portal.web.forms.fields import (
    AmountField,
    Choice,
    EmailField,
    PageForm,
    at_most,
    one_line,
    readable,
    story,
    visible,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wtforms import Field

    from portal.claims.models import Claim

ORDER_LENGTH = 80
CODE_LENGTH, CODE_DIGITS = 20, 6
ASK = "Tell us: yes or no"

# What a policy's reason may ask: its fact -> the field's name here, which is the answer's name too.
QUESTIONS = {
    "claim.order_reference": "order_reference",
    "claim.service_name": "service_name",
    "claim.amount": "asked",
    "claim.answers.number_used": "number_used",
    "claim.destination": "destination",
    "claim.remedy": "remedy",
    "claim.description": "description",
}


def _an_order(_form: PageForm, field: Field) -> None:
    if not any(c.isalnum() for c in field.data or ""):
        raise StopValidation("Enter the order number from your order history")


class OrderForm(PageForm):
    """Which order, and whose account."""

    order = StringField(
        "Order number",
        filters=[one_line],
        validators=[
            readable,
            DataRequired("Enter the order number from your order history"),
            at_most(ORDER_LENGTH),
            _an_order,
        ],
    )
    email = EmailField(
        "E-mail address of your account", empty="Enter the e-mail address of your account"
    )


class BalanceForm(PageForm):
    """Whose balance."""

    email = EmailField(
        "E-mail address of your account", empty="Enter the e-mail address of your account"
    )


# What is wrong with a code that was entered -> what to do.
_CODE_SAYS = {
    Entered.WRONG: "This code is wrong. Check the digits. After five wrong tries it is used up",
    Entered.REPLACED: "This is an earlier code. Enter the one from the newest e-mail",
    Entered.SPENT: "This code was used already, and each works once. Ask for a new one",
    Entered.USED_UP: "This code is used up, after five wrong tries. Ask for a new one",
    Entered.EXPIRED: "This code has expired: it was good for 10 minutes. Ask for a new one",
    Entered.NONE: "There is no code for this address yet. Ask for one",
}


def _six_digits(_form: PageForm, field: Field) -> None:
    count = sum(1 for c in field.data or "" if c.isdecimal())
    if count != CODE_DIGITS:
        raise StopValidation(f"The code has six digits. You have typed {count or 'none'}")


class CodeForm(PageForm):
    """The code that came by e-mail; ``renew`` is set where only a new one can help."""

    renew = False

    def refuse(self, entered: Entered) -> None:
        """Say what is wrong with the code that was entered."""
        self.code.errors = [_CODE_SAYS[entered]]
        self.renew = entered not in {Entered.WRONG, Entered.REPLACED}

    code = StringField(
        "Code from the e-mail",
        filters=[one_line],
        validators=[
            readable,
            DataRequired("Enter the six digits from the e-mail"),
            at_most(CODE_LENGTH),
            _six_digits,
        ],
    )


class PlainForm(PageForm):
    """A button and nothing typed: its token is the whole form."""


class CheckForm(PageForm):
    """The last look before sending."""

    agree = BooleanField(
        "What I wrote is true, and I have read the refund policy",
        validators=[
            DataRequired("Tick the box if what you wrote is true and you have read the policy")
        ],
    )


class AppealForm(PageForm):
    """Why the decision should be looked at again."""

    text = story(
        "What should we look at again?",
        empty="Write what is new, or what you think was overlooked",
    )


def reason_form(choices: Sequence[tuple[str, str]], **given: Any) -> PageForm:
    """What happened, of the reasons the shop's policy offers: (code, words)."""

    class ReasonForm(PageForm):
        reason = Choice("What happened?", choices=choices, empty="Choose what happened")

    return ReasonForm(**given)


def _destination() -> Choice:
    return Choice(
        "Where should the money go?",
        choices=[("balance", "To my balance in the shop"), ("payout", "Out of the shop, to me")],
        empty="Choose where the money should go",
    )


def destination_form(**given: Any) -> PageForm:
    """To the balance, or out of the shop."""

    class DestinationForm(PageForm):
        destination = _destination()

    return DestinationForm(**given)


def _question(name: str, currency: str) -> Field:
    ask: dict[str, Callable[[], Field]] = {
        "order_reference": lambda: words(
            "What is the order number?",
            empty="Enter the order number from your order history",
            length=ORDER_LENGTH,
        ),
        "service_name": lambda: words(
            "Which service was it for?", empty="Enter the service you ordered", length=120
        ),
        "asked": lambda: AmountField(
            "How much do you ask for?", currency=currency, empty="Enter the amount, such as 0.50"
        ),
        "number_used": lambda: Choice(
            "Did you use the number?",
            choices=[("yes", "Yes, I tried to use it"), ("no", "No, I never used it")],
            empty=ASK,
        ),
        "destination": _destination,
        "remedy": lambda: Choice(
            "What would put it right?",
            choices=[("refund", "My money back"), ("replacement", "A replacement")],
            empty="Choose what would put it right",
        ),
        "description": lambda: story(
            "What happened, in your own words?", empty="Write what happened"
        ),
    }
    return ask[name]()


def questions_form(facts: Sequence[str], *, claim: Claim, currency: str) -> PageForm:
    """The questions of these facts, with what the claim already answers filled in."""
    names = [QUESTIONS[fact] for fact in facts if fact in QUESTIONS]

    class QuestionsForm(PageForm):
        pass

    for name in names:
        setattr(QuestionsForm, name, _question(name, currency))
    return QuestionsForm(data=_answered(claim, names))


def _answered(claim: Claim, names: Sequence[str]) -> dict[str, str]:
    order = claim.facts.get("order") or {}
    used = {True: "yes", False: "no", None: None}[claim.number_used]
    price = Money.exact(**order["price"]).rounded() if order.get("price") else None
    asked = claim.asked or (price if price and price.minor else None)
    known = {
        "order_reference": claim.order_reference,
        "service_name": claim.service_name or order.get("service"),
        "asked": asked.amount if asked else None,
        "number_used": used,
        "destination": claim.destination,
        "remedy": claim.remedy,
        "description": claim.description,
    }
    return {name: value for name in names if (value := known[name])}


def answers_of(form: PageForm) -> dict[str, Any]:
    """What a valid questions form answers, as filing.answer() takes it."""
    answers: dict[str, Any] = {
        name: field.data for name, field in form._fields.items() if name != "csrf_token"
    }
    if "number_used" in answers:
        answers["number_used"] = answers["number_used"] == "yes"
    if "asked" in answers:
        answers["asked"] = form.asked.money
    return answers


def method_form(methods: Sequence[str], **given: Any) -> PageForm:
    """How to be paid, of the methods the shop offers."""

    class MethodForm(PageForm):
        method = Choice(
            "How do you want to be paid?",
            choices=[(method, Method(method).label) for method in methods],
            empty="Choose how you want to be paid",
        )

    return MethodForm(**given)


def payout_form(method: Method, *, confirm: bool = False) -> PageForm:
    """The fields of one method; ``confirm`` adds the box for an address without a check of its own."""

    class PayoutForm(PageForm):
        pass

    for each in FIELDS[method]:
        shape = TextAreaField if each.multiline else StringField
        field = (
            Choice(each.label, choices=each.choices, empty=each.empty)
            if each.choices
            else shape(each.label, filters=[visible])
        )
        setattr(PayoutForm, each.name, field)
    if confirm:
        PayoutForm.confirmed = BooleanField(CONFIRM_ADDRESS.label, false_values=(False, "", "no"))
    return PayoutForm()
