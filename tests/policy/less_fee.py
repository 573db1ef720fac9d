"""Shops whose clauses return the price less what the payment system kept when the order was paid."""

from portal.policy.file.places import SHOPS
from portal.policy.file.reading import read

FULL, LESS = 'amount = "full price"', 'amount = "price less processing fee"'
FEE, PRICE = "order.processing_fee", "order.price"


def usd(amount, currency="USD"):
    return {"amount": amount, "currency": currency}


def policy(shop="numberplug", every=1):
    """The shop, of whose clauses that return the whole price each, or each second, keeps the fee."""
    head, *rest = (SHOPS / f"{shop}.toml").read_text(encoding="utf-8").split(FULL)
    text = head + "".join(
        (FULL if number % every else LESS) + part for number, part in enumerate(rest)
    )
    return read(text.encode(), "draft.toml")
