"""What a shop's file says of sending and appealing, on the customer's pages and in the mails."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.mail.models import OutboxMail
from portal.policy.file.places import SHOPS
from portal.policy.file.reading import read
from tests import factories
from tests.factories import NOW
from tests.web.steps.journeys import again, declined, drafted, opened

FILE = "Add a file that shows what happened"
NEEDED = "An appeal needs at least one new file that shows what happened."
WORDS = "Write what was overlooked."


@pytest.fixture
def otherwise(app):
    """The shop says otherwise than the five do: an appeal may be words alone, other words to confirm."""
    text = (SHOPS / "sms-service.toml").read_text(encoding="utf-8")
    for before, after in (
        ("appeal_needs_file = true", "appeal_needs_file = false"),
        ('appeal_review = "2 days"', 'appeal_review = "5 days"'),
        ("What I wrote is true, and I have read the refund policy", "I keep to the rules"),
    ):
        assert before in text
        text = text.replace(before, after)
    found = read(text.encode(), "sms-service.toml")
    app.extensions["policies"] = {"sms-service": found}
    return found


def test_who_sends_a_claim_confirms_the_shops_terms(visitor, otherwise):
    factories.account()
    factories.order()
    page = visitor.get(f"/new/{drafted(visitor)}/result")
    assert "I keep to the rules" in page.text()
    assert "I have read the refund policy" not in page.text()


def letter(event):
    """The mail of this event."""
    found = db.session.scalars(select(OutboxMail).where(OutboxMail.event == event)).one()
    db.session.rollback()
    return found


@pytest.mark.usefixtures("otherwise")
def test_where_the_shop_wants_no_file_an_appeal_is_words(visitor):
    claim = declined()
    mail = letter("declined")
    assert [(WORDS in text, FILE in text) for text in (mail.text, mail.html)] == [(True, False)] * 2
    url = opened(visitor, claim)
    page = visitor.get(f"{url}/appeal").text()
    assert (f"{FILE}, if you have one." in page, NEEDED in page) == (True, False)
    assert visitor.post(f"{url}/appeal/text", {"text": "Look at the time."}).location == url
    claim = again(claim)
    assert (claim.status, claim.appeal_text, claim.review_due_at) == (
        "appealed",
        "Look at the time.",
        NOW + timedelta(days=5),
    )


def test_where_the_shop_wants_a_file_the_mail_and_the_page_ask_for_it(visitor):
    claim = declined()
    mail = letter("declined")
    assert [(WORDS in text, FILE in text) for text in (mail.text, mail.html)] == [(False, True)] * 2
    page = visitor.get(f"{opened(visitor, claim)}/appeal").text()
    assert (f"{FILE}, if you have one." in page, NEEDED in page) == (False, True)
