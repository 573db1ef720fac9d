"""A credit by itself: a proven claim is paid to the shop's balance without a person, and told as paid."""

import pytest
import urllib3

from portal.demo.balances import Conduct
from tests.journeys.people import file_claim, follow, newest_mail, press, until_it_says
from tests.journeys.shops import EMAIL, SHOPS

SHOP = SHOPS[0]


@pytest.mark.long
def test_a_proven_claim_is_paid_by_itself_and_the_mail_says_paid(customer, small_shop, books):
    reference = file_claim(customer, SHOP, SHOP.proven)
    until_it_says(customer, "The money is paid")
    assert newest_mail(customer) == f"{reference}: paid, 0.50 USD to your balance"
    assert f"{EMAIL}" in urllib3.request("GET", small_shop).data.decode()
    assert [credit[:3] for credit in books.credited().values() if credit[1] == EMAIL] == [
        (SHOP.id, EMAIL, "0.50")
    ]


@pytest.mark.long
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
