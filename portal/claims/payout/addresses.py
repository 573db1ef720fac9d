"""Crypto addresses: the network and the address are checked against each other."""

import re
from enum import StrEnum
from typing import TYPE_CHECKING

import base58

from portal.config.late import late
from portal.translation import gettext, lazy_gettext

if TYPE_CHECKING:
    from btclib import b32, b58
    from Crypto.Hash import keccak  # pycryptodome, not the pyCrypto of old  # nosec B413
else:
    b32, b58, keccak = late("btclib.b32"), late("btclib.b58"), late("Crypto.Hash.keccak")

_EVM = re.compile(r"0x[0-9a-f]{40}", re.ASCII | re.IGNORECASE)
_HEX = re.compile(r"[0-9a-f]{40}", re.ASCII | re.IGNORECASE)
# BIP 21, EIP-681 and what wallets make of them: a scheme, a chain, a call and its values.
_URI = re.compile(
    r"(?:bitcoin|ethereum|tron|eip155:\d+):(?://)?(?:pay-?(?=0x))?(?P<address>[0-9a-z]+)(?P<rest>[@/?].*)?",
    re.ASCII | re.IGNORECASE,
)
_CALLED = re.compile(
    r"(?:@\d+)?/transfer\?(?:.*&)?address=(?P<to>[0-9a-z]+)(?:&.*)?", re.ASCII | re.IGNORECASE
)
_LIKE = {
    "ethereum": re.compile(
        r"0x[0-9a-f]{20,60}|(?=\d*[a-f])[0-9a-f]{36,44}", re.ASCII | re.IGNORECASE
    ),
    "bitcoin": re.compile(
        r"(?:bc1|tb1|bcrt1)[0-9a-z]{8,90}|(?=.*[A-Za-z])[13][1-9A-HJ-NP-Za-km-z]{24,35}",
        re.ASCII | re.IGNORECASE,
    ),
    "tron": re.compile(r"T[1-9A-HJ-NP-Za-km-z]{30,36}", re.ASCII),
}
_SEGWIT = ("bc1", "tb1", "bcrt1")
_TRON_BYTES, _TRON_MAIN, _TRON_TEST = 21, 0x41, 0xA0
_TAPROOT_BYTES = 32
_CAPITAL = 8  # of a hex digit of the digest


class Network(StrEnum):
    """The networks that money can be sent on."""

    BITCOIN = "bitcoin"
    ETHEREUM = "ethereum"
    TRON = "tron"

    @property
    def short(self) -> str:
        """The network's own name: ``TRON``."""
        return {"bitcoin": "Bitcoin", "ethereum": "Ethereum", "tron": "TRON"}[self]

    @property
    def label(self) -> str:
        """The network as customers choose it: ``TRON (TRC-20)``."""
        return {
            "bitcoin": "Bitcoin",
            "ethereum": "Ethereum (ERC-20)",
            "tron": "TRON (TRC-20)",
        }[self]


# What is found at another network -> what is asked for.
_AN_ADDRESS = {
    Network.BITCOIN: (lazy_gettext("a Bitcoin address"), lazy_gettext("a Bitcoin address")),
    Network.ETHEREUM: (
        lazy_gettext("an Ethereum address"),
        lazy_gettext("an Ethereum (ERC-20) address"),
    ),
    Network.TRON: (lazy_gettext("a TRON address"), lazy_gettext("a TRON (TRC-20) address")),
}


class CryptoAddressRefused(ValueError):
    """The address can't be paid to; the message tells the customer what to do."""


_STARTS = {
    Network.BITCOIN: lazy_gettext("1, 3 or bc1"),
    Network.ETHEREUM: "0x",
    Network.TRON: "T",
}


def check_address(address: str, *, network: Network | None) -> str:
    """The address as it is kept, when it is one of this network (any, for None).

    Checks Bech32 (BIP 173), Bech32m (BIP 350), Base58Check and EIP-55. Raises CryptoAddressRefused for a
    wrong character, another network, a test network, or a kind of address nobody owns.
    """
    address = bare(address)
    found, kept = _recognise(address)
    if found is None:
        other = looks_like(address)
        if network is not None and other is not None and other is not network:
            raise _other_network(other, network, sure=False)
        if network is None:
            raise CryptoAddressRefused(
                gettext("Check the address. A character may be wrong or missing")
            )
        raise CryptoAddressRefused(
            gettext(
                "Check the address. A character may be wrong or missing. %(network)s addresses"
                " start with %(start)s",
                network=network.label,
                start=_STARTS[network],
            )
        )
    if network is not None and found is not network:
        raise _other_network(found, network, sure=True)
    return kept


def bare(address: str) -> str:
    """The address out of a payment link (``bitcoin:…?amount=…``, ``ethereum:0x…@1``), 0x put before.

    A link that moves a token names the token's contract first: the address is whom it goes to.
    """
    link = _URI.fullmatch(address)
    if link:
        called = _CALLED.fullmatch(link["rest"] or "")
        address = called["to"] if called else link["address"]
    return f"0x{address}" if _HEX.fullmatch(address) else address


def looks_like(address: str) -> Network | None:
    """The network whose addresses are written so, whether or not each character is right."""
    address = bare(address)
    found = (name for name, like in _LIKE.items() if like.fullmatch(address))
    return next(map(Network, found), None)


def _other_network(found: Network, wanted: Network, *, sure: bool) -> CryptoAddressRefused:
    looks = lazy_gettext("This looks like %(this)s. Enter %(that)s, or change the network")
    words = lazy_gettext("This is %(this)s. Enter %(that)s, or change the network")
    this, that = _AN_ADDRESS[found][0], _AN_ADDRESS[wanted][1]
    return CryptoAddressRefused(gettext(words if sure else looks, this=this, that=that))


def has_checksum(address: str) -> bool:
    """Whether a wrong character in the address would be noticed: an EVM address in one case can't tell."""
    digits = address[2:]
    return not _EVM.fullmatch(address) or digits not in {digits.lower(), digits.upper()}


def _recognise(address: str) -> tuple[Network | None, str]:
    if _EVM.fullmatch(address):
        return _ethereum(address)
    if address.lower().startswith(_SEGWIT):
        return _segwit(address)
    try:
        payload = base58.b58decode_check(address)
    except ValueError:
        return None, address
    if len(payload) == _TRON_BYTES and payload[0] == _TRON_MAIN:
        return Network.TRON, address
    if len(payload) == _TRON_BYTES and payload[0] == _TRON_TEST:
        raise _test_address(Network.TRON)
    try:
        _, _, chain = b58.h160_from_address(address)
    except ValueError:
        return None, address
    if chain != "mainnet":
        raise _test_address(Network.BITCOIN)
    return Network.BITCOIN, address


def _ethereum(address: str) -> tuple[Network | None, str]:
    kept = "0x" + address[2:]
    if int(kept, 16) == 0:
        raise CryptoAddressRefused(
            gettext("Nobody owns this address. Copy the address from your wallet")
        )
    if has_checksum(kept) and not _is_spelled_right(kept[2:]):
        return None, address
    return Network.ETHEREUM, kept


def _is_spelled_right(digits: str) -> bool:
    """Whether each letter is a capital where EIP-55 has one: by Keccak-256 of all digits in small letters."""
    digest = keccak.new(data=digits.lower().encode(), digest_bits=256).hexdigest()
    wanted = (
        each.upper() if int(by, 16) >= _CAPITAL else each.lower()
        for each, by in zip(digits, digest, strict=False)
    )
    return digits == "".join(wanted)


def _segwit(address: str) -> tuple[Network | None, str]:
    try:
        version, program, chain = b32.witness_from_address(address)
    except ValueError:
        return None, address
    if chain != "mainnet":
        raise _test_address(Network.BITCOIN)
    # Money sent to a version or length without rules yet could be taken by anyone.
    if version > 1 or (version == 1 and len(program) != _TAPROOT_BYTES):
        raise CryptoAddressRefused(
            gettext(
                "This kind of Bitcoin address can't be paid to. Enter one that starts with 1, 3, bc1q or bc1p"
            )
        )
    return Network.BITCOIN, address.lower()


def _test_address(network: Network) -> CryptoAddressRefused:
    return CryptoAddressRefused(
        gettext(
            "This address is for a test network. Enter one of the real %(short)s network",
            short=network.short,
        )
    )
