"""Addresses against the official vectors, each other's networks, and typing mistakes."""

import random
import string

import pytest

from portal.claims.payout.addresses import (
    CryptoAddressRefused,
    Network,
    check_address,
    has_checksum,
)
from tests.sizes import size

MUTANTS = size(2_000, full=10_000)  # of each kind
BITCOIN = [
    "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
    "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
    # BIP 173 and BIP 350
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
    "bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
]
ETHEREUM = [
    # EIP-55
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
]
TRON = ["TJRabPrwbZy45sbavfcjinPJC18kjpRTv8", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"]
VALID = {Network.BITCOIN: BITCOIN, Network.ETHEREUM: ETHEREUM, Network.TRON: TRON}


def refusal(address, network=None):
    with pytest.raises(CryptoAddressRefused) as refused:
        check_address(address, network=network)
    return str(refused.value)


@pytest.mark.parametrize(
    ("network", "address"),
    [(n, address) for n, addresses in VALID.items() for address in addresses],
)
def test_official_vectors_are_accepted_as_they_are(network, address):
    assert check_address(address, network=network) == address
    assert check_address(address, network=None) == address


def test_an_upper_case_bech32_address_is_kept_in_lower_case():
    typed = "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"
    assert check_address(typed, network=Network.BITCOIN) == typed.lower()


@pytest.mark.parametrize(
    "address",
    [
        # BIP 350: wrong checksum kind, mixed case, wrong lengths, unknown prefix
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
        "BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh",
        "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",
        "BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R",
        "bc1pw5dgrnzv",
        "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P",
        "bc1qW508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        "tc1qw508d6qejxtdg4y5r3zarvary0c5xw7kg3g4ty",
        "bc1gmk9yu",
        "LM2WMpR1Rp6j3Sa59cMXMs1SPzj9eXpGc1",
        "0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe",
        "5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "vitalik.eth",
        "",
        "пример",
        "1" * 5000,
    ],
)
def test_what_is_no_address_is_refused(address):
    assert refusal(address) == "Check the address. A character may be wrong or missing"


def test_the_message_says_how_addresses_of_the_chosen_network_start():
    begin = "Check the address. A character may be wrong or missing. "
    assert [refusal("nonsense", network) for network in Network] == [
        begin + "Bitcoin addresses start with 1, 3 or bc1",
        begin + "Ethereum (ERC-20) addresses start with 0x",
        begin + "TRON (TRC-20) addresses start with T",
    ]


def test_an_address_of_another_network_is_named():
    messages = {
        (found, wanted): refusal(VALID[found][0], wanted)
        for found in Network
        for wanted in Network
        if found is not wanted
    }
    change = "or change the network"
    assert messages == {
        (
            "bitcoin",
            "ethereum",
        ): f"This is a Bitcoin address. Enter an Ethereum (ERC-20) address, {change}",
        (
            "bitcoin",
            "tron",
        ): f"This is a Bitcoin address. Enter a TRON (TRC-20) address, {change}",
        ("ethereum", "bitcoin"): f"This is an Ethereum address. Enter a Bitcoin address, {change}",
        (
            "ethereum",
            "tron",
        ): f"This is an Ethereum address. Enter a TRON (TRC-20) address, {change}",
        ("tron", "bitcoin"): f"This is a TRON address. Enter a Bitcoin address, {change}",
        (
            "tron",
            "ethereum",
        ): f"This is a TRON address. Enter an Ethereum (ERC-20) address, {change}",
    }


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", "Bitcoin"),
        ("mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", "Bitcoin"),
        ("2MzQwSSnBHWHqSAqtTVQ6v47XtaisrJa1Vc", "Bitcoin"),
    ],
)
def test_a_test_network_is_refused(address, name):
    assert refusal(address) == (
        f"This address is for a test network. Enter one of the real {name} network"
    )


@pytest.mark.parametrize(
    "address", ["BC1SW50QGDZ25J", "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs", "bc1pfeessrawgf"]
)
def test_money_is_not_sent_to_a_version_that_anyone_could_spend(address):
    assert refusal(address) == (
        "This kind of Bitcoin address can't be paid to. Enter one that starts with 1, 3, bc1q or bc1p"
    )


def test_nobody_owns_the_zero_address():
    assert refusal("0x" + "0" * 40) == "Nobody owns this address. Copy the address from your wallet"


def test_an_evm_address_in_one_case_is_accepted_and_has_no_checksum():
    mixed = ETHEREUM[0]
    lower, upper = mixed.lower(), "0X" + mixed[2:].upper()
    assert check_address(lower, network=Network.ETHEREUM) == lower
    assert check_address(upper, network=Network.ETHEREUM) == "0x" + mixed[2:].upper()
    assert [has_checksum(each) for each in (mixed, lower, upper, BITCOIN[2], TRON[0])] == [
        True, False, False, True, True,
    ]  # fmt: skip


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("addresses", "start"),
    [(BITCOIN[:2], 0), (BITCOIN[2:], 0), (ETHEREUM, 2), (TRON, 0)],
    ids=["base58check", "bech32", "eip-55", "tron"],
)
def test_no_single_wrong_character_is_accepted(addresses, start):
    draw = random.Random(45)
    letters = string.hexdigits if start else string.ascii_letters + string.digits
    accepted = []
    for _ in range(MUTANTS):
        address = draw.choice(addresses)
        place = draw.randrange(start, len(address))
        wrong = draw.choice([letter for letter in letters if letter != address[place]])
        mutant = address[:place] + wrong + address[place + 1 :]
        try:
            check_address(mutant, network=None)
        except CryptoAddressRefused:
            continue
        accepted.append(mutant)
    assert accepted == []


BARE = "52908400098527886E0F7030069857D2E4169EE7"
TO = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


@pytest.mark.parametrize(
    ("typed", "network", "kept"),
    [
        (BARE, Network.ETHEREUM, f"0x{BARE}"),
        (BARE.lower(), Network.ETHEREUM, f"0x{BARE.lower()}"),
        (TO[2:], Network.ETHEREUM, TO),
        (f"ethereum:{TO}", Network.ETHEREUM, TO),
        (f"Ethereum:{TO}@1", Network.ETHEREUM, TO),
        (f"ethereum:pay-{TO}@1?value=2.014e18", Network.ETHEREUM, TO),
        (f"ethereum:{TO[2:]}", Network.ETHEREUM, TO),
        (f"ethereum:0x{BARE}@1/transfer?address={TO}&uint256=1", Network.ETHEREUM, TO),
        (f"ethereum:0x{BARE}/transfer?uint256=1e6&address={TO}", Network.ETHEREUM, TO),
        (f"eip155:1:{TO}", Network.ETHEREUM, TO),
        (f"bitcoin:{BITCOIN[0]}", Network.BITCOIN, BITCOIN[0]),
        (f"bitcoin:{BITCOIN[0]}?amount=20.3&label=Kim", Network.BITCOIN, BITCOIN[0]),
        (f"BITCOIN:{BITCOIN[2].upper()}?AMOUNT=1", Network.BITCOIN, BITCOIN[2]),
        (f"tron:{TRON[0]}", Network.TRON, TRON[0]),
        (f"tron://{TRON[0]}?amount=1", Network.TRON, TRON[0]),
    ],
)
def test_the_address_is_taken_out_of_what_a_wallet_copies(typed, network, kept):
    assert check_address(typed, network=network) == kept


NAMES = {Network.BITCOIN: "a Bitcoin", Network.ETHEREUM: "an Ethereum", Network.TRON: "a TRON"}


@pytest.mark.parametrize("wanted", list(Network))
@pytest.mark.parametrize(
    ("typed", "network"),
    [
        (BITCOIN[0], Network.BITCOIN), (f"bitcoin:{BITCOIN[2]}?amount=1", Network.BITCOIN),
        (BARE, Network.ETHEREUM), (f"0x{BARE}", Network.ETHEREUM), (f"ethereum:{TO}@1", Network.ETHEREUM),
        (TRON[0], Network.TRON), (f"tron:{TRON[0]}", Network.TRON),
    ],
)  # fmt: skip
def test_an_address_of_another_network_is_called_what_it_is(typed, network, wanted):
    if network is wanted:
        assert check_address(typed, network=wanted)
    else:
        assert refusal(typed, wanted).startswith(f"This is {NAMES[network]} address. Enter ")


@pytest.mark.parametrize(
    ("typed", "network"),
    [(f"0x{BARE[:-1]}", "an Ethereum"), (BARE[:-1], "an Ethereum"), (BITCOIN[0][:-1], "a Bitcoin")],
)
def test_a_damaged_address_of_another_network_is_told_by_its_looks(typed, network):
    said = refusal(typed, Network.TRON)
    assert said == (
        f"This looks like {network} address. Enter a TRON (TRC-20) address, or change the network"
    )
