"""What the logs tell of the number that was ordered: whether it worked, and what came to it."""

from __future__ import annotations

from typing import Final

from portal.policy.fact import Fact, Said, Source, Type

NUMBER: Final = (
    Fact(
        "order.restriction_ignored",
        Type.BOOL,
        Source.LOGS,
        noun="whether you kept to the limits shown",
        label="Shown restrictions were ignored",
        yes="you did not keep to the limits that were shown",
        no="you kept to the limits that were shown",
        default=False,
    ),
    Fact(
        "order.operational",
        Type.BOOL,
        Source.LOGS,
        noun="whether the number works",
        label="Number works",
        yes="the number works",
        no="the number does not work",
    ),
    Fact(
        "order.paid_from",
        Type.TIME,
        Source.LOGS,
        noun="the start of the paid time",
        label="Paid from",
        yes="the paid time began",
        no="the paid time did not begin",
        over=Said("the paid time has begun", "the paid time has not begun"),
        planned=True,
    ),
    Fact(
        "order.paid_until",
        Type.TIME,
        Source.LOGS,
        noun="the end of the paid time",
        label="Paid until",
        yes="the paid time ended",
        no="the paid time did not end",
        over=Said("the paid time is over", "the paid time is not over"),
        after=(
            "order.ordered_at",
            "order.paid_from",
        ),
        planned=True,
    ),
    Fact(
        "order.outage_reported_at",
        Type.TIME,
        Source.LOGS,
        noun="your report of the outage",
        label="Outage reported",
        yes="you reported the outage",
        no="you did not report an outage",
        default=None,
        after=("order.ordered_at",),
    ),
    Fact(
        "order.outage_ended_at",
        Type.TIME,
        Source.LOGS,
        noun="the end of the outage",
        label="Outage ended",
        yes="the outage ended",
        no="the outage did not end",
        default=None,
        after=("order.outage_reported_at",),
    ),
    Fact(
        "order.disconnected_at",
        Type.TIME,
        Source.LOGS,
        noun="the moment the number was switched off",
        label="Disconnected",
        yes="the number was switched off",
        no="the number was not switched off",
        default=None,
        after=("order.ordered_at",),
    ),
    Fact(
        "order.disconnected_by",
        Type.WORD,
        Source.LOGS,
        noun="who switched the number off",
        label="Disconnected by",
        words={
            "customer": Said("you switched the number off", "you did not switch the number off"),
            "operator": Said(
                "the operator switched the number off", "the operator did not switch the number off"
            ),
            "provider": Said("we switched the number off", "we did not switch the number off"),
        },
        of_event="order.disconnected_at",
    ),
    Fact(
        "order.disconnect_cause",
        Type.WORD,
        Source.LOGS,
        noun="why the number was switched off",
        label="Cause of the disconnection",
        words={
            "customer": Said(
                "the cause was something that you did", "the cause was nothing that you did"
            ),
            "other": Said("the cause did not lie with you", "no cause is known but one of yours"),
        },
        of_event="order.disconnected_at",
    ),
    Fact(
        "order.fault",
        Type.WORD,
        Source.LOGS,
        noun="whose fault it is",
        label="Fault",
        words={
            "local_provider": Said(
                "the local provider is at fault", "the local provider is not at fault"
            )
        },
        default=None,
    ),
    Fact(
        "order.replacement_available",
        Type.BOOL,
        Source.LOGS,
        noun="whether there is another number for the same place",
        label="A replacement is there",
        yes="there is another number for the same place",
        no="there is no other number for the same place",
    ),
    Fact(
        "order.payment_method_refundable",
        Type.BOOL,
        Source.LOGS,
        noun="whether the way you paid can take money back",
        label="Payment method can be refunded",
        yes="the way you paid can take money back",
        no="the way you paid cannot take money back",
        default=True,
    ),
    Fact(
        "order.messages",
        Type.COUNT,
        Source.LOGS,
        noun="the SMS that came",
        label="Messages received",
        yes="an SMS came",
        no="no SMS came",
    ),
)
