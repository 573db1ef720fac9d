"""The case file: read, checked and frozen, with each fact's value ready for the conditions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from portal.money import Money, MoneyError
from portal.policy import facts
from portal.policy.facts import BY_NAME, INDEX, UNKNOWN, Fact, Type, Unknown

Value = object
_Row = TypeVar("_Row")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1970, 2999
_NOW, _SUBMITTED = INDEX["now"], INDEX["claim.submitted_at"]
_SIZE = len(facts.ALL)


class CaseError(ValueError):
    """A case that does not fit: ``field`` names where, ``reason`` what to write instead."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class TopUp:
    """Money put on the balance."""

    at: datetime | Unknown
    amount: Money | Unknown
    method: str | Unknown
    method_refundable: bool


@dataclass(frozen=True, slots=True)
class Purchase:
    """What the balance was spent on."""

    at: datetime | Unknown
    amount: Money | Unknown
    activated: bool | Unknown
    refunded: bool | Unknown


@dataclass(frozen=True, slots=True)
class Case:
    """A validated case.

    ``facts`` holds the value of each fact at its index; ``absent`` the objects (``order``,
    ``account``) that the case does not have.
    """

    facts: tuple[Value, ...]
    top_ups: tuple[TopUp, ...]
    purchases: tuple[Purchase, ...]
    absent: frozenset[str]
    submitted_at: datetime

    def value(self, name: str) -> Value:
        """The value of the fact called ``name``: UNKNOWN, or None for a known nothing."""
        return self.facts[INDEX[name]]

    def at(self, instant: datetime) -> Case:
        """The same case, handed in and decided at ``instant``."""
        values = list(self.facts)
        values[_NOW] = values[_SUBMITTED] = instant
        _derive(values)
        return Case(tuple(values), self.top_ups, self.purchases, self.absent, instant)

    def supposing(self, changes: Mapping[str, Value]) -> Case:
        """The same case with other values of some facts, and of those that follow from them."""
        values = list(self.facts)
        for name, value in changes.items():
            values[INDEX[name]] = value
        _settle_companions(values)
        _derive(values)
        return Case(tuple(values), self.top_ups, self.purchases, self.absent, self.submitted_at)


def parse(data: object) -> Case:
    """Read a case (docs/case-and-decision.md) from decoded JSON.

    Raises CaseError naming the field for anything that does not fit. What is absent or null is
    unknown, save for the defaults that hold when its object is present.
    """
    top = _object(data, "case")
    values: list[Value] = [UNKNOWN] * _SIZE
    absent = []
    for name in ("account", "order", "claim", "findings"):
        given = top.get(name)
        if given is None:
            absent.append(name)
            if name == "findings":
                _fill(values, name, {})
        else:
            _fill(values, name, _object(given, name))
    submitted = values[_SUBMITTED]
    if not isinstance(submitted, datetime):
        raise CaseError("claim.submitted_at", "write when the claim was submitted")
    now = top.get("now")
    values[INDEX["claim.evidence"]] = 0
    values[_NOW] = submitted if now is None else _time(now, "now")
    _read_evidence(values, (top.get("claim") or {}).get("evidence"))
    _read_messages(values, (top.get("order") or {}).get("messages"))
    top_ups = _rows(values, top, "top_ups", _top_up)
    purchases = _rows(values, top, "purchases", _purchase)
    _settle_companions(values)
    _derive(values)
    return Case(tuple(values), top_ups, purchases, frozenset(absent), submitted)


def _fill(values: list[Value], name: str, given: Mapping[str, Any]) -> None:
    for fact, key in _FIELDS[name]:
        value = given.get(key)
        if value is None:
            values[INDEX[fact.name]] = fact.default
        else:
            values[INDEX[fact.name]] = _READERS[fact.type](value, fact)
    if name == "claim":
        answers = given.get("answers")
        if answers is not None:
            used = _object(answers, "claim.answers").get("number_used")
            values[INDEX["claim.answers.number_used"]] = (
                UNKNOWN if used is None else _bool(used, "claim.answers.number_used")
            )
        _read_payout(values, given.get("payout"))


def _read_payout(values: list[Value], given: object) -> None:
    if given is None:
        return
    payout = _object(given, "claim.payout")
    complete, method = payout.get("complete"), payout.get("method")
    if complete is not None:
        values[INDEX["claim.payout"]] = _bool(complete, "claim.payout.complete")
    if method is not None:
        values[INDEX["claim.payout.method"]] = _word(method, BY_NAME["claim.payout.method"])


def _read_evidence(values: list[Value], given: object) -> None:
    if given is None:
        return
    rows = _list(given, "claim.evidence")
    for place, item in enumerate(rows):
        where = f"claim.evidence[{place}]"
        row = _object(item, where)
        kind = row.get("kind")
        if kind is not None and kind not in facts.EVIDENCE_KINDS:
            raise CaseError(f"{where}.kind", _one_of(facts.EVIDENCE_KINDS))
        _maybe_time(row, "at", where)
    values[INDEX["claim.evidence"]] = len(rows)


def _read_messages(values: list[Value], given: object) -> None:
    if given is None:
        return
    rows = _list(given, "order.messages")
    heard = []
    for place, item in enumerate(rows):
        where = f"order.messages[{place}]"
        row = _object(item, where)
        _maybe_time(row, "received_at", where)
        service = row.get("service")
        heard.append(None if service is None else _text(service, f"{where}.service").casefold())
    values[INDEX["order.messages"]] = len(rows)
    wanted = values[INDEX["order.service"]]
    found: bool | Unknown = False
    if isinstance(wanted, str) and wanted.casefold() in heard:
        found = True
    elif heard and (wanted is UNKNOWN or None in heard):
        found = UNKNOWN
    values[INDEX["order.service_message"]] = found


def _rows(
    values: list[Value],
    top: Mapping[str, Any],
    name: str,
    read: Callable[[Mapping[str, Any], str], _Row],
) -> tuple[_Row, ...]:
    given = top.get(name)
    if given is None:
        return ()
    rows = _list(given, name)
    values[INDEX[name]] = len(rows)
    return tuple(
        read(_object(row, f"{name}[{place}]"), f"{name}[{place}]") for place, row in enumerate(rows)
    )


def _top_up(row: Mapping[str, Any], where: str) -> TopUp:
    refundable = row.get("method_refundable")
    method = row.get("method")
    return TopUp(
        at=_maybe_time(row, "at", where),
        amount=_maybe_money(row, where),
        method=UNKNOWN if method is None else _text(method, f"{where}.method"),
        method_refundable=refundable is None or _bool(refundable, f"{where}.method_refundable"),
    )


def _purchase(row: Mapping[str, Any], where: str) -> Purchase:
    activated, refunded = row.get("activated"), row.get("refunded")
    return Purchase(
        at=_maybe_time(row, "at", where),
        amount=_maybe_money(row, where),
        activated=UNKNOWN if activated is None else _bool(activated, f"{where}.activated"),
        refunded=UNKNOWN if refunded is None else _bool(refunded, f"{where}.refunded"),
    )


def _settle_companions(values: list[Value]) -> None:
    for name, event in facts.COMPANIONS:
        if values[INDEX[name]] is UNKNOWN and values[INDEX[event]] is None:
            values[INDEX[name]] = None
    status = values[INDEX["account.status"]]
    if values[INDEX["account.block_reason"]] is UNKNOWN and status in ("active", "deleted"):
        values[INDEX["account.block_reason"]] = None


def _derive(values: list[Value]) -> None:
    """Set what follows from other facts and from the time of the decision."""
    now, submitted = values[_NOW], values[_SUBMITTED]
    given, requested = values[_GIVEN], values[_REQUESTED]
    values[_REVIEW_FROM] = submitted if given is None else given
    values[_INFORMATION_FROM] = now if requested is None else requested
    reported, ended = values[_REPORTED], values[_ENDED]
    if not isinstance(reported, datetime) or not isinstance(now, datetime):
        values[_OUTAGE] = values[_OUTAGE_PAID] = reported
        return
    if ended is UNKNOWN:
        values[_OUTAGE] = values[_OUTAGE_PAID] = UNKNOWN
        return
    end = min(ended, now) if isinstance(ended, datetime) else now
    values[_OUTAGE] = max(end - reported, timedelta())
    start, until = values[_PAID_FROM], values[_PAID_UNTIL]
    if isinstance(start, datetime) and isinstance(until, datetime):
        values[_OUTAGE_PAID] = max(min(end, until) - max(reported, start), timedelta())
    else:
        values[_OUTAGE_PAID] = UNKNOWN


def _object(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise CaseError(where, "write an object in braces")
    return value


def _list(value: object, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise CaseError(where, "write a list in square brackets")
    return value


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise CaseError(where, "write text")
    return value


def _bool(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise CaseError(where, "write true or false")
    return value


def _time(value: object, where: str) -> datetime:
    if isinstance(value, str) and _RFC3339.fullmatch(value):
        try:
            at = datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            at = None
        if at is not None:
            # Every deadline counted from a case has to be a date, too.
            if _FIRST_YEAR <= at.year <= _LAST_YEAR:
                return at
            raise CaseError(where, f"write a time between {_FIRST_YEAR} and {_LAST_YEAR}")
    raise CaseError(where, "write a time with its offset, such as 2026-03-02T10:00:00Z")


def _maybe_time(row: Mapping[str, Any], key: str, where: str) -> datetime | Unknown:
    value = row.get(key)
    return UNKNOWN if value is None else _time(value, f"{where}.{key}")


def _money(value: object, where: str) -> Money:
    given = _object(value, where)
    try:
        return Money.exact(given.get("amount"), given.get("currency"))  # type: ignore[arg-type]
    except MoneyError as refusal:
        raise CaseError(where, str(refusal)) from None


def _maybe_money(row: Mapping[str, Any], where: str) -> Money | Unknown:
    value = row.get("amount")
    return UNKNOWN if value is None else _money(value, f"{where}.amount")


def _one_of(words: tuple[str, ...]) -> str:
    return f"write one of {', '.join(words)}"


def _word(value: object, fact: Fact) -> str:
    if not isinstance(value, str) or value not in fact.values:
        raise CaseError(fact.name, _one_of(fact.values))
    return value


_READERS: dict[Type, Callable[[object, Fact], object]] = {
    Type.TIME: lambda value, fact: _time(value, fact.name),
    Type.BOOL: lambda value, fact: _bool(value, fact.name),
    Type.TEXT: lambda value, fact: _text(value, fact.name),
    Type.MONEY: lambda value, fact: _money(value, fact.name),
    Type.WORD: _word,
}
_NOT_PLAIN = ("claim.payout", "claim.evidence", "order.messages")
_FIELDS = {
    name: tuple(
        (fact, fact.name.partition(".")[2])
        for fact in facts.ALL
        if fact.name.startswith(f"{name}.")
        and fact.name.count(".") == 1
        and not fact.stands_on
        and fact.name not in _NOT_PLAIN
    )
    for name in ("account", "order", "claim", "findings")
}
_GIVEN, _REQUESTED = (
    INDEX["findings.information_given_at"],
    INDEX["findings.information_requested_at"],
)
_REVIEW_FROM, _INFORMATION_FROM = INDEX["clock.review_from"], INDEX["clock.information_from"]
_REPORTED, _ENDED = INDEX["order.outage_reported_at"], INDEX["order.outage_ended_at"]
_PAID_FROM, _PAID_UNTIL = INDEX["order.paid_from"], INDEX["order.paid_until"]
_OUTAGE, _OUTAGE_PAID = INDEX["order.outage_time"], INDEX["order.outage_paid_time"]
