"""The pages of a claim whose holder the shop knows by its own id alone."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from portal.extensions import db
from portal.mail.models import OutboxMail
from tests import factories
from tests.web.steps.journeys import link


@pytest.fixture
def claim(visitor):
    """Approved by the logs at once."""
    factories.account(email=None, account_id="u-17")
    factories.order(account_email=None, account_id="u-17")
    return factories.claim(email=None, account_id="u-17")


@pytest.mark.parametrize("page", ["", "/unlock"])
def test_its_pages_show_and_promise_no_address(claim, visitor, page):
    shown = visitor.get(link(claim) + page).text()
    assert "We write to you" not in shown
    for word in ("•••", "@", "None", "e-mail", "E-mail"):
        assert word not in shown


@pytest.mark.parametrize("page", ["code", "files", "withdraw", "payout"])
def test_what_needs_a_code_says_to_come_from_the_shop(claim, visitor, page):
    went = visitor.get(f"{link(claim)}/{page}", status=303).location
    assert "open it from the shop’s own pages" in visitor.get(went).text()


def test_nobody_gets_a_code_for_it(claim, visitor):
    page = visitor.post(f"{link(claim)}/unlock", {}, status=200)
    assert "open it from the shop’s own pages" in page.text()
    assert db.session.scalar(select(func.count()).select_from(OutboxMail)) == 0


@pytest.mark.usefixtures("owner")
def test_a_reviewer_reads_the_shops_id(claim, visitor):
    text = visitor.get(f"/review/{claim.reference}").text()
    assert "Account at the shop" in text
    assert "u-17" in text
