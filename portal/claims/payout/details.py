"""Where the money goes: payout details, read and checked by method, sealed and masked; nothing is stored."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field

from schwifty import BIC, IBAN
from schwifty.exceptions import InvalidCountryCode, SchwiftyException
from schwifty.registry import get_iban_spec

from portal.card_numbers import holds_card_number
from portal.claims.payout.addresses import (
    CryptoAddressRefused,
    Network,
    check_address,
    has_checksum,
    looks_like,
)
from portal.claims.payout.fields import CONFIRM_ADDRESS, FIELDS, Method, PayoutField
from portal.claims.payout.tidying import compact, tidy
from portal.email_addresses import EmailRefused, as_written
from portal.translation import gettext, lazy_gettext

_DOTS = "••••"
_LONG = 20  # signs of an account number of which twelve may be shown
_LAST_FOUR = re.compile(r"[0-9]{4}", re.ASCII)
_ONLY_LAST_FOUR = lazy_gettext("Enter only the last four digits of the card")
_REMOVE_CARD = lazy_gettext("Remove the card number. It is never needed here")


class PayoutRefused(ValueError):
    """Some fields can't be used. ``errors``: field name to what the customer should do.

    ``withheld`` names the fields whose typed text may be a card number: never show it again.
    """

    def __init__(self, errors: Mapping[str, str], withheld: frozenset[str] = frozenset()) -> None:
        super().__init__("payout details refused: " + ", ".join(errors))
        self.errors = dict(errors)
        self.withheld = withheld


class PayoutUnreadable(ValueError):
    """The bytes are not payout details that were written here."""


@dataclass(frozen=True, slots=True)
class PayoutDetails:
    """Checked details of one method; the fields of the other methods are empty.

    Made by ``read`` or ``from_bytes`` only. Its repr shows the method and nothing else.
    """

    method: Method
    holder: str = field(default="", repr=False)
    iban: str = field(default="", repr=False)
    bic: str = field(default="", repr=False)
    bank: str = field(default="", repr=False)
    last_four: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    network: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    confirmed: str = field(default="", repr=False)
    description: str = field(default="", repr=False)

    @property
    def needs_confirmation(self) -> bool:
        """Whether the customer must still confirm an address that has no check of its own."""
        return bool(self.address) and not has_checksum(self.address) and self.confirmed != "yes"

    def masked(self) -> list[tuple[str, str]]:
        """Label and value of each line that pages and mails may show: enough to check, not to use."""
        return [(lazy_gettext("Method"), self.method.label), *_MASKS[self.method](self)]

    def shown_in_full(self) -> list[tuple[str, str]]:
        """Label and value of every detail: for its owner before sending, and for the person who pays."""
        lines = [(lazy_gettext("Method"), self.method.label)]
        for each in FIELDS[self.method]:
            value = str(getattr(self, each.name))
            if each.name == "iban":
                value = " ".join(value[i : i + 4] for i in range(0, len(value), 4))
            if each.name == "network":
                value = Network(value).label
            if value:
                lines.append((each.label, value))
        return lines

    def to_bytes(self) -> bytes:
        """Canonical JSON (sorted, no spaces, empty fields left out), to be sealed."""
        values = {name: value for name, value in asdict(self).items() if value}
        text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return text.encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> PayoutDetails:
        """Read what ``to_bytes`` wrote; raises PayoutUnreadable for anything else."""
        try:
            values = json.loads(data)
            method = Method(values.pop("method"))
            needed = {each.name for each in FIELDS[method] if each.required}
            known = {each.name for each in FIELDS[method]} | {CONFIRM_ADDRESS.name}
            if needed <= values.keys() <= known and all(
                isinstance(value, str) for value in values.values()
            ):
                return cls(method, **values)
        except (ValueError, KeyError, AttributeError, TypeError):
            pass
        raise PayoutUnreadable("these are not payout details") from None


def read(method: str, fields: Mapping[str, str]) -> PayoutDetails:
    """Read what the customer typed for one method; fields of other methods are ignored.

    Spaces, dashes, letter case and full-width characters are put right. Raises PayoutRefused with
    every wrong field at once. An EVM address without checksum is accepted with
    ``needs_confirmation``, until ``confirmed`` is ``yes``.
    """
    if method not in set(Method):
        raise PayoutRefused({"method": gettext("Choose how you want to be paid")})
    chosen = Method(method)
    values: dict[str, str] = {}
    errors: dict[str, str] = {}
    withheld: set[str] = set()
    for each in FIELDS[chosen]:
        typed = fields.get(each.name, "")
        try:
            values[each.name] = _read_field(each, typed, fields)
        except _FieldRefused as refusal:
            errors[each.name] = str(refusal)
        # An address may hold digits that look like a card's; any other field may not.
        if holds_card_number(typed) and not (
            each.name == "address" and (each.name in values or looks_like(compact(typed)))
        ):
            errors[each.name] = _ONLY_LAST_FOUR if each.name == "last_four" else _REMOVE_CARD
            withheld.add(each.name)
    # More than four digits may be a card number with a typing mistake.
    withheld |= errors.keys() & {"last_four"}
    if errors:
        raise PayoutRefused(errors, frozenset(withheld))
    if "address" in values and not has_checksum(values["address"]):
        values["confirmed"] = "yes" if fields.get(CONFIRM_ADDRESS.name) == "yes" else ""
    return PayoutDetails(chosen, **values)


class _FieldRefused(ValueError):
    pass


def _read_field(each: PayoutField, typed: str, fields: Mapping[str, str]) -> str:
    if len(typed) > each.max_length:
        raise _FieldRefused(gettext("Use %(most)s characters at most", most=each.max_length))
    text = tidy(typed, lines=each.multiline)
    if not text:
        if each.required:
            raise _FieldRefused(each.empty)
        return ""
    if each.name == "address":
        return _read_address(text, fields)
    reader = _READERS.get(each.name)
    return reader(text) if reader else _read_words(text, each)


def _read_words(text: str, each: PayoutField) -> str:
    if not any(c.isalpha() for c in text):
        raise _FieldRefused(each.empty)
    return text


def _read_iban(text: str) -> str:
    number = compact(text).upper()
    if number.startswith("IBAN"):
        number = number[4:].lstrip(":")
    try:
        length = get_iban_spec(number[:2]).iban_length
    except InvalidCountryCode:
        raise _FieldRefused(
            gettext(
                "Check the first two letters of the IBAN. They stand for the country, such as DE or GB"
            )
        ) from None
    if len(number) != length:
        raise _FieldRefused(
            gettext(
                "Check the IBAN. One that starts with %(compact)s has %(length)s characters, this one has %(part)s",
                compact=number[:2],
                length=length,
                part=len(number),
            )
        )
    try:
        return str(IBAN(number))
    except SchwiftyException:
        raise _FieldRefused(gettext("Check the IBAN. Two characters may be swapped")) from None


def _read_bic(text: str) -> str:
    try:
        return str(BIC(compact(text).upper()))
    except SchwiftyException:
        raise _FieldRefused(
            gettext(
                "Check the BIC. It has 8 or 11 characters, such as DEUTDEFF. You can leave it out"
            )
        ) from None


def _read_last_four(text: str) -> str:
    digits = compact(text).lstrip("•*xX.")
    if not _LAST_FOUR.fullmatch(digits):
        raise _FieldRefused(_ONLY_LAST_FOUR)
    return digits


def _read_email(text: str) -> str:
    try:
        return as_written("".join(text.split()))
    except EmailRefused:
        raise _FieldRefused(
            gettext("Check the e-mail address. It looks like name@example.com")
        ) from None


def _read_network(text: str) -> str:
    if text not in set(Network):
        raise _FieldRefused(gettext("Choose the network"))
    return text


def _read_address(text: str, fields: Mapping[str, str]) -> str:
    network = fields.get("network", "")
    try:
        return check_address(
            compact(text), network=Network(network) if network in set(Network) else None
        )
    except CryptoAddressRefused as refusal:
        raise _FieldRefused(str(refusal)) from None


_READERS: dict[str, Callable[[str], str]] = {
    "iban": _read_iban,
    "bic": _read_bic,
    "last_four": _read_last_four,
    "email": _read_email,
    "network": _read_network,
}


def _initials(name: str) -> str:
    return " ".join(f"{word[0]}•••" for word in name.split())


def _mask_email(address: str) -> str:
    """The domain in full, where a typing mistake shows: ``an•••@gmail.com``."""
    name, _, domain = address.rpartition("@")
    return f"{name[: 2 if len(name) > 2 else 1]}•••@{domain}"  # noqa: PLR2004 - two letters


def _ends(text: str) -> str:
    """The first and the last six signs, four where too little were hidden: both ends can be compared."""
    shown = 6 if len(text) >= _LONG else 4
    return f"{text[:shown]} {_DOTS} {text[-shown:]}"


_MASKS: dict[Method, Callable[[PayoutDetails], list[tuple[str, str]]]] = {
    Method.ORIGINAL: lambda _: [],
    Method.IBAN: lambda d: [
        (lazy_gettext("Account holder"), _initials(d.holder)),
        ("IBAN", _ends(d.iban)),
    ],
    Method.CARD: lambda d: [(lazy_gettext("Card"), f"{_DOTS} {d.last_four}")],
    Method.PAYPAL: lambda d: [(lazy_gettext("PayPal e-mail"), _mask_email(d.email))],
    Method.CRYPTO: lambda d: [
        (lazy_gettext("Network"), Network(d.network).label),
        (lazy_gettext("Address"), _ends(d.address)),
    ],
    Method.OTHER: lambda _: [(lazy_gettext("Details"), lazy_gettext("Given, not shown here"))],
}
