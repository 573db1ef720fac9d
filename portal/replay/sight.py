"""What the steps of a version look at in claims of one reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from portal.policy.deciding.document import Version
from portal.policy.deciding.plan import Plan
from portal.policy.facts.table import BALANCE_REASONS, BY_NAME, Source
from portal.policy.language import tree as c
from portal.policy.language.clause import Amount

_PARTS = (Amount.BY_TIME, Amount.BY_DAYS, Amount.LESS_FEE)


@dataclass(frozen=True, slots=True)
class Sight:
    """What the steps of a version look at in claims of one reason.

    Reasons with the same ``kind`` are alike to the version. ``tests`` are the conditions that the
    reason leaves open, ``settling`` those of findings and of when a person is needed, each with the
    place of the test without which it counts for nothing; ``single`` are the single tests in both.
    ``amounts`` are the kinds that may be paid, some of them ``parts`` of the price. Where a test
    counts in months or working days (``by_calendar``), the day itself counts.
    """

    kind: tuple[Any, ...]
    plan: Plan
    tests: dict[int, c.Tree]
    settling: tuple[tuple[c.Tree, int | None], ...]
    single: tuple[c.Tree, ...]
    amounts: tuple[Amount, ...]
    parts: bool
    of_balance: bool
    by_calendar: bool


def sight(version: Version, reason: object) -> Sight:
    """What ``version`` looks at in claims of ``reason``, which is known."""
    plan = version.program.plans[reason]
    tests = {}
    for place in plan.places:
        when = version.program.rules[place].clause.when
        left = c.settled(when.tree, "claim.reason", reason) if when else False
        if not isinstance(left, bool):
            tests[place] = left
    settling = dict.fromkeys(
        (each.tree, rule.place if rule in plan.approving and rule.place in tests else None)
        for rule in (*plan.approving, *plan.denying, *plan.overriding, *plan.methods)
        for each in (rule.clause.person_when, rule.clause.finding)
        if each is not None
    )
    trees = [*tests.values(), *(tree for tree, _ in settling)]
    lengths = [length for tree in trees for length in c.lengths(tree)]
    of_balance = reason in BALANCE_REASONS
    points = () if version.default else version.points.get(str(reason), ())
    kind = (plan.held, tuple(tests.values()), of_balance, reason == "other", points)
    paying = dict.fromkeys(rule.pays for rule in plan.approving)
    parts = not paying.keys().isdisjoint(_PARTS)
    if parts:
        paying[Amount.FULL] = None  # none pays more than the price
    return Sight(
        kind=kind,
        plan=plan,
        tests=tests,
        settling=tuple(settling),
        single=_single(trees),
        amounts=tuple(paying),
        parts=parts,
        of_balance=of_balance,
        by_calendar=any(each.months or each.working_days for each in lengths),
    )


def _single(trees: list[c.Tree]) -> tuple[c.Tree, ...]:
    """The single tests of some conditions.

    What a person has to state is one test, however it is said, unless it is asked for elsewhere.
    """
    tests = dict.fromkeys(part for tree in trees for part in _parts(tree))
    asked = {name for test in tests if not isinstance(test, c.Stated) for name in c.reads(test)}
    found: list[c.Tree] = []
    for test in tests:
        stated = isinstance(test, c.Stated) and all(
            name not in asked and BY_NAME[name].source in (Source.CUSTOMER, Source.REVIEWER)
            for name in c.reads(test)
        )
        found += [test] if stated else c.atoms(test)
    return tuple(dict.fromkeys(found))


def _parts(tree: c.Tree) -> Iterator[c.Tree]:
    """The single tests of a condition; what has to be stated is one."""
    match tree:
        case c.Not(inner):
            yield from _parts(inner)
        case c.And(parts) | c.Or(parts):
            for part in parts:
                yield from _parts(part)
        case _:
            yield tree
