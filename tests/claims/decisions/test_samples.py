"""Claims of a replay looked at closely: which clauses say something else, and in which words."""

from datetime import timedelta

import pytest
from flask import current_app

from portal.claims.decisions.samples import Sample, sampled
from portal.policy.file import reading
from tests import factories
from tests.factories import NOW

SHOP = "activation-claims"


@pytest.fixture
def late(app):
    """A claim on the sixth day, about a number that proved unusable after its SMS."""
    factories.order(
        shop=SHOP,
        ordered_at=NOW - timedelta(days=6),
        expires_at=NOW - timedelta(days=6, minutes=-20),
        messages=[(NOW - timedelta(days=6), "WhatsApp")],
    )
    return factories.claim(shop=SHOP, reason="invalid_number")


def changed(claim, *changes):
    """The sample of the claim under the policy as it is and with these changes of its text."""
    governing = current_app.extensions["policies"].governing(claim.shop)
    text = governing.text
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    old, new = governing.policy, reading.read(text.encode(), f"{claim.shop}.toml")
    return sampled([claim.id], (old, old.current), (new, new.current))[claim.id]


def test_a_clause_that_holds_no_more_is_said_once(late):
    """AC-D1 asks for a description, too: that is not looked at where it denies, and is no change."""
    assert changed(late, ("ordered_at + 5 days", "ordered_at + 7 days")) == Sample(
        reference=late.reference,
        old=("AC-D1", "AC-1"),
        new=("AC-R2",),
        changed=(("AC-D1", "held", "did not hold"), ("AC-R2", "did not hold", "held")),
    )


def test_what_a_clause_asks_for_is_told_apart_from_whether_it_holds(app):
    factories.order(shop=SHOP)
    claim = factories.claim(shop=SHOP, reason="invalid_number")
    found = changed(claim, ("description_length = 30", "description_length = 3000"))
    assert found.changed == (("AC-D1", "had what it asks for", "lacked what it asks for"),)


def test_a_new_clause_was_not_there(late):
    first = '[[version.clause]]\nid = "AC-1"'
    more = """[[version.clause]]
id = "AC-N"
kind = "excluded"
effect = "deny"
wording = "Nothing else is refunded."
when = "claim.reason = other"

"""
    found = changed(late, (first, more + first))
    assert found.changed == (("AC-N", "was not there", "did not hold"),)


def test_the_two_sides_of_a_clause_are_told_apart(app):
    ordered = NOW - timedelta(hours=1)
    factories.order(
        shop="numberplug",
        cancelled_at=ordered + timedelta(seconds=45),
        cancelled_by="customer",
    )
    claim = factories.claim(shop="numberplug", number_used=True)
    found = changed(
        claim, ("ordered_at > 30 seconds", "ordered_at > 60 seconds"), ("<= 30", "<= 60")
    )
    assert found.changed == (
        ("NP-3.5", "held", "did not hold"),
        ("NP-3.5", "did not hold the other way", "held the other way"),
    )
