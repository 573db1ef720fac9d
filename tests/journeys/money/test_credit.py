"""A credit by itself: a proven claim is paid to the shop's balance without a person, and told as paid."""

import threading
from datetime import UTC, datetime

import pytest
import urllib3
from playwright.sync_api import expect
from werkzeug.serving import make_server

from portal.database import transaction
from portal.demo.balances import Conduct, SmallShopBooks
from portal.demo.shop import SmallShop
from portal.ledger.payout import Rail
from portal.payouts import setting
from tests.journeys.people import file_claim, follow, newest_mail, press
from tests.journeys.serving import Quiet
from tests.journeys.shops import EMAIL, SHOPS

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


def until_it_says(page, text):
    """Look again until the claim's page says so: the worker is at it."""
    for _ in range(60):
        if text in page.locator("main").inner_text():
            return
        page.wait_for_timeout(250)
        page.reload()
    expect(page.locator("main")).to_contain_text(text)


def test_a_proven_claim_is_paid_by_itself_and_the_mail_says_paid(customer, small_shop, books):
    reference = file_claim(customer, SHOP, SHOP.proven)
    until_it_says(customer, "The money is paid")
    assert newest_mail(customer) == f"{reference}: paid, 0.50 USD to your balance"
    assert f"{EMAIL}" in urllib3.request("GET", small_shop).data.decode()
    assert [credit[:3] for credit in books.credited().values() if credit[1] == EMAIL] == [
        (SHOP.id, EMAIL, "0.50")
    ]


def test_what_the_shop_refused_is_mended_by_its_owner(customer, small_shop, books):
    books.behave(Conduct.FIXABLE)
    reference = file_claim(customer, SHOP, SHOP.proven)
    until_it_says(customer, "The shop says: Your account is locked.")
    assert newest_mail(customer) == f"{reference}: the payout did not work, see what to do"
    books.behave(Conduct.WORKS)
    follow(customer, "Try again")
    press(customer, "Try again")
    until_it_says(customer, "The money is paid")
    assert newest_mail(customer) == f"{reference}: paid, 0.50 USD to your balance"
