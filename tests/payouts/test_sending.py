"""Money leaves by itself: sent once, looked up where the answer was lost, tried again where it has to wait."""

import json
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import FailedKind, Payout, PayoutState, Rail
from portal.ledger.rails import RailSetting
from portal.mail.models import OutboxMail
from portal.payouts import paying, sending, setting
from portal.payouts.sending import GIVEN_UP, LATER, LEASE, send_due
from portal.payouts.verifying import verify
from portal.records.models import Order
from tests import factories
from tests.conftest import NOW
from tests.payouts.shops import crediting
from tests.races import race
from tests.sizes import AT_ONCE

FIXABLE = {"status": "failed", "kind": "fixable", "detail": "Your account there is closed."}
WAIT = {"status": "failed", "kind": "wait", "detail": "Come back later."}


@pytest.fixture
def shop(app):
    with crediting() as shop:
        with transaction():
            read = setting.set_rail(
                factories.SHOP, Rail.BALANCE, given={"url": shop.url}, at=NOW, loopback=True
            )
        shop.secret = read.secret
        yield shop


@pytest.fixture
def claim(shop):
    factories.account()
    factories.order()
    return factories.claim().reference


def send(at=NOW):
    return send_due(policies={factories.SHOP: factories.policy()}, now=at)


def now(reference):
    db.session.rollback()
    row = db.session.scalars(select(Claim).where(Claim.reference == reference)).one()
    return row, row.payout


def letters():
    return [mail.event for mail in db.session.scalars(select(OutboxMail).order_by(OutboxMail.id))]


def test_what_is_approved_arrives_and_is_told_once_as_paid(shop, claim):
    row, payout = now(claim)
    assert (payout.rail, payout.state, payout.next_try_at) == (Rail.BALANCE, PayoutState.DUE, NOW)
    assert send() == 1
    row, payout = now(claim)
    assert (row.status, payout.state, payout.payer_reference) == (
        Status.PAID, PayoutState.PAID, "SHOP-1")  # fmt: skip
    assert shop.balances == {row.email: "0.50"}
    ((method, headers, body),) = shop.calls
    assert (method, headers["webhook-id"], headers["Idempotency-Key"]) == (
        "POST", payout.key, payout.key)  # fmt: skip
    assert json.loads(body) == {
        "type": "balance.credit",
        "payout": payout.key,
        "claim": claim,
        "shop": factories.SHOP,
        "account": {"email": row.email},
        "order_reference": row.order_reference,
        "amount": {"amount": "0.50", "currency": "USD"},
    }
    assert letters()[-1] == "paid"
    assert "approved" not in letters()
    mail = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id.desc())).first()
    assert "SS-G2" in mail.text
    assert send(NOW + timedelta(days=1)) == 0
    assert list(verify()) == []


@pytest.mark.one_in(3)
@pytest.mark.parametrize("fault", ["broken", "reset", "unreadable", "deep"])
def test_an_answer_that_was_lost_is_looked_up_and_settles_once(shop, claim, fault):
    shop.faults = [fault]
    send()
    row, payout = now(claim)
    assert (row.status, payout.state) == (Status.APPROVED, PayoutState.UNKNOWN)
    assert send() == 0
    send(payout.next_try_at)
    row, payout = now(claim)
    assert (row.status, payout.state) == (Status.PAID, PayoutState.PAID)
    assert [method for method, *_ in shop.calls] == ["POST", "GET"]
    assert shop.balances == {row.email: "0.50"}


@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    "answer",
    [(429, {}), (401, {}), (403, {}), (503, {}), (422, WAIT)],
    ids=lambda each: str(each[0]),
)
def test_a_look_up_that_says_nothing_leaves_it_unknown_and_nothing_is_sent_again(
    shop, claim, answer
):
    shop.faults = ["reset"]
    send()
    _, payout = now(claim)
    credited, shop.credited = shop.credited, {}
    shop.refused[payout.key] = answer
    send(payout.next_try_at)
    _, payout = now(claim)
    assert payout.state is PayoutState.UNKNOWN
    shop.credited = credited
    send(payout.next_try_at)
    row, payout = now(claim)
    assert (payout.state, shop.balances) == (PayoutState.PAID, {row.email: "0.50"})
    assert [method for method, *_ in shop.calls] == ["POST", "GET", "GET"]


def test_what_never_arrived_is_sent_again_only_after_the_shop_said_so(shop, claim):
    shop.faults = ["dropped"]
    send()
    _, payout = now(claim)
    send(payout.next_try_at)
    _, payout = now(claim)
    assert payout.state is PayoutState.DUE
    send(payout.next_try_at)
    row, payout = now(claim)
    assert (payout.state, shop.balances) == (PayoutState.PAID, {row.email: "0.50"})
    assert [method for method, *_ in shop.calls] == ["POST", "GET", "POST"]


def test_a_worker_that_was_killed_after_it_took_it_leaves_it_to_be_looked_up(shop, claim):
    with transaction():
        payout = db.session.scalars(select(Payout)).one()
        payout.move("send", at=NOW)
        payout.attempts, payout.next_try_at = 1, NOW + LEASE
    assert send(NOW + LEASE - timedelta(seconds=1)) == 0
    send(NOW + LEASE)
    _, payout = now(claim)
    send(payout.next_try_at)
    assert now(claim)[1].state is PayoutState.PAID
    assert [method for method, *_ in shop.calls] == ["GET", "POST"]


def test_pending_is_looked_up_until_it_ends(shop, claim):
    shop.faults = [(202, {"status": "pending"})]
    send()
    row, payout = now(claim)
    assert (row.status, payout.state) == (Status.APPROVED, PayoutState.SENT)
    shop.refused[payout.key] = (202, {"status": "pending"})
    send(payout.next_try_at)
    _, payout = now(claim)
    assert payout.state is PayoutState.SENT
    shop.credit(json.loads(shop.calls[0][2]))
    send(payout.next_try_at)
    assert now(claim)[1].state is PayoutState.PAID


def test_what_can_be_mended_is_told_in_the_shops_words_and_asks_for_no_bank_details(shop, claim):
    shop.faults = [(422, FIXABLE)]
    send()
    row, payout = now(claim)
    assert (row.status, payout.state, payout.failed_kind, payout.failed_reason) == (
        Status.PAYOUT_FAILED, PayoutState.FAILED, FailedKind.FIXABLE, FIXABLE["detail"])  # fmt: skip
    mail = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id.desc())).first()
    assert mail.event == "payout_failed"
    assert FIXABLE["detail"] in mail.text
    assert "IBAN" not in mail.text
    assert send(NOW + timedelta(days=9)) == 0


def test_what_has_to_wait_is_tried_again_by_the_ladder_without_a_word(shop, claim):
    waits = []
    at = NOW
    shop.faults = [(429, {})] * 7
    for _ in range(7):
        send(at)
        row, payout = now(claim)
        assert (row.status, payout.state, payout.failed_kind) == (
            Status.APPROVED, PayoutState.FAILED, FailedKind.WAIT)  # fmt: skip
        waits.append((payout.next_try_at - at).total_seconds())
        at = payout.next_try_at
    # What the try itself took comes on top.
    assert [wait // 5 * 5 for wait in waits] == [5, 30, 120, 600, 3600, 21600, 21600]
    assert letters() == ["approved"]
    send(at)
    assert now(claim)[1].state is PayoutState.PAID


def test_after_three_days_a_person_has_to_look(shop, claim):
    shop.faults = [(503, {})]
    send()
    _, payout = now(claim)
    shop.refused[payout.key] = (503, {})
    send(NOW + GIVEN_UP + timedelta(minutes=1))
    _, payout = now(claim)
    assert (payout.state, payout.next_try_at) == (PayoutState.UNKNOWN, None)


def test_records_that_changed_stop_it_before_it_leaves(shop, claim):
    with transaction():
        db.session.scalars(select(Order)).one().refunded_at = NOW
    assert send() == 0
    row, payout = now(claim)
    assert (payout.state, payout.next_try_at, shop.calls) == (PayoutState.HELD, None, [])
    assert [cause["kind"] for cause in payout.held] == ["records"] * len(payout.held)
    assert row.events[-1].action == "hold"


def test_what_is_not_as_it_was_approved_does_not_leave(shop, claim):
    with transaction():
        db.session.scalars(select(Payout)).one().amount_minor = 5000
    assert send() == 0
    _, payout = now(claim)
    assert (payout.state, shop.calls) == (PayoutState.HELD, [])
    assert [cause["kind"] for cause in payout.held][-1] == "changed"


def test_a_rail_that_is_set_later_takes_what_is_due_and_ended_it_waits_for_a_person(app):
    factories.account()
    factories.order()
    reference = factories.claim().reference
    assert now(reference)[1].rail is Rail.MANUAL
    with crediting() as shop:
        with transaction():
            shop.secret = setting.set_rail(
                factories.SHOP, Rail.BALANCE, given={"url": shop.url}, at=NOW, loopback=True
            ).secret
        assert now(reference)[1].next_try_at == NOW
        with transaction():
            setting.unset(factories.SHOP, Rail.BALANCE, at=NOW)
        _, payout = now(reference)
        assert (payout.rail, payout.next_try_at, send()) == (Rail.MANUAL, None, 0)


def test_one_that_can_not_be_told_to_its_rail_keeps_no_other_waiting(shop, claim):
    factories.order(reference="B-2")
    second = factories.claim(order_reference="B-2").reference
    with transaction():
        payout = db.session.scalars(select(Payout).order_by(Payout.id)).first()
        payout.rail, payout.next_try_at = Rail.ORIGINAL, NOW - timedelta(minutes=1)
        sealed = {"rail": Rail.ORIGINAL, "secret_sealed": "cut off"}
        db.session.add(RailSetting(shop=factories.SHOP, set_at=NOW, **sealed))
    assert send() == 1
    assert (now(claim)[1].state, now(claim)[1].next_try_at) == (PayoutState.DUE, NOW + LATER)
    assert now(second)[1].state is PayoutState.PAID


def test_a_rail_that_is_set_again_approves_nothing_that_changed_meanwhile(shop, claim):
    with transaction():
        db.session.scalars(select(Payout)).one().amount_minor = 5000
    with transaction():
        setting.unset(factories.SHOP, Rail.BALANCE, at=NOW)
        setting.set_rail(
            factories.SHOP, Rail.BALANCE, given={"url": shop.url}, at=NOW, loopback=True
        )
    assert send() == 0
    assert (now(claim)[1].state, shop.calls) == (PayoutState.HELD, [])


@AT_ONCE
def test_an_answer_waits_for_whoever_has_the_claim_before_them(app, shop, claim):
    """A reviewer holds the claim's row just as the shop answers: the answer is kept all the same."""
    held, told = threading.Event(), threading.Event()
    policies = {factories.SHOP: factories.policy()}
    taken = sending._take(now(claim)[1].id, policies=policies, now=NOW)
    answer = taken.act()

    def review():
        with transaction():
            claim_for_change(claim)
            held.set()
            told.wait(0.5)

    def record():
        held.wait(10)
        sending._record(taken, answer, policies=policies, at=NOW)
        told.set()

    assert race(app, [review, record]) == [None, None]
    assert now(claim)[1].state is PayoutState.PAID


FAILED = (paying.mark_failed, {"reason": "Nothing came."})
BY_HAND = (paying.retry, {"by_hand": True})


@pytest.mark.parametrize(
    ("meanwhile", "rail"), [([FAILED], Rail.BALANCE), ([FAILED, BY_HAND], Rail.MANUAL)]
)
def test_an_answer_that_comes_after_a_person_said_that_it_failed_still_says_that_it_was_paid(
    app, shop, claim, meanwhile, rail
):
    credit = shop.credit

    def by_a_person(said):
        """While the call runs, a payer says that it failed, and may take it over to pay it by hand."""
        with app.app_context():
            for verb, given in meanwhile:
                with transaction():
                    row = claim_for_change(said["claim"])
                    verb(row, by=factories.reviewer(may_pay=True), at=NOW, seen=row.version,
                         policy=factories.policy(), **given)  # fmt: skip
        return credit(said)

    shop.credit = by_a_person
    send()
    row, payout = now(claim)
    assert (row.status, payout.state, payout.rail, payout.payer_reference) == (
        Status.PAID, PayoutState.PAID, rail, "SHOP-1")  # fmt: skip
    assert list(verify()) == []
