"""The customer's forms: one for each page of the journey and each thing done to a claim."""

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import BooleanField, Field, StringField, TextAreaField
from wtforms.validators import DataRequired, StopValidation

from portal.card_numbers import digit_of
from portal.claims.payout.fields import CONFIRM_ADDRESS, FIELDS, Method
from portal.claims.verbs.codes import Entered
from portal.translation import gettext, lazy_gettext as _, ngettext
from portal.web.customer.questions import ORDER_LENGTH
from portal.web.frame.fields import (
    Choice,
    EmailField,
    PageForm,
    at_most,
    no_card,
    one_line,
    readable,
    story,
    visible,
)

CODE_LENGTH, CODE_DIGITS = 20, 6


def _an_order(_form: PageForm, field: Field) -> None:
    if not any(c.isalnum() for c in field.data or ""):
        raise StopValidation(gettext("Enter the order number from your order history"))


class OrderForm(PageForm):
    """Which order, and whose account."""

    order = StringField(
        _("Order number"),
        filters=[one_line],
        validators=[
            readable,
            DataRequired(_("Enter the order number from your order history")),
            at_most(ORDER_LENGTH),
            no_card,
            _an_order,
        ],
    )
    email = EmailField(
        _("E-mail address of your account"), empty=_("Enter the e-mail address of your account")
    )


class AddressForm(PageForm):
    """Whose claims are looked for."""

    email = EmailField(
        _("Your e-mail address"), empty=_("Enter the e-mail address that you gave with your claim")
    )


class BalanceForm(PageForm):
    """Whose balance."""

    email = EmailField(
        _("E-mail address of your account"), empty=_("Enter the e-mail address of your account")
    )


# What is wrong with a code that was entered -> what to do.
_CODE_SAYS = {
    Entered.WRONG: _("This code is wrong. Check the digits. After five wrong tries it is used up"),
    Entered.REPLACED: _("This is an earlier code. Enter the one from the newest e-mail"),
    Entered.SPENT: _("This code was used already, and each works once. Ask for a new one"),
    Entered.USED_UP: _("This code is used up, after five wrong tries. Ask for a new one"),
    Entered.EXPIRED: _("This code has expired: it was good for 10 minutes. Ask for a new one"),
    Entered.NONE: _("There is no code for this address yet. Ask for one"),
}


def _six_digits(_form: PageForm, field: Field) -> None:
    count = sum(1 for c in field.data or "" if digit_of(c))
    if count != CODE_DIGITS:
        raise StopValidation(
            ngettext(
                "The code has six digits. You have typed %(num)s",
                "The code has six digits. You have typed %(num)s",
                count,
            )
            if count
            else gettext("The code has six digits. You have typed none")
        )


class CodeForm(PageForm):
    """The code that came by e-mail; ``renew`` is set where only a new one can help."""

    renew = False

    def refuse(self, entered: Entered) -> None:
        """Say what is wrong with the code that was entered."""
        self.code.errors = [_CODE_SAYS[entered]]
        self.renew = entered not in {Entered.WRONG, Entered.REPLACED}

    code = StringField(
        _("Code from the e-mail"),
        filters=[one_line],
        validators=[
            readable,
            DataRequired(_("Enter the six digits from the e-mail")),
            at_most(CODE_LENGTH),
            _six_digits,
        ],
    )


class PlainForm(PageForm):
    """A button and nothing typed: its token is the whole form."""


class AppealForm(PageForm):
    """Why the decision should be looked at again."""

    text = story(
        _("What should we look at again?"),
        empty=_("Write what is new, or what you think was overlooked"),
    )


class ReasonForm(PageForm):
    """What happened, of the reasons that a shop offers."""

    reason = Choice(_("What happened?"), choices=(), empty=_("Choose what happened"))


def reason_form(choices: Sequence[tuple[str, str]], **given: Any) -> PageForm:
    """What happened, of the reasons the shop's policy offers: (code, words)."""
    form = ReasonForm(**given)
    form.reason.offer(choices)
    return form


class WayForm(PageForm):
    """Which way out of the shop the money takes."""

    way = Choice(
        _("Where should the money go?"), choices=(), empty=_("Choose where the money should go")
    )


def way_form(ways: Sequence[tuple[str, str]], **given: Any) -> PageForm:
    """Where the money should go, of the ways that are open: (name, words)."""
    form = WayForm(**given)
    form.way.offer(ways)
    return form


class MethodForm(PageForm):
    """By which payment method."""

    method = Choice(
        _("How do you want to be paid?"), choices=(), empty=_("Choose how you want to be paid")
    )


def method_form(methods: Sequence[tuple[str, str]], **given: Any) -> PageForm:
    """How to be paid, of the methods that are open to the claim: (name, words)."""
    form = MethodForm(**given)
    form.method.offer(methods)
    return form


def payout_form(
    method: Method, *, confirm: bool = False, data: Mapping[str, str] | None = None
) -> PageForm:
    """The fields of one method, with the details to begin with.

    ``confirm`` adds the box for an address without a check of its own.
    """

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
    return PayoutForm(data=data)


_TAKE, _REFUND = ("accept", _("The replacement")), ("refuse", _("My money back"))


class ReplacementForm(PageForm):
    """Whether another number is taken."""

    answer = Choice(
        _("What would you like?"),
        choices=[_TAKE, _REFUND],
        empty=_("Choose the replacement or your money"),
    )

    def of(self, *, accepted: bool) -> None:
        """Leave out what was chosen already."""
        if accepted:
            self.answer.choices = [_REFUND]
