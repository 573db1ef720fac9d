"""A bulk act with something of another shop in it does nothing to that, and says so as of what never was."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.verbs import reviewing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import FailedKind, Payout, PayoutState
from portal.money import Money
from portal.payouts import paying, runs
from portal.payouts.rails.rail import Became, RailAnswer
from portal.people.reviewers import Reviewer
from portal.people.rights import Right
from tests import factories
from tests.conftest import NOW
from tests.payouts.runs import BY_HAND, answered, made, marked, owed, payer, payout, released
from tests.web.steps.signing_in import sign_in

HERE = "numberplug"


@pytest.fixture
def pia(visitor):
    """Somebody who pays in one shop alone."""
    sign_in(visitor, factories.reviewer(rights={(HERE, Right.PAYER)}))


def flash(page):
    return page.text(page.one(id="flash"))


def approved_here(number="H-1", *, at=NOW):
    claim = factories.claim(shop=HERE, order_reference=number, reason="wrong_code", at=at)
    by = factories.reviewer().id
    with transaction():
        row = claim_for_change(claim.reference)
        reviewing.approve(
            row,
            amount=Money.parse("0.50", "USD"),
            override_reason="seen",
            by=db.session.get_one(Reviewer, by),
            at=at,
            seen=row.version,
            policy=factories.policy(HERE),
        )
    return factories.released(claim, at=at)


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
    assert len(statements) == 5, statements
    assert mine.reference in page.text()
    assert [option.get("value") for option in page.one(id="shop").iter("option")] == ["", HERE]
    assert "All1" in page.text().replace(" ", "")
    found = visitor.get("/review?q=H-7", status=303).location
    assert found.startswith(f"/review/{mine.reference}")


def test_the_reference_of_a_payment_elsewhere_tells_not_how_many_it_paid(visitor, pia):
    by = payer()
    many = [owed() for _ in range(3)]
    key = made(BY_HAND, by)
    released(key, by)
    assert marked(key, "BATCH-1", by, at=NOW) == (len(many), [])
    mine = approved_here().payout
    assert paying.claims_paid_under("BATCH-1", but=mine) == ["of another shop"]
    claim = mine.claim_id
    db.session.rollback()
    row = db.session.get_one(Claim, claim)
    data = {"paid-seen": row.version, "paid-reference": "BATCH-1"}
    refused = visitor.post(f"/review/{row.reference}/paid", data, status=422)
    assert refused.errors == [
        "BATCH-1 was used for claim of another shop. Check it, or tick this to use it again"
    ]


def test_a_file_that_names_a_run_of_another_shop_says_as_much_as_one_that_names_none(app):
    by = payer()
    [owed() for _ in range(3)]
    theirs = made(BY_HAND, by)
    released(theirs, by)
    payout_here = approved_here().payout
    (here,) = runs.due_lots(policies={HERE: factories.policy(HERE)}, at=NOW)
    assert here.count == 1
    mine = made(here.lot, by)
    said = RailAnswer(Became.FAILED, kind=FailedKind.WAIT, detail="Limit of the day")
    for name in (theirs, "PR-01AAAAAAAAAAAAAAAAAAAAAAAA"):
        assert answered(mine, [(name, said)], by, at=NOW) == []
    db.session.rollback()
    assert db.session.get_one(Payout, payout_here.id).state is PayoutState.DUE


def test_what_is_due_goes_on_after_a_payout_of_the_shop_alone(visitor, pia):
    hours = [NOW - timedelta(hours=each) for each in (4, 3, 2, 1)]
    mine = [approved_here(f"H-{each}", at=at).reference for each, at in enumerate(hours)]
    first, second, *_ = [payout(each) for each in mine]
    path = f"/payouts/due/{HERE}/{first.rail}/{first.currency}"
    numbers = {"mine": second.id, "theirs": payout(owed(at=hours[1])).id, "never": 77777}
    shown = {}
    for of, number in numbers.items():
        text = visitor.get(f"{path}?after={number}").text()
        shown[of] = [each for each in mine if each in text]
    assert shown == {"mine": mine[2:], "theirs": mine, "never": mine}
