"""What a reviewer does to a claim: each thing once, with its reason, or nothing and why."""

from datetime import timedelta

import pytest
from flask import g

from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.claims.verbs import filing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import PayoutState
from portal.mail.models import OutboxMail
from tests import factories
from tests.conftest import NOW
from tests.web.steps.journeys import link, stored
from tests.web.steps.signing_in import sign_in


@pytest.fixture
def mara(app, visitor):
    """A reviewer who is signed in and may pay."""
    person = factories.reviewer(name="Mara Lind", email="mara@example.com", may_pay=True)
    sign_in(visitor, person)
    return person.id


@pytest.fixture
def refused(app):
    """A claim to which the policy says no: an SMS came."""
    factories.account()
    factories.order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    return factories.claim().reference


def mails(reference):
    rows = db.select(OutboxMail.event).where(OutboxMail.about == reference).order_by(OutboxMail.id)
    return list(db.session.scalars(rows))


def form(visitor, reference, name):
    """The fields of one form of the screen, as it was shown."""
    fields = visitor.get(f"/review/{reference}").fields
    return {key: value for key, value in fields.items() if key.startswith(f"{name}-")}


def test_a_finding_decides_the_claim_again_and_a_person_approves_it(visitor, mara, waiting):
    page = visitor.get(f"/review/{waiting}")
    assert "The policy waits for what you find out." in page.text()
    found = {"claim_verified-seen": str(stored(waiting).version), "claim_verified-value": "yes",
             "claim_verified-internal": "Tried the code."}  # fmt: skip
    page = visitor.post(f"/review/{waiting}/findings/claim_verified", found)
    assert page.location == f"/review/{waiting}"
    row = stored(waiting)
    assert (row.status, row.outcome, row.verdict_minor) == (Status.IN_REVIEW, "approve", 50)
    page = visitor.get(f"/review/{waiting}")
    assert "Recorded. The claim was decided again with it." in page.text(page.one(id="flash"))
    assert "Tried the code." in page.text()
    visitor.post(f"/review/{waiting}/approve", form(visitor, waiting, "approve"))
    row = stored(waiting)
    assert (row.status, row.payout.amount_minor, row.payout.currency) == (
        Status.APPROVED,
        50,
        "USD",
    )
    assert (row.ruling.reviewer_id, row.ruling.override_reason) == (mara, None)
    assert mails(waiting) == ["received", "approved"]


def test_a_finding_that_says_nothing_is_asked_again_with_the_note_kept(visitor, mara, waiting):
    data = {"claim_verified-seen": str(stored(waiting).version), "claim_verified-internal": "Half"}
    page = visitor.post(f"/review/{waiting}/findings/claim_verified", data, status=422)
    assert page.errors == ["Choose yes or no"]
    assert page.title == f"Error: Claim {waiting}"
    assert page.fields["claim_verified-internal"] == "Half"


@pytest.mark.parametrize("name", ["nonsense", "information_given_at", "rectified_at"])
def test_a_finding_that_the_policy_does_not_know_is_not_taken(visitor, mara, waiting, name):
    visitor.post(f"/review/{waiting}/findings/{name}", {}, status=404)


def test_a_lower_amount_than_the_verdicts_needs_a_reason_that_the_customer_reads_and_can_appeal(
    visitor, mara, waiting
):
    _verify(visitor, waiting)
    data = form(visitor, waiting, "approve") | {"approve-amount": "0,30"}
    page = visitor.post(f"/review/{waiting}/approve", data, status=422)
    assert page.errors == ["Write for the customer why it is less than 0.50 USD."]
    visitor.post(f"/review/{waiting}/approve", data | {"approve-text": "One code came."})
    row = stored(waiting)
    assert (row.payout.amount_minor, row.appeal_until) == (30, NOW + timedelta(days=14))
    assert "Approved: 0.30 USD of 0.50 USD" in visitor.get(f"/review/{waiting}").text()
    text = visitor.get(link(row)).text()
    assert "The policy gives 0.50 USD for this. A person decided on less." in text
    assert "One code came." in text
    assert "you can appeal until Wed 18 Mar 2026, 10:00 UTC" in text
    assert visitor.get(f"{link(row)}/appeal", status=303).location.endswith("/unlock?to=appeal")


def test_an_amount_above_what_was_paid_is_refused_beside_its_field(visitor, mara, waiting):
    data = form(visitor, waiting, "approve") | {"approve-amount": "0.51", "approve-override": "why"}
    page = visitor.post(f"/review/{waiting}/approve", data, status=422)
    assert page.errors == ["Enter at most 0.50 USD: that is what was paid."]
    assert page.fields["approve-amount"] == "0.51"
    assert page.fields["approve-override"] == "why"
    assert stored(waiting).status is Status.IN_REVIEW


@pytest.mark.one_in(3)
@pytest.mark.parametrize("amount", ["", "0", "-1", "1e3", "NaN", "1.234", "٣", "9" * 60, "\x00"])
def test_what_is_no_amount_is_refused(visitor, mara, waiting, amount):
    data = form(visitor, waiting, "approve") | {"approve-amount": amount}
    page = visitor.post(f"/review/{waiting}/approve", data, status=422)
    assert len(page.errors) == 1


def test_to_approve_against_the_policy_needs_a_written_reason(visitor, mara, refused):
    data = form(visitor, refused, "approve") | {"approve-internal": "Regular customer"}
    page = visitor.post(f"/review/{refused}/approve", data, status=422)
    assert page.errors == ["Write why you decide otherwise than the policy."]
    assert page.fields["approve-internal"] == "Regular customer"
    visitor.post(f"/review/{refused}/approve", data | {"approve-override": "The SMS was a test."})
    row = stored(refused)
    assert row.status is Status.APPROVED
    assert row.ruling.override_reason == "The SMS was a test."
    assert row.decision.document["outcome"] == "deny"
    history = visitor.get(f"/review/{refused}").text()
    assert "Otherwise than the policy, because The SMS was a test." in history
    assert "For colleagues only Regular customer" in history


def test_to_decline_as_the_policy_says_takes_the_clauses_text(visitor, mara, refused):
    data = form(visitor, refused, "decline")
    assert data["decline-clause"] == "" or data["decline-clause"] == "SS-N3"
    assert data["decline-text"].startswith("We can't refund this claim. Clause SS-N3 ")
    visitor.post(
        f"/review/{refused}/decline", data | {"decline-clause": "SS-N3", "decline-internal": "x"}
    )
    row = stored(refused)
    assert (row.status, row.ruling.clause) == (Status.DECLINED, "SS-N3")
    assert (row.ruling.customer_text, row.ruling.internal_note) == (data["decline-text"], "x")
    assert row.appeal_until > NOW
    assert mails(refused)[-1] == "declined"


def test_choosing_a_clause_fills_in_its_text_above_what_was_written(visitor, mara, refused):
    data = form(visitor, refused, "decline") | {"decline-clause": "SS-N2"}
    data["decline-text"] += "\n\nWrite to us if you got no code at all."
    page = visitor.post(f"/review/{refused}/decline/text", data, status=200)
    text = page.fields["decline-text"]
    assert text.startswith("We can't refund this claim. Clause SS-N2 ")
    assert text.endswith("\n\nWrite to us if you got no code at all.")
    assert "SS-N3" not in text
    assert stored(refused).status is Status.IN_REVIEW
    part = visitor.post(f"/review/{refused}/decline/text", data, status=200, fragment=True)
    assert part.one("details").get("id") == "decline"


def test_to_decline_by_another_clause_needs_a_written_reason(visitor, mara, refused):
    data = form(visitor, refused, "decline") | {"decline-clause": "SS-N2"}
    page = visitor.post(f"/review/{refused}/decline", data, status=422)
    assert page.errors == ["Write why you decide otherwise than the policy."]


@pytest.mark.one_in(4)
@pytest.mark.parametrize("clause", ["", "SS-0", "nonsense", "\x00"])
def test_a_clause_that_is_not_offered_is_refused(visitor, mara, refused, clause):
    data = form(visitor, refused, "decline") | {"decline-clause": clause}
    page = visitor.post(f"/review/{refused}/decline", data, status=422)
    assert page.errors == ["Choose the clause you decline by"]
    visitor.post(f"/review/{refused}/decline/text", data, status=422)


def test_asking_names_what_is_missing_and_stops_the_clock(visitor, mara, waiting):
    data = form(visitor, waiting, "ask") | {
        "ask-missing": ["claim.evidence"],
        "ask-note": "A clearer one.",
    }
    visitor.post(f"/review/{waiting}/ask", data)
    row = stored(waiting)
    assert (row.status, row.missing, row.waiting) == (
        Status.NEEDS_INFORMATION,
        ["claim.evidence"],
        False,
    )
    assert row.due_at == NOW + timedelta(days=14)
    assert mails(waiting)[-1] == "needs_information"


@pytest.mark.parametrize("missing", [[], ["order.price"], ["claim.evidence", "x"]])
def test_asking_for_nothing_or_for_what_is_not_the_customers_is_refused(
    visitor, mara, waiting, missing
):
    data = form(visitor, waiting, "ask") | {"ask-missing": missing}
    page = visitor.post(f"/review/{waiting}/ask", data, status=422)
    assert page.errors == ["Choose at least one thing to ask for"]


def test_a_screen_that_is_out_of_date_does_nothing_and_shows_the_claim_as_it_is(
    visitor, mara, waiting
):
    stale = form(visitor, waiting, "approve") | {"approve-override": "My long reason"}
    _verify(visitor, waiting)
    page = visitor.post(f"/review/{waiting}/approve", stale, status=409)
    words = page.text()
    assert "This claim changed while you were looking" in words
    assert "Nothing was done." in words
    assert "My long reason" in words
    row = stored(waiting)
    assert (row.status, row.payout) == (Status.IN_REVIEW, None)
    assert page.fields["approve-seen"] == str(row.version)
    part = visitor.post(f"/review/{waiting}/approve", stale, status=409, fragment=True)
    assert part.response.headers["HX-Retarget"] == "#case"


def test_a_decided_claim_is_not_decided_again(visitor, mara, refused):
    data = form(visitor, refused, "decline") | {"decline-clause": "SS-N3"}
    visitor.post(f"/review/{refused}/decline", data)
    visitor.post(f"/review/{refused}/decline", data, status=409)
    visitor.post(f"/review/{refused}/approve", data | {"approve-amount": "0.10"}, status=409)
    assert mails(refused) == ["received", "declined"]


def test_an_appeal_is_decided_by_somebody_else_and_for_good(app, visitor, mara, refused):
    visitor.post(
        f"/review/{refused}/decline",
        form(visitor, refused, "decline") | {"decline-clause": "SS-N3"},
    )
    factories.evidence(stored(refused), on_appeal=True)
    with transaction():
        filing.appeal(
            claim_locked(refused),
            text="Look at the new picture.",
            policy=factories.policy(),
            at=NOW,
        )
    page = visitor.get(f"/review/{refused}")
    assert "Another person decides this appeal" in page.text()
    assert "decline-text" not in page.fields
    data = {
        "decline-seen": str(stored(refused).version),
        "decline-clause": "SS-N3",
        "decline-text": "No.",
    }
    page = visitor.post(f"/review/{refused}/decline", data, status=403)
    assert page.h1 == "Another person decides this appeal"
    other = factories.reviewer()
    sign_in(visitor, other)
    visitor.post(
        f"/review/{refused}/decline",
        form(visitor, refused, "decline") | {"decline-clause": "SS-N3"},
    )
    assert stored(refused).status is Status.CLOSED
    assert mails(refused)[-1] == "appeal_decided"


def test_who_may_pay_marks_it_paid_with_its_reference(visitor, mara):
    reference = _approved()
    page = visitor.get(f"/review/{reference}")
    assert "Owed 0.50 USD to the balance" in page.text()
    page = visitor.post(f"/review/{reference}/paid", form(visitor, reference, "paid"), status=422)
    assert page.errors == ["Enter the reference of the payment"]
    visitor.post(
        f"/review/{reference}/paid", form(visitor, reference, "paid") | {"paid-reference": " TX 1 "}
    )
    row = stored(reference)
    assert (row.status, row.payout.state) == (Status.PAID, PayoutState.PAID)
    assert (row.payout.payer_reference, row.payout.settled_at) == ("TX 1", NOW)
    assert mails(reference)[-1] == "paid"


def test_a_payout_that_failed_is_told_with_its_reason(visitor, mara):
    reference = _approved()
    data = form(visitor, reference, "failed") | {"failed-reason": "The account is closed"}
    visitor.post(f"/review/{reference}/failed", data)
    row = stored(reference)
    assert (row.status, row.payout.failed_reason) == (Status.PAYOUT_FAILED, "The account is closed")


def test_who_may_not_pay_sees_no_button_and_is_refused(visitor, mara):
    reference = _approved()
    sign_in(visitor, factories.reviewer(name="No Payer"))
    page = visitor.get(f"/review/{reference}")
    assert "paid-reference" not in page.fields
    data = {"paid-seen": str(stored(reference).version), "paid-reference": "TX"}
    visitor.post(f"/review/{reference}/paid", data, status=403)
    visitor.post(f"/review/{reference}/failed", data, status=403)
    assert stored(reference).status is Status.APPROVED


def test_a_later_date_is_promised_with_a_reason(visitor, mara):
    reference = _approved()
    fields = form(visitor, reference, "extend")
    past = fields | {"extend-until": "2026-03-04T09:59", "extend-reason": "The bank is shut"}
    page = visitor.post(f"/review/{reference}/extend", past, status=422)
    assert page.errors == ["Choose a date that is still to come"]
    visitor.post(f"/review/{reference}/extend", past | {"extend-until": "2026-04-01T12:00"})
    row = stored(reference)
    assert row.payout_due_at == row.due_at == NOW.replace(month=4, day=1, hour=12)


@pytest.mark.parametrize("action", ["approve", "decline", "ask", "paid", "findings/claim_verified"])
def test_nothing_is_done_without_a_sign_in_or_without_a_token(visitor, mara, waiting, action):
    visitor.post(f"/review/{waiting}/{action}", {"csrf_token": "no"}, status=400)
    with visitor.client.session_transaction() as session:
        session.clear()
    g.pop("_login_user", None)  # the test's own context outlives its requests
    page = visitor.post(f"/review/{waiting}/{action}", {}, status=303)
    assert page.location == f"/sign-in?next=/review/{waiting}"


def claim_locked(reference):
    return db.session.execute(db.select(Claim).where(Claim.reference == reference)).scalar_one()


def _verify(visitor, reference):
    data = {"claim_verified-seen": str(stored(reference).version), "claim_verified-value": "yes"}
    visitor.post(f"/review/{reference}/findings/claim_verified", data)


def _approved():
    factories.account()
    factories.order()
    return factories.claim().reference
