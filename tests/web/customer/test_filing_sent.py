"""Where the money goes, and how a claim is sent: once, whole, and whatever is typed."""

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from portal.claims.models import Claim
from portal.claims.payout.payee import payee_of
from portal.claims.queries import claim_page
from portal.extensions import db
from tests import factories
from tests.factories import NOW
from tests.versions import drafts
from tests.web.steps.journeys import answered, begin, drafted
from tests.web.steps.sending import letters, rented, sent

CARD = "4111 1111 1111 1111"


# --- where the money goes


def test_a_balance_refund_never_asks_for_payout_details(visitor):
    factories.account()
    factories.order()
    reference = drafted(visitor)
    page = visitor.get(f"/new/{reference}/result")
    assert page.all("input", type="radio") == []
    location = visitor.get(f"/new/{reference}/payout/iban", status=303).location
    assert location == f"/new/{reference}/result"


def test_a_payout_that_the_policy_allows_is_chosen_sealed_and_masked(visitor):
    rented()
    reference = drafted(
        visitor, shop="client-numbers", order="R-1", reason="number_unavailable", asked="12"
    )
    page = visitor.get(f"/new/{reference}/result")
    offered = [each.get("value") for each in page.all("input", type="radio")]
    assert offered == ["balance", "original", "iban", "paypal", "crypto", "card", "other"]
    assert page.fields["way"] == "balance"  # what the policy gives where nothing else is asked
    page = visitor.post(f"/new/{reference}/result", {"way": "iban"})
    assert page.location == f"/new/{reference}/payout/iban"
    refused = visitor.post(page.location, {"holder": "Kim Doe", "iban": "DE12"}, status=422)
    assert refused.errors == [
        "Check the IBAN. One that starts with DE has 22 characters, this one has 4"
    ]
    assert (refused.fields["holder"], refused.fields["iban"]) == ("Kim Doe", "DE12")
    page = visitor.post(page.location, {"holder": "Kim Doe", "iban": "de89 3704 0044 0532 0130 00"})
    page = visitor.get(page.location)
    # Who typed it checks it here, in full; later pages show its ends.
    assert "DE89 3704 0044 0532 0130 00" in page.text()
    page = visitor.get(f"/new/{reference}/payout/iban")
    assert (page.fields["holder"], page.fields["iban"]) == ("Kim Doe", "DE89370400440532013000")
    claim = claim_page(reference)
    assert payee_of(claim).iban == "DE89370400440532013000"
    db.session.rollback()
    address = sent(visitor, reference, way="iban")
    # Who entered the code reads it in full; who has the link alone, both ends.
    assert "DE89 3704 0044 0532 0130 00" in visitor.get(address).text()
    with visitor.client.session_transaction() as session:
        session.clear()
    page = visitor.get(address)
    assert "DE8937 •••• 013000" in page.text()
    assert "0532" not in page.body


def test_a_full_card_number_is_refused_and_not_shown_again(visitor):
    rented()
    reference = drafted(
        visitor, shop="client-numbers", order="R-1", reason="number_unavailable", asked="12"
    )
    visitor.post(f"/new/{reference}/result", {"way": "card"})
    page = visitor.post(
        f"/new/{reference}/payout/card", {"last_four": CARD, "bank": "Visa"}, status=422
    )
    assert page.errors == ["Enter only the last four digits of the card"]
    assert "4111" not in page.body


def test_an_address_without_a_check_of_its_own_is_compared_first(visitor):
    rented()
    reference = drafted(
        visitor, shop="client-numbers", order="R-1", reason="number_unavailable", asked="12"
    )
    visitor.post(f"/new/{reference}/result", {"way": "crypto"})
    url = f"/new/{reference}/payout/crypto"
    choices = [each.get("value") for each in visitor.get(url).all("input", type="radio")]
    network = next(each for each in choices if "eth" in each.lower() or "erc" in each.lower())
    typed = {"network": network, "address": "0x" + "ab" * 20}
    page = visitor.post(url, typed, status=422)
    assert page.errors == ["Compare the address with your wallet, then tick the box"]
    assert page.fields["address"] == typed["address"]
    assert visitor.post(url, typed | {"confirmed": "yes"}).location == f"/new/{reference}/result"


def test_hostile_payout_details_are_refused_with_words(visitor):
    rented()
    reference = drafted(
        visitor, shop="client-numbers", order="R-1", reason="number_unavailable", asked="12"
    )
    visitor.post(f"/new/{reference}/result", {"way": "iban"})
    visitor.get(f"/new/{reference}/payout/gold", status=404)
    for method, typed in (
        ("iban", {"holder": "\x00", "iban": "\x00DE89"}),
        ("iban", {}),
        ("paypal", {"email": "a" * 100_000}),
        ("crypto", {"network": "nonsense", "address": "\u202e0x"}),
        ("other", {"description": f"card {CARD}"}),
        ("card", {"last_four": "9" * 30, "bank": ""}),
    ):
        page = visitor.post(f"/new/{reference}/payout/{method}", typed, status=422)
        assert page.errors
        assert "4111" not in page.body
    assert visitor.post(f"/new/{reference}/result", {"way": "gold"}, status=422).errors == [
        "Choose where the money should go"
    ]


def test_choosing_the_balance_after_all_forgets_the_details(visitor):
    rented()
    reference = drafted(
        visitor, shop="client-numbers", order="R-1", reason="number_unavailable", asked="12"
    )
    visitor.post(f"/new/{reference}/result", {"way": "paypal"})
    visitor.post(f"/new/{reference}/payout/paypal", {"email": "kim@example.com"})
    visitor.post(f"/new/{reference}/result", {"way": "balance"})
    claim = claim_page(reference)
    assert (claim.destination, claim.payout_method, claim.payout_sealed) == ("balance", None, None)


# --- sending


def test_what_sending_says_stands_above_the_button_and_is_kept(visitor):
    reference = drafted(visitor)
    said = "By sending it you say: What I wrote is true, and I have read the refund policy."
    assert said in visitor.get(f"/new/{reference}/result").text()
    sent(visitor, reference)
    assert claim_page(reference).terms_confirmed_at == NOW


def test_what_is_changed_leads_back_to_the_result(visitor):
    reference = drafted(visitor)
    result, url = f"/new/{reference}/result", f"/new/{reference}/reason"
    page = visitor.get(result)
    changes = [link.get("href") for box in page.all(class_="change") for link in box.iter("a")]
    assert changes == [f"/new/{reference}/order"] * 2 + [url] * 2
    typed = {"reason": "sms_not_received", "description": "Nothing came."}
    assert visitor.post(url, typed).location == result
    page = visitor.post(f"/new/{reference}/order", {"order": "A-7", "email": factories.EMAIL})
    assert page.location == result
    # The words stay, which this reason asks for too.
    assert visitor.get(url).fields["description"] == "Nothing came."


def test_a_second_click_makes_no_second_claim(visitor):
    reference = drafted(visitor)
    url = sent(visitor, reference).partition("?")[0]
    assert sent(visitor, reference) == url
    assert visitor.get(f"/new/{reference}/reason", status=303).location == url
    assert [event for event, _ in letters()] == ["sign_in_code", "received"]
    count = select(func.count()).select_from(Claim).where(Claim.status != "draft")
    assert db.session.execute(count).scalar_one() == 1


def test_hostile_beginnings_are_refused_with_words(visitor):
    for data in (
        {"order": "A\x00B", "email": "kim@example.com"},
        {"order": "x" * 200_000, "email": "kim@example.com"},
        {"order": "A-1", "email": "kim@\x00example.com"},
        {"order": "A-1", "email": "a" * 5000 + "@example.com"},
        {"order": "----", "email": "kim@example.com"},
        {"order": "A-1", "email": "kim@example.com\r\nBcc: all@example.com, you"},
        {"email": "kim@example.com"},
        {},
    ):
        assert visitor.post("/sms-service/claim", data, status=422).errors


def test_hostile_answers_are_refused_with_words(visitor):
    reference = begin(visitor, shop="client-numbers")
    good = {"service_name": "A", "asked": "1", "description": "x"}
    reason = {"reason": "rental_outage", "shown": "rental_outage"}
    for bad in (
        {"service_name": "A\x00"},
        {"service_name": "A" * 121},
        {"asked": "9" * 15},
        {"asked": "1e9"},
        {"asked": "-1"},
        {"asked": "0"},
        {"asked": "²"},
        {"description": "x" * 4001},
        {"description": "\x1b[31m"},
        {"description": "  "},
    ):
        page = visitor.post(f"/new/{reference}/reason", reason | good | bad, status=422)
        assert len(page.errors) == 1
    assert len(visitor.post(f"/new/{reference}/reason", reason, status=422).errors) == 3


def test_a_megabyte_of_text_is_too_big(visitor):
    part = b'--x\r\nContent-Disposition: form-data; name="order"\r\n\r\n' + b"A" * 1_100_000
    answer = visitor.client.post(
        "/sms-service/claim",
        data=part + b"\r\n--x--\r\n",
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 413
    assert "That is too big to send" in answer.text


def test_a_form_of_another_site_is_refused(visitor):
    page = visitor.post(
        "/sms-service/claim",
        {"order": "A-1", "email": factories.EMAIL, "csrf_token": "x"},
        status=400,
    )
    assert page.h1 == "This page was open for too long"
    assert letters() == []


def test_addresses_that_name_nothing_are_not_found(visitor):
    for path in (
        "/new/%00/reason",
        "/new/NONE-NONE/reason",
        "/new/NONE-NONE/payout/gold",
        "/claims/X/Y",
        "/claims/%00/%00",
        "/evidence/X",
        "/evidence/X/Y/view",
    ):
        visitor.get(path, status=404)


def test_a_step_costs_the_same_statements_with_one_file_and_with_eight(visitor, statements):
    reference = drafted(visitor)
    counts = []
    for added in (1, 7):
        claim = claim_page(reference)
        for _ in range(added):
            factories.evidence(claim)
        db.session.rollback()
        statements.clear()
        visitor.get(f"/new/{reference}/result")
        counts.append(len(statements))
    assert counts[0] == counts[1]


@pytest.mark.long
def test_every_shop_can_be_walked_to_a_sent_claim(visitor):
    answers = {
        "service_name": "WhatsApp",
        "asked": "1.00",
        "number_used": "yes",
        "remedy": "refund",
        "description": "I waited for a long time and nothing came at all.",
    }
    for shop in ("activation-claims", "client-numbers", "didvirtualnumbers", "numberplug"):
        reference = answered(visitor, begin(visitor, shop=shop), **answers)
        visitor.get(f"/new/{reference}/result")
        assert visitor.get(sent(visitor, reference)).h1 == "Your claim is sent"


def test_a_request_that_looks_for_published_versions_holds_nobody_up(app, visitor, monkeypatch):
    factories.account()
    factories.order()
    reference = drafted(visitor)
    drafts.published()
    policies = app.extensions["policies"]
    monkeypatch.setattr(policies, "_looked", float("-inf"))  # a look is due
    assert len(policies[drafts.SHOP].versions) == 1
    with capture_logs() as logs:
        sent(visitor, reference)
    assert [entry for entry in logs if entry["log_level"] != "info"] == []
    assert len(policies[drafts.SHOP].versions) == 2
