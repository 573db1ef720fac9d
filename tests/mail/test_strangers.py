"""Strangers have three mails a day sent to one mailbox, however it is written, and lock nobody out."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.claims.letters.links import status_token
from portal.database import transaction
from portal.extensions import db, limiter
from portal.mail import strangers
from portal.mail.models import OutboxMail
from portal.mail.strangers import MailByStranger
from tests import factories
from tests.conftest import NOW
from tests.web.inspector import Browser
from tests.web.steps.journeys import code_for

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
VICTIM = "vera.v@gmail.com"
TWINS = [
    "verav@gmail.com",
    "Vera.V+shop@gmail.com",
    "v.e.r.a.v@googlemail.com",
    "ｖera.v@gmail.com",
]


def counted(address, *, network="10.0.0.1", at=NOW, **kwargs):
    with transaction():
        return strangers.wait_for_one(address, network=network, at=at, **kwargs)


def letters(address=VICTIM):
    found = db.session.scalars(select(OutboxMail.recipient).order_by(OutboxMail.id)).all()
    db.session.rollback()
    return [each for each in found if each == address]


@pytest.fixture
def strict(app):
    """The portal with its limits on."""
    app.config["NOW"] = NOW
    limiter.enabled = True
    yield app
    limiter.enabled = False


@pytest.mark.parametrize("twin", TWINS)
def test_three_a_day_go_to_one_mailbox_however_it_is_written(app, twin):
    assert [counted(VICTIM, at=NOW + each * HOUR) for each in range(3)] == [None] * 3
    assert counted(twin, at=NOW + 3 * HOUR, network="10.0.0.2") == 21 * HOUR
    assert counted(twin, at=NOW + DAY) is None
    assert counted(twin, at=NOW + DAY) == HOUR


def test_dots_tell_no_two_mailboxes_apart_and_a_domain_is_one_in_both_its_forms(app):
    assert [counted("a.b@example.com") for _ in range(3)] == [None] * 3
    assert counted("ab@example.com") == DAY
    assert counted("A.B+x@example.com") == DAY
    assert [counted("ab@straße.de") for _ in range(3)] == [None] * 3
    assert counted("ab@xn--strae-oqa.de") == DAY


def test_one_network_has_twenty_an_hour_sent_to_all_mailboxes(app):
    for each in range(20):
        assert counted(f"p{each}@example.com", at=NOW + timedelta(minutes=each)) is None
    assert counted("q@example.com", at=NOW + timedelta(minutes=20)) == timedelta(minutes=40)
    assert counted("q@example.com", at=NOW + timedelta(minutes=20), network="10.0.0.2") is None
    assert counted("q@example.com", at=NOW + HOUR) is None


def test_what_is_a_day_old_is_forgotten_and_nobody_is_named(app):
    counted(VICTIM)
    row = db.session.scalars(select(MailByStranger)).one()
    assert not {VICTIM, "verav@gmail.com", "10.0.0.1"} & {row.mailbox, row.network}
    counted("other@example.com", at=NOW + DAY)
    assert [row.at for row in db.session.scalars(select(MailByStranger))] == [NOW + DAY]


def test_whoever_owns_the_mailbox_goes_on_by_the_link_of_a_mail_that_a_stranger_caused(strict):
    strangers_drafts = []
    for number in range(3):
        stranger = Browser(strict.test_client())
        page = stranger.post("/sms-service/claim", {"order": f"Z-{number}", "email": VICTIM})
        strangers_drafts.append(page.location.split("/")[2])
    owner = Browser(strict.test_client())
    form = {"order": "A-1", "email": VICTIM}
    page = owner.post("/sms-service/claim", form, status=429)
    assert page.h1 == "Too many codes were sent"
    assert "the link in one of them" in page.text()
    assert "You can ask here again in 24 hours." in page.text()
    assert page.response.headers["Retry-After"] == str(24 * 3600)
    assert len(letters()) == 3
    reference = strangers_drafts[0]
    link = f"/claims/{reference}/{status_token(reference)}"
    code_page = owner.post(f"{link}/unlock").location
    owner.post(code_page, {"code": code_for(VICTIM)})
    assert len(letters()) == 4
    begun = owner.post("/sms-service/claim", form).location
    assert begun.endswith("/reason")
    assert len(letters()) == 4


def test_strangers_who_only_look_for_claims_leave_room_for_one_that_begins(strict):
    for _ in range(2):
        Browser(strict.test_client()).post("/find", {"email": VICTIM})
    page = Browser(strict.test_client()).post("/find", {"email": VICTIM}, status=429)
    assert "beginning a claim with this address" in page.text()
    owner = Browser(strict.test_client())
    code_page = owner.post("/sms-service/claim", {"order": "A-1", "email": VICTIM}).location
    owner.post(code_page, {"code": code_for(VICTIM)})
    owner.post("/find", {"email": VICTIM})
    assert len(letters()) == 3


def test_links_to_a_new_password_are_counted_with_them(strict):
    person = factories.reviewer(name="Vera", email=VICTIM)
    for _ in range(4):
        Browser(strict.test_client()).post("/sign-in/password", {"email": person.email}, status=200)
    assert len(letters()) == 3
