"""Reading a condition or an instant from its text."""

import re
from typing import NoReturn

from portal.policy.facts.table import BY_NAME, EVENTS, Type
from portal.policy.language import tree as c
from portal.translation import gettext, lazy_gettext as _

UNITS = {
    "second": 1, "seconds": 1, "minute": 60, "minutes": 60, "hour": 3600, "hours": 3600,
    "day": 86400, "days": 86400,
}  # fmt: skip
_TEN_YEARS = 3660 * 86400  # seconds
_LONGEST = {unit: _TEN_YEARS // seconds for unit, seconds in UNITS.items()}
_LONGEST |= {"month": 120, "months": 120, "working days": 2600}
_LARGEST = 1_000_000
_TOKEN = re.compile(r"\s*(?:(\d+)|([A-Za-z_][\w.]*)|(<=|>=|[-+=<>()\[\],]))", re.ASCII)
_KEYWORDS = frozenset(["and", "or", "not", "in", "is", "by", "happened", "stated", "empty"])


def parse(text: str) -> c.Tree:
    """Parse a condition. Raises ConditionError for an unknown fact, word, unit or shape."""
    parser = _Parser(text)
    tree = parser.either()
    parser.end()
    return tree


def parse_time(text: str) -> c.Term:
    """Parse an instant such as ``claim.submitted_at + 2 working days``. Raises ConditionError."""
    parser = _Parser(text)
    term = parser.sum()
    parser.end()
    if c.type_of(term) is not Type.TIME:
        raise c.ConditionError(gettext("%(text)s is not an instant", text=repr(text)))
    return term


_LONGEST_TEXT = 5000  # characters of a condition
_DEEPEST = 20  # conditions within conditions


class _Parser:
    def __init__(self, text: str) -> None:
        if len(text) > _LONGEST_TEXT:
            most = gettext("a condition has at most %(most)s characters", most=_LONGEST_TEXT)
            raise c.ConditionError(most)
        self.text = text
        self.depth = 0
        self.tokens: list[str] = []
        place = 0
        stripped = text.rstrip()
        while place < len(stripped):
            found = _TOKEN.match(stripped, place)
            if not found:
                rest = repr(stripped[place:].strip())
                why = gettext("cannot read %(rest)s in %(text)s", rest=rest, text=repr(text))
                raise c.ConditionError(why)
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
        raise self.refusal(why)

    def refusal(self, why: str) -> c.ConditionError:
        return c.ConditionError(gettext("%(why)s in %(text)s", why=why, text=repr(self.text)))

    def expect(self, token: str) -> None:
        if not self.take(token):
            found = repr(self.peek() or gettext("the end"))
            why = gettext("%(wanted)s is missing before %(found)s", wanted=repr(token), found=found)
            self.fail(why)

    def end(self) -> None:
        if self.peek():
            self.fail(gettext("%(token)s is left over", token=repr(self.peek())))

    def either(self) -> c.Tree:
        parts = [self.all()]
        while self.take("or"):
            parts.append(self.all())
        return parts[0] if len(parts) == 1 else c.Or(tuple(parts))

    def all(self) -> c.Tree:
        parts = [self.negation()]
        while self.take("and"):
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else c.And(tuple(parts))

    def negation(self) -> c.Tree:
        self.depth += 1
        if self.depth > _DEEPEST:
            why = gettext("more than %(most)s conditions within each other", most=_DEEPEST)
            raise c.ConditionError(why)
        tree = c.Not(self.negation()) if self.take("not") else self.test()
        self.depth -= 1
        return tree

    def test(self) -> c.Tree:
        if self.take("("):
            tree = self.either()
            self.expect(")")
            return tree
        if self.take("stated"):
            self.expect("(")
            tree = self.either()
            self.expect(")")
            return c.Stated(tree)
        left = self.sum()
        if isinstance(left, c.FactTerm):
            named = self.about(left)
            if named:
                return named
        if self.peek() not in ("=", "<", "<=", ">", ">="):
            if isinstance(left, c.FactTerm) and BY_NAME[left.name].type is Type.BOOL:
                return c.Compare(left, "=", c.Word(True))  # noqa: FBT003 - the word true itself
            self.fail(gettext("a comparison is missing"))
        return self.compare(left, self.next())

    def about(self, fact: c.FactTerm) -> c.Tree | None:
        kind = BY_NAME[fact.name].type
        if self.take("is"):
            self.expect("empty")
            if kind not in (Type.COUNT, Type.MONEY):
                self.fail(gettext("%(fact)s is not a list or an amount", fact=fact.name))
            return c.Empty(fact)
        if self.take("happened"):
            if fact.name not in EVENTS:
                self.fail(gettext("%(fact)s is not an event", fact=fact.name))
            return c.Happened(fact)
        if self.take("by"):
            if fact.name not in EVENTS:
                self.fail(gettext("%(fact)s is not an event", fact=fact.name))
            limit = self.sum()
            if c.type_of(limit) is not Type.TIME:
                self.fail(gettext("the limit after 'by' is not an instant"))
            return c.By(fact, limit)
        if self.take("in"):
            self.expect("[")
            words = [self.word(fact)]
            while self.take(","):
                words.append(self.word(fact))
            self.expect("]")
            return c.In(fact, tuple(words))
        return None

    def word(self, fact: c.FactTerm) -> str:
        word = self.next()
        if word not in BY_NAME[fact.name].values:
            self.fail(gettext("%(fact)s is never %(word)s", fact=fact.name, word=repr(word)))
        return word

    def compare(self, left: c.Term, operator: str) -> c.Tree:
        if isinstance(left, c.FactTerm) and c.type_of(left) in (Type.BOOL, Type.WORD):
            return self.equal(left, operator)
        if isinstance(left, c.FactTerm) and c.type_of(left) is Type.NUMBER:
            return self.counted(left, operator)
        right = self.sum()
        if operator == "=":
            self.fail(gettext("times and lengths are compared with < <= > >="))
        if c.type_of(left) is not c.type_of(right) or c.type_of(left) not in (
            Type.TIME,
            Type.DURATION,
        ):
            one, other = c.type_of(left), c.type_of(right)
            why = gettext("a %(one)s cannot be compared with a %(other)s", one=one, other=other)
            self.fail(why)
        for side in (left, right):
            if isinstance(side, c.Duration) and (side.months or side.working_days):
                self.fail(gettext("months and working days need an instant to start from"))
        return c.Compare(left, operator, right)

    def equal(self, fact: c.FactTerm, operator: str) -> c.Tree:
        if operator != "=":
            self.fail(gettext("%(fact)s has no order", fact=fact.name))
        if c.type_of(fact) is Type.WORD:
            return c.Compare(fact, "=", c.Word(self.word(fact)))
        word = self.next()
        if word not in ("true", "false"):
            shape = _("%(fact)s is true or false, not %(word)s")
            self.fail(gettext(shape, fact=fact.name, word=repr(word)))
        return c.Compare(fact, "=", c.Word(word == "true"))

    def counted(self, fact: c.FactTerm, operator: str) -> c.Tree:
        if operator == "=":
            self.fail(gettext("numbers are compared with < <= > >="))
        digits = self.next()
        if not digits.isdigit() or self.peek() in (*_LONGEST, "working"):
            self.fail(gettext("%(fact)s is compared with a whole number", fact=fact.name))
        if len(digits) > len(str(_LARGEST)) or int(digits) > _LARGEST:
            self.fail(gettext("a number is at most %(largest)s", largest=_LARGEST))
        return c.Compare(fact, operator, c.Number(int(digits)))

    def sum(self) -> c.Term:
        term = self.term()
        while self.peek() in ("+", "-"):
            minus = self.next() == "-"
            right = self.term()
            if c.type_of(term) is not Type.TIME:
                self.fail(gettext("only an instant can be moved"))
            if c.type_of(right) is not (Type.TIME if minus else Type.DURATION):
                sign = "-" if minus else "+"
                why = gettext("a %(type)s cannot follow %(sign)s", type=c.type_of(right), sign=sign)
                self.fail(why)
            term = c.Sum(term, right, minus)
        return term

    def term(self) -> c.Term:
        token = self.next()
        if token.isdigit():
            return self.duration(token)
        if token in BY_NAME:
            return c.FactTerm(token)
        if not token:
            self.fail(gettext("the end comes too soon"))
        if token in _KEYWORDS or not (token[0].isalpha() or token[0] == "_"):
            self.fail(gettext("%(token)s is not a fact", token=repr(token)))
        raise self.refusal(gettext("unknown fact %(token)s", token=repr(token)))

    def duration(self, digits: str) -> c.Duration:
        unit = self.next()
        if unit == "working" and self.next() in ("day", "days"):
            unit = "working days"
        if unit not in _LONGEST:
            units = "seconds, minutes, hours, days, months, working days"
            self.fail(gettext("%(digits)s has no unit (%(units)s)", digits=digits, units=units))
        longest = _LONGEST[unit]
        # Ten years: what is counted from a claim has to be a date that there is.
        if len(digits) > len(str(longest)) or int(digits) > longest:
            why = gettext("a length is at most %(longest)s %(unit)s", longest=longest, unit=unit)
            self.fail(why)
        count = int(digits)
        if unit in UNITS:
            return c.Duration(seconds=count * UNITS[unit])
        return (
            c.Duration(working_days=count) if unit == "working days" else c.Duration(months=count)
        )
