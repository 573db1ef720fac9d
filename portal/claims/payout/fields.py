"""The payout methods and the fields of each, as data: forms and checks read this one table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from portal.claims.payout.addresses import Network


class Method(StrEnum):
    """How money leaves; the case file's words (docs: claim.payout.method)."""

    ORIGINAL = "original"
    IBAN = "iban"
    CARD = "card"
    PAYPAL = "paypal"
    CRYPTO = "crypto"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The method as customers choose it."""
        return {
            "original": "The way you paid",
            "iban": "Bank transfer (IBAN)",
            "card": "Card",
            "paypal": "PayPal",
            "crypto": "Crypto",
            "other": "Another way",
        }[self]


@dataclass(frozen=True, slots=True)
class PayoutField:
    """One input: its name in the form, its words, and the HTML attributes of the same names.

    ``choices``: (value, label) where one is to be chosen. ``empty``: what to do when nothing was
    typed. ``max_length`` counts characters as typed.
    """

    name: str
    label: str
    hint: str
    empty: str
    max_length: int
    autocomplete: str = "off"
    inputmode: str = "text"
    required: bool = True
    multiline: bool = False
    choices: tuple[tuple[str, str], ...] = ()


FIELDS: dict[Method, tuple[PayoutField, ...]] = {
    Method.ORIGINAL: (),
    Method.IBAN: (
        PayoutField(
            name="holder",
            label="Account holder",
            hint="The name as your bank has it",
            empty="Enter the account holder's name",
            max_length=70,
            autocomplete="name",
        ),
        PayoutField(
            name="iban",
            label="IBAN",
            hint="On your bank statement or in your bank's app. Spaces are fine",
            empty="Enter the IBAN",
            max_length=60,
        ),
        PayoutField(
            name="bic",
            label="BIC (optional)",
            hint="8 or 11 characters. Leave it out if you don't know it",
            empty="",
            max_length=20,
            required=False,
        ),
    ),
    Method.CARD: (
        PayoutField(
            name="last_four",
            label="Last four digits of the card",
            hint="Only these four. Never send the full card number",
            empty="Enter the last four digits of the card",
            max_length=30,
            inputmode="numeric",
        ),
        PayoutField(
            name="bank",
            label="Bank or card brand",
            hint="For example Visa, or the name of your bank",
            empty="Enter the bank or the card brand",
            max_length=60,
        ),
    ),
    Method.PAYPAL: (
        PayoutField(
            name="email",
            label="PayPal e-mail address",
            hint="The address you sign in to PayPal with",
            empty="Enter the e-mail address of your PayPal account",
            max_length=254,
            autocomplete="email",
            inputmode="email",
        ),
    ),
    Method.CRYPTO: (
        PayoutField(
            name="network",
            label="Network",
            hint="The network of your wallet. Money sent on another one is lost",
            empty="Choose the network",
            max_length=20,
            choices=tuple((network.value, network.label) for network in Network),
        ),
        PayoutField(
            name="address",
            label="Wallet address",
            hint="Copy it from your wallet, then compare the first and last characters",
            empty="Enter the wallet address",
            max_length=200,
        ),
    ),
    Method.OTHER: (
        PayoutField(
            name="description",
            label="How we can pay you",
            hint="The service and your account there. Never a card number or a password",
            empty="Write how we can pay you",
            max_length=500,
            multiline=True,
        ),
    ),
}

CONFIRM_ADDRESS = PayoutField(
    name="confirmed",
    label="I compared the address with the one in my wallet",
    hint="This address has no check of its own: a typing mistake can't be noticed",
    empty="Compare the address with your wallet, then tick the box",
    max_length=3,
    choices=(("yes", "I compared the address with the one in my wallet"),),
)
