"""When time alone changes what a policy says to a case: nothing else is supposed to happen to it."""

from collections.abc import Iterator
from datetime import datetime

from portal.policy.deciding.balance import prepared
from portal.policy.deciding.case import Case
from portal.policy.deciding.decision import Decision
from portal.policy.deciding.document import Policy, Version
from portal.policy.deciding.engine import decide
from portal.policy.language.closures import Test, compile_tree
from portal.policy.language.tree import atoms, reads
from portal.policy.language.turning import FARTHEST, MOVING, TICK, halved


def changes_at(case: Case, policy: Policy, version: Version, decision: Decision) -> datetime | None:
    """The first instant after the case's ``now`` at which the same facts lead to another decision.

    ``decision`` is the one of now, under ``version``. None where time changes nothing within ten
    years. An amount that merely grows is no other decision.
    """
    now = case.value("now")
    if not isinstance(now, datetime):
        return None
    marks = {
        at
        for test in _tests(version)
        if (at := _turn(case, policy, version, test, now)) is not None
    }
    return next(
        (
            at
            for at in sorted(marks)
            if _said(decide(case.supposing({"now": at}), policy, version)) != _said(decision)
        ),
        None,
    )


def _said(decision: Decision) -> tuple[object, ...]:
    return (
        decision.outcome,
        decision.clauses,
        decision.destination,
        decision.remedy,
        decision.missing,
        decision.awaiting,
        decision.automatic,
    )


def _tests(version: Version) -> Iterator[Test]:
    """The comparisons of the version that may turn while the clock runs, each once."""
    conditions = [
        each
        for rule in version.program.rules
        for each in (rule.clause.when, rule.clause.person_when, rule.clause.finding)
        if each is not None and not MOVING.isdisjoint(each.reads)
    ]
    for atom in dict.fromkeys(atom for each in conditions for atom in atoms(each.tree)):
        if not MOVING.isdisjoint(reads(atom)):
            yield compile_tree(atom, version.calendar)


def _turn(
    case: Case, policy: Policy, version: Version, test: Test, now: datetime
) -> datetime | None:
    """The first instant at which ``test`` is not what it is now; each turns once at most."""

    def holds(at: datetime) -> bool | None:
        return test(prepared(case.supposing({"now": at}), version, policy.shop.currency))

    before = holds(now)
    if holds(now + FARTHEST) == before:
        return None
    return halved((now, now + FARTHEST), lambda at: holds(at) == before, TICK)[1]
