"""The forms of what is taken back or corrected after it was told."""

from wtforms import BooleanField, SelectField, ValidationError

from portal.claims.models import Claim
from portal.ledger.payout import Payout, PayoutState
from portal.translation import gettext, lazy_gettext as _
from portal.web.frame.fields import story, words
from portal.web.review.forms import LINE, NOTE, DecisionForm


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
