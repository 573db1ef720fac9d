"""An oracle for the nearest miss: z3's smallest change after which the steps no longer deny."""

import z3

from portal.advice.other_courses import OTHERWISE, TIMES
from portal.policy.deciding.weighing import Weighing
from portal.policy.facts.table import ALL, BY_NAME, INDEX, UNKNOWN, Source, Type
from portal.proof.model.facts import PARTS
from portal.proof.model.terms import FALSE
from tests.proof.substitution import values

# What a claim has to contain; nobody is denied for want of it.
SUPPLIED = frozenset(
    fact.name for fact in ALL if fact.source is Source.CUSTOMER and fact.type is not Type.WORD
) - {"claim.answers.number_used"}


def smallest_change(case, policy, verdicts):
    """The fewest changes after which the steps no longer deny, and of those the smallest, by name.

    ``verdicts`` are the z3 terms of the version that denies. What a claim has to contain is taken as supplied. None where no such change exists, and for a
    claim about the balance, whose lists the terms know only by what they come to.
    """
    world = verdicts.world
    facts = Weighing(case, policy, verdicts.version).facts
    given = dict(values(world, facts, case.absent))
    optimize = z3.Optimize()
    optimize.add(*world.possible, *world.bounds(), z3.Not(world.balance_reason))
    optimize.add(z3.Or(verdicts.approve, verdicts.review, verdicts.open))
    times = {name: z3.Bool(f"{name} moved") for name in TIMES if _is_there(facts, name)}
    courses = {
        z3.Bool(f"otherwise {place}"): (about, {about: course.to, **course.also})
        for place, (about, course) in enumerate(OTHERWISE.items())
        if _is_there(facts, about) or about == "order.fault"
    }
    for fact in world.free:
        name, symbol = fact.name, world.facts[fact.name]
        if name in SUPPLIED:
            continue
        flags = [flag for flag, (_, course) in courses.items() if name in course]
        for flag in flags:
            optimize.add(z3.Implies(flag, _becomes(symbol, name, courses[flag][1][name])))
        if name in times:
            was, to = given[symbol.value], symbol.value
            ways = [to < was] * bool(TIMES[name].earlier) + [to > was] * bool(TIMES[name].later)
            moved = z3.Or(ways)
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
    named |= {flag: about for flag, (about, _) in courses.items()}
    return tuple(name for flag, name in named.items() if z3.is_true(model.eval(flag)))


def _is_there(facts, name):
    value = facts[INDEX[name]]
    return value is not None and value is not UNKNOWN


def _becomes(symbol, name, value):
    if value is None:
        return symbol.nothing
    if isinstance(value, str):
        value = BY_NAME[name].values.index(value)
    return z3.And(symbol.given, symbol.value == value)


def _size(world, name, given):
    to = world.facts[name].value
    return z3.If(to < given[to], given[to] - to, to - given[to])
