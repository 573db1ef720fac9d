"""Upload from your phone: a link adds files to one claim for a quarter of an hour, and does nothing else."""

from datetime import timedelta
from io import BytesIO

from portal.claims.evidence import files
from tests import factories
from tests.factories import NOW
from tests.web.inspector import Browser
from tests.web.steps.journeys import begin, files_of, link, opened, picture


def pointed_at(visitor, reference):
    """Ask for the code at this claim; the path that it says."""
    visitor.post(f"/evidence/{reference}/phone")
    page = visitor.get(f"/evidence/{reference}/phone")
    assert page.one(class_="qr").get("aria-label") == "The code for your phone"
    (address,) = [each.get("href") for each in page.all("a") if "/phone/" in each.get("href")]
    assert address.startswith("http://localhost")
    return "/phone/" + address.partition("/phone/")[2]


def test_files_of_the_phone_come_to_the_draft_on_the_other_screen(visitor, app):
    reference = begin(visitor)
    path, phone = pointed_at(visitor, reference), Browser(app.test_client())
    assert phone.get(path).h1 == "Add files to your claim"
    assert phone.post(path, {"files": [picture("a.png"), picture("b.png")]}).location == path
    assert files_of(reference) == [("a.png", "checking"), ("b.png", "checking")]
    page = visitor.get(f"/evidence/{reference}?watched=yes&waiting=0&had=0", fragment=True)
    assert "a.png" in page.body
    visitor.get(f"/evidence/{reference}?watched=yes&waiting=2&had=2", fragment=True, status=204)
    files.check_due(now=NOW)
    page = phone.get(path)
    assert "a.png" in page.text()
    # It shows names and states alone, and no other page of the claim.
    assert not [each for each in page.all("img") if "/evidence/" in each.get("src", "")]
    for other in (f"/new/{reference}/result", f"/evidence/{reference}"):
        phone.get(other, status=404)
    assert phone.post(path, {"files": []}, status=422).errors == ["Choose a file first"]
    page = phone.post(path, {"files": [picture("c.png")]}, status=200, fragment=True)
    assert "c.png" in page.text(page.one(id="files"))
    page = phone.post(
        path, {"files": [(BytesIO(b"no picture"), "d.png")]}, status=422, fragment=True
    )
    assert page.errors[0].startswith("d.png: ")


def test_files_that_came_otherwise_are_not_shown_to_the_phone(visitor, app):
    claim = factories.claim()
    path = pointed_at(visitor, opened(visitor, claim) and claim.reference)
    visitor.post(f"/evidence/{claim.reference}", {"files": [picture("mine.png")]})
    assert "mine.png" not in Browser(app.test_client()).get(path).text()
    assert "mine.png" in visitor.get(f"/evidence/{claim.reference}/phone").text()


def test_the_link_ends_by_itself_by_a_press_and_by_the_next_one(visitor, app):
    reference = begin(visitor)
    phone = Browser(app.test_client())
    first = pointed_at(visitor, reference)
    second = pointed_at(visitor, reference)
    assert phone.get(first, status=410).h1 == "This link is over"
    phone.post(second, {"files": [picture()]})
    app.config["NOW"] = NOW + timedelta(minutes=15)
    assert phone.post(second, {"files": [picture()]}, status=410).h1 == "This link is over"
    assert visitor.get(f"/evidence/{reference}/phone", status=303).location == (
        f"/new/{reference}/result#files"
    )
    third = pointed_at(visitor, reference)
    visitor.post(f"/evidence/{reference}/phone/end")
    assert phone.get(third, status=410).one("a", href="/sms-service/find") is not None
    assert len(files_of(reference)) == 1
    phone.get("/phone/nonsense", status=404)


def test_a_claim_that_takes_no_files_has_no_such_link(visitor, app):
    claim = factories.claim()
    url = opened(visitor, claim)
    path = pointed_at(visitor, claim.reference)
    visitor.post(f"{url}/withdraw")
    Browser(app.test_client()).get(path, status=410)
    assert visitor.post(f"/evidence/{claim.reference}/phone").location == link(claim)


def test_it_is_offered_where_files_are(visitor):
    claim = factories.claim()
    url = opened(visitor, claim)
    action = f"/evidence/{claim.reference}/phone?to=files"
    assert visitor.get(f"{url}/files").one("form", action=action) is not None
    assert not visitor.get(url).all("form", action=action)
