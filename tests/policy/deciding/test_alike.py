"""The steps are taken once for claims that are alike; each is decided as if it were the first."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import decide
from portal.policy.file.reading import shops
from tests.policy.generated import claim, hidden
from tests.sizes import size

pytestmark = pytest.mark.exhaustive

POLICIES = shops()


def forgetful(version):
    """The version as it is when its file has just been read."""
    plans = {reason: replace(plan, verdicts={}) for reason, plan in version.program.plans.items()}
    return replace(version, program=replace(version.program, plans=plans))


def test_what_was_decided_before_changes_no_decision_amount_or_date():
    rng = random.Random(7)
    for _ in range(size(500, full=3_000)):
        policy = POLICIES[rng.choice(sorted(POLICIES))]
        whole = claim(rng, policy)
        given = whole if rng.random() < 0.7 else hidden(rng, whole)[0]
        case = parse(given)
        version = policy.version_at(case.submitted_at)
        first = decide(case, policy, forgetful(version))
        assert decide(case, policy, version).as_json() == first.as_json()
        assert decide(case, policy, version).as_json() == first.as_json()


def test_like_claims_share_a_verdict():
    rng = random.Random(8)
    policy = POLICIES["numberplug"]
    version = forgetful(policy.current)
    for _ in range(2_000):
        decide(parse(claim(rng, policy)), policy, version)
    kept = sum(len(plan.verdicts) for plan in version.program.plans.values())
    assert 100 < kept < 1_200


@pytest.mark.parametrize("shop", sorted(POLICIES))
def test_a_denial_for_good_stands_whenever_the_same_claim_is_made(shop):
    rng = random.Random(9)
    policy = POLICIES[shop]
    for_good = 0
    for _ in range(size(200, full=2_000)):
        whole = claim(rng, policy)
        case = parse(whole if rng.random() < 0.7 else hidden(rng, whole)[0])
        if decide(case, policy).verdict.for_good:
            for_good += 1
            later = case.at(case.submitted_at + timedelta(hours=rng.randrange(1, 9_000)))
            assert decide(later, policy, policy.version_at(case.submitted_at)).outcome == "deny"
    assert for_good
