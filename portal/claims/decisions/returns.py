"""One return of money: who says that it went back, how much, and by which claim and payment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from portal.money import Money
from portal.policy.deciding.decision import as_plain
from portal.translation import gettext


class ReturnSource(StrEnum):
    """Who says that it went back: the shop's records, or this portal that paid it or owes it."""

    RECORDS = "records"
    PORTAL = "portal"


@dataclass(frozen=True, slots=True)
class Return:
    """One return. ``amount`` None is the whole price: the records name no part, or it was another number.

    ``claim`` and ``payment`` (the payer's reference) are of the portal's own; ``paid`` is False
    while it is owed. ``own`` is whether the claim that asks is of the same account: nobody else is
    told which claim it was.
    """

    source: ReturnSource
    at: datetime
    amount: Money | None = None
    claim: str | None = None
    payment: str | None = None
    paid: bool = True
    replacement: bool = False
    own: bool = True

    def told(self) -> str:
        """Who took it, for those who decide and pay: "claim 7K3F-9QXM took 0.50 USD (payment TX-1)"."""
        whole = str(self.amount or gettext("the whole price"))
        what = gettext("another number") if self.replacement else whole
        if self.claim is None:
            return gettext("the shop's records say that %(what)s went back", what=what)
        if self.payment is None:
            return gettext(
                "claim %(claim)s took %(what)s (not paid yet)", claim=self.claim, what=what
            )
        return gettext(
            "claim %(claim)s took %(what)s (payment %(payment)s)",
            claim=self.claim,
            what=what,
            payment=self.payment,
        )

    def as_json(self) -> dict[str, Any]:
        """As it is kept beside a claim's facts."""
        return {
            "source": self.source.value,
            "at": as_plain(self.at),
            "amount": self.amount.as_json() if self.amount else None,
            "claim": self.claim,
            "payment": self.payment,
            "paid": self.paid,
            "replacement": self.replacement,
            "own": self.own,
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Return:
        """Read what ``as_json`` wrote."""
        amount = kept["amount"]
        return cls(
            **kept
            | {
                "source": ReturnSource(kept["source"]),
                "at": datetime.fromisoformat(kept["at"]),
                "amount": Money.parse(**amount) if amount else None,
            }
        )
