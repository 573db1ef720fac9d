"""Where the money goes: changed by its owner until it is paid, told by e-mail, never the way that is closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.claims.lifecycle import Action, NotAllowed, Status
from portal.claims.models import Claim
from portal.claims.payout.details import read
from portal.claims.payout.payee import name_payee, payee_of
from portal.claims.payout.ways import methods_open
from portal.claims.queries import claim_for_change
from portal.claims.refusals import AmountRefused, NeedsAnother, PaidTooEarly
from portal.claims.verbs import filing, mending, reviewing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import PayoutState
from portal.mail.models import OutboxMail
from portal.money import Money
from portal.payouts import paying
from portal.people.reviewers import Reviewer
from portal.records.models import Order
from portal.web.customer.story.mails import told
from portal.web.customer.story.next_step import next_step
from tests import factories
from tests.factories import NOW, SHOP

CAME = NOW - timedelta(minutes=50)
OLD, NEW = ({"email": f"{name}@example.com"} for name in ("kim.old", "kim.new"))
USD50 = Money(50, "USD")
DAY = timedelta(hours=24)


def again(claim):
    db.session.rollback()
    return db.session.scalars(select(Claim).where(Claim.reference == claim.reference)).one()


def letters(claim):
    found = select(OutboxMail).where(OutboxMail.about == claim.reference).order_by(OutboxMail.id)
    return list(db.session.scalars(found))


def sent(method="paypal", given=OLD, shop=SHOP, **answers):
    """A claim that asks for a payout and waits for a person."""
    draft = factories.draft(shop=shop, destination="payout", **answers)
    with transaction():
        row = claim_for_change(draft.reference)
        name_payee(row, details=read(method, given))
        filing.submit(row, policy=factories.policy(shop), at=NOW)
    return again(draft)


def change(claim, given=NEW, *, method="paypal", policy=None):
    with transaction():
        row = claim_for_change(claim.reference)
        mending.change_payee(row, details=read(method, given),
                                 policy=policy or factories.policy(row.shop),
                            at=NOW)  # fmt: skip
    return again(claim)


def act(verb, claim, *, at=NOW, by=None, **given):
    with transaction():
        row = claim_for_change(claim.reference)
        verb(
            row,
            by=db.session.get_one(Reviewer, by) if by else factories.reviewer(may_pay=True),
            at=at,
            seen=row.version,
            policy=factories.policy(row.shop),
            **given,
        )
    return again(claim)


def approved():
    claim = sent()
    act(reviewing.approve, claim, amount=USD50, override_reason="Seen.")
    return again(factories.released(claim))


@pytest.mark.usefixtures("app")
class TestChanging:
    """Other details after the claim was sent."""

    def test_while_it_waits_for_a_person(self):
        claim = sent()
        assert claim.status is Status.IN_REVIEW
        seen = claim.version
        claim = change(claim)
        assert (claim.status, payee_of(claim).email) == (Status.IN_REVIEW, "kim.new@example.com")
        assert claim.version > seen
        event = claim.events[-1]
        assert (event.action, event.note) == (Action.CHANGE_PAYOUT, None)
        assert event.internal == "Before: PayPal, ki•••@example.com"
        assert claim.decision.cause is Action.CHANGE_PAYOUT
        mail = letters(claim)[-1]
        assert (mail.event, mail.recipient) == ("payee_changed", claim.email)
        assert "PayPal e-mail: ki•••@example.com" in mail.text
        assert "kim.new" not in mail.text

    def test_what_is_approved_stays_owed_and_waits_a_day_for_another_person(self):
        claim = approved()
        claim = change(claim)
        assert (claim.status, claim.payout.state, claim.payout.amount, claim.payout.not_before) == (
            Status.APPROVED, PayoutState.HELD, USD50, NOW + DAY)  # fmt: skip
        assert claim.due_at >= NOW + DAY
        assert claim.payout.held[-1] == {
            "kind": "second_person",
            "text": "The customer changed where it goes; before it was PayPal, ki•••@example.com.",
        }
        text = letters(claim)[-1].text
        assert "Your claim stays approved: 0.50 USD. We pay it there." in text
        assert "it does not leave before Thu 5 Mar 2026, 10:00 UTC." in text
        assert "A second person of our team looks at the change first." in text
        said = next_step(claim, factories.policy(), at=NOW).text
        assert "it does not leave before Thu 5 Mar 2026, 10:00 UTC." in said
        assert "A second person of our team looks at the change first." in said

    def test_nobody_pays_it_before_its_hour_and_not_who_approved_it(self):
        claim = change(approved())
        with pytest.raises(PaidTooEarly) as early:
            act(paying.mark_paid, claim, reference="TX-1", because="Looked at it.")
        assert str(early.value) == (
            "The customer changed where it goes. It can be paid from Thu 5 Mar 2026, 10:00 UTC on."
        )
        claim = again(claim)
        with pytest.raises(NeedsAnother):
            act(paying.mark_paid, claim, reference="TX-1", because="It is fine.", at=NOW + DAY,
                by=claim.ruling.reviewer_id)  # fmt: skip
        claim = act(
            paying.mark_paid, claim, reference="TX-1", because="Looked at it.", at=NOW + DAY
        )
        assert claim.status is Status.PAID

    def test_where_one_person_does_all_it_waits_for_its_hour_alone(self):
        alone = replace(
            factories.policy(), shop=replace(factories.policy().shop, second_person=False)
        )
        claim = change(approved(), policy=alone)
        assert (claim.payout.state, claim.payout.not_before) == (PayoutState.DUE, NOW + DAY)

    def test_another_name_at_the_same_destination_waits_for_nothing(self):
        claim = sent("iban", {"holder": "Kim", "iban": "DE89370400440532013000"})
        claim = act(reviewing.approve, claim, amount=USD50, override_reason="Seen.")
        claim = again(factories.released(claim))
        same = {"holder": "Kim Example", "iban": "DE89 3704 0044 0532 0130 00"}
        claim = change(claim, same, method="iban")
        assert (claim.payout.state, claim.payout.not_before) == (PayoutState.DUE, None)
        assert letters(claim)[-1].event == "payee_changed"

    def test_what_was_changed_before_the_approval_waits_from_the_change(self):
        claim = change(sent())
        claim = act(reviewing.approve, claim, amount=USD50, override_reason="Seen.")
        assert claim.payout.not_before == NOW + DAY
        assert [cause["text"] for cause in claim.payout.held] == [
            "It was approved otherwise than the policy says, or for more.",
            "The customer changed where it goes since the claim was sent.",
        ]

    def test_after_a_payout_failed_it_is_told_too(self):
        claim = act(paying.mark_failed, approved(), reason="No such account.")
        claim = change(claim)
        assert (claim.status, claim.payout.state, claim.payout.not_before) == (
            Status.APPROVED, PayoutState.HELD, NOW + DAY)  # fmt: skip
        assert [(mail.event, mail.recipient) for mail in letters(claim)][-4:] == [
            ("payout_failed", claim.email),
            ("payee_named", OLD["email"]),
            ("payee_named", NEW["email"]),
            ("payee_changed", claim.email),
        ]

    def test_the_old_and_the_new_contact_read_of_it_and_learn_no_more(self):
        claim = change(sent())
        old, new = letters(claim)[-3:-1]
        assert (old.subject, new.subject) == (
            f"{claim.reference}: a refund no longer goes to this address",
            f"{claim.reference}: this address was named for a refund",
        )
        for mail in (old, new):
            assert claim.email not in mail.text + mail.html
            assert "/claims/" not in mail.text + mail.html
        assert [each.subject for each in told(letters(claim), factories.policy())] == [
            mail.subject for mail in letters(claim)[::-1] if mail.recipient == claim.email
        ]

    @pytest.mark.parametrize("given", [OLD, {"email": factories.EMAIL}])
    def test_who_is_told_already_gets_no_second_letter(self, given):
        claim = change(sent(given={"email": factories.EMAIL}), given)
        named = [mail.recipient for mail in letters(claim) if mail.event == "payee_named"]
        assert named == [each for each in [given["email"]] if each != factories.EMAIL]

    def test_not_once_it_is_paid(self):
        claim = approved()
        act(paying.mark_paid, claim, reference="TX-1")
        with pytest.raises(NotAllowed):
            change(claim)
        assert payee_of(again(claim)).email == "kim.old@example.com"

    def test_not_where_it_goes_to_the_balance(self):
        factories.account()
        factories.order()
        claim = factories.claim()
        assert claim.payout.destination == "balance"
        with pytest.raises(NotAllowed):
            change(claim)
        claim = act(paying.mark_failed, claim, reason="The shop did not answer.")
        with pytest.raises(NotAllowed):
            change(claim)
        mail = letters(claim)[-1]
        assert "We tried to put 0.50 USD on your balance" in mail.text
        assert "You need to do nothing." in mail.text
        claim = act(paying.retry, claim)
        act(paying.mark_paid, claim, reference="TX-1")
        assert again(claim).status is Status.PAID


@pytest.mark.usefixtures("app")
class TestTheWayYouPaid:
    """Where the method takes no refund it is neither offered nor approved into."""

    def test_it_is_offered_unless_the_records_say_that_it_takes_no_refund(self):
        order = factories.order()
        ways = methods_open(factories.draft(), policy=factories.policy(), at=NOW)
        assert ways == list(factories.policy().shop.payout_methods)
        with transaction():
            db.session.merge(order).payment_method_refundable = False
        left = methods_open(factories.draft(), policy=factories.policy(), at=NOW)
        assert left == [each for each in ways if each != "original"]

    @pytest.mark.parametrize(("spent", "offered"), [(False, False), (True, True)])
    def test_of_a_balance_the_top_ups_that_are_left_count(self, spent, offered):
        factories.account()
        factories.top_up(at=NOW - timedelta(days=3), method_refundable=False)
        if spent:
            factories.purchase(at=NOW - timedelta(days=2))
            factories.top_up(at=NOW - timedelta(days=1))
        draft = factories.draft(order_reference="", reason="unused_balance", destination="payout",
                                asked=USD50)  # fmt: skip
        ways = methods_open(draft, policy=factories.policy(), at=NOW)
        assert ("original" in ways) is offered

    def test_chosen_all_the_same_another_way_is_asked_for(self):
        factories.account(shop="client-numbers")
        factories.order(shop="client-numbers", kind="rental", price_minor=1200, was_orderable=True,
                        unavailable_at=NOW - timedelta(hours=1), payment_method_refundable=False)  # fmt: skip
        claim = sent("original", {}, shop="client-numbers", reason="number_unavailable",
                     asked=Money(1200, "USD"))  # fmt: skip
        assert claim.payout_method is None
        assert claim.status is Status.NEEDS_INFORMATION
        assert any(path.startswith("claim.payout") for path in claim.missing)

    def test_a_reviewer_does_not_approve_into_it(self):
        factories.order(messages=[(CAME, "WhatsApp")])
        claim = sent("original", {})
        assert claim.payout_method == "original"
        with transaction():
            row = claim_for_change(claim.reference)
            row.facts = row.facts | {
                "order": row.facts["order"] | {"payment_method_refundable": False}
            }
            db.session.scalars(select(Order)).one().payment_method_refundable = False
        with pytest.raises(AmountRefused, match="takes no refund"):
            act(reviewing.approve, claim, amount=USD50, override_reason="x")

    def test_nor_a_payout_without_details(self):
        claim = factories.claim(destination="payout")
        with pytest.raises(AmountRefused, match="gave no payout details"):
            act(reviewing.approve, claim, amount=USD50, override_reason="x")
