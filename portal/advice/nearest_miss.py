"""What would have made a denied claim an approved one: the smallest change, as one sentence.

A time that was missed by little comes before another course of events, and one change before two.
Never proposed: another reason than the customer's, another account, another story told, or that
money which was already returned had not been.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum
from itertools import combinations

from portal.advice.answers import GIVEN
from portal.advice.other_courses import OTHERWISE, TIMES, MovedTime
from portal.advice.questions import board
from portal.money import Money
from portal.policy.deciding.case import Case, Value
from portal.policy.deciding.decision import Decision
from portal.policy.deciding.document import Policy, Version
from portal.policy.deciding.engine import at_first_sight, decide
from portal.policy.facts.table import BALANCE_REASONS, UNKNOWN
from portal.policy.language.tree import Compare, Duration, FactTerm, Sum
from portal.policy.language.turning import SECOND, Turn
from portal.policy.language.verdict import Outcome
from portal.translation import gettext, lazy_gettext as _, listed
from portal.words.lengths import length

PAID_BACK = _("The price was already returned to you.")
_PAIRED = 14  # of the nearest changes, tried two at a time
_PLENTY = 10**12  # minor units: an amount asked for that cuts nothing off


@dataclass(frozen=True, slots=True)
class Nearest:
    """The smallest change: (fact, from, to) each, the outcome it leads to, and its sentence.

    ``outcome`` is approve, or review where a person, or facts that nobody supplied, would decide.
    """

    changes: tuple[tuple[str, Value, Value], ...]
    outcome: Outcome
    sentence: str


class _Ending(IntEnum):
    """How a changed claim would have ended, the best first; ``POSSIBLE`` hangs on unknown facts."""

    APPROVED = 0
    LOOKED_AT = 1
    POSSIBLE = 2


_IF = {
    _Ending.APPROVED: _("It would have been approved if %(changes)s."),
    _Ending.LOOKED_AT: _("A person would have looked at it if %(changes)s."),
    _Ending.POSSIBLE: _("It could have been approved if %(changes)s."),
}
_LATE = {
    _Ending.APPROVED: _("Your claim is %(length)s too late; in time, it would have been approved."),
    _Ending.LOOKED_AT: _(
        "Your claim is %(length)s too late; in time, a person would have looked at it."
    ),
    _Ending.POSSIBLE: _("Your claim is %(length)s too late; in time, it could have been approved."),
}


@dataclass(frozen=True, slots=True)
class _Move:
    """One change: ``rank`` orders kinds, ``size`` changes of a kind; ``had`` completes "if …".

    ``alone`` is a sentence of its own, where there is a shorter one; ``late`` by how much a claim was.
    """

    sets: Mapping[str, Value]
    rank: int
    size: timedelta
    had: str
    alone: str = ""
    late: str = ""


def nearest(case: Case, policy: Policy, version: Version | None = None) -> Nearest | None:
    """What would have had a denied ``case`` approved; None for any other and where nothing would.

    Whatever a claim has to contain is taken as supplied. Raises CaseError naming
    ``claim.submitted_at`` before the policy's first version.
    """
    version = version or policy.version_at(case.submitted_at)
    decision = decide(case, policy, version)
    if decision.outcome is not Outcome.DENY or _rests_on_the_reason(decision, version):
        return None
    given = {name: value for name, value in GIVEN.items() if _lacks(case, name)}
    if case.value("claim.amount") is UNKNOWN:
        given["claim.amount"] = Money(_PLENTY, policy.shop.currency)
    case = case.supposing(given)
    moves = sorted(_moves(case, policy, version), key=lambda move: (move.rank, move.size))
    pairs = combinations(moves[:_PAIRED], 2)
    for ways in ([(move,) for move in moves], [*pairs]):
        found = [
            (ending, way)
            for way in ways
            if (ending := _ending(case, way, policy, version, decision)) is not None
        ]
        if found:
            ending, way = min(
                found,
                key=lambda each: (
                    max(move.rank for move in each[1]),
                    each[0],
                    sum((move.size for move in each[1]), timedelta()),
                ),
            )
            outcome = Outcome.APPROVE if ending is _Ending.APPROVED else Outcome.REVIEW
            return Nearest(_changes(case, way), outcome, _sentence(way, ending))
    return None


def said_of(case: Case, policy: Policy, version: Version | None = None) -> str | None:
    """One sentence for whoever is denied: what would have changed it, or that it was paid back.

    None for what is not denied for good, and where nothing reasonable would have changed it.
    Raises CaseError as ``nearest`` does.
    """
    found = nearest(case, policy, version)
    if found is not None:
        return found.sentence
    if case.value("order.refunded_at") in (UNKNOWN, None):
        return None
    version = version or policy.version_at(case.submitted_at)
    unpaid = case.supposing({"order.refunded_at": None})
    is_denied, would_be = (
        decide(each, policy, version).outcome is Outcome.DENY for each in (case, unpaid)
    )
    return str(PAID_BACK) if is_denied and not would_be else None


def _rests_on_the_reason(decision: Decision, version: Version) -> bool:
    """Whether nothing but what the customer claims for denies it."""
    when = version.clause(decision.clauses[0]).when if decision.clauses else None
    return when is not None and when.reads == ("claim.reason",)


def _lacks(case: Case, name: str) -> bool:
    value = case.value(name)
    return value is UNKNOWN or not value or name == "claim.description"


def _moves(case: Case, policy: Policy, version: Version) -> Iterator[_Move]:
    asking = board(policy, version, case.value("claim.reason"), case.submitted_at)
    for name, time in TIMES.items():
        for turn in asking.turns.get(name, ()):
            yield from _shifts(case, name, time, turn.at(case.facts), turn)
    if case.value("claim.reason") in BALANCE_REASONS:
        window = version.top_up_window or timedelta()
        for top_up in case.top_ups:
            if isinstance(top_up.at, datetime):
                late = TIMES["claim.submitted_at"]
                yield from _shifts(case, "claim.submitted_at", late, top_up.at + window)
        if case.purchases:
            yield _Move(
                {"purchases": 0}, 2, timedelta(), _("no number had been bought since the top-up"),
            )  # fmt: skip
    read = {name for question in asking.questions for name in question.facts}
    for name, course in OTHERWISE.items():
        known = case.value(name) not in (UNKNOWN, None)
        if name in read and (known or name == "order.fault") and case.value(name) != course.to:
            yield _Move({name: course.to, **course.also}, 2, timedelta(), course.had)


def _shifts(
    case: Case, name: str, time: MovedTime, at: object, turn: Turn | None = None
) -> Iterator[_Move]:
    was = case.value(name)
    if not isinstance(at, datetime) or not isinstance(was, datetime):
        return
    for to in (at, at - SECOND, at + SECOND):
        had = time.later if to > was else time.earlier
        if to != was and had:
            by = _rounded(abs(to - was))
            yield _Move(
                {name: to},
                time.rank,
                abs(to - was),
                gettext(had, length=by),
                alone=_alone(case, name, by, turn),
                late=by if name == "claim.submitted_at" else "",
            )


def _alone(case: Case, name: str, by: str, turn: Turn | None) -> str:
    """A change of one time as a statement of its own, where there is a shorter one."""
    if name == "now":
        return gettext("Your claim is %(length)s too early.", length=by)
    match turn and turn.test:
        case Compare(Sum(FactTerm("order.cancelled_at"), FactTerm(start), True), _, limit) if (
            isinstance(limit, Duration) and start == "order.ordered_at"
        ):
            took = _rounded(case.value("order.cancelled_at") - case.value(start))  # type: ignore[operator]
            allowed = length(limit)
            if took != allowed:
                words = _("You cancelled %(took)s after ordering; %(allowed)s are allowed.")
                return gettext(words, took=took, allowed=allowed)
    return ""


def _ending(
    case: Case, way: tuple[_Move, ...], policy: Policy, version: Version, denial: Decision
) -> _Ending | None:
    """What the change leads to, where that is better and still the same story.

    Another course of events is the same story where the denial rests on it, or where it leads to a
    clause to which the claim's reason points.
    """
    changed = case.supposing({name: value for move in way for name, value in move.sets.items()})
    submitted = changed.value("claim.submitted_at")
    if isinstance(submitted, datetime):
        changed = replace(changed, submitted_at=submitted)
    if changed.value("purchases") == 0:
        changed = replace(changed, purchases=())
    decision = at_first_sight(changed, policy, version)
    if decision.outcome is Outcome.DENY:
        return None
    pointed = {*version.points.get(str(case.value("claim.reason")), ())}
    otherwise = [move for move in way if move.rank > 1]
    blamed = {
        name
        for line, held, _ in denial.trace
        if held and line.clause in denial.clauses
        for name in line.reads
    }
    if not pointed & {*decision.clauses} and not all({*move.sets} & blamed for move in otherwise):
        return None
    if decision.outcome is Outcome.APPROVE:
        return _Ending.APPROVED
    if all(name.startswith("findings.") for name in decision.awaiting):
        return _Ending.LOOKED_AT
    certain = decide(changed, policy, version).outcome
    return None if certain is Outcome.DENY else _Ending.POSSIBLE


def _changes(case: Case, way: tuple[_Move, ...]) -> tuple[tuple[str, Value, Value], ...]:
    return tuple(
        (name, case.value(name), value)
        for move in way
        for name, value in move.sets.items()
        if case.value(name) != value
    )


def _sentence(way: tuple[_Move, ...], ending: _Ending) -> str:
    if len(way) == 1 and way[0].late:
        return gettext(_LATE[ending], length=way[0].late)
    if len(way) == 1 and way[0].alone:
        return way[0].alone
    return gettext(_IF[ending], changes=listed(move.had for move in way))


def _rounded(span: timedelta) -> str:
    """A length in its two largest units."""
    seconds = int(span.total_seconds()) or 1
    unit = next((size for size in (86400, 3600, 60) if seconds >= 2 * size), 1)
    step = {86400: 3600, 3600: 60, 60: 1, 1: 1}[unit]
    return length(Duration(seconds=seconds // step * step))
