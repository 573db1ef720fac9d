"""Payout details in full: for who pays by hand, behind a fresh code, each look recorded and counted."""

from datetime import timedelta

import pytest
from flask import current_app, g
from passlib.totp import TOTP
from sqlalchemy import select

from portal.claims.history import ClaimEvent
from portal.claims.lifecycle import Action
from portal.claims.payout.details import read
from portal.claims.payout.payee import name_payee
from portal.claims.queries import claim_for_change
from portal.database import transaction
from portal.extensions import db, limiter
from portal.mail.models import OutboxMail
from tests import factories
from tests.conftest import NOW
from tests.web.steps.journeys import payout_failed
from tests.web.steps.signing_in import sign_in

IBAN = "DE89370400440532013000"
GROUPED = "DE89 3704 0044 0532 0130 00"
AGES = timedelta(minutes=6)


@pytest.fixture
def reference(app):
    """A claim whose money is to be paid to a bank account by hand; its last payment came back."""
    claim = payout_failed()
    given = {"holder": "Kim Example", "iban": IBAN, "bic": "", "bank": ""}
    with transaction():
        name_payee(claim_for_change(claim.reference), details=read("iban", given))
    return claim.reference


@pytest.fixture
def key(app):
    return current_app.extensions["security"].totp_factory.generate_totp_secret()


@pytest.fixture
def pia(app, key):
    return factories.reviewer(
        name="Pia", may_pay=True, tf_primary_method="authenticator", tf_totp_secret=key
    )


def looks():
    db.session.rollback()
    found = select(ClaimEvent).where(ClaimEvent.action == Action.REVEAL).order_by(ClaimEvent.id)
    return [(event.reviewer.name, event.internal) for event in db.session.scalars(found)]


def code_of(key):
    factory = current_app.extensions["security"].totp_factory
    return TOTP(key=factory.get_totp_pretty_key(key)).generate().token


def test_the_claims_screen_shows_both_ends_and_a_way_to_see_them_in_full(visitor, reference, pia):
    sign_in(visitor, pia)
    page = visitor.get(f"/review/{reference}")
    assert GROUPED not in page.text()
    assert IBAN not in page.text()
    assert f"/review/{reference}/payee" in page.body
    sign_in(visitor, factories.reviewer())
    assert f"/review/{reference}/payee" not in visitor.get(f"/review/{reference}").body


def test_each_look_says_why_and_is_a_line_of_the_history(visitor, reference, pia):
    sign_in(visitor, pia)
    address = f"/review/{reference}/payee"
    assert GROUPED not in visitor.get(address).text()
    refused = visitor.post(address, {"why": " "}, status=422)
    assert refused.errors == ["Write why you need the details in full"]
    assert looks() == []
    version = visitor.get(f"/review/{reference}").fields["retry-seen"]
    page = visitor.post(address, {"why": "To type it at the bank."}, status=200)
    assert GROUPED in page.text()
    assert looks() == [("Pia", "To type it at the bank.")]
    assert GROUPED not in visitor.get(address).text()
    page = visitor.get(f"/review/{reference}")
    assert "Payout details shown in full" in page.text()
    assert page.fields["retry-seen"] == version  # whoever has the claim before them goes on


def test_a_sign_in_of_before_is_asked_for_a_new_code_and_led_back(visitor, reference, pia, key):
    sign_in(visitor, pia, at=NOW - AGES)
    address = f"/review/{reference}/payee"
    asked = visitor.get(address, status=303).location
    assert asked == f"/sign-in/code-again?next=/review/{reference}/payee"
    assert visitor.post(address, {"why": "Quickly."}, status=303).location == asked
    assert looks() == []
    wrong = visitor.post(asked, {"code": "000000"}, status=422)
    assert wrong.errors == ["That code is wrong, used or too old. Wait for the next one."]
    code = code_of(key)
    assert visitor.post(asked, {"code": code}, status=303).location == address
    g.pop("_login_user", None)  # the test's own context outlives its requests
    assert "Why you need them" in visitor.get(address).text()
    again = visitor.post(asked, {"code": code}, status=422)
    assert again.errors == wrong.errors  # it was used


@pytest.mark.parametrize("onward", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_it_leads_to_no_other_host(visitor, pia, key, onward):
    sign_in(visitor, pia, at=NOW - AGES)
    sent = visitor.post(
        "/sign-in/code-again", {"code": code_of(key)}, query_string={"next": onward}, status=303
    )
    assert sent.location == "/review"


def test_who_gets_codes_by_mail_asks_for_one(visitor, key):
    person = factories.reviewer(
        email="mail@example.com", may_pay=True, tf_primary_method="email", tf_totp_secret=key
    )
    sign_in(visitor, person, at=NOW - AGES)
    page = visitor.get("/sign-in/code-again")
    assert "Send me a code" in page.text()
    visitor.post("/sign-in/code-again/mail", {}, status=303)
    mail = db.session.scalars(select(OutboxMail)).one()
    assert (mail.recipient, mail.event) == ("mail@example.com", "sign_in_code")


@pytest.mark.long
def test_thirty_looks_an_hour_and_no_more(visitor, reference, pia, monkeypatch):
    monkeypatch.setattr(limiter, "enabled", True)
    sign_in(visitor, pia)
    address = f"/review/{reference}/payee"
    for _ in range(30):
        visitor.post(address, {"why": "To type it."}, status=200)
    refused = visitor.post(address, {"why": "To type it."}, status=429)
    assert "You looked at payout details in full 30 times within the hour" in refused.text()
    assert GROUPED not in refused.text()
    assert len(looks()) == 30


def test_only_who_may_pay_and_not_ones_own(visitor, reference):
    sign_in(visitor, factories.reviewer())
    visitor.get(f"/review/{reference}/payee", status=403)
    sign_in(visitor, factories.reviewer(email=factories.EMAIL, may_pay=True))
    refused = visitor.post(f"/review/{reference}/payee", {"why": "Mine."}, status=403)
    assert "This claim is your own" in refused.text()
