"""Pictures that look nearly the same are known again, whatever they are saved as; others are not."""

import random
from io import BytesIO

import pytest
from PIL import Image, ImageDraw, ImageEnhance

from portal.claims.decisions.alike import Shared, claims_alike
from portal.claims.evidence import files, looking
from portal.claims.evidence.picture import look_of
from portal.claims.evidence.storage.chosen import storage
from portal.claims.looks import PictureLook, bands_of, keep_look, near_pictures, unseen
from portal.database import transaction
from portal.extensions import db
from portal.people.rights import ANY_SHOP
from portal.policy.facts.claim import IDENTITY
from tests import factories
from tests.conftest import NOW

SCREEN = (540, 960)


def screenshot(seed=0, size=SCREEN):
    """A telephone's screen with messages at places of their own."""
    picture = Image.new("RGB", size, "#f4f6f8")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, size[0], 90), fill="#2457a6")
    place = random.Random(seed)
    for line in range(9):
        left, width, shade = place.randrange(300), place.randrange(60, 240), place.randrange(200)
        top = 130 + line * 90
        draw.rectangle((left, top, left + width, top + 60), fill=(shade, shade, 255 - shade))
    return picture


def apart(first, second):
    return (int(first, 16) ^ int(second, 16)).bit_count()


def saved(picture, form, **how):
    file = BytesIO()
    picture.save(file, form, **how)
    return Image.open(BytesIO(file.getvalue())).convert("RGB")


def received_picture():
    content = BytesIO()
    screenshot(3).save(content, "PNG")
    content.seek(0)
    return files.receive(content, filename="a.png", size=len(content.getvalue()))


@pytest.mark.parametrize(
    "change",
    [
        lambda picture: saved(picture, "JPEG", quality=40),
        lambda picture: saved(picture, "WEBP", quality=50),
        lambda picture: picture.resize((270, 480)),
        lambda picture: picture.resize((405, 720), Image.Resampling.NEAREST),
        lambda picture: ImageEnhance.Brightness(picture).enhance(1.1),
        lambda picture: ImageEnhance.Contrast(picture).enhance(0.8),
    ],
)
def test_a_picture_saved_anew_looks_the_same(change):
    differ = [apart(look_of(screenshot(n)), look_of(change(screenshot(n)))) for n in range(12)]
    assert max(differ) <= 3


def test_another_screenshot_of_the_same_app_looks_different():
    looks = [look_of(screenshot(number)) for number in range(12)]
    pairs = [apart(a, b) for n, a in enumerate(looks) for b in looks[n + 1 :]]
    assert min(pairs) > 3


def test_what_is_nearly_of_one_colour_looks_like_nothing():
    assert look_of(Image.new("RGB", SCREEN, "white")) == ""
    assert bands_of("") == [None] * 4
    assert bands_of("f" * 16) == [None] * 4


def pictured(order, look, **given):
    claim = factories.claim(order_reference=order, **given)
    file = factories.evidence(claim)
    with transaction():
        keep_look(file.id, look)
    return claim


def test_the_claims_with_a_picture_like_it_are_found_with_how_alike(app):
    mine = pictured("A-1", "0123456789abcdef")
    same = pictured("A-2", "0123456789abcdef", email="b@example.com")
    near = pictured("A-3", "0123456789abcde8", email="c@example.com")
    pictured("A-4", "0123456789abcd10", email="d@example.com")
    pictured("A-5", "", email="e@example.com")
    found = {each.claim_id: each.percent for each in near_pictures(mine.id)}
    assert found == {same.id: 100, near.id: 95}
    told = {each.reference: each.shares for each in claims_alike(mine, shops=ANY_SHOP)}
    assert told == {same.reference: (Shared.LOOK,), near.reference: (Shared.LOOK,)}


def test_a_look_that_many_claims_have_is_an_apps_screen_and_says_nothing(app):
    mine = pictured("A-0", "0123456789abcdef")
    for number in range(1, 4):
        pictured(f"A-{number}", "0123456789abcdef", email=f"p{number}@example.com")
    assert len(near_pictures(mine.id)) == 3
    pictured("A-4", "0123456789abcdee", email="p4@example.com")
    assert near_pictures(mine.id) == []


def test_a_look_goes_with_its_file(app):
    claim = pictured("A-1", "0123456789abcdef")
    with transaction():
        for file in list(claim.evidence):
            db.session.delete(db.session.merge(file))
    assert db.session.query(PictureLook).count() == 0


def test_what_the_worker_checks_gets_a_look_and_older_ones_are_looked_at_later(app):
    claim = factories.claim()
    received = received_picture()
    with transaction():
        file = files.add(db.session.merge(claim), received=received, filename="a.png", at=NOW)
        db.session.flush()
        number = file.id
    assert files.check_due(now=NOW) == 1
    look = look_of(screenshot(3))
    assert db.session.get(PictureLook, number).look == look
    with transaction():
        row = db.session.get(PictureLook, number)
        row.look, row.band_1 = None, None
    assert list(unseen(4)) == [number]
    assert looking.look_due(now=NOW) == 1
    db.session.rollback()
    row = db.session.get(PictureLook, number)
    assert (row.look, row.band_1) == (look, bands_of(look)[0])
    assert looking.look_due(now=NOW) == 0


def test_one_whose_file_is_gone_says_nothing_and_is_not_asked_again(app):
    claim = factories.claim()
    file = factories.evidence(claim)
    number = file.id
    for view in file.views:
        storage().delete(view["key"])
    with transaction():
        db.session.add(PictureLook(evidence_id=number))
    assert looking.look_due(now=NOW) == 1
    db.session.rollback()
    assert db.session.get(PictureLook, number).look == ""
    assert looking.look_due(now=NOW) == 0


def test_identity_documents_are_like_no_picture(app):
    def documented(order, look, **given):
        claim = pictured(order, look, **given)
        with transaction():
            db.session.merge(claim.evidence[-1]).kind = IDENTITY
        return claim

    mine = documented("A-1", "0123456789abcdef")
    documented("A-2", "0123456789abcdef", email="b@example.com")
    other = pictured("A-3", "0123456789abcdef", email="c@example.com")
    assert near_pictures(mine.id) == near_pictures(other.id) == []
    assert claims_alike(mine, shops=ANY_SHOP) == claims_alike(other, shops=ANY_SHOP) == []


def test_of_an_identity_document_no_look_is_kept(app):
    claim = factories.claim()
    received = received_picture()
    with transaction():
        file = files.add(db.session.merge(claim), received=received, filename="a.png", at=NOW)
        file.kind = IDENTITY
    assert files.check_due(now=NOW) == 1
    db.session.rollback()
    assert (file.state, db.session.query(PictureLook).count()) == ("ready", 0)
