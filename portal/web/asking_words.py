"""The questions of the page "Can I get a refund?" as a customer reads them."""

from __future__ import annotations

from typing import Final, NamedTuple

YES_NO: Final = {"yes": "Yes", "no": "No"}
DO_NOT_KNOW: Final = "I don't know"


class Words(NamedTuple):
    """A question, its help, and its answers by their code; ``never`` is "it has not happened"."""

    title: str
    hint: str = ""
    answers: dict[str, str] = YES_NO
    never: str = ""


WORDS: Final = {
    "reason": Words("What happened?", "Choose what fits best."),
    "kind": Words(
        "What did you order?",
        answers={
            "activation": "A one-time number, for one SMS",
            "rental": "A number rented for some time",
        },
    ),
    "sms": Words("Has any SMS come to the number?", "Look at the table of your order."),
    "sms_of_service": Words(
        "Has any SMS come to the number?",
        "Look at the table of your order.",
        {
            "no": "No, none at all",
            "yes": "Yes, from the service I ordered",
            "other": "Yes, but only from other services",
            "some": "Yes, but I don't know from which service",
        },
    ),
    "cancelled": Words(
        "Was the order cancelled?",
        answers={
            "yes": "Yes",
            "no": "No",
            "customer": "Yes, I cancelled it",
            "provider": "Yes, the shop cancelled it",
        },
        never="It was not cancelled",
    ),
    "cancelled_at": Words("When was the order cancelled?", "Your order history says it."),
    "disconnected": Words(
        "Was the number switched off or blocked?",
        answers={
            "yes": "Yes",
            "no": "No",
            "customer": "Yes, I switched it off",
            "operator": "Yes, the operator did it",
            "provider": "Yes, the shop did it",
        },
        never="It was not switched off",
    ),
    "disconnected_at": Words("When was the number switched off?"),
    "caused": Words("Was the number switched off because of something you did?"),
    "ordered": Words("When did you order?", "Your order history says it."),
    "expires": Words(
        "When does, or did, the waiting time for the SMS end?",
        "Your order shows it while it waits; afterwards your order history says it.",
    ),
    "paid_from": Words("When did the time you paid for begin?"),
    "paid_until": Words("When does, or did, the time you paid for end?"),
    "revealed": Words("When was the number shown to you?", never="It was not shown"),
    "completed": Words("When was the order completed?", never="It was not completed"),
    "unavailable": Words(
        "Did it turn out that the number or the service was not available?",
        never="It was available",
    ),
    "offered": Words("Had the site let you order it?"),
    "for_registration": Words("Was the number sold for registration only?"),
    "works": Words("Does the number work otherwise?", "It gets SMS from other services."),
    "local_fault": Words("Is the local provider at fault that the number does not work?"),
    "replacement": Words("Is there another number for the same country or city?"),
    "refundable_method": Words("Can the way you paid take money back?"),
    "outage_reported": Words(
        "When did you tell the shop that the number does not work?",
        never="I have not told the shop",
    ),
    "outage_ended": Words("When did the number work again?", never="It still does not work"),
    "used": Words(
        "Did you use the number?", answers={"yes": "Yes, I tried to use it", "no": "No, never"}
    ),
    "destination": Words(
        "Where should the money go?",
        answers={"balance": "To my balance in the shop", "payout": "Out of the shop, to me"},
    ),
    "remedy": Words(
        "What would put it right?",
        answers={"refund": "My money back", "replacement": "A replacement"},
    ),
    "method": Words("How should the money come to you?"),
    "account": Words(
        "How is your account?",
        answers={
            "active": "It works",
            "deleted": "It was deleted",
            "blocked": "It is blocked for breaking the rules",
            "authorities": "It is blocked because the authorities asked for it",
        },
    ),
    "applies": Words(
        "Does any of this apply?",
        "Choose all that apply. If nothing does, just continue.",
        {
            "blocked": "My account is blocked for breaking the rules",
            "fraud": "There was a complaint about fraud or unlawful use",
            "documents": "Identity documents were asked for, and I did not supply them all",
            "restriction": "I did not keep to the limits that were shown for the number",
            "refunded": "The price was already returned to me",
        },
    ),
    "blocked": Words("Is your account blocked for breaking the rules?"),
    "fraud": Words("Was there a complaint about fraud or unlawful use of your account?"),
    "documents": Words("Were identity documents asked for that you did not supply?"),
    "restriction": Words("Were limits shown for the number that you did not keep to?"),
    "refunded": Words("Was the price already returned to you?"),
    "price": Words("What did you pay for the order?", "What was taken off your balance for it."),
    "wanted": Words(
        "How much would you like back?",
        "What can go back at most follows from your top-ups.",
        never="All that can go back",
    ),
    "top_ups": Words(
        "Which top-ups did you make?",
        "Put in each one since your last activation, and the ones of the last two weeks."
        " If there were none, just continue.",
    ),
    "purchases": Words(
        "What did you buy from that money?",
        "Each number you bought since the first of those top-ups. If there were none, just continue.",
    ),
}
