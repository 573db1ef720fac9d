"""Where the shop allows it, a version takes effect when it is published, and never before."""

from datetime import UTC, date, datetime, timedelta
from threading import Event

import pytest
from sqlalchemy import func, select, update

from portal.claims.models import StoredDecision
from portal.claims.queries import claim_for_change
from portal.claims.verbs import filing
from portal.database import transaction
from portal.extensions import db
from portal.people.reviewers import Reviewer
from portal.policy.deciding.case import parse
from portal.policy.deciding.document import PolicyError
from portal.policy.deciding.engine import decide
from portal.policy.file.places import SHOPS, shop_files
from portal.policy.file.reading import load
from portal.policy.language.in_force import AT_ONCE, in_force_named
from portal.policy.text import editing
from portal.versions import drafting, pins, publishing, writing
from portal.versions.lifecycle import Stage, State
from portal.versions.models import DraftQuestion, PolicyVersion, text_hash
from portal.versions.queries import newest_published, timeline, version_for_change
from portal.versions.refusals import NotPublishable, NotWithdrawable, PolicyHasMoved, TextRefused
from portal.versions.registry import Policies
from tests import factories
from tests.claims.filed import submit
from tests.factories import NOW
from tests.races import race
from tests.versions.drafts import (
    SHOP,
    admin,
    answered,
    begun,
    governing,
    published,
    read_of,
    ready,
    reclause,
    redate,
    withdrawn,
)

MICRO, SECOND = timedelta(microseconds=1), timedelta(seconds=1)
WHEN = NOW + timedelta(hours=2, microseconds=250_000)
MOMENT = "2026-03-04T12:00:01Z"
STARTS = datetime(2026, 3, 4, 12, 0, 1, tzinfo=UTC)


@pytest.fixture
def policies(app):
    return app.extensions["policies"]


def publish(draft, *, at=WHEN):
    by, read = admin(), read_of(draft)
    with transaction():
        publishing.publish(draft, read, governing=governing(draft.shop), by=by, at=at)
    return draft


def refusal(draft, *, at=WHEN):
    with pytest.raises(NotPublishable) as refused:
        publish(draft, at=at)
    assert draft.state is not State.PUBLISHED
    return refused.value.reasons


def stages(policies, at):
    return [(str(line.in_force), line.stage) for line in timeline(policies[SHOP], at=at)]


def test_it_is_in_force_from_the_first_whole_second_of_its_publication(app, policies):
    draft = ready(in_force=AT_ONCE)
    assert 'in_force = "at once"' in draft.text
    before, moved = draft.text, draft.text_sha256
    publish(draft)
    assert (str(draft.in_force), draft.state) == (MOMENT, State.PUBLISHED)
    assert draft.text == before.replace('"at once"', MOMENT)
    assert draft.text_sha256 == text_hash(draft.text) != moved
    version = read_of(draft).current
    assert (version.starts_at, version.sha256) == (STARTS, draft.sha256)
    policies.renew()
    policy = policies[SHOP]
    assert [str(policy.version_at(STARTS + by).in_force) for by in (-MICRO, timedelta())] == [
        "2025-10-20",
        MOMENT,
    ]
    assert stages(policies, STARTS) == [(MOMENT, Stage.IN_FORCE), ("2025-10-20", Stage.ENDED)]
    assert policy.dated(MOMENT) is policy.current


def test_what_was_said_about_its_text_is_still_said(app):
    draft = publish(ready(in_force=AT_ONCE))
    answers = [draft.answer(DraftQuestion.CHECK), draft.answer(DraftQuestion.REPLAY)]
    assert [answer.given for answer in answers] == [True, True]


def test_the_database_keeps_the_instant_and_each_start_finds_it(app):
    number = publish(ready(in_force=AT_ONCE)).id
    db.session.expire_all()
    assert str(db.session.get_one(PolicyVersion, number).in_force) == MOMENT
    started = Policies(shop_files(), at=WHEN + timedelta(days=400))
    started.renew()
    assert str(started[SHOP].current.in_force) == MOMENT


def test_a_restored_row_with_another_moment_is_refused(app):
    draft = publish(ready(in_force=AT_ONCE))
    other = in_force_named("2026-03-04T11:00:00Z")
    text = editing.with_date(draft.text, draft.in_force, other)
    values = {"in_force": other, "text": text, "text_sha256": text_hash(text)}
    with transaction():
        db.session.execute(update(PolicyVersion).values(**values))
    with pytest.raises(PolicyError, match="version 2026-03-04T11:00:00Z is not as it was publ"):
        Policies(shop_files(), at=WHEN).renew()


@pytest.mark.long
def test_the_same_instant_is_never_given_twice(app, policies):
    publish(ready(in_force=AT_ONCE))
    policies.renew()
    taken = (
        "A version is already published for 4 Mar 2026, 12:00:01 UTC. Choose a later date, or withdraw"
        " that version first."
    )
    with pytest.raises(TextRefused) as refused:
        writing.copied(governing(), AT_ONCE, at=WHEN)
    assert str(refused.value) == taken
    second = begun_at(STARTS + MICRO)
    assert refusal(second, at=WHEN) == (taken,)
    publish(second, at=STARTS + MICRO)
    policies.renew()
    assert str(policies[SHOP].current.in_force) == "2026-03-04T12:00:02Z"
    assert stages(policies, STARTS + SECOND) == [
        ("2026-03-04T12:00:02Z", Stage.IN_FORCE),
        (MOMENT, Stage.ENDED),
        ("2025-10-20", Stage.ENDED),
    ]


def test_of_two_published_at_once_one_is(app):
    draft = ready(in_force=AT_ONCE)
    number, read, people = draft.id, read_of(draft), [admin().id, admin().id]

    def act(by):
        with transaction():
            found = version_for_change(number)
            publishing.publish(
                found, read, governing=governing(), by=db.session.get_one(Reviewer, by), at=WHEN
            )  # fmt: skip

    results = race(app, [lambda by=by: act(by) for by in people])
    assert sorted(type(each).__name__ for each in results) == ["NoneType", "VersionNotAllowed"]


def test_a_shop_that_does_not_allow_it_has_dates_to_come(app):
    said = (
        "Versions of this shop begin at a time to come: its file doesn't say at_once = true. Choose a"
        " date."
    )
    with pytest.raises(TextRefused) as refused:
        writing.copied(governing("client-numbers"), AT_ONCE, at=NOW)
    assert str(refused.value) == said
    draft = begun(shop="client-numbers")
    with pytest.raises(TextRefused) as refused:
        redate(draft, AT_ONCE)
    assert str(refused.value) == said


def test_nothing_takes_effect_before_what_is_scheduled(app, policies):
    draft = published()
    policies.renew()
    with pytest.raises(TextRefused) as refused:
        writing.copied(governing(), AT_ONCE, at=NOW)
    assert "already published for 1 Apr 2026" in str(refused.value)
    withdrawn(draft)
    policies.renew()
    assert ready(in_force=AT_ONCE).in_force == AT_ONCE


def test_what_took_effect_is_not_withdrawn(app, policies):
    draft = publish(ready(in_force=AT_ONCE))
    policies.renew()
    with pytest.raises(NotWithdrawable) as refused:
        withdrawn(draft, at=STARTS)
    assert "in force since 4 Mar 2026, 12:00:01 UTC" in str(refused.value)


def test_a_draft_goes_from_a_date_to_its_publication_and_back(app):
    draft = begun()
    redate(draft, AT_ONCE)
    assert (draft.in_force, str(draft.in_force)) == (AT_ONCE, "at once")
    redate(draft, date(2026, 5, 1))
    assert "in_force = 2026-05-01\n" in draft.text


def test_an_instant_in_the_text_lies_an_hour_ahead_or_is_refused(app):
    draft = ready(in_force=in_force_named("2026-03-04T10:59:59Z"))
    assert refusal(draft, at=NOW) == (
        "It would be in force from 2026-03-04T10:59:59Z, less than an hour from now. Give it a later date.",
    )
    publish(draft, at=NOW - SECOND)
    assert str(draft.in_force) == "2026-03-04T10:59:59Z"


def test_a_claim_from_before_keeps_what_was_in_force_and_one_from_after_does_not(app, policies):
    early, later = (
        factories.draft(shop=SHOP, order_reference=each).reference for each in ("A-1", "A-2")
    )
    draft = begun(in_force=AT_ONCE)
    reclause(draft, "NP-2.1", {"wording": "Said anew."}, by=draft.author)
    publish(ready_as_it_is(draft))
    policies.renew()
    submit(early, at=STARTS - MICRO)
    submit(later, at=STARTS)
    found = [claim_for_change(each) for each in (early, later)]
    assert [claim.policy_version for claim in found] == ["2025-10-20", MOMENT]
    assert [claim.decision.document["version"] for claim in found] == ["2025-10-20", MOMENT]


def test_who_has_not_read_the_version_yet_decides_nothing_by_the_old_one(app, policies):
    reference = factories.draft(shop=SHOP).reference
    publish(ready(in_force=AT_ONCE))
    with pytest.raises(PolicyHasMoved):
        submit(reference, at=STARTS)
    assert db.session.scalar(select(func.count()).select_from(StoredDecision)) == 0
    policies.renew()
    submit(reference, at=STARTS)
    assert claim_for_change(reference).policy_version == MOMENT


def test_a_publication_waits_for_what_is_being_decided(app):
    reference = factories.draft(shop=SHOP).reference
    draft = ready(in_force=AT_ONCE)
    number, read, by = draft.id, read_of(draft), admin().id
    decided, order = Event(), []

    def is_sent():
        with transaction():
            filing.submit(claim_for_change(reference), policy=factories.policy(SHOP), at=WHEN)
            decided.set()
            Event().wait(0.3)
            order.append("sent")

    def publish_now():
        decided.wait(10)
        with transaction():
            found = version_for_change(number)
            newest_published(SHOP)
            order.append("held")
            person = db.session.get_one(Reviewer, by)
            publishing.publish(found, read, governing=governing(), by=person, at=WHEN + SECOND)

    assert race(app, [is_sent, publish_now]) == [None, None]
    assert order == ["sent", "held"]


def test_a_file_has_instants_and_pins_them(tmp_path):
    path = tmp_path / "numberplug.toml"
    path.write_text((SHOPS / path.name).read_text())
    given = {"name": path.name, "at": NOW}
    pins.pin(load(path), tmp_path, **given)
    moment = in_force_named("2026-04-01T09:30:00Z")
    path.write_text(editing.with_copy(path.read_text(), date(2025, 10, 20), moment))
    assert "in_force = 2026-04-01T09:30:00Z\n" in path.read_text()
    assert pins.pin(load(path), tmp_path, **given) == (moment,)
    policy = load(path)
    known = pins.read(tmp_path)["numberplug"]
    assert known == {version.in_force: version.sha256 for version in policy.versions}
    assert pins.unpublished(policy, known, **given) == frozenset()
    path.write_text(editing.with_copy(path.read_text(), moment, AT_ONCE))
    with pytest.raises(PolicyError, match="takes effect at once is published in the browser"):
        pins.pin(load(path), tmp_path, **given)


def test_a_case_is_decided_by_the_version_of_its_instant(app, policies):
    publish(ready(in_force=AT_ONCE))
    policies.renew()
    said = [
        decide(parse({"claim": {"reason": "other", "submitted_at": at}}), policies[SHOP]).as_json()
        for at in ("2026-03-04T13:00:00+01:00", "2026-03-04T13:00:01+01:00")
    ]
    assert [each["version"] for each in said] == ["2025-10-20", MOMENT]


@pytest.mark.parametrize(
    ("stated", "why"),
    [
        ("2026-04-01T10:00:00", "'in_force' is a time without its zone, or with parts of a second"),
        (
            "2026-04-01T10:00:00.5Z",
            "'in_force' is a time without its zone, or with parts of a second",
        ),
        ("1999-04-01T10:00:00Z", "'in_force' is not between 2000-01-01 and 2100-12-31"),
        ('"now"', "'in_force' is not a date"),
        ("2025-10-20T00:00:00Z", "two versions are in force from 2025-10-20"),
    ],
)
def test_what_is_no_instant_is_refused_in_words(tmp_path, stated, why):
    text = (SHOPS / "numberplug.toml").read_text()
    text = editing.with_copy(text, date(2025, 10, 20), date(2026, 4, 1))
    path = tmp_path / "numberplug.toml"
    path.write_text(text.replace("in_force = 2026-04-01", f"in_force = {stated}"))
    with pytest.raises(PolicyError) as refused:
        load(path)
    assert why in str(refused.value)


def begun_at(at):
    """A copy of what governs, begun then, and ready to be published at once."""
    written, by = writing.copied(governing(), AT_ONCE, at=at), admin()
    with transaction():
        draft = drafting.begin(written, governing=governing(), by=by, at=at)
    return ready_as_it_is(draft)


def ready_as_it_is(draft):
    """The draft checked and tried, as the worker and a person leave it."""
    answered(draft, DraftQuestion.CHECK)
    answered(draft, DraftQuestion.REPLAY, seen_by=draft.author)
    return draft
