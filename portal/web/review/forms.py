"""The forms of a decision. They check shapes; what may be decided is the verbs' to say."""

from datetime import UTC, datetime
from typing import Any

from wtforms import (
    BooleanField,
    DateTimeLocalField,
    Field,
    SelectField,
    SelectMultipleField,
    ValidationError,
)
from wtforms.validators import InputRequired, Optional, StopValidation

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

    def refuse(self, field: str, text: str) -> None:
        """Put a verb's refusal beside the field that it is about; beside the first, where none is typed for it."""
        typed = [each for each in self if each.short_name != "seen"]
        beside = self[field] if field in self else typed[0]
        beside.errors = [*beside.errors, text]


def _a_date(_form: PageForm, field: Field) -> None:
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

    return ApproveAmountForm


class DeclineForm(DecisionForm):
    """Decline by a clause, in words that the customer reads."""

    clause = SelectField(_("Clause"), validate_choice=False)
    text = story(
        _("What the customer reads"), empty=_("Write what the customer should know"), length=LETTER
    )
    override = story(_("Why you decide otherwise than the policy"), empty=None, length=NOTE)
    internal = _internal()

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


class MomentForm(DecisionForm):
    """A moment that a reviewer established, in UTC; or that there was none so far."""

    not_yet = BooleanField(_("Not so far"))
    value = DateTimeLocalField(
        "", format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], validators=[Optional(), _a_date]
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
        validators=[InputRequired(_("Enter the new date and time, in UTC")), _a_date],
    )  # fmt: skip
    reason = story(
        _("Why it takes longer"), empty=_("Write why; the customer reads it"), length=NOTE
    )
    now: datetime

    def validate_until(self, field: Field) -> None:
        """Refuse a date that has passed."""
        if field.data is not None and field.data.replace(tzinfo=UTC) <= self.now:
            raise StopValidation(gettext("Choose a date that is still to come"))


def short(clause: Clause) -> str:
    """A clause as a choice of a list."""
    words = f"{clause.id}: {clause.wording}"
    return words if len(words) <= CLAUSE_LABEL else words[: CLAUSE_LABEL - 1] + "…"
