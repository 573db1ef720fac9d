"""What a condition says of times and lengths of time: each shape of a comparison as one sentence."""

from collections.abc import Collection, Sequence

from portal.policy.facts.table import BY_NAME, Fact, Said, Type
from portal.policy.language.tree import Compare, Duration, FactTerm, Number, Sum, Term, type_of
from portal.translation import gettext, lazy_gettext as _, ngettext
from portal.words.lengths import length, times, units

_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_SIZES = {
    "<": _("less than %(length)s"),
    "<=": _("at most %(length)s"),
    ">": _("more than %(length)s"),
    ">=": _("%(length)s or more"),
}
_LENGTHS = {
    "<": Said(_("%(length)s is less than %(limit)s"), _("%(length)s is not less than %(limit)s")),
    "<=": Said(_("%(length)s is at most %(limit)s"), _("%(length)s is not at most %(limit)s")),
    ">": Said(_("%(length)s is more than %(limit)s"), _("%(length)s is not more than %(limit)s")),
    ">=": Said(_("%(length)s is %(limit)s or more"), _("%(length)s is not %(limit)s or more")),
}
_MOMENTS = {
    "<": Said(_("%(moment)s is before %(limit)s"), _("%(moment)s is not before %(limit)s")),
    "<=": Said(
        _("%(moment)s is no later than %(limit)s"), _("%(moment)s is not no later than %(limit)s")
    ),
    ">": Said(_("%(moment)s is after %(limit)s"), _("%(moment)s is not after %(limit)s")),
    ">=": Said(
        _("%(moment)s is at %(limit)s or later"), _("%(moment)s is not at %(limit)s or later")
    ),
}
# When something happened that is told already: that it was so, and that it was, but not so.
_AFTER = {
    "<": Said(
        _("%(told)s less than %(length)s after %(start)s"),
        _("%(told)s, but not less than %(length)s after %(start)s"),
    ),
    "<=": Said(
        _("%(told)s within %(length)s after %(start)s"),
        _("%(told)s, but not within %(length)s after %(start)s"),
    ),
    ">": Said(
        _("%(told)s more than %(length)s after %(start)s"),
        _("%(told)s, but not more than %(length)s after %(start)s"),
    ),
    ">=": Said(
        _("%(told)s %(length)s or more after %(start)s"),
        _("%(told)s, but not %(length)s or more after %(start)s"),
    ),
}
_AGAINST = {
    "<": Said(_("%(told)s before %(limit)s"), _("%(told)s, but not before %(limit)s")),
    "<=": Said(
        _("%(told)s no later than %(limit)s"), _("%(told)s, but not no later than %(limit)s")
    ),
    ">": Said(_("%(told)s after %(limit)s"), _("%(told)s, but not after %(limit)s")),
    ">=": Said(_("%(told)s at %(limit)s or later"), _("%(told)s, but not at %(limit)s or later")),
}
_NOW_AT = {
    "<": Said(_("%(limit)s is still to come"), _("%(limit)s is no longer to come")),
    "<=": Said(_("%(limit)s is not past"), _("%(limit)s is past, if it came")),
    ">": Said(_("%(limit)s is past"), _("%(limit)s is not past, or never came")),
    ">=": Said(_("%(limit)s has come"), _("%(limit)s has not come")),
}


def instant(term: Term) -> str:
    """A moment, as a noun: "two working days after you sent your claim"."""
    start, lengths = _moved(term)
    if not lengths:
        return _point(start)
    return gettext("%(length)s after %(start)s", length=_lengths(lengths), start=_did(start))


def by(term: Term) -> str:
    """A limit: "within two working days after you sent your claim", "by the end of …", "at once"."""
    start, lengths = _moved(term)
    if lengths:
        length_, start_ = _lengths(lengths), _did(start)
        return gettext("within %(length)s after %(start)s", length=length_, start=start_)
    if start == FactTerm("now"):
        return gettext("at once")
    return gettext("by %(limit)s", limit=_point(start))


def comparison(atom: Compare, *, holds: bool) -> str:
    """A comparison of times or of lengths, as a sentence that begins small and has no full stop."""
    left, sign, right = _turned(atom)
    match left:
        case FactTerm("now"):
            return _now(sign, right, holds=holds)
        case FactTerm(name) if isinstance(right, Number):
            said = sign if holds else _OPPOSITE[sign]
            return gettext(BY_NAME[name].yes, times=times(said, right.value))
        case FactTerm(name) if BY_NAME[name].type is Type.DURATION:
            size = gettext(_SIZES[sign], length=_size(right))
            return gettext(_either(BY_NAME[name], holds=holds), length=size)
        case FactTerm(name) | Sum(FactTerm(name), _, True):
            fact = BY_NAME[name]
            told = str(_either(fact, holds=holds))
            return when(told, Compare(left, sign, right), named=(fact.subject,))
    if type_of(left) is Type.TIME:
        shape = _either(_MOMENTS[sign], holds=holds)
        return gettext(shape, moment=instant(left), limit=instant(right))
    return gettext(_either(_LENGTHS[sign], holds=holds), length=_size(left), limit=_size(right))


def when(told: str, test: Compare, *, named: Collection[str], but_not: bool = False) -> str:
    """What is ``told`` already, with when it was, or with when it was not.

    ``named`` are the subjects that the sentence has named: it does not name them a second time.
    """
    match test:
        case Compare(Sum(_, start, True), sign, right):
            size = _size(right)
        case Compare(_, sign, right):
            start, lengths = _moved(right)
            if not lengths:
                shape = _either(_AGAINST[sign], holds=not but_not)
                return gettext(shape, told=told, limit=_point(start))
            size = _lengths(lengths)
    shape = _either(_AFTER[sign], holds=not but_not)
    return gettext(shape, told=told, length=size, start=_did(start, named))


def _either(said: Said | Fact, *, holds: bool) -> str:
    return said.yes if holds else said.no


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
        size = _lengths(lengths)
        passed = size if sign == ">=" else gettext(_SIZES[sign], length=size)
        n = units(lengths[0]) if len(lengths) == 1 else len(lengths)
        if holds:
            return ngettext(
                "%(length)s has passed since %(start)s",
                "%(length)s have passed since %(start)s",
                n,
                length=passed,
                start=_did(start),
            )
        return ngettext(
            "%(length)s has not passed since %(start)s",
            "%(length)s have not passed since %(start)s",
            n,
            length=passed,
            start=_did(start),
        )
    over = BY_NAME[start.name].over if isinstance(start, FactTerm) else None
    if over and sign == ">=":
        return str(_either(over, holds=holds))
    return gettext(_either(_NOW_AT[sign], holds=holds), limit=_point(start))


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
    said = length(durations[0])
    for each in durations[1:]:
        said = gettext("%(first)s and then %(next)s", first=said, next=length(each))
    return said


def _size(term: Term) -> str:
    """A length of time, as a noun."""
    match term:
        case Duration():
            return length(term)
        case Sum(end, start, True):
            return gettext(
                "the time from %(start)s to %(end)s", start=instant(start), end=instant(end)
            )
    return _point(term)


def _point(term: Term) -> str:
    return str(BY_NAME[term.name].noun) if isinstance(term, FactTerm) else _size(term)


def _did(term: Term, named: Collection[str] = ()) -> str:
    """What happened, as after "after …"; "it was placed" where the order is named already."""
    if not isinstance(term, FactTerm):
        return _size(term)
    fact = BY_NAME[term.name]
    return str(next((fact.again[each] for each in named if each in fact.again), fact.yes))
