"""A colleague who has a claim open is named on its page and in the list, with scripts and without."""

from datetime import timedelta

from flask import g

from portal.extensions import db
from portal.people.signins import SignIn
from tests import factories
from tests.conftest import NOW
from tests.web.inspector import Browser
from tests.web.steps.signing_in import sign_in

IS_THERE = "Omar Diaz is looking at it"


def colleague(app, name="Omar Diaz"):
    browser = Browser(app.test_client())
    sign_in(browser, factories.reviewer(name=name))
    return browser


def anew():
    """Each request reads its person and its rows anew; here they share one context."""
    db.session.rollback()
    g.pop("_login_user", None)


def told(visitor, waiting):
    anew()
    page = visitor.get(f"/review/{waiting}")
    (line,) = (row for row in visitor.get("/review").all("tr") if row.get("id") == waiting)
    return page.text(page.one(id="here")), IS_THERE in page.text(line)


def test_without_scripts_a_page_that_was_opened_counts_once(app, visitor, mara, waiting):
    omar = colleague(app)
    assert told(visitor, waiting) == ("", False)
    anew()
    omar.get(f"/review/{waiting}")
    assert told(visitor, waiting) == (IS_THERE, True)
    app.config["NOW"] = NOW + timedelta(seconds=60)
    assert told(visitor, waiting) == ("", False)


def test_an_open_page_says_every_20_seconds_that_it_is_open_and_who_else_is_there(
    app, visitor, mara, waiting
):
    omar = colleague(app)
    anew()
    sign = omar.get(f"/review/{waiting}").one(id="here")
    assert (sign.get("hx-post"), sign.get("hx-trigger")) == (f"/review/{waiting}/here", "every 20s")
    app.config["NOW"] = NOW + timedelta(seconds=50)
    anew()
    page = omar.post(sign.get("hx-post"), {}, status=200, fragment=True)
    assert (page.text(page.one(id="here")), page.all("h1")) == ("", [])
    app.config["NOW"] = NOW + timedelta(seconds=100)
    assert told(visitor, waiting) == (IS_THERE, True)
    anew()
    page = omar.post(sign.get("hx-post"), {}, status=200, fragment=True)
    assert page.text(page.one(id="here")) == "Mara Lind is looking at it"


def test_several_are_named_together(app, visitor, mara, waiting):
    for name in ("Omar Diaz", "Ana Ruiz"):
        browser = colleague(app, name)
        anew()
        browser.get(f"/review/{waiting}")
    anew()
    page = visitor.get(f"/review/{waiting}")
    assert page.text(page.one(id="here")) == "Ana Ruiz and Omar Diaz are looking at it"


def test_a_page_that_is_open_is_no_use_of_its_sign_in(app, visitor, mara, waiting):
    app.config["NOW"] = NOW + timedelta(minutes=29)
    visitor.post(f"/review/{waiting}/here", {}, status=200, fragment=True)
    db.session.rollback()
    assert db.session.scalars(db.select(SignIn.seen_at)).one() == NOW


def test_without_htmx_it_leads_back_to_the_claim(app, visitor, mara, waiting):
    done = visitor.post(f"/review/{waiting}/here?from=status%3Dall", {}, status=303)
    assert done.location == f"/review/{waiting}?from=status%3Dall"
