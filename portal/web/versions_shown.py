"""What the pages about a shop's versions show, gathered from rows, texts and answers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from flask import abort, current_app

from portal.people import Role
from portal.policy import effects, loading
from portal.policy.differences import differences
from portal.policy.plain import condition
from portal.versions import publishing, queries
from portal.versions.lifecycle import OPEN, Action, Stage, next_state
from portal.versions.models import Deed, Question
from portal.web import staff
from portal.web.clock import now
from portal.web.forms.versions import DateForm

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from portal.policy.document import Policy, Version
    from portal.versions.models import Answer, PolicyVersion
    from portal.versions.queries import Line
    from portal.versions.registry import Governing, Policies

MOST = 2**31 - 1  # what a row's number can be
STAGE_TONES = {
    Stage.DRAFT: "warning",
    Stage.CHECKED: "info",
    Stage.SCHEDULED: "info",
    Stage.IN_FORCE: "success",
    Stage.ENDED: "neutral",
    Stage.DISCARDED: "neutral",
}

DEED_WORDS = {
    Deed.BEGIN: "Draft begun",
    Deed.UPLOAD: "Draft begun from a file",
    Deed.CHANGE_CLAUSE: "{} changed",
    Deed.CHANGE_TEXT: "Text changed",
    Deed.CHANGE_DATE: "Date changed to {}",
    Deed.EXPLAIN: "Note changed",
    Deed.ASK_CHECK: "Check asked for",
    Deed.ASK_REPLAY: "Replay asked for",
    Deed.LOOK: "Replay looked at",
    Deed.PUBLISH: "Published",
    Deed.DISCARD: "Thrown away",
}
ANSWERED = {Question.CHECK: "Check done", Question.REPLAY: "Replay done"}


@dataclass(frozen=True, slots=True)
class Listed:
    """One version in the list of a shop; ``number`` is None for one of the shop's file."""

    in_force: date
    stage: Stage
    number: int | None
    who: str
    next: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Row:
    """One clause in the table of a version; ``change`` says whether it is new or changed."""

    id: str
    part: str
    wording: str
    source: str
    plain: str
    effect: str
    change: str


@dataclass(frozen=True, slots=True)
class Told:
    """One line of what was done to a version."""

    at: datetime
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Step:
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


def policies() -> Policies:
    """Every shop's policy, as it governs."""
    return cast("Policies", current_app.extensions["policies"])


def governing(shop: str) -> Governing:
    """What governs a shop; 404 for an unknown one."""
    if shop not in policies():
        abort(404)
    return policies().governing(shop)


def row(number: int) -> PolicyVersion:
    """A version made in the browser, with its people and answers; 404 for none."""
    found = queries.version_page(number) if number <= MOST else None
    if found is None:
        abort(404)
    return found


def admins_only() -> None:
    """403 for a reviewer who may look at policies and not change them."""
    if staff.me().role is not Role.ADMIN:
        abort(403)


@lru_cache(maxsize=16)
def read(text: str, shop: str) -> Policy:
    """The policy that a stored text is: it was read before it was stored, so that it is whole."""
    return loading.read(text.encode(), f"{shop}.toml")


def version_of(found: PolicyVersion) -> Version:
    """The version that this row adds."""
    policy = read(found.text, found.shop)
    return next(each for each in policy.versions if each.in_force == found.in_force)


def before(found: PolicyVersion) -> Version:
    """The version that this row follows."""
    policy = read(found.text, found.shop)
    return [each for each in policy.versions if each.in_force < found.in_force][-1]


def every_version(shop: str) -> dict[str, Version]:
    """A shop's versions by their dates, the oldest first: what governs, and a draft."""
    found = {str(each.in_force): each for each in governing(shop).policy.versions}
    if open_draft := queries.draft_of(shop):
        found[str(open_draft.in_force)] = version_of(open_draft)
    return found


def listed(shop: str, rows: Sequence[PolicyVersion]) -> list[Listed]:
    """A shop's versions, the draft first, then the newest."""
    policy = policies()[shop]
    lines = queries.timeline(policy, at=now(), rows=rows)
    return [
        Listed(
            in_force=line.in_force,
            stage=line.stage,
            number=line.row.id if line.row else None,
            who=_who(line),
            next=_next(line, lines),
            sha256=line.sha256,
        )
        for line in lines
    ]


def draft(number: int) -> PolicyVersion:
    """A version that may still be changed; NotAllowed for what is published or thrown away."""
    found = row(number)
    next_state(found.state, Action.CHANGE)
    return found


def frame(found: PolicyVersion) -> dict[str, Any]:
    """What every page about one version shows of it."""
    shop = policies()[found.shop].shop
    return {
        "version": found,
        "shop_name": shop.name,
        "zone": shop.time_zone,
        "stage": stage_of(found),
        "tones": STAGE_TONES,
        "me": staff.me(),
    }


def page(found: PolicyVersion, *, form: DateForm | None = None) -> dict[str, Any]:
    """All variables of a version's own page; ``form`` is one that was refused."""
    is_open = found.state in OPEN
    shown: dict[str, Any] = frame(found) | {
        "is_open": is_open,
        "may_change": is_open and staff.me().role is Role.ADMIN,
        "clauses": clauses(version_of(found), before(found)),
        "before": before(found).in_force,
        "log": log(found),
    }
    if is_open:
        govern = governing(found.shop)
        missing = publishing.hindrances(found, governing=govern, by=staff.me(), at=now())
        shown |= {"steps": steps(found), "missing": missing}
        shown["at_once"] = publishing.at_once(found.text, govern)
        shown["date"] = form or DateForm(formdata=None, obj=found)
    if form is not None:
        shown["form"] = form
    return shown


def log(found: PolicyVersion) -> list[Told]:
    """Who did what and when, and what the workbench answered; the latest first."""
    told = [
        Told(answer.done_at, ANSWERED[answer.question], _outcome(answer))
        for answer in found.answers
        if answer.done_at
    ]
    told += [
        Told(event.at, DEED_WORDS[event.deed].format(event.about), event.by.name)
        for event in found.events
    ]
    told.sort(key=lambda line: line.at)
    return told[::-1]


def _outcome(answer: Answer) -> str:
    if answer.problem:
        return answer.problem
    if answer.question is Question.REPLAY:
        return "What would change is known."
    return "Nothing to mend." if answer.clean else "Something to mend."


def stage_of(found: PolicyVersion) -> Stage:
    """How a row is called now."""
    policy = policies()[found.shop]
    dates = {each.in_force for each in policy.versions}
    if found.published_at and found.in_force in dates:
        return queries.stage(policy, found.in_force, at=now())
    return Stage.SCHEDULED if found.published_at else Stage(found.state)


def clauses(version: Version, other: Version) -> list[Row]:
    """The clauses of a version in its own order, each beside what it was in the other."""
    known = {clause.id for clause in other.clauses}
    changed = {difference.clause for difference in differences(other, version)}
    return [
        Row(
            id=clause.id,
            part=clause.part,
            wording=clause.wording,
            source=clause.when.text if clause.when else "",
            plain=condition(clause.when.tree) if clause.when else "",
            effect=effects.clause(clause),
            change="" if clause.id not in changed else "Changed" if clause.id in known else "New",
        )
        for clause in version.clauses
    ]


def steps(found: PolicyVersion) -> list[Step]:
    """What was done of all that a draft needs before it governs."""
    check, replay = found.answer(Question.CHECK), found.answer(Question.REPLAY)
    return [
        Step(
            done=bool(check and check.clean),
            title="Check it",
            text=_checked(check),
            waits=bool(check and check.done_at is None),
            report="versions.check" if check else "",
            link="See what the check says",
            ask="" if check and not check.problem else "publishing.check",
            button="Check it",
        ),
        Step(
            done=bool(replay and replay.seen_at),
            title="Try it on past claims",
            text=_replayed(replay),
            waits=bool(replay and replay.done_at is None),
            report="versions.replay" if replay else "",
            link="See what would change",
            ask="" if replay and not replay.problem else "publishing.replay",
            button="Try it",
        ),
        Step(
            done=False,
            title="Have a second person publish it",
            text=f"{found.author.name} wrote the text as it stands, so another admin publishes it.",
        ),
    ]


def _checked(answer: Answer | None) -> str:
    if answer is None:
        return "The text as it stands was not checked yet."
    if answer.done_at is None:
        return "It is being checked."
    if answer.problem:
        return f"The check did not finish: {answer.problem}"
    return (
        "The check found nothing to mend." if answer.clean else "The check found something to mend."
    )


def _replayed(answer: Answer | None) -> str:
    if answer is None:
        return "The text as it stands was not tried yet."
    if answer.done_at is None:
        return "It is being tried."
    if answer.problem:
        return f"The replay did not finish: {answer.problem}"
    if answer.seen_by is None:
        return "It was tried. Look at what would change, and say so."
    return f"{answer.seen_by.name} looked at what would change."


def _who(line: Line) -> str:
    if line.row is None:
        return "The shop's file"
    if line.row.published_by is None:
        return line.row.author.name
    return f"{line.row.author.name}, published by {line.row.published_by.name}"


def _next(line: Line, lines: Sequence[Line]) -> str:
    """What is to be done with a version, or that nothing is."""
    match line.stage:
        case Stage.SCHEDULED:
            return f"Governs claims that are sent from {_day(line.in_force)} on."
        case Stage.IN_FORCE:
            return "Governs the claims that are sent now."
        case Stage.ENDED:
            after = min(each.in_force for each in lines if each.in_force > line.in_force)
            return f"Governs the claims that were sent before {_day(after)}."
    if line.row is None:
        return ""
    todo = next((step for step in steps(line.row) if not step.done), None)
    return todo.text if todo else ""


def _day(on: date) -> str:
    return f"{on.day} {on:%B %Y}"
