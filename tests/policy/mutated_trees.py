"""Mutants of a condition and of an instant: one node of the parsed tree changed, written again.

trees(tree)      each changed tree with a name
terms(term)      each changed term with a name
written(node)    a tree or a term as a policy file has it
"""

from dataclasses import replace

from portal.policy.facts.table import ALL, BY_NAME, EVENTS, REASONS, Type
from portal.policy.language.tree import (
    And,
    By,
    Compare,
    Duration,
    Empty,
    FactTerm,
    Happened,
    In,
    Not,
    Or,
    Stated,
    Sum,
    Word,
    type_of,
)

OPERATORS = ("<", "<=", ">", ">=")
MOMENTS = ("now", "claim.submitted_at", "order.ordered_at", "order.expires_at")
FINDINGS = tuple(f.name for f in ALL if f.name.startswith("findings.") and f.type is Type.BOOL)
ONE = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


def trees(tree):  # noqa: C901, PLR0912 - one for each shape
    """Each tree with one node of ``tree`` changed."""
    if not isinstance(tree, Not):
        yield f"not {written(tree)}", Not(tree)
    match tree:
        case Not(inner):
            yield "no not", inner
            yield from ((name, Not(changed)) for name, changed in trees(inner))
        case Stated(inner):
            yield "not stated", inner
            yield from ((name, Stated(changed)) for name, changed in trees(inner))
        case And(parts) | Or(parts):
            shape = type(tree)
            other = Or if shape is And else And
            yield f"{other.__name__.lower()} of {written(tree)}", other(parts)
            for place, part in enumerate(parts):
                rest = parts[:place] + parts[place + 1 :]
                yield f"no {written(part)}", rest[0] if len(rest) == 1 else shape(rest)
                for name, changed in trees(part):
                    yield name, shape((*parts[:place], changed, *parts[place + 1 :]))
        case Compare(left, sign, right):
            yield from compared(left, sign, right)
        case In(fact, words):
            for word in words:
                rest = tuple(each for each in words if each != word)
                yield f"not {word}", In(fact, rest) if rest else Not(In(fact, words))
            more = next(word for word in BY_NAME[fact.name].values if word not in words)
            yield f"{more} too", In(fact, (*words, more))
        case Happened(fact):
            for name in sorted(EVENTS - {fact.name}):
                if name.partition(".")[0] == fact.name.partition(".")[0]:
                    yield name, Happened(FactTerm(name))
        case By(fact, limit):
            yield from ((name, By(fact, changed)) for name, changed in terms(limit))
            for name, changed in terms(fact):
                if changed.name in EVENTS:
                    yield name, By(changed, limit)


def compared(left, sign, right):  # noqa: C901 - each part of a comparison
    if sign == "=":
        for word in other_words(left.name, right.value):
            yield f"{left.name} = {word}", Compare(left, "=", Word(word))
        if left.name in FINDINGS:
            for name in FINDINGS:
                if name != left.name:
                    yield name, Compare(FactTerm(name), "=", right)
        return
    for other in OPERATORS:
        if other != sign:
            yield f"{sign} as {other}", Compare(left, other, right)
    for name, changed in terms(left):
        if type_of(changed) is type_of(right):
            yield name, Compare(changed, sign, right)
    for name, changed in terms(right):
        if type_of(changed) is type_of(left):
            yield name, Compare(left, sign, changed)


def other_words(name, word):
    if isinstance(word, bool):
        return (not word,)
    if name == "claim.reason":  # the neighbours are enough: each word is one of another mutant
        place = REASONS.index(word)
        return {REASONS[place - 1], REASONS[(place + 1) % len(REASONS)], "other"} - {word}
    return tuple(each for each in BY_NAME[name].values if each != word)


def terms(term):
    """Each term with one fact or one length of ``term`` changed."""
    match term:
        case FactTerm(name) if BY_NAME[name].type is Type.TIME:
            nearby = {
                each
                for each in EVENTS
                if name in EVENTS and each.partition(".")[0] == name.partition(".")[0]
            }
            for other in sorted({*MOMENTS, *nearby} - {name}):
                yield other, FactTerm(other)
        case Duration():
            for changed in durations(term):
                yield f"{written(term)} as {written(changed)}", changed
        case Sum(left, right, minus):
            yield from ((name, Sum(changed, right, minus)) for name, changed in terms(left))
            yield from ((name, Sum(left, changed, minus)) for name, changed in terms(right))
            if isinstance(right, Duration):
                yield f"no {written(right)}", left


def durations(length):
    """One more, one less, and as many of the other units."""
    field = "months" if length.months else "working_days" if length.working_days else "seconds"
    if field == "seconds":
        unit = largest(length.seconds)
        count = length.seconds // ONE[unit]
        for other in (count - 1, count + 1):
            yield Duration(seconds=other * ONE[unit])
        yield from (Duration(seconds=count * size) for name, size in ONE.items() if name != unit)
    else:
        count = getattr(length, field)
        yield from (replace(length, **{field: other}) for other in (count - 1, count + 1) if other)
        yield Duration(seconds=count * ONE["days"])
    if field != "months":
        yield Duration(months=count)
    if field != "working_days":
        yield Duration(working_days=count)


def largest(seconds):
    return max((unit for unit in ONE if not seconds % ONE[unit]), key=ONE.get)


def written(node):  # noqa: C901, PLR0911, PLR0912 - one for each shape
    """A tree or a term as a policy file has it."""
    match node:
        case FactTerm(name):
            return name
        case Word(value):
            return str(value).lower() if isinstance(value, bool) else value
        case Duration(months=months) if months:
            return f"{months} months"
        case Duration(working_days=days) if days:
            return f"{days} working days"
        case Duration(seconds=seconds):
            unit = largest(seconds)
            return f"{seconds // ONE[unit]} {unit}"
        case Sum(left, right, minus):
            return f"{written(left)} {'-' if minus else '+'} {written(right)}"
        case Compare(left, sign, right):
            return f"{written(left)} {sign} {written(right)}"
        case In(fact, words):
            return f"{fact.name} in [{', '.join(words)}]"
        case Empty(fact):
            return f"{fact.name} is empty"
        case Happened(fact):
            return f"{fact.name} happened"
        case By(fact, limit):
            return f"{fact.name} by {written(limit)}"
        case Not(inner):
            return f"not {grouped(inner)}"
        case Stated(inner):
            return f"stated({written(inner)})"
        case And(parts):
            return " and ".join(grouped(part) for part in parts)
        case Or(parts):
            return " or ".join(grouped(part) for part in parts)


def grouped(node):
    return f"({written(node)})" if isinstance(node, And | Or) else written(node)
