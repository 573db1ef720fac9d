"""A password that somebody would try is refused where it is set, in words that help."""

import pytest
from flask_security.recoverable import generate_reset_password_token

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
