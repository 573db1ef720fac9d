"""All that a version says, thing by thing in words: what differences.py compares and shows."""

from dataclasses import dataclass
from datetime import datetime

from portal.config.languages import language_name
from portal.policy.deciding.document import PausingClock, Version
from portal.policy.facts.reasons import BY_CODE
from portal.policy.language.calendar import DAY, Calendar
from portal.policy.language.clause import Clause, ClauseKind, Destination, Effect
from portal.policy.language.closures import Condition, Instant
from portal.translation import (
    day,
    gettext,
    lazy_gettext as _,
    listed,
    other_languages,
    own_words,
    weekday,
)
from portal.words.clauses import AMOUNTS, DESTINATIONS, applies, deadline, method, requirements
from portal.words.conditions import condition, fact
from portal.words.lengths import seconds
from portal.words.moments import instant

KINDS = {
    ClauseKind.OVERRIDING: _("a rule against a refund, before all others"),
    ClauseKind.EXCLUDED: _("a rule against a refund"),
    ClauseKind.DEADLINE: _("a time limit"),
    ClauseKind.ELIGIBLE: _("a rule for a refund"),
    ClauseKind.AMOUNT: _("a rule about the amount"),
    ClauseKind.REQUIRED_INFORMATION: _("what a claim has to say"),
    ClauseKind.METHOD: _("how money is paid"),
    ClauseKind.PAYOUT_DEADLINE: _("by when money is paid"),
    ClauseKind.REVIEW_DEADLINE: _("by when a person looks"),
    ClauseKind.INFORMATION: _("something to know"),
    ClauseKind.DEFAULT: _("what holds where no other rule decides"),
    ClauseKind.APPEAL: _("how to appeal"),
    ClauseKind.EVIDENCE_WEIGHT: _("what counts as proof"),
    ClauseKind.VERSIONING: _("which text counts"),
}
EFFECTS = {
    Effect.DENY: _("%(kind)s: it refuses"),
    Effect.APPROVE: _("%(kind)s: it pays"),
    Effect.ASK: _("%(kind)s: it asks"),
    Effect.REVIEW: _("%(kind)s: it has a person look"),
    Effect.SET: _("%(kind)s: it sets a date"),
    Effect.INFORM: _("%(kind)s: it explains"),
}
READING, WHY = _("how we read it"), _("why")


@dataclass(frozen=True, slots=True)
class Aspect:
    """One thing that a clause or a version says: in words, and as its tree where it has one."""

    words: str
    tree: object = None


def aspects(clause: Clause) -> dict[str, Aspect]:
    """What ``clause`` says, by what each thing is about; what it does not speak of is left out."""
    effect = gettext(EFFECTS[clause.effect], kind=KINDS[clause.kind])
    found = {
        _("the wording"): _text(own_words(clause.wording)),
        _("the heading"): _text(own_words(clause.part)),
        READING: _text(clause.reading),
        _("what it is"): _text(effect),
        _("when it applies"): _condition(clause.when),
        _("the amount"): _text(str(AMOUNTS[clause.amount]) if clause.amount else ""),
        _("where the money goes"): _text(
            str(DESTINATIONS[clause.destination]) if clause.destination else ""
        ),
        _("what you may choose"): _flag(
            clause.remedy_asked, gettext("another number instead of the money")
        ),
        _("without a person"): _flag(clause.automatic, gettext("where our records prove it")),
        _("what a person has to find"): _condition(clause.finding),
        _("when a person is needed"): _condition(clause.person_when),
        _("the proof"): _flag(clause.evidence, fact("claim.evidence")),
        _("from when you can claim"): _instant(clause.opens),
        _("how money leaves"): _text(method(clause)),
        _("what we ask for"): _text(
            requirements(clause.requires, description_length=clause.description_length)
        ),
        _("what we ask for before a payout"): _text(requirements(clause.requires_for_payout)),
        _("when we ask"): _flag(
            clause.only_unsettled, gettext("only where our records do not settle it")
        ),
        _("where it applies"): _text(str(_ON.get(clause.on, "")) if clause.on else ""),
        _("the other way round"): _text(applies(clause.reversed) if clause.reversed else ""),
        _("rules named along with it"): _text(listed(clause.also)),
        _("rules that come before it"): _text(listed(clause.yields_to)),
        _("rules that it comes before"): _text(listed(clause.beats)),
        WHY: _text(clause.because),
    }
    for code, words in other_languages(clause.wording).items():
        about = gettext("the wording in %(language)s", language=language_name(code))
        found[about] = Aspect(words)
    for code, words in other_languages(clause.part).items():
        about = gettext("the heading in %(language)s", language=language_name(code))
        found[about] = Aspect(words)
    for name, limit in clause.deadlines.items():
        found[_DEADLINES[name]] = Aspect(deadline(name, limit), limit.term)
    return {about: aspect for about, aspect in found.items() if aspect}


def shop_wide(version: Version) -> dict[str, Aspect]:
    """What ``version`` says besides its clauses, by what each thing is about."""
    found = terms(version)
    asking = int(version.information_time.total_seconds())
    found[_("how long we wait for what we ask for")] = Aspect(seconds(asking))
    found[_("the rule for something else")] = Aspect(version.fallback)
    for reason, clauses in version.points.items():
        about = gettext("the rules named for %(reason)s", reason=BY_CODE[reason].noun)
        found[about] = Aspect(listed(clauses))
    return found


def terms(version: Version) -> dict[str, Aspect]:
    """What the clauses of ``version`` take for granted: its limit, its lengths of time, its days."""
    days = version.calendar
    window, clock = version.top_up_window, version.rectify_clock
    found = {
        _("what is paid without a person"): _text(
            gettext("up to %(amount)s", amount=version.automatic_limit)
        ),
        _("how old a top-up may be"): _text(seconds(int(window.total_seconds())) if window else ""),
        _("the mending time"): _text(_clock(clock) if clock else ""),
        _("working days"): _text(listed(weekday(each) for each in sorted(days.weekdays))),
        _("public holidays"): _text(
            gettext("those of %(country)s", country=days.country) if days.country else ""
        ),
        _("the time zone"): _text(str(days.zone)),
        _("the hours of a working day"): _text(_hours(days)),
        _("days worked all the same"): _text(listed(day(each) for each in sorted(days.worked))),
        _("days off of the shop's own"): _text(listed(day(each) for each in sorted(days.off))),
    }
    return {about: aspect for about, aspect in found.items() if aspect}


_ON = {
    Destination.BALANCE: _("money to your balance"),
    Destination.PAYOUT: _("money paid out to you"),
}
_DEADLINES = {
    "review_target": _("by when a person means to decide"),
    "review_due": _("by when a person decides"),
    "payout_due": _("by when the money is on its way"),
    "payout_limit": _("by when the money is with you"),
    "information_due": _("by when what we ask for has to come"),
    "rectify_by": _("by when the defect may be mended"),
}


def _clock(clock: PausingClock) -> str:
    return gettext(
        "%(length)s from %(start)s, not counting the time from %(pause)s to %(end)s",
        length=seconds(int(clock.length.total_seconds())),
        start=fact(clock.start),
        pause=fact(clock.paused_from),
        end=fact(clock.paused_until),
    )


def _hours(days: Calendar) -> str:
    if days.closes - days.opens == DAY:
        return ""
    midnight = datetime(2000, 1, 1)  # noqa: DTZ001 - a time of day alone
    opens = (midnight + days.opens).strftime("%H:%M")
    closes = "24:00" if days.closes == DAY else (midnight + days.closes).strftime("%H:%M")
    return gettext("%(opens)s to %(closes)s", opens=opens, closes=closes)


def _text(words: str) -> Aspect | None:
    return Aspect(words) if words else None


def _flag(holds: bool, words: str) -> Aspect | None:  # noqa: FBT001 - a clause's own flag
    return Aspect(words) if holds else None


def _condition(test: Condition | None) -> Aspect | None:
    return Aspect(condition(test.tree), test.tree) if test else None


def _instant(limit: Instant | None) -> Aspect | None:
    return Aspect(instant(limit.term), limit.term) if limit else None
