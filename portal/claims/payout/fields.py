"""The payout methods and the fields of each, as data: forms and checks read this one table."""

from dataclasses import dataclass
from enum import StrEnum

from portal.claims.payout.addresses import Network
from portal.translation import lazy_gettext


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
            "original": lazy_gettext("The way you paid"),
            "iban": lazy_gettext("Bank transfer (IBAN)"),
            "card": lazy_gettext("Card"),
            "paypal": "PayPal",
            "crypto": lazy_gettext("Crypto"),
            "other": lazy_gettext("Another way"),
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
            label=lazy_gettext("Account holder"),
            hint=lazy_gettext("The name as your bank has it"),
            empty=lazy_gettext("Enter the account holder's name"),
            max_length=70,
            autocomplete="name",
        ),
        PayoutField(
            name="iban",
            label="IBAN",
            hint=lazy_gettext("On your bank statement or in your bank's app. Spaces are fine"),
            empty=lazy_gettext("Enter the IBAN"),
            max_length=60,
        ),
        PayoutField(
            name="bic",
            label=lazy_gettext("BIC (optional)"),
            hint=lazy_gettext("8 or 11 characters. Leave it out if you don't know it"),
            empty="",
            max_length=20,
            required=False,
        ),
    ),
    Method.CARD: (
        PayoutField(
            name="last_four",
            label=lazy_gettext("Last four digits of the card"),
            hint=lazy_gettext("Only these four. Never send the full card number"),
            empty=lazy_gettext("Enter the last four digits of the card"),
            max_length=30,
            inputmode="numeric",
        ),
        PayoutField(
            name="bank",
            label=lazy_gettext("Bank or card brand"),
            hint=lazy_gettext("For example Visa, or the name of your bank"),
            empty=lazy_gettext("Enter the bank or the card brand"),
            max_length=60,
        ),
    ),
    Method.PAYPAL: (
        PayoutField(
            name="email",
            label=lazy_gettext("PayPal e-mail address"),
            hint=lazy_gettext("The address you sign in to PayPal with"),
            empty=lazy_gettext("Enter the e-mail address of your PayPal account"),
            max_length=254,
            autocomplete="email",
            inputmode="email",
        ),
    ),
    Method.CRYPTO: (
        PayoutField(
            name="network",
            label=lazy_gettext("Network"),
            hint=lazy_gettext("The network of your wallet. Money sent on another one is lost"),
            empty=lazy_gettext("Choose the network"),
            max_length=20,
            choices=tuple((network.value, network.label) for network in Network),
        ),
        PayoutField(
            name="address",
            label=lazy_gettext("Wallet address"),
            hint=lazy_gettext(
                "Copy it from your wallet, then compare the first and last characters"
            ),
            empty=lazy_gettext("Enter the wallet address"),
            max_length=200,
        ),
    ),
    Method.OTHER: (
        PayoutField(
            name="description",
            label=lazy_gettext("How we can pay you"),
            hint=lazy_gettext(
                "The service and your account there. Never a card number or a password"
            ),
            empty=lazy_gettext("Write how we can pay you"),
            max_length=500,
            multiline=True,
        ),
    ),
}

CONFIRM_ADDRESS = PayoutField(
    name="confirmed",
    label=lazy_gettext("I compared the address with the one in my wallet"),
    hint=lazy_gettext("This address has no check of its own: a typing mistake can't be noticed"),
    empty=lazy_gettext("Compare the address with your wallet, then tick the box"),
    max_length=3,
    choices=(("yes", lazy_gettext("I compared the address with the one in my wallet")),),
)
