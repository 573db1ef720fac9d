"""Where each version stands, in words: what is to be done next, and what was done by whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.people.rights import Task
from portal.translation import gettext, lazy_gettext as _
from portal.versions import queries
from portal.versions.lifecycle import Stage, State
from portal.versions.models import Answer, Deed, DraftQuestion, PolicyVersion
from portal.versions.queries import VersionLine
from portal.versions.registry import policies
from portal.web.frame.clock import now
from portal.web.guards import staff
from portal.words.in_force import since_long

STAGE_TONES = {
    Stage.DRAFT: "warning",
    Stage.CHECKED: "info",
    Stage.SCHEDULED: "info",
    Stage.IN_FORCE: "success",
    Stage.ENDED: "neutral",
    Stage.WITHDRAWN: "neutral",
    Stage.DISCARDED: "neutral",
}
STAGE_WORDS = {
    Stage.DRAFT: _("Draft"),
    Stage.CHECKED: _("Checked"),
    Stage.SCHEDULED: _("Scheduled"),
    Stage.IN_FORCE: _("In force"),
    Stage.ENDED: _("Ended"),
    Stage.WITHDRAWN: _("Withdrawn"),
    Stage.DISCARDED: _("Discarded"),
}
DEED_WORDS = {
    Deed.BEGIN: _("Draft begun"),
    Deed.UPLOAD: _("Draft begun from a file"),
    Deed.CHANGE_CLAUSE: _("%(about)s changed"),
    Deed.ADD_CLAUSE: _("%(about)s added"),
    Deed.REMOVE_CLAUSE: _("%(about)s removed"),
    Deed.MOVE_CLAUSE: _("%(about)s moved"),
    Deed.ADD_EXAMPLE: _("Ready examples added: %(about)s"),
    Deed.CHANGE_EXAMPLE: _("Example changed: %(about)s"),
    Deed.CHANGE_TEXT: _("Text changed"),
    Deed.CHANGE_CALENDAR: _("Calendar changed"),
    Deed.CHANGE_DATE: _("Date changed to %(about)s"),
    Deed.EXPLAIN: _("Note changed"),
    Deed.ASK_CHECK: _("Check asked for"),
    Deed.ASK_REPLAY: _("Replay asked for"),
    Deed.LOOK: _("Replay looked at"),
    Deed.PUBLISH: _("Published"),
    Deed.WITHDRAW: _("Withdrawn"),
    Deed.DISCARD: _("Thrown away"),
}
ANSWERED = {DraftQuestion.CHECK: _("Check done"), DraftQuestion.REPLAY: _("Replay done")}


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of what was done to a version."""

    at: datetime
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class StandingStep:
    """One thing to do before a draft governs.

    ``report`` is the page of what came out, under its ``link``; ``ask`` does it, by its ``button``.
    """

    done: bool
    title: str
    text: str
    waits: bool = False
    report: str = ""
    link: str = ""
    ask: str = ""
    button: str = ""


def listed(shop: str, rows: Sequence[PolicyVersion]) -> list[tuple[VersionLine, str, str]]:
    """A shop's versions, the draft first, then the newest: each with who made it and what is next."""
    lines = queries.timeline(policies()[shop], at=now(), rows=rows)
    return [(line, _who(line), _next(line, lines)) for line in lines]


def stage_of(found: PolicyVersion) -> Stage:
    """How a row is called now."""
    policy = policies()[found.shop]
    dates = {each.in_force for each in policy.versions}
    if found.state is not State.PUBLISHED:
        return Stage(found.state)
    return (
        queries.stage(policy, found.in_force, at=now())
        if found.in_force in dates
        else Stage.SCHEDULED
    )


def log(found: PolicyVersion) -> list[HistoryEntry]:
    """Who did what and when, and what the workbench answered; the latest first."""
    told = [
        HistoryEntry(answer.done_at, ANSWERED[answer.question], _outcome(answer))
        for answer in found.answers
        if answer.done_at
    ]
    told += [
        HistoryEntry(
            event.at,
            gettext(DEED_WORDS[event.deed], about=event.about),
            f"{event.by.name}: {event.why}" if event.why else event.by.name,
        )
        for event in found.events
    ]
    told.sort(key=lambda line: line.at)
    return told[::-1]


def _outcome(answer: Answer) -> str:
    if answer.problem:
        return answer.why
    if answer.question is DraftQuestion.REPLAY:
        return gettext("What would change is known.")
    return gettext("Nothing to mend.") if answer.clean else gettext("Something to mend.")


def steps(found: PolicyVersion) -> list[StandingStep]:
    """What was done of all that a draft needs before it governs."""
    check, replay = found.answer(DraftQuestion.CHECK), found.answer(DraftQuestion.REPLAY)
    reads = staff.me().may(Task.LOOK, found.shop)  # the replay's report names claims
    return [
        StandingStep(
            done=bool(check and check.clean),
            title=gettext("Check it"),
            text=_checked(check),
            waits=bool(check and check.done_at is None),
            report="versions.check" if check else "",
            link=gettext("See what the check says"),
            ask="" if check and not check.problem else "publishing.check",
            button=gettext("Check it"),
        ),
        StandingStep(
            done=bool(replay and replay.seen_at),
            title=gettext("Try it on past claims"),
            text=_replayed(replay),
            waits=bool(replay and replay.done_at is None),
            report="versions.replay" if replay and reads else "",
            link=gettext("See what would change"),
            ask="" if replay and not replay.problem else "publishing.replay",
            button=gettext("Try it"),
        ),
        StandingStep(
            done=False,
            title=gettext("Have a second person publish it"),
            text=gettext(
                "A lead who wrote nothing of it; it was last changed by %(name)s.",
                name=found.author.name,
            ),
        ),
    ]


def _checked(answer: Answer | None) -> str:
    if answer is None:
        return gettext("The text as it stands was not checked yet.")
    if answer.done_at is None:
        return gettext("It is being checked.")
    if answer.problem:
        return gettext("The check did not finish: %(problem)s", problem=answer.why)
    return (
        gettext("The check found nothing to mend.")
        if answer.clean
        else gettext("The check found something to mend.")
    )


def _replayed(answer: Answer | None) -> str:
    if answer is None:
        return gettext("The text as it stands was not tried yet.")
    if answer.done_at is None:
        return gettext("It is being tried.")
    if answer.problem:
        return gettext("The replay did not finish: %(problem)s", problem=answer.why)
    if answer.seen_by is None:
        return gettext("It was tried. Look at what would change, and say so.")
    return gettext("%(name)s looked at what would change.", name=answer.seen_by.name)


def _who(line: VersionLine) -> str:
    if line.row is None:
        return gettext("The shop's file")
    if line.row.published_by is None:
        return line.row.author.name
    return gettext(
        "%(author)s, published by %(publisher)s",
        author=line.row.author.name,
        publisher=line.row.published_by.name,
    )


def _next(line: VersionLine, lines: Sequence[VersionLine]) -> str:
    """What is to be done with a version, or that nothing is."""
    match line.stage:
        case Stage.SCHEDULED:
            return gettext(
                "Governs claims that are sent from %(day)s on.", day=since_long(line.in_force)
            )
        case Stage.IN_FORCE:
            return gettext("Governs the claims that are sent now.")
        case Stage.ENDED:
            after = lines[lines.index(line) - 1 :: -1]  # the newest of them comes first
            by = next(each.in_force for each in after if each.stage is not Stage.WITHDRAWN)
            return gettext("Governs the claims that were sent before %(day)s.", day=since_long(by))
        case Stage.WITHDRAWN:
            return gettext("Nothing: it never governed.")
    if line.row is None:
        return ""
    todo = next((step for step in steps(line.row) if not step.done), None)
    return todo.text if todo else ""
