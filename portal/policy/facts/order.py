"""What the logs tell of an order: what was ordered, what became of it, and of its price."""

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
    money,
    text,
    word,
)
from portal.translation import lazy_gettext as _

_ORDER = {
    "order.reference": text(noun=_("the number of the order"), label=_("Order")),
    "order.kind": word(
        noun=_("the kind of number"),
        label=_("Kind of order"),
        words={
            "activation": FactWord(
                _("activation"), _("it is a one-time number"), _("it is not a one-time number")
            ),
            "rental": FactWord(
                _("rental"), _("it is a rented number"), _("it is not a rented number")
            ),
        },
        asks=Asked(
            "kind",
            _("What did you order?"),
            answers={
                "activation": _("A one-time number, for one SMS"),
                "rental": _("A number rented for some time"),
            },
        ),
    ),
    "order.service": text(noun=_("the service ordered"), label=_("Service"), longest=120),
    "order.country": text(noun=_("the country ordered"), label=_("Country"), longest=60),
    "order.price": money(
        noun=_("the price of the order"),
        label=_("Price"),
        yes=_("the order had a price"),
        no=_("the order cost nothing"),
        asks=Asked(
            "price",
            _("What did you pay for the order?"),
            _("What was taken off your balance for it."),
        ),
    ),
    "order.label": word(
        noun=_("what the number was sold for"),
        label=_("Marked for"),
        words={
            "for_registration": FactWord(
                _("for registration"),
                _("the number was sold for registrations"),
                _("the number was not sold for registrations"),
            )
        },
        default=None,
        asks=Asked(
            "for_registration",
            _("Was the number sold for registration only?"),
            sets={"yes": "for_registration", "no": None},
        ),
    ),
    "order.ordered_at": moment(
        noun=_("the moment of the order"),
        label=_("Ordered"),
        yes=_("the order was placed"),
        no=_("the order was not placed"),
        subject="order",
        again={"order": _("it was placed")},
        asks=Asked("ordered", _("When did you order?"), _("Your order history says it.")),
    ),
    "order.expires_at": moment(
        noun=_("the end of the waiting time"),
        label=_("Waiting time ended"),
        yes=_("the waiting time ended"),
        no=_("the waiting time did not end"),
        over=Said(_("the waiting time is over"), _("the waiting time is not over")),
        after=("order.ordered_at",),
        planned=True,
        asks=Asked(
            "expires",
            _("When does, or did, the waiting time for the SMS end?"),
            _("Your order shows it while it waits; afterwards your order history says it."),
        ),
    ),
    "order.revealed_at": event(
        noun=_("the moment the number was shown"),
        label=_("Number shown"),
        yes=_("the number was shown"),
        no=_("the number was not shown"),
        after=("order.ordered_at",),
        asks=Asked("revealed", _("When was the number shown to you?"), never=_("It was not shown")),
    ),
    "order.completed_at": event(
        noun=_("the completion of the order"),
        label=_("Completed"),
        yes=_("the order was completed"),
        no=_("the order was not completed"),
        subject="order",
        again={"order": _("it was completed")},
        after=("order.ordered_at",),
        asks=Asked(
            "completed", _("When was the order completed?"), never=_("It was not completed")
        ),
    ),
    "order.cancelled_at": event(
        noun=_("the cancellation"),
        label=_("Cancelled"),
        yes=_("the order was cancelled"),
        no=_("the order was not cancelled"),
        subject="order",
        again={"order": _("it was cancelled")},
        after=("order.ordered_at",),
        asks=Asked(
            "cancelled",
            _("Was the order cancelled?"),
            answers={
                **YES_NO,
                "customer": _("Yes, I cancelled it"),
                "provider": _("Yes, the shop cancelled it"),
            },
            never=_("It was not cancelled"),
        ),
        asks_when=Asked(
            "cancelled_at", _("When was the order cancelled?"), _("Your order history says it.")
        ),
    ),
    "order.cancelled_by": word(
        noun=_("who cancelled the order"),
        subject="order",
        label=_("Cancelled by"),
        words={
            "customer": FactWord(
                _("customer"), _("you cancelled the order"), _("you did not cancel the order")
            ),
            "provider": FactWord(
                _("provider"), _("we cancelled the order"), _("we did not cancel the order")
            ),
        },
        of_event="order.cancelled_at",
    ),
    "order.unavailable_at": event(
        noun=_("the moment it turned out unavailable"),
        label=_("Found unavailable"),
        yes=_("what you ordered turned out to be unavailable"),
        no=_("what you ordered did not turn out to be unavailable"),
        after=("order.ordered_at",),
        asks=Asked(
            "unavailable",
            _("Did it turn out that the number or the service was not available?"),
            never=_("It was available"),
        ),
    ),
    "order.was_orderable": flag(
        noun=_("whether the site had let you order it"),
        label=_("Was offered for order"),
        yes=_("the site had let you order it"),
        no=_("the site had not let you order it"),
        asks=Asked("offered", _("Had the site let you order it?")),
    ),
    "order.refunded_at": event(
        noun=_("the return of the price"),
        label=_("Price already returned"),
        yes=_("the price was already returned"),
        no=_("the price was not yet returned"),
        after=("order.ordered_at",),
        asks=Asked(
            "refunded",
            _("Was the price already returned to you?"),
            applies=_("The price was already returned to me"),
        ),
    ),
    "order.refunded": money(
        noun=_("what was already returned of the price"),
        label=_("Of it returned"),
        yes=_("some of the price was returned"),
        no=_("nothing of the price was returned"),
    ),
    "order.processing_fee": money(
        noun=_("what the payment system kept when the order was paid"),
        label=_("Processing fee"),
        yes=_("the payment system kept a part when the order was paid"),
        no=_("the payment system kept nothing when the order was paid"),
        seldom=True,
        asks=Asked(
            "processing_fee",
            _("What did the payment system keep of the price?"),
            _("Its processing fee, as your receipt says it; 0 if it kept nothing."),
        ),
    ),
    "order.charged_twice": flag(
        noun=_("whether the order was charged twice"),
        label=_("Charged twice"),
        yes=_("the order was charged twice"),
        no=_("the order was charged once"),
        seldom=True,
        asks=Asked("charged_twice", _("Were you charged twice for the order?")),
    ),
    "order.paid_with_bonus": flag(
        noun=_("whether the order was paid with bonus coins"),
        label=_("Paid with bonus coins"),
        yes=_("the order was paid with bonus coins"),
        no=_("the order was paid with money"),
        seldom=True,
        asks=Asked("bonus", _("Did you pay for the order with bonus coins?")),
    ),
    "order.placed_through": word(
        noun=_("how the order was placed"),
        label=_("Placed through"),
        words={
            "site": FactWord(
                _("site"),
                _("the order was placed on the site"),
                _("the order was not placed on the site"),
            ),
            "bot": FactWord(
                _("bot"),
                _("the order was placed through a bot"),
                _("the order was not placed through a bot"),
            ),
            "api": FactWord(
                _("API"),
                _("the order was placed by a program"),
                _("the order was not placed by a program"),
            ),
            "bulk": FactWord(
                _("bulk"),
                _("the order was one of many placed at once"),
                _("the order was not one of many placed at once"),
            ),
        },
        seldom=True,
        asks=Asked(
            "placed",
            _("How did you place the order?"),
            answers={
                "site": _("On the site or in the app"),
                "bot": _("Through a bot"),
                "api": _("By a program of mine"),
                "bulk": _("As one of many at once"),
            },
        ),
    ),
}
ORDER: Final = listed(_ORDER)
