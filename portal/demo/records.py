"""What the demo's shops have logged, with times counted back from the load, as an import file has it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

CURRENCY = "USD"
ACTIVATION_WAIT = timedelta(minutes=20)
RENTAL = timedelta(days=30)

RecordRow = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Log:
    """One line of a shop's file; ``at`` values are how long before the load it happened."""

    shop: str
    row: RecordRow
    ago: dict[str, timedelta] = field(default_factory=dict)

    def written(self, now: datetime) -> RecordRow:
        """The line with real times."""
        times = {name: (now - before).isoformat() for name, before in self.ago.items()}
        row = self.row | times
        if "messages" in row:
            row["messages"] = [
                {"received_at": (now - before).isoformat(), "service": service}
                for before, service in row["messages"]
            ]
        return row


def activation(
    shop: str,
    reference: str,
    email: str,
    ordered: timedelta,
    *,
    service: str = "WhatsApp",
    country: str = "GB",
    price: str = "0.50",
    wait: timedelta = ACTIVATION_WAIT,
    messages: tuple[tuple[timedelta, str], ...] | None = (),
    ago: dict[str, timedelta] | None = None,
    **columns: Any,
) -> Log:
    """A one-time number ordered ``ordered`` ago; ``messages`` None means that nobody knows."""
    row = {
        "record": "order", "reference": reference, "account_email": email, "kind": "activation",
        "service": service, "country": country,
        "price": {"amount": price, "currency": CURRENCY},
    } | columns  # fmt: skip
    if messages is not None:
        row["messages"] = messages
    times = {
        "ordered_at": ordered,
        "revealed_at": ordered - timedelta(seconds=2),
        "expires_at": ordered - wait,
    }
    return Log(shop, row, times | (ago or {}))


def rental(
    shop: str,
    reference: str,
    email: str,
    ordered: timedelta,
    *,
    price: str = "12.00",
    country: str = "DE",
    ago: dict[str, timedelta] | None = None,
    **columns: Any,
) -> Log:
    """A number rented for thirty days, ``ordered`` ago."""
    row = {
        "record": "order", "reference": reference, "account_email": email, "kind": "rental",
        "service": "Virtual number", "country": country, "messages": (),
        "price": {"amount": price, "currency": CURRENCY},
    } | columns  # fmt: skip
    times = {"ordered_at": ordered, "paid_from": ordered, "paid_until": ordered - RENTAL}
    return Log(shop, row, times | (ago or {}))


def account(shop: str, email: str, *, balance: bool = False, **columns: Any) -> Log:
    """An account; with ``balance`` its lists of top-ups and purchases are whole."""
    known = {"top_ups_known": True, "purchases_known": True} if balance else {}
    return Log(shop, {"record": "account", "email": email} | known | columns)


def top_up(
    shop: str, reference: str, email: str, before: timedelta, amount: str, **columns: Any
) -> Log:
    """Money put on the balance ``before`` the load."""
    row = {
        "record": "top_up", "reference": reference, "account_email": email, "method": "Visa",
        "amount": {"amount": amount, "currency": CURRENCY},
    } | columns  # fmt: skip
    return Log(shop, row, {"at": before})


def purchase(
    shop: str,
    reference: str,
    email: str,
    before: timedelta,
    amount: str,
    *,
    activated: bool,
    refunded: bool = False,
) -> Log:
    """What the balance was spent on ``before`` the load."""
    row = {
        "record": "purchase", "reference": reference, "account_email": email,
        "activated": activated, "refunded": refunded,
        "amount": {"amount": amount, "currency": CURRENCY},
    }  # fmt: skip
    return Log(shop, row, {"at": before})


def files(logs: list[Log], *, now: datetime) -> dict[str, bytes]:
    """One JSON lines file for each shop, as ``records import`` takes it; ``now`` is UTC."""
    by_shop = groupby(sorted(logs, key=lambda log: log.shop), key=lambda log: log.shop)
    return {
        shop: "".join(json.dumps(log.written(now)) + "\n" for log in rows).encode()
        for shop, rows in by_shop
    }
