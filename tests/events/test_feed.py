"""What a shop's systems are told: written with the change, and nothing of it that they need not know."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.claims import lifecycle, news
from portal.claims.lifecycle import Action, EvidenceState, Status
from portal.claims.queries import claim_for_change
from portal.claims.verbs import filing
from portal.database import transaction
from portal.events.kinds import EventType
from portal.events.queries import UnknownEvent, page
from portal.extensions import db
from portal.ledger import payout as ledger
from portal.payouts import paying
from portal.policy.facts.claim import IDENTITY
from tests import factories
from tests.factories import NOW, SHOP

LATER = NOW + timedelta(minutes=3)


def feed(shop=SHOP):
    db.session.rollback()
    return page(shop, most=200)


def types(shop=SHOP):
    return [each["type"] for each in feed(shop)]


def test_what_the_logs_prove_is_told_from_sending_to_owing(app):
    factories.account()
    factories.order()
    claim = factories.claim()
    payout = claim.payout
    told = feed()
    subject = {"claim": claim.reference, "order_reference": "A-1001", "reason": "sms_not_received"}
    amount = {"amount": "0.50", "currency": "USD"}
    assert [{**each, "id": None} for each in told] == [
        {"id": None, "type": "claim.submitted", "at": "2026-03-04T10:00:00Z",
         "data": subject | {"status": "submitted", "origin": "customer"}},
        {"id": None, "type": "claim.approved", "at": "2026-03-04T10:00:00Z",
         "data": subject | {"status": "approved", "origin": "customer", "remedy": "refund",
                            "amount": amount}},
        {"id": None, "type": "payout.due", "at": "2026-03-04T10:00:00Z",
         "data": subject | {"payout": payout.key, "state": "due", "rail": "manual",
                            "destination": "balance", "remedy": "refund", "amount": amount}},
    ]  # fmt: skip
    assert len({each["id"] for each in told}) == 3
    assert all(each["id"].startswith("EV-") for each in told)


def test_a_payout_is_told_at_each_step(app):
    factories.account()
    factories.order()
    reference = factories.claim().reference
    payer = factories.reviewer(may_pay=True)
    with transaction():
        claim = claim_for_change(reference)
        paying.mark_failed(claim, reason="The account is closed.",
                           by=payer, policy=factories.policy(), at=LATER, seen=claim.version)  # fmt: skip
    failed = feed()[-1]
    assert (failed["type"], failed["at"]) == ("payout.failed", "2026-03-04T10:03:00Z")
    assert (failed["data"]["state"], failed["data"]["kind"]) == ("failed", "wait")
    assert "closed" not in str(failed)
    with transaction():
        claim = claim_for_change(reference)
        paying.retry(claim, by=payer, policy=factories.policy(), at=LATER, seen=claim.version)
    with transaction():
        claim = claim_for_change(reference)
        paying.mark_paid(claim, reference="TX-1", by=payer, policy=factories.policy(), at=LATER,
                         seen=claim.version)  # fmt: skip
    assert types()[3:] == ["payout.failed", "payout.due", "payout.paid"]
    assert feed()[-1]["data"]["reference"] == "TX-1"


def half_sent(reference):
    with transaction():
        filing.submit(claim_for_change(reference), policy=factories.policy(), at=NOW)
        db.session.flush()
        raise ZeroDivisionError


def test_what_is_rolled_back_is_told_to_nobody(app):
    draft = factories.draft()
    with pytest.raises(ZeroDivisionError):
        half_sent(draft.reference)
    assert feed() == []
    with transaction():
        filing.submit(claim_for_change(draft.reference), policy=factories.policy(), at=NOW)
    assert types() == ["claim.submitted", "claim.in_review"]


def test_a_file_is_told_of_once_it_was_checked_and_the_claim_was_sent(app):
    claim = factories.claim()
    drafted = factories.draft(order_reference="A-1002")
    for of in (claim, drafted):
        file = factories.evidence(of, state=EvidenceState.CHECKING)
        with transaction():
            file.state, file.problem, file.checked_at = EvidenceState.REFUSED, "Unreadable.", LATER
    told = [each for each in feed() if each["type"].startswith("file.")]
    assert [(each["type"], each["at"], each["data"]["claim"]) for each in told] == [
        ("file.refused", "2026-03-04T10:03:00Z", claim.reference)
    ]
    assert told[0]["data"]["evidence"] == {
        "id": claim.evidence[-1].public_id,
        "kind": "screenshot",
        "state": "refused",
        "detail": "Unreadable.",
    }


def test_of_an_identity_document_no_program_hears(app):
    file = factories.evidence(factories.claim(), state=EvidenceState.CHECKING)
    before = feed()
    with transaction():
        file.kind, file.state, file.checked_at = IDENTITY, EvidenceState.READY, LATER
    assert feed() == before


def test_nothing_that_the_customer_wrote_is_told(app):
    claim = factories.claim(description="My secret is 4711.", email="ana@example.org")
    with transaction():
        filing.withdraw(claim_for_change(claim.reference), policy=factories.policy(), at=LATER)
    said = str(feed())
    assert types()[-1] == "claim.withdrawn"
    assert "4711" not in said
    assert "ana" not in said


def test_an_account_is_told_by_the_shops_own_id_of_it(app):
    draft = factories.draft(confirmed=False)
    with transaction():
        claim = claim_for_change(draft.reference)
        claim.account_id = "u-17"
        filing.confirm_address(claim, at=NOW)
        filing.submit(claim, policy=factories.policy(), at=NOW)
    assert [each["data"]["account"] for each in feed()] == [{"id": "u-17"}] * 2


def test_the_feed_is_read_page_after_page_and_a_shop_sees_its_own(app):
    for number in range(3):
        factories.claim(order_reference=f"A-{number}")
    factories.claim(shop="numberplug", order_reference="B-1")
    whole, first = feed(), page(SHOP, most=4)
    assert first == whole[:4]
    assert page(SHOP, after=first[-1]["id"], most=4) == whole[4:]
    assert page(SHOP, after=whole[-1]["id"], most=4) == []
    assert [each["data"]["order_reference"] for each in feed("numberplug")] == ["B-1", "B-1"]
    with pytest.raises(UnknownEvent):
        page("numberplug", after=whole[0]["id"], most=4)


def test_each_step_of_the_tables_has_its_word():
    assert set(news.TOLD) <= set(lifecycle.TRANSITIONS)
    assert news.TOLD[Status.IN_REVIEW, Action.DECLINE] is EventType.CLAIM_DECLINED
    assert news.TOLD[Status.APPEALED, Action.DECLINE] is EventType.CLAIM_CLOSED
    # Of a status that is told, every step that reaches it from elsewhere is told too; but where the
    # money alone came back or is due anew, its payout tells.
    named = {str(each).partition(".")[2] for each in EventType if each.startswith("claim.")}
    untold = {
        (before, action)
        for (before, action), (_, after) in lifecycle.TRANSITIONS.items()
        if after != before and after in named - {"submitted"} and (before, action) not in news.TOLD
    }
    assert untold == {
        (Status.PAYOUT_FAILED, action)
        for action in (
            Action.RETRY,
            Action.CORRECT_PAYOUT,
            Action.TRY_AGAIN,
            Action.REFUSE_REPLACEMENT,
        )
    }
    assert {*news.TOLD.values(), *ledger.TOLD.values()} == set(EventType) - {
        EventType.ORDER_OWED, EventType.FILE_READY, EventType.FILE_REFUSED}  # fmt: skip


def test_sending_takes_one_statement_more_for_all_that_is_told(app, statements):
    factories.account()
    factories.order()
    draft = factories.draft()
    statements.clear()
    with transaction():
        filing.submit(claim_for_change(draft.reference), policy=factories.policy(), at=NOW)
    written = [each for each in statements if "INTO events" in each]
    assert len(written) == 1
