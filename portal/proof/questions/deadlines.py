"""Deadlines that can't be met, and ranges of which the wrong end became one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import z3

from portal.policy.deciding.case import CaseFile
from portal.policy.deciding.decision import as_plain
from portal.policy.deciding.weighing import Weighing
from portal.policy.file.flaws import Flaw, FlawKind
from portal.policy.file.values import DEADLINES
from portal.policy.language.clause import Clause, ClauseKind, Destination
from portal.policy.language.closures import Instant, compile_tree
from portal.policy.language.parsing import UNITS
from portal.policy.language.tree import Duration, Sum, Term, lengths, with_lengths
from portal.proof.claims.at_work import at_work, cites, with_deadline
from portal.proof.claims.search import Search
from portal.proof.claims.showing import ordinary
from portal.translation import kept_gettext

# Each must come no later than the next.
_IN_TURN = (
    ("review_target", "review_due"),
    ("review_due", "payout_due"),
    ("review_due", "payout_limit"),
    ("payout_due", "payout_limit"),
)
# A limit from the claim itself; one from the approval or an event of the order is none for a review.
_SENT = {"claim.submitted_at", "clock.review_from"}
_TRIED = 1461  # days: every month, a leap day, four years of holidays
_WORDS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
_NUMBER = rf"(\d+|{'|'.join(_WORDS)})"
_RANGE = re.compile(
    rf"\b{_NUMBER}\s*(?:to|or|and|-|\u2013)\s*{_NUMBER}\s+(?:calendar\s+)?"
    r"(second|minute|hour|working day|business day|day|week|month)s?\b",
    re.IGNORECASE,
)
_SECONDS = {**UNITS, "week": 7 * UNITS["day"]}


@dataclass(frozen=True, slots=True)
class _Set:
    """A deadline, the clause that sets it, and where the money must go for it, None for anywhere."""

    name: str
    clause: Clause
    at: Instant
    to: Destination | None

    @property
    def words(self) -> str:
        """How a finding calls it."""
        return kept_gettext(
            "%(deadline)s of %(clause)s (%(limit)s)",
            deadline=self.name,
            clause=self.clause.id,
            limit=self.at.text,
        )


def broken_promises(search: Search) -> Iterator[Flaw]:
    """What the deadlines of a version promise, held against each other and against its wording."""
    yield from _out_of_turn(search)
    yield from _always_over(search)
    for clause in search.version.clauses:
        yield from _ranges(search, clause)


def _deadlines(search: Search, name: str) -> Iterator[_Set]:
    for clause in search.version.clauses:
        if name in clause.deadlines:
            yield _Set(name, clause, clause.deadlines[name], clause.on)


def _out_of_turn(search: Search) -> Iterator[Flaw]:
    """Deadlines after one that they must not pass, for a claim that is decided as it is sent.

    Tried for one such claim on each day of four years.
    """
    claims: list[tuple[CaseFile, tuple[Any, ...]]] = []
    for name, next_name in _IN_TURN:
        for one in _deadlines(search, name):
            for other in _deadlines(search, next_name):
                apart = None not in (one.to, other.to) and one.to is not other.to
                if apart or not set(other.at.reads) <= _SENT:
                    continue
                claims = claims or list(_ordinary_claims(search))
                late = [claim for claim, facts in claims if _is_after(one.at, other.at, facts)]
                if late:
                    text = kept_gettext(
                        "%(one)s comes after %(other)s for this claim: %(late)s of %(tried)s days tried",
                        one=one.words,
                        other=other.words,
                        late=len(late),
                        tried=_TRIED,
                    )
                    yield Flaw(FlawKind.DEADLINE, one.clause.id, text, late[0])


def _ordinary_claims(search: Search) -> Iterator[tuple[CaseFile, tuple[Any, ...]]]:
    for day in range(_TRIED):
        at = as_plain(search.at + timedelta(days=day))
        reason = search.policy.shop.reasons[0].code
        claim = ordinary({"claim": {"reason": reason, "submitted_at": at}})
        yield claim, search.weighed(claim).facts


def _is_after(one: Instant, other: Instant, facts: tuple[Any, ...]) -> bool:
    at, limit = one.at(facts), other.at(facts)
    return isinstance(at, datetime) and isinstance(limit, datetime) and at > limit


def _always_over(search: Search) -> Iterator[Flaw]:
    """Deadlines that have passed in every case for which they are set."""
    verdicts, now = search.verdicts, search.world.facts["now"].value
    for name in DEADLINES:
        for each in _deadlines(search, name):
            at = search.world.terms.read(each.at.term)
            is_set = verdicts.sets(each.clause, name)
            over = z3.And(at.given, at.value < now)
            if search.possible(is_set) and not search.possible(is_set, z3.Not(over)):
                claim = with_deadline(search, each.clause, name)
                text = kept_gettext(
                    "%(deadline)s is over before any claim for which it is set can be decided",
                    deadline=each.words,
                )
                yield Flaw(FlawKind.DEADLINE, each.clause.id, text, claim)


def _ranges(search: Search, clause: Clause) -> Iterator[Flaw]:
    """A range in the wording whose lower end became a due date, or whose target is nowhere set."""
    for found in _RANGE.finditer(clause.wording):
        low, high = (_length(found[place], found[3]) for place in (1, 2))
        said = " ".join(found[0].split())
        for name, instant in clause.deadlines.items():
            used = _moved_by(instant.term)
            if name.endswith("_target") or used not in (low, high):
                continue
            if used == low:
                text = kept_gettext(
                    "the wording says %(said)s, and %(deadline)s is its lower end (%(limit)s): a promise can only be held to the upper one",
                    said=repr(said),
                    deadline=name,
                    limit=instant.text,
                )
                yield Flaw(FlawKind.RANGE, clause.id, text, with_deadline(search, clause, name))
            elif name == "review_due" and "review_target" not in clause.deadlines:
                text = kept_gettext(
                    "the wording says %(said)s, and only its upper end became a deadline: set review_target to %(low)s",
                    said=repr(said),
                    low=f"{found[1]} {found[3]}s",
                )
                yield Flaw(FlawKind.RANGE, clause.id, text, with_deadline(search, clause, name))
        tested = set(lengths(clause.when.tree)) if clause.when else set()
        if clause.kind is ClauseKind.DEADLINE and low in tested and high not in tested:
            text = kept_gettext(
                "the wording says %(said)s, and the clause denies after its lower end",
                said=repr(said),
            )
            claim = _between(search, clause, low, high) or at_work(search, clause)
            yield Flaw(FlawKind.RANGE, clause.id, text, claim)


def _between(search: Search, clause: Clause, low: Duration, high: Duration) -> CaseFile | None:
    """A claim that the clause denies, and would not if it waited for the upper end."""
    if clause.when is None:
        return None
    tree = with_lengths(clause.when.tree, lambda length: high if length == low else length)
    later = compile_tree(tree, search.version.calendar)
    verdicts = search.verdicts
    places = [rule.place for rule in verdicts.denying if rule.clause is clause]

    def shows(weighed: Weighing) -> bool:
        held = any(weighed.held[place] for place in places)
        return held and later(weighed.facts) is False and cites(search, clause, weighed)

    return search.claim(
        shows,
        z3.Or([z3.And(verdicts.held[place].yes, verdicts.carries[place]) for place in places]),
        search.world.terms.holds(tree).no,
    )


def _length(number: str, unit: str) -> Duration:
    count = int(number) if number.isdigit() else _WORDS.index(number.lower()) + 1
    unit = unit.lower()
    if unit == "month":
        return Duration(months=count)
    if unit in _SECONDS:
        return Duration(seconds=count * _SECONDS[unit])
    return Duration(working_days=count)


def _moved_by(term: Term) -> Duration | None:
    match term:
        case Sum(_, Duration() as length, _):
            return length
    return None
