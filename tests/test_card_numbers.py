"""Card numbers are found however they are written; other numbers are left alone."""

import pytest
from hypothesis import given, strategies as st
from stdnum import luhn

from portal.card_numbers import holds_card_number, mask_card_numbers


def in_script(text, *, zero):
    """The text with its digits in another script, by the code point of its zero."""
    return "".join(chr(zero + int(c)) if c.isdigit() else c for c in text)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("4111111111111111", "•••• 1111"),
        ("card 4111 1111 1111 1111 12/27 123", "card •••• 1111 12/27 123"),
        ("5555-5555-5555-4444, thanks", "•••• 4444, thanks"),
        ("amex 3782 822463 10005.", "amex •••• 0005."),
        ("4111 1111 1111 1111 27", "•••• 1111 27"),
        ("my4111.1111.1111.1111card", "my•••• 1111card"),
        ("4111 1111 1111 1111", "•••• 1111"),
        (in_script("4111 1111 1111 1111", zero=0xFF10), "•••• 1111"),
        (in_script("4111111111111111", zero=0x0660), "•••• 1111"),
        ("4111\u200b1111\u200d1111\ufeff1111", "•••• 1111"),
        ("4111 - 1111 \u2013 1111 \u2014 1111", "•••• 1111"),
        ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "•••• 1111"),
        ("6304000000000000000 and 4222222222222", "•••• 0000 and •••• 2222"),
    ],
)
def test_a_card_number_is_found_and_masked(text, masked):
    assert holds_card_number(text)
    assert mask_card_numbers(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Order 123456789012 of 2026-03-04",
        "4111 1111 1111 1112",
        "+49 30 901820",
        "4111 1111 1111",
        "paid 4111, then 1111, then 1111 and 1111",
        "IBAN DE89 3704 0044 0532 0130 00 please",
        "GB29NWBK60161331926819 and NL91 ABNA 0417 1643 00",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    ],
)
def test_other_text_is_left_alone(text):
    assert not holds_card_number(text)
    assert mask_card_numbers(text) == text


def test_the_digits_around_a_number_are_left():
    assert mask_card_numbers("DE89 4111 1111 1111 1111 00") == "DE89 •••• 1111 00"


def test_overlapping_numbers_are_masked_as_one():
    assert mask_card_numbers("4444 4444 4444 4448 0004") == "•••• 0004"


VISA = "4111111111111111"
SPELLINGS = [
    *(
        joiner.join(VISA[i : i + 4] for i in range(0, 16, 4))
        for joiner in [
            " ", "  ", "-", "--", " - ", ".", ". ", "/", " / ", "\\", "\n", "\r\n", "\n\n", "\t", "_", "|", ",",
            ", ", ":", ";", "*", "=", "~", "#", "+", "'", ")(", "][", "\u00a0", "\u202f", "\u2009", "\u3000", "\u00ad",
            "\u200b", "\u200d", "\u2060", "\ufeff", "\u202d", "\u2800", "\u3164", "\u2013", "\u2014", "\u2212", "\u00b7",
            "\u2022", "\uff0c", "\u3002", "\uff0d", "\u2044",
        ]
    ),
    " ".join(VISA), "-".join(VISA), "\n".join(VISA), "4-1 1.1 1" + VISA[5:],
    "41 11 11 11 11 11 11 11", "411111 1111111111", "41111111 11111111", "4 111 1111 11111111",
    "41111 111111 11111", "4111-111111111111",
    in_script(VISA, zero=0xFF10), in_script(VISA, zero=0x0660), in_script(VISA, zero=0x06F0),
    in_script(VISA, zero=0x0966), in_script(VISA, zero=0x0E50), in_script(VISA, zero=0x1D7CE),
    in_script("4111 1111 1111 1111", zero=0x09E6), "4\u0661\uff111" + VISA[4:],
    "".join(c + "\ufe0f\u20e3" for c in VISA), "\u2463" + "\u2460" * 15, "\u56db" + "\u4e00" * 15,
    f"ORD{VISA}", f"card{VISA}x", f"{VISA}@example.com", "4111.1111.1111.1111@example.com",
    "378282246310005", "3782 822463 10005", "3782/822463/10005", "3056\u00a0930902\u00a05904",
    "5555-5555-5555-4444", "2223 0031 2200 3222", "6011.1111.1111.1117", "3530 1113 3330 0000",
    "6304000000000000", "4222222222222", f"{VISA} 12/27 123", f"+{VISA}", f"tel. 7, {VISA}",
]  # fmt: skip


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_card_number_is_found_in_every_spelling_that_people_use(text):
    assert holds_card_number(text)
    masked = mask_card_numbers(text)
    assert not holds_card_number(masked)
    assert "••••" in masked


@pytest.mark.parametrize(
    "text",
    [
        "+49 151 12345678", "+4915112345678", "+49 (0)151 1234-5678", "4915112345678", "0049 151 12345678",
        "+62 812-3456-7890", "+55 11 91234-5678", "+44 7911 123456, +44 7911 123457, +49 151 12345678",
        "1764067200000", "1764067200000000", "2026-11-24 10:00:00.123456+00", "20261124100000",
        "24.11.2026 10:00:00, 24.11.2026 10:20:00", "22:30:00 23:15:00 23:45:00",
        "DE89 3704 0044 0532 0130 00", "DE89370400440532013000", "GB29 NWBK 6016 1331 9268 19",
        "0x4111111111111111411111111111111141111111", "5290" + "8400098527886E0F7030069857D2E4169EE7",
        "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "4" * 64, "41111111-1111-4111-8111-111111111111",
        "4111111111111112", "1234567812345670", "A-1001, A-1002, A-1003", "codes 411111, 111111",
        "9785161484100", "192.168.100.200", "NP-2026-0000-0418", "7000000000000000001",
        "1,250.00 2,500.00 4,111.00", "order 4111 of 1111 and 1111 and 1111",
    ],
)  # fmt: skip
def test_other_numbers_are_left_alone(text):
    assert not holds_card_number(text)
    assert mask_card_numbers(text) == text


@given(
    start=st.sampled_from(["4", "51", "55", "2221", "2720", "6011", "62", "2200", "8600"]),
    body=st.text("0123456789", min_size=15, max_size=15),
    joiner=st.sampled_from(["", " ", "-", "\u00a0", " - ", "."]),
    every=st.integers(1, 8),
)
def test_any_number_that_a_card_may_have_is_found_and_gone_after_masking(
    start, body, joiner, every
):
    number = (start + body)[:15]
    number += luhn.calc_check_digit(number)
    written = joiner.join(number[i : i + every] for i in range(0, len(number), every))
    assert holds_card_number(f"here: {written}!")
    masked = mask_card_numbers(f"here: {written}!")
    assert not holds_card_number(masked)
    assert written not in masked


@given(st.text(st.sampled_from("0123456789 -.•x\u0661"), max_size=120))
def test_masking_leaves_no_card_number_in_any_text(text):
    masked = mask_card_numbers(text)
    assert (masked == text) is not holds_card_number(text)
    assert not holds_card_number(masked)
