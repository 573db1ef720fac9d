"""Asking the workbench about a draft, and looking at what it said. The worker answers (jobs.py)."""

from datetime import datetime

from portal.extensions import db
from portal.mail import team
from portal.people.reviewers import News, Reviewer
from portal.translation import gettext
from portal.versions.lifecycle import OPEN, State, VersionAction, VersionNotAllowed
from portal.versions.models import Answer, Deed, DraftQuestion, PolicyVersion
from portal.versions.refusals import NotPublishable
from portal.versions.writing import must_be_seen


def ask(draft: PolicyVersion, question: DraftQuestion, *, by: Reviewer, at: datetime) -> Answer:
    """Have the worker check the draft's text, or try it on past claims; the row to be filled.

    While one is under way it is that one. Raises NotAllowed for what is no draft any more.
    """
    if draft.state not in OPEN:
        raise VersionNotAllowed(draft.state, VersionAction.CHANGE)
    known = draft.answer(question)
    if known and known.done_at is None:
        return known
    answer = Answer(
        question=question, text_sha256=draft.text_sha256, asked_by=by, asked_at=at, due_at=at
    )
    draft.answers.append(answer)
    deed = Deed.ASK_CHECK if question is DraftQuestion.CHECK else Deed.ASK_REPLAY
    draft.record(deed, by=by, at=at)
    db.session.flush()
    return answer


def look_at_replay(draft: PolicyVersion, *, seen: str, by: Reviewer, at: datetime) -> Answer:
    """Keep that this person looked at what the draft would have done to past claims.

    The first one is kept. Raises DraftHasMoved where ``seen`` is not the draft's text any more, and
    NotPublishable where the text as it stands has no replay yet.
    """
    must_be_seen(draft, seen)
    replay = draft.answer(DraftQuestion.REPLAY)
    if replay is None or not replay.given:
        raise NotPublishable((gettext("There is no replay of this text yet. Start one."),))
    if replay.seen_at is None:
        replay.seen_by, replay.seen_at = by, at
        draft.record(Deed.LOOK, by=by, at=at)
        _tell_leads(draft, by=by, at=at)
    return replay


def _tell_leads(draft: PolicyVersion, *, by: Reviewer, at: datetime) -> None:
    """Tell the leads who could publish a checked and tried draft that it waits for them."""
    people = [
        person
        for person in team.able(News.VERSION, shop=draft.shop)
        if person.id != by.id and not draft.written_by(person)
    ]
    if draft.state is State.CHECKED:
        team.tell(
            people,
            News.VERSION,
            of=draft.shop,
            path=f"/review/policies/{draft.id}",
            at=at,
            name=draft.shop,
            in_force=str(draft.in_force),
            who=by.name,
        )
