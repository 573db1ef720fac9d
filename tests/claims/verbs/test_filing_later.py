"""A customer's claim after it was begun: one open for an order, withdrawn, appealed, corrected."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.claims.history import ClaimEvent
from portal.claims.lifecycle import Action, Actor, EvidenceState, NotAllowed, Status
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.refusals import AlreadyOpen, AppealRefused
from portal.claims.verbs import filing, mending
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import PayoutState
from portal.mail.models import OutboxMail
from portal.money import Money
from tests import factories
from tests.claims.filed import count, declined, letters, submit
from tests.factories import EMAIL, NOW, SHOP
from tests.races import race
from tests.sizes import AT_ONCE


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

    @AT_ONCE
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

    @AT_ONCE
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
            filing.withdraw(first, policy=factories.policy(), at=NOW)
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
            filing.withdraw(claim, policy=factories.policy(), at=NOW)
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
            filing.withdraw(claim, policy=factories.policy(), at=NOW)
        assert (claim.status, letters(claim)) == (Status.APPROVED, ["approved"])


@pytest.mark.usefixtures("app")
class TestAppeal:
    """A declined claim is looked at again once, in time, with something new."""

    def test_it_waits_for_another_reviewer(self):
        claim = declined()
        factories.evidence(claim, on_appeal=True)
        with transaction():
            filing.appeal(claim, text="Here is the recording.", policy=factories.policy(), at=NOW)
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
            filing.appeal(claim, text="Again", policy=factories.policy(), at=NOW)
        assert claim.status is Status.DECLINED

    def test_it_is_in_time_until_the_last_instant(self):
        claim = declined()
        factories.evidence(claim, on_appeal=True)
        end = claim.appeal_until
        assert end >= NOW + timedelta(days=14)
        with pytest.raises(AppealRefused, match="over"), transaction():
            filing.appeal(
                claim, text="Late", policy=factories.policy(), at=end + timedelta(seconds=1)
            )
        with transaction():
            filing.appeal(claim, text="In time", policy=factories.policy(), at=end)
        assert claim.status is Status.APPEALED

    def test_it_is_refused_while_another_claim_about_the_order_is_open(self):
        claim = declined()
        factories.evidence(claim, on_appeal=True)
        second = factories.claim()
        with pytest.raises(AlreadyOpen) as refused, transaction():
            filing.appeal(claim, text="Again", policy=factories.policy(), at=NOW)
        assert refused.value.reference == second.reference
        assert (claim.status, claim.open_key) == (Status.DECLINED, None)

    @AT_ONCE
    def test_an_appeal_and_a_new_claim_at_the_same_moment_leave_one_open(self, app):
        claim = declined()
        factories.evidence(claim, on_appeal=True)
        first, second = claim.reference, factories.draft().reference

        def appeal():
            with transaction():
                filing.appeal(
                    claim_for_change(first), text="Again", policy=factories.policy(), at=NOW
                )

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
            filing.appeal(claim, text="Again", policy=factories.policy(), at=NOW)
        with pytest.raises(NotAllowed), transaction():
            filing.appeal(claim, text="And again", policy=factories.policy(), at=NOW)
        assert [event.action for event in claim.events].count(Action.APPEAL) == 1


def test_corrected_details_make_a_failed_payout_due_again(app):
    factories.order()
    claim = factories.claim()
    with transaction():
        claim.move(Action.MARK_FAILED, role=Actor.PAYER, at=NOW)
        claim.payout.state, claim.payout.failed_reason = PayoutState.FAILED, "Account closed"
    with transaction():
        mending.correct_payout(claim, policy=factories.policy(), at=NOW)
    assert (claim.status, claim.payout.state, claim.payout.failed_reason) == (
        Status.APPROVED,
        PayoutState.DUE,
        None,
    )


def test_every_move_writes_its_event_and_renews_the_version(app):
    claim = factories.claim()
    version = claim.version
    with transaction():
        filing.withdraw(claim, policy=factories.policy(), at=NOW + timedelta(hours=1))
    assert claim.version > version
    assert claim.moved_at == NOW + timedelta(hours=1)
    last = db.session.scalars(select(ClaimEvent).order_by(ClaimEvent.id.desc())).first()
    assert (last.claim_id, last.action, last.after) == (
        claim.id,
        Action.WITHDRAW,
        Status.WITHDRAWN,
    )
