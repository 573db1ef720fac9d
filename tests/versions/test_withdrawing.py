"""What is published and not in force yet is withdrawn by an admin who says why; then it never was."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import current_app
from sqlalchemy import update

from portal.database import transaction
from portal.extensions import db
from portal.people.reviewers import Role
from portal.policy.file.places import shop_files
from portal.versions import drafting, publishing, writing
from portal.versions.lifecycle import Stage, State, VersionNotAllowed
from portal.versions.models import Deed, PolicyVersion
from portal.versions.queries import rows_of, timeline
from portal.versions.refusals import NotPublishable, NotWithdrawable, TextRefused
from portal.versions.registry import PAUSE, Policies
from tests import factories
from tests.factories import NOW
from tests.versions.drafts import (
    NEXT,
    SHOP,
    begun,
    governing,
    published,
    read_of,
    ready,
    reclause,
    redate,
    retext,
    withdrawn,
)

FIRST, EARLIER, LATER = date(2025, 10, 20), date(2026, 3, 20), date(2026, 5, 1)
STARTS = datetime(2026, 4, 1, tzinfo=UTC)
TAKEN = (
    "A version is already published for 1 Apr 2026. Choose a later date, or withdraw that version"
    " first."
)


def renew():
    current_app.extensions["policies"].renew()


def dates(policies, shop=SHOP):
    return [version.in_force for version in policies[shop].versions]


def refusal(version, **given):
    with pytest.raises(NotWithdrawable) as refused:
        withdrawn(version, **given)
    assert version.state is State.PUBLISHED
    return str(refused.value)


def scheduled(**given):
    version = published(**given)
    renew()
    return version


def test_the_author_or_the_publisher_or_another_admin_withdraws_it_with_a_reason(app):
    version = scheduled()
    for by in (version.author, version.published_by):
        assert refusal(version, by=by, why=" \n") == "Say why the version is withdrawn."
    withdrawn(version, by=version.author, why=" The wrong clause. ")
    assert version.state is State.WITHDRAWN
    last = version.events[-1]
    assert (last.deed, last.by, last.at, last.why) == (
        Deed.WITHDRAW,
        version.author,
        NOW,
        "The wrong clause.",
    )


def test_a_reviewer_withdraws_nothing(app):
    reviewer = factories.reviewer(role=Role.REVIEWER)
    assert refusal(scheduled(), by=reviewer) == "Only a lead of this shop can withdraw a version."


def test_it_is_withdrawn_until_two_minutes_before_it_is_in_force(app):
    version = scheduled()
    late = "This version is in force in less than two minutes, too late for all of the portal to"
    assert refusal(version, at=STARTS - timedelta(seconds=119)).startswith(late)
    since = "This version is in force since 1 Apr 2026, so claims may have been decided by it."
    for at in (STARTS, STARTS + timedelta(days=400)):
        assert refusal(version, at=at).startswith(since)
    withdrawn(version, at=STARTS - timedelta(minutes=2))


def test_a_draft_is_not_withdrawn_nor_anything_twice(app):
    with pytest.raises(VersionNotAllowed):
        withdrawn(begun(shop="sms-service"))
    version = withdrawn(scheduled())
    with pytest.raises(VersionNotAllowed):
        withdrawn(version)


def test_every_process_lets_it_go_by_its_next_look(app):
    seconds = [0.0]
    other = Policies(shop_files(), at=NOW, clock=lambda: seconds[0])
    version = scheduled()
    seconds[0] = PAUSE
    other.look()
    assert dates(other) == [FIRST, NEXT]
    withdrawn(version)
    seconds[0] = 2 * PAUSE
    other.look()
    assert dates(other) == [FIRST]
    assert other[SHOP].version_at(STARTS + timedelta(days=1)).in_force == FIRST


def test_what_was_built_on_it_goes_first(app):
    version, second = scheduled(), scheduled(in_force=LATER)
    assert refusal(version) == (
        "The version for 1 May 2026 was written on top of this one. Withdraw that one first."
    )
    withdrawn(second)
    renew()
    assert dates(current_app.extensions["policies"]) == [FIRST, NEXT]
    withdrawn(version)
    renew()
    assert dates(current_app.extensions["policies"]) == [FIRST]


def test_until_it_is_withdrawn_an_earlier_date_is_refused_in_words_about_dates(app):
    version = scheduled()
    for in_force in (EARLIER, NEXT):
        with pytest.raises(TextRefused) as refused:
            begun(in_force=in_force)
        assert str(refused.value) == TAKEN
    draft = begun(in_force=LATER)
    with pytest.raises(TextRefused) as refused:
        redate(draft, EARLIER)
    assert str(refused.value) == TAKEN
    with pytest.raises(TextRefused) as refused:
        retext(draft, draft.text.replace(str(LATER), str(EARLIER)))
    assert str(refused.value) == TAKEN
    with transaction():
        drafting.discard(draft, seen=draft.text_sha256, by=draft.author, at=NOW)
    withdrawn(version)
    renew()
    earlier = scheduled(in_force=EARLIER)
    assert dates(current_app.extensions["policies"]) == [FIRST, EARLIER]
    assert earlier.text.count("[[version]]") == 2


def test_the_same_date_is_published_again_after_a_withdrawal(app):
    version = withdrawn(scheduled())
    renew()
    again = scheduled()
    policies = current_app.extensions["policies"]
    assert policies.governing(SHOP).row == again.id != version.id
    lines = timeline(policies[SHOP], at=NOW)
    assert {(line.row, line.stage) for line in lines} == {
        (again, Stage.SCHEDULED),
        (version, Stage.WITHDRAWN),
        (None, Stage.IN_FORCE),
    }


@pytest.mark.long
def test_a_draft_that_holds_what_was_withdrawn_says_what_to_take_out(app):
    version = scheduled()
    draft = ready(in_force=LATER)
    withdrawn(version)
    renew()
    words = (
        "The text has versions for 1 Apr 2026 and 1 May 2026, and none of them is published. Keep"
        " one, and take the rest out: a draft has one new version."
    )
    by = factories.reviewer(role=Role.ADMIN)
    found = publishing.hindrances(draft, read_of(draft), governing=governing(), by=by, at=NOW)
    assert found == (words,)
    with pytest.raises(TextRefused) as refused:
        reclause(draft, "NP-2.1", {"wording": "Otherwise."})
    assert str(refused.value) == words
    head, mark, rest = draft.text.rpartition("[[version]]")
    retext(draft, head[: head.rindex("[[version]]")] + mark + rest)
    assert draft.text.count("[[version]]") == 2


def test_what_another_process_does_not_know_to_be_withdrawn_is_not_published_with_a_draft(app):
    version = scheduled()
    stale, draft = governing(), ready(in_force=LATER)
    withdrawn(version)
    read, by = read_of(draft), factories.reviewer(role=Role.ADMIN)
    with transaction(), pytest.raises(NotPublishable) as refused:
        publishing.publish(draft, read, governing=stale, by=by, at=NOW)
    assert refused.value.reasons == ("A version was withdrawn a moment ago. Look again.",)


def test_a_list_of_a_process_that_does_not_know_it_yet_calls_it_withdrawn_all_the_same(app):
    version = scheduled()
    withdrawn(version)
    lines = timeline(governing().policy, at=NOW)
    assert [(line.in_force, line.stage, line.row) for line in lines] == [
        (NEXT, Stage.WITHDRAWN, version),
        (FIRST, Stage.IN_FORCE, None),
    ]
    assert rows_of(SHOP) == [version]


def test_a_withdrawn_text_that_was_changed_in_the_database_stops_nothing(app):
    version = withdrawn(scheduled())
    with transaction():
        db.session.execute(
            update(PolicyVersion).where(PolicyVersion.id == version.id).values(text="")
        )
    renew()
    assert dates(current_app.extensions["policies"]) == [FIRST]


def test_a_written_text_is_made_before_the_transaction(app):
    draft = begun()
    with transaction(), pytest.raises(RuntimeError, match="no policy text is read"):
        writing.with_text(draft, draft.text + "# more\n", seen=draft.text_sha256)
