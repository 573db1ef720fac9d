"""Views of one's own: saved from the list, shown above it with their counts, renamed, shared and deleted."""

import pytest
from flask import g

from portal.extensions import db
from portal.people.rights import Right
from tests import factories
from tests.web.inspector import Browser
from tests.web.steps.signing_in import sign_in

HERE = "/review?status=all&shop=sms-service&sort=-amount"


def own(page):
    return [page.text(link) for link in page.one("nav", **{"aria-label": "Your views"})]


def save(visitor, name, path=HERE, **more):
    form = visitor.get(
        visitor.get(path).one("a", href=path.replace("/review?", "/review/views?")).get("href")
    )
    return visitor.post(
        form.one("form", **{"aria-labelledby": "save"}).get("action"), {"name": name, **more}
    )


def test_the_filters_and_the_order_are_saved_under_a_name_and_counted(visitor, mara):
    factories.claim()
    done = save(visitor, "Dear ones")
    assert done.location == HERE
    page = visitor.get(HERE)
    assert own(page) == ["Dear ones 1", "Save this view …"]
    (link, _) = page.one("nav", **{"aria-label": "Your views"})
    assert (link.get("href"), link.get("aria-current")) == (HERE, "page")
    assert visitor.get("/review").one("a", href=HERE).get("aria-current") is None


def test_a_view_without_a_name_is_asked_for_one(visitor, mara):
    page = visitor.post("/review/views?status=all", {"name": ""}, status=422)
    assert "Give the view a name" in page.text()


def test_only_a_view_of_one_shop_is_shared(visitor, mara):
    page = visitor.post("/review/views?status=all", {"name": "A", "shared": "y"}, status=422)
    assert "Choose one shop first: a view is shared with its team." in page.text()


def test_a_view_is_renamed_shared_and_deleted_by_whoever_saved_it(app, visitor, mara):
    save(visitor, "Dear ones")
    omar = Browser(app.test_client())
    sign_in(omar, factories.reviewer(name="Omar Diaz", rights={("sms-service", Right.REVIEWER)}))

    def seen(browser):
        g.pop("_login_user", None)
        db.session.rollback()
        return own(browser.get("/review"))

    assert seen(omar) == ["Save this view …"]
    g.pop("_login_user", None)
    page = visitor.get("/review/views")
    to = page.all("form", **{"class": "cluster"})[0].get("action")
    visitor.post(to, {"name": "Large <b>", "shared": "y"}, status=303)
    assert seen(omar) == ["Large <b> 0", "Save this view …"]
    omar.post(to, {"name": "x", "act": "delete"}, status=404)
    g.pop("_login_user", None)
    visitor.post(to, {"name": "", "act": ""}, status=303)
    visitor.post(to, {"act": "delete"}, status=303)
    assert seen(visitor) == ["Save this view …"]


@pytest.mark.parametrize("number", ["99999999999999999999", "9" * 5000])
def test_a_number_too_large_for_any_view_is_a_page_that_isnt_there(visitor, mara, number):
    visitor.post(f"/review/views/{number}", {"act": "delete"}, status=404)


@pytest.mark.parametrize("name", ["status", "shop", "reason", "outcome", "sort"])
def test_a_filter_longer_than_is_kept_is_a_page_that_isnt_there(visitor, mara, name):
    visitor.post(f"/review/views?{name}={'x' * 300}", {"name": "A"}, status=404)
    assert own(visitor.get("/review")) == ["Save this view …"]
