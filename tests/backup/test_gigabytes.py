"""Gigabytes of rows and of evidence, kept and put back by the commands, in little memory."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import time
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.engine import make_url

from portal.app import ROOT
from portal.claims.evidence.storage.chosen import storage
from portal.database import transaction
from portal.extensions import db
from portal.mail.models import MailState, OutboxMail
from tests import factories
from tests.conftest import NOW
from tests.sizes import size

MB = 1_000_000
FILES, EACH = size(8, full=100, whole=500), 10 * MB
ROWS, TEXT = (
    size(2_500, full=25_000, whole=250_000),
    2_000,
)  # mails, characters of each of their two texts
LOT = 2_500  # rows that are written at once
ASKED = 300  # seconds that a restore may take, which the figure tells beside what it took
LITTLE = 400 * MB  # of memory, whatever there is
COPIES = 4  # of all of it on the disk: here, kept, there, and what the database writes on its way


def mails(chance):
    """A lot of mails that left long ago; no two texts are alike, so that nothing packs them small."""
    letters = base64.b64encode(chance.randbytes(LOT * TEXT)).decode()
    at = NOW - timedelta(days=30)
    same = {
        "event": "approved", "sender": "shop@example.com", "recipient": "kim@example.com",
        "subject": "Your claim", "headers": {}, "state": MailState.SENT, "created_at": at,
        "due_at": at, "attempts": 1, "sent_at": at,
    }  # fmt: skip
    for start in range(0, LOT * TEXT, TEXT):
        said = letters[start : start + TEXT]
        yield same | {"message_id": f"<{said[:60]}@example.com>", "about": said[:12], "text": said, "html": said[::-1]}  # fmt: skip


def filled():
    """Fill the portal whose context it is: mails, and a claim with files."""
    chance = Random(5)
    for _ in range(ROWS // LOT):
        with transaction():
            db.session.execute(insert(OutboxMail), list(mails(chance)))
    claim, data = factories.claim(files=0), os.urandom(EACH)
    for number in range(FILES):
        key = f"{number:032x}"
        storage().create(BytesIO(key.encode() + data[len(key) :]), limit=EACH, key=key)
        factories.evidence(claim, original_key=key)


def ran(command, url, folder, kept):
    """Run it to its end in a process of its own; its seconds, and the bytes that it held at most."""
    given = {"DATABASE_URL": url, "EVIDENCE_FOLDER": str(folder / "evidence")}
    argv = [sys.executable, "-m", "flask", "--app", "wsgi", command, str(kept)]
    since = time.monotonic()
    process = subprocess.Popen(argv, cwd=ROOT, env=os.environ | given, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return time.monotonic() - since, used.ru_maxrss * 1024


def size_of(url):
    """The bytes of the database whose context it is."""
    if url.startswith("sqlite"):
        return Path(make_url(url).database).stat().st_size
    return db.session.scalar(text("SELECT pg_database_size(current_database())"))


def sizes_of(folder):
    return sorted(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@pytest.mark.full_size
@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_gigabytes_of_rows_and_evidence_go_and_come_back_in_little_memory(
    database, elsewhere, portal, tmp_path, record_property
):
    needed = COPIES * (FILES * EACH + 2 * ROWS * TEXT)
    assert shutil.disk_usage(tmp_path).free > needed
    here, there, kept = (tmp_path / name for name in ("here", "there", "kept"))
    try:
        with portal(database):
            filled()
            rows = size_of(database)
            count = db.session.scalar(select(func.count()).select_from(OutboxMail))
        took, held = ran("backup", database, here, kept)
        told = [f"backup {took:.1f} s, {held // MB} MB of memory"]
        assert held < LITTLE
        took, held = ran("restore", elsewhere, there, kept)
        told.append(f"restore {took:.1f} s of {ASKED} s asked for, {held // MB} MB of memory")
        assert held < LITTLE
        assert sizes_of(there / "evidence") == [EACH] * FILES
        with portal(elsewhere, "there"):
            assert db.session.scalar(select(func.count()).select_from(OutboxMail)) == count
    finally:
        for folder in (here, there, kept):  # kept for nobody where it failed: it is gigabytes
            shutil.rmtree(folder, ignore_errors=True)
        if database.startswith("postgres"):
            with portal(database), transaction():
                db.session.execute(text("TRUNCATE outbox"))  # a deleted row would keep its room
    record_property("figure", f"{FILES * EACH // MB} MB of files and a database of {rows // MB} MB ({count} mails): {'; '.join(told)}")  # fmt: skip
