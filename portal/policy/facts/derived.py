"""What is computed from other facts: those that each ``stands_on``."""

from __future__ import annotations

from typing import Final

from portal.policy.facts.fact import Asked, Fact, Said, Source, Type
from portal.translation import lazy_gettext as _

_OUTAGE = (
    "order.outage_reported_at",
    "order.outage_ended_at",
    "order.disconnected_at",
    "order.disconnected_by",
)
DERIVED: Final = (
    Fact(
        "order.service_message",
        Type.BOOL,
        Source.LOGS,
        noun=_("whether an SMS of the service you ordered came"),
        label=_("A message of the ordered service came"),
        yes=_("an SMS of the service you ordered came"),
        no=_("no SMS of the service you ordered came"),
        stands_on=(
            "order.messages",
            "order.service",
        ),
        asks=(
            Asked(
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
    ),
    Fact(
        "order.outage_time",
        Type.DURATION,
        Source.LOGS,
        noun=_("the time the number was down"),
        label=_("Length of the outage"),
        yes=_("the number was down for %(length)s"),
        no=_("the number was not down for %(length)s"),
        stands_on=_OUTAGE,
    ),
    Fact(
        "order.outage_paid_time",
        Type.DURATION,
        Source.LOGS,
        noun=_("the time it was down within the paid time"),
        label=_("Paid time lost"),
        yes=_("the number was down within the paid time for %(length)s"),
        no=_("the number was not down within the paid time for %(length)s"),
        stands_on=(*_OUTAGE, "order.paid_from", "order.paid_until"),
    ),
    Fact(
        "order.remainder",
        Type.MONEY,
        Source.LOGS,
        noun=_("what is left to return of the price"),
        yes=_("some of the price is left to return"),
        no=_("nothing is left to return of the price"),
        stands_on=(
            "order.price",
            "order.refunded_at",
            "order.refunded",
        ),
    ),
    Fact(
        "balance.refundable",
        Type.MONEY,
        Source.LOGS,
        noun=_("what is left of your top-ups to pay back"),
        label=_("Balance that can go back"),
        yes=_("part of your top-ups is left to pay back"),
        no=_("nothing of your top-ups is left to pay back"),
        stands_on=(
            "top_ups",
            "purchases",
        ),
    ),
    Fact(
        "balance.removed_as_old",
        Type.BOOL,
        Source.LOGS,
        noun=_("whether a top-up is too old"),
        label=_("Some top-ups are too old"),
        yes=_("a top-up is too old"),
        no=_("no top-up is too old"),
        stands_on=(
            "top_ups",
            "purchases",
        ),
    ),
    Fact(
        "balance.removed_as_used",
        Type.BOOL,
        Source.LOGS,
        noun=_("whether a top-up came before your last activation"),
        label=_("Some top-ups are used up"),
        yes=_("a top-up came before your last activation"),
        no=_("no top-up came before your last activation"),
        stands_on=(
            "top_ups",
            "purchases",
        ),
    ),
    Fact(
        "balance.method_refundable",
        Type.BOOL,
        Source.LOGS,
        noun=_("whether the way you topped up can take money back"),
        label=_("Payment method can be refunded"),
        yes=_("the way you topped up can take money back"),
        no=_("the way you topped up cannot take money back"),
        stands_on=(
            "top_ups",
            "purchases",
        ),
    ),
    Fact(
        "clock.review_from",
        Type.TIME,
        Source.PORTAL,
        noun=_("the moment your claim was complete"),
        yes=_("your claim was complete"),
        no=_("your claim was not complete"),
        stands_on=("claim.submitted_at",),
    ),
    Fact(
        "clock.information_from",
        Type.TIME,
        Source.PORTAL,
        noun=_("the moment we asked for what is missing"),
        yes=_("we asked for what is missing"),
        no=_("we did not ask for what is missing"),
        stands_on=("now",),
    ),
    Fact(
        "clock.rectify_by",
        Type.TIME,
        Source.PORTAL,
        noun=_("the end of the mending time"),
        yes=_("the mending time ended"),
        no=_("the mending time did not end"),
        over=Said(_("the mending time is over"), _("the mending time is not over")),
        stands_on=("claim.submitted_at",),
    ),
)
