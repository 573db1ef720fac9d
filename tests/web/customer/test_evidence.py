"""Files as customers add, see and remove them."""

import io
from datetime import timedelta

from PIL import Image

from portal.claims.evidence import files
from portal.claims.queries import claim_page
from portal.extensions import db
from tests import factories
from tests.factories import NOW
from tests.web.inspector import Browser
from tests.web.steps.journeys import again, declined, drafted, files_of, kept, link, opened, picture


def text(name="notes.txt"):
    return io.BytesIO(b"just words, no picture"), name


def test_several_files_are_taken_at_once_without_scripts(visitor):
    reference = drafted(visitor)
    page = visitor.post(f"/evidence/{reference}", {"files": [picture("a.png"), picture("b.png")]})
    assert page.location == f"/new/{reference}/result#files"
    page = visitor.get(page.location)
    names = [page.text(each) for each in page.all("bdi", class_="file-name")]
    assert names == ["a.png", "b.png"]
    assert page.text().count("Checking") == 2


def test_a_file_that_cannot_be_taken_costs_the_others_nothing(visitor):
    reference = drafted(visitor)
    page = visitor.post(
        f"/evidence/{reference}",
        {"files": [picture(), text(), (io.BytesIO(b""), "empty.png")]},
        status=422,
    )
    assert page.errors == [
        (
            "notes.txt: The file must be a PNG, JPEG, HEIC, AVIF, WebP or GIF picture, a PDF,"
            " or an MP4, MOV or WebM video."
        ),
        "empty.png: This file is empty. Choose another one.",
    ]
    assert files_of(reference) == [("shot.png", "checking")]
    assert kept() == 1


def test_a_ninth_file_is_refused_and_not_kept(visitor):
    reference = drafted(visitor)
    visitor.post(f"/evidence/{reference}", {"files": [picture(f"{n}.png") for n in range(8)]})
    page = visitor.post(f"/evidence/{reference}", {"files": [picture("9.png")]}, status=422)
    assert page.errors == ["9.png: You can add up to 8 files. Remove one first."]
    assert len(files_of(reference)) == 8
    assert kept() == 8


def test_no_file_chosen_says_what_to_do(visitor):
    reference = drafted(visitor)
    page = visitor.post(f"/evidence/{reference}", {}, status=422)
    assert page.errors == ["Choose a file first"]


def test_a_name_is_shown_as_text_and_never_as_a_path_or_markup(visitor):
    reference = drafted(visitor)
    visitor.post(
        f"/evidence/{reference}", {"files": [picture("../../etc/<b>pass\u202ewd</b>.png")]}
    )
    assert files_of(reference) == [("b>.png", "checking")]


def test_a_script_gets_the_list_alone_and_it_asks_again_while_a_file_is_checked(visitor):
    reference = drafted(visitor)
    page = visitor.post(f"/evidence/{reference}", {"files": [picture()]}, status=200, fragment=True)
    box = page.one("ul", id="files")
    assert box.get("hx-trigger") == "every 2s"
    assert not page.all("h1")
    visitor.get(box.get("hx-get"), status=204, fragment=True)
    files.check_due(now=NOW)
    page = visitor.get(box.get("hx-get"), fragment=True)
    assert page.one("ul", id="files").get("hx-trigger") is None
    assert "Ready" in page.text(page.one("ul", id="files"))


def test_a_file_is_shown_only_when_it_is_clean_and_then_can_do_nothing(visitor):
    reference = drafted(visitor)
    visitor.post(f"/evidence/{reference}", {"files": [picture()]})
    public_id = claim_page(reference).evidence[0].public_id
    url = f"/evidence/{reference}/{public_id}/view"
    visitor.get(url, status=404)
    files.check_due(now=NOW)
    answer = visitor.client.get(url)
    headers = answer.headers
    assert answer.status_code == 200
    assert headers["Content-Type"] in {"image/png", "image/webp", "image/jpeg"}
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Content-Disposition"].startswith("inline; filename*=UTF-8''shot.")
    assert Image.open(io.BytesIO(answer.data)).size == (60, 40)
    visitor.get(f"/evidence/{reference}/{public_id}/original", status=404)


def test_a_part_of_a_file_is_given_where_it_is_asked_for(visitor):
    reference = drafted(visitor)
    visitor.post(f"/evidence/{reference}", {"files": [picture()]})
    files.check_due(now=NOW)
    db.session.rollback()
    url = f"/evidence/{reference}/{claim_page(reference).evidence[0].public_id}/view"
    whole = visitor.client.get(url).data
    part = visitor.client.get(url, headers={"Range": "bytes=4-9"})
    assert (part.status_code, part.data) == (206, whole[4:10])
    assert part.headers["Content-Range"] == f"bytes 4-9/{len(whole)}"
    beyond = visitor.client.get(url, headers={"Range": f"bytes={len(whole) + 5}-"})
    assert beyond.status_code == 416


def test_files_are_not_found_by_another_browser_or_under_another_claim(visitor, app):
    reference = drafted(visitor)
    visitor.post(f"/evidence/{reference}", {"files": [picture()]})
    files.check_due(now=NOW)
    db.session.rollback()
    public_id = claim_page(reference).evidence[0].public_id
    other = Browser(app.test_client())
    other.get(f"/evidence/{reference}/{public_id}/view", status=404)
    other.get(f"/evidence/{reference}", status=404)
    other.post(f"/evidence/{reference}", {"files": [picture()]}, status=404)
    other.post(f"/evidence/{reference}/{public_id}/remove", status=404)
    mine = drafted(other, email="sam@example.com", order="A-2")
    other.get(f"/evidence/{mine}/{public_id}/view", status=404)


def test_the_right_to_see_files_ends_half_an_hour_after_the_code(visitor, app):
    reference = drafted(visitor)
    visitor.post(f"/evidence/{reference}", {"files": [picture()]})
    files.check_due(now=NOW)
    visitor.post(f"/new/{reference}/result", {"way": "balance"})
    db.session.rollback()
    url = f"/evidence/{reference}/{claim_page(reference).evidence[0].public_id}/view"
    assert visitor.client.get(url).status_code == 200
    app.config["NOW"] = NOW + timedelta(minutes=30)
    visitor.get(url, status=404)


def test_a_file_of_a_draft_is_removed_with_its_bytes(visitor):
    reference = drafted(visitor)
    visitor.post(f"/evidence/{reference}", {"files": [picture("a.png"), picture("b.png")]})
    first = claim_page(reference).evidence[0].public_id
    page = visitor.post(f"/evidence/{reference}/{first}/remove")
    assert page.location == f"/new/{reference}/result#files"
    assert files_of(reference) == [("b.png", "checking")]
    assert kept() == 1


def test_a_broken_picture_is_told_beside_its_name(visitor):
    reference = drafted(visitor)
    broken = picture()[0].getvalue()[:60]
    visitor.post(f"/evidence/{reference}", {"files": [(io.BytesIO(broken), "cut.png")]})
    files.check_due(now=NOW)
    page = visitor.get(f"/new/{reference}/result")
    assert "Not accepted" in page.text()
    assert "This file cannot be opened" in page.text()


def test_files_are_added_to_a_sent_claim_and_stay(visitor):
    claim = factories.claim()
    url = opened(visitor, claim)
    page = visitor.post(f"/evidence/{claim.reference}?to=files", {"files": [picture("new.png")]})
    assert page.location == f"{url}/files"
    page = visitor.get(page.location)
    assert "new.png" in page.text()
    assert not [form for form in page.all("form") if form.get("action", "").endswith("/remove")]
    assert "You added a file" in visitor.get(url).text()


def test_a_decided_claim_takes_no_files(visitor):
    factories.account()
    factories.order()
    claim = factories.claim()
    opened(visitor, claim)
    assert again(claim).status == "approved"
    stored = kept()
    page = visitor.post(f"/evidence/{claim.reference}", {"files": [picture()]}, status=409)
    assert page.h1 == "That can no longer be done"
    assert kept() == stored


def test_files_of_an_appeal_are_its_own_and_removable_until_it_is_sent(visitor):
    claim = declined()
    url = opened(visitor, claim)
    page = visitor.post(f"/evidence/{claim.reference}?to=appeal", {"files": [picture("new.png")]})
    assert page.location == f"{url}/appeal"
    page = visitor.get(page.location)
    names = [page.text(each) for each in page.all("bdi", class_="file-name")]
    assert names == ["new.png"]
    file = again(claim).evidence[-1]
    assert file.on_appeal
    visitor.post(f"/evidence/{claim.reference}/{file.public_id}/remove?to=appeal")
    assert [each.filename for each in again(claim).evidence] == ["screenshot.png"]


def test_the_link_of_a_claim_is_not_a_way_to_its_files(visitor):
    claim = factories.claim()
    visitor.get(link(claim))
    visitor.get(f"/evidence/{claim.reference}", status=404)
