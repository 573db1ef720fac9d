"""Publishing needs a clean check, a replay that was looked at, a second admin, and a date ahead."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import current_app

from portal.database import transaction
from portal.people.reviewers import Role
from portal.policy.file.places import SHOPS
from portal.policy.file.reading import shops
from portal.versions import asking, drafting, publishing
from portal.versions.lifecycle import Stage, State, VersionNotAllowed
from portal.versions.models import Deed, DraftQuestion
from portal.versions.queries import timeline
from portal.versions.refusals import DraftHasMoved, NotPublishable
from portal.versions.registry import Governing
from tests import factories
from tests.factories import NOW
from tests.versions.drafts import (
    NEXT,
    SHOP,
    admin,
    answered,
    begun,
    governing,
    published,
    read_of,
    ready,
    retext,
)

CHECK = "The text as it stands has not been checked. Check it."
REPLAY = "The text as it stands has not been tried on past claims. Start a replay."
LOOK = "Nobody has looked at the replay yet. Look at it, and say so."
STARTS = datetime(2026, 4, 1, tzinfo=UTC)


def publish(draft, *, by=None, at=NOW, **given):
    values = {"governing": governing(draft.shop), "read": read_of(draft)} | given
    by = by or admin()
    with transaction():
        publishing.publish(draft, by=by, at=at, **values)


def refusal(draft, **given):
    with pytest.raises(NotPublishable) as refused:
        publish(draft, **given)
    assert draft.state is not State.PUBLISHED
    return refused.value.reasons


def test_a_ready_draft_is_published_by_a_second_admin(app):
    draft, other = ready(), admin()
    publish(draft, by=other)
    assert (draft.state, draft.published_by, draft.published_at) == (State.PUBLISHED, other, NOW)
    assert draft.open_key is None


def test_a_text_that_was_put_back_is_published_as_it_was_ready(app):
    draft, other = ready(), admin()
    before = draft.text
    for text in (before + "# a word more\n", before):
        retext(draft, text, by=draft.author)
    publish(draft, by=other)
    assert draft.state is State.PUBLISHED


def test_every_reason_against_it_is_said_at_once(app):
    draft = begun()
    assert refusal(draft, by=draft.author) == (
        CHECK,
        REPLAY,
        "You wrote some of this text. Another lead has to publish it.",
    )


def test_a_check_that_found_something_or_failed_is_none(app):
    draft = ready()
    answered(draft, DraftQuestion.CHECK, clean=False)
    found = "The check found something. Mend it, then check again."
    assert refusal(draft) == (found,)
    answered(draft, DraftQuestion.CHECK, problem="It took too long.")
    assert refusal(draft) == (CHECK,)


def test_a_check_and_a_replay_of_another_text_are_none(app):
    draft = ready()
    retext(draft, draft.text + "# a word more\n", by=draft.author)
    assert refusal(draft) == (CHECK, REPLAY)


def test_a_replay_must_have_been_looked_at(app):
    draft = begun()
    answered(draft, DraftQuestion.CHECK)
    with pytest.raises(NotPublishable, match="There is no replay of this text yet"):
        asking.look_at_replay(draft, seen=draft.text_sha256, by=admin(), at=NOW)
    answered(draft, DraftQuestion.REPLAY)
    assert refusal(draft) == (LOOK,)
    first, second = admin(), admin()
    with transaction():
        asking.look_at_replay(draft, seen=draft.text_sha256, by=first, at=NOW)
        asking.look_at_replay(draft, seen=draft.text_sha256, by=second, at=NOW)
    assert draft.answer(DraftQuestion.REPLAY).seen_by is first
    publish(draft)


def test_nobody_who_wrote_some_of_the_text_publishes_it(app):
    draft, first, last = begun(), admin(), admin()
    for by in (first, last):
        retext(draft, draft.text + "# a word more\n", by=by)
    answered(draft, DraftQuestion.CHECK)
    answered(draft, DraftQuestion.REPLAY, seen_by=last)
    for by in (first, last):
        assert refusal(draft, by=by) == (
            "You wrote some of this text. Another lead has to publish it.",
        )
    publish(draft)


def test_a_reviewer_does_not_publish(app):
    reviewer = factories.reviewer(role=Role.REVIEWER)
    assert refusal(ready(), by=reviewer) == ("Only a lead of this shop can publish.",)


def test_a_version_lies_an_hour_ahead_when_it_is_published(app):
    draft = ready()
    late = (
        "It would be in force from 2026-04-01, less than an hour from now. Give it a later date.",
    )
    assert refusal(draft, at=STARTS - timedelta(minutes=59)) == late
    assert refusal(draft, at=STARTS + timedelta(days=1)) == late
    publish(draft, at=STARTS - timedelta(hours=1))


def test_what_was_not_seen_is_not_published(app):
    with pytest.raises(DraftHasMoved):
        publish(ready(), read=shops()[SHOP])


def test_what_was_published_or_thrown_away_is_not_published_again(app):
    version = published()
    with pytest.raises(VersionNotAllowed):
        publish(version)
    current_app.extensions["policies"].renew()
    draft = ready(in_force=date(2026, 5, 1))
    with transaction():
        drafting.discard(draft, seen=draft.text_sha256, by=admin(), at=NOW)
    with pytest.raises(VersionNotAllowed):
        publish(draft)


def test_a_version_published_meanwhile_elsewhere_must_be_part_of_the_text(app):
    old = governing()
    published()
    current_app.extensions["policies"].renew()
    draft = ready(in_force=date(2026, 5, 1))
    assert draft.text.count("[[version]]") == 3
    moment = "A version for 1 Apr 2026 was published a moment ago. Look again."
    assert refusal(draft, governing=old) == (moment,)
    publish(draft)


@pytest.mark.parametrize(
    ("was", "now", "named"),
    [
        ("more than 30 seconds after", "late after", ()),
        ("appeal_days = 14", "appeal_days = 7", ("shop.appeal_days",)),
        ('working_days = ["mon"', 'holidays = "DE"\nworking_days = ["mon"', ("shop.holidays",)),
        ('label = "Something else"', 'label = "Anything else"', ("reason other",)),
        (
            'code = "wrong_selection"',
            'code = "caller_id"',
            ("reason wrong_selection", "reason caller_id"),
        ),
    ],
)
def test_what_changes_on_the_spot_is_named(was, now, named):
    text = (SHOPS / f"{SHOP}.toml").read_text()
    assert was in text
    assert publishing.at_once(text.replace(was, now), Governing(shops()[SHOP], text)) == named


def test_a_version_is_scheduled_then_in_force_then_ended(app):
    version = published()
    assert [(line.row, line.stage) for line in timeline(governing().policy, at=NOW)] == [
        (version, Stage.SCHEDULED),
        (None, Stage.IN_FORCE),
    ]
    current_app.extensions["policies"].renew()
    draft = begun(in_force=date(2026, 5, 1))

    def stages(at):
        return [(line.in_force, line.stage) for line in timeline(governing().policy, at=at)]

    first = date(2025, 10, 20)
    assert stages(NOW) == [
        (date(2026, 5, 1), Stage.DRAFT),
        (NEXT, Stage.SCHEDULED),
        (first, Stage.IN_FORCE),
    ]
    answered(draft, DraftQuestion.CHECK)
    assert stages(STARTS) == [
        (date(2026, 5, 1), Stage.CHECKED),
        (NEXT, Stage.IN_FORCE),
        (first, Stage.ENDED),
    ]
    lines = timeline(governing().policy, at=NOW)
    assert [line.row for line in lines] == [draft, version, None]
    assert lines[1].sha256 == version.sha256
    assert version.shop == SHOP


def test_who_did_what_is_kept(app):
    author = admin()
    draft = ready(by=author)
    by = admin()
    publish(draft, by=by)
    assert [(event.deed, event.by, event.about) for event in draft.events] == [
        (Deed.BEGIN, author, ""),
        (Deed.ASK_CHECK, author, ""),
        (Deed.ASK_REPLAY, author, ""),
        (Deed.LOOK, author, ""),
        (Deed.PUBLISH, by, ""),
    ]
