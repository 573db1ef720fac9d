"""The worker's part: it puts to the workbench what was asked about drafts, and keeps the answers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import select

from portal.database import hold, transaction
from portal.extensions import db
from portal.policy.file import reading
from portal.translation import lazy_gettext, made
from portal.versions import queries
from portal.versions.checking import as_file, check
from portal.versions.lifecycle import OPEN, VersionAction
from portal.versions.models import Answer, DraftQuestion, PolicyVersion, SecondPersonSwitch
from portal.versions.registry import policies
from portal.workbench.running import WorkbenchError, ask

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=30)  # longer than the first copy and the workbench may take
TRIES = 2
UNFINISHED = lazy_gettext("This was begun twice and never finished. Ask again.")
CHANGED = lazy_gettext("The text changed before this was begun. Ask again.")


@dataclass(frozen=True, slots=True)
class _Asked:
    """One row that this worker has leased, apart from the session."""

    answer_id: int
    draft_id: int
    shop: str
    text: str
    problem: str | None


def check_due(*, now: datetime) -> int:
    """Check the draft that has waited longest; 1, or 0 where none waits. Takes seconds to minutes."""
    return _answer_due(DraftQuestion.CHECK, lambda path: check(str(path)), now=now)


def replay_due(*, now: datetime, copied: Callable[[], Path]) -> int:
    """Try the draft that has waited longest on past claims, next to the version before it.

    ``copied`` brings the column copy up to date and gives its folder. 1, or 0 where none waits.
    """

    def replay(path: Path) -> Any:
        old, new = (version.in_force for version in reading.load(path).versions[-2:])
        folder = copied()
        db.session.rollback()  # nothing is held while the workbench reckons
        return ask("replay", str(folder), f"{path}@{old}", f"{path}@{new}")

    return _answer_due(DraftQuestion.REPLAY, replay, now=now)


def _answer_due(question: DraftQuestion, put: Callable[[Path], Any], *, now: datetime) -> int:
    asked = _leased(question, now=now)
    if asked is None:
        return 0
    result, problem = None, asked.problem
    if problem is None:
        try:
            with as_file(asked.shop, asked.text) as path:
                result = put(path)
        except WorkbenchError as error:
            problem, result = str(error), {"why": made(error.args[0])}
            log.warning("workbench gave no answer", question=question, reason=problem)
    _keep(asked, result, problem, now=now)
    return 1


def _leased(question: DraftQuestion, *, now: datetime) -> _Asked | None:
    due = (
        select(Answer)
        .where(Answer.question == question, Answer.due_at <= now)
        .order_by(Answer.due_at)
        .limit(1)
    )
    if db.session.scalars(due).first() is None:  # idle looks take no write lock
        return None
    with transaction():
        answer = db.session.scalars(due.with_for_update(skip_locked=True)).first()
        if answer is None:
            return None
        answer.due_at, answer.attempts = now + LEASE, answer.attempts + 1
        draft = answer.policy_version
        problem = None
        if draft.text_sha256 != answer.text_sha256 or draft.state not in OPEN:
            problem = CHANGED
        elif answer.attempts > TRIES:
            problem = UNFINISHED
        return _Asked(answer.id, draft.id, draft.shop, draft.text, problem)


def _keep(asked: _Asked, result: Any, problem: str | None, *, now: datetime) -> None:
    """Write what came out, and let a check of the text as it still stands move the draft."""
    with transaction():
        draft = queries.version_for_change(asked.draft_id)
        answer = db.session.get_one(Answer, asked.answer_id)
        if draft is None or answer.done_at is not None:  # another worker took over and was faster
            return
        answer.result, answer.problem = result, problem
        answer.done_at, answer.due_at = now, None
        if answer.question is not DraftQuestion.CHECK or problem:
            return
        answer.clean = result["clean"]
        if draft.state in OPEN and draft.answer(DraftQuestion.CHECK) is answer:
            draft.move(VersionAction.PASS if answer.clean else VersionAction.FAIL)


def note_switches(*, now: datetime) -> int:
    """Keep what the files that govern now say otherwise than before; how many."""
    count = 0
    for shop, policy in policies().items():
        if _said(shop) == policy.shop.second_person:
            continue
        with transaction():
            hold(f"second person {shop}")
            if _said(shop) != policy.shop.second_person:
                row = policies().governing(shop).row
                published = db.session.get(PolicyVersion, row) if row else None
                by = published.published_by_id if published else None
                db.session.add(
                    SecondPersonSwitch(
                        shop=shop, needed=policy.shop.second_person, at=now, by_id=by
                    )
                )
                count += 1
    return count


def _said(shop: str) -> bool:
    last = queries.last_switch(shop)
    return last is None or last.needed
