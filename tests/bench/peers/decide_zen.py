"""Our decision with its full trace beside zen-engine without one: the same policy, the same claims.

zen-engine is given facts that are parsed and prepared already, as ours is; every claim is checked
to get the same outcome, leading clause and amount from both before anything is measured.
"""

# ruff: noqa: T201 - a benchmark prints

from __future__ import annotations

import json
import random
import time
from pathlib import Path
from statistics import median

from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import decide
from portal.policy.file.reading import shops
from tests.bench.peers import zen
from tests.policy.generated import claim

SCENARIOS = Path(__file__).parents[2] / "policy" / "scenarios" / f"{zen.NAME}.jsonl"
CLAIMS, ROUNDS = 3_000, 9


def main():
    """Print claims a second and the median of the rounds' ratios; fail where an answer differs."""
    policy = shops()[zen.NAME]
    given, cases = whole_claims(policy, CLAIMS, seed=2026)
    readable, table = zen.engine(), zen.engine(zen.one_table())
    lean, full = [zen.facts(case) for case in cases], [zen.all_facts(case) for case in cases]
    for case, facts, more in zip(cases, lean, full, strict=True):
        ours = answer(decide(case, policy))
        for engine, said in ((readable, facts), (readable, more), (table, facts)):
            assert theirs(engine, said) == ours, (ours, facts)
    print(f"\n{zen.NAME}: {len(cases):,} claims, the same answers from both")
    peers = {
        "zen, the facts of the claim": (lambda facts: readable.evaluate(zen.NAME, facts), full),
        "zen, only what the policy reads": (lambda facts: readable.evaluate(zen.NAME, facts), lean),
        "zen, that in one table": (lambda facts: table.evaluate(zen.NAME, facts), lean),
    }
    own = {
        "ours with full trace": (lambda case: decide(case, policy).trace, cases),
        "ours, each line of it read": (lambda case: list(decide(case, policy).trace), cases),
        "ours, the case validated too": (lambda each: decide(parse(each), policy).trace, given),
    }
    rounds = [{name: rate(*way) for name, way in (peers | own).items()} for _ in range(ROUNDS)]
    print(f"{'':<34}{'a second':>12}" + "".join(f"{'x ' + name:>34}" for name in peers))
    for name in peers | own:
        ratios = "".join(
            f"{median(each[name] / each[peer] for each in rounds):>34.2f}" for peer in peers
        )
        print(f"{name:<34}{median(each[name] for each in rounds):>10,.0f}/s{ratios}")
    _given, unseen = whole_claims(policy, 4 * CLAIMS, seed=2027)
    first = rate(lambda case: decide(case, policy).trace, unseen)
    print(f"{'ours, other claims, each once':<34}{first:>10,.0f}/s")


def whole_claims(policy, count, *, seed):
    """Generated claims and the scenarios, as JSON and parsed, less those with unknown facts."""
    rng = random.Random(seed)
    given = [claim(rng, policy) for _ in range(count)]
    for line in SCENARIOS.read_text(encoding="utf-8").splitlines():
        scenario = json.loads(line)
        if "error" not in scenario["expect"]:
            given.append(scenario["case"])
    both = [(each, parse(each)) for each in given]
    kept = [(each, case) for each, case in both if zen.is_whole(case)]
    return [each for each, _case in kept], [case for _each, case in kept]


def answer(decision):
    return (decision.outcome, decision.clauses[0], decision.amount and decision.amount.minor)


def theirs(engine, facts):
    result = engine.evaluate(zen.NAME, facts)["result"]
    return tuple(result.get(key) for key in zen.RESULT)


def rate(function, items):
    """Calls a second of processor time, over all the items once."""
    start = time.process_time()
    for each in items:
        function(each)
    return len(items) / (time.process_time() - start)


if __name__ == "__main__":
    main()
