"""Claims put together again from their columns, for the engine that the portal decides with."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from portal.columns import layout
from portal.columns.layout import NOTHING, UNKNOWN_CODE
from portal.policy.deciding.case import Case, CasePurchase, CaseTopUp
from portal.policy.facts.table import ALL, INDEX, UNKNOWN, Fact, Type
from portal.replay.facts import ColumnFacts

_NO_FACTS = (UNKNOWN,) * len(ALL)


class Cases:
    """The claims that the columns were made of; a text is as long as it was, and says nothing.

    A claim is put together once, however many versions decide it.
    """

    def __init__(self, facts: ColumnFacts) -> None:
        self.facts = facts
        self._cases: dict[int, Case] = {}

    def at(self, places: Sequence[int]) -> list[Case]:
        """The claims at these places."""
        missing = [place for place in places if place not in self._cases]
        if missing:
            some = self.facts.of(np.array(missing, np.intp))
            self._cases |= zip(missing, _cases(some), strict=True)
        return [self._cases[place] for place in places]


def _cases(facts: ColumnFacts) -> Iterator[Case]:
    places = [INDEX[fact.name] for fact in layout.KEPT]
    kept = zip(*(_values(facts, fact) for fact in layout.KEPT), strict=True)
    top_ups = [
        CaseTopUp(layout.instant(at), layout.money(*amount), UNKNOWN, bool(back))
        for at, amount, back in _rows(facts, "top_ups", "method_refundable")
    ]
    purchases = [
        CasePurchase(layout.instant(at), layout.money(*amount), _truth(activated), _truth(back))
        for at, amount, activated, back in _rows(facts, "purchases", "activated", "refunded")
    ]
    ends = [_ends(facts, name) for name in ("top_ups", "purchases")]
    absent = facts.column(layout.ABSENT.name).tolist()
    for number, values in enumerate(kept):
        found = [*_NO_FACTS]
        for place, value in zip(places, values, strict=True):
            found[place] = value
        submitted = found[INDEX["claim.submitted_at"]]
        if not isinstance(submitted, datetime):
            raise TypeError("a claim was submitted at some time")
        (put, bought) = (slice(end[number], end[number + 1]) for end in ends)
        case = Case(
            tuple(found),
            tuple(top_ups[put]),
            tuple(purchases[bought]),
            layout.absent_names(absent[number]),
            submitted,
        )
        yield case.supposing({})  # and what follows from the facts kept


def _values(facts: ColumnFacts, fact: Fact) -> list[Any]:
    """A fact of each claim, as a case has it."""
    numbers = facts.column(fact.name).tolist()
    match fact.type:
        case Type.TIME:
            return [layout.instant(number) for number in numbers]
        case Type.MONEY:
            beyond, currency = (
                facts.column(f"{fact.name}.{part}").tolist() for part in ("rest", "currency")
            )
            return [layout.money(*parts) for parts in zip(numbers, beyond, currency, strict=True)]
        case Type.WORD:
            said: dict[int, Any] = dict(enumerate(fact.values))
        case Type.TEXT:
            said = {number: "x" * number for number in set(numbers)}
        case Type.BOOL:
            said = {0: False, 1: True}
        case _:
            said = {number: number for number in set(numbers)}
    said |= {UNKNOWN_CODE: UNKNOWN, NOTHING: None}
    return [said[number] for number in numbers]


def _rows(facts: ColumnFacts, name: str, *columns: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a list: each one's time, its amount in numbers, and these columns."""
    rows = facts.rows(name).columns
    amounts = zip(*(rows[part].tolist() for part in ("amount", "rest", "currency")), strict=True)
    return zip(
        rows["at"].tolist(), amounts, *(rows[column].tolist() for column in columns), strict=True
    )


def _ends(facts: ColumnFacts, name: str) -> list[int]:
    """Where each claim's rows of a list begin, and where the last one's end."""
    found: list[int] = np.searchsorted(facts.rows(name).owner, np.arange(facts.count + 1)).tolist()
    return found


def _truth(number: int) -> Any:
    return UNKNOWN if number == UNKNOWN_CODE else bool(number)
