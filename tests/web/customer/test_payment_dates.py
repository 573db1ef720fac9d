"""Mail, page and queue give one date for the money, and the page before sending gives the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.mail.models import OutboxMail
from portal.money import Money
from tests import factories
from tests.factories import NOW
from tests.web.steps.journeys import drafted, link

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("shop", "expired"),
    [("numberplug", timedelta(minutes=40)), ("client-numbers", timedelta(minutes=1))],
)
def test_mail_page_and_payers_list_have_one_date_and_the_decision_keeps_the_policys(
    app, visitor, shop, expired
):
    factories.account(shop=shop)
    factories.order(shop=shop, expires_at=NOW - expired)
    claim = factories.claim(shop=shop, number_used=True, asked=Money(50, "USD"))
    assert claim.due_at == claim.payout_due_at == NOW + DAY
    stated = claim.decision.document["deadlines"]["payout_due"]
    assert stated in {"2026-03-04T10:00:00Z", "2026-03-04T10:19:00Z"}
    (mail,) = db.session.scalars(select(OutboxMail).where(OutboxMail.about == claim.reference))
    assert "We pay it by Thu 5 Mar 2026, 10:00 UTC." in mail.text
    assert "By Thu 5 Mar 2026, 10:00 UTC" in visitor.get(link(claim)).text()


def test_the_result_before_sending_promises_the_same(app, visitor):
    factories.account(shop="numberplug")
    factories.order(shop="numberplug")
    reference = drafted(visitor, shop="numberplug", number_used="yes")
    text = visitor.get(f"/new/{reference}/result").text()
    assert "by Thu 5 Mar 2026, 10:00 UTC" in text
