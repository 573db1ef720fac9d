"""A column copy of made-up claims, and what columns and closures say of each, to be compared."""

from portal.columns.layout import currency_name
from portal.columns.writing import manifest, writing
from portal.policy.file.reading import shops
from portal.replay.reading import Copied
from portal.replay.verdicts import DESTINATIONS, NONE, OUTCOMES

POLICIES = shops()


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
        (None if minor == NONE else int(minor), currency_name(int(verdicts.currency[place]))),
        None if lead == NONE else verdicts.clauses[lead],
    )


def expected(decision):
    amount = decision.amount
    return (
        decision.outcome,
        decision.destination,
        (amount.minor, amount.currency) if amount else (None, ""),
        decision.clauses[0] if decision.clauses else None,
    )
