"""A call that a token had no right to is in the log of acts, and nobody fills the log by asking again."""

from datetime import timedelta

import pytest

from portal.api.tokens import TokenScope
from portal.audit.bounded import OF_ALL, note_seldom
from portal.audit.log import AuditEntry, Doer, StaffAct
from portal.database import transaction
from portal.extensions import db, reading_limiter
from tests import factories
from tests.api.program import Program, order
from tests.conftest import NOW


def kept():
    db.session.rollback()
    asked = db.select(AuditEntry.role, AuditEntry.shop, AuditEntry.about)
    refused = asked.where(AuditEntry.act == StaffAct.RIGHT_REFUSED).order_by(AuditEntry.id)
    return [tuple(row) for row in db.session.execute(refused)]


@pytest.mark.daily_on("sqlite", "postgres")
def test_a_refused_call_is_kept_once_an_hour_whichever_process_is_asked(app):
    reading_limiter.enabled = True
    reader = Program(app, scopes=[TokenScope.CLAIMS])
    name, shop = reader.token.public_id, factories.SHOP
    for _ in range(3):  # in one process, then in another, which has counted nothing
        assert [reader.push(order()).status_code for _ in range(2)] == [403, 403]
        reading_limiter.limiter.storage.reset()
    first = ("program", shop, f"403 POST api.push_records {name}")
    assert kept() == [first]
    assert reader.get("/shops/nobody/events").status_code == 404
    reader.text = "rk_A_B"
    assert reader.get("/shops/nobody/events").status_code == 401
    more = [
        ("program", shop, f"404 GET api.read_feed {name}"),
        ("stranger", "*", "401 GET api.read_feed"),
    ]
    assert kept() == [first, *more]
    app.config["NOW"] = NOW + timedelta(hours=1, seconds=1)
    reading_limiter.limiter.storage.reset()
    assert Program(app, scopes=[TokenScope.CLAIMS]).push(order()).status_code == 403
    assert len(kept()) == 4


def test_of_all_strangers_together_sixty_an_hour_are_kept(app):
    def asked(number):
        with transaction():
            return note_seldom(
                StaffAct.FORM_REFUSED, at=NOW, by=None, about=f"{number}", without=Doer.STRANGER
            )

    assert [asked(number) for number in range(OF_ALL + 3)] == [True] * OF_ALL + [False] * 3
