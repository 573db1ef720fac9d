import json
import random
import subprocess
import sys
from collections import Counter

import pytest

from portal.columns.writing import writing
from portal.policy.deciding.case import parse
from portal.policy.deciding.document import PolicyError
from portal.policy.deciding.engine import decide
from portal.policy.file.naming import named_version
from portal.policy.file.places import SHOPS
from portal.replay.replaying import SAMPLES, answer
from portal.workbench.running import ask
from tests.policy.generated import claim, hidden
from tests.sizes import size

CLAIMS = size(1_000, full=4_000)


@pytest.fixture
def stricter(tmp_path):
    """activation-claims with three days to claim in place of five, and half of it automatic."""
    text = (SHOPS / "activation-claims.toml").read_text(encoding="utf-8")
    path = tmp_path / "stricter.toml"
    path.write_text(text.replace("order.ordered_at + 5 days", "order.ordered_at + 3 days"))
    return str(path)


def filled(folder, policy, count, *, unknown=0.1):
    rng = random.Random(23)
    cases = {}
    with writing(folder, source="generated", wait=True) as copy:
        for number in range(1, count + 1):
            case = claim(rng, policy)
            case = parse(hidden(rng, case)[0] if rng.random() < unknown else case)
            cases[number] = case
            copy.add(policy.id, number, case)
        copy.keep(1)
    return cases


@pytest.mark.long
@pytest.mark.exhaustive
def test_a_replay_counts_and_pays_what_deciding_each_claim_by_both_versions_does(
    tmp_path, stricter
):
    policy, old = named_version("activation-claims")
    _, new = named_version(stricter)
    cases = filled(tmp_path / "columns", policy, CLAIMS)
    found = answer(str(tmp_path / "columns"), "activation-claims", stricter)

    was = {number: decide(case, policy, old) for number, case in cases.items()}
    will = {number: decide(case, policy, new) for number, case in cases.items()}
    moved = {
        number: (was[number].outcome.value, will[number].outcome.value)
        for number in cases
        if result(was[number]) != result(will[number])
    }
    assert {(m["from"], m["to"]): m["count"] for m in found["moves"]} == Counter(moved.values())
    assert len(set(moved.values())) > 3
    for move in found["moves"]:
        numbers = [n for n, pair in moved.items() if pair == (move["from"], move["to"])]
        assert move["old_minor"] == sum(cost(was[n]) for n in numbers)
        assert move["new_minor"] == sum(cost(will[n]) for n in numbers)
        assert len(move["samples"]) == min(len(numbers), SAMPLES)
        assert set(move["samples"]) <= set(numbers)
    months = {}
    for number, case in cases.items():
        row = months.setdefault(f"{case.submitted_at:%Y-%m}", [0, 0, 0, 0])
        approved = (was[number].outcome == "approve", will[number].outcome == "approve")
        for place, more in enumerate((cost(was[number]), cost(will[number]), *approved)):
            row[place] += more
    names = ("month", "old_minor", "new_minor", "old_approved", "new_approved")
    assert found["months"] == [
        dict(zip(names, (month, *row), strict=True)) for month, row in sorted(months.items())
    ]
    abroad = sum(
        any(d.amount and d.amount.currency != "USD" for d in (was[n], will[n])) for n in cases
    )
    rest = {name: found[name] for name in ("shop", "currency", "claims", "unchanged", "old", "new",
                                           "left_out", "other_currencies")}  # fmt: skip
    assert rest == {
        "shop": "activation-claims",
        "currency": "USD",
        "claims": CLAIMS,
        "unchanged": CLAIMS - len(moved),
        "old": {"name": "activation-claims", "sha256": old.sha256},
        "new": {"name": stricter, "sha256": new.sha256},
        "left_out": 0,
        "other_currencies": abroad,
    }


def result(decision):
    return (decision.outcome, decision.amount, decision.destination, decision.remedy)


def cost(decision):
    amount = decision.amount
    return amount.minor if amount and amount.currency == "USD" else 0


def test_a_version_beside_itself_moves_nothing(tmp_path):
    policy, _ = named_version("sms-service")
    filled(tmp_path, policy, 500)
    found = answer(str(tmp_path), "sms-service", "sms-service")
    assert (found["moves"], found["unchanged"]) == ([], 500)
    assert all(month["old_minor"] == month["new_minor"] for month in found["months"])


def test_an_approval_of_another_amount_is_a_move(tmp_path):
    policy, _ = named_version("client-numbers")
    text = (SHOPS / "client-numbers.toml").read_text(encoding="utf-8")
    path = tmp_path / "whole.toml"
    path.write_text(text.replace("price by inactive time", "full price"))
    filled(tmp_path / "columns", policy, 600, unknown=0)
    found = answer(str(tmp_path / "columns"), "client-numbers", str(path))
    dearer = next(m for m in found["moves"] if (m["from"], m["to"]) == ("approve", "approve"))
    assert dearer["new_minor"] > dearer["old_minor"] > 0


def test_versions_of_two_shops_are_not_compared(tmp_path):
    with pytest.raises(PolicyError, match="numberplug is a policy of numberplug, sms-service one"):
        answer(str(tmp_path), "numberplug", "sms-service")


@pytest.mark.long
def test_the_workbenchs_process_loads_no_web_and_no_database():
    loaded = "import sys, portal.replay.replaying; print({'flask', 'sqlalchemy'} & {*sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", loaded], check=True, capture_output=True, text=True
    )
    assert done.stdout == "set()\n"


@pytest.mark.long
def test_the_workbench_answers_from_a_process_of_its_own_and_before_anything_is_copied(tmp_path):
    found = ask("replay", str(tmp_path), "numberplug", "numberplug")
    assert json.loads(json.dumps(found)) == found
    assert (found["claims"], found["moves"], found["months"]) == (0, [], [])
