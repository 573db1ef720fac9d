"""The letter beside the text: what leaves by this press, word for word, and nothing is done."""

import pytest
from sqlalchemy import select

from portal.claims.lifecycle import Status
from portal.claims.queries import claim_for_change
from portal.database import transaction
from portal.extensions import db
from portal.mail import outbox
from portal.mail.models import OutboxMail
from tests.web.steps.journeys import stored

WORDS = "We looked at the picture: it shows another number."


def sent_by(visitor, reference):
    """Everything that the decision's one form sends."""
    fields = visitor.get(f"/review/{reference}").fields
    return {name: value for name, value in fields.items() if "-" in name}


def shown(page, part):
    return page.text(page.one(id=f"{part}-letter")).replace("(the link to the claim)", "LINK")


def mails(reference):
    db.session.rollback()
    return [mail.event for mail in outbox.mails_about(reference)]


def declining(visitor, reference, **more):
    return sent_by(visitor, reference) | {
        "decline-clause": "SS-G5", "decline-text": WORDS, "decline-override": "I saw it.",
    } | more  # fmt: skip


@pytest.mark.parametrize("fragment", [False, True])
def test_the_letter_is_the_one_that_then_leaves_and_nothing_is_done(
    visitor, mara, waiting, fragment
):
    data = declining(visitor, waiting)
    before = (stored(waiting).version, mails(waiting))
    page = visitor.post(f"/review/{waiting}/letter/decline", data, status=200, fragment=fragment)
    told = shown(page, "decline") if not fragment else page.text()
    assert (stored(waiting).status, stored(waiting).version, mails(waiting)) == (
        Status.IN_REVIEW,
        *before,
    )
    visitor.post(f"/review/{waiting}/decline", data)
    rows = select(OutboxMail.subject, OutboxMail.text).where(
        OutboxMail.about == waiting, OutboxMail.event == "declined"
    )
    subject, text = db.session.execute(rows).one()
    for line in [subject, *text.splitlines()]:
        if "/claims/" not in line:
            assert " ".join(line.split()) in told, line


def test_without_scripts_the_page_comes_back_with_all_that_was_typed(visitor, mara, waiting):
    data = declining(visitor, waiting, **{"ask-note": "The whole screen, please."})
    page = visitor.post(f"/review/{waiting}/letter/decline", data, status=200)
    assert {name: page.fields[name] for name in ("decline-text", "ask-note", "decline-override")} == {
        "decline-text": WORDS, "ask-note": "The whole screen, please.", "decline-override": "I saw it.",
    }  # fmt: skip
    assert page.errors == []
    assert page.one(id="decline").get("open") is not None


@pytest.mark.long
def test_why_it_is_decided_otherwise_is_in_no_letter_and_not_asked_for_it(visitor, mara, waiting):
    data = declining(visitor, waiting, **{"decline-override": ""})
    page = visitor.post(f"/review/{waiting}/letter/decline", data, status=200)
    assert WORDS in shown(page, "decline")
    assert page.fields["decline-override"] == ""


def test_what_would_be_refused_says_why_in_the_letters_place(visitor, mara, waiting):
    data = declining(visitor, waiting, **{"decline-text": ""})
    page = visitor.post(f"/review/{waiting}/letter/decline", data, status=200)
    assert "No letter would leave: Write what the customer should know" in shown(page, "decline")
    stale = declining(visitor, waiting, **{"decline-seen": "1"})
    page = visitor.post(f"/review/{waiting}/letter/decline", stale, status=200, fragment=True)
    assert "This claim changed while you were looking" in page.text()


def test_asking_shows_what_the_customer_is_asked_for(visitor, mara, waiting):
    data = sent_by(visitor, waiting) | {
        "ask-missing": "claim.evidence",
        "ask-note": "The whole screen, please.",
    }
    page = visitor.post(f"/review/{waiting}/letter/ask", data, status=200)
    told = shown(page, "ask")
    assert "The whole screen, please." in told and "Send us this" in told
    assert stored(waiting).status is Status.IN_REVIEW


def test_an_approval_shows_its_amount_and_words(visitor, mara, waiting):
    data = sent_by(visitor, waiting) | {
        "approve-amount": "0.30", "approve-text": "It is a share.", "approve-override": "Goodwill.",
    }  # fmt: skip
    page = visitor.post(f"/review/{waiting}/letter/approve", data, status=200)
    told = shown(page, "approve")
    assert "0.30 USD" in told and "It is a share." in told and "Goodwill." not in told


def test_the_letter_is_in_the_customers_language_and_says_so(visitor, mara, waiting):
    with transaction():
        claim_for_change(waiting).language = "de"
    data = declining(visitor, waiting)
    page = visitor.post(f"/review/{waiting}/letter/decline", data, status=200)
    assert WORDS in shown(page, "decline")
