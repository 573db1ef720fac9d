"""A card number is refused wherever a customer types one; what else was typed is kept."""

import json
from datetime import UTC, datetime
from io import BytesIO

import pytest
from sqlalchemy import func, select

from portal.claims.decisions.ownership import CLAIMED
from portal.claims.models import Claim
from portal.database import transaction
from portal.extensions import db
from portal.records.importer import import_file
from portal.records.models import Order
from portal.records.problems import FileRefused
from tests.web.steps.sending import letters

TAKE_OUT = "Take the card number out. It is never needed here, so we blanked the digits"


@pytest.mark.parametrize("card", ["4111 1111 1111 1111", "4111/1111/1111/1111", "٤١١١١١١١١١١١١١١١"])
def test_an_order_number_that_is_a_card_number_is_refused(visitor, card):
    typed = {"order": card, "email": "kim@example.com"}
    page = visitor.post("/sms-service/claim", typed, status=422)
    assert page.errors == [TAKE_OUT]
    assert page.fields["email"] == "kim@example.com"
    assert not any(c.isdecimal() for c in page.fields["order"])
    assert db.session.scalar(select(func.count()).select_from(Claim)) == 0


def test_an_address_that_holds_a_card_number_is_refused(visitor):
    typed = {"order": "A-1001", "email": "4111.1111.1111.1111@example.com"}
    page = visitor.post("/sms-service/claim", typed, status=422)
    assert page.errors == [TAKE_OUT]
    assert page.fields["order"] == "A-1001"
    assert "1111" not in page.fields["email"]
    assert letters() == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("reference", "4111 1111 1111 1111"),
        ("account_email", "4111111111111111@example.com"),
        ("service", "WhatsApp 4111-1111-1111-1111"),
        ("country", "４１１１１１１１１１１１１１１１"),
    ],
)
def test_a_card_number_in_the_records_is_refused_by_line_and_column(app, column, value):
    row = {"record": "order", "reference": "A-1", "account_email": "a@example.org"} | {
        column: value
    }
    content = BytesIO(json.dumps(row).encode())
    with pytest.raises(FileRefused) as refused, transaction():
        import_file("numberplug", content, at=datetime.now(UTC), claimed=CLAIMED)
    reason = "holds a card number, which is never kept: take it out of the file"
    assert str(refused.value) == f"line 1, {column}: {reason}"
    assert db.session.scalar(select(func.count()).select_from(Order)) == 0
