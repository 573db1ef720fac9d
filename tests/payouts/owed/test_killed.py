"""Workers that refund what nobody asked for are killed on the way: each order is refunded once."""

import time
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import Rail
from portal.payouts import setting
from portal.payouts.owed.models import OwedShop
from portal.payouts.verifying import verify
from tests import factories
from tests.conftest import NOW
from tests.payouts.owed.orders import PAYING, read_at
from tests.payouts.owed.refunds_to_kill import work
from tests.payouts.shops import crediting
from tests.races import started
from tests.sizes import size

pytestmark = pytest.mark.exhaustive
ORDERS, KILLS = size(20, full=200, whole=1_000), size(2, full=5, whole=20)


@pytest.mark.long
def test_each_order_is_refunded_once_however_often_the_worker_is_killed(app, database, tmp_path):
    factories.account(shop=PAYING)
    for number in range(ORDERS):
        factories.order(shop=PAYING, reference=f"A-{number}")
    read_at(NOW + timedelta(hours=2), shop=PAYING)
    with crediting() as shop:
        given = {"url": shop.url}
        with transaction():
            read = setting.set_rail(PAYING, Rail.BALANCE, given=given, at=NOW, loopback=True)
        shop.secret = read.secret
        db.session.rollback()
        kills = 0
        for each in range(1, KILLS + 1):
            worker = started(work, database, tmp_path)
            while worker.is_alive() and len(shop.credited) < each * ORDERS * 0.6 / KILLS:
                time.sleep(0.01)
            kills += worker.is_alive()
            worker.kill()
            worker.join()
        last = started(work, database, tmp_path)
        last.join(600)
        assert last.exitcode == 0
    assert kills == KILLS
    db.session.rollback()
    claims = db.session.scalars(select(Claim)).all()
    assert len(claims) == ORDERS
    assert {claim.status for claim in claims} == {Status.PAID}
    assert len({claim.order_reference for claim in claims}) == ORDERS
    assert {payout.key for claim in claims for payout in claim.payouts} == set(shop.credited)
    assert len(shop.credited) == ORDERS
    assert db.session.scalar(select(func.sum(OwedShop.paid_minor))) == 50 * ORDERS
    assert list(verify()) == []
