"""What the demo's shops have logged, with times counted back from the load, as an import file has it."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

ANA = "ana@example.com"  # whose an order is where nobody else is named

CURRENCY = "USD"
REVEALED_AFTER = timedelta(seconds=2)
RENTAL = timedelta(days=30)

RecordRow = dict[str, Any]

# What an order is where the shop's file says nothing else.
_USUAL: dict[str, RecordRow] = {
    "activation": {"service": "WhatsApp", "country": "GB", "price": "0.50", "wait": "20 min"},
    "rental": {"service": "Virtual number", "country": "DE", "price": "12.00"},
}
_USUAL_BOOKING: dict[str, RecordRow] = {
    "top_up": {"method": "Visa"},
    "purchase": {"refunded": False},
}
_UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "min": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}
_PART = re.compile(r"(-?) ?([\d.]+) (d|h|min|s)\b")


@dataclass(frozen=True, slots=True)
class Log:
    """One line of a shop's file; a length of time in it is how long before the load it happened."""

    row: RecordRow

    def written(self, now: datetime) -> RecordRow:
        """The line with real times."""
        return {name: _dated(value, now) for name, value in self.row.items()}


def ago(text: str) -> timedelta:
    """How long ago: "2.5 d", or "3 h - 31 s", which is 31 seconds after that."""
    parts = _PART.findall(text)
    return sum((float(sign + count) * _UNITS[unit] for sign, count, unit in parts), timedelta())


def logged(entry: dict[str, Any]) -> tuple[Log, ...]:
    """The lines that an entry of a shop's file tells: an order's, or an account's and its bookings'."""
    for kind in _USUAL:
        if kind in entry:
            order = _order(kind, entry[kind])
            report = {"record": "provider", "reference": order.row["reference"]}
            return (order, *(Log(report | said) for said in (entry.get("provider"),) if said))
    if "account" not in entry:
        return ()
    holder = account(balance=True, **entry["account"])
    return (holder, *(_booking(holder, booking) for booking in entry["bookings"]))


def account(email: str, *, balance: bool = False, **columns: Any) -> Log:
    """An account; with ``balance`` its lists of top-ups and purchases are whole."""
    known = {"top_ups_known": True, "purchases_known": True} if balance else {}
    return Log({"record": "account", "email": email} | known | columns)


def _order(kind: str, said: RecordRow) -> Log:
    """A one-time number, or one rented for thirty days; messages can be unknown."""
    usual: RecordRow = {"record": "order", "kind": kind, "email": ANA, "messages": []}
    row = usual | _USUAL[kind] | said
    row["account_email"] = row.pop("email")
    row["price"] = _money(row["price"])
    if row["messages"] == "unknown":
        del row["messages"]
    else:
        row["messages"] = [_timed(message) for message in row["messages"]]
    ordered = ago(row["ordered_at"])
    if kind == "activation":
        row["revealed_at"] = ordered - REVEALED_AFTER
        row["expires_at"] = ordered - ago(row.pop("wait"))
    else:
        row["paid_from"], row["paid_until"] = ordered, ordered - RENTAL
    return Log(_timed(row))


def _booking(holder: Log, said: RecordRow) -> Log:
    """Money put on an account's balance, or what it was spent on."""
    row: RecordRow = {"account_email": holder.row["email"]} | _USUAL_BOOKING[said["record"]] | said
    row["amount"] = _money(row["amount"])
    return Log(_timed(row))


def _money(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": CURRENCY}


def _timed(row: RecordRow) -> RecordRow:
    """The row with the lengths of time that its columns of times have as text."""
    return {
        name: ago(value) if name.rpartition("_")[2] == "at" and isinstance(value, str) else value
        for name, value in row.items()
    }


def _dated(value: Any, now: datetime) -> Any:
    if isinstance(value, timedelta):
        return (now - value).isoformat()
    if isinstance(value, list):
        return [{name: _dated(each, now) for name, each in row.items()} for row in value]
    return value
