"""Payout details: every wrong field at once, nothing shown that should not be."""

import random
import string

import pytest

from portal.claims.payout.details import PayoutDetails, PayoutRefused, PayoutUnreadable, read
from portal.claims.payout.fields import FIELDS, Method
from tests.sizes import size

MUTANTS = size(2_000, full=10_000)
IBANS = [
    "DE89370400440532013000",
    "GB29NWBK60161331926819",
    "FR1420041010050500013M02606",
    "NL91ABNA0417164300",
    "MT84MALT011000012345MTLCAST001S",
    "NO9386011117947",
    "LT121000011101001000",
]
BANK = {"holder": "Erika Mustermann", "iban": "DE89 3704 0044 0532 0130 00", "bic": ""}
TRON = "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8"
EVM = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"
TAPROOT = "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"
GIVEN = {
    Method.ORIGINAL: {},
    Method.IBAN: BANK,
    Method.CARD: {"last_four": "4242", "bank": "Visa"},
    Method.PAYPAL: {"email": "erika@example.com"},
    Method.CRYPTO: {"network": "tron", "address": TRON},
    Method.OTHER: {"description": "Wise, to the account @erika"},
}


def full_width(text):
    return "".join(chr(ord(c) + 0xFEE0) if c.isalnum() else c for c in text)


def refused(method, **fields):
    with pytest.raises(PayoutRefused) as caught:
        read(method, fields)
    return caught.value


def test_each_method_is_read_into_its_own_fields():
    assert {method: read(method, given) for method, given in GIVEN.items()} == {
        "original": PayoutDetails(Method.ORIGINAL),
        "iban": PayoutDetails(
            Method.IBAN, holder="Erika Mustermann", iban="DE89370400440532013000"
        ),
        "card": PayoutDetails(Method.CARD, last_four="4242", bank="Visa"),
        "paypal": PayoutDetails(Method.PAYPAL, email="erika@example.com"),
        "crypto": PayoutDetails(Method.CRYPTO, network="tron", address=TRON),
        "other": PayoutDetails(Method.OTHER, description="Wise, to the account @erika"),
    }


def test_fields_of_another_method_are_ignored():
    assert read("original", {**BANK, "last_four": "4111111111111111"}) == PayoutDetails(
        Method.ORIGINAL
    )


def test_a_method_that_is_not_offered_is_refused():
    assert refused("cash").errors == {"method": "Choose how you want to be paid"}


def test_every_empty_field_says_what_to_enter():
    assert {method: refused(method).errors for method in Method if FIELDS[method]} == {
        "iban": {"holder": "Enter the account holder's name", "iban": "Enter the IBAN"},
        "card": {
            "last_four": "Enter the last four digits of the card",
            "bank": "Enter the bank or the card brand",
        },
        "paypal": {"email": "Enter the e-mail address of your PayPal account"},
        "crypto": {"network": "Choose the network", "address": "Enter the wallet address"},
        "other": {"description": "Write how we can pay you"},
    }


def test_all_wrong_fields_are_named_at_once():
    refusal = refused("iban", holder="12", iban="DE89370400440532013001", bic="DEUT")
    assert refusal.errors == {
        "holder": "Enter the account holder's name",
        "iban": "Check the IBAN. Two characters may be swapped",
        "bic": "Check the BIC. It has 8 or 11 characters, such as DEUTDEFF. You can leave it out",
    }
    assert refusal.withheld == frozenset()


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("DE98370400440532013000", "Check the IBAN. Two characters may be swapped"),
        (
            "DE8937040044053201300",
            "Check the IBAN. One that starts with DE has 22 characters, this one has 21",
        ),
        (
            "US89370400440532013000",
            "Check the first two letters of the IBAN. They stand for the country, such as DE or GB",
        ),
        ("D" * 61, "Use 60 characters at most"),
    ],
)
def test_a_wrong_iban_says_what_to_check(typed, message):
    assert refused("iban", holder="Erika", iban=typed).errors == {"iban": message}


@pytest.mark.parametrize(
    "typed",
    [
        "de89 3704 0044 0532 0130 00",
        "IBAN: DE89-3704-0044-0532-0130-00",
        full_width("DE89370400440532013000"),
        "\u202aDE89\u00a03704 0044 0532 0130 00\u202c\n",
    ],
)
def test_an_iban_is_read_however_it_is_written(typed):
    assert read("iban", {**BANK, "iban": typed}).iban == "DE89370400440532013000"


def test_a_bic_is_not_refused_because_no_list_knows_it():
    assert read("iban", {**BANK, "bic": "deut de ff"}).bic == "DEUTDEFF"


@pytest.mark.parametrize("iban", IBANS)
def test_the_registry_examples_are_accepted(iban):
    assert read("iban", {"holder": "Erika", "iban": iban}).iban == iban


@pytest.mark.exhaustive
def test_no_single_wrong_character_in_an_iban_is_accepted():
    draw = random.Random(45)
    accepted = []
    for _ in range(MUTANTS):
        iban = draw.choice(IBANS)
        place = draw.randrange(len(iban))
        # ISO 7064 catches each digit for a digit and letter for a letter, not each digit for a letter.
        alike = string.digits if iban[place].isdigit() else string.ascii_uppercase
        wrong = draw.choice([letter for letter in alike if letter != iban[place]])
        mutant = iban[:place] + wrong + iban[place + 1 :]
        try:
            read("iban", {"holder": "Erika", "iban": mutant})
        except PayoutRefused:
            continue
        accepted.append(mutant)
    assert accepted == []


def test_a_full_card_number_is_refused_in_any_field_and_never_shown_again():
    card = "4111 1111 1111 1111"
    remove = "Remove the card number. It is never needed here"
    only = "Enter only the last four digits of the card"
    refusals = {
        "card": refused("card", last_four=card, bank=f"Visa {card}"),
        "iban": refused("iban", holder=f"Erika {card}", iban=card, bic=card),
        "paypal": refused("paypal", email="4111111111111111@example.com"),
        "crypto": refused("crypto", network=card, address=card),
        "other": refused("other", description=f"to my card {full_width(card)}"),
    }
    assert {method: refusal.errors for method, refusal in refusals.items()} == {
        "card": {"last_four": only, "bank": remove},
        "iban": {"holder": remove, "iban": remove, "bic": remove},
        "paypal": {"email": remove},
        "crypto": {"network": remove, "address": remove},
        "other": {"description": remove},
    }
    for refusal in refusals.values():
        assert refusal.withheld == refusal.errors.keys()
        assert "1111" not in str(refusal)


@pytest.mark.parametrize(
    "typed", ["42424", "4111 1111 1111 1112", "424", "abcd", full_width("9" * 31)]
)
def test_anything_but_four_digits_is_withheld_from_the_form(typed):
    refusal = refused("card", last_four=typed, bank="Visa")
    assert refusal.errors.keys() == refusal.withheld == {"last_four"}


@pytest.mark.parametrize(
    "typed", ["4242", "•••• 4242", "**** 4242", "xxxx-xxxx-xxxx-4242", full_width("4242")]
)
def test_the_last_four_digits_are_read_however_they_are_written(typed):
    assert read("card", {"last_four": typed, "bank": "Visa"}).last_four == "4242"


def test_a_paypal_address_needs_only_the_right_form():
    assert read("paypal", {"email": " Erika @Example.COM "}).email == "Erika@example.com"
    assert refused("paypal", email="erika.example.com").errors == {
        "email": "Check the e-mail address. It looks like name@example.com"
    }


def test_an_address_of_another_network_says_what_to_do():
    assert refused(
        "crypto", network="tron", address="1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"
    ).errors == {
        "address": "This is a Bitcoin address. Enter a TRON (TRC-20) address, or change the network"
    }


def test_taproot_is_accepted():
    assert read("crypto", {"network": "bitcoin", "address": TAPROOT}).address == TAPROOT


def test_an_evm_address_without_checksum_waits_for_a_confirmation_which_is_kept():
    given = {"network": "ethereum", "address": EVM}
    waiting = read("crypto", given)
    confirmed = read("crypto", {**given, "confirmed": "yes"})
    assert (waiting.needs_confirmation, confirmed.needs_confirmation) == (True, False)
    assert PayoutDetails.from_bytes(waiting.to_bytes()).needs_confirmation
    assert not PayoutDetails.from_bytes(confirmed.to_bytes()).needs_confirmation
    assert not read(
        "crypto", {"network": "ethereum", "address": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"}
    ).needs_confirmation
    assert read("crypto", {"network": "tron", "address": TRON, "confirmed": "yes"}).confirmed == ""


def test_an_evm_address_whose_digits_look_like_a_card_is_no_card():
    address = "0x" + "4111111111111111".ljust(40, "a")
    assert read("crypto", {"network": "ethereum", "address": address}).address == address


def test_masks_show_both_ends_so_that_an_owner_can_check_them():
    assert {method: read(method, given).masked() for method, given in GIVEN.items()} == {
        "original": [("Method", "The way you paid")],
        "iban": [
            ("Method", "Bank transfer (IBAN)"),
            ("Account holder", "E••• M•••"),
            ("IBAN", "DE8937 •••• 013000"),
        ],
        "card": [("Method", "Card"), ("Card", "•••• 4242")],
        "paypal": [("Method", "PayPal"), ("PayPal e-mail", "er•••@example.com")],
        "crypto": [
            ("Method", "Crypto"),
            ("Network", "TRON (TRC-20)"),
            ("Address", "TJRabP •••• jpRTv8"),
        ],
        "other": [("Method", "Another way"), ("Details", "Given, not shown here")],
    }


@pytest.mark.parametrize(
    ("method", "given", "mask"),
    [
        ("iban", {"holder": "K", "iban": "NO9386011117947"}, "NO93 •••• 7947"),
        ("paypal", {"email": "ab@example.com"}, "a•••@example.com"),
        ("paypal", {"email": "a@example.com"}, "a•••@example.com"),
    ],
)
def test_of_what_is_short_less_is_shown(method, given, mask):
    assert read(method, given).masked()[-1][1] == mask


def test_the_person_who_pays_sees_everything():
    assert [read(method, GIVEN[method]).shown_in_full() for method in ("iban", "crypto")] == [
        [
            ("Method", "Bank transfer (IBAN)"),
            ("Account holder", "Erika Mustermann"),
            ("IBAN", "DE89 3704 0044 0532 0130 00"),
        ],
        [
            ("Method", "Crypto"),
            ("Network", "TRON (TRC-20)"),
            ("Wallet address", TRON),
        ],
    ]


def test_a_repr_shows_the_method_only():
    assert [repr(read(method, given)) for method, given in GIVEN.items()] == [
        f"PayoutDetails(method=<Method.{method.name}: '{method.value}'>)" for method in GIVEN
    ]


def test_what_is_read_survives_being_kept():
    for method, given in GIVEN.items():
        details = read(method, given)
        assert PayoutDetails.from_bytes(details.to_bytes()) == details
    assert read("iban", BANK).to_bytes() == (
        b'{"holder":"Erika Mustermann","iban":"DE89370400440532013000","method":"iban"}'
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"method":"cash"}',
        b'{"method":"iban","iban":"DE89370400440532013000"}',
        b'{"method":"original","iban":"DE89370400440532013000"}',
        b'{"method":"other","description":1}',
        b'{"method":[]}',
    ],
)
def test_bytes_that_were_not_written_here_are_refused(data):
    with pytest.raises(PayoutUnreadable, match=r"^these are not payout details$"):
        PayoutDetails.from_bytes(data)


def test_hidden_characters_do_not_reach_what_is_kept():
    details = read("iban", {**BANK, "holder": " Erika\x00 \u202eMuster\ud800mann\t "})
    assert details.holder == "Erika Mustermann"
    lines = read("other", {"description": "Wise\r\n  @erika  \x07"})
    assert lines.description == "Wise\n@erika"


def test_the_field_table_gives_each_input_what_a_form_needs():
    for method, fields in FIELDS.items():
        assert len({field.name for field in fields}) == len(fields), method
        for field in fields:
            assert field.label
            assert field.hint
            assert bool(field.empty) is field.required
            assert field.max_length > 0


@pytest.mark.parametrize("network", ["bitcoin", "ethereum", "tron"])
@pytest.mark.parametrize(
    "typed",
    [
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "52908400098527886E0F7030069857D2E4169EE7",
        "5290 8400 0985 2788 6E0F 7030 0698 57D2 E416 9EE7",
        "ethereum:0x52908400098527886E0F7030069857D2E4169EE7@1",
        "0x52908400098527886E0F7030069857D2E4169EE",
        "0x4111111111111111411111111111111141111111",
    ],
)
def test_an_address_is_never_taken_for_a_card_number(network, typed):
    given = {"network": network, "address": typed, "confirmed": "yes"}
    if network == "ethereum" and len(typed.replace(" ", "").rpartition("0x")[2]) >= 40:
        assert read("crypto", given).network == "ethereum"
        return
    refusal = refused("crypto", **given)
    assert refusal.withheld == frozenset()
    assert "card" not in refusal.errors["address"]
