"""What two people, or two workers, do at the same moment happens once."""

from datetime import date

from sqlalchemy import func, select

from portal.database import transaction
from portal.extensions import db
from portal.people.reviewers import Reviewer
from portal.versions import asking, drafting, jobs, publishing, writing
from portal.versions.lifecycle import State, VersionNotAllowed
from portal.versions.models import Answer, Deed, DraftQuestion, PolicyVersion
from portal.versions.queries import version_for_change
from portal.versions.refusals import DraftHasMoved, DraftIsOpen, NotPublishable, NotWithdrawable
from tests.factories import NOW
from tests.races import race
from tests.versions.drafts import NEXT, admin, begun, governing, published, read_of, ready

LATER = date(2026, 5, 1)


def kinds(results):
    return sorted(type(result).__name__ for result in results)


def test_of_two_drafts_begun_at_once_one_is_there(app):
    people = [admin().id, admin().id]
    text = writing.copied(governing(), NEXT, at=NOW)

    def begin(number):
        with transaction():
            by = db.session.get_one(Reviewer, number)
            drafting.begin(text, governing=governing(), by=by, at=NOW)

    results = race(app, [lambda number=number: begin(number) for number in people])
    assert kinds(results) == [DraftIsOpen.__name__, "NoneType"]
    assert db.session.scalar(select(func.count()).select_from(PolicyVersion)) == 1


def test_a_draft_is_published_once(app):
    draft = ready()
    number, read, people = draft.id, read_of(draft), [admin().id, admin().id]

    def publish(by):
        with transaction():
            publishing.publish(
                version_for_change(number),
                read,
                governing=governing(),
                by=db.session.get_one(Reviewer, by),
                at=NOW,
            )

    results = race(app, [lambda by=by: publish(by) for by in people])
    assert kinds(results) == ["NoneType", VersionNotAllowed.__name__]
    assert db.session.get_one(PolicyVersion, number).state is State.PUBLISHED


def test_a_change_and_a_publication_at_once_do_not_both_happen(app):
    draft = ready()
    number, seen, author, other = draft.id, draft.text_sha256, draft.author_id, admin().id
    read = read_of(draft)
    later = writing.with_date(draft, LATER, governing=governing(), seen=seen, at=NOW)

    def change():
        with transaction():
            drafting.change(
                version_for_change(number),
                later,
                governing=governing(),
                by=db.session.get_one(Reviewer, author),
                at=NOW,
            )

    def publish():
        with transaction():
            publishing.publish(
                version_for_change(number),
                read,
                governing=governing(),
                by=db.session.get_one(Reviewer, other),
                at=NOW,
            )

    results = race(app, [change, publish])
    row = db.session.get_one(PolicyVersion, number)
    if row.state is State.PUBLISHED:
        assert kinds(results) == ["NoneType", VersionNotAllowed.__name__]
        assert (row.text_sha256, row.in_force) == (seen, NEXT)
    else:
        assert kinds(results) == [DraftHasMoved.__name__, "NoneType"]
        assert row.in_force == LATER


def test_two_workers_take_one_question_once(app):
    draft = begun()
    with transaction():
        asking.ask(draft, DraftQuestion.CHECK, by=draft.author, at=NOW)
    taken = []

    def work():
        return jobs._answer_due(
            DraftQuestion.CHECK, lambda path: taken.append(path) or {"clean": True}, now=NOW
        )

    assert sorted(race(app, [work, work])) == [0, 1]
    assert len(taken) == 1
    assert db.session.scalars(select(Answer)).one().clean


def withdraw(number, by, before):
    with transaction():
        publishing.withdraw(
            version_for_change(number),
            governing=before,
            why="Too strict.",
            by=db.session.get_one(Reviewer, by),
            at=NOW,
        )


def test_a_version_is_withdrawn_once(app):
    number, people, before = published().id, [admin().id, admin().id], governing()
    results = race(app, [lambda by=by: withdraw(number, by, before) for by in people])
    assert kinds(results) == ["NoneType", VersionNotAllowed.__name__]
    row = db.session.get_one(PolicyVersion, number)
    assert row.state is State.WITHDRAWN
    assert [event.deed for event in row.events].count(Deed.WITHDRAW) == 1


def test_a_version_is_not_withdrawn_while_one_written_on_top_of_it_is_published(app):
    below = published()
    app.extensions["policies"].renew()
    above, before, people = ready(in_force=LATER), governing(), [admin().id, admin().id]
    number, other, read = below.id, above.id, read_of(above)

    def publish():
        with transaction():
            by = db.session.get_one(Reviewer, people[1])
            publishing.publish(version_for_change(other), read, governing=before, by=by, at=NOW)

    results = race(app, [lambda: withdraw(number, people[0], before), publish])
    states = [db.session.get_one(PolicyVersion, each).state for each in (number, other)]
    assert (states, kinds(results)) in (
        ([State.WITHDRAWN, State.CHECKED], ["NoneType", NotPublishable.__name__]),
        ([State.PUBLISHED, State.PUBLISHED], ["NoneType", NotWithdrawable.__name__]),
    )
