"""Facts and fields in plain words, as letters and pages say them to a customer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from portal.mail.letters import moment
from portal.money import Money
from portal.policy.deciding.document import Policy
from portal.policy.facts.reasons import BY_CODE
from portal.policy.facts.table import BY_NAME, Type
from portal.translation import gettext, lazy_gettext, ngettext

LONGEST = 200

# Where an approved amount goes -> the end of "0.50 USD …".
DESTINATIONS = {
    "balance": lazy_gettext("to your balance"),
    "original": lazy_gettext("to the payment method you used"),
    "iban": lazy_gettext("to your bank account"),
    "card": lazy_gettext("to your card"),
    "paypal": lazy_gettext("to your PayPal account"),
    "crypto": lazy_gettext("to your crypto address"),
    "other": lazy_gettext("the way you chose"),
}


def missing_words(path: str) -> str:
    """What to send for a missing field; a path we have no words for is told with its last word."""
    fact = BY_NAME.get(path)
    return (
        str((fact and fact.missing) or "") or path.rpartition(".")[2].replace("_", " ").capitalize()
    )


def fact_words(
    name: str, value: Any, *, zone: ZoneInfo, policy: Policy | None = None
) -> tuple[str, str] | None:
    """A fact as a name and a value for a customer of ``policy``'s shop, or else for its staff.

    Times are on the shop's clock. None for what people need not see.
    """
    fact = BY_NAME.get(name)
    if fact is None or not fact.label:
        return None
    label = str(fact.label if policy else fact.staff_label or fact.label)
    if name == "claim.reason":
        return label, reason_words(value, policy) or _value(value, zone)
    if fact.type is Type.DURATION and isinstance(value, int | float):
        return label, _length(value)
    if isinstance(value, str) and value in fact.words:
        return label, str(fact.words[value].label)
    if value is None:
        return label, gettext("no") if fact.type is Type.TIME else gettext("none")
    return label, _value(value, zone)


def reason_words(code: str | None, policy: Policy | None = None) -> str | None:
    """A reason as the shop of ``policy`` has it for its customers, or else as staff call it."""
    if policy is None:
        return str(BY_CODE[code].staff) if code in BY_CODE else None
    return next((each.label for each in policy.shop.reasons if each.code == code), None)


def message_words(message: Mapping[str, Any], *, zone: ZoneInfo) -> str:
    """A message of an order: from what, and when, on the shop's clock."""
    at = message.get("received_at")
    when = (
        moment(datetime.fromisoformat(at).astimezone(zone)) if at else gettext("when is not known")
    )
    return gettext(
        "%(service)s, %(when)s",
        service=message.get("service") or gettext("Sender not named"),
        when=when,
    )


def _length(seconds: float) -> str:
    days, rest = divmod(int(seconds) // 60, 24 * 60)
    hours, minutes = divmod(rest, 60)
    said = (
        ngettext("%(num)s days", "%(num)s days", days) if days else "",
        gettext("%(hours)s h", hours=hours) if hours else "",
        gettext("%(minutes)s min", minutes=minutes) if minutes else "",
    )
    return " ".join(each for each in said if each) or gettext("%(minutes)s min", minutes=0)


def _value(value: Any, zone: ZoneInfo) -> str:
    match value:
        case bool():
            return gettext("yes") if value else gettext("no")
        case {"amount": amount, "currency": currency}:
            return str(Money.exact(amount, currency))
        case list():
            return str(len(value))
        case str():
            return _text(value, zone)
        case _:
            return str(value)


def _text(value: str, zone: ZoneInfo) -> str:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        words = value.replace("_", " ")
        return words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"
    return moment(at.astimezone(zone)) if at.tzinfo else value
