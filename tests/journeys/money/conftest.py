"""The small shop to which refunds to the balance arrive, and the wait until a page says so."""

import threading
from datetime import UTC, datetime

import pytest
from werkzeug.serving import make_server

from portal.database import transaction
from portal.demo.balances import SmallShopBooks
from portal.demo.shop import SmallShop
from portal.ledger.payout import Rail
from portal.payouts import setting
from tests.journeys.serving import Quiet
from tests.journeys.shops import SHOPS

SHOP = SHOPS[0]


@pytest.fixture
def books(tmp_path):
    return SmallShopBooks(tmp_path / "small-shop.sqlite3")


@pytest.fixture
def small_shop(portal, books):
    """The small shop, to which the shop's refunds to the balance are paid."""
    secrets = {}
    app = SmallShop(books, secrets, portal="http://localhost/").app()
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.port}"
    given = {"url": f"{address}/{SHOP.id}/credit"}
    with portal.app_context(), transaction():
        at = datetime.now(UTC)
        read = setting.set_rail(SHOP.id, Rail.BALANCE, given=given, at=at, loopback=True)
        secrets[SHOP.id] = read.secret
    yield address
    server.shutdown()
    thread.join()
    server.server_close()
