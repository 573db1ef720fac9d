"""A picture as it was is deleted in time, once, and until then a lead may show it again; nobody else can see it."""

import os
from datetime import timedelta

import pytest

from portal.claims.desk.preserving import end_preserving, preserve
from portal.claims.evidence import sweeping
from portal.claims.evidence.files import check_due, keys_of
from portal.claims.evidence.storage.chosen import storage
from portal.claims.lifecycle import Action, Actor
from portal.claims.queries import claim_for_change
from portal.claims.redaction.burning import BlackPart, restorable, restore
from portal.claims.redaction.originals import forget_originals, forget_originals_due
from portal.claims.refusals import ClaimHasMoved, NeedsReason, TooLate
from portal.database import transaction
from portal.extensions import db
from portal.people.reviewers import Reviewer, Role
from portal.people.rights import NoRight
from tests import factories
from tests.claims.redaction.pictures import (
    ask_for_a_file,
    black_out_as_owner,
    redact_as,
    reddish,
    screen,
    send,
    shown,
)
from tests.claims.uploads import bytes_kept, row, upload
from tests.factories import NOW
from tests.races import race
from tests.sizes import AT_ONCE

PERIOD = timedelta(days=30)
LATER = NOW + timedelta(hours=1)


@pytest.fixture(params=["WEBP"])
def form(request):
    """As what the pictures here are kept."""
    return request.param


@pytest.fixture
def original(app, draft, picture, mara):
    """What the storage held before a person blacked out a part."""
    before = bytes_kept(app)
    send(draft.reference)
    redact_as(mara, picture)
    return before


def bring_back(reference, public_id, person, *, why="It was the wrong part.", at=LATER, seen=None):
    with transaction():
        claim = claim_for_change(reference)
        by = db.session.get(Reviewer, person)
        restore(claim, public_id=public_id, why=why, by=by, at=at, seen=seen or claim.version)


def told_of(picture):
    return [each for each in row(picture).claim.events if each.action is Action.FORGET_ORIGINAL]


def test_it_is_deleted_after_the_shops_period_and_told_of_once(app, picture, original):
    end = NOW + PERIOD
    assert forget_originals_due(now=end - timedelta(seconds=1)) == 0
    assert set(original) < set(bytes_kept(app))
    assert [forget_originals_due(now=end), forget_originals_due(now=end)] == [1, 0]
    assert not set(original) & set(bytes_kept(app))
    assert len(bytes_kept(app)) == 2
    file = row(picture)
    assert (file.originals, file.originals_until) == ([], None)
    (event,) = told_of(picture)
    assert (event.role, event.at, event.data) == (Actor.POLICY, end, {"file": file.filename})
    assert reddish(shown(picture)) == 0


def test_under_a_legal_hold_it_stays_whoever_would_have_it_deleted(app, picture, original):
    claim, end = row(picture).claim, NOW + PERIOD
    reference, number = claim.reference, claim.id
    lead = factories.reviewer(email="lead@example.com", role=Role.ADMIN)
    with transaction():
        preserve(claim_for_change(reference), reason="A court asked.", by=lead, at=NOW)
    forget_originals(number, now=end)
    assert forget_originals_due(now=end) == 0
    assert set(original) < set(bytes_kept(app))
    with transaction():
        end_preserving(claim_for_change(reference), reason="It is over.", by=lead, at=end)
    forget_originals(number, now=end)
    assert not set(original) & set(bytes_kept(app))


@pytest.mark.in_folder
def test_what_the_disk_does_not_let_go_of_holds_up_no_other_claim(app, picture, original, mara):
    factories.order(reference="A-2", messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    other = factories.draft(files=0, reason="wrong_code", order_reference="A-2")
    second = upload(other.reference, screen(), filename="other.webp")
    check_due(now=NOW)
    send(other.reference)
    redact_as(mara, second)
    stuck = storage()._path(row(picture).originals[0]["key"])
    stuck.unlink()
    stuck.mkdir()
    assert forget_originals_due(now=NOW + PERIOD) == 1
    assert (len(row(picture).originals), row(second).originals) == (2, [])
    stuck.rmdir()
    assert forget_originals_due(now=NOW + PERIOD) == 1
    assert row(picture).originals == []


def test_a_shop_says_how_long(app, draft, picture, mara):
    assert factories.policy().shop.originals_time == PERIOD
    send(draft.reference)
    redact_as(mara, picture, period=timedelta(days=3))
    assert row(picture).originals_until == NOW + timedelta(days=3)


@pytest.mark.long
def test_a_worker_that_is_killed_after_the_bytes_went_is_followed_by_the_next(
    app, picture, original
):
    for each in row(picture).originals:  # it got as far as this
        storage().delete(each["key"])
    assert forget_originals_due(now=NOW + PERIOD) == 1
    assert (row(picture).originals, len(told_of(picture)), len(bytes_kept(app))) == ([], 1, 2)


def test_a_worker_that_is_killed_before_it_commits_leaves_them_named(app, picture, original):
    number, end = row(picture).claim_id, NOW + PERIOD

    class Killed(BaseException):
        pass

    def kill(*_at):
        raise Killed

    db.event.listen(db.session, "before_commit", kill)
    with pytest.raises(Killed):
        forget_originals(number, now=end)
    db.event.remove(db.session, "before_commit", kill)
    assert len(row(picture).originals) == 2
    assert not restorable(row(picture), at=end)
    assert forget_originals_due(now=end) == 1
    assert (row(picture).originals, len(told_of(picture)), len(bytes_kept(app))) == ([], 1, 2)


@pytest.mark.long
@AT_ONCE
def test_workers_side_by_side_tell_of_it_once(app, picture, original):
    end = NOW + PERIOD
    race(app, [lambda: forget_originals_due(now=end)] * 3)
    forget_originals_due(now=end)
    assert (row(picture).originals, len(told_of(picture)), len(bytes_kept(app))) == ([], 1, 2)


@pytest.mark.long
@pytest.mark.in_folder
def test_the_sweep_leaves_what_is_still_kept(app, picture, original):
    held = bytes_kept(app)
    for key in keys_of(None, row(picture).views, row(picture).originals):
        with storage().local(key) as path:
            os.utime(path, (0, 0))
    assert sweeping.sweep(now=NOW) == 0
    assert bytes_kept(app) == held


def test_what_stood_between_is_deleted_at_once(app, picture, original, mara):
    redact_as(mara, picture, BlackPart(0, 0, 1, 0.1), at=LATER)
    assert forget_originals_due(now=LATER) == 1
    file = row(picture)
    assert [each["told"] for each in file.originals] == [True, True]
    assert file.originals_until == NOW + PERIOD
    assert len(bytes_kept(app)) == 4
    assert told_of(picture) == []


def test_a_lead_shows_it_again_with_a_reason(app, picture, original, lea):
    file = row(picture)
    reference, public_id, version = file.claim.reference, file.public_id, file.claim.version
    assert restorable(file, at=LATER)
    bring_back(reference, public_id, lea)
    forget_originals_due(now=LATER)
    file = row(picture)
    assert reddish(shown(picture)) > 3000
    assert sorted(bytes_kept(app)) == sorted(original)
    assert (file.originals, file.originals_until, file.lacks) == ([], None, [])
    assert "black" not in file.views[0]
    assert file.claim.version > version
    event = file.claim.events[-1]
    assert (event.action, event.role, event.reviewer_id) == (Action.RESTORE, Actor.LEAD, lea)
    assert (event.internal, event.note) == ("It was the wrong part.", None)
    assert forget_originals_due(now=NOW + PERIOD) == 0
    with pytest.raises(TooLate):
        bring_back(reference, public_id, lea)


def test_who_may_not_and_why_not(app, picture, original, mara, lea):
    file = row(picture)
    where = file.claim.reference, file.public_id
    seen = file.claim.version
    with pytest.raises(NoRight):
        bring_back(*where, mara)
    with pytest.raises(NeedsReason):
        bring_back(*where, lea, why="  ")
    with pytest.raises(ClaimHasMoved):
        bring_back(*where, lea, seen=seen - 1)
    with pytest.raises(ClaimHasMoved):
        bring_back(where[0], "another", lea)
    with pytest.raises(TooLate):
        bring_back(*where, lea, at=NOW + PERIOD)
    for each in row(picture).originals:
        storage().delete(each["key"])
    with pytest.raises(TooLate):
        bring_back(*where, lea)
    assert reddish(shown(picture)) == 0


def test_what_its_owner_covers_after_a_person_did_is_kept_in_no_original(
    app, draft, picture, mara, lea
):
    send(draft.reference)
    ask_for_a_file(draft.reference, mara, at=LATER)
    added = upload(draft.reference, screen("JPEG"), filename="more.jpeg", at=LATER)
    check_due(now=LATER)
    redact_as(mara, added, BlackPart(0, 0, 1, 0.1), at=LATER)
    assert restorable(row(added), at=LATER)
    black_out_as_owner(added, at=LATER)
    file = row(added)
    assert (file.originals, restorable(file, at=LATER)) == ([], False)
    assert (reddish(shown(added)), file.views[0]["black"]) == (0, 2)
    assert len(bytes_kept(app)) == 4
    assert [each.at for each in told_of(added)] == [LATER]
    with pytest.raises(TooLate):
        bring_back(draft.reference, file.public_id, lea)
