"""Each change of a claim tells its news, with the claim's own facts, on the shop's clock."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from portal.claims.deadlines import lapsing
from portal.claims.letters import notices
from portal.claims.letters.links import status_link
from portal.claims.models import Claim
from portal.claims.verbs import codes, filing, reviewing
from portal.claims.verbs.codes import Asker
from portal.claims.wording import DESTINATIONS, fact_words, missing_words
from portal.database import transaction
from portal.extensions import db
from portal.mail.models import OutboxMail
from portal.money import Money
from portal.payouts import paying
from portal.policy.facts.table import ALL, PAYOUT_METHODS
from portal.versions.registry import policies
from tests import factories
from tests.factories import EMAIL, NOW


def mails(claim):
    found = select(OutboxMail).where(OutboxMail.about == claim.reference).order_by(OutboxMail.id)
    return list(db.session.scalars(found))


def told(claim):
    """Event and subject without the reference, which each must begin with."""
    for mail in mails(claim):
        assert mail.subject.startswith(f"{claim.reference}: ")
        assert status_link(claim.reference) in mail.text or mail.event == "sign_in_code"
    return [(mail.event, mail.subject.split(": ", 1)[1]) for mail in mails(claim)]


def decline(claim, at, *, clause="SS-N3"):
    with transaction():
        reviewing.decline(
            claim,
            clause=clause,
            customer_text="The SMS is in the table.",
            by=factories.reviewer(),
            at=at,
            seen=claim.version,
            policy=factories.policy(),
            override_reason="seen in the logs of the operator",
        )


def test_an_automatic_approval_and_its_payment(app):
    factories.account()
    factories.order()
    claim = factories.claim()
    with transaction():
        paying.mark_paid(
            claim,
            reference="TR-1",
            by=factories.reviewer(may_pay=True),
            at=NOW,
            seen=claim.version,
            policy=factories.policy(),
        )
    assert told(claim) == [
        ("approved", "approved, 0.50 USD to your balance"),
        ("paid", "paid, 0.50 USD to your balance"),
    ]
    approved, paid = mails(claim)
    assert approved.text == (
        "Your claim is approved: 0.50 USD to your balance.\n\n"
        "What happens next\n"
        "We pay it by Wed 18 Mar 2026, 10:00 UTC. We write to you when it is done.\n\n"
        "Decided by\n"
        "SS-G2: No SMS in 20 minutes: the price returns to your balance by itself, or as soon as"
        " you press Cancel.\n"
        "SS-G4: A one-time number got no SMS: the price returns to your balance.\n\n"
        f"Your claim:\n{status_link(claim.reference)}\n\n"
        f"SMS Service · {claim.reference}\n"
    )
    assert "Payment reference: TR-1" in paid.text
    assert (approved.sender, approved.recipient) == (
        "SMS Service refunds <refunds@sms-service.example>",
        EMAIL,
    )


def test_a_refusal_names_the_clause_the_facts_and_the_appeal(app):
    factories.account()
    factories.order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    claim = factories.claim()
    decline(claim, NOW)
    assert told(claim) == [
        ("received", "we have your claim"),
        ("declined", "declined, you can appeal until Wed 18 Mar 2026, 10:00 UTC"),
    ]
    assert mails(claim)[1].text == (
        "Your claim is declined.\n\n"
        "The SMS is in the table.\n\n"
        "The rule\n"
        "SS-N3: Nothing is refunded once a correct SMS has reached the number.\n\n"
        "It would have been approved if our records showed no SMS.\n\n"
        "What we went by\n"
        "Messages received: 1\n"
        "What happened: The SMS never came\n\n"
        "If you see it otherwise\n"
        'Open your claim and choose "Appeal" by Wed 18 Mar 2026, 10:00 UTC. Add a file that shows'
        " what happened. Another person decides, and that decision is final.\n"
        f"{status_link(claim.reference)}\n\n"
        f"SMS Service · {claim.reference}\n"
    )


@pytest.mark.parametrize("approved", [True, False])
def test_an_appeal_is_told_as_one_and_its_end_as_final(app, approved):
    claim = factories.claim()
    decline(claim, NOW)
    factories.evidence(claim, on_appeal=True, filename="new.png")
    with transaction():
        filing.appeal(claim, text="Look at the new picture.", policy=factories.policy(), at=NOW)
    if approved:
        with transaction():
            reviewing.approve(
                claim,
                amount=Money(50, "USD"),
                by=factories.reviewer(),
                at=NOW,
                seen=claim.version,
                policy=factories.policy(),
                override_reason="the new picture proves it",
            )
    else:
        decline(claim, NOW)
    end = (
        "your appeal is approved, 0.50 USD to your balance"
        if approved
        else "your appeal is declined"
    )
    assert told(claim)[2:] == [
        ("appeal_received", "we have your appeal"),
        ("appeal_decided", end),
    ]
    assert "New files: new.png" in mails(claim)[2].text


def test_what_a_reviewer_asks_for_is_listed_with_the_note_and_the_date(app):
    claim = factories.claim()
    with transaction():
        reviewing.ask(
            claim,
            missing=["claim.evidence", "claim.description"],
            note="The picture is cut off.",
            by=factories.reviewer(),
            at=NOW,
            policy=factories.policy(),
            seen=claim.version,
        )
    due = claim.information_due_at
    assert told(claim)[1] == (
        "needs_information",
        f"we need something from you by {due:%a} {due.day} {due:%b %Y, %H:%M} UTC",
    )
    text = mails(claim)[1].text
    assert (
        "- A picture or a file that shows what happened\n- What happened, in your own words" in text
    )
    assert "SMS Service adds:\nThe picture is cut off." in text


def test_a_code_mail_holds_the_code_and_nothing_else_of_the_claim(app):
    draft = factories.draft()
    sent = factories.claim(order_reference="B-2")
    for claim in (draft, sent):
        with transaction():
            codes.send(
                claim, to=EMAIL, by=Asker("a", "192.0.2.1"), policy=factories.policy(), at=NOW
            )
    found = select(OutboxMail).where(OutboxMail.event == "sign_in_code").order_by(OutboxMail.id)
    first, second = db.session.scalars(found)
    assert (first.subject, first.about) == ("Your code for SMS Service", None)
    assert (second.subject, second.about) == ("Your code for SMS Service", sent.reference)
    for mail in (first, second):
        assert re.fullmatch(r"\d{6} is your code for SMS Service.*", mail.headers["Subject"])
        assert mail.good_until == NOW + codes.LIFETIME
    assert status_link(draft.reference) in first.text
    assert "http" not in second.text
    assert second.text.splitlines()[0].removeprefix("Your code: ").isdecimal()


def test_a_reminder_leaves_when_the_claim_can_be_made_once_and_not_after_it_was(app):
    claim = factories.draft()
    opens = NOW + timedelta(hours=3)
    for _ in range(2):
        with transaction():
            notices.remind(claim, claimable_from=opens, policy=factories.policy(), at=NOW)
    (mail,) = mails(claim)
    assert (mail.event, mail.due_at) == ("too_early", opens)
    assert (
        "order A-1001 can be claimed. It can be claimed since Wed 4 Mar 2026, 13:00 UTC."
        in mail.text
    )
    with transaction():
        filing.submit(claim, policy=factories.policy(), at=NOW)
    assert [mail.event for mail in mails(claim)] == ["received"]


def test_a_payout_that_failed_shows_the_reason_and_only_the_mask(app):
    factories.account()
    factories.order()
    claim, by = factories.claim(), factories.reviewer(may_pay=True)
    with transaction():
        claim.payout.destination, claim.payout_method = "payout", "iban"
        claim.payout_masked = [["Method", "Bank transfer"], ["IBAN", "DE •••• 3000"]]
    with transaction():
        paying.mark_failed(
            claim,
            reason="No such account.",
            policy=factories.policy(),
            by=by,
            at=NOW,
            seen=claim.version,
        )
    text = mails(claim)[1].text
    assert "What came back: No such account." in text
    assert "Method: Bank transfer\nIBAN: DE •••• 3000\n" in text


def test_nothing_is_told_when_the_verb_fails(app):
    claim = factories.claim()
    before = told(claim)
    with pytest.raises(LookupError):
        _withdraw_and_fail(claim.reference)
    assert told(claim) == before


def _withdraw_and_fail(reference):
    with transaction():
        claim = db.session.scalars(select(Claim).where(Claim.reference == reference)).one()
        filing.withdraw(claim, policy=factories.policy(), at=NOW)
        db.session.flush()
        raise LookupError


def test_a_claim_that_lapsed_is_told_why(app):
    factories.account()
    factories.order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    claim, reviewer = factories.claim(reason="wrong_code"), factories.reviewer()
    with transaction():
        reviewing.ask(
            claim,
            missing=["claim.description"],
            note="",
            by=reviewer,
            at=NOW,
            policy=factories.policy(),
            seen=claim.version,
        )
    lapsing.lapse_due(policies=policies(), now=NOW + timedelta(days=30))
    assert told(claim)[-1][0] == "declined"
    assert "What we asked for did not come in time." in mails(claim)[-1].text


def test_every_way_that_has_words_exists_and_what_is_missing_is_asked_for_in_its_words():
    assert set(PAYOUT_METHODS) | {"balance"} == set(DESTINATIONS)
    asked = {fact.name: fact.missing for fact in ALL if fact.missing}
    assert {path: missing_words(path) for path in asked} == asked
    assert missing_words("order.refunded_at") == "Refunded at"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("order.expires_at", "2026-03-04T10:00:00Z", ("Waiting time ended", "Wed 4 Mar 2026, 12:00 UTC+2")),
        ("order.price", {"amount": "0.50", "currency": "USD"}, ("Price", "0.50 USD")),
        ("order.refunded_at", None, ("Price already returned", "no")),
        ("order.restriction_ignored", True, ("Shown restrictions were ignored", "yes")),
        ("order.messages", 2, ("Messages received", "2")),
        ("order.outage_time", 93780.0, ("Length of the outage", "1 days 2 h 3 min")),
        ("order.cancelled_by", "customer", ("Cancelled by", "customer")),
        ("clock.review_from", "2026-03-04T10:00:00Z", None),
    ],
)  # fmt: skip
def test_a_fact_in_words(name, value, words):
    assert fact_words(name, value, zone=ZoneInfo("Europe/Kyiv")) == words
