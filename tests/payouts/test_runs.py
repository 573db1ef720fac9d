"""A payout run: chosen, made, released once, its file the same for good, settled payout by payout."""

import csv
import hashlib
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.claims.lifecycle import Status
from portal.claims.refusals import NeedsAnother, ReferenceUsed
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import PayoutState, Rail
from portal.ledger.runs import PayoutRun
from portal.mail.models import OutboxMail
from portal.money import Money
from portal.payouts import paying, releasing, runs
from portal.payouts.rails.massfile import MassFile
from portal.payouts.runs import Lot, RunStands
from portal.payouts.settling.lines import CameTo
from portal.payouts.verifying import verify
from portal.records.models import Order
from tests import factories
from tests.conftest import NOW
from tests.payouts.runs import (
    BY_HAND,
    BY_PAYPAL,
    answered,
    give_up,
    made,
    marked,
    owed,
    payer,
    payout,
    pays_by,
    person,
    policies,
    released,
    stored,
)

LATER = NOW + timedelta(hours=2)


@pytest.fixture
def pia(app):
    return payer()


def run(key):
    db.session.rollback()
    return db.session.scalars(select(PayoutRun).where(PayoutRun.key == key)).one()


def pay(key, references, by, **given):
    return marked(key, references, by, at=LATER, **given)


def results(key, text):
    """What settling this results file came to, by claim."""
    said = MassFile("paypal").read_answers(text.encode())
    return answered(key, said, run(key).made_by_id, at=LATER)


def test_what_is_due_is_summed_by_shop_rail_and_currency(app):
    first = owed(at=NOW - timedelta(days=2))
    owed(amount="1.25")
    pays_by(Rail.MASSFILE)
    owed(method="paypal", email="kim@example.com")
    owed(method="other", description="By pigeon")
    lots = runs.due_lots(policies=policies(), at=NOW)
    assert [(each.lot, each.count, each.sum, each.oldest) for each in lots] == [
        (BY_HAND, 2, Money(175, "USD"), NOW - timedelta(days=2)),
        (Lot(factories.SHOP, Rail.MASSFILE, "other", "USD"), 1, Money(50, "USD"), NOW),
        (BY_PAYPAL, 1, Money(50, "USD"), NOW),
    ]
    assert lots[0].promised == stored(first).payout_due_at


def test_a_run_takes_those_chosen_and_nobody_elses_takes_them_too(pia):
    first, second, third = owed(), owed(), owed()
    key = made(BY_HAND, pia, chosen={payout(first).id, payout(third).id})
    assert (run(key).count, run(key).sum) == (2, Money(100, "USD"))
    with pytest.raises(RunStands):
        made(BY_HAND, pia, chosen={payout(first).id})
    assert run(made(BY_HAND, pia)).count == 1
    assert runs.due_lots(policies=policies(), at=NOW) == []
    with transaction():
        give_up(runs.run_for_change(key), at=NOW)
    (lot,) = runs.due_lots(policies=policies(), at=NOW)
    assert lot.count == 2
    with pytest.raises(RunStands):
        released(key, pia)
    assert payout(second).run_id is not None


def test_released_it_is_under_way_and_its_file_stays_as_it_is(pia):
    claims = [owed(), owed()]
    key = made(BY_HAND, pia)
    assert released(key, pia).dropped == []
    row = run(key)
    data = releasing.file_of(row)
    assert hashlib.sha256(data).hexdigest() == row.sha256
    lines = list(csv.DictReader(io.StringIO(data.decode())))
    assert [
        (line["payout"], line["claim"], line["amount"], line["currency"], line["method"], line["email"])
        for line in lines
    ] == [
        (payout(claim).key, claim, "0.50", "USD", "balance", factories.EMAIL) for claim in claims
    ]  # fmt: skip
    assert [payout(claim).state for claim in claims] == [PayoutState.SENT] * 2
    with pytest.raises(RunStands):
        released(key, pia)
    with transaction(), pytest.raises(RunStands):
        give_up(runs.run_for_change(key), at=LATER)
    assert releasing.file_of(run(key)) == data
    assert list(verify()) == []


def test_one_reference_pays_the_whole_run_and_doesnt_ask_back(pia):
    claims = [owed() for _ in range(3)]
    key = made(BY_HAND, pia)
    released(key, pia)
    assert pay(key, "BATCH-7", pia) == (3, [])
    assert [(stored(each).status, payout(each).payer_reference) for each in claims] == [
        (Status.PAID, "BATCH-7")
    ] * 3
    mails = list(db.session.scalars(select(OutboxMail.event).where(OutboxMail.event == "paid")))
    assert len(mails) == 3
    other = owed()
    key = made(BY_HAND, pia)
    released(key, pia)
    with pytest.raises(ReferenceUsed):
        pay(key, "batch-7", pia)
    assert payout(other).state is PayoutState.SENT
    assert pay(key, "batch-7", pia, again=True) == (1, [])
    assert list(verify()) == []


def test_each_may_have_its_own_reference_and_one_fails_without_the_others(pia):
    first, second, third = owed(), owed(), owed()
    key = made(BY_HAND, pia)
    released(key, pia)
    with transaction():
        row = stored(second)
        paying.mark_failed(row, reason="No such account", by=person(pia), at=LATER,
                           seen=row.version, policy=factories.policy())  # fmt: skip
    references = {payout(first).id: "TX-1", payout(second).id: "TX-2"}
    assert pay(key, references, pia) == (1, [])
    assert [payout(each).state for each in (first, second, third)] == [
        PayoutState.PAID, PayoutState.FAILED, PayoutState.SENT]  # fmt: skip
    assert run(key).count == 3


def test_what_the_records_now_would_not_have_paid_drops_out_and_is_said(pia):
    factories.account()
    factories.order(reference="A-7")
    changed = factories.claim(order_reference="A-7").reference
    other = owed()
    key = made(BY_HAND, pia)
    with transaction():
        order = db.session.scalars(select(Order).where(Order.reference == "A-7")).one()
        order.refunded_at = NOW
    ((claim, why),) = released(key, pia).dropped
    assert claim == changed
    assert "0.00 USD is left of the price" in why or "no refund" in why
    assert (payout(changed).state, payout(other).state) == (PayoutState.HELD, PayoutState.SENT)
    assert (run(key).count, run(key).sum) == (1, Money(50, "USD"))
    assert changed not in releasing.file_of(run(key)).decode()


def test_a_release_that_broke_off_goes_on_where_it_was(pia, monkeypatch):
    claims = [owed() for _ in range(3)]
    key = made(BY_HAND, pia)
    monkeypatch.setattr(releasing, "_LOT", 1)
    take, taken = releasing._take_lot, []

    def killed(*args, **given):
        if len(taken) == 2:
            raise SystemExit
        taken.append(1)
        return take(*args, **given)

    monkeypatch.setattr(releasing, "_take_lot", killed)
    with pytest.raises(SystemExit):
        released(key, pia)
    states = [payout(each).state for each in claims]
    assert states == [PayoutState.SENT, PayoutState.SENT, PayoutState.DUE]
    assert runs.due_lots(policies=policies(), at=NOW) == []
    with transaction(), pytest.raises(RunStands):
        give_up(runs.run_for_change(key), at=LATER)
    monkeypatch.setattr(releasing, "_take_lot", take)
    released(key, pia, at=LATER)
    assert (run(key).count, run(key).released_at) == (3, NOW)
    assert {payout(each).state for each in claims} == {PayoutState.SENT}


def test_a_results_file_settles_each_and_read_twice_changes_nothing(pia):
    pays_by(Rail.MASSFILE)
    names = ["kim", "lee", "ana", "bo"]
    claims = [owed(method="paypal", email=f"{name}@example.com") for name in names]
    key = made(BY_PAYPAL, pia)
    released(key, pia)
    rows = list(csv.reader(io.StringIO(releasing.file_of(run(key)).decode())))
    assert rows[0] == ["kim@example.com", "0.50", "USD", payout(claims[0]).key,
                       f"{factories.policy().shop.name}: {claims[0]}", "PAYPAL"]  # fmt: skip
    keys = [payout(each).key for each in claims]
    text = (
        "Customer ID;Transaction Status;Transaction ID;Reason;Kind;Amount;Currency\r\n"
        f"{keys[0]};Completed;5XK1;;;-0.50;USD\r\n"
        f"{keys[1]};Returned;;The account is closed;;;\r\n"
        f"{keys[2]};Failed;;Too little money;wait;;\r\n"
        f"{keys[3]};Completed;5XK2;;;5.00;USD\r\n"
        "PO-SOMETHINGELSE;Completed;5XK3;;;;\r\n"
    )
    assert results(key, text) == [
        (claims[0], CameTo.PAID, "5XK1"),
        (claims[1], CameTo.FAILED, "The account is closed"),
        (claims[2], CameTo.AGAIN, "Too little money"),
        (claims[3], CameTo.LOOK, "The file says 5.00 USD, the run 0.50 USD."),
        ("", CameTo.STRANGE, ""),
    ]
    states = [(stored(each).status, payout(each).state) for each in claims]
    assert states == [
        (Status.PAID, PayoutState.PAID),
        (Status.PAYOUT_FAILED, PayoutState.FAILED),
        (Status.APPROVED, PayoutState.DUE),
        (Status.APPROVED, PayoutState.SENT),
    ]
    mails = db.session.scalars(select(OutboxMail.id)).all()
    assert [came for _, came, _ in results(key, text)] == [
        CameTo.KNOWN, CameTo.KNOWN, CameTo.KNOWN, CameTo.LOOK, CameTo.STRANGE]  # fmt: skip
    assert db.session.scalars(select(OutboxMail.id)).all() == mails
    assert states == [(stored(each).status, payout(each).state) for each in claims]
    assert list(verify()) == []


@pytest.mark.long
def test_what_is_said_late_of_an_earlier_try_touches_no_later_one(pia):
    pays_by(Rail.MASSFILE)
    claim = owed(method="paypal", email="kim@example.com")
    first = made(BY_PAYPAL, pia)
    released(first, pia)
    said = f"payout,status,reason,kind\n{payout(claim).key},failed,Try later,wait\n"
    assert results(first, said) == [(claim, CameTo.AGAIN, "Try later")]
    second = made(BY_PAYPAL, pia)
    released(second, pia)
    told_as = f"P2-{payout(claim).key[3:]}"
    assert told_as in releasing.file_of(run(second)).decode()
    assert results(first, said) == [(claim, CameTo.KNOWN, "It is about an earlier try.")]
    assert payout(claim).state is PayoutState.SENT
    assert results(second, f"payout,status,reference\n{told_as},paid,9Z\n") == [
        (claim, CameTo.PAID, "9Z")
    ]
    back = f"payout,status,reason\n{told_as},returned,Account closed\n"
    number = payout(claim).id
    assert results(second, back) == [(claim, CameTo.BACK, "Account closed")]
    assert stored(claim).payouts[0].state is PayoutState.REVERSED
    assert [came for _, came, _ in results(second, back)] == [CameTo.KNOWN]
    assert stored(claim).payouts[0].id == number
    assert list(verify()) == []


def test_what_a_file_says_was_paid_is_held_where_it_is_due_once_more(pia):
    pays_by(Rail.MASSFILE)
    claim = owed(method="paypal", email="kim@example.com")
    first = made(BY_PAYPAL, pia)
    released(first, pia)
    said = {"by": person(pia), "at": LATER, "policy": factories.policy()}
    for verb, given in ((paying.mark_failed, {"reason": "Nothing came"}), (paying.retry, {})):
        with transaction():
            row = stored(claim)
            verb(row, seen=row.version, **said, **given)
    late = f"payout,status,reference\n{payout(claim).key},paid,9Z\n"
    why = "The file says that it was paid (9Z)."
    assert results(first, late) == [(claim, CameTo.LOOK, why)]
    assert (payout(claim).state, payout(claim).held[-1]) == (
        PayoutState.HELD, {"kind": "told", "text": why})  # fmt: skip
    with transaction():
        row = stored(claim)
        paying.release(row, row.payout, reason="The bank took it back.", seen=row.version, **said)
    assert results(first, late) == [(claim, CameTo.LOOK, why)]
    assert payout(claim).state is PayoutState.DUE
    second = made(BY_PAYPAL, pia)
    released(second, pia)
    why = "An earlier try of it was paid (9Z): see that it is not paid twice."
    assert results(second, late) == [(claim, CameTo.LOOK, why)]
    assert payout(claim).state is PayoutState.SENT
    assert list(verify()) == []


def test_released_once_it_is_not_released_by_another(pia):
    claim = owed()
    key = made(BY_HAND, pia)
    released(key, pia)
    with pytest.raises(RunStands):
        released(key, payer("Kai"))
    assert (payout(claim).attempts, run(key).released_by.name) == (1, "Pia")


def test_above_the_shops_limit_another_person_than_its_maker_releases_it(pia):
    claims = [owed(), owed()]
    key = made(BY_HAND, pia)
    limited = {**policies(), factories.SHOP: above("0.99")}
    with pytest.raises(NeedsAnother):
        releasing.release(key, by=person(pia), at=NOW, policies=limited)
    assert (run(key).released_at, payout(claims[0]).state) == (None, PayoutState.DUE)
    releasing.release(key, by=person(payer("Kai")), at=NOW, policies=limited)
    assert (run(key).made_by.name, run(key).released_by.name) == ("Pia", "Kai")


def test_up_to_the_limit_its_maker_releases_it(pia):
    owed()
    key = made(BY_HAND, pia)
    limited = {**policies(), factories.SHOP: above("0.50")}
    assert releasing.release(key, by=person(pia), at=NOW, policies=limited).dropped == []


def test_nobody_releases_their_own_claim_in_a_run(app):
    own = owed()
    other = owed(email="lee@example.com")
    kim = factories.reviewer(name="Kim", email=factories.EMAIL, may_pay=True).id
    ((claim, why),) = released(made(BY_HAND, kim), kim).dropped
    assert (claim, "your own" in why) == (own, True)
    assert [payout(each).state for each in (own, other)] == [PayoutState.DUE, PayoutState.SENT]


def test_what_one_person_lets_go_in_runs_counts_for_their_day(pia):
    claims = [owed(), owed(), owed()]
    ceiling = replace(
        factories.policy(),
        shop=replace(factories.policy().shop, person_ceiling=Money.parse("1.00", "USD")),
    )
    key = made(BY_HAND, pia)
    limited = {**policies(), factories.SHOP: ceiling}
    ((left, why),) = releasing.release(key, by=person(pia), at=NOW, policies=limited).dropped
    assert (left, "at most 1.00 USD a day" in why) == (claims[2], True)
    assert [payout(each).state for each in claims] == [
        PayoutState.SENT,
        PayoutState.SENT,
        PayoutState.DUE,
    ]
    event = stored(claims[0]).events[-1]
    assert (event.action, event.internal, event.data["amount"]) == (
        "release", f"In the payout run {key}", {"amount": "0.50", "currency": "USD"})  # fmt: skip


def above(amount):
    """The shop's policy, whose second person is wanted above this amount."""
    policy = factories.policy()
    limit = Money.parse(amount, "USD")
    return replace(policy, shop=replace(policy.shop, second_person_above=limit))
