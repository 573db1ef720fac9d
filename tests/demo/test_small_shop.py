"""The demo's small shop: signed calls credit each key once, however it behaves, and a page shows it."""

import json
import threading
import time
from contextlib import contextmanager
from itertools import count

import pytest
import urllib3
from standardwebhooks import Webhook
from werkzeug.serving import make_server

from portal.demo.balances import AskedCredit, Conduct, SmallShopBooks
from portal.demo.shop import QuietHandler, SmallShop
from portal.demo.starting import pay_balances_at
from portal.events.signing import is_signed, new_secret, signed
from portal.extensions import db
from portal.ledger.payout import FailedKind, Rail
from portal.ledger.rails import setting_of
from portal.money import Money
from portal.payouts.instructing import opened_secret
from portal.payouts.rails.balance import BalanceRail
from portal.payouts.rails.rail import Became, Instruction, RailAnswer
from tests.conftest import NOW

SHOP, SECRET = "numberplug", new_secret()
numbers = count()


@pytest.fixture
def books(tmp_path):
    return SmallShopBooks(tmp_path / "shop.sqlite3")


@contextmanager
def open_for_calls(books, hangs_for=0.05):
    """The shop's address, for as long as the block lasts."""
    app = SmallShop(books, {SHOP: SECRET}, portal="http://localhost/", hangs_for=hangs_for).app()
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def address(books):
    with open_for_calls(books) as address:
        yield address


@pytest.fixture
def rail(address):
    return BalanceRail(f"{address}/{SHOP}/credit", SECRET, time.time)


def owed(amount="0.50"):
    return Instruction(
        key=f"PO-{next(numbers):026}",
        claim="7K3F-9QXM",
        shop=SHOP,
        shop_name="NumberPlug",
        amount=Money.parse(amount, "USD"),
        email="ana@example.org",
        order_reference="A-1001",
    )


def send(rail, one):
    return rail.send(rail.prepare([one]))


def test_a_credit_arrives_once_however_often_it_is_sent(rail, books):
    one = owed()
    paid = RailAnswer(Became.PAID, reference="BAL-00001")
    assert [send(rail, one), send(rail, one), rail.look_up(one)] == [paid, paid, paid]
    ((key, credit),) = books.credited().items()
    assert (key, credit) == (one.key, (SHOP, "ana@example.org", "0.50", "USD"))
    send(rail, owed("1.25"))
    (balance,) = books.balances()
    assert (str(balance["total"]), balance["count"]) == ("1.75", 2)


def test_another_credit_under_the_same_key_is_refused(books):
    asked = AskedCredit("PO-1", SHOP, "ana@example.org", "0.50", "USD")
    more = AskedCredit("PO-1", SHOP, "ana@example.org", "5.00", "USD")
    assert [books.credit(each).status for each in (asked, more)] == [200, 409]
    assert books.credited() == {"PO-1": (SHOP, "ana@example.org", "0.50", "USD")}


# How it behaves -> what the call says, and what the look-up says then.
MET = {
    Conduct.WORKS: (Became.PAID, Became.PAID),
    Conduct.FIXABLE: (FailedKind.FIXABLE, FailedKind.FIXABLE),
    Conduct.WAIT: (FailedKind.WAIT, Became.MISSING),
    Conduct.FINAL: (FailedKind.FINAL, FailedKind.FINAL),
    Conduct.HANGS: (Became.UNKNOWN, Became.UNKNOWN),
    Conduct.BROKEN: (Became.UNKNOWN, Became.PAID),
    Conduct.RESETS: (Became.UNKNOWN, Became.PAID),
    Conduct.DROPS: (Became.UNKNOWN, Became.MISSING),
}


@pytest.mark.parametrize("conduct", MET)
def test_what_the_switch_says_is_what_the_calls_meet(rail, books, conduct):
    books.behave(conduct)
    one = owed()
    said = [send(rail, one), rail.look_up(one)]
    assert tuple(each.kind or each.became for each in said) == MET[conduct]
    books.behave(Conduct.WORKS)
    assert send(rail, one).became is Became.PAID
    assert len(books.credited()) == 1


def test_a_restart_forgets_nothing(books, tmp_path):
    books.credit(AskedCredit("PO-1", SHOP, "ana@example.org", "0.50", "USD"))
    books.refuse("PO-2", Conduct.FIXABLE)
    books.behave(Conduct.BROKEN)
    again = SmallShopBooks(tmp_path / "shop.sqlite3")
    assert (again.look_up("PO-1").status, again.look_up("PO-2").status, again.conduct()) == (
        200, 422, Conduct.BROKEN)  # fmt: skip


def test_what_is_not_signed_by_the_shops_secret_credits_nothing(address, books):
    other = BalanceRail(f"{address}/{SHOP}/credit", new_secret(), time.time)
    late = BalanceRail(f"{address}/{SHOP}/credit", SECRET, lambda: time.time() - 400)
    for rail in (other, late):
        assert send(rail, owed()).kind is FailedKind.WAIT
    assert books.credited() == {}


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"type": "balance.credit"}', b"\xff"])
def test_a_call_that_cannot_be_read_credits_nothing(address, books, body):
    headers = signed(SECRET, number="PO-1", at=int(time.time()), body=body)
    answer = urllib3.request("POST", f"{address}/{SHOP}/credit", body=body, headers=headers)
    assert (answer.status, answer.json()["kind"], books.credited()) == (400, "final", {})


def test_signatures_are_those_of_standard_webhooks():
    body = json.dumps({"payout": "PO-1"}).encode()
    at = int(time.time())
    headers = signed(SECRET, number="PO-1", at=at, body=body)
    assert Webhook(SECRET).verify(body, headers) == {"payout": "PO-1"}
    assert is_signed(SECRET, headers, body=body, at=at + 300)
    assert not is_signed(SECRET, headers, body=body, at=at + 301)
    assert not is_signed(SECRET, headers, body=body + b" ", at=at)
    for name in headers:
        assert not is_signed(SECRET, headers | {name: "²"}, body=body, at=at)
    two = {"webhook-signature": "v1,AAAA " + headers["webhook-signature"]}
    assert is_signed(SECRET, headers | two, body=body, at=at)


def test_the_page_shows_balances_calls_and_the_switch(address, rail, books):
    assert "Nothing was credited yet" in urllib3.request("GET", address).data.decode()
    one = owed()
    send(rail, one)
    urllib3.request("POST", f"{address}/conduct", fields={"conduct": "hangs"}, redirect=False)
    page = urllib3.request("GET", address).data.decode()
    for each in ("ana@example.org", "0.50 USD", one.key, "200 paid"):
        assert each in page
    assert 'value="hangs" aria-pressed="true"' in page
    assert books.conduct() is Conduct.HANGS


def test_no_other_page_turns_the_switch(address, books):
    for headers in ({"Sec-Fetch-Site": "same-site"}, {"Host": "evil.example"}):
        answer = urllib3.request(
            "POST", f"{address}/conduct", fields={"conduct": "final"}, headers=headers
        )
        assert answer.status in {403, 421}
    answer = urllib3.request("POST", f"{address}/conduct", fields={"conduct": "nonsense"})
    assert (answer.status, books.conduct()) == (400, Conduct.WORKS)


def test_the_demos_shops_pay_by_it_and_keep_their_secrets(app):
    here, there = "http://127.0.0.1:8001", "http://127.0.0.1:9001"
    secrets = pay_balances_at(here, at=NOW)
    assert pay_balances_at(here, at=NOW) == secrets
    kept = setting_of(SHOP, Rail.BALANCE)
    assert (kept.url, opened_secret(kept)) == (f"{here}/{SHOP}/credit", secrets[SHOP])
    pay_balances_at(there, at=NOW)
    assert setting_of(SHOP, Rail.BALANCE).url == f"{there}/{SHOP}/credit"
    setting_of(SHOP, Rail.BALANCE).url = "https://shop.example/credit"
    db.session.commit()
    assert SHOP not in pay_balances_at(here, at=NOW)
    assert setting_of(SHOP, Rail.BALANCE).url == "https://shop.example/credit"
