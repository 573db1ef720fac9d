"""Files of records: their rows, what taking one in counts, and what is found wrong with one."""

import json
from datetime import UTC, datetime
from io import BytesIO

import pytest
from sqlalchemy import func, select

from portal.database import transaction
from portal.extensions import db
from portal.records.importer import import_file
from portal.records.models import Account, Message, Order, Purchase, TopUp
from portal.records.problems import FileRefused
from portal.records.storing.owners import Claimed

HEADING = "record,reference,account_email,kind,price_amount,price_currency,ordered_at\n"


ROW = "order,A-1,ana@example.org,activation,0.50,USD,2026-03-02T10:00:00Z\n"


AT = datetime(2026, 6, 1, tzinfo=UTC)


NOTHING = Claimed(orders=lambda *_: (), balances=lambda *_: ())  # no claim is about anything


def take(text, shop="numberplug"):
    data = text if isinstance(text, bytes) else text.encode()
    with transaction():
        return import_file(shop, BytesIO(data), at=AT, claimed=NOTHING)


def lines(*records):
    return "\n".join(json.dumps(record) for record in records)


def problems(text):
    with pytest.raises(FileRefused) as refused:
        take(text)
    assert all_rows() == [0, 0, 0, 0, 0]
    return [(problem.line, problem.field, problem.reason) for problem in refused.value.problems]


def all_rows():
    return [
        db.session.scalar(select(func.count()).select_from(model))
        for model in (Account, Order, Message, TopUp, Purchase)
    ]


def order(reference="A-1", **given):
    return {"record": "order", "reference": reference, "account_email": "a@example.org"} | given


def message(reference="A-1", at="2026-03-02T10:00:00Z", **given):
    return {"record": "message", "order_reference": reference, "received_at": at} | given
