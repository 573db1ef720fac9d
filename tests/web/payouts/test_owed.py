"""The page of refunds that nobody asked for: seen, released, stopped."""

from datetime import timedelta

import pytest
from flask import g
from sqlalchemy import select

from portal.claims.lifecycle import Origin
from portal.claims.models import Claim
from portal.database import transaction
from portal.extensions import db
from portal.payouts.owed import listing, switching
from portal.people.reviewers import Reviewer
from portal.web.payouts.owed import FIRST, SHOWN
from tests import factories
from tests.bench.bulk.steps import counting
from tests.conftest import NOW
from tests.payouts.owed.orders import read_at, search
from tests.web.steps.signing_in import sign_in

PLUG = "numberplug"
PAGE = "/payouts/owed"


@pytest.fixture
def pia(visitor):
    person = factories.reviewer(name="Pia Payer", may_pay=True)
    sign_in(visitor, person)
    return person


def owing(count, *, shop=PLUG):
    """So many orders of a shop that are owed for, each a second younger than the one before."""
    factories.account(shop=shop)
    for number in range(count):
        ends = NOW - timedelta(hours=2) + timedelta(seconds=number)
        factories.order(shop=shop, reference=f"A-{number}", expires_at=ends,
                        ordered_at=ends - timedelta(minutes=20), revealed_at=None)  # fmt: skip
    read_at(NOW, shop=shop)
    search(factories.policy(shop))


def listed():
    return [row.order_reference for row in listing.page_of(factories.policy(PLUG))]


def flash(visitor):
    page = visitor.get(f"{PAGE}/{PLUG}")
    return page.text(page.one(id="flash"))


def test_nothing_owed_says_so(visitor, pia):
    assert "Nothing is owed that nobody asked for" in visitor.get(PAGE).text()
    assert "Nothing is owed that nobody asked for" in visitor.get(f"{PAGE}/{PLUG}").text()


def test_each_order_is_shown_with_clause_amount_and_age(visitor, pia):
    owing(2)
    page = visitor.get(PAGE)
    assert "2 orders: 1.00 USD" in page.text()
    row = page.text(next(iter(page.all("tbody")[0])))
    for told in ("A-0", "kim@example.com", "NP-2.1", "(2 h ago)", "0.50 USD"):
        assert told in row
    assert any(each.get("href") == "/payouts/owed" for each in visitor.get("/payouts").all("a"))


def told(visitor):
    """Of each shop on the page: what is said of all of it, and which orders are listed by which clause."""
    page = visitor.get(PAGE)
    return {
        section.get("aria-labelledby"): (
            [page.text(each) for each in section.iter("p")][:-1],
            [tuple(map(page.text, list(row)[::2])) for row in list(section.iter("tr"))[1:]],
        )
        for section in page.all("section")
    }


@pytest.mark.daily_on("sqlite", "postgres")
def test_each_shop_is_told_of_by_itself_in_six_statements_however_many_they_are(visitor, pia):
    clauses = {"activation-claims": "AC-2", "client-numbers": "CN-D.B1", "didvirtualnumbers": "DV-B4",
               "numberplug": "NP-2.1", "sms-service": "SS-G2"}  # fmt: skip
    mode, turned, expected = "People release it", {}, {}
    for shop, words in (("numberplug", "Stopped by"), ("sms-service", "Let go on by")):
        turned[shop] = [f"{words} Pia Payer, Wed 4 Mar 2026, 10:00 UTC"]
        for stopped in (True, words == "Stopped by"):
            with transaction():
                switching.turn(shop, stopped=stopped, by=pia, at=NOW)
    for shop in clauses:
        expected[shop] = [mode, *turned.get(shop, [])], []
    for number, (shop, clause) in enumerate(clauses.items(), start=FIRST):
        owing(number, shop=shop)
        expected[shop] = (
            [f"{mode}{number} orders: {number / 2:.2f} USD", *turned.get(shop, [])],
            [(f"A-{each}", clause, "0.50 USD") for each in range(FIRST)],
        )
        g.pop("_login_user", None)  # a request reads its person anew; here they share one context
        with counting() as counted:
            assert told(visitor) == expected
        assert counted.statements == 6


def test_what_is_ticked_is_released_and_what_is_owed_no_more_is_named(visitor, pia):
    owing(3)
    visitor.post(f"{PAGE}/{PLUG}", {"order": ["A-1", "Z-9"], "which": "ticked"})
    assert listed() == ["A-0", "A-2"]
    claim = db.session.scalars(select(Claim)).one()
    assert (claim.order_reference, claim.origin, claim.events[0].reviewer.name) == (
        "A-1", Origin.POLICY, "Pia Payer")  # fmt: skip
    said = flash(visitor)
    assert "1 refund is released." in said
    assert "Left out, since it is not owed any more or is of your own account: Z-9." in said
    visitor.post(f"{PAGE}/{PLUG}", {"which": "ticked"})
    assert "Tick the orders to be refunded first." in flash(visitor)


def test_nobody_releases_what_is_owed_to_themselves(visitor, pia):
    owing(1)
    with transaction():
        db.session.scalars(select(Reviewer)).one().email = factories.EMAIL
    visitor.post(f"{PAGE}/{PLUG}", {"order": ["A-0"], "which": "ticked"})
    assert "or is of your own account: A-0." in flash(visitor)
    assert (listed(), db.session.scalars(select(Claim)).all()) == (["A-0"], [])


def test_many_are_shown_page_by_page_and_released_a_page_at_once(visitor, pia):
    owing(SHOWN + 2)
    page = visitor.get(f"{PAGE}/{PLUG}")
    orders = [each.get("value") for each in page.all("input", type="checkbox", name="order")]
    assert orders == [f"A-{number}" for number in range(SHOWN)]
    (next_,) = [each.get("href") for each in page.all("a") if each.get("rel") == "next"]
    page = visitor.get(next_)
    orders = [each.get("value") for each in page.all("input", type="hidden", name="listed")]
    assert orders == [f"A-{SHOWN}", f"A-{SHOWN + 1}"]
    visitor.post(f"{PAGE}/{PLUG}", {"listed": orders, "which": "page"})
    assert listed() == [f"A-{number}" for number in range(SHOWN)]


def test_the_switch_is_turned_and_says_who_turned_it(visitor, pia):
    visitor.post(f"{PAGE}/{PLUG}/switch", {"turn": "stop"})
    assert switching.is_stopped(PLUG)
    assert "Stopped by Pia Payer" in visitor.get(f"{PAGE}/{PLUG}").text()
    visitor.post(f"{PAGE}/{PLUG}/switch", {"turn": "on"})
    assert not switching.is_stopped(PLUG)
    assert "Let go on by Pia Payer" in visitor.get(f"{PAGE}/{PLUG}").text()


def test_a_shop_that_there_is_not_and_a_place_that_is_none(visitor, pia):
    visitor.get(f"{PAGE}/nobody", status=404)
    assert visitor.get(f"{PAGE}/{PLUG}?after=nonsense~x").status == 200
