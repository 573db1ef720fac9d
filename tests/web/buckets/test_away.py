"""A bucket that is down, slow, closed to us or full costs nobody what they typed, and no file is blamed for it."""

import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest
from pydantic import SecretStr

from portal.claims.evidence.files import LEASE, check_due
from portal.claims.lifecycle import EvidenceState
from portal.extensions import db
from portal.health.readiness import AWAY
from portal.shops.doctor import Health
from portal.shops.kept_files import examine_bucket
from tests import factories
from tests.claims.uploads import upload
from tests.factories import NOW
from tests.listeners import listening
from tests.listeners.buckets import at, free_port, told
from tests.web.pictures.parts import MIDDLE, red_in_the_middle
from tests.web.steps.journeys import drafted, picture, stored


class Ill(BaseHTTPRequestHandler):
    """A service that answers each request with the server's ``status``, after its ``wait`` in seconds."""

    def _answer(self):
        time.sleep(self.server.wait)
        said = b"<Error><Code>%s</Code></Error>" % self.server.code
        try:
            self.send_response(self.server.status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said if self.command != "HEAD" else b"")
        except OSError:  # nobody waits any more
            self.close_connection = True

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def log_message(self, *_):
        pass


@contextmanager
def ill(status=403, *, code=b"AccessDenied", wait=0.0, timeout=3.0):
    with listening(Ill, status=status, code=code, wait=wait) as port:
        yield at(port, evidence_s3_timeout=timeout)


@contextmanager
def down():
    yield at(free_port(), evidence_s3_timeout=3.0)


WAYS = {
    "down": down,
    "slow": lambda: ill(200, wait=1.0, timeout=0.3),
    "closed": ill,
    "broken": lambda: ill(500, code=b"InternalError"),
    "gone": lambda: ill(404, code=b"NoSuchBucket"),
}
NOT_KEPT = (
    "shot.png: This file could not be kept at the moment. Send it again in a few minutes."
    " Your answers and your other files are safe."
)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("way", WAYS)
def test_a_file_that_can_not_be_kept_is_told_and_costs_nothing_else(app, visitor, way):
    reference = drafted(visitor, reason="wrong_code")
    with WAYS[way]() as bucket:
        folder = app.extensions["settings"]
        told(app, bucket)
        page = visitor.post(f"/evidence/{reference}", {"files": [picture()]}, status=503)
        app.extensions["settings"] = folder
    assert page.errors == [NOT_KEPT]
    assert (stored(reference).evidence, stored(reference).reason) == ([], "wrong_code")
    visitor.post(f"/evidence/{reference}", {"files": [picture()]})
    assert len(stored(reference).evidence) == 1


def test_a_full_bucket_is_told_as_a_full_disk_is(app, visitor):
    reference = drafted(visitor, reason="wrong_code")
    with ill(507, code=b"XMinioStorageFull") as bucket:
        told(app, bucket)
        page = visitor.post(f"/evidence/{reference}", {"files": [picture()]}, status=507)
    assert page.errors[0].startswith("shot.png: We have no room for this file at the moment.")


def test_what_is_shown_and_blacked_out_is_tried_again_later(app, visitor):
    reference = drafted(visitor, reason="wrong_code")
    visitor.post(f"/evidence/{reference}", {"files": [red_in_the_middle()]})
    check_due(now=NOW)
    (file,) = stored(reference).evidence
    views, marks = file.views, f"/evidence/{reference}/{file.public_id}/view/black-out"
    with ill() as bucket:
        told(app, bucket)
        page = visitor.get(f"/evidence/{reference}/{file.public_id}/view", status=503)
        assert page.response.headers["Retry-After"] == "30"
        page = visitor.get(marks)
        seen = {name: page.fields[name] for name in ("seen",) if name in page.fields}
        page = visitor.post(marks, MIDDLE | {"do": "burn"} | seen, status=503)
        assert "nothing was changed" in page.text()
        visitor.post(f"/evidence/{reference}/{file.public_id}/remove", {})
    assert (stored(reference).evidence, len(views)) == ([], 2)  # the sweep takes the bytes


def test_the_worker_tries_again_and_blames_no_file(app):
    number = upload(factories.draft(files=0).reference, picture()[0].getvalue())
    folder = app.extensions["settings"]
    with ill() as bucket:
        told(app, bucket)
        for turn in range(5):
            assert check_due(now=NOW + turn * LEASE) == 1
        app.extensions["settings"] = folder
    assert _file(number).state is EvidenceState.CHECKING
    assert check_due(now=NOW + 5 * LEASE) == 1
    assert _file(number).state is EvidenceState.READY


def _file(number):
    db.session.rollback()
    return db.session.get_one(factories.Evidence, number)


def test_the_portal_answers_all_the_same_and_says_what_is_away(app, client):
    with ill() as bucket:
        told(app, bucket)
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json["evidence"]) == (200, AWAY)


@pytest.mark.parametrize(
    ("way", "seen"),
    [
        ({}, "AccessDenied: Generic S3 error"),
        ({"status": 507, "code": b"XMinioStorageFull"}, "XMinioStorageFull: Generic S3 error"),
    ],
)
def test_the_doctor_says_what_the_bucket_said_and_never_its_secret(app, way, seen):
    with ill(**way) as bucket:
        address = told(app, bucket).extensions["settings"].bucket
        found = examine_bucket(address)
    assert (found.health, found.name) == (Health.ILL, "evidence")
    assert found.seen.startswith(f"{address}: {seen}")
    assert SecretStr(bucket["evidence_s3_secret_key"]) == address.secret_key
    assert bucket["evidence_s3_secret_key"] not in f"{found}"
