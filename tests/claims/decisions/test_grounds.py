"""On what a decision rests is kept with it, and letters and suggestions say that and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.claims.decisions.grounds import Ground, GroundKind, ground_in_force, policys_ground
from portal.claims.lifecycle import Action, NotAllowed, Status
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.refusals import AmountRefused, AppealRefused, NeedsReason
from portal.claims.verbs import filing, reviewing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import PayoutState, Purpose
from portal.mail.models import OutboxMail
from portal.money import Money
from portal.payouts import paying
from portal.web.review.prefills import refusals
from tests import factories
from tests.factories import NOW

CAME = NOW - timedelta(minutes=50)
END = NOW + timedelta(days=14)


def usd(minor):
    return Money(minor, "USD")


def again(claim):
    db.session.rollback()
    return db.session.scalars(select(Claim).where(Claim.reference == claim.reference)).one()


def act(verb, claim, *, by=None, at=NOW, **given):
    with transaction():
        row = claim_for_change(claim.reference)
        by = by or factories.reviewer(may_pay=True)
        verb(row, by=by, at=at, seen=row.version, policy=factories.policy(row.shop), **given)
    return again(claim)


def find(claim, value, name="claim_verified"):
    return act(reviewing.record_finding, claim, finding=name, value=value)


def newest(claim):
    found = select(OutboxMail).where(OutboxMail.about == claim.reference)
    return db.session.scalars(found.order_by(OutboxMail.id.desc())).first()


@pytest.fixture
def waiting(app):
    """The code was wrong: a person must say."""
    factories.account()
    factories.order(messages=[(CAME, "WhatsApp")])
    return factories.claim(reason="wrong_code")


@pytest.fixture
def refused(app):
    """The policy says no: an SMS came."""
    factories.account()
    factories.order(messages=[(CAME, "WhatsApp")])
    return factories.claim()


class TestTheGround:
    """What is kept, and what the letter makes of it."""

    def test_of_a_clause_it_is_the_clause(self, refused):
        assert policys_ground(refused) == Ground(GroundKind.CLAUSE, ("SS-N3", "SS-N7"))
        assert next(iter(refusals(refused).values())).startswith(
            "We can't refund this claim. Clause SS-N3 of the refund policy applies: "
        )

    def test_of_a_finding_no_it_is_the_finding_and_no_clause_that_grants(self, waiting):
        claim = find(waiting, False)  # noqa: FBT003 - the finding
        assert policys_ground(claim) == Ground(
            GroundKind.FINDING, rule="SS-G5", finding="findings.claim_verified"
        )
        text = next(iter(refusals(claim).values()))
        assert text == (
            "We can't refund this claim. A person checked what you wrote and could not confirm it."
            " Rule SS-G5 asks for it."
        )
        claim = act(reviewing.decline, claim, clause="SS-G5", customer_text="I tried the code.")
        assert ground_in_force(claim).kind is GroundKind.FINDING
        letter = newest(claim).text
        assert (
            "I tried the code.\n\nA person checked what you wrote and could not confirm it.\n"
            in letter
        )
        assert "The rule\n" not in letter
        assert "would have been approved" not in letter

    def test_a_finding_no_where_the_policy_has_a_default_quotes_the_default(self, app):
        factories.account(shop="numberplug")
        factories.order(shop="numberplug", expires_at=NOW + timedelta(minutes=10))
        claim = factories.claim(shop="numberplug", reason="technical_error", number_used=None)
        assert claim.decision.document["awaiting"] == ["findings.technical_error_verified"]
        claim = find(claim, False, "technical_error_verified")  # noqa: FBT003 - the finding
        assert policys_ground(claim) == Ground(
            GroundKind.FINDING, ("NP-1.1",), finding="findings.technical_error_verified"
        )

    def test_of_a_defect_mended_in_time_it_is_that_and_no_clause_that_grants(self, app):
        factories.account(shop="activation-claims")
        factories.order(shop="activation-claims", messages=[(CAME, "WhatsApp")])
        claim = factories.claim(shop="activation-claims", reason="major_defect", number_used=None)
        claim = find(claim, True, "defect_confirmed")  # noqa: FBT003 - the finding
        claim = find(claim, NOW.isoformat(), "rectified_at")
        ground = policys_ground(claim)
        assert ground == Ground(
            GroundKind.FINDING, rule="AC-R3", finding="findings.rectified_at", found=NOW.isoformat()
        )
        assert refusals(claim)["AC-R3"] == (
            "We can't refund this claim. Mended: Wed 4 Mar 2026, 10:00 UTC."
            " By rule AC-R3 nothing is returned then."
        )
        claim = act(reviewing.decline, claim, clause="AC-R3", customer_text="It works again.")
        assert "you get the full price back" not in newest(claim).text

    def test_of_a_price_that_went_back_it_is_the_claim_and_the_payment(self, app):
        factories.account()
        factories.order()
        first = factories.claim()
        act(paying.mark_paid, first, reference="TX-1")
        second = factories.claim()
        ground = policys_ground(second)
        assert (ground.kind, ground.clauses, ground.rule) == (GroundKind.RETURNED, (), "SS-G2")
        said = (
            f"0.50 USD was already returned on Wed 4 Mar 2026, 10:00 UTC, by claim {first.reference},"
            " payment TX-1."
        )
        text = next(iter(refusals(second).values()))
        assert text == f"We can't refund this claim. {said} Rule SS-G2 returns a price once."
        act(reviewing.decline, second, clause="SS-G2", customer_text=text)
        letter = newest(second).text
        assert letter.count(said) == 1
        assert "the price returns to your balance" not in letter

    def test_another_address_is_told_no_more_than_that_it_went_back(self, app):
        factories.account()
        order = factories.order()
        first = factories.claim()
        act(paying.mark_paid, first, reference="TX-1")
        with transaction():
            db.session.merge(order).account_email = "bo@example.com"
        second = factories.claim(email="bo@example.com")
        text = next(iter(refusals(second).values()))
        assert "The price of this order was already returned." in text
        assert first.reference not in text
        act(reviewing.decline, second, clause="SS-G2", customer_text="No.")
        assert "TX-1" not in newest(second).text
        assert first.reference not in newest(second).text

    def test_what_the_shop_returned_is_said_so(self, app):
        factories.account()
        factories.order(refunded_at=NOW - timedelta(minutes=5))
        claim = factories.claim()
        assert policys_ground(claim).kind is GroundKind.RETURNED
        assert "The shop's records say that the price was returned on" in next(
            iter(refusals(claim).values())
        )

    def test_an_approval_against_the_policy_never_quotes_the_clause_that_refuses(self, refused):
        claim = act(reviewing.approve, refused, amount=usd(50), override_reason="A test SMS.",
                    customer_text="The SMS was our own test.")  # fmt: skip
        assert ground_in_force(claim) == Ground(GroundKind.OVERRIDE)
        assert claim.ruling.clause == ""
        letter = newest(claim).text
        assert "A person looked at your claim and decided otherwise" in letter
        assert "The SMS was our own test." in letter
        assert "SS-N3" not in letter
        assert "A test SMS." not in letter

    def test_an_appeal_that_is_won_against_the_policy_does_not_either(self, refused):
        act(reviewing.decline, refused, clause="SS-N3", customer_text="It came.")
        factories.evidence(again(refused), on_appeal=True)
        with transaction():
            filing.appeal(
                claim_for_change(refused.reference), text="Look.", policy=factories.policy(), at=NOW
            )
        claim = act(reviewing.approve, refused, amount=usd(50), override_reason="New picture.")
        assert newest(claim).event == "appeal_decided"
        assert "SS-N3" not in newest(claim).text

    def test_a_refusal_against_the_policy_says_its_own_words_and_no_granting_clause(self, app):
        factories.account()
        factories.order(price_minor=900)
        claim = factories.claim()
        assert (claim.status, claim.outcome) == (Status.IN_REVIEW, "approve")
        act(reviewing.decline, claim, clause="SS-G2", customer_text="The number was resold.",
            override_reason="fraud")  # fmt: skip
        letter = newest(claim).text
        assert "The number was resold." in letter
        assert "SS-G2" not in letter

    def test_the_text_for_a_clause_that_grants_says_what_is_not_shown(self, refused):
        texts = refusals(refused)
        assert texts["SS-G5"].startswith(
            "We can't refund this claim. Clause SS-G5 of the refund policy asks for what is not shown: "
        )

    def test_a_ground_is_read_as_it_was_kept(self, refused):
        for ground in (policys_ground(refused), Ground(GroundKind.LESS, amount=usd(50))):
            assert Ground.from_json(ground.as_json()) == ground


class TestAPart:
    """Less than the verdict: a reason for the customer, an appeal, and no more than the rest."""

    @pytest.fixture
    def part(self, waiting):
        find(waiting, True)  # noqa: FBT003 - the finding
        return act(
            reviewing.approve, waiting, amount=usd(30), customer_text="One of two codes came."
        )

    def appeal(self, claim, at=NOW):
        factories.evidence(again(claim), on_appeal=True)
        with transaction():
            filing.appeal(
                claim_for_change(claim.reference),
                text="Both were wrong.",
                policy=factories.policy(),
                at=at,
            )
        return again(claim)

    @pytest.mark.parametrize("text", ["", "  \n"])
    def test_it_needs_a_reason_for_the_customer(self, waiting, text):
        find(waiting, True)  # noqa: FBT003 - the finding
        with pytest.raises(NeedsReason) as refused:
            act(reviewing.approve, waiting, amount=usd(30), customer_text=text)
        assert (refused.value.field, str(refused.value)) == (
            "text", "Write for the customer why it is less than 0.50 USD.")  # fmt: skip
        assert again(waiting).payout is None

    def test_it_is_told_with_the_reason_the_policys_amount_and_the_appeal(self, part):
        assert (part.status, part.payout.amount, part.appeal_until) == (
            Status.APPROVED,
            usd(30),
            END,
        )
        assert ground_in_force(part) == Ground(GroundKind.LESS, amount=usd(50))
        assert part.events[-1].note == "One of two codes came."
        letter = newest(part)
        assert letter.subject.endswith("approved, 0.30 USD to your balance")
        assert "The policy gives 0.50 USD for this. A person decided on less." in letter.text
        assert "One of two codes came." in letter.text
        assert 'choose "Appeal" by Wed 18 Mar 2026, 10:00 UTC' in letter.text
        assert "SS-G5" not in letter.text

    def test_the_whole_amount_can_not_be_appealed(self, waiting):
        find(waiting, True)  # noqa: FBT003 - the finding
        claim = act(reviewing.approve, waiting, amount=usd(50))
        assert not claim.open_to_appeal(at=NOW)
        with pytest.raises(AppealRefused):
            self.appeal(claim)
        act(paying.mark_paid, claim, reference="TX-1")
        assert not again(claim).open_to_appeal(at=NOW)

    def test_an_appeal_before_it_is_paid_adds_to_what_is_owed(self, part):
        claim = self.appeal(part)
        assert claim.status is Status.APPEALED
        with pytest.raises(NotAllowed):
            act(paying.mark_paid, claim, reference="TX-1")
        with pytest.raises(AmountRefused, match=r"at most 0\.20 USD"):
            act(reviewing.approve, claim, amount=usd(21), override_reason="x", customer_text="x")
        claim = act(
            reviewing.approve, claim, amount=usd(20), override_reason="x", customer_text="x"
        )
        assert [(p.amount, p.state) for p in claim.payouts] == [(usd(50), PayoutState.DUE)]

    def test_an_appeal_after_it_is_paid_adds_a_payout_of_the_rest(self, part):
        act(paying.mark_paid, part, reference="TX-1")
        claim = self.appeal(part)
        assert claim.status is Status.APPEALED
        claim = act(
            reviewing.approve, claim, amount=usd(20), override_reason="x", customer_text="x"
        )
        assert [(p.purpose, p.amount, p.state) for p in claim.payouts] == [
            (Purpose.CLAIM, usd(30), PayoutState.PAID),
            (Purpose.APPEAL, usd(20), PayoutState.DUE),
        ]
        act(paying.mark_paid, claim, reference="TX-2")
        claim = again(claim)
        assert (claim.status, claim.open_key) == (Status.PAID, None)
        with pytest.raises(NotAllowed):
            act(paying.mark_paid, claim, reference="TX-3")
        assert not claim.open_to_appeal(at=NOW)

    @pytest.mark.parametrize("paid", [False, True])
    def test_an_appeal_that_is_lost_leaves_the_part_as_it_was(self, part, paid):
        if paid:
            act(paying.mark_paid, part, reference="TX-1")
        claim = self.appeal(part)
        claim = act(reviewing.decline, claim, clause="SS-G5", customer_text="It is enough.",
                    override_reason="Seen.")  # fmt: skip
        assert claim.status is (Status.PAID if paid else Status.APPROVED)
        assert claim.events[-1].action is (Action.UPHOLD_PAID if paid else Action.UPHOLD)
        assert [p.amount for p in claim.payouts] == [usd(30)]
        assert not claim.open_to_appeal(at=NOW)
        letter = newest(claim)
        assert "It stays at 0.30 USD to your balance, and this decision is final." in letter.text
        assert "It is enough." in letter.text
        if not paid:
            act(paying.mark_paid, claim, reference="TX-2")

    def test_it_is_in_time_until_the_last_instant(self, part):
        assert part.open_to_appeal(at=END)
        assert not part.open_to_appeal(at=END + timedelta(seconds=1))
        assert self.appeal(part, at=END).status is Status.APPEALED
