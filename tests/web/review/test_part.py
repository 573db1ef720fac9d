"""Less than the policy gives, on the pages: a reason, an appeal with a file, the rest from another person."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.claims.queries import claim_for_change, claim_page
from portal.claims.verbs import reviewing
from portal.database import transaction
from portal.extensions import db
from portal.money import Money
from tests import factories
from tests.factories import NOW
from tests.web.steps.journeys import opened, picture
from tests.web.steps.signing_in import sign_in


@pytest.fixture
def part(app):
    """0.30 of 0.50 USD was approved, with a reason."""
    factories.account()
    factories.order(messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    claim = factories.claim(reason="wrong_code")
    first = factories.reviewer()
    for verb, given in (
        (reviewing.record_finding, {"finding": "claim_verified", "value": True}),
        (reviewing.approve, {"amount": Money(30, "USD"), "customer_text": "One code came."}),
    ):
        with transaction():
            row = claim_for_change(claim.reference)
            verb(row, by=first, at=NOW, seen=row.version, policy=factories.policy(), **given)
    return claim


def again(claim):
    db.session.rollback()
    return claim_page(claim.reference)


def appeal(visitor, claim):
    """Appeal with a new picture, as its owner does on the pages."""
    url = opened(visitor, claim)
    assert visitor.get(f"{url}/appeal").h1 == "What is new?"
    answer = visitor.client.post(
        f"/evidence/{claim.reference}",
        data={"files": picture("new.png"), "csrf_token": visitor.token()},
        content_type="multipart/form-data",
    )
    assert answer.status_code in {200, 303}
    assert [file.on_appeal for file in again(claim).evidence] == [False, True]
    page = visitor.post(f"{url}/appeal/text", {"text": "Both codes were wrong."})
    assert page.location == url
    return url


@pytest.mark.long
def test_the_rest_is_won_on_appeal_and_the_two_are_one_payment(visitor, part):
    url = appeal(visitor, part)
    assert "Your appeal is being looked at" in visitor.get(url).text()
    sign_in(visitor, factories.reviewer(may_pay=True))
    page = visitor.get(f"/review/{part.reference}")
    assert page.fields["approve-amount"] == "0.20"
    assert "paid-reference" not in page.fields
    fields = {key: value for key, value in page.fields.items() if key.startswith("approve-")}
    visitor.post(f"/review/{part.reference}/approve", fields)
    claim = again(part)
    assert (claim.status, [str(each.amount) for each in claim.payouts]) == (
        "approved",
        ["0.50 USD"],
    )
    page = visitor.get(f"/review/{part.reference}")
    assert "Owed 0.50 USD to the balance" in page.text()


def test_a_lost_appeal_says_that_it_stays(visitor, part):
    url = appeal(visitor, part)
    sign_in(visitor, factories.reviewer(may_pay=True))
    page = visitor.get(f"/review/{part.reference}")
    fields = {key: value for key, value in page.fields.items() if key.startswith("decline-")}
    fields |= {
        "decline-clause": "SS-G5",
        "decline-text": "It is enough.",
        "decline-override": "Seen.",
    }
    visitor.post(f"/review/{part.reference}/decline", fields)
    text = visitor.get(url).text()
    assert again(part).status == "approved"
    assert "Your appeal was decided: the amount stays" in text
    assert "It is enough." in text
