"""Two versions on the same claims: what is found once for both is what each says."""

import random
import tomllib

import pytest

from portal.policy.deciding.document import PolicyError
from portal.policy.file.places import SHOPS
from portal.policy.file.reading import compiled
from portal.replay.pair import VersionPair
from tests.policy.mutants import mutants_of
from tests.replay.compared import POLICIES, by_reason, cases, copied, expected, said
from tests.sizes import size

pytestmark = pytest.mark.exhaustive


def changed(shop, count):
    """Versions of a shop's policy with one thing changed, most of them in a condition."""
    data = tomllib.loads((SHOPS / f"{shop}.toml").read_text(encoding="utf-8"))
    names = dict(mutants_of(data))
    chosen = random.Random(41).sample(sorted(names), len(names))
    chosen.sort(key=lambda name: " when" not in name)
    for name in chosen[: count - 2] + chosen[-2:]:
        try:
            yield name, compiled(names[name], name, "")
        except PolicyError:  # not every change is a policy
            continue


@pytest.mark.long
@pytest.mark.parametrize("shop", sorted(POLICIES))
def test_a_claim_gets_from_each_of_two_versions_what_it_gets_from_it_alone(shop, tmp_path):
    policy = POLICIES[shop]
    given = list(cases(policy, size(50, full=1_000), seed=43))
    lots = list(by_reason(copied(tmp_path, shop, given)))
    for name, new in changed(shop, size(4, full=80)):
        pair = VersionPair((policy, policy.current), (new, new.current))
        for reason, rows, facts in lots:
            was, will = pair.verdicts(facts, reason)
            for place, row in enumerate(rows):
                one, other = said(was, place), said(will, place)
                assert (name, one) == (name, expected(given[row], policy, one))
                assert (name, other) == (name, expected(given[row], new, other))


def test_a_version_that_changes_a_number_decides_anew_only_what_the_number_may_turn(tmp_path):
    policy = POLICIES["numberplug"]
    text = (SHOPS / "numberplug.toml").read_text(encoding="utf-8")
    other = compiled(tomllib.loads(text.replace("> 30 seconds", "> 45 seconds")), "other", "")
    given = list(cases(policy, 400, seed=47))
    pair = VersionPair((policy, policy.current), (other, other.current))
    for reason, _rows, facts in by_reason(copied(tmp_path, policy.id, given)):
        pair.verdicts(facts, reason)
    assert 0 < len(pair.new) < len(pair.old) / 2
