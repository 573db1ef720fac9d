"""A shop's program files a claim for its customer, gives what is missing, and reads what became of it."""

from datetime import timedelta

import pytest

from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.verbs import reviewing
from portal.database import transaction
from portal.extensions import db
from portal.mail.models import OutboxMail
from portal.money import Money
from tests import factories
from tests.api.program import Program, account, order, word
from tests.conftest import NOW

SHOP = factories.SHOP
IBAN = {"method": "iban", "holder": "Kim Doe", "iban": "DE89 3704 0044 0532 0130 00"}


def test_a_claim_that_the_logs_prove_is_decided_and_approved(program):
    program.push(account(), order())
    answer = program.file()
    said = answer.get_json()
    assert answer.status_code == 201
    assert (said["shop"], said["status"], said["origin"]) == (SHOP, "approved", "customer")
    assert (said["reason"], said["order_reference"]) == ("sms_not_received", "A-1001")
    assert said["account"] == {"email": factories.EMAIL, "id": None}
    assert said["submitted_at"] == "2026-03-04T10:00:00Z"
    assert said["decision"]["outcome"] == "approve"
    assert said["decision"]["amount"] == {"amount": "0.50", "currency": "USD"}
    assert said["decision"]["clauses"]
    assert said["decision"]["already_refunded"] is False
    assert (said["missing"], said["evidence"]) == ([], [])
    (payout,) = said["payouts"]
    assert (payout["state"], payout["amount"]) == ("due", {"amount": "0.50", "currency": "USD"})
    assert payout["key"].startswith("PO-")
    assert f"/claims/{said['reference']}/" in said["url"]
    assert program.get(f"/claims/{said['reference']}").get_json() == said
    assert [mail.recipient for mail in db.session.query(OutboxMail)] == [factories.EMAIL]


def test_an_order_that_the_records_do_not_know_goes_to_a_person(program):
    said = program.file().get_json()
    assert (said["status"], said["decision"]["outcome"]) == ("in_review", "review")
    assert said["decision"]["awaiting"] == ["order"]
    assert said["payouts"] == []


def test_what_a_person_approved_is_told_with_its_currency(program):
    reference = program.file().get_json()["reference"]
    by = factories.reviewer()
    with transaction():
        claim = claim_for_change(reference)
        reviewing.approve(claim, amount=Money(30, "USD"), customer_text="", by=by, at=NOW, seen=claim.version,
                          policy=factories.policy(), override_reason="The picture shows it.")  # fmt: skip
    said = program.get(f"/claims/{reference}").get_json()["ruling"]
    assert (said["amount"], said["overrides"]) == ({"amount": "0.30", "currency": "USD"}, True)


def test_somebody_elses_order_is_as_one_that_is_not_known(program):
    program.push(account(), order())
    said = program.file(body={"account": {"email": "other@example.com"}}).get_json()
    assert said["status"] == "in_review"


def test_an_account_is_known_by_the_shops_own_id_alone(program):
    program.push(
        {"record": "account", "id": "u-17"},
        {key: value for key, value in order().items() if key != "account_email"}
        | {"account_id": "u-17"},
    )
    said = program.file(body={"account": {"id": "u-17"}}).get_json()
    assert said["account"] == {"email": None, "id": "u-17"}
    assert said["status"] == "approved"
    assert db.session.query(OutboxMail).count() == 0
    assert [each["reference"] for each in listed(program, account="u-17")] == [said["reference"]]


def test_a_claim_keeps_its_customer_s_language_and_writes_in_it(program):
    program.push(account(), order(), order(reference="A-2"))
    said = program.file(body={"language": "pt_br", "reason": "wrong_code"}).get_json()
    assert said["language"] == "pt-BR"
    assert program.get(f"/claims/{said['reference']}").get_json()["language"] == "pt-BR"
    unknown = program.file(body={"language": "xx-nobody", "order_reference": "A-2"}).get_json()
    assert unknown["language"] is None
    mails = db.session.query(OutboxMail).filter_by(about=said["reference"]).all()
    assert ['lang="en"' in mail.html for mail in mails] == [True]  # no catalogue is there yet


def test_an_id_reaches_the_address_that_the_records_have(program):
    program.push(account() | {"id": "u-17"}, order())
    said = program.file(body={"account": {"id": "u-17"}}).get_json()
    assert (said["status"], said["account"]) == (
        "approved",
        {"email": factories.EMAIL, "id": "u-17"},
    )
    again = program.file()
    assert (word(again), again.get_json()["reference"]) == ("already-open", said["reference"])


def test_after_a_paid_claim_a_new_one_says_already_refunded(program):
    program.push(account(), order())
    first = program.file().get_json()
    paid = program.post(f"/payouts/{first['payouts'][0]['key']}/paid", {"reference": "TX-1"})
    assert paid.status_code == 200
    answer = program.file()
    said = answer.get_json()
    assert answer.status_code == 201
    assert (said["decision"]["outcome"], said["decision"]["already_refunded"]) == ("deny", True)
    assert said["ground"]["kind"] == "returned"
    assert said["status"] == "in_review"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"account": {}}, "/account"),
        ({"account": {"email": "nobody"}}, "/account/email"),
        ({"account": {"phone": "1"}}, "/account/phone"),
        ({"order_reference": None}, "/order_reference"),
        ({"order_reference": "---"}, "/order_reference"),
        ({"reason": "because"}, "/reason"),
        ({"amount": {"amount": "0.505", "currency": "USD"}}, "/amount/amount"),
        ({"amount": {"amount": "1", "currency": "XXX"}}, "/amount/currency"),
        ({"amount": {"amount": "-1.00", "currency": "USD"}}, "/amount/amount"),
        ({"destination": "moon"}, "/destination"),
        ({"number_used": "maybe"}, "/number_used"),
        ({"description": "x" * 4001}, "/description"),
        ({"description": "my card 4111 1111 1111 1111"}, "/description"),
        ({"description": "a\x00b"}, "/description"),
        ({"payout": {"method": "cash"}}, "/payout/method"),
        ({"payout": IBAN | {"iban": "DE00 1234"}}, "/payout/iban"),
        ({"language": "not a language"}, "/language"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_what_cannot_be_used_is_named_by_its_pointer(program, body, pointer):
    answer = program.file(body=body)
    assert (answer.status_code, word(answer)) == (422, "invalid")
    assert pointer in [each["pointer"] for each in answer.get_json()["errors"]]
    assert "4111" not in answer.get_data(as_text=True)
    assert db.session.query(Claim).count() == 0


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"17", b"null", b"\xff", b'{"a": NaN}'])
def test_a_body_that_is_no_object_is_refused(program, text):
    path = f"/shops/{SHOP}/claims"
    answer = program.send("POST", path, data=text, content_type="application/json")
    assert (answer.status_code, word(answer)) == (422, "invalid")


def listed(program, **query):
    found, after = [], None
    while True:
        more = {"after": after} if after else {}
        part = program.get(f"/shops/{SHOP}/claims", **query, **more).get_json()
        found += part["items"]
        after = part["next"]
        if after is None:
            return found


def test_claims_are_listed_by_what_is_asked_nothing_twice(app, program):
    for number in range(5):
        app.config["NOW"] = NOW + timedelta(minutes=number)
        program.file(body={"order_reference": f"A-{number}"})
    factories.draft(order_reference="D-1")
    every = listed(program)
    assert [claim["order_reference"] for claim in every] == [f"A-{n}" for n in range(5)]
    assert listed(program, limit=2) == every
    assert listed(program, status="approved") == []
    assert listed(program, status="in_review", order_reference="a3") == [every[3]]
    assert listed(program, account="KIM@example.com") == every
    app.config["NOW"] = NOW + timedelta(minutes=9)
    program.post(f"/claims/{every[0]['reference']}/withdraw")
    since = (NOW + timedelta(minutes=2, seconds=30)).isoformat()
    changed = listed(program, updated_after=since, limit=1)
    assert [claim["order_reference"] for claim in changed] == ["A-3", "A-4", "A-0"]
    for wrong in ({"limit": 0}, {"limit": 201}, {"after": "x"}, {"status": "gone"},
                  {"updated_after": "yesterday"}, {"after": "WyJhIl0"}):  # fmt: skip
        assert program.get(f"/shops/{SHOP}/claims", **wrong).status_code == 422


def test_what_is_missing_is_given_and_the_claim_decided_again(app):
    program = Program(app, shop="numberplug")
    app.config["NOW"] = NOW
    said = program.file(
        body={"reason": "technical_error", "description": None, "service_name": None}
    ).get_json()
    assert said["status"] == "needs_information"
    assert set(said["missing"]) == {"claim.service_name", "claim.description"}
    assert "information_due" in said["deadlines"]
    path = f"/claims/{said['reference']}/answers"
    half = program.post(path, {"service_name": "WhatsApp"}).get_json()
    assert (half["status"], half["missing"]) == ("needs_information", ["claim.description"])
    given = {"description": "The page failed when I pressed the button, twice, with error 500."}
    answer = program.post(path, given)
    assert (answer.status_code, answer.get_json()["status"]) == (200, "in_review")
    assert answer.get_json()["missing"] == []
    again = program.post(path, given)
    assert (again.status_code, word(again)) == (409, "state-moved")
    assert again.get_json()["current"]["status"] == "in_review"


@pytest.mark.parametrize(("number", "outcome"), [("B-9", "review"), ("C-3", "approve")])
def test_another_order_is_judged_by_its_own_logs_and_never_by_those_of_the_first(
    program, number, outcome
):
    program.push(account(), order(), order("C-3", price={"amount": "0.70", "currency": "USD"}))
    first = program.file().get_json()
    program.post(f"/payouts/{first['payouts'][0]['key']}/paid", {"reference": "TX-1"})
    second = program.file().get_json()
    reviewer = factories.reviewer()
    with transaction():
        found = claim_for_change(second["reference"])
        reviewing.ask(
            found, missing=["claim.service_name"], note="Which one?", by=reviewer, at=NOW,
            seen=found.version, policy=factories.policy(SHOP),
        )  # fmt: skip
    given = {"service_name": "WhatsApp", "order_reference": number}
    said = program.post(f"/claims/{second['reference']}/answers", given).get_json()
    assert said["decision"]["outcome"] == outcome
    approved = [{"amount": "0.70", "currency": "USD"}] if outcome == "approve" else []
    assert [payout["amount"] for payout in said["payouts"]] == approved
    left = program.get(f"/shops/{SHOP}/orders/A-1001").get_json()["remainder"]
    assert left == {"amount": "0.00", "currency": "USD"}


def test_a_claim_that_lacks_nothing_but_a_file_is_decided_when_it_comes(program):
    claim = factories.claim(reason="technical_error", order_reference="X-1", files=0)
    reviewer = factories.reviewer()
    with transaction():
        found = claim_for_change(claim.reference)
        reviewing.ask(
            found, missing=["claim.evidence"], note="Send the whole screen.", by=reviewer, at=NOW,
            seen=found.version, policy=factories.policy(SHOP),
        )  # fmt: skip
    said = program.get(f"/claims/{claim.reference}").get_json()
    assert (said["status"], said["missing"]) == ("needs_information", ["claim.evidence"])
    early = program.post(f"/claims/{claim.reference}/answers")
    assert (early.status_code, early.get_json()["status"]) == (200, "needs_information")
    assert program.add_file(claim.reference).status_code == 201
    after = program.get(f"/claims/{claim.reference}").get_json()
    assert (after["status"], after["missing"]) == ("in_review", [])
    assert program.post(f"/claims/{claim.reference}/answers").status_code == 200


def test_a_withdrawn_claim_is_withdrawn_once(program):
    said = program.file().get_json()
    path = f"/claims/{said['reference']}/withdraw"
    assert program.post(path).get_json()["status"] == "withdrawn"
    again = program.post(path)
    assert (again.status_code, word(again)) == (409, "state-moved")
    assert again.get_json()["current"]["status"] == "withdrawn"
    assert again.get_json()["detail"] == "Customer can't withdraw a claim that is withdrawn"
    assert program.post(path, {"why": "x"}).status_code == 422
    assert program.file().status_code == 201


def test_a_declined_claim_is_appealed_once_with_what_the_shop_asks_for(program):
    said = program.file().get_json()
    reviewer = factories.reviewer()
    with transaction():
        claim = claim_for_change(said["reference"])
        reviewing.decline(
            claim, by=reviewer, at=NOW, seen=claim.version, policy=factories.policy(SHOP),
            clause="SS-4.1", customer_text="No.", override_reason="It is not so.",
        )  # fmt: skip
    path = f"/claims/{said['reference']}/appeal"
    assert program.post(path, {"text": ""}).status_code == 422
    early = program.post(path, {"text": "Please look at the second screenshot."})
    assert (early.status_code, word(early)) == (409, "appeal-refused")
    assert early.get_json()["detail"] == "Add at least one new file that shows what happened."
    assert program.add_file(said["reference"]).status_code == 201
    answer = program.post(path, {"text": "Please look at the second screenshot."})
    assert (answer.status_code, answer.get_json()["status"]) == (200, "appealed")
    assert program.post(path, {"text": "Again."}).status_code == 409
