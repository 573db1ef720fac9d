"""Columns say what the closures say: every clause, outcome, amount, destination and clause cited."""

import random

import numpy as np
import pytest

from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import decide
from portal.replay.conditions import Columns
from portal.replay.singly import Singly
from portal.replay.steps import steps
from portal.replay.supposing import settle_apart
from tests.policy.generated import claim, hidden
from tests.replay.compared import POLICIES, by_reason, copied, expected, said
from tests.sizes import size

pytestmark = pytest.mark.exhaustive

CLAIMS = size(1_500, full=20_000)  # of each shop
HELD = {False: 0, None: 1, True: 2}


def cases(policy, count, seed):
    """Claims of which a fifth has something hidden."""
    rng = random.Random(seed)
    for _ in range(count):
        case = claim(rng, policy)
        yield parse(hidden(rng, case)[0] if rng.random() < 0.2 else case)


@pytest.mark.parametrize("shop", sorted(POLICIES))
def test_columns_decide_as_the_closures_do(shop, tmp_path):
    policy = POLICIES[shop]
    version = policy.current
    given = list(cases(policy, CLAIMS, seed=31))
    singly = 0
    for reason, rows, facts in by_reason(copied(tmp_path, shop, given)):
        verdicts = steps(Columns(facts, policy, version, reason), version, reason, facts)
        settle_apart(facts, reason, [(verdicts, policy, version)])
        hanging = verdicts.hanging | verdicts.uncited
        singly += int(hanging.sum())
        Singly(facts).decide(verdicts, hanging, policy, version)
        for place, row in enumerate(rows):
            wanted = expected(decide(given[row], policy, version))
            assert (said(verdicts, place), given[row]) == (wanted, given[row])
    # A fifth has something hidden; of these, those that lack something required are asked for it only
    # where a completion waits for it, and that is found one by one.
    assert singly < CLAIMS / 6


@pytest.mark.parametrize("shop", sorted(POLICIES))
def test_columns_hold_every_clause_as_the_closures_do(shop, tmp_path):
    policy = POLICIES[shop]
    version = policy.current
    conditions = {
        (clause.id, name): test
        for clause in version.clauses
        for part in (clause, clause.reversed)
        if part
        for name in ("when", "finding", "person_when")
        if (test := getattr(part, name))
    }
    assert conditions
    given = list(cases(policy, size(500, full=4_000), seed=37))
    for reason, rows, facts in by_reason(copied(tmp_path, shop, given)):
        columns = Columns(facts, policy, version, reason)
        prepared = [decide(given[row], policy, version).facts for row in rows]
        for test in conditions.values():
            wanted = [HELD[test.holds(facts)] for facts in prepared]
            found = columns.holds(test.tree)
            kept = np.ones(len(rows), bool) if columns.balance is None else ~columns.balance.singly
            assert found[kept].tolist() == np.array(wanted)[kept].tolist(), test.text
