"""A policy that returns the price less what the payment system kept: what page, claim and letter say of it."""

import shutil

import pytest
from sqlalchemy import select

from portal.claims.decisions.grounds import Ground, GroundKind, policys_ground
from portal.claims.decisions.sources import trace_of
from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change, claim_page
from portal.database import transaction
from portal.extensions import db
from portal.mail.models import OutboxMail
from portal.money import Money
from portal.payouts import paying
from portal.policy.file.places import SHOPS
from portal.versions import own_files
from tests import factories
from tests.factories import NOW
from tests.portals import portal_at
from tests.web.inspector import Browser
from tests.web.steps.journeys import drafted
from tests.web.steps.sending import sent

# One worker has the file checked, and no other waits until it has.
pytestmark = pytest.mark.xdist_group("less-fee")

SHOP = factories.SHOP
WORDS = "0.50 USD less 0.05 USD that the payment system kept."
FEE = {"processing_fee_minor": 5, "processing_fee_currency": "USD"}


@pytest.fixture(scope="session")
def checked(once):
    """A folder with the file of a shop that returns no processing fees, and what the check said of it."""
    return once("less-fee", _check)


def _check(folder):
    text = (SHOPS / f"{SHOP}.toml").read_text(encoding="utf-8")
    path = folder / f"{SHOP}.toml"
    path.write_text(text.replace('"full price"', '"price less processing fee"'))
    database = f"sqlite:///{folder / 'none.sqlite3'}"
    with portal_at(database, folder, policy_files=str(path)).app_context():
        assert own_files.check_due(now=NOW) == 1


@pytest.fixture
def visitor(database, checked, tmp_path):
    """Whoever visits a portal whose shop returns no processing fees."""
    shutil.copytree(checked, tmp_path, dirs_exist_ok=True)
    app = portal_at(database, tmp_path, policy_files=str(tmp_path / f"{SHOP}.toml"))
    with app.app_context():
        app.config["NOW"] = NOW
        yield Browser(app.test_client())
        db.session.remove()
        db.engine.dispose()


def ordered(**given):
    factories.account()
    factories.order(**given)


def last_letter():
    db.session.rollback()
    found = select(OutboxMail.text).where(OutboxMail.event == "approved")
    return db.session.scalars(found.order_by(OutboxMail.id.desc())).first()


def test_the_result_the_claim_and_the_letter_say_both_amounts(visitor):
    ordered(**FEE)
    reference = drafted(visitor)
    page = visitor.get(f"/new/{reference}/result")
    assert page.h1 == "You can get 0.45 USD back"
    assert WORDS in page.text()
    assert WORDS in visitor.get(sent(visitor, reference)).text()
    claim = claim_page(reference)
    assert (claim.status, claim.payout.amount) == (Status.APPROVED, Money(45, "USD"))
    price, fee = Money(50, "USD"), Money(5, "USD")
    assert policys_ground(claim) == Ground(
        GroundKind.FEE, ("SS-G2", "SS-G4"), amount=price, fee=fee
    )
    read = {each["fact"]: each["value"] for line in trace_of(claim) for each in line["facts"]}
    assert read["order.processing_fee"] == fee.as_json()
    letter = last_letter()
    assert "0.45 USD to your balance" in letter
    assert WORDS in letter


def test_what_the_shop_had_returned_before_is_told_beside_it(visitor):
    gone = {"refunded_at": NOW, "refunded_minor": 20, "refunded_currency": "USD"}
    ordered(**FEE, **gone)
    claim = factories.claim()
    assert claim.payout.amount == Money(25, "USD")
    letter = last_letter()
    assert WORDS in letter
    assert "The shop's records say that 0.20 USD of the price was returned on" in letter


def test_the_fee_is_not_returned_by_a_second_claim(visitor):
    ordered(**FEE)
    first = factories.claim()
    assert first.payout.amount == Money(45, "USD")
    with transaction():
        row = claim_for_change(first.reference)
        paying.mark_paid(row, reference="TX-1", by=factories.reviewer(may_pay=True), at=NOW,
                         seen=row.version, policy=factories.policy())  # fmt: skip
    second = factories.claim()
    assert (second.outcome, second.decision.document["amount"]) == ("deny", None)
    ground = policys_ground(second)
    assert (ground.kind, ground.rule) == (GroundKind.RETURNED, "SS-G2")
    assert [each.amount for each in ground.returns] == [Money(45, "USD")]
    assert second.payout is None


@pytest.mark.parametrize(("fee", "amount"), [({}, None), (FEE | {"processing_fee_minor": 0}, 50)])
def test_where_nothing_was_kept_nothing_is_said_and_where_nobody_knows_a_person_looks(
    visitor, fee, amount
):
    ordered(**fee)
    claim = factories.claim()
    db.session.rollback()
    claim = db.session.scalars(select(Claim)).one()
    if amount is None:
        assert claim.status is Status.IN_REVIEW
        assert claim.decision.document["awaiting"] == ["order.processing_fee"]
        return
    assert claim.payout.amount == Money(amount, "USD")
    assert policys_ground(claim).kind is GroundKind.CLAUSE
    assert "payment system" not in last_letter()
