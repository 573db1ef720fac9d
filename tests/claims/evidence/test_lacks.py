"""What of a file can't be shown is kept with it; what can't be used takes nobody's place."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from portal.claims.evidence import files, shown
from portal.claims.evidence.sniffing import SOUND, EvidenceRefused, Fault
from portal.claims.evidence.storage.kept import NoRoom
from portal.claims.lifecycle import Action, Actor, EvidenceState, Status
from portal.claims.refusals import SameFile, TooManyFiles
from portal.claims.verbs import filing
from portal.database import transaction
from portal.extensions import db
from portal.mail.models import OutboxMail
from tests import factories
from tests.claims.uploads import bytes_kept, no_room_for_more_than, row, upload
from tests.factories import NOW

FILES = Path(__file__).parents[1] / "files"
CHECKING, READY, REFUSED = EvidenceState.CHECKING, EvidenceState.READY, EvidenceState.REFUSED


def png(size=(60, 40)):
    """A picture that no other test's is the same as."""
    drawn = Image.effect_noise(size, 60)
    file = io.BytesIO()
    drawn.save(file, "PNG")
    return file.getvalue()


class TestVideos:
    """The tracks of a video are read as it arrives."""

    def test_one_that_plays_lacks_nothing(self, app):
        draft = factories.draft(files=0)
        number = upload(draft.reference, (FILES / "film.mp4").read_bytes(), filename="a.mp4")
        files.check_due(now=NOW)
        assert (row(number).state, row(number).lacks) == (READY, [])
        assert shown.plays(row(number))

    @pytest.mark.one_in(3)
    @pytest.mark.parametrize(
        ("codec", "name"),
        [(b"hvc1", "HEVC (H.265)"), (b"hev1", "HEVC (H.265)"), (b"apcn", "ProRes"),
         (b"av01", "AV1"), (b"mp4v", "MPEG-4"), (b"zzz9", "zzz9")],
    )  # fmt: skip
    def test_one_that_browsers_do_not_play_is_told_at_once_and_kept(self, app, codec, name):
        data = (FILES / "film.mp4").read_bytes()
        at = data.rindex(b"avc1")
        draft = factories.draft(files=0)
        number = upload(draft.reference, data[:at] + codec + data[at + 4 :], filename="a.mp4")
        file = row(number)
        assert (file.state, file.lacks) == (CHECKING, [{"what": "video", "name": name}])
        assert shown.told(file, owner=False) == [
            f"Browsers may not play this video: {name}. It can be downloaded."
        ]
        files.check_due(now=NOW)
        assert (row(number).state, row(number).lacks) == (READY, [{"what": "video", "name": name}])
        assert not shown.plays(row(number))

    def test_finer_colours_than_browsers_decode_are_told(self, app):
        data = (FILES / "film.mp4").read_bytes()
        at = data.index(b"avcC") + 5
        draft = factories.draft(files=0)
        number = upload(draft.reference, data[:at] + b"\x6e" + data[at + 1 :], filename="a.mp4")
        assert row(number).lacks == [{"what": "video", "name": "H.264 High 10"}]

    def test_an_av1_webm_is_told(self, app):
        data = (FILES / "film.webm").read_bytes()
        codec = b"V_VP8" if b"V_VP8" in data else b"V_VP9"
        draft = factories.draft(files=0)
        number = upload(draft.reference, data.replace(codec, b"V_AV1"), filename="a.webm")
        assert row(number).lacks == [{"what": "video", "name": "AV1"}]

    @pytest.mark.parametrize("brand", [b"isom", b"M4A "])
    def test_sound_in_a_film_s_container_is_told_to_be_sound(self, app, brand):
        data = (FILES / "film.mp4").read_bytes().replace(b"vide", b"soun")
        with pytest.raises(EvidenceRefused) as refused:
            files.receive(
                io.BytesIO(data[:8] + brand + data[12:]), filename="call.m4a", size=len(data)
            )
        assert (refused.value.fault, str(refused.value)) == (Fault.SOUND, SOUND)
        assert bytes_kept(app) == []

    def test_sound_in_a_webm_is_told_to_be_sound(self, app):
        data = (FILES / "film.webm").read_bytes()
        at = data.index(b"\x83\x81\x01", data.index(b"\x16\x54\xae\x6b"))
        data = data[: at + 2] + b"\x02" + data[at + 3 :]
        with pytest.raises(EvidenceRefused) as refused:
            files.receive(io.BytesIO(data), filename="call.webm", size=len(data))
        assert refused.value.fault is Fault.SOUND

    def test_a_description_that_cannot_be_read_is_left_to_the_worker(self, app):
        data = (FILES / "film.mp4").read_bytes()
        draft = factories.draft(files=0)
        number = upload(draft.reference, data[:60], filename="cut.mp4")
        files.check_due(now=NOW)
        assert (row(number).state, row(number).lacks) == (REFUSED, [])


class TestPlaces:
    """Files that can't be used take no place, and no file is kept twice."""

    def test_what_was_refused_takes_no_place(self, app):
        draft = factories.draft(files=0)
        for _ in range(7):
            factories.evidence(draft)
        for _ in range(8):
            factories.evidence(draft, state=REFUSED)
        assert row(upload(draft.reference, png())).state is CHECKING
        with pytest.raises(TooManyFiles, match="up to 8 files"):
            upload(draft.reference, png())

    def test_refused_files_do_not_pile_up_without_end(self, app):
        draft = factories.draft(files=0)
        for _ in range(24):
            factories.evidence(draft, state=REFUSED)
        with pytest.raises(TooManyFiles, match="could not be used"):
            upload(draft.reference, png())

    def test_the_same_bytes_are_told_and_kept_once(self, app):
        draft = factories.draft(files=0)
        data = png()
        upload(draft.reference, data, filename="first.png")
        with pytest.raises(SameFile) as same:
            upload(draft.reference, data, filename="second.png")
        assert str(same.value) == "You have added this file already, as first.png."
        assert [file.filename for file in draft.evidence] == ["first.png"]

    def test_a_file_that_could_not_be_checked_may_come_again(self, app):
        draft = factories.draft(files=0)
        data = png()
        first = upload(draft.reference, data)
        with transaction():
            row(first).state = REFUSED
        assert row(upload(draft.reference, data)).state is CHECKING

    def test_what_was_sent_with_the_claim_is_nothing_new_in_an_appeal(self, app):
        claim = factories.claim()
        data = png()
        upload(claim.reference, data)
        with transaction():
            claim.move(Action.DECLINE, role=Actor.REVIEWER, at=NOW)
        with pytest.raises(SameFile):
            upload(claim.reference, data)

    @pytest.mark.parametrize("state", [REFUSED, READY, CHECKING])
    def test_only_what_cannot_be_used_is_removed_after_sending(self, app, state):
        claim = factories.claim()
        file = factories.evidence(claim, state=state, filename="x.png")
        with transaction():
            files.remove(claim, public_id=file.public_id)
        db.session.rollback()
        names = [each.filename for each in claim.evidence]
        assert names == ["screenshot.png"] + ["x.png"] * (state is not REFUSED)

    def test_after_the_decision_nothing_is_removed(self, app):
        claim = factories.claim()
        file = factories.evidence(claim, state=REFUSED)
        with transaction():
            claim.move(Action.DECLINE, role=Actor.REVIEWER, at=NOW)
        assert not files.removable(claim, file)
        assert claim.status is Status.DECLINED


class TestFullDisk:
    """No room is neither the customer's fault nor the file's."""

    def test_a_file_that_finds_no_room_leaves_nothing(self, app):
        data = png((400, 400))
        with no_room_for_more_than(50_000), pytest.raises(NoRoom):
            files.receive(io.BytesIO(data), filename="a.png", size=len(data))
        assert bytes_kept(app) == []

    def test_views_that_find_no_room_wait_as_long_as_it_takes(self, app):
        draft = factories.draft(files=0)
        drawn = io.BytesIO()
        Image.effect_noise((700, 700), 60).save(drawn, "PNG")
        number = upload(draft.reference, drawn.getvalue())
        kept = bytes_kept(app)
        for turn in range(5):
            with no_room_for_more_than(300_000):
                files.check_due(now=NOW + turn * files.LEASE)
            assert (row(number).state, row(number).attempts) == (CHECKING, 0)
            assert bytes_kept(app) == kept
        files.check_due(now=NOW + 5 * files.LEASE + timedelta(seconds=1))
        assert (row(number).state, row(number).original_key) == (READY, None)


def test_a_mail_names_the_files_that_can_be_used(app):
    draft = factories.draft(files=0)
    factories.evidence(draft, filename="good.png")
    factories.evidence(draft, filename="bad.png", state=REFUSED)
    draft.terms_confirmed_at = NOW
    with transaction():
        filing.submit(draft, policy=factories.policy(), at=NOW)
    (text,) = db.session.scalars(select(OutboxMail.text).where(OutboxMail.event == "received"))
    assert "good.png" in text
    assert "bad.png" not in text
