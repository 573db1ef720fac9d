"""All that a version says, thing by thing in words: what differences.py compares and shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal.policy.facts.reasons import BY_CODE
from portal.policy.language.clause import ClauseKind, Destination, Effect
from portal.words.clauses import AMOUNTS, DESTINATIONS, applies, deadline, method, requirements
from portal.words.conditions import condition, fact, instant
from portal.words.lengths import join, seconds

if TYPE_CHECKING:
    from portal.policy.deciding.document import PausingClock, Version
    from portal.policy.language.clause import Clause
    from portal.policy.language.closures import Condition, Instant

KINDS = {
    ClauseKind.OVERRIDING: "a rule against a refund, before all others",
    ClauseKind.EXCLUDED: "a rule against a refund",
    ClauseKind.DEADLINE: "a time limit",
    ClauseKind.ELIGIBLE: "a rule for a refund",
    ClauseKind.AMOUNT: "a rule about the amount",
    ClauseKind.REQUIRED_INFORMATION: "what a claim has to say",
    ClauseKind.METHOD: "how money is paid",
    ClauseKind.PAYOUT_DEADLINE: "by when money is paid",
    ClauseKind.REVIEW_DEADLINE: "by when a person looks",
    ClauseKind.INFORMATION: "something to know",
    ClauseKind.DEFAULT: "what holds where no other rule decides",
    ClauseKind.APPEAL: "how to appeal",
    ClauseKind.EVIDENCE_WEIGHT: "what counts as proof",
    ClauseKind.VERSIONING: "which text counts",
}
EFFECTS = {
    Effect.DENY: "refuses",
    Effect.APPROVE: "pays",
    Effect.ASK: "asks",
    Effect.REVIEW: "has a person look",
    Effect.SET: "sets a date",
    Effect.INFORM: "explains",
}
READING, WHY = "how we read it", "why"
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Aspect:
    """One thing that a clause or a version says: in words, and as its tree where it has one."""

    words: str
    tree: object = None


def aspects(clause: Clause) -> dict[str, Aspect]:
    """What ``clause`` says, by what each thing is about; what it does not speak of is left out."""
    effect = f"{KINDS[clause.kind]}: it {EFFECTS[clause.effect]}"
    found = {
        "the wording": _text(clause.wording),
        "the heading": _text(clause.part),
        READING: _text(clause.reading),
        "what it is": _text(effect),
        "when it applies": _condition(clause.when),
        "the amount": _text(AMOUNTS[clause.amount] if clause.amount else ""),
        "where the money goes": _text(
            DESTINATIONS[clause.destination] if clause.destination else ""
        ),
        "what you may choose": _flag(clause.remedy_asked, "another number instead of the money"),
        "without a person": _flag(clause.automatic, "where our records prove it"),
        "what a person has to find": _condition(clause.finding),
        "when a person is needed": _condition(clause.person_when),
        "the proof": _flag(clause.evidence, fact("claim.evidence")),
        "from when you can claim": _instant(clause.opens),
        "how money leaves": _text(method(clause)),
        "what we ask for": _text(
            requirements(clause.requires, description_length=clause.description_length)
        ),
        "what we ask for before a payout": _text(requirements(clause.requires_for_payout)),
        "when we ask": _flag(clause.only_unsettled, "only where our records do not settle it"),
        "where it applies": _text(_ON.get(clause.on, "") if clause.on else ""),
        "the other way round": _text(applies(clause.reversed) if clause.reversed else ""),
        "rules named along with it": _text(join(clause.also)),
        "rules that come before it": _text(join(clause.yields_to)),
        "rules that it comes before": _text(join(clause.beats)),
        WHY: _text(clause.because),
    }
    for name, limit in clause.deadlines.items():
        found[_DEADLINES[name]] = Aspect(deadline(name, limit), limit.term)
    return {about: aspect for about, aspect in found.items() if aspect}


def shop_wide(version: Version) -> dict[str, Aspect]:
    """What ``version`` says besides its clauses, by what each thing is about."""
    found = terms(version)
    asking = int(version.information_time.total_seconds())
    found["how long we wait for what we ask for"] = Aspect(seconds(asking))
    found["the rule for something else"] = Aspect(version.fallback)
    for reason, clauses in version.points.items():
        found[f"the rules named for {BY_CODE[reason].noun}"] = Aspect(join(clauses))
    return found


def terms(version: Version) -> dict[str, Aspect]:
    """What the clauses of ``version`` take for granted: its limit, its lengths of time, its days."""
    days = version.calendar
    window, clock = version.top_up_window, version.rectify_clock
    found = {
        "what is paid without a person": _text(f"up to {version.automatic_limit}"),
        "how old a top-up may be": _text(seconds(int(window.total_seconds())) if window else ""),
        "the mending time": _text(_clock(clock) if clock else ""),
        "working days": _text(join([_WEEKDAYS[day] for day in sorted(days.weekdays)])),
        "public holidays": _text(f"those of {days.country}" if days.country else ""),
        "the time zone": _text(str(days.zone)),
    }
    return {about: aspect for about, aspect in found.items() if aspect}


_ON = {Destination.BALANCE: "money to your balance", Destination.PAYOUT: "money paid out to you"}
_DEADLINES = {
    "review_target": "by when a person means to decide",
    "review_due": "by when a person decides",
    "payout_due": "by when the money is on its way",
    "payout_limit": "by when the money is with you",
    "information_due": "by when what we ask for has to come",
    "rectify_by": "by when the defect may be mended",
}


def _clock(clock: PausingClock) -> str:
    return (
        f"{seconds(int(clock.length.total_seconds()))} from {fact(clock.start)}, "
        f"not counting the time from {fact(clock.paused_from)} to {fact(clock.paused_until)}"
    )


def _text(words: str) -> Aspect | None:
    return Aspect(words) if words else None


def _flag(holds: bool, words: str) -> Aspect | None:  # noqa: FBT001 - a clause's own flag
    return Aspect(words) if holds else None


def _condition(test: Condition | None) -> Aspect | None:
    return Aspect(condition(test.tree), test.tree) if test else None


def _instant(limit: Instant | None) -> Aspect | None:
    return Aspect(instant(limit.term), limit.term) if limit else None
