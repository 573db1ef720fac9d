"""A customer blacks out parts of a picture on its own page, before anybody is to decide by it."""

from io import BytesIO

import pytest

from portal.claims.evidence.files import check_due
from tests.claims.encoded import pdf
from tests.factories import NOW
from tests.web.inspector import Browser
from tests.web.pictures.parts import MIDDLE, RED, red_in_the_middle, seen_at, send
from tests.web.steps.journeys import again, asked, drafted, kept, opened, stored

BLACK = (0, 0, 0)


@pytest.fixture
def reference(visitor):
    """A draft with one picture that was checked."""
    name = drafted(visitor, reason="wrong_code")
    visitor.post(f"/evidence/{name}", {"files": [red_in_the_middle()]})
    check_due(now=NOW)
    return name


def address(reference, number=0):
    file = stored(reference).evidence[number]
    return f"/evidence/{reference}/{file.public_id}/view"


@pytest.mark.long
def test_a_picture_of_a_draft_offers_it_and_everybody_sees_it_black_after_it(visitor, reference):
    view = address(reference)
    page = visitor.get(f"/new/{reference}/result")
    (link,) = [each for each in page.all("a") if each.get("href") == f"{view}/black-out"]
    assert page.text(link) == "Black out parts of shot.png"
    assert "not in a PDF or a video: send a screenshot of it instead" in page.text()
    page = visitor.get(f"{view}/black-out")
    assert page.h1 == "Black out parts of a picture"
    assert seen_at(visitor, view) == RED
    assert (
        visitor.post(f"{view}/black-out", MIDDLE | {"do": "burn"}).location == f"{view}/black-out"
    )
    page = visitor.get(f"{view}/black-out")
    assert "Blacked out. What was there is deleted." in page.body
    assert "1 part is black." in page.text()
    assert seen_at(visitor, view) == BLACK
    assert seen_at(visitor, view.replace("/view", "/thumb")) == BLACK
    assert kept() == 2
    assert "Parts of it that were blacked out: 1." in visitor.get(f"/new/{reference}/result").text()
    send(reference)
    claim = again(stored(reference))
    assert [each.action.value for each in claim.events][:2] == ["black_out", "submit"]


@pytest.mark.long
def test_what_would_be_black_is_drawn_first_and_nothing_is_done(visitor, reference):
    view = address(reference)
    page = visitor.post(f"{view}/black-out", MIDDLE | {"do": "look"}, status=200)
    assert page.body.count('<rect x="25" y="25" width="50" height="50"/>') == 1
    assert "1 part is going to be black, as drawn here." in page.text()
    assert page.fields["left_1"] == "25"
    assert (seen_at(visitor, view), stored(reference).events) == (RED, [])


@pytest.mark.long
def test_enter_in_a_field_presses_the_button_that_burns_nothing(visitor, reference):
    view = address(reference)
    page = visitor.get(f"{view}/black-out")
    assert [button.get("value") for button in page.all("button", name="do")] == ["look", "burn"]
    visitor.post(f"{view}/black-out", MIDDLE | {"do": "look"}, status=200)
    assert (seen_at(visitor, view), stored(reference).events) == (RED, [])


NO_PARTS = [
    ({"left_1": ""}, "Write a number from 0 to 100"),
    ({"left_1": "nan"}, "Write a number from 0 to 100"),
    ({"left_1": "-1"}, "Write a number from 0 to 100"),
    ({"left_1": "inf"}, "Write a number from 0 to 100"),
    ({"left_1": "1e2"}, "Write a number from 0 to 100"),
    ({"left_1": "101"}, "Write a number from 0 to 100"),
    ({"left_1": "9" * 400}, "Write a number from 0 to 100"),
    ({"left_1": "٤٢"}, "Write a number from 0 to 100"),
    ({"width_1": "0"}, "Write a number above 0"),
    ({"left_1": "50.1"}, "This reaches beyond the picture: 100 at most with what is before"),
    ({"top_1": "99,5"}, "This reaches beyond the picture: 100 at most with what is before"),
    (dict.fromkeys(MIDDLE.keys() - {"do"}, " "), "Mark at least one part: draw it, or write its place"),
    ({"left_20": "1", "top_20": "1", "width_20": "1", "height_20": "x"}, "Write a number from 0 to 100"),
]  # fmt: skip


def test_a_part_that_is_none_is_refused_in_words_and_what_was_typed_stays(visitor, reference):
    view = address(reference)
    for sent, why in NO_PARTS:
        page = visitor.post(f"{view}/black-out", MIDDLE | sent | {"do": "burn"}, status=422)
        assert (sent, page.errors) == (sent, [why])
        assert {name: page.fields[name] for name in sent} == sent
    assert (seen_at(visitor, view), stored(reference).events) == (RED, [])


def test_numbers_with_a_comma_and_several_parts_are_taken(visitor, reference):
    view = address(reference)
    more = {"left_19": "0", "top_19": "0", "width_19": "12,5", "height_19": "100"}
    visitor.post(f"{view}/black-out", MIDDLE | more)
    assert stored(reference).evidence[0].views[0]["black"] == 2


@pytest.mark.long
def test_nobody_else_may_and_nobody_after_it_was_sent(app, visitor, reference):
    view = address(reference)
    stranger = Browser(app.test_client())
    drafted(stranger, order="A-7", email="lee@example.com")
    stranger.get(f"{view}/black-out", status=404)
    stranger.post(f"{view}/black-out", MIDDLE, status=404)
    for place in ("thumb", "view-2", "page-1"):
        visitor.get(f"{view[:-4]}{place}/black-out", status=404)
        visitor.post(f"{view[:-4]}{place}/black-out", MIDDLE, status=404)
    visitor.get(f"/evidence/{reference}/another/view/black-out", status=404)
    send(reference)
    url = opened(visitor, stored(reference))
    assert visitor.get(f"{view}/black-out", status=303).location == url
    visitor.post(f"{view}/black-out", MIDDLE, status=409)
    assert seen_at(visitor, view) == RED


def test_a_pdf_offers_none_and_says_so(visitor, reference):
    visitor.post(f"/evidence/{reference}", {"files": [(BytesIO(pdf()), "receipt.pdf")]})
    check_due(now=NOW)
    page = visitor.get(f"/new/{reference}/result")
    assert len([a for a in page.all("a") if (a.get("href") or "").endswith("black-out")]) == 1
    place = address(reference, 1).replace("/view", "/page-1/black-out")
    assert visitor.get(place, status=303).location == f"/new/{reference}/result#files"
    visitor.post(place, MIDDLE, status=404)


def test_what_was_added_as_asked_can_be_before_it_is_sent(visitor, app):
    claim = asked(["claim.evidence"])
    url = opened(visitor, claim)
    visitor.post(f"/evidence/{claim.reference}?to=files", {"files": [red_in_the_middle()]})
    check_due(now=NOW)
    view = address(claim.reference, -1)
    page = visitor.get(f"{url}/files")
    assert f"{view}/black-out?to=files" in page.body
    sent = visitor.post(f"{view}/black-out?to=files", MIDDLE)
    assert sent.location == f"{view}/black-out?to=files"
    assert f'href="{url}/files"' in visitor.get(sent.location).body
    assert seen_at(visitor, view) == BLACK
    assert "You blacked out parts of a picture" in visitor.get(url).text()
