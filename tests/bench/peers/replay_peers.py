"""What a replay is measured beside: the same conditions in polars, and zen-engine claim by claim."""

# ruff: noqa: T201 - a benchmark prints

from __future__ import annotations

import random
import time

import numpy as np
import polars as pl

from portal.columns.layout import KEPT, NEVER, UNKNOWN_CODE, UNKNOWN_TIME
from portal.columns.writing import manifest
from portal.policy.deciding.case import parse
from portal.policy.facts.table import BY_NAME, Type
from portal.policy.file.naming import named_version
from portal.policy.language import tree as c
from portal.replay.conditions import Columns
from portal.replay.reading import Copied
from tests.bench.peers import zen
from tests.policy.generated import claim

ROUNDS = 5
SAMPLE = 20_000
HAPPENED = ".happened"  # true, false, or null where nobody knows


def conditions(folder, shop, old, new):
    """Seconds to hold every clause's condition of both versions against all rows: ours, and polars'."""
    versions = [named_version(name) for name in (old, new)]
    trees = [rule.clause.when.tree for _, version in versions for rule in version.program.rules]
    copied = Copied(folder, shop, manifest(folder).shops[shop])
    frame = pl.DataFrame(series(copied, trees))
    expressions = [condition(tree).sum().alias(str(n)) for n, tree in enumerate(trees)]
    theirs, found = best(lambda: frame.lazy().select(expressions).collect().row(0))
    ours, held = best(lambda: held_by_columns(copied, versions))
    assert tuple(held) == found, "polars and the columns count differently"
    return len(trees), ours, theirs


def held_by_columns(copied, versions):
    """How many claims each rule's condition holds for."""
    counts = np.zeros(sum(len(version.program.rules) for _, version in versions), np.int64)
    for start in range(0, copied.count, 65_536):
        facts = copied.facts(start, min(copied.count, start + 65_536))
        columns = Columns(facts, *versions[0], "other")
        rules = [rule for _, version in versions for rule in version.program.rules]
        counts += [np.count_nonzero(columns.holds(r.clause.when.tree) == 2) for r in rules]
    return counts.tolist()


def best(work):
    """The least seconds of some rounds, and what came of them."""
    least = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        found = work()
        least = min(least, time.perf_counter() - start)
    return least, found


def series(copied, trees):
    """The columns that the conditions read, unknown as null; a time that never came is null, too."""
    names = {name for tree in trees for name in c.reads(tree)}
    found = {}
    for fact in KEPT:
        if fact.name not in names:
            continue
        column = copied.column(fact.name)
        if fact.type is Type.TIME:
            found[fact.name] = pl.Series(np.where(column > NEVER, column, 0)).set(
                pl.Series(column <= NEVER), None
            )
            found[fact.name + HAPPENED] = pl.Series(column > NEVER).set(
                pl.Series(column == UNKNOWN_TIME), None
            )
        else:
            found[fact.name] = pl.Series(column).set(pl.Series(column == UNKNOWN_CODE), None)
    return found


def condition(tree):  # noqa: PLR0911 - one for each shape
    """A condition as a polars expression: null where it is unknown."""
    match tree:
        case c.Compare(c.FactTerm(name), "=", c.Word(value)):
            return pl.col(name) == code(name, value)
        case c.Compare(left, sign, right):
            one, other = time_of(left), time_of(right)
            compared = {"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}
            never = [~pl.col(name + HAPPENED) for name in events(left) + events(right)]
            return pl.when(pl.any_horizontal(never)).then(statement=False).otherwise(compared[sign])
        case c.In(fact, values):
            return pl.col(fact.name).is_in([code(fact.name, value) for value in values])
        case c.Empty(fact):
            return pl.col(fact.name) == 0
        case c.Happened(fact):
            return pl.col(fact.name + HAPPENED)
        case c.Not(inner):
            return ~condition(inner)
        case c.Stated(inner):
            return condition(inner).fill_null(value=False)
        case c.And(parts):
            return pl.all_horizontal([condition(part) for part in parts])
        case c.Or(parts):
            return pl.any_horizontal([condition(part) for part in parts])
    raise TypeError(tree)


def time_of(term):
    match term:
        case c.FactTerm(name):
            return pl.col(name)
        case c.Duration(seconds=seconds):
            return pl.lit(seconds * 1_000_000)
        case c.Sum(left, right, True):
            return time_of(left) - time_of(right)
        case c.Sum(left, right):
            return time_of(left) + time_of(right)


def events(term):
    return [name for name in c.reads(term) if BY_NAME[name].type is Type.TIME]


def code(name, value):
    return int(value) if isinstance(value, bool) else BY_NAME[name].values.index(value)


def one_by_one(shop, versions=2):
    """Seconds that zen-engine would take for a million claims under so many versions, from a sample."""
    policy, _ = named_version(shop)
    rng = random.Random(2026)
    cases = [parse(claim(rng, policy)) for _ in range(SAMPLE)]
    given = [zen.facts(case) for case in cases if zen.is_whole(case)]
    engine = zen.engine()
    start = time.perf_counter()
    for facts in given:
        engine.evaluate(zen.NAME, facts)
    return (time.perf_counter() - start) / len(given) * 1_000_000 * versions, len(given)


def main(folder, shop, old, new):
    """Print both beside ours."""
    count, ours, theirs = conditions(folder, shop, old, new)
    print(f"{f'{count} conditions alone, in columns':<44} {ours:>6.2f} s")
    print(f"{'the same in polars, all cores':<44} {theirs:>6.2f} s  {ours / theirs:.1f}x")
    seconds, sample = one_by_one(shop)
    print(f"{f'zen-engine one by one (from {sample:,})':<44} {seconds:>6.0f} s")
