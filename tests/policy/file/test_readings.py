"""The readings of each shop stand in its policy file, under the numbers of the catalogue."""

import re
from pathlib import Path

import pytest

from portal.policy.file.naming import render_policy
from portal.policy.file.reading import shops

CATALOGUE = Path(__file__).parents[4] / "shared" / "policies"
NUMBERS = {
    "activation-claims": 5,
    "client-numbers": 5,
    "didvirtualnumbers": 5,
    "numberplug": 6,
    "sms-service": 7,
}


def numbered(text):
    return {int(number) for number in re.findall(r"\bR(\d+):", text)}


def said(policy):
    """All that a policy says in readings and in the reasons of its precedences."""
    for clause in policy.current.clauses:
        for each in (clause, clause.reversed):
            if each is not None:
                yield each.reading
                yield each.because


@pytest.mark.parametrize("shop", sorted(NUMBERS))
def test_every_reading_stands_in_the_policy_file_under_its_number(shop):
    assert numbered(" ".join(said(shops()[shop]))) == set(range(1, NUMBERS[shop] + 1))


@pytest.mark.skipif(not CATALOGUE.is_dir(), reason="the catalogue is not beside this checkout")
@pytest.mark.parametrize("shop", sorted(NUMBERS))
def test_the_numbers_are_those_of_the_catalogue(shop):
    text = (CATALOGUE / f"{shop}.md").read_text(encoding="utf-8")
    found = {int(number) for number in re.findall(r"^Reading R(\d+)", text, re.MULTILINE)}
    assert found == set(range(1, NUMBERS[shop] + 1))


@pytest.mark.parametrize("shop", sorted(NUMBERS))
def test_a_shop_s_owner_reads_why(shop):
    shown = " ".join(render_policy(shops()[shop]).split())
    for text in said(shops()[shop]):
        assert " ".join(text.split()) in shown
