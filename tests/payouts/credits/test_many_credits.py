"""Many credits through a shop that has a bad day, the worker killed on the way: both books end the same."""

import threading
import time
from contextlib import contextmanager

import pytest
from sqlalchemy import select
from werkzeug.serving import make_server

from portal.claims.models import Claim
from portal.database import transaction
from portal.demo.balances import Conduct, SmallShopBooks
from portal.demo.shop import QuietHandler, SmallShop
from portal.extensions import db
from portal.ledger.entries import LedgerAccount
from portal.ledger.payout import FailedKind, Payout, PayoutState, Rail
from portal.payouts import setting
from portal.payouts.verifying import balances, verify
from tests import factories
from tests.conftest import NOW
from tests.payouts.credits.worker_to_kill import work
from tests.races import started
from tests.sizes import size

pytestmark = pytest.mark.exhaustive

CREDITS, KILLS = size(30, full=300, whole=2_000), size(1, full=4, whole=20)
PATIENCE, HANGS = 0.25, 0.35  # seconds: of the caller, and of the shop that hangs
ACCOUNTS = [f"kim{number}@example.com" for number in range(7)]


@contextmanager
def open_shop(books):
    """The small shop at an address, its secrets to be filled in."""
    secrets = {}
    shop = SmallShop(books, secrets, portal="http://localhost/", hangs_for=HANGS)
    server = make_server("127.0.0.1", 0, shop.app(), threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}/{factories.SHOP}/credit", secrets
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def approve_many():
    """Claims that the policy approves at once, each about an order of its own."""
    for account in ACCOUNTS:
        factories.account(email=account)
    for first in range(0, CREDITS, 50):
        with transaction():
            for number in range(first, min(first + 50, CREDITS)):
                email, price = ACCOUNTS[number % len(ACCOUNTS)], 10 + number % 90
                reference = f"M-{number}"
                factories.order(reference=reference, account_email=email, price_minor=price)
                factories.claim(order_reference=reference, email=email, files=0)


def killed_on_the_way(url, folder, books):
    """Run workers until one has nothing left to do, each of the others killed in the middle of its work."""
    kills = 0
    for each in range(1, KILLS + 1):
        worker = started(work, url, folder, PATIENCE)
        while worker.is_alive() and len(books.credited()) < each * CREDITS * 0.6 / KILLS:
            time.sleep(0.01)
        kills += worker.is_alive()
        worker.kill()
        worker.join()
    last = started(work, url, folder, PATIENCE)
    last.join(600)
    assert last.exitcode == 0
    return kills


@pytest.mark.long
def test_both_books_are_the_same_in_the_end(app, database, tmp_path):
    books = SmallShopBooks(tmp_path / "shop.sqlite3")
    approve_many()
    with open_shop(books) as (url, secrets):
        with transaction():
            secrets[factories.SHOP] = setting.set_rail(
                factories.SHOP, Rail.BALANCE, given={"url": url}, at=NOW, loopback=True
            ).secret
        books.behave(Conduct.BAD_DAY)
        assert killed_on_the_way(database, tmp_path, books) == KILLS
    rows = db.session.execute(select(Payout, Claim).join(Claim, Payout.claim_id == Claim.id)).all()
    paid = {
        payout.key: (claim.shop, claim.email, payout.amount.as_json()["amount"], payout.currency)
        for payout, claim in rows
        if payout.state is PayoutState.PAID
    }
    assert len(rows) == CREDITS
    assert paid == books.credited()
    refused = {payout.key: payout.failed_kind for payout, _ in rows if payout.key not in paid}
    assert {payout.state for payout, _ in rows if payout.key in refused} <= {PayoutState.FAILED}
    assert {kind.value for kind in refused.values()} <= {FailedKind.FIXABLE, FailedKind.FINAL}
    assert {key: books.look_up(key).said["kind"] for key in refused} == refused
    assert {p.payer_reference for p, _ in rows if p.key in paid} == {
        books.look_up(key).said["reference"] for key in paid
    }
    left = balances()
    sent = sum(payout.amount_minor for payout, _ in rows if payout.key in paid)
    assert left[LedgerAccount.CASH, "USD"] == -sent
    assert left.get((LedgerAccount.TRANSIT, "USD"), 0) == 0
    assert list(verify()) == []
