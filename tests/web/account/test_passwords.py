"""A password that somebody would try is refused where it is set, in words that help."""

import re

import pytest
from argon2 import low_level
from flask import g
from flask_security import hash_password
from flask_security.recoverable import generate_reset_password_token
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from portal.app import ROOT
from portal.people.rights import Right
from portal.web.account.passwords import LEAST, MOST, OURS, weak
from tests import factories
from tests.web.steps.signing_in import sign_in

WEAK = (
    "This would soon be guessed. Use four or five words that don't belong together, or what a"
    " password manager makes, without your name or address."
)


@pytest.fixture
def page(app, visitor):
    """Where Dana sets her password."""
    person = factories.reviewer(email="dana@example.com", name="Dana Kowalska")
    return f"/sign-in/password/{generate_reset_password_token(person)}"


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Enter your password."),
        ("Xk3!pq9Lw0z", "Use at least 12 characters."),
        ("horse lamp quilt river " * 6, "Use at most 128 characters."),
        ("Password1234!", WEAK),
        ("qwertyuiop12", WEAK),
        ("aaaaaaaaaaaaaaaa", WEAK),
        ("1234567890123", WEAK),
        ("letmein letmein", WEAK),
        ("Summer2026!!", WEAK),
        ("DANA@example.com", WEAK),
        ("dana.example.com", WEAK),
        ("Kowalska-Dana-2026!", WEAK),
        ("moc.elpmaxe@anad", WEAK),
        ("redress reviewer", WEAK),
        ("NumberPlug-Payer1", WEAK),
        ("sms-service.localhost", WEAK),
        ("gulprebmun!", "Use at least 12 characters."),
        ("gulprebmun-2026!", WEAK),
    ],
)
def test_what_would_be_guessed_is_refused(visitor, page, typed, said):
    answer = visitor.post(page, {"password": typed, "password_confirm": typed}, status=422)
    assert answer.errors[0] == said


@pytest.mark.parametrize(
    "typed",
    ["wk3 blue lamp tin", "x8Gk2!qLm0Pz", "quilt river lantern moss", "Łódź żaba kwitnie ośle"],
)
def test_a_phrase_or_a_random_password_is_taken(visitor, page, typed):
    answer = visitor.post(page, {"password": typed, "password_confirm": typed}, status=302)
    assert answer.location == "/sign-in"


@pytest.fixture
def hashed(app, monkeypatch):
    """Of each password that was hashed, how many signs it had by then."""
    app.config["WTF_CSRF_ENABLED"] = False
    seen = []

    def counting(whole):
        def counted(*given, **named):
            seen.append(whole)
            return whole(*given, **named)

        return counted

    for name in ("hash_secret", "verify_secret"):
        monkeypatch.setattr(low_level, name, counting(getattr(low_level, name)))
    return seen


@pytest.mark.parametrize("email", ["dana@example.com", "nobody@example.com"])
def test_a_password_longer_than_any_can_be_is_refused_before_it_is_hashed(app, hashed, email):
    factories.reviewer(email="dana@example.com", password=hash_password("quilt river lantern moss"))
    hashed.clear()
    client, came = app.test_client(), []
    for signs in (MOST, MOST + 1, 400_000, 1_000_000):
        answer = client.post("/sign-in", data={"email": email, "password": "x" * signs})
        wrong = "The e-mail address or the password is wrong." in answer.text
        came.append((answer.status_code, wrong, len(hashed)))
    assert came == [(422, True, 1), (422, True, 1), (422, True, 1), (413, False, 1)]


def test_neither_is_one_that_is_given_again_or_set(app, visitor, page, hashed):
    person = factories.reviewer(password=hash_password("quilt river lantern moss"))
    sign_in(visitor, person)
    hashed.clear()
    long = "x" * 200_000
    assert visitor.post("/verify", {"password": long}, status=422).errors != []
    g.pop("_login_user", None)
    new = {"password": long, "password_confirm": long}
    assert app.test_client().post(page, data=new).status_code == 422
    assert hashed == []


def test_the_last_sign_of_the_longest_password_counts(app, visitor, page):
    app.config["WTF_CSRF_ENABLED"] = False
    longest = ("Łódź żaba kwitnie ośle quilt river lantern moss " * 3)[:100]
    visitor.post(page, {"password": longest, "password_confirm": longest}, status=302)
    for typed, status in ((longest[:-1] + "x", 422), (longest[:72], 422), (longest, 302)):
        data = {"email": "dana@example.com", "password": typed}
        assert app.test_client().post("/sign-in", data=data).status_code == status


def test_the_words_that_are_refused_are_those_of_the_document():
    (listed,) = re.findall(r"who works in it: (.+);", (ROOT / "docs/people.md").read_text())
    assert set(re.findall(r"`(\w+)`", listed)) == OURS
    assert {right.value for right in Right} < OURS


@pytest.mark.long
@pytest.mark.usefixtures("app")
def test_each_of_the_30_000_passwords_most_often_found_in_breaches_is_refused():
    common = FREQUENCY_LISTS["passwords"]
    assert len(set(common)) == 30_000
    assert [each for each in common if len(each) >= LEAST and not weak(each, None)] == []
    # Neither where it is long enough by being there twice, the second time in capitals and turned round.
    doubled = [f"{each}{each[::-1].upper()}" for each in common[::150]]
    assert [each for each in doubled if not weak(each, None)] == []
