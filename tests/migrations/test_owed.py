"""What the migrations of refunds that nobody asks for make of rows that were there before."""

import flask_migrate
import pytest
from sqlalchemy import text

from portal.database import transaction
from portal.extensions import db
from tests.migrations.asked import BOTH, portal_on

_ORDER = text(
    "INSERT INTO orders (id, shop, reference, reference_key, messages_known, look_at)"
    " VALUES (:id, :shop, :reference, :reference, true, :look_at)"
)
_AT_ONCE = "1970-01-01 00:00:00+00"


@pytest.mark.long
@BOTH
def test_orders_that_were_looked_at_are_passed_and_those_that_wait_keep_their_mark(empty, tmp_path):
    with portal_on(empty, tmp_path):
        flask_migrate.upgrade(revision="0078")
        with transaction():
            for number, (shop, waits) in enumerate(
                [("numberplug", False), ("numberplug", True), ("other", True)], 1
            ):
                told = {"id": number, "shop": shop, "reference": f"B{number}"}
                db.session.execute(_ORDER, told | {"look_at": _AT_ONCE if waits else None})
            db.session.execute(
                text(
                    "INSERT INTO owed_shops (shop, searched_by, paid_minor) VALUES (:shop, '1', 0)"
                ),
                {"shop": "numberplug"},
            )
        flask_migrate.upgrade(revision="0079")
        assert db.session.execute(text("SELECT shop, searched_to FROM owed_shops")).all() == [
            ("numberplug", 2)
        ]
        assert _marked() == [2, 3]
        db.session.rollback()
        with transaction():
            unseen = "(4, 'numberplug', 'B4', 'B4', true)"
            db.session.execute(
                text(
                    "INSERT INTO orders (id, shop, reference, reference_key, messages_known)"
                    f" VALUES {unseen}"
                )
            )
        assert _marked() == [2, 3]
        db.session.rollback()
        flask_migrate.downgrade(revision="0078")
        assert _marked() == [2, 3, 4]
        db.session.rollback()
        flask_migrate.upgrade()


def _marked():
    waiting = text("SELECT id FROM orders WHERE look_at IS NOT NULL ORDER BY id")
    return list(db.session.scalars(waiting))
