"""Thousands of files by chance: each is refused in words, or what is served of it can do nothing."""

from __future__ import annotations

import io
from collections import Counter
from contextlib import contextmanager

import pytest
from PIL import Image

from portal.claims.evidence.files import MOST, UNCHECKED
from portal.claims.evidence.sanitising import Limits
from portal.claims.lifecycle import EvidenceState
from portal.web.frame.files import SANDBOX
from tests import factories
from tests.faults.uploads.checking import check
from tests.faults.uploads.mutants import mutant
from tests.faults.uploads.planting import SCRIPT, WORD
from tests.races import pipe, started
from tests.sizes import size
from tests.web.inspector import Browser
from tests.web.steps.journeys import stored

FILES = size(60, full=500, whole=5_000)
ASKED = 10  # seconds that the goal gives a child
PICTURES = {"image/jpeg": "JPEG", "image/webp": "WEBP"}


class Sender:
    """A customer who sends files by chance, claim after claim, and looks at what became of them."""

    def __init__(self, app):
        app.config["WTF_CSRF_ENABLED"] = False
        self.browser, self.came = Browser(app.test_client()), Counter()

    def send(self, number, mutants):
        """Send these to a claim of their own; what of it is kept, and which are refused on the spot."""
        order = f"M-{number}"
        factories.order(reference=order)
        reference = factories.draft(order_reference=order, files=0).reference
        with self.browser.client.session_transaction() as session:
            session["drafts"] = [reference]
        sent = [(io.BytesIO(each.data), each.filename) for each in mutants]
        page = self.browser.client.post(f"/evidence/{reference}", data={"files": sent})
        kept = {file.filename for file in stored(reference).evidence}
        assert page.status_code == (303 if len(kept) == len(mutants) else 422), page.text
        for each in mutants:
            assert (each.filename in kept) or (each.filename in page.text), each.filename
        self.came["refused at once"] += len(mutants) - len(kept)
        return reference

    def look(self, reference, mutants):
        """What became of those that were kept."""
        made = {each.filename: each for each in mutants}
        for file in stored(reference).evidence:
            what = made[file.filename]
            told = f"{file.filename}: {what.done}"
            assert file.state in {EvidenceState.READY, EvidenceState.REFUSED}, told
            assert file.problem != UNCHECKED, told
            self.came[file.state.value] += 1
            if file.state is EvidenceState.REFUSED:
                assert file.problem, told
                continue
            assert file.views, told
            for view in file.views:
                self.served(f"/evidence/{reference}/{file.public_id}/{view['role']}", what, told)

    def served(self, path, what, told):
        """What is served is what it says, can do nothing, and says nothing of what was planted."""
        answer = self.browser.client.get(path)
        kind, data = answer.headers["Content-Type"], answer.data
        assert answer.status_code == 200, told
        assert answer.headers["X-Content-Type-Options"] == "nosniff", told
        assert answer.headers["Content-Security-Policy"] == SANDBOX, told
        if kind in PICTURES:
            with Image.open(io.BytesIO(data), formats=[PICTURES[kind]]) as picture:
                picture.load()
                assert not picture.getexif(), told
            assert not (WORD in data or b"<script" in data), told
            return
        assert kind == f"video/{what.ending}", told
        assert data[4:8] == b"ftyp" if kind == "video/mp4" else data.startswith(b"\x1a\x45\xdf\xa3")
        if WORD in data or SCRIPT in data:
            # A film is copied: what was put among its own pictures stays there, under a film's type.
            assert what.within, told
            self.came["with the words among a film's own bytes"] += 1


@contextmanager
def checker(database, folder):
    """Has a worker open all that waits; what it says of that. EOFError where it died."""
    (heard, say), (hear, said) = pipe(), pipe()
    worker = started(check, database, str(folder), heard, said)
    heard.close()
    said.close()

    def checked():
        say.send("check")
        return hear.recv()

    try:
        yield checked
        assert worker.is_alive()
    finally:
        worker.kill()
        worker.join()


@pytest.mark.any_database
@pytest.mark.exhaustive
@pytest.mark.soak
@pytest.mark.long
@pytest.mark.timeout(14_400)
def test_a_file_by_chance_is_refused_in_words_or_can_do_nothing(
    app, database, tmp_path, record_property
):
    factories.account()
    with checker(database, tmp_path) as checked:
        sender, took, most = Sender(app), [], 0
        for start in range(0, FILES, MOST):
            mutants = [mutant(number) for number in range(start, min(start + MOST, FILES))]
            reference = sender.send(start, mutants)
            seconds, most = checked()
            took += seconds
            sender.look(reference, mutants)
    assert sender.came["ready"]
    assert most < Limits().memory_bytes / 2**20
    assert max(took) < Limits().wall_seconds + 5
    told = ", ".join(f"{count} {what}" for what, count in sorted(sender.came.items()))
    slow = sum(each > ASKED for each in took)
    record_property("figure", f"{FILES} files: {told}; 0 scripts served, the worker lived; the largest child"
                              f" {most} MB of {Limits().memory_bytes // 2**20} MB that it may have, the slowest"
                              f" {max(took):.1f} s, {slow} over {ASKED} s")  # fmt: skip
