"""What a customer and a reviewer are told of a file, and what becomes of a full disk."""

import io
import json
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from portal.claims.evidence.files import check_due
from portal.claims.evidence.sniffing import KINDS, MAX_VIDEO, accept_of
from portal.claims.evidence.storage.chosen import storage
from portal.claims.lifecycle import EvidenceState
from portal.claims.queries import claim_page
from portal.extensions import db
from tests import factories
from tests.claims.encoded import pdf
from tests.claims.uploads import commit_lost, no_room_for_more_than
from tests.factories import NOW
from tests.web.inspector import Browser, Page
from tests.web.steps.journeys import drafted, files_of, kept, opened, picture
from tests.web.steps.signing_in import sign_in

FILES = Path(__file__).parents[2] / "claims/files"


def sent(visitor, reference, *files, status=303):
    """Send files as a browser without scripts does, all in one request."""
    head = '--x\r\nContent-Disposition: form-data; name="files"; filename="{}"\r\n\r\n'
    parts = [head.format(name).encode() + data + b"\r\n" for data, name in files]
    token = f'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{visitor.token()}\r\n'
    answer = visitor.client.post(
        f"/evidence/{reference}",
        data=b"".join([token.encode(), *parts, b"--x--\r\n"]),
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == status, answer.text
    return Page(answer)


def noise(side):
    drawn = io.BytesIO()
    Image.effect_noise((side, side), 60).save(drawn, "PNG")
    return drawn.getvalue()


def unplayable():
    data = (FILES / "film.mp4").read_bytes()
    at = data.rindex(b"avc1")
    return data[:at] + b"hvc1" + data[at + 4 :]


@pytest.fixture
def reviewed(app):
    """Open a claim as a reviewer: the browser and the page."""

    def look(reference):
        staff = Browser(app.test_client())
        sign_in(staff, factories.reviewer())
        return staff, staff.get(f"/review/{reference}")

    return look


def links_to_views(page, reference):
    return [
        (page.text(link), link.get("href"))
        for link in page.all("a")
        if f"{reference}/" in link.get("href", "") and "/page-" in link.get("href", "")
    ]


@pytest.mark.long
def test_both_see_every_page_of_a_document(visitor, reviewed):
    claim = factories.claim()
    opened(visitor, claim)
    sent(visitor, claim.reference, ((FILES / "statement-9-pages.pdf").read_bytes(), "nine.pdf"))
    check_due(now=NOW)
    for look in (lambda reference: (visitor, visitor.get(f"/evidence/{reference}")), reviewed):
        who, page = look(claim.reference)
        found = dict(links_to_views(page, claim.reference))
        assert set(found) >= {f"Page {n}" for n in range(1, 10)}
        answer = who.client.get(found["Page 9"])
        assert Image.open(io.BytesIO(answer.data)).size == (1240, 1755)


def test_both_are_told_of_pages_that_are_not_shown(visitor, reviewed):
    claim = factories.claim()
    opened(visitor, claim)
    sent(visitor, claim.reference, (pdf(45), "many.pdf"))
    check_due(now=NOW)
    assert (
        "45 pages, the first 40 are shown. If the others matter, send them as a file of their own."
    ) in visitor.get(f"/evidence/{claim.reference}").text()
    told = reviewed(claim.reference)[1].text()
    assert "45 pages, the first 40 are shown." in told
    assert "send them" not in told


def test_a_recording_is_shown_as_stills_with_their_times(visitor):
    reference = drafted(visitor)
    sent(visitor, reference, ((FILES / "recording.gif").read_bytes(), "rec.gif"))
    check_due(now=NOW)
    page = visitor.get(f"/new/{reference}/result")
    assert "A moving picture, shown as still pictures: 6 of its 6." in page.text()
    assert [page.text(a) for a in page.all("a") if page.text(a).startswith("At ")] == [
        f"At 0:0{n}" for n in range(6)
    ]


def test_a_video_that_browsers_do_not_play_is_told_at_once_and_given_as_a_download(
    visitor, reviewed
):
    claim = factories.claim()
    opened(visitor, claim)
    page = visitor.get(sent(visitor, claim.reference, (unplayable(), "IMG_1.MOV")).location)
    assert (
        "Browsers may not play this video: HEVC (H.265)"
        in visitor.get(f"/evidence/{claim.reference}").text()
    )
    assert page.status == 200
    check_due(now=NOW)
    staff, page = reviewed(claim.reference)
    assert "Browsers may not play this video: HEVC (H.265). It can be downloaded." in page.text()
    assert page.all("video") == []
    (link,) = [a for a in page.all("a") if page.text(a) == "Download the video"]
    answer = staff.client.get(link.get("href"))
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''IMG_1.mp4"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_video_that_plays_is_played_and_can_be_downloaded_too(visitor, reviewed):
    claim = factories.claim()
    opened(visitor, claim)
    sent(visitor, claim.reference, ((FILES / "film.mp4").read_bytes(), "film.mp4"))
    check_due(now=NOW)
    staff, page = reviewed(claim.reference)
    (film,) = page.all("video")
    answer = staff.client.get(film.get("src"))
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert "Download the video" in page.text()


def test_the_field_names_all_that_is_taken(visitor):
    page = visitor.get(f"/new/{drafted(visitor)}/result")
    field = page.one("input", type="file")
    assert field.get("accept") == accept_of(KINDS)
    assert "HEIC" in page.text()


def test_the_same_file_twice_is_told_and_kept_once(visitor):
    reference = drafted(visitor)
    data = noise(20)
    page = sent(visitor, reference, (data, "one.png"), (data, "two.png"), status=422)
    assert page.errors == ["two.png: You have added this file already, as one.png."]
    assert files_of(reference) == [("one.png", "checking")]
    assert kept() == 1


@pytest.mark.long
def test_eight_large_files_arrive_at_once_without_scripts(visitor):
    reference = drafted(visitor)
    head = noise(20)
    files = [(head + bytes([n]) * (9_900_000 - len(head)), f"{n}.png") for n in range(8)]
    sent(visitor, reference, *files)
    assert [name for name, _ in files_of(reference)] == [f"{n}.png" for n in range(8)]


def test_a_request_larger_than_eight_of_the_largest_files_leads_back_to_the_list(visitor):
    reference = drafted(visitor)
    answer = visitor.client.post(
        f"/evidence/{reference}",
        input_stream=io.BytesIO(b""),
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(9 * MAX_VIDEO)},
    )
    assert answer.status_code == 413
    assert "What you sent before is kept." in answer.text
    assert f'href="/evidence/{reference}"' in answer.text


def test_a_file_that_finds_no_room_costs_the_others_nothing(visitor):
    reference = drafted(visitor)
    small, large = noise(20), noise(900)
    with no_room_for_more_than(600_000):
        page = sent(
            visitor, reference, (small, "a.png"), (large, "b.png"), (noise(21), "c.png"), status=507
        )
    assert page.errors == [
        (
            "b.png: We have no room for this file at the moment. Send it again in an hour."
            " Your answers and your other files are safe."
        )
    ]
    assert files_of(reference) == [("a.png", "checking"), ("c.png", "checking")]
    assert kept() == 2
    sent(visitor, reference, (large, "b.png"))
    assert len(files_of(reference)) == 3


def test_what_cannot_be_used_can_be_removed_after_sending(visitor):
    claim = factories.claim()
    bad = factories.evidence(claim, state=EvidenceState.REFUSED, filename="bad.png")
    opened(visitor, claim)
    page = visitor.get(f"/evidence/{claim.reference}")
    removing = [f.get("action") for f in page.all("form") if "/remove" in f.get("action", "")]
    assert removing == [f"/evidence/{claim.reference}/{bad.public_id}/remove"]
    visitor.post(removing[0])
    db.session.rollback()
    assert [file.filename for file in claim_page(claim.reference).evidence] == ["screenshot.png"]


def test_without_scripts_a_link_shows_the_result(visitor):
    reference = drafted(visitor)
    visitor.post(f"/evidence/{reference}", {"files": [picture("a.png")]})
    page = visitor.get(f"/new/{reference}/result")
    (link,) = [a for a in page.all("a") if page.text(a).startswith("Show the result")]
    check_due(now=NOW)
    page = visitor.get(link.get("href"))
    assert "Ready" in page.text()
    assert "Show the result" not in page.text()


def test_changes_of_the_list_are_said_and_the_focus_stays_in_it(visitor):
    reference = drafted(visitor)
    visitor.post(f"/evidence/{reference}", {"files": [picture("a.png"), picture("b.png")]})
    first = claim_page(reference).evidence[0].public_id
    page = visitor.post(f"/evidence/{reference}/{first}/remove", fragment=True, status=200)
    assert json.loads(page.response.headers["HX-Trigger"]) == {
        "toast": "The file was removed. Files: 1 being checked."
    }
    box = page.one("ul", id="files")
    assert (box.get("tabindex"), "data-focus" in dict(box.items())) == ("-1", True)
    check_due(now=NOW)
    page = visitor.get(box.get("hx-get"), fragment=True)
    assert json.loads(page.response.headers["HX-Trigger"]) == {"toast": "Files: 1 ready."}
    assert page.one("ul", id="files").get("tabindex") is None
    assert storage().size(claim_page(reference).evidence[0].views[0]["key"]) > 0


@contextmanager
def full_database():
    """SQLite's file may grow no more, and has no gap left; PostgreSQL says as much of its disk."""
    if db.engine.dialect.name == "postgresql":
        with db.engine.begin() as connection:
            connection.exec_driver_sql(
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'disk_full'; END $$"
            )
            connection.exec_driver_sql(
                "CREATE TRIGGER full_disk BEFORE INSERT ON evidence"
                " FOR EACH ROW EXECUTE FUNCTION full_disk()"
            )
        yield
        db.session.rollback()  # what it read holds the table
        with db.engine.begin() as connection:
            connection.exec_driver_sql("DROP TRIGGER full_disk ON evidence")
            connection.exec_driver_sql("DROP FUNCTION full_disk")
        return

    def bound(connection):
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    other = factories.draft(files=0)
    event.listen(db.engine, "begin", bound)
    with suppress(OperationalError):
        for _ in range(200):
            factories.evidence(other, filename="x" * 100)
    db.session.rollback()
    yield
    event.remove(db.engine, "begin", bound)


def test_a_database_without_room_is_told_and_the_file_is_let_go(visitor):
    reference = drafted(visitor)
    sent(visitor, reference, (noise(20), "a.png"))
    with full_database():
        page = sent(visitor, reference, (noise(21), "b.png"), status=507)
    assert [error.split(" for ")[0] for error in page.errors] == ["b.png: We have no room"]
    assert files_of(reference) == [("a.png", "checking")]
    assert kept() == 1


@pytest.mark.daily_on("postgres")
@pytest.mark.parametrize("commits", [True, False])
def test_a_file_whose_commit_broke_off_is_there_where_a_row_knows_it(visitor, commits):
    reference = drafted(visitor)
    with commit_lost(1, kept=commits):
        sent(visitor, reference, (noise(22), "a.png"), status=503)
    assert files_of(reference) == ([("a.png", "checking")] if commits else [])
    assert kept() == 1  # what no row knows is swept
