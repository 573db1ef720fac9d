"""What an unknown fact may turn out to be: few values, so chosen that no other could decide more.

A condition turns at an instant, so an unknown time is tried at each instant where one turns, and
between them. An amount grows or shrinks with every price and every time between two such instants,
so the ends stand for what lies between. What a reviewer finds is never guessed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise, product
from typing import Any

from portal.money import Money
from portal.policy.deciding.case import Case, CasePurchase, CaseTopUp
from portal.policy.deciding.document import Version
from portal.policy.facts.table import BY_NAME, COMPANIONS, RECORDED, UNKNOWN, Source, Type
from portal.policy.language.closures import Facts
from portal.policy.language.turning import EVER, TICK, Comparison

_MUCH = 10**9  # minor units: more than any top-up, price or purchase
# What is said of an event or a state is asked after the event or the state itself.
_FIRST_ASKED = {**dict(COMPANIONS), "account.block_reason": "account.status"}


def completions(
    case: Case, hangs_on: Iterable[str], version: Version, currency: str
) -> Iterator[Case] | None:
    """``case`` with one more unknown fact settled, once for each way that could matter.

    ``hangs_on`` names the facts that a decision under ``version`` waits for; the first that the
    logs or the customer could still supply is taken. None where there is none. An unknown amount
    is in ``currency``.
    """
    for name in hangs_on:
        if name.startswith("balance."):
            if version.top_up_window is None:
                continue
            known = _lists(case, version.top_up_window, currency)
            if known:
                return iter(known)
        else:
            asked = _to_settle(case, name)
            if asked is not None:
                return _settled(case, asked, version, currency)
    return None


def _settled(case: Case, name: str, version: Version, currency: str) -> Iterator[Case]:
    fact = BY_NAME[name]
    if fact.default is None:
        yield case.supposing({name: None})
    match fact.type:
        case Type.BOOL:
            values: Iterable[object] = (True, False)
        case Type.MONEY:
            values = (Money(0, currency), Money(_MUCH, currency))
        case Type.TIME:
            values = _instants(case, name, version.program.comparisons)
        case Type.NUMBER:
            values = version.program.numbers.get(name, ())
        case Type.COUNT:  # messages: none, or some
            yield case.supposing({name: 0, "order.service_message": False})
            values = (1,)
        case _:
            values = fact.values
    for value in values:
        yield case.supposing({name: value})


def _to_settle(case: Case, name: str) -> str | None:
    """The fact to settle so that the one called ``name`` is known; None where nobody could."""
    fact = BY_NAME[name]
    if fact.source not in (*RECORDED, Source.CUSTOMER) or fact.type is Type.TEXT:
        return None
    if name == "order.service_message" and case.value("order.messages") is not UNKNOWN:
        return name if case.value(name) is UNKNOWN else None
    for under in fact.stands_on:
        if case.value(under) is UNKNOWN:
            return _to_settle(case, under)
    if fact.stands_on or case.value(name) is not UNKNOWN:
        return None
    before = _FIRST_ASKED.get(name)
    return before if before and case.value(before) is UNKNOWN else name


def _instants(
    case: Case, name: str, comparisons: Mapping[str, tuple[Comparison, ...]]
) -> Iterator[datetime]:
    """Where a comparison turns as the time called ``name`` moves on, and between those.

    Where it stands against another unknown time, that one is tried at its own turns; those cost
    the most, and come last.
    """
    alone = _spread(_marks(case, name, comparisons, on_the_way=None))
    yield from alone
    together = _spread(_marks(case, name, comparisons, on_the_way=frozenset([name])))
    yield from (at for at in together if at not in alone)


def _spread(marks: Iterable[datetime]) -> list[datetime]:
    """The marks and the ends of time, and one instant between each two of them."""
    points = sorted({*EVER, *marks})
    between = [one + (other - one) / 2 for one, other in pairwise(points) if other - one > TICK]
    return [*points, *between]


def _marks(
    case: Case,
    name: str,
    comparisons: Mapping[str, tuple[Comparison, ...]],
    on_the_way: frozenset[str] | None,
) -> set[datetime]:
    """The instants just before and at each turn."""
    found: set[datetime] = set()
    for each in comparisons.get(name, ()):
        others = [t for t in each.times if t != name and case.value(t) is UNKNOWN]
        if not others:
            found |= _around(case, name, each)
        elif on_the_way is not None and len(others) == 1 and others[0] not in on_the_way:
            for mark in _marks(case, others[0], comparisons, on_the_way | {others[0]}):
                found |= _around(case.supposing({others[0]: mark}), name, each)
    return found


def _around(case: Case, name: str, comparison: Comparison) -> set[datetime]:
    def facts(at: datetime) -> Facts:
        return case.supposing({name: at}).facts

    return comparison.around(name, facts)


def _lists(case: Case, window: timedelta, currency: str) -> list[Case]:
    """``case`` with one more thing known of its top-ups and purchases.

    A list that nobody knows has as many rows as can tell it apart: a top-up that is left, one too
    old and one used up; a purchase that was activated and one that was spent.
    """
    if case.value("top_ups") is UNKNOWN:
        unknown = [CaseTopUp(UNKNOWN, UNKNOWN, UNKNOWN, back) for back in (True, False)]
        return [
            _having(case, "top_ups", (row,) * count)
            for count, row in ((0, unknown[0]), *product((1, 2, 3), unknown))
        ]
    if case.value("purchases") is UNKNOWN:
        used = CasePurchase(UNKNOWN, Money(0, currency), activated=True, refunded=False)
        spent = CasePurchase(UNKNOWN, UNKNOWN, activated=False, refunded=False)
        return [_having(case, "purchases", each) for each in ((), (used,), (spent,), (used, spent))]
    lists: tuple[tuple[str, tuple[CaseTopUp | CasePurchase, ...]], ...] = (
        ("top_ups", case.top_ups),
        ("purchases", case.purchases),
    )
    for name, rows in lists:
        for place, row in enumerate(rows):
            known = _known_rows(case, row, window, currency)
            if known:
                before, after = rows[:place], rows[place + 1 :]
                return [_having(case, name, (*before, each, *after)) for each in known]
    return []


def _having(case: Case, name: str, rows: tuple[CaseTopUp | CasePurchase, ...]) -> Case:
    found: Any = {name: rows}
    return replace(case.supposing({name: len(rows)}), **found)


def _known_rows(
    case: Case, row: CaseTopUp | CasePurchase, window: timedelta, currency: str
) -> list[CaseTopUp | CasePurchase]:
    """``row`` with one more thing known of it; empty where all is known that counts."""
    if isinstance(row, CasePurchase) and row.activated is UNKNOWN:
        return [replace(row, activated=activated) for activated in (True, False)]
    if isinstance(row, CasePurchase) and row.refunded is UNKNOWN:
        return [replace(row, refunded=refunded) for refunded in (True, False)]
    rows: tuple[CaseTopUp | CasePurchase, ...] = (*case.top_ups, *case.purchases)
    if row.at is UNKNOWN:
        edges = [each.at for each in rows if isinstance(each.at, datetime)]
        edges.append(case.submitted_at - window)
        marks = [edge + step for edge in edges for step in (-TICK, timedelta(), TICK)]
        return [replace(row, at=at) for at in _spread(marks)]
    if row.amount is UNKNOWN:
        known = [each.amount for each in rows if isinstance(each.amount, Money)]
        of = known[0].currency if known else currency
        return [replace(row, amount=Money(minor, of)) for minor in (0, _MUCH)]
    return []
