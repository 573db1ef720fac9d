"""Two proofs: do two versions decide alike, and what is the least that would have had a claim approved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import z3

from portal.policy.deciding.engine import decide
from portal.policy.deciding.weighing import Weighing
from portal.policy.facts.table import ALL, BY_NAME, INDEX, UNKNOWN, Source, Type
from portal.proof.claims.search import Search
from portal.proof.model.facts import PARTS, World
from portal.proof.model.steps import OutcomeTerms
from portal.proof.model.terms import FALSE
from portal.proof.model.values import values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from portal.policy.deciding.case import Case
    from portal.policy.deciding.decision import Decision
    from portal.policy.deciding.document import Policy, Version
    from portal.proof.model.terms import ValueTerms

# How a time of a claim may move: -1 earlier, 1 later, 0 either way.
_TIMES = {
    "claim.submitted_at": -1,
    "now": 1,
    "order.cancelled_at": 0,
    "order.disconnected_at": 0,
    "order.outage_ended_at": 1,
    "order.outage_reported_at": -1,
}
# What else could have gone otherwise: each is one change, to these values; None is "never happened".
_OTHERWISE: tuple[dict[str, Any], ...] = (
    {"order.messages": 0, "order.service_message": False},
    {"account.identity_documents": "provided"},
    {"order.restriction_ignored": False},
    {"order.was_orderable": True},
    {"order.replacement_available": False},
    {"order.fault": "local_provider"},
    {"order.disconnect_cause": "other"},
    {"order.disconnected_by": "operator", "order.disconnect_cause": "other"},
    {"order.cancelled_at": None, "order.cancelled_by": None},
)

_OUTCOMES = ("deny", "ask", "approve", "review", "open")
# What a claim has to contain; nobody is denied for want of it.
_SUPPLIED = frozenset(
    fact.name for fact in ALL if fact.source is Source.CUSTOMER and fact.type is not Type.WORD
) - {"claim.answers.number_used"}


def same(policy: Policy, old: Version, new: Version) -> dict[str, Any] | None:
    """A claim that the two versions decide otherwise; None is a proof that there is none.

    Alike is: the same outcome and, where it is approved, the same amount, destination and remedy, on
    every plausible claim. Left out are the clauses cited, the deadlines, from when an early claim may
    be made, and whom a question goes to. Raises ValueError where neither a claim nor a proof was found.
    """
    search = Search(policy, old)
    ours, theirs = search.verdicts, OutcomeTerms(World(new))
    search.solver.add(*theirs.world.possible, *theirs.world.bounds())
    differs = [getattr(ours, name) != getattr(theirs, name) for name in _OUTCOMES]
    approved = z3.And(ours.approve, theirs.approve)
    pairs = zip(_paid(ours), _paid(theirs), strict=True)
    differs += [z3.And(approved, one != other) for one, other in pairs]

    def shows(weighed: Weighing) -> bool:
        return _result(decide(weighed.case, policy, old)) != _result(
            decide(weighed.case, policy, new)
        )

    found = search.claim(shows, z3.Or(differs))
    if found is None and search.possible(z3.Or(differs), *search.plausible):
        raise ValueError("neither a claim nor a proof was found")
    return found


def _paid(verdicts: OutcomeTerms) -> tuple[Any, ...]:
    """What is paid, whether it leaves the balance, and whether a replacement stands in for it."""
    amount, replaced = z3.IntVal(0), FALSE
    asked = BY_NAME["claim.remedy"].values.index("replacement")
    wanted = verdicts.world.facts["claim.remedy"].value == asked
    for rule in reversed(verdicts.approving):
        best = verdicts.best[rule.place]
        amount = z3.If(best, verdicts.world.amounts[rule.pays].value, amount)
        replaced = z3.If(best, wanted if rule.clause.remedy_asked else FALSE, replaced)
    return z3.If(replaced, 0, amount), verdicts.paid_out, replaced


def _result(verdict: Decision) -> tuple[Any, ...]:
    return verdict.outcome, verdict.amount, verdict.destination, verdict.remedy


def smallest_change(case: Case, policy: Policy, verdicts: OutcomeTerms) -> tuple[str, ...] | None:
    """The fewest changes after which the steps no longer deny, and of those the smallest, by name.

    ``verdicts`` are those of the version that denies.

    What a claim has to contain is taken as supplied. None where no such change exists, and for a
    claim about the balance, whose lists the terms know only by what they come to.
    """
    world = verdicts.world
    facts = Weighing(case, policy, verdicts.version).facts
    given = dict(values(world, facts, case.absent))
    optimize = z3.Optimize()
    optimize.add(*world.possible, *world.bounds(), z3.Not(world.balance_reason))
    optimize.add(z3.Or(verdicts.approve, verdicts.review, verdicts.open))
    times = {name: z3.Bool(f"{name} moved") for name in _TIMES if _is_there(facts, name)}
    courses = {
        z3.Bool(f"otherwise {next(iter(course))} {place}"): course
        for place, course in enumerate(_OTHERWISE)
        if _is_there(facts, next(iter(course))) or "order.fault" in course
    }
    for fact in world.free:
        name, symbol = fact.name, world.facts[fact.name]
        if name in _SUPPLIED:
            continue
        flags = [flag for flag, course in courses.items() if name in course]
        for flag in flags:
            optimize.add(z3.Implies(flag, _becomes(symbol, name, courses[flag][name])))
        if name in times:
            was, to = given[symbol.value], symbol.value
            moved = {-1: to < was, 0: to != was, 1: to > was}[_TIMES[name]]
            optimize.add(z3.Implies(times[name], z3.And(symbol.given, moved)))
            flags.append(times[name])
        parts = [each == given[each] for each in (symbol.known, symbol.there, symbol.value)]
        optimize.add(z3.Implies(z3.Not(z3.Or(flags)), z3.And(parts)))
        if flags:
            optimize.add(z3.PbLe([(flag, 1) for flag in flags], 1))
    down = z3.Or([times[name] for name in times if name.startswith("order.outage_")])
    for kind in PARTS:
        amount = world.worth[kind].value
        optimize.add(z3.Or(down, times.get("now", FALSE), amount == given[amount]))
    changes = [*times.values(), *courses]
    optimize.minimize(z3.Sum([z3.If(change, 1, 0) for change in changes]))
    optimize.minimize(
        z3.Sum([z3.If(flag, _size(world, name, given), 0) for name, flag in times.items()])
    )
    if optimize.check() != z3.sat:
        return None
    model = optimize.model()
    named = {flag: name for name, flag in times.items()}
    named |= {flag: next(iter(course)) for flag, course in courses.items()}
    return tuple(name for flag, name in named.items() if z3.is_true(model.eval(flag)))


def _is_there(facts: Sequence[Any], name: str) -> bool:
    value = facts[INDEX[name]]
    return value is not None and value is not UNKNOWN


def _becomes(symbol: ValueTerms, name: str, value: Any) -> Any:
    if value is None:
        return symbol.nothing
    if isinstance(value, str):
        value = BY_NAME[name].values.index(value)
    return z3.And(symbol.given, symbol.value == value)


def _size(world: World, name: str, given: Mapping[Any, Any]) -> Any:
    to = world.facts[name].value
    return z3.If(to < given[to], given[to] - to, to - given[to])
