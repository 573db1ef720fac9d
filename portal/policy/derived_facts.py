"""What is computed from other facts: those that each ``stands_on``."""

from __future__ import annotations

from typing import Final

from portal.policy.fact import Fact, Said, Source, Type

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
        noun="whether an SMS of the service you ordered came",
        label="A message of the ordered service came",
        yes="an SMS of the service you ordered came",
        no="no SMS of the service you ordered came",
        stands_on=(
            "order.messages",
            "order.service",
        ),
    ),
    Fact(
        "order.outage_time",
        Type.DURATION,
        Source.LOGS,
        noun="the time the number was down",
        label="Length of the outage",
        yes="the number was down for",
        no="the number was not down for",
        stands_on=_OUTAGE,
    ),
    Fact(
        "order.outage_paid_time",
        Type.DURATION,
        Source.LOGS,
        noun="the time it was down within the paid time",
        label="Paid time lost",
        yes="the number was down within the paid time for",
        no="the number was not down within the paid time for",
        stands_on=(*_OUTAGE, "order.paid_from", "order.paid_until"),
    ),
    Fact(
        "order.remainder",
        Type.MONEY,
        Source.LOGS,
        noun="what is left to return of the price",
        yes="some of the price is left to return",
        no="nothing is left to return of the price",
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
        noun="what is left of your top-ups to pay back",
        label="Balance that can go back",
        yes="part of your top-ups is left to pay back",
        no="nothing of your top-ups is left to pay back",
        stands_on=(
            "top_ups",
            "purchases",
        ),
    ),
    Fact(
        "balance.removed_as_old",
        Type.BOOL,
        Source.LOGS,
        noun="whether a top-up is too old",
        label="Some top-ups are too old",
        yes="a top-up is too old",
        no="no top-up is too old",
        stands_on=(
            "top_ups",
            "purchases",
        ),
    ),
    Fact(
        "balance.removed_as_used",
        Type.BOOL,
        Source.LOGS,
        noun="whether a top-up came before your last activation",
        label="Some top-ups are used up",
        yes="a top-up came before your last activation",
        no="no top-up came before your last activation",
        stands_on=(
            "top_ups",
            "purchases",
        ),
    ),
    Fact(
        "balance.method_refundable",
        Type.BOOL,
        Source.LOGS,
        noun="whether the way you topped up can take money back",
        label="Payment method can be refunded",
        yes="the way you topped up can take money back",
        no="the way you topped up cannot take money back",
        stands_on=(
            "top_ups",
            "purchases",
        ),
    ),
    Fact(
        "clock.review_from",
        Type.TIME,
        Source.PORTAL,
        noun="the moment your claim was complete",
        yes="your claim was complete",
        no="your claim was not complete",
        stands_on=("claim.submitted_at",),
    ),
    Fact(
        "clock.information_from",
        Type.TIME,
        Source.PORTAL,
        noun="the moment we asked for what is missing",
        yes="we asked for what is missing",
        no="we did not ask for what is missing",
        stands_on=("now",),
    ),
    Fact(
        "clock.rectify_by",
        Type.TIME,
        Source.PORTAL,
        noun="the end of the mending time",
        yes="the mending time ended",
        no="the mending time did not end",
        over=Said("the mending time is over", "the mending time is not over"),
        stands_on=("claim.submitted_at",),
    ),
)
