"""The case file: read, checked and frozen, with each fact's value ready for the conditions."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from portal.money import Money
from portal.policy.facts.deriving import Heard, derive, hear, settle_companions
from portal.policy.facts.table import ALL, BY_NAME, EVIDENCE_KINDS, INDEX, UNKNOWN, Unknown
from portal.policy.language import json_values
from portal.policy.language.contradictions import contradictions
from portal.policy.language.json_values import CaseError

Value = object
CaseFile = dict[str, Any]  # a case as docs/case-and-decision.md has it, before it is read
_Row = TypeVar("_Row")
_NOW, _SUBMITTED = INDEX["now"], INDEX["claim.submitted_at"]
_SIZE = len(ALL)


@dataclass(frozen=True, slots=True)
class CaseTopUp:
    """Money put on the balance."""

    at: datetime | Unknown
    amount: Money | Unknown
    method: str | Unknown
    method_refundable: bool


@dataclass(frozen=True, slots=True)
class CasePurchase:
    """What the balance was spent on."""

    at: datetime | Unknown
    amount: Money | Unknown
    activated: bool | Unknown
    refunded: bool | Unknown


@dataclass(frozen=True, slots=True)
class Case:
    """A validated case.

    ``facts`` holds the value of each fact at its index; ``absent`` the objects (``order``,
    ``account``) that the case does not have; ``contradictions`` each two fields of which the second
    is said to lie before the first, and cannot.
    """

    facts: tuple[Value, ...]
    top_ups: tuple[CaseTopUp, ...]
    purchases: tuple[CasePurchase, ...]
    absent: frozenset[str]
    submitted_at: datetime
    contradictions: tuple[tuple[str, str], ...] = ()

    def value(self, name: str) -> Value:
        """The value of the fact called ``name``: UNKNOWN, or None for a known nothing."""
        return self.facts[INDEX[name]]

    def at(self, instant: datetime) -> Case:
        """The same case, handed in and decided at ``instant``."""
        values = list(self.facts)
        values[_NOW] = values[_SUBMITTED] = instant
        derive(values)
        return self._with(values, instant)

    def supposing(self, changes: Mapping[str, Value]) -> Case:
        """The same case with other values of some facts, and of those that follow from them."""
        values = list(self.facts)
        for name, value in changes.items():
            values[INDEX[name]] = value
        settle_companions(values)
        derive(values)
        return self._with(values, self.submitted_at)

    def retold(self, told: Mapping[str, Mapping[str, Value]], heard: Heard | None) -> Case:
        """The same case with all that is told anew of some objects, as ``parse`` would read it.

        ``told`` has values by their keys, of ``account``, ``order`` and ``claim``; one that is None or
        left out is unknown, or its default. ``heard`` are the order's messages, None where unknown.
        """
        values = list(self.facts)
        for name, given in told.items():
            for place, key, default in _PLACED[name]:
                value = given.get(key)
                values[place] = default if value is None else value
        return _completed(
            values, heard, self.top_ups, self.purchases, self.absent, self.submitted_at
        )

    def elsewhen(
        self, told: Iterable[tuple[int, Value]], turns: Iterable[tuple[int, int]]
    ) -> Case | None:
        """The same case with other times and names at their places, for times and names.

        ``turns`` are the places of each two of which the second can't lie before the first
        (``known_turns``); None where one does.
        """
        values: list[Any] = list(self.facts)
        for place, value in told:
            values[place] = value
        for first, later in turns:
            if values[later] < values[first]:
                return None
        derive(values)
        return self._with(values, self.submitted_at)

    def _with(self, values: list[Value], submitted: datetime) -> Case:
        return Case(  # replace() takes three times as long
            tuple(values), self.top_ups, self.purchases, self.absent, submitted, self.contradictions
        )


def parse(data: object, currencies: Container[str] | None = None) -> Case:
    """Read a case (docs/case-and-decision.md) from decoded JSON.

    ``currencies`` are those that a shop knows; None reads a case of the portal's own, whose amounts
    were checked where they came in. Raises CaseError naming the field for anything that does not
    fit. What is absent or null is unknown, save for the defaults that hold when its object is
    present.
    """
    return _Reading(currencies).case(data)


class _Reading:
    """One case while it is read: ``values`` has a place for each fact."""

    def __init__(self, currencies: Container[str] | None) -> None:
        self.values: list[Value] = [UNKNOWN] * _SIZE
        self.currencies = currencies

    def case(self, data: object) -> Case:
        top = json_values.an_object(data, "", _OBJECTS) if isinstance(data, Mapping) else None
        if top is None:
            raise CaseError("case", "write an object in braces")
        values, absent = self.values, []
        for name in ("account", "order", "claim", "findings"):
            given = top.get(name)
            if given is None:
                absent.append(name)
                if name == "findings":
                    self.fill(name, {})
            else:
                self.fill(name, json_values.an_object(given, name, _NAMES[name]))
        submitted = values[_SUBMITTED]
        if not isinstance(submitted, datetime):
            raise CaseError("claim.submitted_at", "write when the claim was submitted")
        now = submitted if top.get("now") is None else json_values.time(top["now"], "now")
        if now < submitted:
            raise CaseError("now", "write a time that is not before claim.submitted_at")
        values[_NOW] = now
        values[INDEX["claim.evidence"]] = 0
        self.evidence((top.get("claim") or {}).get("evidence"))
        messages = self.messages((top.get("order") or {}).get("messages"))
        top_ups = self.rows(top, "top_ups", self.top_up)
        purchases = self.rows(top, "purchases", self.purchase)
        return _completed(values, messages, top_ups, purchases, frozenset(absent), submitted)

    def fill(self, name: str, given: Mapping[str, Any]) -> None:
        for place, default in _DEFAULTS[name]:
            self.values[place] = default
        self.take(given, _FIELDS[name])
        if name == "claim":
            answers, payout = given.get("answers"), given.get("payout")
            if answers is not None:
                self.take(json_values.an_object(answers, "claim.answers", _ANSWERS), _ANSWERS)
            if payout is not None:
                self.take(json_values.an_object(payout, "claim.payout", _PAYOUT), _PAYOUT)

    def take(self, given: Mapping[str, Any], fields: Mapping[str, json_values.FactField]) -> None:
        """What an object says, each field as the fact that it is."""
        for key, value in given.items():
            if value is not None and key in fields:
                place, where, read = fields[key]
                self.values[place] = (
                    read(value, where) if read else json_values.money(value, where, self.currencies)
                )

    def evidence(self, given: object) -> None:
        for where, row in self.listed(given, "claim.evidence", ("kind", "at")):
            if row.get("kind") is not None:
                json_values.word(row["kind"], f"{where}.kind", EVIDENCE_KINDS)
            json_values.time_of(row, "at", where)

    def messages(self, given: object) -> Heard | None:
        """The messages; None where they are not given."""
        if given is None:
            return None
        return [
            (
                json_values.time_of(row, "received_at", where),
                None
                if row.get("service") is None
                else json_values.text(row["service"], f"{where}.service"),
            )
            for where, row in self.listed(given, "order.messages", ("received_at", "service"))
        ]

    def listed(
        self, given: object, name: str, fields: tuple[str, ...]
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The rows of a list, each with its place; none where the list is not given."""
        if given is None:
            return
        rows = json_values.a_list(given, name)
        self.values[INDEX[name]] = len(rows)
        for place, row in enumerate(rows):
            where = f"{name}[{place}]"
            yield where, json_values.an_object(row, where, fields)

    def rows(
        self, top: Mapping[str, Any], name: str, read: Callable[[Mapping[str, Any], str], _Row]
    ) -> tuple[_Row, ...]:
        return tuple(
            read(row, where) for where, row in self.listed(top.get(name), name, _ROWS[name])
        )

    def top_up(self, row: Mapping[str, Any], where: str) -> CaseTopUp:
        refundable = json_values.truth_of(row, "method_refundable", where)
        for name in ("reference", "method"):
            if row.get(name) is not None:
                json_values.text(row[name], f"{where}.{name}")
        return CaseTopUp(
            at=json_values.time_of(row, "at", where),
            amount=json_values.money_of(row, where, self.currencies),
            method=UNKNOWN if row.get("method") is None else row["method"],
            method_refundable=refundable is not False,
        )

    def purchase(self, row: Mapping[str, Any], where: str) -> CasePurchase:
        return CasePurchase(
            at=json_values.time_of(row, "at", where),
            amount=json_values.money_of(row, where, self.currencies),
            activated=json_values.truth_of(row, "activated", where),
            refunded=json_values.truth_of(row, "refunded", where),
        )


def _completed(
    values: list[Value],
    heard: Heard | None,
    top_ups: tuple[CaseTopUp, ...],
    purchases: tuple[CasePurchase, ...],
    absent: frozenset[str],
    submitted: datetime,
) -> Case:
    """The case of what was told: with what follows from it, and what of it can't be."""
    hear(values, heard)
    settle_companions(values)
    derive(values)
    times = [(f"top_ups[{place}].at", row.at) for place, row in enumerate(top_ups)]
    times += [(f"purchases[{place}].at", row.at) for place, row in enumerate(purchases)]
    impossible = contradictions(values, [at for at, _ in heard or ()], times)
    return Case(tuple(values), top_ups, purchases, absent, submitted, impossible)


_NOT_PLAIN = ("claim.payout", "claim.evidence", "order.messages")
_PLAIN = {
    name: {
        fact.name.partition(".")[2]: fact
        for fact in ALL
        if fact.name.startswith(f"{name}.")
        and fact.name.count(".") == 1
        and not fact.stands_on
        and fact.name not in _NOT_PLAIN
    }
    for name in ("account", "order", "claim", "findings")
}
_FIELDS = {
    name: {key: json_values.field_of(fact) for key, fact in facts.items()}
    for name, facts in _PLAIN.items()
}
_PLACED = {
    name: tuple((INDEX[fact.name], key, fact.default) for key, fact in facts.items())
    for name, facts in _PLAIN.items()
}
_DEFAULTS = {
    name: [(place, default) for place, _key, default in placed if default is not UNKNOWN]
    for name, placed in _PLACED.items()
}
_OBJECTS = ("now", "account", "order", "top_ups", "purchases", "claim", "findings")
_ROWS = {
    "top_ups": ("reference", "at", "amount", "method", "method_refundable"),
    "purchases": ("at", "amount", "activated", "refunded"),
}
_ANSWERS = {"number_used": json_values.field_of(BY_NAME["claim.answers.number_used"])}
_PAYOUT = {
    "method": json_values.field_of(BY_NAME["claim.payout.method"]),
    "complete": json_values.field_of(BY_NAME["claim.payout"], "claim.payout.complete"),
}
_MORE = {"order": ("messages",), "claim": ("payout", "answers", "evidence")}
# In the order in which a refusal names them; a tuple would be gone through for each field.
_NAMES = {name: dict.fromkeys((*keys, *_MORE.get(name, ()))) for name, keys in _PLAIN.items()}
