from datetime import timedelta

from portal.claims.lapsing import lapse_due
from portal.claims.lifecycle import Status
from portal.extensions import db
from portal.mail.models import OutboxMail
from tests import factories
from tests.factories import NOW

FORTNIGHT = timedelta(days=14)


def asked(shop):
    """A claim that waits for its customer since NOW."""
    factories.account(shop=shop)
    factories.order(shop=shop, messages=[(NOW - timedelta(days=1), "WhatsApp")])
    return factories.claim(shop=shop, reason="wrong_code", files=0)


def letters():
    return [mail.event for mail in db.session.query(OutboxMail).order_by(OutboxMail.id)]


def test_a_request_that_stays_unanswered_ends_the_claim_where_the_policy_says_so(app):
    claim = asked("sms-service")
    assert claim.status is Status.NEEDS_INFORMATION
    assert lapse_due(now=NOW + FORTNIGHT) == 0
    assert claim.status is Status.NEEDS_INFORMATION
    assert lapse_due(now=NOW + FORTNIGHT + timedelta(seconds=1)) == 1
    db.session.refresh(claim)
    assert (claim.status, claim.verdict_clause, claim.open_key) == (
        Status.DECLINED,
        "SS-N4",
        None,
    )
    assert claim.appeal_until == NOW + FORTNIGHT + timedelta(seconds=1) + timedelta(
        days=factories.policy("sms-service").shop.appeal_days
    )
    assert letters() == ["needs_information", "declined"]


def test_run_again_it_changes_nothing(app):
    claim = asked("sms-service")
    late = NOW + FORTNIGHT + timedelta(seconds=1)
    assert [lapse_due(now=late), lapse_due(now=late)] == [1, 0]
    db.session.refresh(claim)
    assert [event.action.value for event in claim.events] == ["submit", "ask", "lapse"]


def test_where_the_policy_is_silent_the_claim_goes_on_waiting(app):
    factories.account(shop="activation-claims")
    factories.order(shop="activation-claims", messages=[(NOW, "WhatsApp")], completed_at=NOW)
    claim = factories.claim(
        shop="activation-claims",
        reason="invalid_number",
        description="The code came but the number was refused at once by the service.",
        files=0,
    )
    assert claim.status is Status.NEEDS_INFORMATION
    late = NOW + FORTNIGHT + timedelta(seconds=1)
    assert [lapse_due(now=late), lapse_due(now=late)] == [1, 0]
    db.session.refresh(claim)
    assert claim.status is Status.NEEDS_INFORMATION
