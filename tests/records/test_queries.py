import json
from datetime import UTC, datetime
from io import BytesIO

import pytest

from portal.claims.decisions.ownership import CLAIMED
from portal.database import transaction
from portal.email_addresses import email_key
from portal.extensions import db
from portal.records.importer import import_file
from portal.records.models import Account, Order, TopUp, reference_key
from portal.records.queries import facts_for_balance, facts_for_order, held_order

FULL = {
    "record": "order",
    "reference": "A-1001",
    "account_email": "ana@example.org",
    "kind": "rental",
    "service": "WhatsApp",
    "country": "GB",
    "price": {"amount": "0.50", "currency": "USD"},
    "label": "for_registration",
    "ordered_at": "2026-03-02T10:00:00Z",
    "expires_at": "2026-03-02T10:20:00Z",
    "revealed_at": "2026-03-02T10:00:02Z",
    "completed_at": "2026-03-02T10:30:00Z",
    "cancelled_at": "2026-03-02T10:31:00Z",
    "cancelled_by": "provider",
    "unavailable_at": "2026-03-02T10:32:00Z",
    "was_orderable": True,
    "refunded_at": "2026-03-02T10:33:00Z",
    "refunded": {"amount": "0.20", "currency": "USD"},
    "restriction_ignored": True,
    "operational": False,
    "paid_from": "2026-03-02T00:00:00Z",
    "paid_until": "2026-04-02T00:00:00Z",
    "outage_reported_at": "2026-03-03T00:00:00Z",
    "outage_ended_at": "2026-03-04T00:00:00Z",
    "disconnected_at": "2026-03-05T00:00:00Z",
    "disconnected_by": "operator",
    "disconnect_cause": "other",
    "fault": "local_provider",
    "replacement_available": False,
    "payment_method_refundable": False,
    "messages": [{"received_at": "2026-03-02T10:03:00Z", "service": "WhatsApp"}],
}
AT = datetime(2026, 6, 1, tzinfo=UTC)


def take(*records, shop="numberplug"):
    with transaction():
        content = BytesIO("\n".join(json.dumps(record) for record in records).encode())
        import_file(shop, content, at=AT, claimed=CLAIMED)


def test_every_fact_of_an_order_comes_back_in_the_contracts_form(app):
    take({"record": "account", "email": "ana@example.org"}, FULL)
    order = held_order("numberplug", "A-1001", "ana@example.org")
    facts = facts_for_order(order)
    left_out = {"record", "account_email"}
    assert facts == {
        "account": {
            "email": "ana@example.org",
            "status": "active",
            "fraud_flag": False,
            "identity_documents": "not_required",
        },
        "order": {name: value for name, value in FULL.items() if name not in left_out},
    }
    assert json.loads(json.dumps(facts)) == facts


def test_unknown_facts_are_left_out_and_the_contracts_defaults_are_there(app):
    take({"record": "order", "reference": "A-1", "account_email": "ana@example.org"})
    assert facts_for_order(held_order("numberplug", "A-1", "ana@example.org")) == {
        "order": {
            "reference": "A-1",
            "restriction_ignored": False,
            "payment_method_refundable": True,
        }
    }


@pytest.mark.parametrize("messages", [{"messages": []}, {"messages_known": True}])
def test_an_empty_list_of_messages_is_not_an_unknown_one(app, messages):
    take({"record": "order", "reference": "A-1", "account_email": "a@example.org"} | messages)
    assert (
        facts_for_order(held_order("numberplug", "A-1", "a@example.org"))["order"]["messages"] == []
    )


def test_messages_come_in_the_order_of_time_and_without_an_unknown_service(app):
    take(
        {"record": "message", "order_reference": "A-1", "received_at": "2026-03-02T12:00:00+02:00"},
        {
            "record": "message",
            "order_reference": "A-1",
            "received_at": "2026-03-02T09:00:00Z",
            "service": "Telegram",
        },
        {"record": "order", "reference": "A-1", "account_email": "a@example.org"},
    )
    facts = facts_for_order(held_order("numberplug", "A-1", "a@example.org"))
    assert facts["order"]["messages"] == [
        {"received_at": "2026-03-02T09:00:00Z", "service": "Telegram"},
        {"received_at": "2026-03-02T10:00:00Z"},
    ]


@pytest.mark.parametrize("typed", ["A-1001", " a 1001 ", "a1001", "#A\u20111001", "A\u201310 01"])
def test_an_order_is_found_however_its_number_is_typed(app, typed):
    take(FULL)
    order = held_order("numberplug", typed, " Ana@Example.ORG ")
    assert order.reference == "A-1001"


@pytest.mark.parametrize(
    ("shop", "typed", "email"),
    [
        ("numberplug", "A-1001", "ben@example.org"),
        ("numberplug", "A-1002", "ana@example.org"),
        ("sms-service", "A-1001", "ana@example.org"),
        ("numberplug", "", "ana@example.org"),
        ("numberplug", "A-1001", ""),
    ],
)
def test_an_order_is_shown_to_nobody_but_its_holder(app, shop, typed, email):
    take(FULL)
    assert held_order(shop, typed, email) is None


def test_of_two_orders_alike_only_the_one_written_exactly_is_found(app):
    for reference in ("A-1", "A1"):
        take({"record": "order", "reference": reference, "account_email": "a@example.org"})
    assert held_order("numberplug", "A-1", "a@example.org").reference == "A-1"
    assert held_order("numberplug", "A1", "a@example.org").reference == "A1"
    assert held_order("numberplug", "a 1", "a@example.org") is None


def test_a_balance_comes_back_in_the_contracts_form(app):
    take(
        {"record": "account", "email": "Ana@example.org", "status": "blocked", "block_reason": "rule_violation"},
        {
            "record": "top_up",
            "reference": "T2",
            "account_email": "ana@example.org",
            "at": "2026-02-28T10:00:00Z",
            "amount": {"amount": "5.00", "currency": "USD"},
        },
        {
            "record": "top_up",
            "reference": "T1",
            "account_email": "ANA@example.org",
            "at": "2026-02-27T10:00:00Z",
            "amount": {"amount": "10.00", "currency": "USD"},
            "method": "card",
            "method_refundable": False,
        },
        {
            "record": "purchase",
            "reference": "P1",
            "account_email": "ana@example.org",
            "at": "2026-02-28T11:00:00Z",
            "amount": {"amount": "1.00", "currency": "USD"},
            "activated": True,
            "refunded": False,
        },
    )  # fmt: skip
    assert facts_for_balance("numberplug", "ANA@example.org ") == {
        "account": {
            "email": "ana@example.org",
            "status": "blocked",
            "block_reason": "rule_violation",
            "fraud_flag": False,
            "identity_documents": "not_required",
        },
        "top_ups": [
            {
                "reference": "T1",
                "at": "2026-02-27T10:00:00Z",
                "amount": {"amount": "10.00", "currency": "USD"},
                "method": "card",
                "method_refundable": False,
            },
            {
                "reference": "T2",
                "at": "2026-02-28T10:00:00Z",
                "amount": {"amount": "5.00", "currency": "USD"},
                "method_refundable": True,
            },
        ],
        "purchases": [
            {
                "at": "2026-02-28T11:00:00Z",
                "amount": {"amount": "1.00", "currency": "USD"},
                "activated": True,
                "refunded": False,
            }
        ],
    }


def test_lists_of_a_balance_are_unknown_until_the_shop_says_they_are_whole(app):
    account = {"record": "account", "email": "a@example.org"}
    said = {
        "email": "a@example.org",
        "status": "active",
        "fraud_flag": False,
        "identity_documents": "not_required",
    }
    take(account)
    assert facts_for_balance("numberplug", "a@example.org") == {"account": said}
    take(account | {"top_ups_known": True, "purchases_known": True})
    whole = {"account": said, "top_ups": [], "purchases": []}
    assert facts_for_balance("numberplug", "a@example.org") == whole
    take(account)
    assert facts_for_balance("numberplug", "a@example.org") == whole


def test_an_account_that_is_not_on_record_has_no_balance_facts(app):
    take({"record": "account", "email": "a@example.org"})
    assert facts_for_balance("numberplug", "b@example.org") is None
    assert facts_for_balance("sms-service", "a@example.org") is None


@pytest.mark.parametrize("rows", [1, 30])
def test_facts_cost_one_statement_or_two_however_many_rows_there_are(app, statements, rows):
    at = datetime(2026, 3, 1, tzinfo=UTC)
    with transaction():
        db.session.add(Account(shop="numberplug", email="a@example.org"))
        db.session.add(
            Order(
                shop="numberplug", reference="A", reference_key="A", account_email="a@example.org"
            )
        )
        for number in range(rows):
            db.session.add(
                TopUp(
                    shop="numberplug",
                    account_email="a@example.org",
                    reference=f"T{number}",
                    at=at,
                    amount_minor=100,
                    currency="USD",
                )
            )
    statements.clear()
    order = held_order("numberplug", "A", "a@example.org")
    assert len(statements) == 1
    facts_for_order(order)
    assert len(statements) == 1
    facts = facts_for_balance("numberplug", "a@example.org")
    assert len(statements) == 3
    assert len(facts["top_ups"]) == rows


def test_keys_forget_only_what_people_type_differently():
    assert reference_key("ａ-\u0661\u0662\uff13") == "A123"
    assert reference_key(" #ab-12\u00a034\u2014c_d.e ") == "AB1234CDE"
    assert email_key(" Ana.B+x@Example.ORG\n") == "ana.b+x@example.org"
