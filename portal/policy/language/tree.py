"""The condition language: closed, typed, a tree (parsing.py reads it from text).

    order.expires_at <= now and order.messages is empty
    order.cancelled_at - order.ordered_at > 30 seconds
    claim.reason in [wrong_code, incomplete_sms]
    findings.rectified_at by clock.rectify_by
    account.cancellations_7_days >= 5

Words: ``and or not ( )``, ``= < <= > >=``, ``in [..]``, ``is empty``, ``happened``, ``by``,
``stated( )``, and times with durations (``+ 5 days``, ``+ 1 month``, ``+ 2 working days``).
Nothing else can be said; docs/policy-format.md has an example of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from portal.policy.facts.table import BY_NAME, Type


class ConditionError(ValueError):
    """A condition that does not parse; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class FactTerm:
    """A fact, by name."""

    name: str


@dataclass(frozen=True, slots=True)
class Word:
    """A word that a fact may take, or true or false."""

    value: str | bool


@dataclass(frozen=True, slots=True)
class Duration:
    """A length: seconds, or calendar months, or working days, never two of them."""

    seconds: int = 0
    months: int = 0
    working_days: int = 0


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number, with which how many there were of something is compared."""

    value: int


@dataclass(frozen=True, slots=True)
class Sum:
    """A time moved by a duration, or (``minus``) the time between two times."""

    left: Term
    right: Term
    minus: bool = False


Term = FactTerm | Word | Duration | Number | Sum


@dataclass(frozen=True, slots=True)
class Compare:
    """``left op right``; false where a side is an event that has not happened."""

    left: Term
    operator: str
    right: Term


@dataclass(frozen=True, slots=True)
class In:
    """A word fact is one of several words."""

    fact: FactTerm
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Empty:
    """A list without entries, or an amount of nothing."""

    fact: FactTerm


@dataclass(frozen=True, slots=True)
class Happened:
    """An event has happened."""

    fact: FactTerm


@dataclass(frozen=True, slots=True)
class By:
    """An event happened by a limit; unknown while it still may (now is not past the limit)."""

    fact: FactTerm
    limit: Term


@dataclass(frozen=True, slots=True)
class Not:
    """Kleene's not."""

    inner: Tree


@dataclass(frozen=True, slots=True)
class And:
    """Kleene's and."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Kleene's or."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Stated:
    """True where the inner holds, false where it does not or nobody said so."""

    inner: Tree


Atom = Compare | In | Empty | Happened | By
Tree = Atom | Not | And | Or | Stated


def atoms(tree: Tree) -> Iterator[Atom]:
    """The single tests of a condition, in order."""
    match tree:
        case Not(inner) | Stated(inner):
            yield from atoms(inner)
        case And(parts) | Or(parts):
            for part in parts:
                yield from atoms(part)
        case _:
            yield tree


def reads(tree: Tree | Term) -> tuple[str, ...]:
    """The names of the facts a condition or an instant reads, in order, each once."""
    return tuple(dict.fromkeys(_reads(tree)))


def _reads(tree: Tree | Term) -> list[str]:  # noqa: PLR0911 - one for each shape
    match tree:
        case FactTerm(name):
            return [name]
        case Compare(left, _, right) | Sum(left, right, _):
            return _reads(left) + _reads(right)
        case In(fact, _) | Empty(fact) | Happened(fact):
            return [fact.name]
        case By(fact, limit):
            return [fact.name, "now", *_reads(limit)]
        case Not(inner) | Stated(inner):
            return _reads(inner)
        case And(parts) | Or(parts):
            return [name for part in parts for name in _reads(part)]
    return []


def words(tree: Tree) -> Iterator[tuple[str, str | bool]]:
    """The words that a condition compares with, each with the fact that may be it."""
    for atom in atoms(tree):
        match atom:
            case Compare(FactTerm(name), "=", Word(value)):
                yield name, value
            case In(FactTerm(name), values):
                yield from ((name, value) for value in values)


def lengths(part: object) -> Iterator[Duration]:
    """The lengths of time that stand in a condition or an instant, in order."""
    if isinstance(part, Duration):
        yield part
    elif isinstance(part, tuple):
        for each in part:
            yield from lengths(each)
    elif is_dataclass(part):
        for each in fields(part):
            yield from lengths(getattr(part, each.name))


def with_lengths(part: Any, become: Callable[[Duration], Duration]) -> Any:
    """The condition or the instant with what each of its lengths of time is to ``become``."""
    if isinstance(part, Duration):
        return become(part)
    if isinstance(part, tuple):
        return tuple(with_lengths(each, become) for each in part)
    if not is_dataclass(part) or isinstance(part, type):
        return part
    within = {each.name: with_lengths(getattr(part, each.name), become) for each in fields(part)}
    return replace(part, **within)


def type_of(term: Term) -> Type:
    """What a term is."""
    match term:
        case FactTerm(name):
            return BY_NAME[name].type
        case Duration() | Sum(minus=True):
            return Type.DURATION
        case Number():
            return Type.NUMBER
        case Sum(left=left):
            return type_of(left)
    return Type.WORD


def settled(tree: Tree, name: str, value: object) -> Tree | bool:  # noqa: PLR0911 - one for each shape
    """``tree`` where the word fact ``name`` is known to be ``value``: smaller, or decided."""
    match tree:
        case Compare(FactTerm(fact), "=", Word(word)) if fact == name:
            return word == value
        case In(FactTerm(fact), words) if fact == name:
            return value in words
        case Not(inner):
            left = settled(inner, name, value)
            return not left if isinstance(left, bool) else Not(left)
        case Stated(inner):
            left = settled(inner, name, value)
            return left if isinstance(left, bool) else Stated(left)
        case And(parts):
            return _joined(And, parts, name, value)
        case Or(parts):
            return _joined(Or, parts, name, value)
    return tree


def _joined(
    shape: type[And | Or], parts: tuple[Tree, ...], name: str, value: object
) -> Tree | bool:
    """The parts left open; a false one decides an ``and``, a true one an ``or``."""
    deciding = shape is Or
    left = [settled(part, name, value) for part in parts]
    if any(part is deciding for part in left):
        return deciding
    open_parts = tuple(part for part in left if not isinstance(part, bool))
    if not open_parts:
        return not deciding
    return open_parts[0] if len(open_parts) == 1 else shape(open_parts)
