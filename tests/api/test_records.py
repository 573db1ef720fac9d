"""Rows are pushed as they are imported, all or nothing, and an order is read back."""

import json

from portal.extensions import db
from portal.records.models import Order
from tests import factories
from tests.api.program import account, order, word


def test_rows_are_stored_whole_and_the_same_rows_again_change_nothing(program):
    rows = account(), order(), order("A-1002")
    first = program.push(*rows)
    assert (first.status_code, first.get_json()) == (
        200,
        {"added": 3, "changed": 0, "unchanged": 0},
    )
    assert program.push(*rows).get_json() == {"added": 0, "changed": 0, "unchanged": 3}
    cancelled = order(cancelled_at="2026-03-04T09:10:00Z", cancelled_by="customer")
    assert program.push(cancelled).get_json() == {"added": 0, "changed": 1, "unchanged": 0}


def test_one_bad_row_keeps_all_out_and_is_named_by_its_line(program):
    bad = order("A-1003", price={"amount": "0.5.0", "currency": "USD"})
    answer = program.push(account(), order(), bad)
    said = answer.get_json()
    assert (answer.status_code, word(answer)) == (422, "invalid")
    assert [each["pointer"].split("/")[1] for each in said["errors"]] == ["3"]
    assert "line 3" in said["errors"][0]["detail"]
    assert said["lines"][0]["line"] == 3
    assert db.session.query(Order).count() == 0


def test_what_the_records_forbid_is_named_by_its_line_too(program):
    factories.order()
    factories.claim()
    factories.account(email="other@example.com")
    answer = program.push(order("Z-9"), order(account_email="other@example.com"))
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.get_json()["errors"]] == ["/2/account_email"]
    assert db.session.query(Order).count() == 1


def test_what_is_no_json_too_much_or_of_another_kind_is_refused(program):
    path = f"/shops/{program.shop}/records"
    kind = "application/x-ndjson"
    assert program.send("POST", path, data=b"{", content_type=kind).status_code == 422
    assert program.send("POST", path, data=b"", content_type=kind).status_code == 422
    assert program.send("POST", path, data=b"{}", content_type="text/csv").status_code == 415
    many = b"".join(
        json.dumps(account(f"a{n}@example.com")).encode() + b"\n" for n in range(10_001)
    )
    answer = program.send("POST", path, data=many, content_type=kind)
    assert (answer.status_code, "10000" in answer.get_json()["detail"]) == (422, True)
    huge = program.send("POST", path, data=b" " * 10_000_001, content_type=kind)
    assert (huge.status_code, word(huge)) == (413, "too-large")


def test_the_text_of_an_sms_is_kept_out(program):
    answer = program.push(order(sms_text="Your code is 1234"))
    assert answer.status_code == 422
    assert "1234" not in answer.get_data(as_text=True)


def test_an_order_is_read_with_what_went_back_and_its_claims(program):
    program.push(account(), order())
    fresh = program.get(f"/shops/{program.shop}/orders/a 1001").get_json()
    assert fresh["order"]["reference"] == "A-1001"
    assert fresh["account"]["email"] == factories.EMAIL
    assert (fresh["claims"], fresh["refunded"]) == ([], None)
    assert fresh["remainder"] == {"amount": "0.50", "currency": "USD"}
    claim = factories.claim()
    after = program.get(f"/shops/{program.shop}/orders/A-1001").get_json()
    assert after["claims"] == [
        {"reference": claim.reference, "status": "approved", "outcome": "approve"}
    ]
    assert after["refunded"] == {"amount": "0.50", "currency": "USD"}
    assert after["remainder"] == {"amount": "0.00", "currency": "USD"}
    assert word(program.get(f"/shops/{program.shop}/orders/B-1")) == "not-found"


def test_an_orders_number_may_have_a_slash(program):
    program.push(account(), order("2026/17"))
    for path in ("2026/17", "2026%2F17"):
        found = program.get(f"/shops/{program.shop}/orders/{path}").get_json()
        assert found["order"]["reference"] == "2026/17"


def test_a_fee_above_the_price_is_refused_by_its_field(program):
    fee = {"amount": "0.05", "currency": "USD"}
    assert program.push(account(), order(processing_fee=fee)).status_code == 200
    found = program.get(f"/shops/{program.shop}/orders/A-1001").get_json()
    assert found["order"]["processing_fee"] == fee
    answer = program.push(order(processing_fee=fee | {"amount": "0.51"}))
    assert answer.status_code == 422
    assert answer.get_json()["errors"] == [
        {
            "pointer": "/1/processing_fee_amount",
            "detail": "line 1, processing_fee_amount: is more than the price, of which it is a part",
        }
    ]
