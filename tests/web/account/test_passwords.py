"""A password that somebody would try is refused where it is set, in words that help."""

import re

import pytest
from flask_security.recoverable import generate_reset_password_token
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from portal.app import ROOT
from portal.people.rights import Right
from portal.web.account.passwords import LEAST, OURS, weak
from tests import factories

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
