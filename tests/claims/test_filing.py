"""A customer's claim: drafted, sent once, one open for an order, withdrawn, appealed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.claims import filing, reviewing
from portal.claims.lifecycle import Action, NotAllowed, Role, Status
from portal.claims.models import (
    Claim,
    ClaimCount,
    ClaimEvent,
    EvidenceState,
    Payout,
    PayoutState,
    StoredDecision,
)
from portal.claims.queries import claim_for_change
from portal.claims.refusals import AlreadyOpen, AppealRefused, Incomplete
from portal.database import transaction
from portal.extensions import db
from portal.mail.models import OutboxMail
from portal.money import Money
from tests import factories
from tests.factories import EMAIL, NOW, ORDER, SHOP
from tests.races import race


def count(table):
    return db.session.scalar(select(func.count()).select_from(table))


def letters(claim):
    about = (
        select(OutboxMail.event).where(OutboxMail.about == claim.reference).order_by(OutboxMail.id)
    )
    return [
        event.value if hasattr(event, "value") else event for event in db.session.scalars(about)
    ]


def submit(reference, *, at=NOW):
    """Send a draft as a request does: under its lock, in one transaction."""
    with transaction():
        claim = claim_for_change(reference)
        filing.submit(claim, policy=factories.policy(claim.shop), at=at)


def declined(**given):
    """A claim that a reviewer declined at NOW; an appeal is open for 14 days."""
    claim = factories.claim(**given)
    by = factories.reviewer()
    with transaction():
        reviewing.decline(
            claim,
            clause="SS-N3",
            customer_text="The SMS arrived.",
            by=by,
            at=NOW,
            seen=claim.version,
            policy=factories.policy(),
            override_reason="The table shows it.",
        )
    return claim


@pytest.mark.parametrize(
    ("given", "key"),
    [("A-1001", "A1001"), (" a 10-01 ", "A1001"), ("№ 12/34", "1234"), ("", None), (" - ", None)],
)
def test_an_order_typed_differently_is_the_same_order(app, given, key):
    with transaction():
        claim = filing.start(shop=SHOP, order_reference=given, email=EMAIL, at=NOW)
    assert claim.order_key == key


def test_a_draft_has_a_reference_to_read_aloud_and_nothing_of_the_order(app):
    factories.account()
    factories.order()
    with transaction():
        claim = filing.start(shop=SHOP, order_reference=ORDER, email="Kim@Example.com", at=NOW)
    groups = claim.reference.split("-")
    assert [len(group) for group in groups] == [4, 4]
    assert set("".join(groups)) <= set(filing.ALPHABET)
    assert not set("01OILS") & set(filing.ALPHABET) - {"S"}
    assert (claim.status, claim.email, claim.facts, claim.order_known) == (
        Status.DRAFT,
        EMAIL,
        {},
        False,
    )


def test_another_address_has_to_be_confirmed_again(app):
    claim = factories.draft()
    with transaction():
        filing.name_order(claim, order_reference=ORDER, email="KIM@example.com")
    assert claim.email_confirmed_at == NOW
    with transaction():
        filing.name_order(claim, order_reference=ORDER, email="lee@example.com")
    assert (claim.email, claim.email_confirmed_at) == ("lee@example.com", None)


def test_an_answer_left_out_leaves_the_one_given_before(app):
    claim = factories.draft(remedy="refund")
    with transaction():
        filing.answer(claim, description="It came late.", asked=Money(50, "USD"), number_used=True)
    assert (claim.reason, claim.remedy, claim.description, claim.asked, claim.number_used) == (
        "sms_not_received",
        "refund",
        "It came late.",
        Money(50, "USD"),
        True,
    )


def test_answers_that_the_reason_does_not_ask_for_are_dropped(app):
    claim = factories.draft(asked=Money(50, "USD"))
    with transaction():
        filing.forget_answers(claim, names=["asked", "number_used"])
    assert (claim.asked, claim.number_used, claim.reason) == (None, None, "sms_not_received")


@pytest.mark.parametrize("field", ["email_confirmed_at", "reason", "terms_confirmed_at"])
def test_a_draft_that_lacks_something_is_not_sent(app, field):
    claim = factories.draft()
    with transaction():
        setattr(claim, field, None)
    with pytest.raises(Incomplete) as refused:
        submit(claim.reference)
    assert refused.value.field == field
    assert (claim.status, claim.submitted_at, letters(claim)) == (Status.DRAFT, None, [])


def test_a_sent_claim_is_decided_told_and_dated_in_one_go(app):
    factories.account()
    factories.order()
    claim = factories.claim()
    assert (claim.status, claim.submitted_at, claim.order_known) == (Status.APPROVED, NOW, True)
    assert [(e.action, e.role, e.before, e.after, e.at) for e in claim.events] == [
        (Action.SUBMIT, Role.CUSTOMER, Status.DRAFT, Status.SUBMITTED, NOW),
        (Action.APPROVE, Role.POLICY, Status.SUBMITTED, Status.APPROVED, NOW),
    ]
    assert letters(claim) == ["approved"]
    assert claim.open_key == f"{SHOP}:{EMAIL}:A1001"


def test_a_second_click_does_nothing(app):
    claim = factories.claim()
    version = claim.version
    submit(claim.reference, at=NOW + timedelta(seconds=1))
    assert (claim.version, claim.submitted_at, letters(claim)) == (version, NOW, ["received"])


def test_what_the_logs_say_later_does_not_change_a_claim_that_was_sent(app):
    order = factories.order(expires_at=NOW + timedelta(minutes=5), ordered_at=NOW)
    claim = factories.claim()
    facts = claim.facts
    with transaction():
        order.service = "Telegram"
    db.session.expire_all()
    assert claim.facts == facts
    assert claim.facts["order"]["service"] == "WhatsApp"


def test_the_draft_is_judged_by_the_logs_of_the_moment_it_is_sent(app):
    claim = factories.draft()
    assert claim.facts == {}
    factories.order()
    submit(claim.reference)
    assert (claim.order_known, claim.status) == (True, Status.APPROVED)


def test_twenty_clicks_at_once_send_one_claim_and_one_mail(app):
    factories.account()
    factories.order()
    claim = factories.draft()
    reference = claim.reference
    assert race(app, [lambda: submit(reference)] * 20) == [None] * 20
    assert (claim.status, len(claim.events), letters(claim)) == (
        Status.APPROVED,
        2,
        ["approved"],
    )
    assert (count(Payout), count(StoredDecision)) == (1, 1)
    assert [(c.status, c.count) for c in db.session.scalars(select(ClaimCount)) if c.count] == [
        (Status.APPROVED, 1)
    ]


@pytest.mark.usefixtures("app")
class TestOneOpenClaim:
    """An order has one open claim of its holder."""

    def test_a_second_is_refused_and_names_the_first(self):
        first = factories.claim()
        second = factories.draft(order_reference="a 1001", confirmed=False)
        with pytest.raises(AlreadyOpen) as refused, transaction():
            filing.confirm_address(second, at=NOW)
        assert refused.value.reference == first.reference
        assert second.email_confirmed_at is None

    def test_the_second_of_two_drafts_is_refused_when_it_is_sent(self):
        first, second = factories.draft(), factories.draft()
        submit(first.reference)
        with pytest.raises(AlreadyOpen) as refused:
            submit(second.reference)
        assert refused.value.reference == first.reference
        assert (second.status, letters(second)) == (Status.DRAFT, [])

    def test_of_two_drafts_sent_at_the_same_moment_one_is_open(self, app):
        drafts = [factories.draft().reference for _ in range(2)]
        results = race(app, [lambda reference=each: submit(reference) for each in drafts])
        assert [type(result) for result in results if result] == [AlreadyOpen]
        claims = {claim.reference: claim for claim in db.session.scalars(select(Claim))}
        sent = drafts[results.index(None)]
        (refused,) = set(drafts) - {sent}
        assert claims[sent].status is Status.IN_REVIEW
        assert (claims[refused].status, claims[refused].open_key) == (Status.DRAFT, None)
        (error,) = [result for result in results if result]
        assert error.reference == sent
        assert count(OutboxMail) == 1

    def test_of_ten_drafts_sent_at_the_same_moment_one_is_open(self, app):
        drafts = [factories.draft(files=0).reference for _ in range(10)]
        results = race(app, [lambda reference=each: submit(reference) for each in drafts])
        assert [type(result) for result in results].count(AlreadyOpen) == 9
        sent = drafts[results.index(None)]
        assert {error.reference for error in results if error} == {sent}
        assert count(OutboxMail) == 1

    def test_another_order_shop_or_holder_has_a_claim_of_its_own(self):
        claims = [
            factories.claim(),
            factories.claim(order_reference="A-1002"),
            factories.claim(shop="numberplug"),
            factories.claim(email="lee@example.com"),
        ]
        assert len({claim.open_key for claim in claims}) == 4

    def test_the_balance_has_one_too_whatever_order_is_named(self):
        factories.account()
        factories.top_up()
        given = {"reason": "unused_balance", "asked": Money(500, "USD"), "destination": "payout"}
        first = factories.claim(order_reference="", **given)
        with pytest.raises(AlreadyOpen) as refused:
            factories.claim(order_reference="A-7", **given)
        assert refused.value.reference == first.reference

    def test_a_claim_that_ended_frees_its_order(self):
        first = factories.claim()
        with transaction():
            filing.withdraw(first, at=NOW)
        second = factories.claim()
        assert (first.status, second.status) == (Status.WITHDRAWN, Status.IN_REVIEW)


@pytest.mark.usefixtures("app")
class TestMissingInformation:
    """The policy asks, the customer gives, and the claim is decided again."""

    @pytest.fixture
    def claim(self):
        """A claim of a wrong code without the screenshot that shows it."""
        factories.order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
        return factories.claim(reason="wrong_code", files=0)

    def test_a_claim_waits_for_what_is_missing(self, claim):
        assert (claim.status, claim.missing) == (Status.NEEDS_INFORMATION, ["claim.evidence"])
        assert claim.due_at == claim.information_due_at == NOW + timedelta(days=14)
        assert letters(claim) == ["needs_information"]

    def test_what_was_missing_sends_it_on(self, claim):
        factories.evidence(claim)
        later = NOW + timedelta(days=2)
        with transaction():
            filing.complete(claim, policy=factories.policy(), at=later)
        assert (claim.status, claim.missing) == (Status.IN_REVIEW, [])
        assert [event.after for event in claim.events] == [
            Status.SUBMITTED,
            Status.NEEDS_INFORMATION,
            Status.SUBMITTED,
            Status.IN_REVIEW,
        ]
        # Two working days from Friday 10:00, since SS-M3 counts from when it was given.
        assert claim.review_due_at == NOW + timedelta(days=6)
        assert letters(claim) == ["needs_information", "received"]

    def test_nothing_new_leaves_it_waiting_from_the_first_asking(self, claim):
        with transaction():
            filing.complete(claim, policy=factories.policy(), at=NOW + timedelta(days=2))
        assert claim.status is Status.NEEDS_INFORMATION
        assert claim.information_due_at == NOW + timedelta(days=14)

    def test_a_claim_that_waits_for_nothing_takes_nothing(self):
        claim = factories.claim()
        with pytest.raises(NotAllowed), transaction():
            filing.complete(claim, policy=factories.policy(), at=NOW)
        assert len(claim.events) == 2


@pytest.mark.usefixtures("app")
class TestWithdrawal:
    """A claim is taken back while nobody has decided it."""

    def test_it_ends_and_is_told(self):
        claim = factories.claim()
        with transaction():
            filing.withdraw(claim, at=NOW)
        assert (claim.status, claim.waiting, claim.open_key, claim.due_at) == (
            Status.WITHDRAWN,
            False,
            None,
            None,
        )
        assert letters(claim) == ["received", "withdrawn"]

    def test_a_decided_claim_stays(self):
        factories.order()
        claim = factories.claim()
        with pytest.raises(NotAllowed), transaction():
            filing.withdraw(claim, at=NOW)
        assert (claim.status, letters(claim)) == (Status.APPROVED, ["approved"])


@pytest.mark.usefixtures("app")
class TestAppeal:
    """A declined claim is looked at again once, in time, with something new."""

    def test_it_waits_for_another_reviewer(self):
        claim = declined()
        factories.evidence(claim, on_appeal=True)
        with transaction():
            filing.appeal(claim, text="Here is the recording.", at=NOW)
        assert (claim.status, claim.waiting, claim.appeal_text, claim.appealed_at) == (
            Status.APPEALED,
            True,
            "Here is the recording.",
            NOW,
        )
        assert claim.open_key == f"{SHOP}:{EMAIL}:A1001"
        assert claim.due_at == claim.review_due_at
        assert claim.events[-1].note == "Here is the recording."
        assert letters(claim) == ["received", "declined", "appeal_received"]

    @pytest.mark.parametrize(
        "file",
        [None, {"on_appeal": False}, {"on_appeal": True, "state": EvidenceState.REFUSED}],
    )
    def test_it_needs_a_new_file_that_opened(self, file):
        claim = declined()
        if file:
            factories.evidence(claim, **file)
        with pytest.raises(AppealRefused, match="new file"), transaction():
            filing.appeal(claim, text="Again", at=NOW)
        assert claim.status is Status.DECLINED

    def test_it_is_in_time_until_the_last_instant(self):
        claim = declined()
        factories.evidence(claim, on_appeal=True)
        end = claim.appeal_until
        assert end >= NOW + timedelta(days=14)
        with pytest.raises(AppealRefused, match="over"), transaction():
            filing.appeal(claim, text="Late", at=end + timedelta(seconds=1))
        with transaction():
            filing.appeal(claim, text="In time", at=end)
        assert claim.status is Status.APPEALED

    def test_it_is_refused_while_another_claim_about_the_order_is_open(self):
        claim = declined()
        factories.evidence(claim, on_appeal=True)
        second = factories.claim()
        with pytest.raises(AlreadyOpen) as refused, transaction():
            filing.appeal(claim, text="Again", at=NOW)
        assert refused.value.reference == second.reference
        assert (claim.status, claim.open_key) == (Status.DECLINED, None)

    def test_an_appeal_and_a_new_claim_at_the_same_moment_leave_one_open(self, app):
        claim = declined()
        factories.evidence(claim, on_appeal=True)
        first, second = claim.reference, factories.draft().reference

        def appeal():
            with transaction():
                filing.appeal(claim_for_change(first), text="Again", at=NOW)

        results = race(app, [appeal, lambda: submit(second)])
        assert [type(result) for result in results if result] == [AlreadyOpen]
        assert count(Claim) == 2
        assert db.session.scalars(
            select(Claim.open_key).where(Claim.open_key.is_not(None))
        ).all() == [f"{SHOP}:{EMAIL}:A1001"]

    def test_there_is_one_appeal(self):
        claim = declined()
        factories.evidence(claim, on_appeal=True)
        with transaction():
            filing.appeal(claim, text="Again", at=NOW)
        with pytest.raises(NotAllowed), transaction():
            filing.appeal(claim, text="And again", at=NOW)
        assert [event.action for event in claim.events].count(Action.APPEAL) == 1


def test_corrected_details_make_a_failed_payout_due_again(app):
    factories.order()
    claim = factories.claim()
    with transaction():
        claim.move(Action.MARK_FAILED, role=Role.PAYER, at=NOW)
        claim.payout.state, claim.payout.failed_reason = PayoutState.FAILED, "Account closed"
    with transaction():
        filing.correct_payout(claim, at=NOW)
    assert (claim.status, claim.payout.state, claim.payout.failed_reason) == (
        Status.APPROVED,
        PayoutState.DUE,
        None,
    )


def test_every_move_writes_its_event_and_renews_the_version(app):
    claim = factories.claim()
    version = claim.version
    with transaction():
        filing.withdraw(claim, at=NOW + timedelta(hours=1))
    assert claim.version > version
    assert claim.moved_at == NOW + timedelta(hours=1)
    last = db.session.scalars(select(ClaimEvent).order_by(ClaimEvent.id.desc())).first()
    assert (last.claim_id, last.action, last.after) == (
        claim.id,
        Action.WITHDRAW,
        Status.WITHDRAWN,
    )
