"""A shop's pages have its face, also when something goes wrong."""

from tests import factories
from tests.web.steps.journeys import link


def test_a_page_of_a_shop_has_its_colour_logo_and_ways_out(visitor):
    page = visitor.get("/numberplug/")
    style = next(each for each in page.all("link", rel="stylesheet") if "face" in each.get("href"))
    with visitor.client.get(style.get("href")) as sheet:
        assert sheet.mimetype == "text/css"
        assert sheet.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert sheet.text.startswith(":root{--accent:light-dark(#0b5d5e,#")
    with visitor.client.get(page.one("img", class_="logo").get("src")) as logo:
        assert logo.mimetype == "image/svg+xml"
        assert "sandbox" in logo.headers["Content-Security-Policy"]
    foot = page.one("footer")
    assert [(page.text(each), each.get("href")) for each in foot.iter("a")] == [
        ("Back to NumberPlug", "https://numberplug.example"),
        ("Write to the support of NumberPlug", "mailto:help@numberplug.example"),
        ("Privacy", "https://numberplug.example/privacy"),
    ]


def test_what_goes_wrong_keeps_the_face_and_a_way_on(visitor):
    claim = factories.claim(shop="numberplug")
    stale = {"csrf_token": "of another session"}
    for page in (
        visitor.get("/numberplug/no-such-page", status=404),
        visitor.post(f"{link(claim)}/unlock", stale, status=400),
    ):
        assert "NumberPlug" in page.text(page.one("header"))
        assert page.one("img", class_="logo") is not None
        assert "Write to the support of NumberPlug" in page.text(page.one("footer"))
        assert page.one("section", class_="refusal").findall(".//a")


def test_a_shop_without_a_face_has_the_portals(visitor):
    visitor.get("/client-numbers/logo", status=404)
    assert not visitor.get("/client-numbers/").all("img", class_="logo")
