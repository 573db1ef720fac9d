"""A condition in plain English, read from its tree: what customers and owners are shown.

Negation is pushed inward, so that a sentence says what was so ("no SMS came") and never wraps
another one. The sentences begin small and have no full stop: they are parts of others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.policy.facts.reasons import BY_CODE
from portal.policy.facts.table import BY_NAME, Said, Source, Type
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
    reads,
    type_of,
)
from portal.words.lengths import join, length

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from portal.policy.language.tree import Term, Tree

    SaidAtom = Compare | In | Empty | Happened | By | Stated

_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_SIZES = {"<": "less than {}", "<=": "at most {}", ">": "more than {}", ">=": "{} or more"}
_AFTER = {"<": "less than {}", "<=": "within {}", ">": "more than {}", ">=": "{} or more"}
_AGAINST = {"<": "before {}", "<=": "no later than {}", ">": "after {}", ">=": "at {} or later"}
_NOW_AT = {
    "<": Said("{} is still to come", "{} is no longer to come"),
    "<=": Said("{} is not past", "{} is past, if it came"),
    ">": Said("{} is past", "{} is not past, or never came"),
    ">=": Said("{} has come", "{} has not come"),
}
_AGAIN = (
    ("the order", "the order was", "it was"),
    ("the details", "asked you for details", "asked for them"),
)


def condition(tree: Tree) -> str:
    """What ``tree`` says, as the rest of a sentence that begins with "when"."""
    return _said(tree, holds=True)


def instant(term: Term) -> str:
    """A moment, as a noun: "two working days after you sent your claim"."""
    start, lengths = _moved(term)
    if not lengths:
        return _point(start)
    return f"{_lengths(lengths)} after {_did(start)}"


def by(term: Term) -> str:
    """A limit: "within two working days after you sent your claim", "by the end of …", "at once"."""
    start, lengths = _moved(term)
    if lengths:
        return f"within {instant(term)}"
    return "at once" if start == FactTerm("now") else f"by {_point(start)}"


def fact(name: str) -> str:
    """What the fact called ``name`` is, as a noun of a sentence."""
    return BY_NAME[name].noun


def _said(tree: Tree, *, holds: bool) -> str:
    match tree:
        case Not(inner):
            return _said(inner, holds=not holds)
        case And(parts) | Or(parts):
            return _joined(tree, parts, holds=holds)
        case _:
            return _test(tree, holds=holds)


def _test(atom: SaidAtom, *, holds: bool) -> str:
    match atom:
        case Compare(FactTerm(name), "=", Word(value)):
            return _words(name, (value,), holds=holds)
        case Compare():
            return _comparison(atom, holds=holds)
        case In(FactTerm(name), values):
            return _words(name, values, holds=holds)
        case Stated(inner):
            return _stated(inner, holds=holds)
    return _event(atom, holds=holds)


def _joined(tree: And | Or, parts: tuple[Tree, ...], *, holds: bool) -> str:
    """Several sentences as one, the joined ones last; "either" and "else" where "and" meets "or"."""
    both = isinstance(tree, And) is holds
    said = _merged(parts) if both and holds else [_part(part, holds=holds) for part in parts]
    said.sort(key=lambda part: part[1] is not None)
    mixed = any(kind is not None for _, kind in said)
    texts = [f"either {text}" if both and kind is False else text for text, kind in said]
    if len(texts) == 1:
        return texts[0]
    word = "and" if both else "or else" if mixed else "or"
    comma = "," if mixed or len(texts) > 2 or any("," in text for text in texts) else ""  # noqa: PLR2004
    return f"{', '.join(texts[:-1])}{comma} {word} {texts[-1]}"


def _part(tree: Tree, *, holds: bool) -> tuple[str, bool | None]:
    """A part, and how its own parts are joined: True by "and", False by "or", None for one test."""
    inner = tree
    while isinstance(inner, Not):
        inner, holds = inner.inner, not holds
    kind = None
    if isinstance(inner, And | Or):
        kind = isinstance(inner, And) is holds
    elif isinstance(inner, In) and inner.fact.name != "claim.reason":
        kind = not holds
    return _said(inner, holds=holds), kind


def _merged(parts: Iterable[Tree]) -> list[tuple[str, bool | None]]:
    """The parts of an "and": who did it and when become one ("you cancelled … within …")."""
    left = list(parts)
    said: list[tuple[str, bool | None]] = []
    while left:
        part = left.pop(0)
        text, kind = _part(part, holds=True)
        event = _doer(part)
        if event:
            for other in [each for each in left if _is_about(each, event)]:
                left.remove(other)
                text += _tail_after(text, other)
        said.append((text, kind))
    return said


def _doer(tree: Tree) -> str | None:
    """The event that a test of who did it is about."""
    match tree:
        case Compare(FactTerm(name), "=", Word()) if name.endswith("_by"):
            return BY_NAME[name].of_event or None
    return None


def _is_about(tree: Tree, event: str) -> bool:
    inner = tree.inner if isinstance(tree, Not) else tree
    match inner:
        case Compare(FactTerm(name), _, _) | Compare(Sum(FactTerm(name), _, True), _, _):
            return name == event
    return False


def _tail_after(text: str, tree: Tree) -> str:
    if isinstance(tree, Not):
        return f", but not {_short(text, _tail(tree.inner))}"
    return f" {_short(text, _tail(tree))}"


def _tail(tree: Tree) -> str:
    match tree:
        case Compare(Sum(_, start, True), sign, right):
            return f"{_AFTER[sign].format(_size(right))} after {_did(start)}"
        case Compare(_, sign, right):
            return _against(sign, right)
    raise TypeError(f"{tree} does not say when")


def _against(sign: str, limit: Term) -> str:
    """Where an event lies: "within five days after …", "before the end of …"."""
    start, lengths = _moved(limit)
    if lengths:
        return f"{_AFTER[sign].format(_lengths(lengths))} after {_did(start)}"
    return _AGAINST[sign].format(_point(start))


def _words(name: str, values: Sequence[str | bool], *, holds: bool) -> str:
    if name == "claim.reason":
        return _reason([BY_CODE[str(value)].noun for value in values], holds=holds)
    said = []
    for value in values:
        so = holds is (value is not False)
        fact = BY_NAME[name]
        pair = fact.words.get(str(value)) or fact
        said.append(pair.yes if so else pair.no)
    return (" or " if holds else " and ").join(said)


def _reason(names: Sequence[str], *, holds: bool) -> str:
    if holds:
        return f"your claim is about {join(names, 'or')}"
    if len(names) == 1:
        return f"your claim is not about {names[0]}"
    return f"your claim is about neither {' nor '.join(names)}"


def _stated(inner: Tree, *, holds: bool) -> str:
    said = _said(inner, holds=True)
    if all(BY_NAME[name].source is Source.CUSTOMER for name in reads(inner)):
        return f"you say that {said}" if holds else f"you do not say that {said}"
    return f"it is on record that {said}" if holds else f"it is not on record that {said}"


def _event(atom: Empty | Happened | By, *, holds: bool) -> str:
    fact = BY_NAME[atom.fact.name]
    if isinstance(atom, Empty):
        return fact.no if holds else fact.yes
    told = fact.yes if holds else fact.no
    return told if isinstance(atom, Happened) else f"{told} by {instant(atom.limit)}"


def _comparison(atom: Compare, *, holds: bool) -> str:
    left, sign, right = _turned(atom)
    match left:
        case FactTerm("now"):
            return _now(sign, right, holds=holds)
        case FactTerm(name) if BY_NAME[name].type is Type.DURATION:
            said = BY_NAME[name]
            return f"{said.yes if holds else said.no} {_SIZES[sign].format(_size(right))}"
        case FactTerm(name) | Sum(FactTerm(name), _, True):
            main = BY_NAME[name].yes if holds else BY_NAME[name].no
            return f"{main} {_short(main, _tail(Compare(left, sign, right)))}"
    verb = "is" if holds else "is not"
    if type_of(left) is Type.TIME:
        return f"{instant(left)} {verb} {_AGAINST[sign].format(instant(right))}"
    return f"{_size(left)} {verb} {_SIZES[sign].format(_size(right))}"


def _turned(atom: Compare) -> tuple[Term, str, Term]:
    """The comparison with "now", or else a fact that is not moved, on its left."""
    plain_left = isinstance(atom.left, FactTerm) or _is_difference(atom.left)
    plain_right = isinstance(atom.right, FactTerm) or _is_difference(atom.right)
    if atom.right == FactTerm("now") or (plain_right and not plain_left):
        return atom.right, _TURNED[atom.operator], atom.left
    return atom.left, atom.operator, atom.right


def _is_difference(term: Term) -> bool:
    return isinstance(term, Sum) and term.minus and isinstance(term.left, FactTerm)


def _now(sign: str, limit: Term, *, holds: bool) -> str:
    start, lengths = _moved(limit)
    if lengths:
        words = _lengths(lengths)
        have = "has" if words.startswith("one ") and " and " not in words else "have"
        passed = _SIZES[sign].format(words)
        if sign == ">=":
            passed = words
        not_ = "" if holds else " not"
        return f"{passed} {have}{not_} passed since {_did(start)}"
    over = BY_NAME[start.name].over if isinstance(start, FactTerm) else None
    said = over if over and sign == ">=" else _NOW_AT[sign]
    return (said.yes if holds else said.no).format(_point(start))


def _moved(term: Term) -> tuple[Term, list[Duration]]:
    """Where a moved time starts, and by what it is moved, in order; seconds are added up."""
    lengths: list[Duration] = []
    while isinstance(term, Sum) and not term.minus and isinstance(term.right, Duration):
        lengths.insert(0, term.right)
        term = term.left
    added: list[Duration] = []
    for each in lengths:
        if added and each.seconds and added[-1].seconds:
            added[-1] = Duration(added[-1].seconds + each.seconds)
        else:
            added.append(each)
    return term, added


def _lengths(durations: Sequence[Duration]) -> str:
    return " and then ".join(length(each) for each in durations)


def _size(term: Term) -> str:
    """A length of time, as a noun."""
    match term:
        case Duration():
            return length(term)
        case Sum(left, right, True):
            return f"the time from {instant(right)} to {instant(left)}"
    return _point(term)


def _point(term: Term) -> str:
    return BY_NAME[term.name].noun if isinstance(term, FactTerm) else _size(term)


def _did(term: Term) -> str:
    return BY_NAME[term.name].yes if isinstance(term, FactTerm) else _size(term)


def _short(main: str, tail: str) -> str:
    """A tail that does not name a second time what its sentence is about."""
    for named, again, instead in _AGAIN:
        if named in main:
            tail = tail.replace(again, instead)
    return tail
