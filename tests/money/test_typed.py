"""Amounts as people type them: read where there is one reading, asked about where there are two."""

import pytest

from portal.money import MoneyError, is_shortened, read_amount

PLAIN = "write the amount with digits and a point, such as 0.50"


@pytest.mark.parametrize(
    ("typed", "currency", "amount"),
    [
        ("1,25", "USD", "1.25"),
        ("1.25", "USD", "1.25"),
        ("1,2", "USD", "1.20"),
        ("12", "USD", "12.00"),
        ("0,5", "USD", "0.50"),
        (".50", "USD", "0.50"),
        ("0.750", "USD", "0.75"),
        ("0,125", "USDT", "0.125000"),
        ("1 250", "USD", "1250.00"),
        ("1 250.00", "USD", "1250.00"),
        ("1\u00a0250,00", "USD", "1250.00"),
        ("1\u202f250,5", "USD", "1250.50"),
        ("1'250.50", "USD", "1250.50"),
        ("1\u2019250.50", "USD", "1250.50"),
        ("1,250.00", "USD", "1250.00"),
        ("1.250,00", "USD", "1250.00"),
        ("1,250.000", "USD", "1250.00"),
        ("1.250.000", "USD", "1250000.00"),
        ("1,250,000.5", "USD", "1250000.50"),
        ("1,25,000.00", "USD", "125000.00"),
        ("1250.500", "USD", "1250.50"),
        ("1,250", "JPY", "1250"),
        ("1.250", "KWD", "1.250"),
        ("1.250000", "USDT", "1.250000"),
        ("0.50 USD", "USD", "0.50"),
        ("usd 3.5", "USD", "3.50"),
        ("٠٫٥٠", "USD", "0.50"),
        ("١٬٢٥٠٫٥٠", "USD", "1250.50"),
        ("०.५०", "USD", "0.50"),
        ("１．５", "USD", "1.50"),
        ("\u200e1.50\u200f", "USD", "1.50"),
        ("1\u060c25", "USD", "1.25"),
        ("1\uff0c25", "USD", "1.25"),
    ],
)
def test_an_amount_with_one_reading_is_read(typed, currency, amount):
    money = read_amount(typed, currency)

    assert (money.amount, money.currency) == (amount, currency)
    assert read_amount(money.amount, currency) == money


@pytest.mark.parametrize(
    ("typed", "currency", "readings"),
    [
        ("1,250", "USD", ("1250.00", "1.25")),
        ("1.250", "USD", ("1250.00", "1.25")),
        ("12,500", "EUR", ("12500.00", "12.50")),
        ("١٬٢٥٠", "USD", ("1250.00", "1.25")),
        ("1,250 USD", "USD", ("1250.00", "1.25")),
        ("999.999", "USD", ("999999.00", "999.9990")),
        ("1,250", "KWD", ("1250.000", "1.250")),
        ("1,250", "USDT", ("1250.000000", "1.250000")),
    ],
)
def test_an_amount_with_two_readings_is_asked_about(typed, currency, readings):
    with pytest.raises(MoneyError) as refused:
        read_amount(typed, currency)

    assert str(refused.value) == (
        f"{readings[0]} or {readings[1]}? This can be read as either: write the one that is meant"
    )
    for reading in readings:  # and the answer is not asked about again
        assert read_amount(reading, currency, exact=True).amount == reading.removesuffix("90") + (
            "9" if reading.endswith("90") else ""
        )


@pytest.mark.parametrize(
    "typed",
    ["", " ", ".", ",", "-1", "+1", "\u22121", "1e3", "1 25", "1,2,3", "1.2.3", "5.", "5,-", "1,250,00",
     "12,345.678,9", "1_000", "10²", "½", "abc", "$5", "1/2", "0x10", "NaN", "1\n2", "1.25 EUR", "1 2345",
     "5.²", "1.2 5", None, 5],
)  # fmt: skip
def test_what_is_no_amount_is_refused(typed):
    with pytest.raises(MoneyError) as refused:
        read_amount(typed, "USD")

    assert str(refused.value) == PLAIN


@pytest.mark.parametrize("typed", ["7.5E+07", "1.23457E+14", "7,5E+07", "1E+15", "1.2e-5"])
def test_a_number_that_a_spreadsheet_shortened_is_called_so(typed):
    assert is_shortened(typed)
    with pytest.raises(MoneyError) as refused:
        read_amount(typed, "USD")

    assert str(refused.value) == (
        "this number was shortened by a spreadsheet: write all of its digits"
    )


@pytest.mark.parametrize("reference", ["1E5", "A-1001", "7E10", "E+07", "1.2", "2026-03", "12E34"])
def test_a_number_of_an_order_that_only_looks_alike_is_not(reference):
    assert not is_shortened(reference)


def test_a_price_below_a_cent_is_read_where_it_is_asked_for():
    assert str(read_amount("0,014", "USD", exact=True)) == "0.014 USD"
    with pytest.raises(MoneyError) as refused:
        read_amount("0,014", "USD")
    assert str(refused.value) == "USD has 2 decimals at most"
