"""Card numbers are found however they are written; other numbers are left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from portal.claims.card_numbers import holds_card_number, mask_card_numbers


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


def test_overlapping_numbers_are_masked_as_one():
    assert mask_card_numbers("DE89 4111 1111 1111 1111 00") == "DE•••• 1100"


@given(
    body=st.text("0123456789", min_size=12, max_size=18),
    joiner=st.sampled_from(["", " ", "-", "\u00a0", " - ", "."]),
    every=st.integers(1, 8),
)
def test_any_number_with_the_card_check_digit_is_found_and_gone_after_masking(body, joiner, every):
    number = body + luhn.calc_check_digit(body)
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
