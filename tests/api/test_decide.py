"""A program asks what would be decided: of a claim, by the records; of a whole case, as the command does."""

import json

import pytest

from portal.claims.models import Claim
from portal.extensions import db
from portal.policy.file.naming import decide_case
from tests import factories
from tests.api.program import Program, account, order, word
from tests.conftest import NOW

SHOP = factories.SHOP
BY_RECORDS, WHOLE = f"/shops/{SHOP}/decide", f"/policies/{SHOP}/decide"
CASE = {
    "account": {"email": "ana@example.org", "status": "active"},
    "order": {
        "reference": "A-1", "kind": "activation", "service": "WhatsApp", "country": "GB",
        "price": {"amount": "0.50", "currency": "USD"}, "ordered_at": "2026-03-02T10:00:00Z",
        "expires_at": "2026-03-02T10:20:00Z", "messages": [],
    },
    "claim": {
        "reason": "sms_not_received", "submitted_at": "2026-03-02T11:00:00Z",
        "service_name": "WhatsApp", "order_reference": "A-1", "description": "No code came.",
        "answers": {"number_used": False},
    },
}  # fmt: skip
TWICE = (
    b'{"account": {"id": "u-1"}, "reason": "sms_not_received",'
    b' "order_reference": "A-1", "order_reference": "A-2"}'
)


def test_a_whole_case_is_decided_as_the_command_decides_it_and_nothing_is_stored(program):
    expected = json.loads(decide_case(factories.policy(SHOP), json.dumps(CASE)))
    assert expected["outcome"] == "approve"
    by_policy, by_shop = program.post(WHOLE, CASE), program.post(BY_RECORDS, {"case": CASE})
    assert (by_policy.status_code, by_policy.get_json()) == (200, expected)
    assert (by_shop.status_code, by_shop.get_json()) == (200, expected)
    assert db.session.query(Claim).count() == 0


def test_a_claim_is_held_against_the_records_and_what_went_back(program):
    program.push(account(), order())
    asked = {
        "order_reference": "a1001",
        "claim": {"reason": "sms_not_received", "service_name": "WhatsApp",
                  "description": "No code came.", "answers": {"number_used": False}},
    }  # fmt: skip
    said = program.post(BY_RECORDS, asked).get_json()
    assert (said["outcome"], said["amount"]) == ("approve", {"amount": "0.50", "currency": "USD"})
    assert db.session.query(Claim).count() == 0
    program.file()
    assert program.post(BY_RECORDS, asked).get_json()["outcome"] == "deny"
    unknown = program.post(BY_RECORDS, asked | {"order_reference": "B-9"}).get_json()
    assert (unknown["outcome"], unknown["awaiting"]) == ("review", ["order", "account"])


def test_another_shops_policy_is_not_there(app):
    stranger = Program(app, shop="numberplug")
    for path in (BY_RECORDS, WHOLE, "/policies/nobody/decide"):
        answer = stranger.post(path, CASE)
        assert (answer.status_code, word(answer)) == (404, "not-found")


@pytest.mark.parametrize(
    ("part", "value", "pointer"),
    [
        ("order", {"kind": "boat"}, "/order/kind"),
        ("order", {"price": {"amount": "1", "currency": "XYZ"}}, "/order/price"),
        ("claim", {"colour": "red"}, "/claim/colour"),
        ("claim", {"submitted_at": "2020-01-01T00:00:00Z"}, "/claim/submitted_at"),
    ],
)
def test_a_case_that_does_not_fit_is_refused_by_its_field(program, part, value, pointer):
    case = CASE | {part: CASE[part] | value}
    for path, body, found in (
        (WHOLE, case, pointer),
        (BY_RECORDS, {"case": case}, f"/case{pointer}"),
    ):
        answer = program.post(path, body)
        assert (answer.status_code, word(answer)) == (422, "invalid")
        assert [each["pointer"].startswith(found) for each in answer.get_json()["errors"]] == [True]


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        (WHOLE, b'{"claim": {"reason": "x", "reason": "y"}}', "/claim/reason"),
        (BY_RECORDS, b'{"case": {"now": "x", "now": "y"}}', "/case/now"),
        (f"/shops/{SHOP}/claims", TWICE, "/order_reference"),
    ],
)  # fmt: skip
def test_a_field_that_stands_twice_is_refused_and_never_guessed(program, path, body, pointer):
    answer = program.send("POST", path, data=body, content_type="application/json")
    assert (answer.status_code, word(answer)) == (422, "invalid")
    assert answer.get_json()["errors"] == [{"pointer": pointer, "detail": "write this field once"}]
    assert db.session.query(Claim).count() == 0


@pytest.mark.parametrize("text", [b"[]", b"7", b"{", b'{"now": NaN}', b'{"now": "\\ud83d"}'])
def test_what_is_no_case_is_refused(program, text):
    answer = program.send("POST", WHOLE, data=text, content_type="application/json")
    assert (answer.status_code, word(answer)) == (422, "invalid")


def test_a_case_is_decided_at_the_time_that_it_names(program):
    assert program.post(WHOLE, CASE | {"now": "2026-03-02T10:59:59Z"}).status_code == 422
    assert program.post(WHOLE, CASE | {"now": NOW.isoformat()}).status_code == 200
