"""Evidence: taken in the request, opened by the worker in a child process, shown only when clean."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select

from portal.claims.evidence import files
from portal.claims.evidence.sniffing import MAX_PICTURE, EvidenceRefused, Fault, FileKind
from portal.claims.evidence.storage.kept import NotStored
from portal.claims.lifecycle import Action, Actor, EvidenceState, NotAllowed, Status
from portal.claims.models import Evidence
from portal.claims.queries import claim_for_change
from portal.claims.refusals import TooManyFiles
from portal.database import transaction
from portal.extensions import db
from tests import factories
from tests.claims.encoded import png
from tests.claims.uploads import bytes_kept, row, upload
from tests.factories import NOW
from tests.races import race

CHECKING, READY, REFUSED = EvidenceState.CHECKING, EvidenceState.READY, EvidenceState.REFUSED


def read(key):
    with files.storage().open(key) as file:
        return file.read()


WORKER = """
import sys
from datetime import datetime
from portal.app import create_app
from portal.claims.evidence.files import check_due
with create_app().app_context():
    check_due(now=datetime.fromisoformat(sys.argv[1]))
"""


def until(happened):
    """Wait for something to be seen in the database; the test's own limit is the end of it."""
    while not happened():
        time.sleep(0.005)


@pytest.fixture
def draft(app):
    """A draft without files."""
    return factories.draft(files=0)


class TestReceiving:
    """Before any row knows of a file, its first bytes and its size are looked at."""

    def test_a_picture_is_kept_as_it_came(self, app):
        data = png()
        received = files.receive(io.BytesIO(data), filename="a.png", size=len(data))
        assert (received.kind, received.stored.size) == (FileKind.PNG, len(data))
        assert received.stored.sha256 == hashlib.sha256(data).hexdigest()
        assert bytes_kept(app) == [data]

    @pytest.mark.parametrize(
        ("data", "size", "fault"),
        [
            (b"", 0, Fault.EMPTY),
            (b"MZ\x90\x00 a program", 16, Fault.WRONG_KIND),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 41, Fault.WRONG_KIND),
            (b"\x89PNG\r\n\x1a\n", MAX_PICTURE + 1, Fault.TOO_BIG),
            (b"\x89PNG\r\n\x1a\n" + bytes(MAX_PICTURE), 8, Fault.TOO_BIG),
        ],
        ids=["empty", "a program", "a drawing", "too big", "bigger than it says"],
    )
    def test_what_cannot_be_evidence_leaves_nothing(self, app, data, size, fault):
        with pytest.raises(EvidenceRefused) as refused:
            files.receive(io.BytesIO(data), filename="a.png", size=size)
        assert refused.value.fault is fault
        assert bytes_kept(app) == []


class TestAdding:
    """A received file becomes a row of the claim, where the claim takes files."""

    def test_it_waits_for_its_check_and_shows_nothing(self, draft):
        data = png()
        file = row(upload(draft.reference, data, filename="../../My screen.png"))
        assert (file.filename, file.kind, file.media_kind, file.size) == (
            "My screen.png",
            "screenshot",
            "png",
            len(data),
        )
        assert (file.state, file.views, file.on_appeal, file.attempts) == (CHECKING, [], False, 0)
        assert len(file.public_id) == 22
        assert draft.events == []

    def test_a_claim_that_waits_notes_it(self, app):
        claim = factories.claim()
        upload(claim.reference, png(), at=NOW + timedelta(hours=1))
        event = claim.events[-1]
        assert (event.action, event.role, event.at) == (
            Action.ADD_EVIDENCE,
            Actor.CUSTOMER,
            NOW + timedelta(hours=1),
        )
        assert claim.status is Status.IN_REVIEW

    def test_a_decided_claim_takes_none(self, app):
        factories.order()
        claim = factories.claim()
        with pytest.raises(NotAllowed):
            upload(claim.reference, png())
        assert len(claim.evidence) == 1

    def test_eight_are_taken_and_no_ninth(self, app):
        draft = factories.draft(files=8)
        with pytest.raises(TooManyFiles, match="up to 8 files"):
            upload(draft.reference, png())
        assert len(draft.evidence) == 8

    def test_nine_at_the_same_moment_are_eight(self, app, draft):
        reference = draft.reference
        results = race(app, [lambda: upload(reference, png())] * 9)
        assert [type(result) for result in results].count(TooManyFiles) == 1
        assert len(db.session.scalars(select(Evidence)).all()) == 8

    def test_an_appeal_brings_as_many_again(self, app):
        claim = factories.claim(files=8)
        with transaction():
            claim.move(Action.DECLINE, role=Actor.REVIEWER, at=NOW)
        assert row(upload(claim.reference, png())).on_appeal
        for _ in range(7):
            factories.evidence(claim, on_appeal=True)
        with pytest.raises(TooManyFiles):
            upload(claim.reference, png())
        assert (claim.status, len(claim.evidence)) == (Status.DECLINED, 16)


class TestRemoving:
    """A file can be taken off before the claim, or the appeal, is sent."""

    def test_its_bytes_go_after_the_commit(self, app, draft):
        file = row(upload(draft.reference, png()))
        public_id, key = file.public_id, file.original_key
        with transaction():
            keys = files.remove(draft, public_id=public_id)
        assert (draft.evidence, keys) == ([], [key])
        assert len(bytes_kept(app)) == 1
        files.drop(keys)
        assert bytes_kept(app) == []

    def test_the_clean_copies_go_too(self, app, draft):
        number = upload(draft.reference, png())
        files.check_due(now=NOW)
        public_id = row(number).public_id
        with transaction():
            keys = files.remove(draft, public_id=public_id)
        assert len(keys) == 2
        files.drop(keys)
        assert bytes_kept(app) == []

    def test_a_file_of_another_claim_stays(self, draft):
        other = factories.draft(order_reference="A-2")
        with transaction():
            assert files.remove(draft, public_id=other.evidence[0].public_id) == []
        assert len(other.evidence) == 1

    def test_what_was_sent_stays(self, app):
        claim = factories.claim()
        with transaction():
            assert files.remove(claim, public_id=claim.evidence[0].public_id) == []
        with transaction():
            claim.move(Action.DECLINE, role=Actor.REVIEWER, at=NOW)
        with transaction():
            assert files.remove(claim, public_id=claim.evidence[0].public_id) == []
        assert len(claim.evidence) == 1

    def test_a_new_file_of_an_appeal_that_was_not_sent_goes(self, app):
        claim = factories.claim()
        with transaction():
            claim.move(Action.DECLINE, role=Actor.REVIEWER, at=NOW)
        new = row(upload(claim.reference, png()))
        with transaction():
            assert len(files.remove(claim, public_id=new.public_id)) == 1
        assert len(claim.evidence) == 1


class TestChecking:
    """The worker leases each file, has a child process open it, and keeps what came out clean."""

    def test_a_picture_gets_clean_copies_and_its_own_bytes_go(self, app, draft):
        data = png()
        assert b"SecretPlace" in data
        number = upload(draft.reference, data)
        assert files.check_due(now=NOW) == 1
        file = row(number)
        assert (file.state, file.problem, file.original_key, file.attempts) == (
            READY,
            None,
            None,
            1,
        )
        assert [(v["role"], v["width"], v["height"]) for v in file.views] == [
            ("view", 60, 40),
            ("thumb", 60, 40),
        ]
        for view, form in zip(file.views, ("WEBP", "JPEG"), strict=True):
            copy = read(view["key"])
            assert (view["media_type"], view["size"]) == (f"image/{form.lower()}", len(copy))
            assert b"SecretPlace" not in copy
            with Image.open(io.BytesIO(copy)) as shown:
                assert (shown.format, shown.size) == (form, (60, 40))
        assert len(bytes_kept(app)) == 2
        assert files.check_due(now=NOW + timedelta(days=1)) == 0

    def test_a_file_that_ended_every_worker_is_not_opened_again(self, app, draft):
        number = upload(draft.reference, png())
        with transaction():
            row(number).attempts = files.TRIES
        assert files.check_due(now=NOW) == 1
        assert (row(number).state, row(number).problem) == (
            REFUSED,
            "This file could not be checked. Upload it again.",
        )
        assert bytes_kept(app) == []

    def test_a_broken_file_is_refused_and_the_others_are_not(self, app, draft):
        broken = upload(draft.reference, png()[:-40], filename="cut.png")
        good = upload(draft.reference, png(), filename="good.png")
        assert files.check_due(now=NOW) == 2
        assert (row(broken).state, row(good).state) == (REFUSED, READY)
        assert row(broken).problem == (
            "This file cannot be opened. Save it again, or take a new screenshot, and upload that."
        )
        assert (row(broken).views, row(broken).original_key) == ([], None)
        assert len(bytes_kept(app)) == 2

    def test_a_picture_that_would_fill_the_memory_is_refused(self, app, draft):
        bomb = io.BytesIO()
        Image.new("1", (8_000, 5_001)).save(bomb, "PNG")
        number = upload(draft.reference, bomb.getvalue())
        files.check_due(now=NOW)
        assert row(number).state is REFUSED
        assert "too large to open" in row(number).problem
        assert bytes_kept(app) == []

    def test_the_longest_waiting_are_taken_first_and_no_more_than_asked_for(self, draft):
        later = upload(draft.reference, png(), at=NOW + timedelta(seconds=2))
        first = upload(draft.reference, png(), at=NOW)
        not_yet = upload(draft.reference, png(), at=NOW + timedelta(hours=1))
        assert files.check_due(now=NOW + timedelta(minutes=1), limit=1) == 1
        assert [row(n).state for n in (first, later, not_yet)] == [READY, CHECKING, CHECKING]
        assert files.check_due(now=NOW + timedelta(minutes=1)) == 1
        assert [row(n).state for n in (first, later, not_yet)] == [READY, READY, CHECKING]

    @pytest.mark.long
    def test_workers_side_by_side_open_each_file_once(self, app, draft):
        numbers = [upload(draft.reference, png()) for _ in range(3)]
        taken = race(app, [lambda: files.check_due(now=NOW, limit=1)] * 5)
        assert sorted(taken) == [0, 0, 1, 1, 1]
        assert [(row(n).state, row(n).attempts) for n in numbers] == [(READY, 1)] * 3
        assert len(bytes_kept(app)) == 6

    def test_a_file_whose_bytes_are_not_there_is_tried_three_times(self, app, draft):
        number = upload(draft.reference, png())
        files.drop([row(number).original_key])
        seen = []
        for turn in range(4):
            taken = files.check_due(now=NOW + turn * files.LEASE)
            seen.append((taken, row(number).state))
        assert seen == [(1, CHECKING), (1, CHECKING), (1, REFUSED), (0, REFUSED)]
        assert row(number).problem == "This file could not be checked. Upload it again."

    def test_a_leased_file_is_left_alone_until_the_lease_ends(self, draft):
        number = upload(draft.reference, png())
        files.drop([row(number).original_key])
        assert files.check_due(now=NOW) == 1
        assert files.check_due(now=NOW + files.LEASE - timedelta(seconds=1)) == 0
        assert files.check_due(now=NOW + files.LEASE) == 1
        assert row(number).attempts == 2

    @pytest.mark.in_folder
    @pytest.mark.long
    def test_the_file_of_a_worker_that_was_killed_is_taken_again(self, app, draft, database):
        number = upload(draft.reference, png((1400, 1000), noisy=True))
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, NOW.isoformat()],
            env={
                "PATH": os.environ["PATH"],
                "DATABASE_URL": database,
                "EVIDENCE_FOLDER": str(app.extensions["settings"].evidence_folder),
            },
        )
        try:
            until(lambda: row(number).attempts == 1 or worker.poll() is not None)
        finally:
            worker.kill()
            worker.wait()
        assert row(number).state is CHECKING
        assert files.check_due(now=NOW + timedelta(minutes=1)) == 0
        assert files.check_due(now=NOW + files.LEASE) == 1
        assert (row(number).state, row(number).attempts) == (READY, 2)
        assert len(bytes_kept(app)) == 2

    def test_a_file_removed_while_it_is_checked_leaves_nothing(self, app, draft):
        number = upload(draft.reference, png((2000, 1500), noisy=True))
        public_id = row(number).public_id
        reference = draft.reference

        def remove():
            until(lambda: row(number).attempts == 1)
            with transaction():
                keys = files.remove(claim_for_change(reference), public_id=public_id)
            files.drop(keys)

        assert race(app, [lambda: files.check_due(now=NOW), remove]) == [1, None]
        assert db.session.scalars(select(Evidence)).all() == []
        assert bytes_kept(app) == []

    @pytest.mark.long
    def test_a_file_removed_while_it_waits_its_turn_holds_up_no_other(self, app, draft):
        slow = upload(draft.reference, png((2000, 1500), noisy=True))
        gone, last = upload(draft.reference, png()), upload(draft.reference, png())
        public_id = row(gone).public_id
        reference = draft.reference

        def remove():
            until(lambda: row(gone).attempts == 1)
            with transaction():
                keys = files.remove(claim_for_change(reference), public_id=public_id)
            files.drop(keys)

        assert race(app, [lambda: files.check_due(now=NOW), remove]) == [3, None]
        assert [row(n).state for n in (slow, last)] == [READY, READY]
        assert len(bytes_kept(app)) == 4


def test_a_file_dropped_twice_is_gone_once(app):
    data = png()
    stored = files.receive(io.BytesIO(data), filename="a.png", size=len(data)).stored
    files.drop([stored.key, stored.key])
    with pytest.raises(NotStored):
        files.storage().open(stored.key)
