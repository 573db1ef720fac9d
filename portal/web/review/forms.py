"""The forms of a decision. They check shapes; what may be decided is the verbs' to say."""

from datetime import UTC, datetime
from typing import Any

from wtforms import (
    BooleanField,
    DateTimeLocalField,
    Field,
    HiddenField,
    SelectField,
    SelectMultipleField,
    ValidationError,
)
from wtforms.validators import InputRequired, Optional, StopValidation

from portal.claims.models import Claim
from portal.ledger.payout import Payout, PayoutState
from portal.policy.language.clause import Clause
from portal.translation import gettext, lazy_gettext as _
from portal.web.frame.fields import AmountField, Choice, PageForm, SeenVersion, story, words

NOTE, LETTER, LINE = 2000, 4000, 120
CLAUSE_LABEL = 90
YEARS = range(1970, 3000)

# What a reviewer can ask a customer for.
ASKABLE = (
    "claim.evidence",
    "claim.description",
    "claim.service_name",
    "claim.answers.number_used",
    "claim.amount",
    "claim.payout",
)
# And what whoever decides an appeal can: its owner tells all else with the appeal.
ASKABLE_ON_APPEAL = ("claim.evidence", "claim.payout")


class DecisionForm(PageForm):
    """What every form of the screen carries; ``prefix`` keeps the ids of several forms apart."""

    seen = SeenVersion()
    promised = HiddenField()  # what the pressed button said of the decision, where it said so

    def stands_by(self, field: str, meant: object) -> bool:
        """Whether the form means what its button said; else word of it beside the field."""
        promised = self.promised.data
        if not promised or promised == str(meant):
            return True
        shape = _("The button said %(promised)s: send this with the one below")
        self.refuse(field, gettext(shape, promised=promised))
        return False

    def refuse(self, field: str, text: str) -> None:
        """Put a verb's refusal beside the field that it is about; beside the first, where none is typed for it."""
        typed = [each for each in self if each.short_name not in {"seen", "promised"}]
        beside = self[field] if field in self else typed[0]
        beside.errors = [*beside.errors, text]


def a_date(_form: PageForm, field: Field) -> None:
    """Refuse a year that no deadline can be counted from."""
    if field.data is not None and field.data.year not in YEARS:
        raise StopValidation(
            gettext("Enter a year between %(first)s and %(last)s", first=YEARS[0], last=YEARS[-1])
        )


def _internal(label: str = _("Note for colleagues")) -> Field:
    return story(label, empty=None, length=NOTE)


class ApproveForm(DecisionForm):
    """Approve a replacement; an amount comes with ``approve_form``."""

    text = story(_("What the customer reads"), empty=None, length=LETTER)
    override = story(_("Why you decide otherwise than the policy"), empty=None, length=NOTE)
    internal = _internal()


def approve_form(currency: str) -> type[ApproveForm]:
    """The form to approve an amount of this currency."""

    class ApproveAmountForm(ApproveForm):
        amount = AmountField(
            gettext("Amount"), currency=currency, empty=gettext("Enter the amount to pay")
        )

        def validate(self, extra_validators: Any = None) -> bool:
            """Refuse another amount than the button's."""
            sound = super().validate(extra_validators)
            return sound and self.stands_by("amount", self.amount.money)

    return ApproveAmountForm


class DeclineForm(DecisionForm):
    """Decline by a clause, in words that the customer reads."""

    clause = SelectField(_("Clause"), validate_choice=False)
    text = story(
        _("What the customer reads"), empty=_("Write what the customer should know"), length=LETTER
    )
    override = story(_("Why you decide otherwise than the policy"), empty=None, length=NOTE)
    internal = _internal()

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse another clause than the button's."""
        sound = super().validate(extra_validators)
        return bool(sound) and self.stands_by("clause", self.clause.data)

    def validate_clause(self, field: SelectField) -> None:
        """Refuse a clause that wasn't offered."""
        if field.data not in {choice[0] for choice in field.iter_choices()}:
            raise ValidationError(gettext("Choose the clause you decline by"))


class AskForm(DecisionForm):
    """Ask the customer for what is missing."""

    missing = SelectMultipleField(_("What is missing"), validate_choice=False)
    note = story(_("Say more to the customer"), empty=None, length=NOTE)

    def validate_missing(self, field: SelectMultipleField) -> None:
        """Refuse nothing at all, and what wasn't offered."""
        if not field.data or not set(field.data) <= {choice[0] for choice in field.iter_choices()}:
            raise ValidationError(gettext("Choose at least one thing to ask for"))


class FindingForm(DecisionForm):
    """A yes or a no that a reviewer established."""

    value = Choice("", choices=[("yes", _("Yes")), ("no", _("No"))], empty=_("Choose yes or no"))
    internal = _internal()

    @property
    def found(self) -> bool | str:
        """The finding as the case keeps it."""
        return bool(self.value.data == "yes")


class AnswerForm(DecisionForm):
    """An answer to a finding that decides the claim, as its button promised."""

    internal = _internal()


class MomentForm(DecisionForm):
    """A moment that a reviewer established, in UTC; or that there was none so far."""

    not_yet = BooleanField(_("Not so far"))
    value = DateTimeLocalField(
        "", format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], validators=[Optional(), a_date]
    )
    internal = _internal()

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for one of the two answers, and not for both."""
        sound = super().validate(extra_validators)
        if sound and bool(self.value.data) is bool(self.not_yet.data):
            self.refuse(
                "value", gettext("Enter the date and the time, in UTC, or choose “not so far”")
            )
            return False
        return bool(sound)

    @property
    def found(self) -> bool | str | None:
        """The finding as the case keeps it; None where it has not happened."""
        at = self.value.data
        return at.replace(tzinfo=UTC).isoformat() if at else None


class PaidForm(DecisionForm):
    """The money left, under a reference of the bank or rail."""

    reference = words(
        _("Reference of the payment"), empty=_("Enter the reference of the payment"), length=LINE
    )
    again = BooleanField(_("This payment is meant: use its reference again"))
    because = story(_("Why you pay it all the same"), empty=None, length=NOTE)


class FailedForm(DecisionForm):
    """The payment came back."""

    reason = words(
        _("What went wrong"), empty=_("Write what went wrong; the customer reads it"), length=300
    )


class RetryForm(DecisionForm):
    """Owe once more what failed."""

    by_hand = BooleanField(_("I pay it by hand this time"))


class ReleaseForm(DecisionForm):
    """Let go what is held."""

    because = story(
        _("Why it goes on"), empty=_("Write what you looked at and why it is paid"), length=NOTE
    )


class ExtendForm(DecisionForm):
    """Promise a later payout date."""

    until = DateTimeLocalField(
        _("Pay by (UTC)"), format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        validators=[InputRequired(_("Enter the new date and time, in UTC")), a_date],
    )  # fmt: skip
    reason = story(
        _("Why it takes longer"), empty=_("Write why; the customer reads it"), length=NOTE
    )
    now: datetime

    def validate_until(self, field: Field) -> None:
        """Refuse a date that has passed."""
        if field.data is not None and field.data.replace(tzinfo=UTC) <= self.now:
            raise StopValidation(gettext("Choose a date that is still to come"))


class ReopenForm(DecisionForm):
    """Take back a decision that was told."""

    reason = story(
        _("Why it is decided anew"), empty=_("Write why; the customer reads it"), length=NOTE
    )


class PaymentForm(DecisionForm):
    """About one of the claim's payments."""

    payout = SelectField(_("Payment"), validate_choice=False)

    def of(self, claim: Claim) -> None:
        """Offer the payments of the claim."""
        self.payout.choices = [(each.key, _called(each)) for each in payments(claim)]

    def validate_payout(self, field: SelectField) -> None:
        """Refuse a payment that wasn't offered."""
        if field.data not in {choice[0] for choice in field.iter_choices()}:
            raise ValidationError(gettext("Choose the payment"))

    def chosen(self, claim: Claim) -> Payout:
        """The payment that is meant."""
        return next(each for each in payments(claim) if each.key == self.payout.data)


class ReverseForm(PaymentForm):
    """A payment no longer counts."""

    reason = story(
        _("Why it no longer counts"), empty=_("Write why; the customer reads it"), length=NOTE
    )


class ReferenceForm(PaymentForm):
    """The reference of a payment was mistyped."""

    reference = words(
        _("The right reference"), empty=_("Enter the reference of the payment"), length=LINE
    )
    again = BooleanField(_("This payment is meant: use its reference again"))


def payments(claim: Claim) -> list[Payout]:
    """What was paid for the claim and stands."""
    return [payout for payout in claim.payouts if payout.state is PayoutState.PAID]


def _called(payout: Payout) -> str:
    what = payout.amount or gettext("another number")
    if payout.payer_reference is None:
        return str(what)
    return gettext("%(what)s, reference %(payment)s", what=what, payment=payout.payer_reference)


def short(clause: Clause) -> str:
    """A clause as a choice of a list."""
    words = f"{clause.id}: {clause.wording}"
    return words if len(words) <= CLAUSE_LABEL else words[: CLAUSE_LABEL - 1] + "…"
