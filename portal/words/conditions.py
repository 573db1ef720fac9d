"""A condition in plain words, read from its tree: what customers and owners are shown.

Negation is pushed inward, so that a sentence says what was so ("no SMS came") and never wraps
another one. The sentences begin small and have no full stop: they are parts of others.
"""

from collections.abc import Iterable, Sequence

from portal.policy.facts.reasons import BY_CODE
from portal.policy.facts.table import BY_NAME, Fact, Source
from portal.policy.language import tree as c
from portal.translation import gettext, listed
from portal.words.moments import comparison, instant, when

SaidAtom = c.Compare | c.In | c.Empty | c.Happened | c.By | c.Stated


def condition(tree: c.Tree) -> str:
    """What ``tree`` says, as the rest of a sentence that begins with "when"."""
    return _said(tree, holds=True)


def fact(name: str) -> str:
    """What the fact called ``name`` is, as a noun of a sentence."""
    return str(BY_NAME[name].noun)


def _said(tree: c.Tree, *, holds: bool) -> str:
    match tree:
        case c.Not(inner):
            return _said(inner, holds=not holds)
        case c.And(parts) | c.Or(parts):
            return _joined(tree, parts, holds=holds)
        case _:
            return _test(tree, holds=holds)


def _test(atom: SaidAtom, *, holds: bool) -> str:
    match atom:
        case c.Compare(c.FactTerm(name), "=", c.Word(value)):
            return _words(name, (value,), holds=holds)
        case c.Compare():
            return comparison(atom, holds=holds)
        case c.In(c.FactTerm(name), values):
            return _words(name, values, holds=holds)
        case c.Stated(inner):
            return _stated(inner, holds=holds)
    return _event(atom, holds=holds)


def _joined(tree: c.And | c.Or, parts: tuple[c.Tree, ...], *, holds: bool) -> str:
    """Several sentences as one, the joined ones last; "either" and "else" where "and" meets "or"."""
    both = isinstance(tree, c.And) is holds
    said = _merged(parts) if both and holds else [_part(part, holds=holds) for part in parts]
    said.sort(key=lambda part: part[1] is not None)
    mixed = any(kind is not None for _, kind in said)
    *texts, last = [
        gettext("either %(choice)s", choice=text) if both and kind is False else text
        for text, kind in said
    ]
    if not texts:
        return last
    apart = mixed or len(texts) > 1 or any("," in text for text in (*texts, last))
    first = texts[0]
    for text in texts[1:]:
        first = gettext("%(first)s, %(next)s", first=first, next=text)
    if both:
        return _and(first, last, apart=apart)
    if mixed:
        return gettext("%(first)s, or else %(last)s", first=first, last=last)
    return _or(first, last, apart=apart)


def _and(first: str, last: str, *, apart: bool = False) -> str:
    if apart:
        return gettext("%(first)s, and %(last)s", first=first, last=last)
    return gettext("%(first)s and %(last)s", first=first, last=last)


def _or(first: str, last: str, *, apart: bool = False) -> str:
    if apart:
        return gettext("%(first)s, or %(last)s", first=first, last=last)
    return gettext("%(first)s or %(last)s", first=first, last=last)


def _part(tree: c.Tree, *, holds: bool) -> tuple[str, bool | None]:
    """A part, and how its own parts are joined: True by "and", False by "or", None for one test."""
    inner = tree
    while isinstance(inner, c.Not):
        inner, holds = inner.inner, not holds
    kind = None
    if isinstance(inner, c.And | c.Or):
        kind = isinstance(inner, c.And) is holds
    elif isinstance(inner, c.In) and inner.fact.name != "claim.reason":
        kind = not holds
    return _said(inner, holds=holds), kind


def _merged(parts: Iterable[c.Tree]) -> list[tuple[str, bool | None]]:
    """The parts of an "and": who did it and when become one ("you cancelled … within …")."""
    left = list(parts)
    said: list[tuple[str, bool | None]] = []
    while left:
        part = left.pop(0)
        text, kind = _part(part, holds=True)
        doer = _doer(part)
        if doer:
            named = {doer.subject}
            for other in [each for each in left if _is_about(each, doer.of_event)]:
                left.remove(other)
                but_not = isinstance(other, c.Not)
                test = other.inner if isinstance(other, c.Not) else other
                if isinstance(test, c.Compare):
                    text = when(text, test, named=named, but_not=but_not)
                    named |= {BY_NAME[name].subject for name in c.reads(test)}
        said.append((text, kind))
    return said


def _doer(tree: c.Tree) -> Fact | None:
    """The fact of who did it that is tested, where it is one."""
    match tree:
        case c.Compare(c.FactTerm(name), "=", c.Word()) if name.endswith("_by"):
            return BY_NAME[name] if BY_NAME[name].of_event else None
    return None


def _is_about(tree: c.Tree, event: str) -> bool:
    inner = tree.inner if isinstance(tree, c.Not) else tree
    match inner:
        case c.Compare(c.FactTerm(name), _, _) | c.Compare(c.Sum(c.FactTerm(name), _, True), _, _):
            return name == event
    return False


def _words(name: str, values: Sequence[str | bool], *, holds: bool) -> str:
    if name == "claim.reason":
        return _reason([str(BY_CODE[str(value)].noun) for value in values], holds=holds)
    said = []
    for value in values:
        so = holds is (value is not False)
        fact = BY_NAME[name]
        pair = fact.words.get(str(value)) or fact
        said.append(str(pair.yes if so else pair.no))
    text = said[0]
    for each in said[1:]:
        text = _or(text, each) if holds else _and(text, each)
    return text


def _reason(names: Sequence[str], *, holds: bool) -> str:
    if holds:
        return gettext("your claim is about %(reasons)s", reasons=listed(names, either=True))
    *others, last = names
    if not others:
        return gettext("your claim is not about %(reason)s", reason=last)
    first = others[0]
    for each in others[1:]:
        first = gettext("%(first)s nor %(next)s", first=first, next=each)
    return gettext("your claim is about neither %(first)s nor %(last)s", first=first, last=last)


def _stated(inner: c.Tree, *, holds: bool) -> str:
    said = _said(inner, holds=True)
    if all(BY_NAME[name].source is Source.CUSTOMER for name in c.reads(inner)):
        if holds:
            return gettext("you say that %(said)s", said=said)
        return gettext("you do not say that %(said)s", said=said)
    if holds:
        return gettext("it is on record that %(said)s", said=said)
    return gettext("it is not on record that %(said)s", said=said)


def _event(atom: c.Empty | c.Happened | c.By, *, holds: bool) -> str:
    fact = BY_NAME[atom.fact.name]
    if isinstance(atom, c.Empty):
        return str(fact.no if holds else fact.yes)
    told = str(fact.yes if holds else fact.no)
    if isinstance(atom, c.Happened):
        return told
    return gettext("%(told)s by %(limit)s", told=told, limit=instant(atom.limit))
