"""Samples to try by hand and stories that are told, as each shop's file in ``shops/`` has them."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from portal.demo.records import ANA, Log, logged

FOLDER = Path(__file__).with_name("shops")
ABOUT = ("activation", "rental", "account", "unrecorded")  # an order or an account
SHOPS = ("numberplug", "sms-service", "activation-claims", "client-numbers", "didvirtualnumbers")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSample:
    """Logs, the reason to give for them, and what the policy then says.

    ``told`` marks those that the start-up message names, ``method`` is how the money should come,
    where it leaves the shop, ``says`` has further answers, by their column.
    """

    shop: str
    logs: tuple[Log, ...]
    email: str
    reference: str | None
    reason: str
    outcome: str
    clause: str
    told: bool = False
    method: str = "iban"
    says: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One claim from its first page on: whose order, what was said, sent how long ago, and then.

    ``then`` has the steps that follow, each a verb of ``telling.Teller`` (``does``), how long
    before the load it happens (``ago``), and what else the verb takes.
    """

    shop: str
    logs: tuple[Log, ...]
    email: str
    reference: str | None
    ago: str
    reason: str
    description: str
    service: str = "WhatsApp"
    asked: str | None = None
    destination: str | None = None
    remedy: str | None = None
    number_used: bool | None = None
    payee: dict[str, str] | None = None
    pictures: list[str] = field(default_factory=list)
    then: list[dict[str, Any]] = field(default_factory=list)
    sent: bool = True


@dataclass(frozen=True, slots=True)
class UnclaimedOrder:
    """An order that the policy owes for by itself, and that nobody has claimed."""

    shop: str
    logs: tuple[Log, ...]


@cache
def _file(shop: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{shop}.toml").read_text("utf-8"))


def _entries(kind: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each entry of a kind, in all shops: what it is about, and what is said of it besides."""
    for shop in SHOPS:
        for entry in _file(shop)[kind]:
            about = next(entry[name] for name in ABOUT if name in entry)
            known = {
                "shop": shop,
                "logs": logged(entry),
                "email": about.get("email", ANA),
                "reference": about.get("reference"),
            }
            logs = {*ABOUT, "bookings", "provider"}
            said = {name: each for name, each in entry.items() if name not in logs}
            yield known | said.pop("claim"), said


SAMPLES = tuple(DemoSample(**sample) for sample, _ in _entries("sample"))
STORIES = tuple(Story(**story, **more) for story, more in _entries("story"))
UNCLAIMED = tuple(
    UnclaimedOrder(shop, logged(entry)) for shop in SHOPS for entry in _file(shop)["unclaimed"]
)
