"""Examples that a version lacks come ready to paste; those that fail are told."""

import re

import pytest

from portal.policy.file.places import SHOPS
from portal.policy.file.reading import read
from portal.proof.claims.search import Search
from portal.proof.questions.examples import failing, lacking
from tests.proof.flawed import decided, flawed

EXAMPLE = re.compile(r"^\[\[version\.example\]\]\n(?:(?!\[\[).*\n?)*", re.MULTILINE)


@pytest.mark.parametrize("shop", ["activation-claims", "numberplug"])
def test_what_a_version_lacks_can_be_pasted_into_its_file(shop):
    text = (SHOPS / f"{shop}.toml").read_text(encoding="utf-8")
    bare = EXAMPLE.sub("", text)
    assert "version.example" not in bare
    policy = read(bare.encode(), "draft.toml")
    search = Search(policy, policy.current)

    found = list(lacking(search))

    for each in found:
        verdict = decided(search, each.claim)
        clause = search.version.clause(each.clause)
        assert each.clause in verdict.clauses or set(clause.deadlines) <= set(verdict.deadlines)
    pasted = read("\n".join([bare, *(each.paste for each in found)]).encode(), "draft.toml")
    again = Search(pasted, pasted.current)
    assert len(pasted.current.examples) == len(found) > 5
    assert [*lacking(again), *failing(again)] == []


def test_an_example_that_fails_is_told_by_its_name():
    search = flawed(
        "activation-claims",
        ('order.ordered_at + 5 days"\nyields', 'order.ordered_at + 4 days"\nyields'),
    )

    found = list(failing(search))

    names = [each.example for each in found]
    assert names == [
        "unusable after its SMS, shown on the fifth day",
        "a defect reported when the five days end",
    ]
    assert all(f"the example {each.example!r} fails: " in each.text for each in found)
    assert not list(lacking(search))
