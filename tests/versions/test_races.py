"""What two people, or two workers, do at the same moment happens once."""

from datetime import date

from sqlalchemy import func, select

from portal.database import transaction
from portal.extensions import db
from portal.people import Reviewer
from portal.versions import asking, drafting, jobs, publishing
from portal.versions.lifecycle import NotAllowed, State
from portal.versions.models import Answer, PolicyVersion, Question
from portal.versions.queries import version_for_change
from portal.versions.refusals import DraftHasMoved, DraftIsOpen
from tests.factories import NOW
from tests.races import race
from tests.versions.drafts import NEXT, admin, begun, governing, ready


def kinds(results):
    return sorted(type(result).__name__ for result in results)


def test_of_two_drafts_begun_at_once_one_is_there(app):
    people = [admin().id, admin().id]

    def begin(number):
        with transaction():
            drafting.begin(
                governing(), in_force=NEXT, by=db.session.get_one(Reviewer, number), at=NOW
            )

    results = race(app, [lambda number=number: begin(number) for number in people])
    assert kinds(results) == [DraftIsOpen.__name__, "NoneType"]
    assert db.session.scalar(select(func.count()).select_from(PolicyVersion)) == 1


def test_a_draft_is_published_once(app):
    draft = ready()
    number, seen, people = draft.id, draft.text_sha256, [admin().id, admin().id]

    def publish(by):
        with transaction():
            publishing.publish(
                version_for_change(number),
                governing=governing(),
                seen=seen,
                by=db.session.get_one(Reviewer, by),
                at=NOW,
            )

    results = race(app, [lambda by=by: publish(by) for by in people])
    assert kinds(results) == ["NoneType", NotAllowed.__name__]
    assert db.session.get_one(PolicyVersion, number).state is State.PUBLISHED


def test_a_change_and_a_publication_at_once_do_not_both_happen(app):
    draft = ready()
    number, seen, author, other = draft.id, draft.text_sha256, draft.author_id, admin().id

    def change():
        with transaction():
            drafting.change_date(
                version_for_change(number),
                date(2026, 5, 1),
                governing=governing(),
                seen=seen,
                by=db.session.get_one(Reviewer, author),
                at=NOW,
            )

    def publish():
        with transaction():
            publishing.publish(
                version_for_change(number),
                governing=governing(),
                seen=seen,
                by=db.session.get_one(Reviewer, other),
                at=NOW,
            )

    results = race(app, [change, publish])
    row = db.session.get_one(PolicyVersion, number)
    if row.state is State.PUBLISHED:
        assert kinds(results) == ["NoneType", NotAllowed.__name__]
        assert (row.text_sha256, row.in_force) == (seen, NEXT)
    else:
        assert kinds(results) == [DraftHasMoved.__name__, "NoneType"]
        assert row.in_force == date(2026, 5, 1)


def test_two_workers_take_one_question_once(app):
    draft = begun()
    with transaction():
        asking.ask(draft, Question.CHECK, by=draft.author, at=NOW)
    taken = []

    def work():
        return jobs._answer_due(
            Question.CHECK, lambda path: taken.append(path) or {"clean": True}, now=NOW
        )

    assert sorted(race(app, [work, work])) == [0, 1]
    assert len(taken) == 1
    assert db.session.scalars(select(Answer)).one().clean
