"""A bulk act with something of another shop in it does nothing to that, and says so as of what never was."""

import pytest
from sqlalchemy import func, select

from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.verbs import reviewing
from portal.database import transaction
from portal.extensions import db
from portal.money import Money
from portal.people.rights import Right
from tests import factories
from tests.conftest import NOW
from tests.payouts.runs import owed, payout
from tests.web.steps.signing_in import sign_in

HERE = "numberplug"


@pytest.fixture
def pia(visitor):
    """Somebody who pays in one shop alone."""
    sign_in(visitor, factories.reviewer(rights={(HERE, Right.PAYER)}))


def flash(page):
    return page.text(page.one(id="flash"))


def approved_here():
    number = "H-1"
    claim = factories.claim(shop=HERE, order_reference=number, reason="wrong_code")
    with transaction():
        row = claim_for_change(claim.reference)
        reviewing.approve(
            row,
            amount=Money.parse("0.50", "USD"),
            override_reason="seen",
            by=factories.reviewer(),
            at=NOW,
            seen=row.version,
            policy=factories.policy(HERE),
        )
    return factories.released(claim)


@pytest.mark.parametrize("never", [False, True])
def test_a_foreign_payout_is_left_out_of_a_run(visitor, pia, never):
    foreign, mine = payout(owed()), approved_here().payout
    number, theirs = mine.id, foreign.id
    ticked = [str(number), "77777" if never else str(theirs)]
    answer = visitor.post(
        f"/payouts/due/{HERE}/{mine.rail}/{mine.currency}", {"payout": ticked, "which": "ticked"}
    )
    page = visitor.get(answer.location)
    assert "1 of those you ticked is no longer due, and left out." in flash(page)
    db.session.rollback()
    assert db.session.get(type(mine), number).run_id is not None
    assert db.session.get(type(mine), theirs).run_id is None


@pytest.mark.parametrize("order", ["A-1001", "NEVER-1"])
def test_a_foreign_order_is_not_refunded(app, visitor, pia, order):
    factories.account()
    factories.order(reference="A-1001")
    answer = visitor.post(f"/payouts/owed/{HERE}", {"order": [order], "which": "ticked"})
    said = flash(visitor.get(answer.location))
    assert said.replace(order, "IT") == (
        "Left out, since it is not owed any more or is of your own account: IT."
    )
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Claim)) == 0


def test_the_queue_of_one_shop_counts_and_finds_that_shops_alone(visitor, statements):
    mine = factories.claim(shop=HERE, order_reference="H-7", reason="wrong_code", at=NOW)
    factories.claim(order_reference="H-7", reason="wrong_code", at=NOW)
    sign_in(visitor, factories.reviewer(rights={(HERE, Right.REVIEWER)}))
    statements.clear()
    page = visitor.get("/review")
    assert len(statements) == 3, statements
    assert mine.reference in page.text()
    assert [option.get("value") for option in page.one(id="shop").iter("option")] == ["", HERE]
    assert "All1" in page.text().replace(" ", "")
    found = visitor.get("/review?q=H-7", status=303).location
    assert found.startswith(f"/review/{mine.reference}")
