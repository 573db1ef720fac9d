"""Three shops' policies that run nowhere: whole, clean, and saying what was decided by hand from their words."""

import pytest

from portal.policy.file import reading
from portal.policy.file.examples import run
from portal.policy.file.places import shop_files
from portal.shops.opening import BEGINNINGS, examples
from portal.versions.checking import check

FILES = sorted(BEGINNINGS.glob("*.toml"))


def test_they_can_be_begun_from_and_run_nowhere():
    assert [path.stem for path in FILES] == ["heron-codes", "lindenline", "tern-sms"]
    assert set(examples()) == {path.stem for path in (*FILES, *shop_files())}
    assert not {path.stem for path in FILES} & set(reading.shops())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_says_of_each_claim_what_its_words_say(path):
    policy = reading.load(path)
    results = run(policy, policy.current)
    assert {each.example.name: each.differences for each in results if each.differences} == {}
    assert len(results) >= 30
    situations = {
        (each.example.expect["outcome"], *each.example.expect["clauses"]) for each in results
    }
    assert len(situations) >= 15


@pytest.mark.long
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_its_check_finds_nothing_to_mend(path):
    found = check(str(path))
    assert ([each["text"] for each in found["problems"]], found["clean"]) == ([], True)
