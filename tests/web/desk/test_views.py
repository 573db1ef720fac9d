"""Above the queue stand the views of what there is to do, each with its count; they survive opening a claim."""

from datetime import timedelta

from portal.claims.desk.assigning import assign
from portal.claims.queries import claim_for_change
from portal.database import transaction
from portal.extensions import db
from portal.people.reviewers import Reviewer
from tests import factories
from tests.conftest import NOW


def _what_to_do(page):
    """The views above the list, before those of one's own."""
    return page.all("nav", class_="views")[0]


def take(reference, by):
    with transaction():
        person = db.session.get(Reviewer, by)
        assign(
            claim_for_change(reference),
            to=person,
            was=0,
            by=person,
            at=NOW,
            policy=factories.policy(),
        )


def offered(page):
    return [page.text(link) for link in _what_to_do(page)]


def references(page):
    return [page.text(link) for link in page.all("a", class_="mono")]


def test_each_view_says_how_many_it_holds_and_shows_them(visitor, mara, waiting):
    late = factories.claim(order_reference="O-2", at=NOW - timedelta(days=3)).reference
    today = factories.claim(
        order_reference="O-3", at=NOW - timedelta(days=2) + timedelta(hours=3)
    ).reference
    take(waiting, mara)
    page = visitor.get("/review")
    assert offered(page) == [
        "Mine 1", "Unassigned 2", "Due today 1", "Overdue 1", "Customer answered 0", "Appeals 0",
        "Second person wanted 0", "Policy says no 0", "Payout held 0", "Incidents 0",
    ]  # fmt: skip
    shown = {view: references(visitor.get(f"/review?status={view}"))
             for view in ("mine", "unassigned", "today", "overdue", "answered", "second", "denied", "held")}  # fmt: skip
    assert shown == {
        "mine": [waiting], "unassigned": [late, today], "today": [today], "overdue": [late],
        "answered": [], "second": [], "denied": [], "held": [],
    }  # fmt: skip


def test_a_view_and_its_filters_survive_opening_a_claim_and_coming_back(visitor, mara, waiting):
    take(waiting, mara)
    page = visitor.get("/review?status=mine&shop=sms-service")
    assert page.fields["status"] == "mine"
    assert page.text(_what_to_do(page).find("a[@aria-current]")) == "Mine 1"
    link = page.one("a", href=page.all("a", class_="mono")[0].get("href"))
    back = visitor.get(link.get("href")).one("nav", class_="back")[0].get("href")
    assert back == f"/review?status=mine&shop=sms-service#{waiting}"


def test_today_ends_where_the_shop_is(visitor, mara):
    """The shop of the claim counts in UTC: what is due after its midnight is due tomorrow."""
    factories.claim(order_reference="O-1", at=NOW - timedelta(days=2) + timedelta(hours=13))
    tomorrow = factories.claim(
        order_reference="O-2", at=NOW - timedelta(days=2) + timedelta(hours=15)
    )
    found = references(visitor.get("/review?status=today&shop=sms-service"))
    assert len(found) == 1
    assert tomorrow.reference not in found
