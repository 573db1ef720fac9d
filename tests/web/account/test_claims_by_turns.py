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
