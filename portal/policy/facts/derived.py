"""What is computed from other facts: those that each ``stands_on``."""

from typing import Final

from portal.policy.facts.fact import Asked, Said, Source, flag, length, listed, moment, money
from portal.translation import lazy_gettext as _

_OUTAGE = (
    "order.outage_reported_at",
    "order.outage_ended_at",
    "order.disconnected_at",
    "order.disconnected_by",
)
_DERIVED = {
    "order.service_message": flag(
        noun=_("whether an SMS of the service you ordered came"),
        label=_("A message of the ordered service came"),
        yes=_("an SMS of the service you ordered came"),
        no=_("no SMS of the service you ordered came"),
        stands_on=("order.messages", "order.service"),
        asks=Asked(
            "sms_of_service",
            _("Has any SMS come to the number?"),
            _("Look at the table of your order."),
            {
                "no": _("No, none at all"),
                "yes": _("Yes, from the service I ordered"),
                "other": _("Yes, but only from other services"),
                "some": _("Yes, but I don't know from which service"),
            },
        ),
    ),
    "order.outage_time": length(
        noun=_("the time the number was down"),
        label=_("Length of the outage"),
        yes=_("the number was down for %(length)s"),
        no=_("the number was not down for %(length)s"),
        stands_on=_OUTAGE,
    ),
    "order.outage_paid_time": length(
        noun=_("the time it was down within the paid time"),
        label=_("Paid time lost"),
        yes=_("the number was down within the paid time for %(length)s"),
        no=_("the number was not down within the paid time for %(length)s"),
        stands_on=(*_OUTAGE, "order.paid_from", "order.paid_until"),
    ),
    "order.remainder": money(
        noun=_("what is left to return of the price"),
        yes=_("some of the price is left to return"),
        no=_("nothing is left to return of the price"),
        stands_on=("order.price", "order.refunded_at", "order.refunded"),
    ),
    "balance.refundable": money(
        noun=_("what is left of your top-ups to pay back"),
        label=_("Balance that can go back"),
        yes=_("part of your top-ups is left to pay back"),
        no=_("nothing of your top-ups is left to pay back"),
        stands_on=("top_ups", "purchases"),
    ),
    "balance.removed_as_old": flag(
        noun=_("whether a top-up is too old"),
        label=_("Some top-ups are too old"),
        yes=_("a top-up is too old"),
        no=_("no top-up is too old"),
        stands_on=("top_ups", "purchases"),
    ),
    "balance.removed_as_used": flag(
        noun=_("whether a top-up came before your last activation"),
        label=_("Some top-ups are used up"),
        yes=_("a top-up came before your last activation"),
        no=_("no top-up came before your last activation"),
        stands_on=("top_ups", "purchases"),
    ),
    "balance.method_refundable": flag(
        noun=_("whether the way you topped up can take money back"),
        label=_("Payment method can be refunded"),
        yes=_("the way you topped up can take money back"),
        no=_("the way you topped up cannot take money back"),
        stands_on=("top_ups", "purchases"),
    ),
    "clock.review_from": moment(
        source=Source.PORTAL,
        noun=_("the moment your claim was complete"),
        yes=_("your claim was complete"),
        no=_("your claim was not complete"),
        stands_on=("claim.submitted_at",),
    ),
    "clock.information_from": moment(
        source=Source.PORTAL,
        noun=_("the moment we asked for what is missing"),
        yes=_("we asked for what is missing"),
        no=_("we did not ask for what is missing"),
        stands_on=("now",),
    ),
    "clock.rectify_by": moment(
        source=Source.PORTAL,
        noun=_("the end of the mending time"),
        yes=_("the mending time ended"),
        no=_("the mending time did not end"),
        over=Said(_("the mending time is over"), _("the mending time is not over")),
        stands_on=("claim.submitted_at",),
    ),
}
DERIVED: Final = listed(_DERIVED)
