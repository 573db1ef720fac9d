"""What is said of a large run is kept at once and settled in lots: the first by who said it, the rest by the worker."""

from collections import Counter

import pytest
from sqlalchemy import func, select

from portal.claims.lifecycle import Status
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import FailedKind, PayoutState, Rail
from portal.ledger.settlings import Settling, SettlingLine
from portal.mail.models import OutboxMail
from portal.payouts import runs
from portal.payouts.rails.rail import Became, RailAnswer
from portal.payouts.settling import lots
from portal.payouts.settling.lines import CameTo
from portal.payouts.verifying import verify
from tests import factories
from tests.conftest import NOW
from tests.payouts.runs import (
    BY_HAND,
    BY_PAYPAL,
    made,
    owed,
    payer,
    payout,
    pays_by,
    person,
    policies,
    released,
    stored,
)
from tests.races import race


@pytest.fixture
def pia(app, monkeypatch):
    monkeypatch.setattr(lots, "_LOT", 2)
    return payer()


def sent(lot, by):
    key = made(lot, by)
    released(key, by)
    return key


def word(key, by, references="BATCH-1"):
    with transaction():
        return lots.keep_word(runs.run_of(key), references, by=person(by), at=NOW)


def works():
    """A turn of the worker: how many lines it settled."""
    db.session.rollback()
    return lots.settle_due(policies=policies())


def came(number):
    db.session.rollback()
    settling = db.session.get_one(Settling, number)
    return settling.ended, lots.tally(settling)


def test_a_word_about_many_is_settled_by_the_worker_a_lot_in_each_turn(pia):
    claims = [owed() for _ in range(5)]
    number = word(sent(BY_HAND, pia), pia)
    assert came(number) == (False, {None: 5})
    assert lots.go_on(number, policies=policies()) == 2
    assert [stored(each).status for each in claims] == [Status.PAID] * 2 + [Status.APPROVED] * 3
    assert [works() for _ in range(3)] == [2, 1, 0]
    assert came(number) == (True, {CameTo.PAID: 5})
    assert {(stored(each).status, payout(each).payer_reference) for each in claims} == {
        (Status.PAID, "BATCH-1")
    }
    mails = select(func.count()).where(OutboxMail.event == "paid")
    assert (db.session.scalar(mails), list(verify())) == (5, [])


def test_two_that_settle_the_same_at_once_pay_each_once(app, pia):
    claims = [owed() for _ in range(6)]
    number = word(sent(BY_HAND, pia), pia)
    acts = [lambda: [lots.go_on(number, policies=policies()) for _ in range(4)]] * 3
    said = race(app, acts)
    assert [each for each in said if isinstance(each, Exception)] == []
    assert came(number) == (True, {CameTo.PAID: 6})
    assert {stored(each).status for each in claims} == {Status.PAID}
    mails = select(func.count()).where(OutboxMail.event == "paid")
    assert (db.session.scalar(mails), list(verify())) == (6, [])


def test_what_stands_against_one_is_kept_with_its_line_and_the_others_go_on(pia):
    first, second, third = owed(), owed(), owed()
    number = word(sent(BY_HAND, pia), pia)
    factories.order(reference=stored(second).order_reference, refunded_at=NOW)
    assert [works() for _ in range(3)] == [2, 1, 0]
    assert came(number) == (True, {CameTo.LOOK: 1, CameTo.PAID: 2})
    (line,) = lots.lines_to_read(db.session.get_one(Settling, number), most=9)
    assert line.claim == second
    assert line.why.startswith(
        "0.00 USD is left of the price: the shop's records say that the whole"
    )
    states = [payout(each).state for each in (first, second, third)]
    assert states == [PayoutState.PAID, PayoutState.SENT, PayoutState.PAID]


def test_a_line_settled_meanwhile_by_another_word_is_known(pia):
    claim = owed()
    key = sent(BY_HAND, pia)
    first, second = word(key, pia), word(key, pia)
    assert works() == 2
    assert (came(first), came(second)) == (
        (True, {CameTo.PAID: 1}),
        (True, {CameTo.KNOWN: 1}),
    )
    assert payout(claim).payer_reference == "BATCH-1"


def test_of_lines_that_name_no_payout_of_the_shop_only_their_number_is_kept(pia):
    pays_by(Rail.MASSFILE)
    claim = owed(method="paypal", email="kim@example.com")
    key = sent(BY_PAYPAL, pia)
    shut = RailAnswer(Became.FAILED, kind=FailedKind.FIXABLE, detail="Shut")
    names = (payout(claim).key, "PO-01JD8Z0000000000000000000A", "Rent of May", "PO-\0" + "x" * 25)
    with transaction():
        said = [(name, shut) for name in names]
        number = lots.keep_answers(runs.run_of(key), said, by=person(pia), at=NOW)
    assert works() == 1
    assert came(number) == (True, {CameTo.FAILED: 1, CameTo.STRANGE: 3})
    lines = db.session.scalars(select(SettlingLine)).all()
    assert [(each.claim, each.why) for each in lines] == [(claim, "Shut")]


def test_what_is_said_of_a_shop_that_is_not_loaded_waits(pia):
    owed()
    number = word(sent(BY_HAND, pia), pia)
    assert lots.settle_due(policies={}) == 0
    assert came(number) == (False, {None: 1})
    assert works() == 1


def given_up_meanwhile(pia):
    """A word that is kept of a payout, of which a file says before it is settled that it has to wait."""
    pays_by(Rail.MASSFILE)
    claim = owed(method="paypal", email="kim@example.com")
    key = sent(BY_PAYPAL, pia)
    kept = word(key, pia)
    wait = RailAnswer(Became.FAILED, kind=FailedKind.WAIT, detail="Limit of the day")
    with transaction():
        said = [(payout(claim).key, wait)]
        number = lots.keep_answers(runs.run_of(key), said, by=person(pia), at=NOW)
    lots.go_on(number, policies=policies())
    assert payout(claim).state is PayoutState.DUE
    return claim, kept


def test_what_was_paid_by_word_and_is_due_again_meanwhile_is_held(pia):
    claim, kept = given_up_meanwhile(pia)
    lots.go_on(kept, policies=policies())
    assert came(kept) == (True, {CameTo.LOOK: 1})
    assert [each["text"] for each in payout(claim).held] == [
        "It was approved otherwise than the policy says, or for more.",  # and was let go
        "A person said that it was paid (BATCH-1).",
    ]
    assert payout(claim).state is PayoutState.HELD


def test_a_word_about_one_try_marks_no_later_one_as_paid(pia):
    claim, kept = given_up_meanwhile(pia)
    sent(BY_PAYPAL, pia)
    assert (payout(claim).state, payout(claim).attempts) == (PayoutState.SENT, 2)
    lots.go_on(kept, policies=policies())
    assert came(kept) == (True, {CameTo.LOOK: 1})
    assert payout(claim).state is PayoutState.SENT
    (line,) = lots.lines_to_read(db.session.get_one(Settling, kept), most=9)
    assert (line.claim, line.why) == (claim, "A person said that it was paid (BATCH-1).")


def test_a_line_writes_each_of_its_rows_once_and_looks_up_no_words(pia, statements):
    for _ in range(2):
        owed()
    word(sent(BY_HAND, pia), pia)
    statements.clear()
    assert works() == 2
    written = Counter(" ".join(each.split()[:2]) for each in statements)
    for rows in ("claims", "payouts", "settling_lines"):
        assert written[f"UPDATE {rows}"] == 2
    asked = [each for each in statements if each.startswith("SELECT claims.id, claims.reference")]
    assert len(asked) == 2
    assert not [each for each in statements if "claim_words" in each]
