"""Parts of a picture are black in every copy that there is, and whoever did it stands in the history."""

import hashlib
from datetime import timedelta
from math import inf, nan

import pytest
from PIL import Image

from portal.audit.log import AuditEntry
from portal.claims.decisions.alike import Shared, claims_alike
from portal.claims.evidence.files import check_due, remove
from portal.claims.evidence.looking import look_due
from portal.claims.evidence.sanitising import BlackPart, PartRefused
from portal.claims.evidence.shown import told, views
from portal.claims.evidence.storage.chosen import drop, storage
from portal.claims.lifecycle import Action, Actor, NotAllowed
from portal.claims.looks import PictureLook
from portal.claims.queries import claim_for_change
from portal.claims.redaction.burning import MOST_PARTS, burn, open_to_owner, pictures_of
from portal.claims.refusals import ClaimHasMoved, NeedsAnother
from portal.database import transaction
from portal.extensions import db
from portal.people.rights import ANY_SHOP, NoRight, Right
from tests import factories
from tests.claims.encoded import pdf, saved
from tests.claims.redaction.pictures import (
    PART,
    SECRET,
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
from tests.races import apart, race
from tests.sizes import AT_ONCE

LATER = NOW + timedelta(hours=1)


def look(number):
    return db.session.get(PictureLook, number).look


@pytest.mark.long
def test_the_owner_of_a_draft_leaves_nothing_of_what_was_there(app, draft, picture):
    before, first = row(picture), bytes_kept(app)
    digest, seen_as = before.sha256, look(picture)
    assert reddish(shown(picture)) > 3000
    black_out_as_owner(picture, at=LATER)
    file = row(picture)
    assert [(v["role"], v["width"], v["height"]) for v in file.views] == [
        ("view", 320, 480),
        ("thumb", 213, 320),
    ]
    view = shown(picture)
    assert set(view.crop((*SECRET[:2], SECRET[2] + 1, SECRET[3] + 1)).getcolors()) == {
        ((SECRET[2] - SECRET[0] + 1) * (SECRET[3] - SECRET[1] + 1), (0, 0, 0))
    }
    assert (reddish(view), reddish(shown(picture, "thumb"))) == (0, 0)
    # Nothing of it is in any file, and no row names one that is gone.
    now = bytes_kept(app)
    assert len(now) == 2
    assert not set(first) & set(now)
    assert (file.originals, file.originals_until) == ([], None)
    with storage().open(file.views[0]["key"]) as kept:
        burned = hashlib.sha256(kept.read()).hexdigest()
    assert (file.views[0]["sha256"], file.views[0]["black"]) == (burned, 1)
    # The upload's own digest and look say nothing of what stood there, and know it again.
    assert (file.sha256, look(picture)) == (digest, seen_as)
    (event,) = file.claim.events
    assert (event.action, event.role, event.at) == (Action.BLACK_OUT, Actor.CUSTOMER, LATER)
    assert event.data == {"file": file.filename, "parts": 1, "sha256": burned}
    logged = db.session.scalars(db.select(AuditEntry).where(AuditEntry.act == "black_out")).one()
    assert (logged.claim, logged.role, logged.at) == (draft.reference, Actor.CUSTOMER, LATER)
    assert told(file, owner=True) == ["Parts of it that were blacked out: 1."]


def test_a_person_keeps_it_for_the_shops_period_and_is_named(app, draft, picture, mara):
    send(draft.reference)
    version, moved = row(picture).claim.version, bytes_kept(app)
    redact_as(mara, picture, at=LATER)
    file = row(picture)
    assert (reddish(shown(picture)), reddish(shown(picture, "thumb"))) == (0, 0)
    assert file.originals_until == LATER + timedelta(days=30)
    assert [(each["role"], each["told"]) for each in file.originals] == [
        ("view", True),
        ("thumb", True),
    ]
    assert set(moved) < set(bytes_kept(app))
    assert file.claim.version > version
    event = file.claim.events[-1]
    assert (event.action, event.role, event.reviewer_id) == (Action.REDACT, Actor.REVIEWER, mara)
    assert event.data == {"file": file.filename, "parts": 1, "sha256": file.views[0]["sha256"]}
    logged = db.session.scalars(db.select(AuditEntry).where(AuditEntry.act == "redact")).one()
    assert (logged.claim, logged.who_id) == (draft.reference, mara)


@pytest.mark.long
def test_what_is_black_stays_black_when_more_is(app, draft, picture, mara):
    send(draft.reference)
    redact_as(mara, picture)
    redact_as(mara, picture, BlackPart(0, 0, 1, 0.1), BlackPart(0.5, 0.5, 1, 1), at=LATER)
    view, file = shown(picture), row(picture)
    assert reddish(view) == 0
    assert [view.getpixel(at) for at in ((0, 0), (319, 40), (319, 479))] == [(0, 0, 0)] * 3
    assert file.views[0]["black"] == 3
    assert told(file, owner=False) == ["Parts of it that were blacked out: 3."]
    # What stood between is no original: it is due at once.
    assert [(each["role"], each["told"]) for each in file.originals] == [
        ("view", True), ("thumb", True), ("view", False), ("thumb", False),
    ]  # fmt: skip
    assert file.originals_until == LATER


@pytest.mark.long
@pytest.mark.parametrize("form", ["WEBP"], indirect=True)
def test_the_same_picture_is_known_again_in_another_claim(app, draft, picture):
    black_out_as_owner(picture)
    send(draft.reference)
    other = factories.draft(files=0, order_reference="N-2", email="b@example.com")
    upload(other.reference, screen(), filename="theirs.webp")
    check_due(now=NOW)
    send(other.reference)
    theirs = db.session.merge(other)
    (alike,) = claims_alike(theirs, shops=ANY_SHOP)
    assert (alike.reference, alike.shares) == (draft.reference, (Shared.PICTURE,))
    assert [(each.claim_id, each.percent) for each in alike.near] == [(row(picture).claim_id, 100)]


@pytest.mark.parametrize("form", ["WEBP"], indirect=True)
def test_a_picture_that_was_not_looked_at_yet_is_known_as_it_was(app, draft, picture):
    seen_as = look(picture)
    with transaction():
        db.session.get(PictureLook, picture).look = None
    black_out_as_owner(picture)
    assert look(picture) == seen_as


@pytest.mark.parametrize("form", ["WEBP"], indirect=True)
def test_who_looks_at_it_as_it_is_blacked_out_keeps_its_look_as_it_was(app, draft, picture):
    seen_as = look(picture)
    with transaction():
        db.session.get(PictureLook, picture).look = None
    acts = [lambda: black_out_as_owner(picture)]

    def between(*_at):
        while acts:
            assert apart(app, acts.pop()) is None

    db.event.listen(db.session, "after_rollback", between)
    look_due(now=NOW)
    db.event.remove(db.session, "after_rollback", between)
    assert (look(picture), reddish(shown(picture))) == (seen_as, 0)


@pytest.mark.parametrize(
    "edges",
    [
        (-0.1, 0, 1, 1), (0, 0, 1.001, 1), (0, 0, 1, 1e300), (0.5, 0, 0.5, 1), (0.6, 0, 0.5, 1),
        (0, 0.5, 1, 0.5), (nan, 0, 1, 1), (0, nan, 1, 1), (0, 0, nan, 1), (0, 0, 1, nan),
        (0, 0, inf, 1), (-inf, 0, 1, 1),
    ],
)  # fmt: skip
def test_a_part_lies_within_the_picture(edges):
    with pytest.raises(PartRefused):
        BlackPart(*edges)


@pytest.mark.parametrize("form", ["WEBP"], indirect=True)
def test_one_press_blacks_out_some_parts_of_a_view_that_is_there(app, draft, picture):
    for parts in ([], [PART] * (MOST_PARTS + 1)):
        with pytest.raises(PartRefused), burn(row(picture), role="view", parts=parts):
            pass
    for role in ("thumb", "view-2", "page-1"):
        with pytest.raises(ClaimHasMoved), burn(row(picture), role=role, parts=[PART]):
            pass
    with burn(row(picture), role="view", parts=[PART] * MOST_PARTS) as burned:
        assert burned.parts == MOST_PARTS


def test_no_pdf_and_nothing_unchecked_is_a_picture(app, draft):
    document = upload(draft.reference, pdf(), filename="receipt.pdf")
    unchecked = upload(draft.reference, screen(), filename="late.webp")
    assert pictures_of(row(unchecked)) == []
    check_due(now=NOW)
    assert (pictures_of(row(document)), pictures_of(row(unchecked))) == ([], ["view"])
    assert [open_to_owner(row(n).claim, row(n)) for n in (document, unchecked)] == [False, True]


def test_a_still_keeps_its_place_and_its_time(app, draft):
    shades = [Image.new("RGB", (60, 40), (40 * n, 90, 9 * n)) for n in range(3)]
    data = saved(shades[0], "GIF", save_all=True, append_images=shades[1:], duration=2000)
    moving = upload(draft.reference, data, filename="moving.gif")
    check_due(now=NOW)
    before = views(row(moving))
    black_out_as_owner(moving, BlackPart(0, 0, 1, 1), role="view-2")
    assert before == [("view", "At 0:00"), ("view-2", "At 0:02"), ("view-3", "At 0:04")]
    assert views(row(moving)) == before
    seen = [shown(moving, role).getpixel((30, 20)) == (0, 0, 0) for role, _ in before]
    assert seen == [False, True, False]


@pytest.mark.parametrize("form", ["WEBP"], indirect=True)
def test_once_it_is_sent_its_owner_changes_nothing(app, draft, picture):
    send(draft.reference)
    kept = bytes_kept(app)
    with pytest.raises(NotAllowed):
        black_out_as_owner(picture)
    assert bytes_kept(app) == kept
    assert reddish(shown(picture)) > 3000


@pytest.mark.long
@pytest.mark.parametrize("form", ["WEBP"], indirect=True)
def test_what_was_added_as_asked_can_be_until_it_is_sent(app, draft, picture, mara):
    reference = draft.reference
    send(reference)
    ask_for_a_file(reference, mara, at=LATER)
    added = upload(reference, screen("JPEG"), filename="more.jpeg", at=LATER)
    check_due(now=LATER)
    assert [open_to_owner(row(n).claim, row(n)) for n in (picture, added)] == [False, True]
    black_out_as_owner(added, at=LATER)
    assert (reddish(shown(added)), row(added).originals) == (0, [])


@pytest.mark.long
@pytest.mark.parametrize("form", ["WEBP"], indirect=True)
def test_nobody_else_may(app, draft, picture, mara):
    send(draft.reference)
    seen = row(picture).claim.version
    payer = factories.reviewer(rights={(factories.SHOP, Right.PAYER)}).id
    elsewhere = factories.reviewer(rights={("client-numbers", Right.REVIEWER)}).id
    own = factories.reviewer(email=factories.EMAIL).id
    for person, refusal in ((payer, NoRight), (elsewhere, NoRight), (own, NeedsAnother)):
        with pytest.raises(refusal):
            redact_as(person, picture)
    with pytest.raises(ClaimHasMoved):
        redact_as(mara, picture, seen=seen - 1)
    assert reddish(shown(picture)) > 3000


@pytest.mark.long
@AT_ONCE
@pytest.mark.parametrize("form", ["WEBP"], indirect=True)
def test_of_two_at_once_one_has_to_look_again_and_no_part_is_lost(app, draft, picture, mara, lea):
    send(draft.reference)
    seen = row(picture).claim.version
    acts = [
        lambda: redact_as(mara, picture, BlackPart(0, 0, 1, 0.1), seen=seen),
        lambda: redact_as(lea, picture, BlackPart(0, 0.9, 1, 1), seen=seen),
    ]
    results = race(app, acts)
    assert sorted(type(each).__name__ for each in results) == ["ClaimHasMoved", "NoneType"]
    again = results.index(next(each for each in results if each))
    seen = row(picture).claim.version
    acts[again]()
    view = shown(picture)
    assert [view.getpixel(at) for at in ((0, 0), (319, 479))] == [(0, 0, 0)] * 2


@pytest.mark.long
@AT_ONCE
@pytest.mark.parametrize("form", ["WEBP"], indirect=True)
def test_of_two_at_once_by_its_owner_none_is_lost_unsaid(app, draft, picture):
    tops = [BlackPart(0, 0, 1, 0.1), BlackPart(0, 0.9, 1, 1)]
    results = race(app, [lambda part=each: black_out_as_owner(picture, part) for each in tops])
    view = shown(picture)
    black = [view.getpixel((0, 0)) == (0, 0, 0), view.getpixel((319, 479)) == (0, 0, 0)]
    assert black == [each is None for each in results]
    assert any(black)
    assert row(picture).originals == []


@pytest.mark.parametrize("form", ["WEBP"], indirect=True)
def test_a_file_that_is_taken_off_takes_its_original_along(app, draft, picture):
    with transaction():
        file = claim_for_change(draft.reference).evidence[0]
        view, thumb = file.views
        file.originals = [view | {"until": NOW.isoformat(), "told": True}]
        file.views = [thumb]
        public_id = file.public_id
    with transaction():
        keys = remove(claim_for_change(draft.reference), public_id=public_id)
    drop(keys)
    assert (len(keys), bytes_kept(app)) == (2, [])
