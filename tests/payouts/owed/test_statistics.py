"""What the search reads comes to so much for each order, whatever PostgreSQL knows of the tables' sizes."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import delete, func, select, text

from portal.database import transaction
from portal.extensions import db
from portal.payouts.owed import searching
from portal.payouts.owed.models import Owed, OwedShop
from portal.payouts.owed.promises import Promises
from portal.records.models import Message, Order
from tests import factories
from tests.conftest import NOW
from tests.payouts.owed.orders import made_up_in_lots, read_at, search
from tests.portals import rows_read

SHOP = "numberplug"
AT = NOW + timedelta(hours=2)
COUNT = 1_000
TABLES = Message, Owed, Order
NAMES = [table.__tablename__ for table in TABLES]

READ_OF_EACH = (
    20  # rows at most: it is seven, and a thousand where a table is scanned for each order
)


def analyse():
    with transaction():
        for table in TABLES:
            db.session.execute(text(f"ANALYZE {table.__tablename__}"))


@pytest.mark.long
@pytest.mark.daily_on("postgres")
def test_tables_that_are_taken_for_empty_are_read_no_more_often(app):
    factories.account(shop=SHOP)
    read_at(AT, shop=SHOP)
    policy = factories.policy(SHOP)
    made_up_in_lots(Random(1), COUNT, shop=SHOP)
    search(policy, at=AT)
    with transaction():
        for table in TABLES:
            db.session.execute(delete(table))
        db.session.execute(delete(OwedShop))
    analyse()  # as it comes by itself after a time, and then not before the next is searched
    made_up_in_lots(Random(1), COUNT, shop=SHOP)
    before = rows_read(*NAMES)
    assert search(policy, at=AT) == COUNT
    owed = db.session.scalar(select(func.count(Owed.id)))
    assert owed > 0
    with transaction():
        db.session.get_one(OwedShop, SHOP).searched_by = "another version"
    searching._begin_anew(policy, Promises(policy, at=AT))
    assert rows_read(*NAMES) - before < READ_OF_EACH * COUNT
