"""Claims decided one by one, from the columns, by the closures that the portal decides with."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from portal.columns import layout
from portal.columns.layout import UNKNOWN_CODE
from portal.policy.deciding.case import Case, CasePurchase, CaseTopUp
from portal.policy.deciding.engine import decide
from portal.policy.facts.table import ALL, INDEX, UNKNOWN, Type

if TYPE_CHECKING:
    from portal.policy.deciding.document import Policy, Version
    from portal.policy.facts.table import Fact
    from portal.replay.facts import Facts, Truths
    from portal.replay.verdicts import Verdicts


class Singly:
    """The claims that the columns were made of; a text is as long as it was, and says nothing.

    A claim is put together once, however many versions decide it.
    """

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self._cases: dict[int, Case] = {}

    def decide(self, verdicts: Verdicts, which: Truths, policy: Policy, version: Version) -> None:
        """Set the verdicts of the claims ``which`` to what the closures decide."""
        places = np.flatnonzero(which)
        missing = np.array([each for each in places if int(each) not in self._cases], np.intp)
        rows = _Rows(self.facts.of(missing))
        self._cases |= {int(place): rows.case(row) for row, place in enumerate(missing)}
        for place in places:
            decision = decide(self._cases[int(place)], policy, version)
            verdicts.put(int(place), decision, layout.currency(decision.amount))


class _Rows:
    """Cases put together from the columns of a few claims."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def case(self, place: int) -> Case:
        values: list[Any] = [UNKNOWN] * len(ALL)
        for fact in layout.KEPT:
            values[INDEX[fact.name]] = self.value(fact, place)
        submitted = values[INDEX["claim.submitted_at"]]
        if not isinstance(submitted, datetime):
            raise TypeError("a claim was submitted at some time")
        top_ups = [
            CaseTopUp(
                layout.instant(int(row["at"])),
                _amount(row["amount"], row["rest"], row["currency"]),
                UNKNOWN,
                bool(row["method_refundable"]),
            )
            for row in self.listed("top_ups", place)
        ]
        purchases = [
            CasePurchase(
                layout.instant(int(row["at"])),
                _amount(row["amount"], row["rest"], row["currency"]),
                _truth(row["activated"]),
                _truth(row["refunded"]),
            )
            for row in self.listed("purchases", place)
        ]
        absent = layout.absent_names(int(self.facts.column(layout.ABSENT.name)[place]))
        kept = Case(tuple(values), tuple(top_ups), tuple(purchases), absent, submitted)
        return kept.supposing({})  # and what follows from the facts kept

    def value(self, fact: Fact, place: int) -> Any:  # noqa: PLR0911 - one for each kind
        number = int(self.facts.column(fact.name)[place])
        if fact.type is Type.TIME:
            return layout.instant(number)
        if number == UNKNOWN_CODE:
            return UNKNOWN
        if fact.type is Type.MONEY:
            beyond, currency = (
                self.facts.column(f"{fact.name}.{part}")[place] for part in ("rest", "currency")
            )
            return _amount(number, beyond, currency)
        if number == layout.NOTHING:
            return None
        if fact.type is Type.WORD:
            return fact.values[number]
        if fact.type is Type.TEXT:
            return "x" * number
        return bool(number) if fact.type is Type.BOOL else number

    def listed(self, name: str, place: int) -> list[dict[str, Any]]:
        rows = self.facts.rows(name)
        start, end = np.searchsorted(rows.owner, [place, place + 1])
        return [
            {column: values[row] for column, values in rows.columns.items()}
            for row in range(start, end)
        ]


def _truth(number: Any) -> Any:
    return UNKNOWN if number == UNKNOWN_CODE else bool(number)


def _amount(minor: Any, beyond: Any, currency: Any) -> Any:
    return layout.money(int(minor), int(beyond), int(currency))
