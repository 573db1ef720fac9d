"""An example's policy file as the beginning of a shop's own: its name, prefix, money and one version."""

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.money import DIGITS
from portal.policy.text import editing
from portal.policy.text.blocks import toml

_PREFIX = re.compile(r"[A-Z][A-Z0-9]{0,5}", re.ASCII)
_AMOUNT = re.compile(r'"([0-9]+)\.([0-9]{2})"')
_WORD = re.compile(r"[A-Za-z0-9]+")


class NotAPrefix(ValueError):
    """What was given can't stand before the numbers of clauses."""


@dataclass(frozen=True, slots=True)
class OwnShop:
    """What of a shop is its own when it begins: the rest is the example's.

    ``prefix`` stands before the numbers of its clauses (``AP`` for AP-2.1), ``email`` is the sender
    of its mails.
    """

    id: str
    name: str
    currency: str
    prefix: str
    email: str
    time_zone: str = "UTC"


def initials(name: str) -> str:
    """A prefix for the clauses of a shop of this name: its first letters, SH where it has none."""
    words = [word for word in _WORD.findall(name) if word.isascii()]
    letters = "".join(word[0] for word in words) if len(words) > 1 else "".join(words)[:2]
    found = letters.upper()[:6]
    return found if _PREFIX.fullmatch(found) else "SH"


def told(example: str) -> str:
    """What the text of an example says of itself in its first line."""
    return example.partition("\n")[0].partition(": ")[2].partition(". Format")[0]


def beginning(example: str, shop: OwnShop, *, in_force: date) -> str:
    """The text of the ``shop``'s first policy file: the newest version of an ``example``'s text.

    It is in force from that day on. Amounts have as many decimals as the shop's currency has: 0.50
    becomes 0.500 where it has three, and 50 where it has none. Raises NotAPrefix; whether the text
    is whole, its reader says.
    """
    if not _PREFIX.fullmatch(shop.prefix):
        raise NotAPrefix(shop.prefix)
    data = tomllib.loads(example)
    newest = max(each["in_force"] for each in data["version"])
    older = frozenset(each["in_force"] for each in data["version"]) - {newest}
    text = editing.with_date(editing.without(example, older), newest, in_force)
    before: dict[str, Any] = data["shop"]
    prefix = _prefix(data["version"][-1]["clause"])
    text = re.sub(rf"\b{re.escape(prefix)}-(?=[A-Z0-9])", f"{shop.prefix}-", text)
    text = _in_money(text, before["currency"], shop.currency)
    text = _with_names(
        text,
        {
            before["sender"]["email"]: _quoted(shop.email),
            before["name"]: _quoted(shop.name),
            before["id"]: _quoted(shop.id),
        },
    )
    text = re.sub(r"(?m)^face = .*\n", "", text)  # the example's own
    return text.replace(
        f'time_zone = "{before["time_zone"]}"', f"time_zone = {toml(shop.time_zone)}", 1
    )


def _with_names(text: str, names: dict[str, str]) -> str:
    """Each name in its old one's place, in one go: one that holds another of the old ones stays whole."""
    return re.sub(
        "|".join(rf"(?<!\w){re.escape(old)}(?!\w)" for old in names),
        lambda found: names[found[0]],
        text,
    )


def _prefix(clauses: list[dict[str, Any]]) -> str:
    """What stands before the first ``-`` of every clause."""
    return str(clauses[0]["id"]).partition("-")[0]


def _quoted(name: str) -> str:
    """The name as it stands between the quotes of a text."""
    return toml(name)[1:-1]


def _in_money(text: str, before: str, currency: str) -> str:
    digits = DIGITS.get(currency, 2)
    text = re.sub(rf"\b{re.escape(before)}\b", currency, text)
    if digits == DIGITS.get(before, 2):
        return text
    return _AMOUNT.sub(lambda each: f'"{_scaled(each[1], each[2], digits)}"', text)


def _scaled(whole: str, part: str, digits: int) -> str:
    """An amount of two decimals with as many as the currency has; its hundredths become units where it has none."""
    return f"{whole}.{part.ljust(digits, '0')}" if digits else str(int(whole + part))
