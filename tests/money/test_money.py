"""Money: read strictly, counted in minor units, never mixed between currencies."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from portal.money import DIGITS, MOST_GIVEN, Money, MoneyError


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("0.50", "USD", 50),
        ("0.5", "USD", 50),
        ("12", "USD", 1200),
        ("0", "EUR", 0),
        ("007", "EUR", 700),
        ("1.500000", "EUR", 150),
        ("150", "JPY", 150),
        ("150.00", "JPY", 150),
        ("1.234", "KWD", 1234),
        ("0.000001", "USDT", 1),
        ("0.00000001", "BTC", 1),
        ("0.000000000000000001", "ETH", 1),
        ("999999999999999", "USD", 99_999_999_999_999_900),
    ],
)
def test_a_decimal_string_becomes_minor_units(amount, currency, minor):
    assert Money.parse(amount, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    "amount",
    ["", " ", "-1", "+1", "1e3", "1,50", "1 000", " 1", "1\n", ".5", "5.", "1.2.3", "0x10", "NaN",
     "Infinity", "٣", "\uff11", "1_000", "1000000000000000", None, 1, 0.5, True, Decimal(1)],
)  # fmt: skip
def test_what_is_no_plain_decimal_is_refused(amount):
    with pytest.raises(
        MoneyError, match=r"^write the amount with digits and a point, such as 0\.50$"
    ):
        Money.parse(amount, "USD")


@pytest.mark.parametrize("currency", ["", "usd", "US", "DOLLAR", "U$D", "USD\n", "ÜSD", None, 840])
def test_an_unknown_shape_of_currency_is_refused(currency):
    with pytest.raises(
        MoneyError, match=r"^write the currency as its capital letters, such as USD$"
    ):
        Money.parse("1", currency)


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        ("0.505", "USD", "USD has 2 decimals at most"),
        ("1.5", "JPY", "JPY has 0 decimals at most"),
        ("0.0000001", "USDC", "USDC has 6 decimals at most"),
    ],
)
def test_more_decimals_than_the_currency_has_are_refused_not_rounded(amount, currency, said):
    with pytest.raises(MoneyError) as refused:
        Money.parse(amount, currency)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("minor", "rounded"),
    [("0.5", 0), ("1.5", 2), ("2.5", 2), ("2.51", 3), ("2.4999", 2), ("33.333", 33)],
)
def test_a_fraction_of_a_minor_unit_is_rounded_half_to_even(minor, rounded):
    assert Money(Fraction(minor), "USD").rounded() == Money(rounded, "USD")


@pytest.mark.parametrize(
    ("money", "written"),
    [
        (Money(50, "USD"), "0.50 USD"),
        (Money(5, "USD"), "0.05 USD"),
        (Money(-5, "USD"), "-0.05 USD"),
        (Money(-1234, "EUR"), "-12.34 EUR"),
        (Money(150, "JPY"), "150 JPY"),
        (Money(1, "KWD"), "0.001 KWD"),
    ],
)
def test_it_is_written_with_all_decimals_of_its_currency(money, written):
    assert str(money) == written
    assert money.as_json() == {
        "amount": written.split()[0],
        "currency": money.currency,
    }


def test_each_currency_has_the_decimals_of_its_standard_or_those_it_is_kept_with():
    digits = {0: set(), 3: set(), 6: {"USDT", "USDC"}, 8: {"BTC"}, 18: {"ETH"}}
    digits[0] = {"CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF"}
    digits[3] = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}
    assert {name: count for count, names in digits.items() for name in names} == DIGITS


def test_the_most_that_may_be_asked_for_fits_into_a_column():
    assert MOST_GIVEN == 2_000_000_000 < 2**31


@pytest.mark.parametrize(
    ("minor", "currency", "money"),
    [(0, "USD", Money(0, "USD")), (None, "USD", None), (5, None, None), (None, None, None)],
)
def test_what_is_kept_in_two_columns_is_an_amount_where_both_are_there(minor, currency, money):
    assert Money.kept(minor, currency) == money


def test_the_same_currency_is_added_subtracted_and_compared():
    assert Money(50, "USD") + Money(25, "USD") == Money(75, "USD")
    assert Money(50, "USD") - Money(75, "USD") == Money(-25, "USD")
    assert Money(50, "USD") < Money(51, "USD")
    assert Money(50, "USD") <= Money(50, "USD")
    assert not Money(50, "USD") < Money(50, "USD")
    assert max(Money(1, "USD"), Money(3, "USD"), Money(2, "USD")) == Money(3, "USD")


@pytest.mark.parametrize(
    "mix",
    [
        lambda a, b: a + b,
        lambda a, b: a - b,
        lambda a, b: a < b,
        lambda a, b: a <= b,
    ],
)
def test_two_currencies_are_never_mixed(mix):
    with pytest.raises(ValueError, match=r"^cannot mix USD and EUR$"):
        mix(Money(1, "USD"), Money(1, "EUR"))


@given(
    minor=st.integers(min_value=0, max_value=10**15 - 1),
    currency=st.sampled_from([*DIGITS, "USD", "EUR", "GBP"]),
)
def test_what_is_written_reads_back_as_the_same_money(minor, currency):
    money = Money(minor, currency)
    assert Money.parse(**money.as_json()) == money


@pytest.mark.parametrize(
    ("amount", "minor", "given"),
    [
        ("0.014", Fraction(14, 10), "0.01"),
        ("0.015", Fraction(15, 10), "0.02"),
        ("0.025", Fraction(25, 10), "0.02"),
        ("0.004", Fraction(4, 10), "0.00"),
        ("0.0000000000000001", Fraction(1, 10**14), "0.00"),
        ("1.500000", 150, "1.50"),
    ],
)
def test_a_price_below_a_minor_unit_is_kept_exactly_and_rounded_where_it_is_given(
    amount, minor, given
):
    money = Money.exact(amount, "USD")

    assert money == Money(minor, "USD")
    assert money.amount == (amount if isinstance(minor, Fraction) else given)
    assert money.rounded() == Money.parse(given, "USD")
    assert money.whole == Money.parse(given, "USD").minor


def test_sums_of_exact_prices_are_exact():
    price = Money.exact("0.004", "USD")

    assert price + price + price + price + price == Money(2, "USD")
    assert isinstance((Money(1, "USD") - price - price + price + price).minor, int)
    assert str(Money(0, "USD") - price) == "-0.004 USD"
    assert price < Money(1, "USD")
