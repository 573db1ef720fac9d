"""A claim after it was sent: what its link shows, and what a code lets its owner do."""

import re
from datetime import timedelta

from sqlalchemy import select

from portal.claims.letters.links import status_token
from portal.claims.lifecycle import Origin
from portal.claims.models import Claim
from portal.claims.payout.payee import payee_of
from portal.claims.queries import claim_for_change
from portal.claims.verbs import reviewing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.replacement import ReplacementState
from portal.mail.models import MailState, OutboxMail
from tests import factories
from tests.factories import NOW
from tests.web.inspector import Browser
from tests.web.makers import replaced
from tests.web.steps.journeys import (
    again,
    asked,
    code_for,
    declined,
    link,
    opened,
    payout_failed,
    stored,
)

LOCKED = ("answer", "files", "payout", "payout/iban", "withdraw", "appeal", "appeal/text",
          "replacement")  # fmt: skip


# --- reading


def test_the_link_shows_where_the_claim_stands_and_what_comes_by_when(visitor):
    claim = factories.claim()
    page = visitor.get(link(claim))
    text = page.text()
    assert page.h1 == f"Your claim {claim.reference}"
    assert "A person is looking at it" in text
    assert "By Fri 6 Mar 2026, 10:00 UTC" in text
    assert "You sent your claim" in text
    assert page.response.headers["Cache-Control"] == "no-store"
    assert page.response.headers["Referrer-Policy"] == "same-origin"


def test_the_link_alone_shows_no_address_and_no_file(visitor):
    claim = factories.claim()
    page = visitor.get(link(claim))
    assert "k•••@e•••.com" in page.text()
    assert claim.email not in page.body
    assert "screenshot.png" in page.text()
    assert "/evidence/" not in page.body


def test_a_wrong_link_opens_nothing(visitor):
    claim = factories.claim()
    other = factories.claim(order_reference="A-2")
    wrong = f"/claims/{claim.reference}/{status_token(other.reference)}"
    for page in ("", *(f"/{step}" for step in (*LOCKED, "unlock", "code"))):
        visitor.get(wrong + page, status=404)
    visitor.post(f"{wrong}/unlock", status=404)


def test_everything_that_changes_a_claim_asks_for_a_code_first(visitor):
    claim = factories.claim()
    url = link(claim)
    for step in LOCKED:
        assert visitor.get(f"{url}/{step}", status=303).location.startswith(f"{url}/unlock")
    for step in ("withdraw", "appeal/text", "files", "answer"):
        assert visitor.post(f"{url}/{step}").location.startswith(f"{url}/unlock")
    assert again(claim).status == "in_review"


def test_the_code_leads_back_to_what_was_wanted(visitor):
    claim = factories.claim()
    url = link(claim)
    page = visitor.get(f"{url}/withdraw", status=303)
    page = visitor.post(page.location)
    assert page.location == f"{url}/code?to=withdraw"
    page = visitor.post(page.location, {"code": code_for()})
    assert page.location == f"{url}/withdraw"


def test_a_code_opens_the_claim_for_half_an_hour(visitor, app):
    url = opened(visitor, factories.claim())
    visitor.get(f"{url}/withdraw")
    app.config["NOW"] = NOW + timedelta(minutes=29, seconds=59)
    visitor.get(f"{url}/withdraw")
    app.config["NOW"] = NOW + timedelta(minutes=30)
    visitor.get(f"{url}/withdraw", status=303)


def test_a_code_opens_no_claim_of_another_holder_and_no_other_browser(visitor, app):
    claim = factories.claim()
    other = factories.claim(order_reference="A-2", email="lee@example.com")
    opened(visitor, claim)
    visitor.get(f"{link(other)}/withdraw", status=303)
    Browser(app.test_client()).get(f"{link(claim)}/withdraw", status=303)


def test_a_code_of_one_claim_is_none_for_another(visitor):
    claim = factories.claim()
    other = factories.claim(order_reference="A-2")
    visitor.post(f"{link(claim)}/unlock")
    visitor.post(f"{link(other)}/code", {"code": code_for()}, status=422)


def test_mails_are_shown_with_their_state_but_never_a_code(visitor):
    claim = factories.claim()
    url = opened(visitor, claim)
    with transaction():
        mail = db.session.scalars(select(OutboxMail).where(OutboxMail.event == "received")).one()
        mail.state, subject = MailState.PARKED, mail.subject
    page = visitor.get(url)
    rows = [page.text(row) for box in page.all("ul", class_="mails") for row in box.iter("li")]
    assert rows == [f"{subject}Wed 4 Mar 2026, 10:00 UTC Could not be delivered"]


def test_a_decline_is_told_with_its_clause_the_words_and_the_appeal(visitor):
    claim = declined()
    page = visitor.get(link(claim))
    text = page.text()
    assert "The table of your order shows a message at 09:10." in text
    assert page.all("a", href="/sms-service/policy/2024-06-15#SS-N3")
    assert "By Wed 18 Mar 2026, 10:00 UTC" in text
    assert "smells" not in page.body
    assert "seen in the table" not in page.body


def test_findings_of_reviewers_stay_out_of_the_customers_timeline(visitor):
    claim = factories.claim()
    person = factories.reviewer(name="Marta Reviewer")
    with transaction():
        reviewing.record_finding(
            claim_for_change(claim.reference),
            finding="claim_verified",
            value=True,
            internal="looked into the provider's log",
            by=person,
            at=NOW,
            seen=claim.version,
            policy=factories.policy(),
        )
    page = visitor.get(link(claim))
    assert "provider's log" not in page.body
    assert "Marta" not in page.body


def test_the_page_costs_four_statements_for_one_event_and_for_thirty(visitor, statements):
    claim = factories.claim()
    url, claim_id, counts = link(claim), claim.id, []
    for files in (0, 30):
        for _ in range(files):
            factories.evidence(db.session.get_one(Claim, claim_id))
        db.session.rollback()
        db.session.expunge_all()
        statements.clear()
        visitor.get(url)
        counts.append(len(statements))
    assert counts == [4, 4]


def test_a_draft_is_gone_on_with_after_a_code(visitor, app):
    draft = factories.draft()
    page = visitor.get(link(draft))
    assert page.h1 == "This claim is not sent yet"
    visitor.post(f"{link(draft)}/unlock")
    page = visitor.post(f"{link(draft)}/code", {"code": code_for()})
    assert page.location == f"/new/{draft.reference}/result"
    visitor.get(page.location)


# --- taking it back


def test_a_claim_is_taken_back_after_one_more_look(visitor):
    claim = factories.claim()
    url = opened(visitor, claim)
    assert visitor.get(f"{url}/withdraw").h1 == "Cancel your claim?"
    assert again(claim).status == "in_review"
    assert visitor.post(f"{url}/withdraw").location == url
    page = visitor.get(url)
    assert "You cancelled your claim" in page.text()
    assert again(claim).status == "withdrawn"
    assert visitor.post(f"{url}/withdraw").location == url


# --- what is missing


def test_exactly_what_is_missing_is_asked_and_the_claim_is_decided_again(visitor):
    claim = asked(["claim.description"])
    url = opened(visitor, claim)
    page = visitor.get(url)
    assert "What happened, in your own words" in page.text()
    assert "Send the whole screen, with its time." in page.text()
    page = visitor.get(f"{url}/answer")
    assert [name for name in page.fields if name != "csrf_token"] == ["description"]
    refused = visitor.post(f"{url}/answer", {"description": ""}, status=422)
    assert refused.errors == ["Write what happened"]
    assert visitor.post(f"{url}/answer", {"description": "It showed 12."}).location == url
    claim = again(claim)
    assert (claim.status, claim.description) == ("in_review", "It showed 12.")
    assert "You sent what was missing" in visitor.get(url).text()


def test_files_that_were_asked_for_must_come_before_it_is_sent(visitor):
    claim = asked(["claim.evidence"])
    with transaction():
        for file in claim_for_change(claim.reference).evidence:
            file.added_at = NOW - timedelta(days=1)
    url = opened(visitor, claim)
    assert visitor.get(f"{url}/answer", status=303).location == f"{url}/files"
    page = visitor.post(f"{url}/files", status=422)
    assert page.errors == ["Add at least one file, then send it"]
    factories.evidence(claim)
    assert visitor.post(f"{url}/files").location == url
    assert again(claim).status == "in_review"


def test_text_and_files_are_asked_one_after_the_other(visitor):
    claim = asked(["claim.description", "claim.evidence"])
    with transaction():
        for file in claim_for_change(claim.reference).evidence:
            file.added_at = NOW - timedelta(days=1)
    url = opened(visitor, claim)
    page = visitor.post(f"{url}/answer", {"description": "It showed 12."})
    assert page.location == f"{url}/files"
    claim = again(claim)
    assert (claim.status, claim.description) == ("needs_information", "It showed 12.")


def test_nothing_is_answered_where_nothing_was_asked(visitor):
    url = opened(visitor, factories.claim())
    assert visitor.get(f"{url}/answer", status=303).location == url
    assert visitor.post(f"{url}/answer", {"description": "x"}).location == url


# --- the appeal


def test_an_appeal_brings_a_new_file_and_says_what_to_look_at(visitor):
    claim = declined()
    url = opened(visitor, claim)
    assert visitor.get(f"{url}/appeal").h1 == "What is new?"
    page = visitor.post(f"{url}/appeal/text", {"text": "Look at the time."}, status=422)
    assert "Add at least one new file that shows what happened." in page.text()
    assert page.fields["text"] == "Look at the time."
    factories.evidence(claim, on_appeal=True, filename="clock.png")
    assert visitor.post(f"{url}/appeal/text", {"text": "Look at the time."}).location == url
    claim = again(claim)
    assert (claim.status, claim.appeal_text) == ("appealed", "Look at the time.")
    assert "Your appeal is being looked at" in visitor.get(url).text()


def test_an_appeal_without_words_is_told_so(visitor):
    claim = declined()
    url = opened(visitor, claim)
    page = visitor.post(f"{url}/appeal/text", {"text": " "}, status=422)
    assert page.errors == ["Write what is new, or what you think was overlooked"]


def test_an_appeal_is_open_until_its_last_second(visitor, app):
    claim = declined()
    app.config["NOW"] = claim.appeal_until
    url = opened(visitor, claim)
    visitor.get(f"{url}/appeal")
    app.config["NOW"] = claim.appeal_until + timedelta(seconds=1)
    assert visitor.get(f"{url}/appeal", status=303).location == url
    assert "The time to appeal is over" in visitor.get(url).text()


# --- a payment that came back


def test_payout_details_are_corrected_after_a_payment_came_back(visitor):
    claim = payout_failed()
    url = opened(visitor, claim)
    assert "The payment came back: account closed." in visitor.get(url).text()
    page = visitor.post(f"{url}/payout", {"method": "iban"})
    assert page.location == f"{url}/payout/iban"
    visitor.post(page.location, {"holder": "Kim Doe", "iban": "DE12"}, status=422)
    page = visitor.post(page.location, {"holder": "Kim Doe", "iban": "DE89370400440532013000"})
    assert page.location == url
    claim = again(claim)
    assert (claim.status, payee_of(claim).iban) == ("approved", "DE89370400440532013000")
    page = visitor.get(url)
    assert "Saved. We wrote you an e-mail about the change." in page.text(page.one(id="flash"))
    # Whoever entered a code reads it in full; whoever has the link alone, both ends.
    assert "DE89 3704 0044 0532 0130 00" in page.text()
    assert "it does not leave before" in page.text()
    with visitor.client.session_transaction() as session:
        code = {name: session.pop(name) for name in ("unlocked", "held")}
    page = visitor.get(url)
    assert "DE8937 •••• 013000" in page.text()
    assert not re.search("0532", page.body)
    with visitor.client.session_transaction() as session:
        session.update(code)
    page = visitor.get(url)
    # It can be corrected once more while it is owed, and begins with what was given.
    assert page.one("a", href=f"{url}/payout") is not None
    page = visitor.get(f"{url}/payout/iban")
    assert (page.fields["holder"], page.fields["iban"]) == ("Kim Doe", "DE89370400440532013000")
    visitor.post(f"{url}/payout/paypal", {"email": "kim@example.org"})
    claim = again(claim)
    assert (claim.status, payee_of(claim).email) == ("approved", "kim@example.org")


def test_payout_details_cannot_be_changed_otherwise(visitor):
    claim = factories.claim()
    url = opened(visitor, claim)
    for step in ("payout", "payout/iban"):
        assert visitor.get(f"{url}/{step}", status=303).location == url
    assert visitor.post(f"{url}/payout/iban", {"holder": "K", "iban": "x"}).location == url
    assert db.session.scalars(select(Claim.payout_sealed)).all() == [None]


def test_an_offer_is_answered_and_a_taken_one_can_still_be_money(visitor):
    claim = replaced()
    reference, home = claim.reference, link(claim)
    page = visitor.get(home)
    assert "Say whether you take the replacement" in page.text()
    address = f"{home}/replacement"
    assert visitor.get(address, status=303).location.startswith(f"{home}/unlock")
    with visitor.client.session_transaction() as session:
        session["unlocked"] = {reference: NOW.replace(hour=23).isoformat()}
    page = visitor.get(address)
    assert "It is worth 0.50 USD, the price of your order." in page.text()
    page = visitor.post(address, {}, status=422)
    assert page.errors == ["Choose the replacement or your money"]
    visitor.post(address, {"answer": "accept"})
    assert stored(reference).replacement.state is ReplacementState.ACCEPTED
    page = visitor.get(home)
    assert "You get another number" in page.text()
    page = visitor.get(address)
    assert "You took the replacement, and it is not there yet." in page.text()
    visitor.post(address, {"answer": "accept"})
    assert stored(reference).replacement.state is ReplacementState.ACCEPTED
    visitor.post(address, {"answer": "refuse"})
    row = stored(reference)
    assert (row.replacement.state, row.payout.amount_minor) == (ReplacementState.REFUSED, 50)
    assert "To be paid: 0.50 USD" in visitor.get(home).text()
    assert visitor.get(address, status=303).location == home


def test_of_what_nobody_asked_for_nothing_is_said_to_have_been_sent(visitor):
    factories.account()
    factories.order()
    claim = factories.claim()
    with transaction():
        db.session.get_one(Claim, claim.id).origin = Origin.POLICY
    page = visitor.get(f"/claims/{claim.reference}/{status_token(claim.reference)}")
    assert "What it is about" in page.text()
    assert "What you sent" not in page.text()
