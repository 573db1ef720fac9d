"""The condition language: closed, typed, parsed to a tree.

    order.expires_at <= now and order.messages is empty
    order.cancelled_at - order.ordered_at > 30 seconds
    claim.reason in [wrong_code, incomplete_sms]
    findings.rectified_at by clock.rectify_by

Words: ``and or not ( )``, ``= < <= > >=``, ``in [..]``, ``is empty``, ``happened``, ``by``,
``stated( )``, and times with durations (``+ 5 days``, ``+ 1 month``, ``+ 2 working days``).
Nothing else can be said; docs/policy-format.md has an example of each.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from portal.policy.facts import BY_NAME, EVENTS, Type

UNITS = {
    "second": 1, "seconds": 1, "minute": 60, "minutes": 60, "hour": 3600, "hours": 3600,
    "day": 86400, "days": 86400,
}  # fmt: skip
_TOKEN = re.compile(r"\s*(?:(\d+)|([A-Za-z_][\w.]*)|(<=|>=|[-+=<>()\[\],]))", re.ASCII)
_KEYWORDS = frozenset(["and", "or", "not", "in", "is", "by", "happened", "stated", "empty"])


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
class Sum:
    """A time moved by a duration, or (``minus``) the time between two times."""

    left: Term
    right: Term
    minus: bool = False


Term = FactTerm | Word | Duration | Sum


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


Tree = Compare | In | Empty | Happened | By | Not | And | Or | Stated


def parse(text: str) -> Tree:
    """Parse a condition. Raises ConditionError for an unknown fact, word, unit or shape."""
    parser = _Parser(text)
    tree = parser.either()
    parser.end()
    return tree


def parse_time(text: str) -> Term:
    """Parse an instant such as ``claim.submitted_at + 2 working days``. Raises ConditionError."""
    parser = _Parser(text)
    term = parser.sum()
    parser.end()
    if type_of(term) is not Type.TIME:
        raise ConditionError(f"{text!r} is not an instant")
    return term


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


def type_of(term: Term) -> Type:
    """What a term is."""
    match term:
        case FactTerm(name):
            return BY_NAME[name].type
        case Duration() | Sum(minus=True):
            return Type.DURATION
        case Sum(left=left):
            return type_of(left)
    return Type.WORD


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[str] = []
        place = 0
        stripped = text.rstrip()
        while place < len(stripped):
            found = _TOKEN.match(stripped, place)
            if not found:
                raise ConditionError(f"cannot read {stripped[place:].strip()!r} in {text!r}")
            self.tokens.append(found[0].strip())
            place = found.end()
        self.place = 0

    def peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self, *wanted: str) -> bool:
        if self.peek() in wanted and self.peek():
            self.place += 1
            return True
        return False

    def next(self) -> str:
        token = self.peek()
        self.place += 1
        return token

    def fail(self, why: str) -> NoReturn:
        raise ConditionError(f"{why} in {self.text!r}")

    def expect(self, token: str) -> None:
        if not self.take(token):
            self.fail(f"{token!r} is missing before {self.peek() or 'the end'!r}")

    def end(self) -> None:
        if self.peek():
            self.fail(f"{self.peek()!r} is left over")

    def either(self) -> Tree:
        parts = [self.all()]
        while self.take("or"):
            parts.append(self.all())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def all(self) -> Tree:
        parts = [self.negation()]
        while self.take("and"):
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def negation(self) -> Tree:
        return Not(self.negation()) if self.take("not") else self.test()

    def test(self) -> Tree:
        if self.take("("):
            tree = self.either()
            self.expect(")")
            return tree
        if self.take("stated"):
            self.expect("(")
            tree = self.either()
            self.expect(")")
            return Stated(tree)
        left = self.sum()
        if isinstance(left, FactTerm):
            named = self.about(left)
            if named:
                return named
        if self.peek() not in ("=", "<", "<=", ">", ">="):
            if isinstance(left, FactTerm) and BY_NAME[left.name].type is Type.BOOL:
                return Compare(left, "=", Word(True))  # noqa: FBT003 - the word true itself
            self.fail("a comparison is missing")
        return self.compare(left, self.next())

    def about(self, fact: FactTerm) -> Tree | None:
        kind = BY_NAME[fact.name].type
        if self.take("is"):
            self.expect("empty")
            if kind not in (Type.COUNT, Type.MONEY):
                self.fail(f"{fact.name} is not a list or an amount")
            return Empty(fact)
        if self.take("happened"):
            if fact.name not in EVENTS:
                self.fail(f"{fact.name} is not an event")
            return Happened(fact)
        if self.take("by"):
            if fact.name not in EVENTS:
                self.fail(f"{fact.name} is not an event")
            limit = self.sum()
            if type_of(limit) is not Type.TIME:
                self.fail("the limit after 'by' is not an instant")
            return By(fact, limit)
        if self.take("in"):
            self.expect("[")
            words = [self.word(fact)]
            while self.take(","):
                words.append(self.word(fact))
            self.expect("]")
            return In(fact, tuple(words))
        return None

    def word(self, fact: FactTerm) -> str:
        word = self.next()
        if word not in BY_NAME[fact.name].values:
            self.fail(f"{fact.name} is never {word!r}")
        return word

    def compare(self, left: Term, operator: str) -> Tree:
        if isinstance(left, FactTerm) and type_of(left) in (Type.BOOL, Type.WORD):
            if operator != "=":
                self.fail(f"{left.name} has no order")
            if type_of(left) is Type.WORD:
                return Compare(left, "=", Word(self.word(left)))
            word = self.next()
            if word not in ("true", "false"):
                self.fail(f"{left.name} is true or false, not {word!r}")
            return Compare(left, "=", Word(word == "true"))
        right = self.sum()
        if operator == "=":
            self.fail("times and lengths are compared with < <= > >=")
        if type_of(left) is not type_of(right) or type_of(left) not in (Type.TIME, Type.DURATION):
            self.fail(f"a {type_of(left)} cannot be compared with a {type_of(right)}")
        for side in (left, right):
            if isinstance(side, Duration) and (side.months or side.working_days):
                self.fail("months and working days need an instant to start from")
        return Compare(left, operator, right)

    def sum(self) -> Term:
        term = self.term()
        while self.peek() in ("+", "-"):
            minus = self.next() == "-"
            right = self.term()
            if type_of(term) is not Type.TIME:
                self.fail("only an instant can be moved")
            if type_of(right) is not (Type.TIME if minus else Type.DURATION):
                self.fail(f"a {type_of(right)} cannot follow {'-' if minus else '+'}")
            term = Sum(term, right, minus)
        return term

    def term(self) -> Term:
        token = self.next()
        if token.isdigit():
            return self.duration(int(token))
        if token in BY_NAME:
            return FactTerm(token)
        if not token:
            self.fail("the end comes too soon")
        if token in _KEYWORDS or not (token[0].isalpha() or token[0] == "_"):
            self.fail(f"{token!r} is not a fact")
        raise ConditionError(f"unknown fact {token!r} in {self.text!r}")

    def duration(self, count: int) -> Duration:
        unit = self.next()
        if unit in UNITS:
            return Duration(seconds=count * UNITS[unit])
        if unit in ("month", "months"):
            return Duration(months=count)
        if unit == "working" and self.next() in ("day", "days"):
            return Duration(working_days=count)
        units = "seconds, minutes, hours, days, months, working days"
        raise ConditionError(f"{count} has no unit ({units}) in {self.text!r}")
