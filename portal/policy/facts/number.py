"""What the logs tell of the number that was ordered: whether it worked, and what came to it."""

from typing import Final

from portal.policy.facts.fact import (
    YES_NO,
    Asked,
    FactWord,
    Said,
    event,
    flag,
    listed,
    moment,
    rows,
    word,
)
from portal.translation import lazy_gettext as _

_NUMBER = {
    "order.restriction_ignored": flag(
        noun=_("whether you kept to the limits shown"),
        label=_("Shown restrictions were ignored"),
        yes=_("you did not keep to the limits that were shown"),
        no=_("you kept to the limits that were shown"),
        default=False,
        asks=Asked(
            "restriction",
            _("Were limits shown for the number that you did not keep to?"),
            applies=_("I did not keep to the limits that were shown for the number"),
        ),
    ),
    "order.operational": flag(
        noun=_("whether the number works"),
        label=_("Number works"),
        yes=_("the number works"),
        no=_("the number does not work"),
        asks=Asked(
            "works", _("Does the number work otherwise?"), _("It gets SMS from other services.")
        ),
    ),
    "order.paid_from": moment(
        noun=_("the start of the paid time"),
        label=_("Paid from"),
        yes=_("the paid time began"),
        no=_("the paid time did not begin"),
        over=Said(_("the paid time has begun"), _("the paid time has not begun")),
        planned=True,
        asks=Asked("paid_from", _("When did the time you paid for begin?")),
    ),
    "order.paid_until": moment(
        noun=_("the end of the paid time"),
        label=_("Paid until"),
        yes=_("the paid time ended"),
        no=_("the paid time did not end"),
        over=Said(_("the paid time is over"), _("the paid time is not over")),
        after=("order.ordered_at", "order.paid_from"),
        planned=True,
        asks=Asked("paid_until", _("When does, or did, the time you paid for end?")),
    ),
    "order.problem_at": event(
        noun=_("the moment the problem began"),
        label=_("Problem began"),
        yes=_("the problem began"),
        no=_("no problem is on record"),
        after=("order.ordered_at",),
        asks=Asked("problem", _("When did the problem begin?"), never=_("There was none")),
    ),
    "order.outage_reported_at": event(
        noun=_("your report of the outage"),
        label=_("Outage reported"),
        yes=_("you reported the outage"),
        no=_("you did not report an outage"),
        after=("order.ordered_at",),
        reported_by="rental_outage",
        asks=Asked(
            "outage_reported",
            _("When did you tell the shop that the number does not work?"),
            never=_("I have not told the shop"),
        ),
    ),
    "order.outage_ended_at": event(
        noun=_("the end of the outage"),
        label=_("Outage ended"),
        yes=_("the outage ended"),
        no=_("the outage did not end"),
        after=("order.outage_reported_at",),
        asks=Asked(
            "outage_ended", _("When did the number work again?"), never=_("It still does not work")
        ),
    ),
    "order.disconnected_at": event(
        noun=_("the moment the number was switched off"),
        label=_("Disconnected"),
        yes=_("the number was switched off"),
        no=_("the number was not switched off"),
        after=("order.ordered_at",),
        asks=Asked(
            "disconnected",
            _("Was the number switched off or blocked?"),
            answers={
                **YES_NO,
                "customer": _("Yes, I switched it off"),
                "operator": _("Yes, the operator did it"),
                "provider": _("Yes, the shop did it"),
            },
            never=_("It was not switched off"),
        ),
        asks_when=Asked("disconnected_at", _("When was the number switched off?")),
    ),
    "order.disconnected_by": word(
        noun=_("who switched the number off"),
        label=_("Disconnected by"),
        words={
            "customer": FactWord(
                _("customer"),
                _("you switched the number off"),
                _("you did not switch the number off"),
            ),
            "operator": FactWord(
                _("operator"),
                _("the operator switched the number off"),
                _("the operator did not switch the number off"),
            ),
            "provider": FactWord(
                _("provider"),
                _("we switched the number off"),
                _("we did not switch the number off"),
            ),
        },
        of_event="order.disconnected_at",
    ),
    "order.disconnect_cause": word(
        noun=_("why the number was switched off"),
        label=_("Cause of the disconnection"),
        words={
            "customer": FactWord(
                _("customer"),
                _("the cause was something that you did"),
                _("the cause was nothing that you did"),
            ),
            "other": FactWord(
                _("other"),
                _("the cause did not lie with you"),
                _("no cause is known but one of yours"),
            ),
        },
        of_event="order.disconnected_at",
        asks=Asked(
            "caused",
            _("Was the number switched off because of something you did?"),
            sets={"yes": "customer", "no": "other"},
        ),
    ),
    "order.fault": word(
        noun=_("whose fault it is"),
        label=_("Fault"),
        words={
            "local_provider": FactWord(
                _("local provider"),
                _("the local provider is at fault"),
                _("the local provider is not at fault"),
            )
        },
        default=None,
        asks=Asked(
            "local_fault",
            _("Is the local provider at fault that the number does not work?"),
            sets={"yes": "local_provider", "no": None},
        ),
    ),
    "order.replacement_available": flag(
        noun=_("whether there is another number for the same place"),
        label=_("A replacement is there"),
        yes=_("there is another number for the same place"),
        no=_("there is no other number for the same place"),
        asks=Asked("replacement", _("Is there another number for the same country or city?")),
    ),
    "order.payment_method_refundable": flag(
        noun=_("whether the way you paid can take money back"),
        label=_("Payment method can be refunded"),
        yes=_("the way you paid can take money back"),
        no=_("the way you paid cannot take money back"),
        default=True,
        asks=Asked("refundable_method", _("Can the way you paid take money back?")),
    ),
    "order.messages": rows(
        noun=_("the SMS that came"),
        label=_("Messages received"),
        yes=_("an SMS came"),
        no=_("no SMS came"),
        asks=Asked(
            "sms",
            _("Has any SMS come to the number?"),
            _("Look at the table of your order."),
            sets={"no": 0, "yes": 1},
        ),
    ),
}
NUMBER: Final = listed(_NUMBER)
