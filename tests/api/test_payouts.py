"""A shop that pays by hand lists what is due and says what became of it; what is owed unasked is listed too."""

from datetime import timedelta

import pytest

from portal.api.tokens import TokenScope
from portal.claims.queries import claim_page
from portal.extensions import db
from portal.ledger.payout import PayoutState
from portal.payouts.verifying import verify
from tests import factories
from tests.api.program import Program, account, order, word
from tests.conftest import NOW

LIST = f"/shops/{factories.SHOP}/payouts"


@pytest.fixture
def key(program):
    program.push(account(), order())
    return program.file().get_json()["payouts"][0]["key"]


def test_what_is_due_is_listed_and_said_to_be_paid_once(program, key):
    (due,) = program.get(LIST, state="due", rail="manual").get_json()["items"]
    assert (due["key"], due["order_reference"]) == (key, "A-1001")
    assert due["amount"] == {"amount": "0.50", "currency": "USD"}
    assert program.get(LIST, state="paid").get_json() == {"items": [], "next": None}
    paid = program.post(f"/payouts/{key}/paid", {"reference": "TX-1"})
    assert (paid.status_code, paid.get_json()["state"]) == (200, "paid")
    assert paid.get_json()["reference"] == "TX-1"
    again = program.post(f"/payouts/{key}/paid", {"reference": "TX-2"})
    assert (again.status_code, word(again)) == (409, "state-moved")
    assert again.get_json()["current"]["reference"] == "TX-1"
    claim = claim_page(due["claim"])
    assert claim.status == "paid"
    assert claim.events[-1].internal == f"API: backend ({program.token.public_id})"
    assert list(verify()) == []


def test_a_payment_stands_under_one_payout(program, key):
    program.push(order("B-1"))
    other = program.file(body={"order_reference": "B-1"}).get_json()["payouts"][0]["key"]
    program.post(f"/payouts/{key}/paid", {"reference": "TX-1"})
    answer = program.post(f"/payouts/{other}/paid", {"reference": "tx-1"})
    assert (answer.status_code, word(answer)) == (409, "reference-used")
    assert answer.get_json()["current"]["state"] == "due"


def test_what_the_records_tell_of_a_refund_by_now_is_held_and_kept_so(program, key):
    program.push(order(refunded_at=NOW.isoformat()))
    answer = program.post(f"/payouts/{key}/paid", {"reference": "TX-1"}, key="k")
    assert (answer.status_code, word(answer)) == (409, "records-changed")
    assert answer.get_json()["current"]["state"] == "held"
    assert program.get(LIST, state="held").get_json()["items"][0]["held"]
    again = program.post(f"/payouts/{key}/paid", {"reference": "TX-1"}, key="k")
    assert again.headers["Idempotency-Replayed"] == "true"
    other = program.post(f"/payouts/{key}/paid", {"reference": "TX-1"})
    assert (other.status_code, word(other)) == (409, "state-moved")
    assert (
        program.post(f"/payouts/{key}/failed", {"kind": "final", "detail": "x"}).status_code == 409
    )


@pytest.mark.parametrize("kind", ["fixable", "wait", "final"])
def test_what_failed_says_how_and_takes_its_part_or_not(program, key, kind):
    answer = program.post(f"/payouts/{key}/failed", {"kind": kind, "detail": "No such wallet"})
    said = answer.get_json()
    assert (answer.status_code, said["state"], said["failed_kind"]) == (200, "failed", kind)
    assert said["detail"] == "No such wallet"
    left = program.get(f"/shops/{factories.SHOP}/orders/A-1001").get_json()["remainder"]
    assert left["amount"] == ("0.50" if kind == "final" else "0.00")
    last = claim_page(said["claim"]).events[-1]
    told = f"API: backend ({program.token.public_id})"
    assert last.internal == (None if kind == "wait" else told)
    assert list(verify()) == []


@pytest.mark.parametrize(
    ("call", "body", "pointer"),
    [
        ("paid", {}, "/reference"),
        ("paid", {"reference": " "}, "/reference"),
        ("paid", {"reference": "x" * 121}, "/reference"),
        ("failed", {"kind": "maybe", "detail": "x"}, "/kind"),
        ("failed", {"kind": "wait"}, "/detail"),
    ],
)
def test_what_cannot_be_said_changes_nothing(program, key, call, body, pointer):
    answer = program.post(f"/payouts/{key}/{call}", body)
    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, pointer)
    assert program.get(LIST).get_json()["items"][0]["state"] == PayoutState.DUE


def test_another_shops_payout_is_not_there(app, key):
    stranger = Program(app, shop="numberplug", scopes=[TokenScope.PAYOUTS])
    assert word(stranger.post(f"/payouts/{key}/paid", {"reference": "TX"})) == "not-found"
    assert stranger.get("/shops/numberplug/payouts").get_json()["items"] == []


def test_what_is_owed_unasked_is_listed_by_parts_with_its_total(app):
    program = Program(app, shop="numberplug")
    app.config["NOW"] = NOW
    program.push(account(), *(order(f"A-{number}") for number in range(3)))
    app.config["NOW"] = NOW + timedelta(hours=3)
    program.push(order("A-9", expires_at=(NOW + timedelta(hours=9)).isoformat()))
    first = program.get("/shops/numberplug/owed", limit=2).get_json()
    rest = program.get("/shops/numberplug/owed", limit=2, after=first["next"]).get_json()
    items = first["items"] + rest["items"]
    assert [each["order_reference"] for each in items] == ["A-0", "A-1", "A-2"]
    assert {each["account"] for each in items} == {factories.EMAIL}
    assert first["total"] == rest["total"] == {"amount": "1.50", "currency": "USD"}
    assert rest["next"] is None
    assert program.get("/shops/numberplug/owed", after="x").status_code == 422
    db.session.rollback()
