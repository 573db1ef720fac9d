"""Files come by the same way as from a page: told by their first bytes, kept, and checked before they are shown."""

import pytest

from portal.claims.evidence import files
from portal.claims.models import Evidence
from portal.database import transaction
from portal.extensions import db
from portal.policy.facts.claim import IDENTITY
from tests.api.program import picture, word
from tests.conftest import NOW


@pytest.fixture
def reference(program):
    return program.file().get_json()["reference"]


def kept(app):
    folder = app.extensions["settings"].evidence_folder
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_is_taken_checked_and_shown_as_ready(program, reference):
    answer = program.add_file(reference)
    said = answer.get_json()
    assert (answer.status_code, said["state"], said["filename"]) == (201, "checking", "shot.png")
    files.check_due(now=NOW)
    db.session.rollback()
    (file,) = program.get(f"/claims/{reference}").get_json()["evidence"]
    assert (file["id"], file["state"]) == (said["id"], "ready")


def test_the_same_key_and_file_are_taken_once_though_the_form_is_written_anew(
    app, program, reference
):
    first = program.add_file(reference, key="k")
    again = program.add_file(reference, key="k")
    assert again.get_data() == first.get_data()
    assert again.headers["Idempotency-Replayed"] == "true"
    other = program.add_file(reference, picture() + b"x", key="k")
    assert word(other) == "idempotency-key-reused"
    assert db.session.query(Evidence).count() == len(kept(app)) == 1


def test_parts_of_a_form_that_have_no_name_are_no_file_and_break_nothing(app, program, reference):
    parts = b"".join(
        b"--b\r\nContent-Disposition: form-data" + each + b"\r\n\r\n{}\r\n"
        for each in (b"", b"", b'; name="file"', b'; filename="a.png"', b'; filename="b.png"')
    )
    for _ in ("first", "again"):
        answer = program.send(
            "POST", f"/claims/{reference}/evidence", data=parts + b"--b--\r\n",
            content_type="multipart/form-data; boundary=b", key="k",
        )  # fmt: skip
        assert (answer.status_code, word(answer)) == (422, "invalid")
    assert answer.headers["Idempotency-Replayed"] == "true"


def test_the_same_file_without_a_key_is_refused_and_its_bytes_are_dropped(app, program, reference):
    program.add_file(reference)
    again = program.add_file(reference)
    assert (again.status_code, word(again)) == (409, "same-file")
    assert len(kept(app)) == 1


def test_what_is_no_file_of_a_known_kind_is_refused_by_its_pointer(app, program, reference):
    path = f"/claims/{reference}/evidence"
    for answer in (
        program.add_file(reference, b"#!/bin/sh\n", name="run.sh"),
        program.add_file(reference, b""),
        program.send("POST", path, data={}, content_type="multipart/form-data"),
        program.send("POST", path, data={"file": "text"}, content_type="multipart/form-data"),
    ):
        assert (answer.status_code, word(answer)) == (422, "invalid")
        assert answer.get_json()["errors"][0]["pointer"] == "/file"
    assert program.post(path, {}).status_code == 415
    assert kept(app) == []


def test_a_claim_that_takes_no_file_says_so_and_shows_itself(app, program, reference):
    program.post(f"/claims/{reference}/withdraw")
    answer = program.add_file(reference)
    assert (answer.status_code, word(answer)) == (409, "state-moved")
    assert answer.get_json()["current"]["status"] == "withdrawn"
    assert kept(app) == []


def test_identity_documents_are_told_to_no_program(program, reference):
    program.add_file(reference)
    with transaction():
        db.session.query(Evidence).one().kind = IDENTITY
    assert program.get(f"/claims/{reference}").get_json()["evidence"] == []
    (listed,) = program.get(f"/shops/{program.shop}/claims").get_json()["items"]
    assert listed["evidence"] == []
