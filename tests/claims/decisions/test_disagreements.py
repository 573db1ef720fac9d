"""Where the story and the records differ: each point once, and nothing where they agree."""

import pytest

from portal.claims.decisions.disagreements import Disagreement, disagreements
from portal.claims.models import Claim

ORDER = {"service": "WhatsApp", "price": {"amount": "0.50", "currency": "USD"}, "messages": []}
CAME = [
    {"received_at": "2026-03-04T09:05:00+00:00", "service": "Telegram"},
    {"received_at": "2026-03-04T09:06:00+00:00", "service": None},
]


def claim(*, order=None, account=None, **said):
    facts = {"order": ORDER | (order or {})} | ({"account": account} if account else {})
    values = {"reason": "sms_not_received", "order_known": True, "facts": facts}
    return Claim(**values | said)


@pytest.mark.parametrize(
    "made",
    [
        claim(),
        claim(service_name=" whatsapp "),
        claim(asked_minor=50, currency="USD"),
        claim(reason="wrong_code", order={"messages": CAME}),
        claim(reason="message_from_other_sender_only", order={"messages": CAME}),
        claim(number_used=False),
        claim(reason="account_deletion", account={"status": "deleted"}),
    ],
)
def test_nothing_is_said_where_they_agree(made):
    assert disagreements(made) == []


@pytest.mark.parametrize(
    ("made", "point"),
    [
        (
            claim(order={"messages": CAME}),
            Disagreement(
                "SMS", "No SMS of this service came", "2 messages received: Telegram, unnamed"
            ),
        ),
        (
            claim(
                reason="message_from_other_sender_only",
                order={"messages": [*CAME, {"received_at": "", "service": "whatsapp"}]},
            ),
            Disagreement("SMS", "No SMS of this service came", "1 message received: whatsapp"),
        ),
        (claim(service_name="Signal"), Disagreement("Service", "Signal", "WhatsApp")),
        (
            claim(asked_minor=51, currency="USD"),
            Disagreement("Amount", "Asks for 0.51 USD", "0.50 USD was paid"),
        ),
        (
            claim(reason="wrong_code", number_used=False, order={"messages": CAME}),
            Disagreement("Use", "The number was not used", "Messages came to it"),
        ),
        (
            claim(order={"refunded_at": "2026-03-04T09:30:00+00:00"}),
            Disagreement("Refund", "Asks for the price", "The price was already returned"),
        ),
        (
            claim(reason="account_deletion"),
            Disagreement("Account", "The account was deleted", "The account is active"),
        ),
        (
            claim(reason="number_unavailable"),
            Disagreement("Event", "The number could not be given", "No such event is recorded"),
        ),
        (
            claim(reason="cancel_failed", order={"cancelled_at": "2026-03-04T09:30:00+00:00"}),
            Disagreement("Event", "Cancelling failed", "The order was cancelled"),
        ),
        (
            claim(reason="rental_outage"),
            Disagreement("Event", "The number stopped working", "No outage was reported"),
        ),
        (
            claim(order_known=False, order_reference="A-1"),
            Disagreement("Order", "Order A-1", "Not in the records for this e-mail address"),
        ),
        (
            claim(order_known=False),
            Disagreement(
                "Order", "The account's balance", "Not in the records for this e-mail address"
            ),
        ),
    ],
)
def test_each_point_on_which_they_differ_is_named(made, point):
    assert disagreements(made) == [point]


def test_what_is_told_of_already_is_no_point(app):
    made = claim(reason="rental_outage", order={"refunded_at": "2026-03-04T09:30:00+00:00"})
    told = disagreements(made, but={"order.outage_reported_at"})
    assert [each.point for each in told] == ["Refund"]


ASKS = "Asks for the price"
KEPT = Disagreement("Refund", ASKS, "Nothing was returned", "The shop got its money back")
NONE = "No SMS of this service came"


@pytest.mark.parametrize(
    ("order", "points"),
    [
        ({"provider_delivered": False, "provider_status": "cancelled"}, []),
        (
            {"provider_delivered": True},
            [Disagreement("SMS", NONE, "No message received", "An SMS was delivered")],
        ),
        (
            {"provider_delivered": True, "messages": None},
            [Disagreement("SMS", NONE, "Nothing is recorded of SMS", "An SMS was delivered")],
        ),
        (
            {"provider_status": "completed", "cancelled_at": "2026-03-04T09:30:00+00:00"},
            [Disagreement("Event", "", "The order was cancelled", "The order was completed")],
        ),
        (
            {"provider_status": "expired", "completed_at": "2026-03-04T09:30:00+00:00"},
            [Disagreement("Event", "", "The order was completed", "The time ran out")],
        ),
        ({"provider_refunded": True}, [KEPT]),
        ({"provider_refunded": False}, []),
    ],
)
def test_the_provider_is_heard_where_it_says_otherwise(order, points):
    assert disagreements(claim(order=order)) == points


def test_the_provider_may_say_that_none_came_of_what_the_records_have():
    order = {"messages": CAME, "provider_delivered": False}
    assert disagreements(claim(reason="wrong_code", order=order)) == [
        Disagreement("SMS", "", "2 messages received", "No SMS was delivered")
    ]
