"""What nobody asked for is paid once, within the day's limit, by the records as they are when it is paid."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from portal.claims.lifecycle import Origin, Status
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.refusals import NotOwed
from portal.claims.verbs import filing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import Payout, PayoutState, Rail
from portal.mail.models import MailState, OutboxMail
from portal.money import Money
from portal.payouts import setting
from portal.payouts.owed import refunding, switching
from portal.payouts.owed.models import OwedShop
from portal.payouts.sending import send_due
from portal.payouts.verifying import verify
from portal.policy.deciding.document import Unasked
from portal.records.models import Message, Order
from portal.translation import of_the_shop
from tests import factories
from tests.conftest import NOW
from tests.payouts.owed.orders import listed, read_at, search
from tests.payouts.shops import crediting
from tests.races import race
from tests.sizes import AT_ONCE

PLUG = "numberplug"
AT = NOW + timedelta(hours=2)


@pytest.fixture
def plug(app):
    """A shop on `pay`, a dollar a day, with three orders of fifty cents that are owed for."""
    factories.account(shop=PLUG)
    for number in range(3):
        factories.order(shop=PLUG, reference=f"A-{number}")
    policy = factories.policy(PLUG)
    limit = Money(100, "USD")
    policy = replace(
        policy, shop=replace(policy.shop, unasked=Unasked.PAY, unasked_daily_limit=limit)
    )
    read_at(AT, shop=PLUG)
    search(policy, at=AT)
    return policy


def due(policy, *, at=AT):
    return refunding.refund_due(policies={policy.id: policy}, now=at)


def claims():
    db.session.rollback()
    return db.session.scalars(select(Claim).order_by(Claim.id)).all()


def letters():
    rows = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id))
    return [(mail.event, mail.state, mail.subject) for mail in rows]


def test_the_worker_pays_up_to_the_days_limit_and_goes_on_the_next_day(plug):
    assert due(plug) == 2
    assert due(plug) == 0
    assert list(listed(plug)) == ["A-2"]
    first, second = claims()
    assert [each.order_reference for each in (first, second)] == ["A-0", "A-1"]
    assert (first.origin, first.status, first.reason, first.email) == (
        Origin.POLICY, Status.APPROVED, "sms_not_received", "kim@example.com")  # fmt: skip
    assert [event.action.value for event in first.events] == ["file", "approve"]
    assert (first.decision.automatic, first.decision.document["clauses"]) == (True, ["NP-2.1"])
    assert (first.payout.destination, first.payout.state, first.payout.amount) == (
        "balance", PayoutState.DUE, Money(50, "USD"))  # fmt: skip
    assert due(plug, at=AT + timedelta(days=1)) == 1
    assert listed(plug) == {}
    assert list(verify()) == []


def test_above_the_limit_a_person_releases(plug):
    due(plug)
    by = factories.reviewer(may_pay=True)
    paid, refused = refunding.refund_each(["A-2", "A-0", "A-9"], policy=plug, at=AT, by=by)
    assert [claim.order_reference for claim in paid] == ["A-2"]
    assert refused == ["A-0", "A-9"]
    assert claims()[-1].events[0].reviewer.id == by.id
    assert len(claims()) == 3


def test_without_a_limit_the_shops_automatic_limit_is_the_days(plug):
    none = replace(plug, shop=replace(plug.shop, unasked_daily_limit=None))
    assert none.shop.unasked_a_day == none.shop.automatic_limit
    assert due(none) == 3


def test_a_shop_that_only_lists_pays_nothing_by_itself(plug):
    lists = replace(plug, shop=replace(plug.shop, unasked=Unasked.LIST))
    assert due(lists) == 0
    assert len(listed(lists)) == 3


def test_an_sms_that_arrives_between_search_and_payment_stops_it(plug):
    order = db.session.scalars(select(Order).where(Order.reference == "A-0")).one()
    factories.keep(Message(order_id=order.id, received_at=NOW - timedelta(minutes=50), service=""))
    with pytest.raises(NotOwed), transaction():
        refunding.refund("A-0", policy=plug, at=AT)
    assert claims() == []
    due(plug)
    assert [claim.order_reference for claim in claims()] == ["A-1", "A-2"]
    assert "A-0" not in listed(plug)
    assert search(plug, at=AT) == 1


def test_a_claim_that_somebody_sends_meanwhile_stops_it(plug):
    factories.claim(shop=PLUG, order_reference="a 0", email="mallory@example.com", at=AT)
    with pytest.raises(NotOwed), transaction():
        refunding.refund("A-0", policy=plug, at=AT)
    assert [claim.email for claim in claims()] == ["mallory@example.com"]


def test_who_stops_it_stops_the_next_one_and_it_outlasts_restarts(plug):
    by = factories.reviewer(may_pay=True)
    with transaction():
        switching.turn(PLUG, stopped=True, by=by, at=AT)
    assert due(plug) == 0
    last = switching.last_turn(PLUG)
    assert (last.stopped, last.at, last.reviewer.id) == (True, AT, by.id)
    later = AT + timedelta(minutes=1)
    with transaction():
        switching.turn(PLUG, stopped=True, by=by, at=later)
    assert switching.last_turn(PLUG).at == AT
    with transaction():
        switching.turn(PLUG, stopped=False, by=by, at=later)
    assert due(plug) == 2


@AT_ONCE
def test_the_days_limit_holds_while_workers_race(app, plug):
    race(app, [lambda: due(plug)] * 4)
    assert len(claims()) == 2
    assert db.session.get(OwedShop, PLUG).paid_minor == 100
    assert len(listed(plug)) == 1


@AT_ONCE
def test_a_worker_a_person_and_the_customer_at_once_make_one_refund(app, plug):
    given = {"shop": PLUG, "order_reference": "A-0", "at": AT, "number_used": None}
    drafts = [factories.draft(**given).reference for _ in range(2)]

    def sends(reference):
        with transaction():
            filing.submit(claim_for_change(reference), policy=plug, at=AT)

    race(
        app,
        [
            lambda: due(plug),
            lambda: refunding.refund_each(["A-0"], policy=plug, at=AT),
            *(lambda reference=each: sends(reference) for each in drafts),
        ],
    )
    about = [claim for claim in claims() if claim.order_reference == "A-0"]
    assert len([payout for claim in about for payout in claim.payouts]) == 1
    assert list(verify()) == []


@pytest.fixture
def credited(plug):
    """A shop that credits balances; what is due is paid."""
    with crediting() as shop:
        given = {"url": shop.url}
        with transaction():
            read = setting.set_rail(PLUG, Rail.BALANCE, given=given, at=AT, loopback=True)
        shop.secret = read.secret
        due(plug)
        yield shop


def test_by_a_balance_rail_it_arrives_and_is_told_once_as_returned(plug, credited):
    waiting = [(event, state) for event, state, _ in letters()]
    assert waiting == [("returned", MailState.WAITING)] * 2
    assert send_due(policies={PLUG: plug}, now=AT) == 2
    assert credited.balances == {"kim@example.com": "1.00"}
    assert [claim.status for claim in claims()] == [Status.PAID] * 2
    assert sorted(letters()) == [
        (
            "returned",
            MailState.WAITING,
            f"We returned 0.50 USD for A-{number}; you had to do nothing",
        )
        for number in range(2)
    ]
    assert list(verify()) == []


def test_without_a_rail_it_waits_for_a_payer_and_says_by_when(plug):
    due(plug)
    event, _, subject = letters()[0]
    assert (event, subject) == ("returned", "We return 0.50 USD for A-0; you have to do nothing")
    mail = db.session.scalars(select(OutboxMail)).first()
    assert "It is there by" in mail.text
    payout = db.session.scalars(select(Payout)).first()
    assert payout.rail is Rail.MANUAL


def saying(policy, *languages):
    """The shop with a word in these languages too."""
    label = of_the_shop("The SMS never came", dict.fromkeys(languages, "…"))
    first, *others = policy.shop.reasons
    reasons = (replace(first, label=label), *others)
    return replace(policy, shop=replace(policy.shop, reasons=reasons))


@pytest.mark.one_in(4)
@pytest.mark.usefixtures("pseudo_words")
@pytest.mark.parametrize(
    ("newest", "there", "kept"),
    [
        ("en-Dsrt", ["en_Dsrt"], "en-Dsrt"),
        ("en-Dsrt", ["de"], None),
        ("en-Dsrt", [], None),
        (None, ["de", "fr"], "de"),
    ],
)
def test_it_is_told_in_the_language_of_the_newest_claim_where_the_shop_has_words_in_it(
    plug, newest, there, kept
):
    given = {"shop": PLUG, "at": AT}
    factories.claim(order_reference="B-1", language="de", **given)
    factories.claim(order_reference="B-2", language=newest, **given)
    factories.claim(order_reference="B-3", language="fr", email="ben@example.com", **given)
    factories.draft(order_reference="B-4", language="fr", confirmed=False, **given)
    with transaction():
        claim = refunding.refund("A-0", policy=saying(plug, *there), at=AT)
    assert claim.language == kept
    mail = db.session.scalars(select(OutboxMail).where(OutboxMail.event == "returned")).one()
    assert mail.subject.startswith("⟦" if kept == newest else "We return 0.50 USD for A-0")


def test_a_claim_about_what_was_returned_so_is_told_that_it_went_back(plug, credited):
    send_due(policies={PLUG: plug}, now=AT)
    claim = factories.claim(shop=PLUG, order_reference="A-0", at=AT)
    assert claim.outcome == "deny"
    first = claims()[0]
    assert [(each["source"], each["claim"]) for each in claim.returned] == [
        ("portal", first.reference)]  # fmt: skip
    facts = [fact for step in claim.decision.document["trace"] for fact in step["facts"]]
    refunded = [fact for fact in facts if fact["fact"] == "order.refunded_at"]
    assert refunded
    assert {fact["source"] for fact in refunded} == {"portal"}


def test_an_order_whose_claim_was_withdrawn_is_owed_again(plug):
    with transaction():
        db.session.execute(delete(Order).where(Order.reference != "A-0"))
    claim = factories.claim(shop=PLUG, order_reference="A-0", reason="technical_error", at=AT)
    assert "A-0" not in listed(plug)
    with transaction():
        filing.withdraw(claim_for_change(claim.reference), policy=plug, at=AT)
    assert search(plug, at=AT) == 1
    due(plug)
    assert claims()[-1].origin is Origin.POLICY
