"""Prices below a cent go through both databases as they are, and never through a float."""

import json
from datetime import UTC, datetime
from io import BytesIO

import pytest
from sqlalchemy import text

from portal.claims.decisions.ownership import CLAIMED
from portal.database import transaction
from portal.extensions import db
from portal.records.importer import import_file
from portal.records.problems import FileRefused
from portal.records.queries import facts_for_balance, facts_for_order, held_order
from portal.records.storing.rows import ImportCount

AT = datetime(2026, 6, 1, tzinfo=UTC)
PRICES = ["0.014", "0.004", "0.0000001", "12.345678", "0.50", "92233720368547.758"]


def take(*records):
    with transaction():
        data = "\n".join(json.dumps(record) for record in records).encode()
        return import_file("numberplug", BytesIO(data), at=AT, claimed=CLAIMED)


def money(amount, currency="USD"):
    return {"amount": amount, "currency": currency}


@pytest.mark.parametrize("price", PRICES)
def test_an_order_gives_back_the_price_that_it_was_sold_for(app, price):
    order = {"record": "order", "reference": "S-1", "account_email": "t@example.org"}
    order |= {"price": money(price)}

    assert take(order) == {"order": ImportCount(created=1)}
    assert take(order) == {"order": ImportCount(unchanged=1)}

    db.session.expire_all()
    held = held_order("numberplug", "S-1", "t@example.org")
    assert facts_for_order(held)["order"]["price"] == money(price)


def test_top_ups_and_purchases_are_exact_too(app):
    row = {"account_email": "t@example.org", "at": "2026-03-01T00:00:00Z"}
    take(
        {"record": "account", "email": "t@example.org"},
        {"record": "top_up", "reference": "T1", "amount": money("10.005")} | row,
        {"record": "purchase", "reference": "P1", "amount": money("0.0075")} | row,
    )

    facts = facts_for_balance("numberplug", "t@example.org")

    assert [each["amount"] for each in facts["top_ups"]] == [money("10.005")]
    assert [each["amount"] for each in facts["purchases"]] == [money("0.0075")]


def test_the_column_is_decimal_text_of_minor_units(app):
    take(
        {"record": "order", "reference": "S-1", "account_email": "t@e.org", "price": money("0.014")}
    )

    assert db.session.scalar(text("SELECT price_minor FROM orders")) == "1.4"


def test_a_part_that_the_shop_returned_stands_beside_its_time_and_the_rest_is_left(app):
    given = {"record": "order", "reference": "S-1", "account_email": "t@example.org"}
    given |= {"price": money("0.50"), "ordered_at": "2026-03-01T00:00:00Z"}
    part = {"refunded_at": "2026-03-02T00:00:00Z", "refunded": money("0.20")}
    assert take(given | part) == {"order": ImportCount(created=1)}
    assert take(given | part) == {"order": ImportCount(unchanged=1)}
    assert part.items() <= facts()["order"].items()
    whole = {"refunded_at": "2026-03-02T00:00:00Z"}
    assert take(given | whole) == {"order": ImportCount(changed=1)}
    assert "refunded" not in facts()["order"]


def facts():
    db.session.expire_all()
    return facts_for_order(held_order("numberplug", "S-1", "t@example.org"))


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"refunded": money("0.20")}, "line 1, refunded_amount: fill refunded_at too"),
        (
            {"refunded_at": "2026-03-02T00:00:00Z", "refunded": {"amount": "0.20"}},
            "line 1, refunded_amount: fill both refunded_amount and refunded_currency, or neither",
        ),
    ],
)
def test_a_part_that_says_too_little_is_refused(app, part, said):
    given = {"record": "order", "reference": "S-1", "account_email": "t@example.org"}
    with pytest.raises(FileRefused) as refused:
        take(given | part)
    assert [str(problem) for problem in refused.value.problems] == [said]
