"""``ledger verify``: the balances built anew from the entries, and every difference named."""

import pytest
from sqlalchemy import select, text

from portal.database import transaction
from portal.extensions import db
from portal.ledger.entries import LedgerAccount, LedgerEntry
from portal.ledger.payout import FailedKind, Payout, Step
from portal.money import Money
from portal.payouts.verifying import LedgerDifference, balances, verify
from tests import factories
from tests.conftest import NOW


@pytest.fixture
def payout(app):
    factories.account()
    factories.order()
    factories.claim()
    return db.session.scalars(select(Payout)).one()


def run(app):
    return app.test_cli_runner().invoke(args=["ledger", "verify"])


def test_the_balances_come_from_the_entries(app, payout):
    assert balances() == {("refunds", "USD"): 50, ("owed", "USD"): -50}
    result = run(app)
    assert (result.exit_code, result.output) == (
        0,
        "owed     -0.50 USD\nrefunds  0.50 USD\nthe ledger agrees\n",
    )


@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    ("steps", "kind"),
    [
        (["send"], None),
        (["send", "lose"], None),
        (["pay"], None),
        (["pay", "reverse"], None),
        (["hold"], None),
        (["fail"], FailedKind.FIXABLE),
        (["fail"], FailedKind.FINAL),
        (["cancel"], None),
    ],
)
def test_it_agrees_in_every_state(payout, steps, kind):
    with transaction():
        payout = db.session.scalars(select(Payout)).one()
        payout.fee_minor = 5
        for step in steps:
            payout.move(Step(step), at=NOW, kind=kind)
    assert list(verify()) == []


def test_a_payout_whose_state_was_changed_behind_the_ledger_is_named(app, payout):
    key = payout.key
    with transaction():
        db.session.execute(text("UPDATE payouts SET state = 'paid'"))
    assert list(verify()) == [
        LedgerDifference(key, "cash", "USD", 0, -50),
        LedgerDifference(key, "owed", "USD", -50, 0),
    ]
    result = run(app)
    assert result.exit_code == 1
    assert f"{key}  cash: 0.00 USD in the ledger, -0.50 USD by the payout" in result.output


def test_an_entry_too_many_is_named(app, payout):
    key = payout.key
    with transaction():
        db.session.add(
            LedgerEntry(at=NOW, payout_id=payout.id, event="paid", account="cash",
                        amount_minor=-7, currency="USD")
        )  # fmt: skip
    assert list(verify()) == [LedgerDifference(key, "cash", "USD", -7, 0)]
    result = run(app)
    assert result.exit_code == 1
    assert "the entries in USD don't sum to zero: -0.07 USD" in result.output


def test_the_worked_example_of_the_documentation(payout):
    """9.00 approved, fee 0.30, failed once, paid, reversed."""
    stands = []
    with transaction():
        payout = db.session.scalars(select(Payout)).one()
        payout.approve(Money(850, "USD"), at=NOW)
        payout.fee_minor = 30
        for steps in (["send", "fail"], ["retry", "send", "pay"], ["reverse"]):
            for step in steps:
                kind = FailedKind.WAIT if step == "fail" else None
                payout.move(Step(step), at=NOW, kind=kind)
            db.session.flush()
            stands.append([balances().get((account, "USD"), 0) for account in LedgerAccount])
    assert stands == [
        [900, -900, 0, 0, 0],
        [900, 0, 0, -870, -30],
        [30, 0, 0, 0, -30],
    ]
    assert list(verify()) == []
