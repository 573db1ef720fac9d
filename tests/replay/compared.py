"""A column copy of made-up claims, and what columns and closures say of each, to be compared."""

import random

from portal.columns.layout import currency_name
from portal.columns.writing import manifest, writing
from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import decide
from portal.policy.file.reading import shops
from portal.replay.cases import Cases
from portal.replay.conditions import Columns
from portal.replay.groups import Groups
from portal.replay.reading import Copied
from portal.replay.verdicts import DESTINATIONS, NONE, OUTCOMES
from tests.policy.generated import claim, hidden

POLICIES = shops()


def cases(policy, count, seed):
    """Claims of which a fifth has something hidden."""
    rng = random.Random(seed)
    for _ in range(count):
        case = claim(rng, policy)
        yield parse(hidden(rng, case)[0] if rng.random() < 0.2 else case)


def copied(folder, shop, given):
    with writing(folder, source="generated", wait=True) as copy:
        for number, case in enumerate(given, start=1):
            copy.add(shop, number, case)
        copy.keep(1)
    return Copied(folder, shop, manifest(folder).shops[shop])


def by_reason(copy):
    """Each reason with its claims' places among those given, and their facts."""
    for reason, start, end in copy.by_reason():
        yield reason, copy.rows[start:end], copy.facts(start, end)


def said(verdicts, place):
    lead, minor = verdicts.lead[place], verdicts.minor[place]
    return (
        OUTCOMES[verdicts.outcome[place]],
        DESTINATIONS[verdicts.destination[place]],
        bool(verdicts.replaced[place]),
        (None if minor == NONE else int(minor), currency_name(int(verdicts.currency[place]))),
        None if lead == NONE else verdicts.clauses[lead],
    )


def expected(case, policy, verdict):
    """What the engine says; the clause only where the group says one: it is not always shared."""
    decision = decide(case, policy, policy.current)
    amount = decision.amount
    unsaid = verdict[0] == "deny" and verdict[-1] is None
    return (
        decision.outcome,
        decision.destination,
        decision.remedy == "replacement",
        (amount.minor, amount.currency) if amount else (None, ""),
        decision.clauses[0] if decision.clauses and not unsaid else None,
    )


def decided(folder, policy, given):
    """What the groups say to each of the claims, and the groups themselves."""
    groups = Groups(policy, policy.current)
    found = [None] * len(given)
    for reason, rows, facts in by_reason(copied(folder, policy.id, given)):
        columns = Columns(facts, policy, policy.current, reason)
        verdicts = groups.verdicts(columns, reason, Cases(facts))
        for place, row in enumerate(rows):
            found[row] = said(verdicts, place)
    return found, groups
