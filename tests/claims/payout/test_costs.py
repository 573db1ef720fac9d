"""What a payment system keeps of a refund, and the least that is paid out (SS-M5): never more than was paid."""

from __future__ import annotations

import random
import tomllib
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import func, select

from portal.claims.payout.details import read
from portal.claims.payout.payee import name_payee
from portal.claims.payout.ways import cost_of, costs, methods_open, none_left, too_small
from portal.claims.queries import claim_for_change
from portal.claims.refusals import AmountRefused
from portal.claims.verbs import filing, mending, reviewing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.entries import LedgerEntry
from portal.money import DIGITS, Money
from portal.payouts import paying
from portal.payouts.verifying import verify
from portal.policy.deciding.document import PayoutFee, PolicyError
from portal.policy.file import reading
from portal.policy.file.places import SHOPS
from tests import factories
from tests.claims.payout.topped_up import USD10, act, again, balance, last_mail
from tests.factories import NOW

PAYPAL = PayoutFee(Fraction("0.029"), Money(30, "USD"))
SHOP_LINE = 'payout_methods = ["original"'


def charging(**shop):
    policy = factories.policy()
    return replace(policy, shop=replace(policy.shop, **shop))


def text_with(lines):
    text = (SHOPS / "sms-service.toml").read_text()
    return text.replace(SHOP_LINE, f"{lines}\n{SHOP_LINE}", 1)


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD", "BTC", "ISK"])
def test_the_fee_is_never_above_the_amount_nor_above_its_share_and_both_parts_are_the_amount(
    currency,
):
    chance = random.Random(f"fees {currency}")
    for _ in range(2_000):
        paid = chance.randint(0, 10 ** chance.randint(1, 12))
        earlier = chance.randint(0, paid)
        amount = Money(chance.randint(0, paid - earlier), currency)
        share = Fraction(chance.randint(0, 999_999), 1_000_000)
        fixed = Money(chance.randint(0, 500), chance.choice([currency, "EUR"]))
        fee = PayoutFee(share, fixed).of(amount)
        assert fee.currency == currency
        assert 0 <= fee.minor <= amount.minor
        assert fee.minor <= share * amount.minor + fixed.minor
        arrives = amount - fee
        assert arrives.minor + fee.minor + earlier <= paid
        assert isinstance(fee.minor, int)


def test_a_part_of_the_smallest_unit_is_not_taken():
    assert PAYPAL.of(Money(1200, "USD")) == Money(64, "USD")  # 34.8 and 30
    assert PAYPAL.of(Money(20, "USD")) == Money(20, "USD")
    assert PAYPAL.of(Money(1200, "JPY")) == Money(34, "JPY")
    assert DIGITS["JPY"] == 0


def test_the_files_tables_are_read():
    text = text_with('fees = { paypal = { share = "2.9", fixed = "0.30" }, card = { fixed = "1" } }\n'
                     'minimums = { crypto = "10.00" }')  # fmt: skip
    shop = reading.read(text.encode(), "sms-service.toml").shop
    assert shop.fees == {"paypal": PAYPAL, "card": PayoutFee(Fraction(0), Money(100, "USD"))}
    assert shop.minimums == {"crypto": USD10}
    assert tomllib.loads(text)["shop"]["minimums"] == {"crypto": "10.00"}


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ('fees = { cash = { fixed = "1" } }', "unknown payout method 'cash'"),
        ('fees = { paypal = { share = "100" } }', "fees.paypal has a share in percent below 100"),
        ("fees = { paypal = { share = 2.9 } }", "fees.paypal has a share in percent below 100"),
        ("fees = { paypal = {} }", "fees.paypal has a share in percent below 100"),
        ('fees = { paypal = { fixed = "-1" } }', "fees.paypal: "),
        ('minimums = { crypto = "ten" }', "minimums.crypto: "),
        ('minimums = "10.00"', "unknown payout method '10.00'"),
    ],
)
def test_what_is_no_fee_is_refused_in_words(lines, says):
    with pytest.raises(PolicyError) as refused:
        reading.read(text_with(lines).encode(), "sms-service.toml")
    assert says in str(refused.value)


@pytest.mark.usefixtures("app")
class TestBeforeItIsSent:
    """The customer knows what arrives before any details are typed."""

    def test_each_way_says_what_it_keeps_and_what_arrives(self):
        policy = charging(fees={"paypal": PAYPAL})
        found = costs(balance(), policy=policy, at=NOW)
        assert {method: cost.words for method, cost in found.items()} == {
            "paypal": "10.00 USD less 0.59 USD that the payment system keeps: 9.41 USD arrive."
        }
        assert cost_of("iban", USD10, policy=policy) is None
        assert cost_of(None, USD10, policy=policy) is None

    def test_a_method_below_its_minimum_is_not_offered_with_the_reason(self):
        policy = charging(minimums={"crypto": Money(1001, "USD"), "iban": USD10})
        draft = balance()
        assert methods_open(draft, policy=policy, at=NOW) == [
            "original", "iban", "paypal", "card", "other"]  # fmt: skip
        assert too_small(draft, policy=policy, at=NOW) == [
            "Crypto pays out 10.01 USD or more, and your refund is 10.00 USD."
        ]

    def test_nor_one_by_which_nothing_would_arrive(self):
        policy = charging(fees={"crypto": PayoutFee(Fraction(0), USD10)})
        draft = balance()
        assert "crypto" not in methods_open(draft, policy=policy, at=NOW)
        assert too_small(draft, policy=policy, at=NOW) == [
            "Crypto pays out 10.01 USD or more, and your refund is 10.00 USD."
        ]

    def test_where_none_is_left_it_says_what_can_be_done(self):
        every = dict.fromkeys(factories.policy().shop.payout_methods, Money(5000, "USD"))
        draft = balance()
        assert methods_open(draft, policy=charging(minimums=every), at=NOW) == []
        assert none_left(draft).endswith(
            "It stays on your balance: use it there, or ask again when there is more."
        )


@pytest.mark.usefixtures("app")
class TestApproved:
    """The fee is the payout's from its approval on."""

    def approved(self, policy, *, then=None):
        draft = balance()
        with transaction():
            row = claim_for_change(draft.reference)
            name_payee(row, details=read("paypal", {"email": "kim@example.com"}))
            filing.submit(row, policy=policy, at=NOW)
        with transaction():
            row = claim_for_change(draft.reference)
            reviewing.approve(row, amount=USD10, by=factories.reviewer(), at=NOW, seen=row.version,
                              policy=then or policy)  # fmt: skip
        return again(draft)

    def test_it_is_told_deducted_and_in_the_ledger(self):
        claim = self.approved(charging(fees={"paypal": PAYPAL}))
        assert (claim.payout.amount, claim.payout.fee_minor) == (USD10, 59)
        line = "Fee: 10.00 USD less 0.59 USD that the payment system keeps: 9.41 USD arrive."
        assert line in last_mail(claim).text
        paid = act(paying.mark_paid, claim, reference="TX-1")
        assert line in last_mail(paid).text
        sums = select(LedgerEntry.account, func.sum(LedgerEntry.amount_minor)).group_by(
            LedgerEntry.account
        )
        assert {account: int(total) for account, total in db.session.execute(sums) if total} == {
            "refunds": 1000, "cash": -941, "fees": -59}  # fmt: skip
        assert list(verify()) == []

    @pytest.mark.parametrize(
        ("share", "fixed", "kept"),
        [("0.05", 100, 59), ("0.01", 30, 40), (None, 0, 0)],
        ids=["more is kept by now", "less is", "nothing is"],
    )
    def test_never_more_is_kept_than_was_shown_before_it_was_sent(self, share, fixed, kept):
        now = {"paypal": PayoutFee(Fraction(share), Money(fixed, "USD"))} if share else {}
        claim = self.approved(charging(fees={"paypal": PAYPAL}), then=charging(fees=now))
        assert claim.payout.fee_minor == kept

    def test_what_cost_nothing_as_it_was_sent_costs_nothing(self):
        claim = self.approved(factories.policy(), then=charging(fees={"paypal": PAYPAL}))
        assert claim.payout.fee_minor == 0

    def test_who_sends_it_another_way_is_shown_what_that_keeps_now(self):
        dear = charging(
            fees={"paypal": PAYPAL, "crypto": PayoutFee(Fraction(0), Money(500, "USD"))}
        )
        claim = self.approved(factories.policy(), then=dear)
        address = "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"
        wallet = read("crypto", {"network": "bitcoin", "address": address})
        with transaction():
            row = claim_for_change(claim.reference)
            mending.change_payee(row, details=wallet, policy=dear, at=NOW + timedelta(hours=1))
        assert again(claim).payout.fee_minor == 500

    def test_less_than_the_methods_minimum_is_not_approved(self):
        with pytest.raises(AmountRefused, match=r"^PayPal pays out 10\.01 USD or more\. Ask the"):
            self.approved(charging(minimums={"paypal": Money(1001, "USD")}))

    @pytest.mark.parametrize(
        "raised",
        [
            {"minimums": {"paypal": Money(1001, "USD")}},
            {"fees": {"paypal": PayoutFee(Fraction(0), USD10)}},
        ],
        ids=["the minimum", "the fee, to all of it"],
    )
    def test_what_was_enough_as_it_was_sent_stays_payable_whatever_the_shop_raises(self, raised):
        sent, dear = charging(minimums={"paypal": USD10}), charging(**raised)
        claim = self.approved(sent, then=dear)
        assert (claim.payout.amount, claim.payout.fee_minor) == (USD10, 0)
        act(paying.mark_failed, claim, reason="Nobody is known by this address.")
        claim = again(claim)
        assert "paypal" in methods_open(claim, policy=dear, at=NOW)
        with transaction():
            row = claim_for_change(claim.reference)
            mended = read("paypal", {"email": "kim.long@example.com"})
            mending.change_payee(row, details=mended, policy=dear, at=NOW + timedelta(hours=1))
        assert again(claim).payout.fee_minor == 0

    def test_a_way_that_it_was_not_sent_with_is_closed_by_what_the_shop_asks_now(self):
        dear = charging(minimums={"paypal": Money(1001, "USD"), "crypto": Money(1001, "USD")})
        claim = self.approved(factories.policy(), then=dear)
        found = methods_open(claim, policy=dear, at=NOW)
        assert found == ["original", "iban", "paypal", "card", "other"]

    def test_another_method_has_another_fee(self):
        policy = charging(fees={"paypal": PAYPAL})
        claim = self.approved(policy)
        with transaction():
            row = claim_for_change(claim.reference)
            mending.change_payee(row, details=read("other", {"description": "Cash at the desk."}),
                                policy=policy, at=NOW + timedelta(hours=1))  # fmt: skip
        assert again(claim).payout.fee_minor == 0
