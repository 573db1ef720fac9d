"""On the account page whoever decides says whether they take new claims, and reads which shops give them by turns."""

import pytest

from portal.audit.log import AuditEntry
from portal.extensions import db
from portal.people.reviewers import Reviewer
from portal.people.rights import Right
from portal.versions.registry import policies
from tests import factories
from tests.conftest import NOW
from tests.factories import SHOP
from tests.web.steps.signing_in import sign_in


def away():
    db.session.rollback()
    return db.session.query(Reviewer.away_since).filter_by(email="mara@example.com").scalar()


def test_who_decides_takes_no_new_claims_and_takes_them_again(visitor, mara):
    assert "No shop of yours gives new claims by turns" in visitor.get("/account").text()
    policies().restate(SHOP, by_turns=True)
    name = policies()[SHOP].shop.name
    told = f"{name}: a new claim is given to whoever of you got one longest ago."
    assert told in visitor.get("/account").text()
    visitor.post("/account/claims", {}, status=303)
    page = visitor.get("/account")
    assert away() == NOW
    assert "You take no new claims since" in page.text()
    visitor.post("/account/claims", {}, status=303)
    visitor.post("/account/claims", {"take": "1"}, status=303)
    assert (away(), told in visitor.get("/account").text()) == (None, True)
    acts = db.session.query(AuditEntry.act).filter(AuditEntry.act.like("take%")).all()
    assert acts == [("take_no_claims",), ("take_claims",)]


def test_a_colleague_reads_it_where_a_claim_is_handed_over(visitor, mara):
    factories.reviewer(name="Omar Diaz", away_since=NOW)
    claim = factories.claim()
    page = visitor.get(f"/review/{claim.reference}/hand-over")
    buttons = [page.text(each) for each in page.all("button")]
    assert "Omar Diaz (takes no new claims)" in buttons


@pytest.fixture
def runs(app):
    return factories.reviewer(rights={(SHOP, Right.ADMIN)})


def test_who_decides_nowhere_is_asked_nothing(visitor, runs):
    sign_in(visitor, runs)
    assert "New claims" not in visitor.get("/account").text()
    visitor.post("/account/claims", {}, status=403)


def test_who_keeps_a_shops_policy_reads_below_the_queue_whether_claims_go_by_turns(visitor, app):
    sign_in(visitor, factories.reviewer(rights={(SHOP, Right.LEAD), ("numberplug", Right.LEAD)}))
    first, second = (policies()[shop].shop.name for shop in (SHOP, "numberplug"))
    policies().restate(SHOP, by_turns=True)
    told = visitor.get("/review").text()
    assert f"In {first} claims and appeals are given out by turns." in told
    assert f"In {second} claims and appeals wait until somebody takes them." in told
    assert "by_turns of the shop's file says which: Policies." in told


def test_who_only_decides_reads_nothing_of_it_there(visitor, mara):
    assert "by_turns" not in visitor.get("/review").text()
