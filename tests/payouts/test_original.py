"""Money goes back the way it was paid: refunded once by its charge, looked up where the answer was lost."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select

from portal.claims.decisions.casefile import charge_of
from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.claims.payout.details import read
from portal.claims.payout.payee import name_payee
from portal.claims.queries import claim_for_change
from portal.claims.verbs import filing, reviewing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import FailedKind, PayoutState, Rail
from portal.ledger.rails import setting_of
from portal.mail.models import OutboxMail
from portal.money import Money
from portal.payouts import paying, setting
from portal.payouts.instructing import opened_secret
from portal.payouts.rails import original
from portal.payouts.rails.original import OriginalRail
from portal.payouts.rails.rail import Became, Instruction, RailRefused
from portal.payouts.reporting import report_failed
from portal.payouts.sending import send_due
from portal.payouts.verifying import verify
from portal.records.models import Order
from tests import factories
from tests.factories import NOW
from tests.payouts.processors import KEY, error, processing

SHOP = "client-numbers"
USD50 = Money(50, "USD")


@pytest.fixture
def processor(app):
    with processing() as processor:
        with transaction():
            given = {"key": KEY, "url": processor.url}
            setting.set_rail(SHOP, Rail.ORIGINAL, given=given, at=NOW, loopback=True)
        yield processor


def approved(charge="ch_1"):
    """A claim whose money is approved to go back the way it was paid."""
    factories.account(shop=SHOP)
    factories.order(shop=SHOP, kind="rental", was_orderable=True, charge=charge,
                    unavailable_at=NOW - timedelta(hours=1))  # fmt: skip
    draft = factories.draft(
        shop=SHOP, reason="number_unavailable", destination="payout", asked=USD50
    )
    with transaction():
        row = claim_for_change(draft.reference)
        name_payee(row, details=read("original", {}))
        filing.submit(row, policy=factories.policy(SHOP), at=NOW)
        reviewing.approve(row, amount=USD50, by=factories.reviewer(), at=NOW, seen=row.version,
                          policy=factories.policy(SHOP))  # fmt: skip
    return draft.reference


def send(at=NOW):
    return send_due(policies={SHOP: factories.policy(SHOP)}, now=at)


def now(reference):
    db.session.rollback()
    row = db.session.scalars(select(Claim).where(Claim.reference == reference)).one()
    return row, row.payout


def act(verb, reference, **given):
    with transaction():
        row = claim_for_change(reference)
        verb(row, by=factories.reviewer(may_pay=True), at=NOW, seen=row.version,
             policy=factories.policy(SHOP), **given)  # fmt: skip


def last_letter():
    return db.session.scalars(select(OutboxMail).order_by(OutboxMail.id.desc())).first()


def instruction(**given):
    return Instruction(**{"key": "PO-1", "claim": "7K3F-9QXM", "shop": SHOP, "shop_name": "Shop",
                          "amount": USD50, "email": "k@e.org", "charge": "ch_1"} | given)  # fmt: skip


def test_what_is_approved_is_refunded_by_its_charge_and_told_as_paid(processor):
    reference = approved()
    _, payout = now(reference)
    assert (payout.rail, payout.state, payout.next_try_at) == (Rail.ORIGINAL, PayoutState.DUE, NOW)
    assert send() == 1
    row, payout = now(reference)
    assert (row.status, payout.state, payout.payer_reference) == (
        Status.PAID, PayoutState.PAID, "re_1")  # fmt: skip
    assert processor.calls == [
        (
            payout.key,
            {
                "charge": "ch_1",
                "amount": "50",
                "metadata[payout]": payout.key,
                "metadata[round]": payout.key,
                "metadata[claim]": reference,
            },
        )
    ]
    assert last_letter().event == "paid"
    assert list(verify()) == []


def test_no_customer_reads_the_charge_and_the_key_is_sealed(processor):
    reference = approved()
    row, _ = now(reference)
    assert "ch_1" not in str(row.facts)
    assert "ch_1" not in str(row.decision.case)
    kept = setting_of(SHOP, Rail.ORIGINAL)
    assert KEY not in (kept.secret_sealed + str(kept.options))
    assert opened_secret(kept) == KEY


def test_without_a_charge_in_the_records_a_person_pays_it(processor):
    _, payout = now(approved(charge=None))
    assert (payout.rail, payout.next_try_at) == (Rail.MANUAL, None)


def test_of_a_balance_the_newest_top_up_that_covers_it_is_refunded(app):
    factories.account()
    old = {"charge": "ch_old", "amount_minor": 5000, "at": NOW - timedelta(days=3)}
    for given in (old, old | {"charge": "ch_9", "at": NOW - timedelta(days=2)},
                  old | {"charge": "ch_small", "amount_minor": 10, "at": NOW}):  # fmt: skip
        factories.top_up(**given)
    draft = factories.draft(order_reference="", reason="unused_balance")
    found = [
        charge_of(draft, amount=each) for each in (USD50, Money(5001, "USD"), Money(50, "EUR"))
    ]
    assert found == ["ch_9", None, None]


def test_what_is_pending_is_looked_up_until_it_ends(processor):
    processor.status = "pending"
    reference = approved()
    send()
    _, payout = now(reference)
    assert payout.state is PayoutState.SENT
    send(payout.next_try_at)
    _, payout = now(reference)
    assert payout.state is PayoutState.SENT
    processor.refunds[0]["status"] = "succeeded"
    send(payout.next_try_at)
    row, payout = now(reference)
    assert (row.status, payout.payer_reference, len(processor.calls)) == (Status.PAID, "re_1", 1)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("fault", ["broken", "reset", "hang"])
def test_an_answer_that_was_lost_is_looked_up_and_settles_once(processor, monkeypatch, fault):
    monkeypatch.setattr(original, "TIMEOUT", (1.0, 0.3))
    processor.hang, processor.faults = 0.8, [fault]
    reference = approved()
    send()
    _, payout = now(reference)
    assert payout.state is PayoutState.UNKNOWN
    send(payout.next_try_at)
    row, payout = now(reference)
    assert (row.status, payout.state, len(processor.refunds)) == (Status.PAID, PayoutState.PAID, 1)
    assert len(processor.calls) == 1


def test_a_lost_answer_is_looked_up_at_the_charge_that_was_tried_though_the_records_name_another(
    processor,
):
    processor.faults = ["broken"]
    reference = approved()
    send()
    with transaction():
        db.session.query(Order).one().charge = "ch_2"
    processor.charges["ch_2"] = {"amount": 50, "currency": "usd"}
    processor.answered.clear()  # a processor forgets its keys after a day
    for _ in range(3):
        if at := now(reference)[1].next_try_at:
            send(at)
    row, payout = now(reference)
    assert (row.status, payout.payer_reference, [each["charge"] for each in processor.refunds]) == (
        Status.PAID, "re_1", ["ch_1"])  # fmt: skip


def test_what_never_arrived_is_sent_again_under_the_same_key(processor):
    processor.faults = ["dropped"]
    reference = approved()
    for _ in range(3):
        send(now(reference)[1].next_try_at)
    _, payout = now(reference)
    assert (payout.state, [key for key, _ in processor.calls]) == (
        PayoutState.PAID, [payout.key, payout.key])  # fmt: skip


def test_a_call_that_still_runs_is_looked_up_and_not_sent_again(processor):
    processor.faults = [error(409, "idempotency_error", code="idempotency_key_in_use")]
    reference = approved()
    send()
    _, payout = now(reference)
    assert payout.state is PayoutState.UNKNOWN


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        (error(400, code="charge_already_refunded"), FailedKind.FINAL,
         "the payment was returned in full already, by its processor"),
        (error(400, param="amount"), FailedKind.FINAL,
         "it is more than is left of the payment at its processor"),
        (error(404, code="resource_missing", param="charge"), FailedKind.FIXABLE,
         "the processor doesn't know this payment: choose another way to be paid"),
        (error(402, "card_error", code="card_declined"), FailedKind.FIXABLE,
         "the way you paid can't take this refund: choose another way to be paid"),
        (error(400, code="charge_disputed"), FailedKind.FINAL,
         "the payment is disputed with the bank that made it"),
        (error(400, code="new_code"), FailedKind.FINAL, "the processor refused it (new_code)"),
        (error(429, code="rate_limit"), FailedKind.WAIT, "the processor takes no call now (429)"),
        (error(400, code="balance_insufficient"), FailedKind.WAIT,
         "the shop's balance at the processor is too small just now"),
    ],
)  # fmt: skip
def test_a_refusal_is_told_in_words_with_what_can_be_done(processor, answer, kind, reason):
    processor.faults = [answer]
    reference = approved()
    send()
    row, payout = now(reference)
    assert (payout.state, payout.failed_kind, payout.failed_reason) == (
        PayoutState.FAILED, kind, reason)  # fmt: skip
    waits = kind is FailedKind.WAIT
    assert row.status is (Status.APPROVED if waits else Status.PAYOUT_FAILED)
    assert (payout.next_try_at is not None) is waits
    assert processor.refunds == []


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("status", "why", "kind"),
    [
        ("failed", "expired_or_canceled_card", FailedKind.FIXABLE),
        ("failed", "unknown", FailedKind.FINAL),
        ("canceled", "merchant_request", FailedKind.FINAL),
    ],
)
def test_a_refund_that_comes_back_fails(processor, status, why, kind):
    processor.status = "requires_action"
    reference = approved()
    send()
    assert now(reference)[1].state is PayoutState.SENT
    processor.refunds[0] |= {"status": status, "failure_reason": why}
    send(now(reference)[1].next_try_at)
    _, payout = now(reference)
    assert (payout.state, payout.failed_kind) == (PayoutState.FAILED, kind)


def test_after_a_refusal_that_was_mended_the_call_is_another_one(processor):
    processor.faults = [error(404, code="resource_missing", param="charge")]
    reference = approved()
    send()
    act(paying.retry, reference)
    send()
    row, payout = now(reference)
    assert (row.status, payout.state) == (Status.PAID, PayoutState.PAID)
    assert [key for key, _ in processor.calls] == [payout.key, f"{payout.key}.2"]


def test_what_was_refunded_all_the_same_is_found_before_another_call(processor):
    reference = approved()
    processor.status = "pending"
    send()
    act(paying.mark_failed, reference, reason="The bank never saw it.")
    processor.refunds[0]["status"] = "succeeded"
    act(paying.retry, reference)
    send()
    row, payout = now(reference)
    assert (row.status, payout.payer_reference) == (Status.PAID, "re_1")
    assert len(processor.refunds) == len(processor.calls) == 1


def test_what_a_program_says_failed_is_looked_for_at_the_charge_that_was_tried(processor):
    reference = approved()
    processor.status = "pending"
    send()
    with transaction():
        row = claim_for_change(reference)
        report_failed(row, row.payout, kind=FailedKind.FIXABLE, reason="Nothing came.", at=NOW,
                      said_by="shop backend", policy=factories.policy(SHOP))  # fmt: skip
        db.session.query(Order).one().charge = "ch_2"
    processor.charges["ch_2"] = {"amount": 50, "currency": "usd"}
    processor.refunds[0]["status"] = "succeeded"
    act(paying.retry, reference)
    send()
    row, payout = now(reference)
    assert (row.status, payout.payer_reference, [each["charge"] for each in processor.refunds]) == (
        Status.PAID, "re_1", ["ch_1"])  # fmt: skip


def test_after_a_sure_refusal_the_next_try_is_of_the_charge_that_the_records_name_by_then(
    processor,
):
    processor.faults = [error(404, code="resource_missing", param="charge")]
    reference = approved()
    send()
    with transaction():
        db.session.query(Order).one().charge = "ch_2"
    processor.charges["ch_2"] = {"amount": 50, "currency": "usd"}
    act(paying.retry, reference)
    send()
    row, _ = now(reference)
    assert (row.status, [each["charge"] for each in processor.refunds]) == (Status.PAID, ["ch_2"])


def test_a_payment_in_another_currency_is_left_alone(processor):
    processor.charges["ch_1"]["currency"] = "eur"
    rail = OriginalRail(KEY, processor.url)
    answer = rail.send(rail.prepare([instruction()]))
    assert (answer.became, answer.kind, processor.calls) == (Became.FAILED, FailedKind.FIXABLE, [])
    assert answer.detail.startswith("it was paid in EUR and is returned in USD")


def test_a_wrong_key_or_no_answer_before_the_call_only_waits(processor):
    for rail in (OriginalRail("sk_wrong", processor.url), OriginalRail(KEY, "http://127.0.0.1:9")):
        answer = rail.send(rail.prepare([instruction()]))
        assert (answer.became, answer.kind) == (Became.FAILED, FailedKind.WAIT)
        assert rail.look_up(instruction()).became is Became.UNKNOWN
    assert processor.calls == []


def test_an_intent_is_refunded_by_its_name(processor):
    processor.charges["pi_1"] = {"amount": 50, "currency": "usd"}
    rail = OriginalRail(KEY, processor.url)
    one = instruction(charge="pi_1")
    assert rail.look_up(one).became is Became.MISSING
    assert rail.send(rail.prepare([one])).became is Became.PAID
    assert processor.calls[0][1]["payment_intent"] == "pi_1"
    assert rail.look_up(one).reference == "re_1"


def test_amounts_are_counted_as_the_api_counts_them():
    rail = OriginalRail(KEY)
    counted = [rail.prepare([instruction(amount=Money(50, name))]).amount
               for name in ("USD", "JPY", "KWD", "ISK", "UGX")]  # fmt: skip
    assert counted == [50, 50, 50, 5000, 5000]
    for whole in ("BIF", "DJF", "GNF", "KMF", "MGA", "RWF", "VUV", "XPF"):
        assert rail.prepare([instruction(amount=Money(1200, whole))]).amount == 12
    for finer in (Money(1250, "MGA"), Money(Fraction(1, 2), "USD")):
        with pytest.raises(RailRefused, match="is finer than can be paid"):
            rail.prepare([instruction(amount=finer)])
    with pytest.raises(RailRefused, match="don't say by which charge"):
        rail.prepare([instruction(charge=None)])
    assert rail.describe() == "Refunds payments through the processor at api.stripe.com"


@pytest.mark.parametrize(("given", "field"), [({"key": ""}, "key"), ({"key": "sk x"}, "key"),
                                              ({"key": KEY, "url": "http://shop.example"}, "url")])  # fmt: skip
@pytest.mark.usefixtures("app")
def test_what_is_no_setting_is_refused(given, field):
    with pytest.raises(setting.RailNotSet) as refused:
        setting.set_rail(SHOP, Rail.ORIGINAL, given=given, at=NOW, loopback=True)
    assert refused.value.field == field
