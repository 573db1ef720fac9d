"""What every rail can do, what it is told, and what it answers."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from portal.claims.payout.details import PayoutDetails
from portal.ledger.payout import FailedKind, try_key
from portal.money import Money


@dataclass(frozen=True, slots=True)
class Instruction:
    """One payout as a rail is told of it; ``amount`` is what is to arrive, its fee taken off.

    ``key`` is the payout's, and the idempotency key everywhere; a file names the payout by
    ``told_as``, which is the key at its first try.
    """

    key: str
    claim: str
    shop: str
    shop_name: str
    amount: Money
    email: str
    order_reference: str | None = None
    account_id: str | None = None  # the shop's own name for the account
    payee: PayoutDetails | None = field(default=None, repr=False)
    charge: str | None = None  # the processor's reference of what was paid
    attempt: int = 1
    round: int = 1  # one more than it was refused for sure: each is another call to a processor

    @property
    def told_as(self) -> str:
        """How a file of this try names it: 29 signs."""
        return try_key(self.key, self.attempt)


class Became(StrEnum):
    """What became of a payout, as a rail says it."""

    PAID = "paid"
    PENDING = "pending"
    FAILED = "failed"
    UNKNOWN = "unknown"  # no answer, or none that can be read: it may have arrived
    MISSING = "missing"  # looked up: it never arrived


@dataclass(frozen=True, slots=True)
class RailAnswer:
    """What a rail said: ``reference`` of what is paid, ``kind`` and ``detail`` of what failed.

    ``amount`` is what a file says was moved, where it says so.
    """

    became: Became
    reference: str = ""
    kind: FailedKind | None = None
    detail: str = ""
    amount: Money | None = None


class RailRefused(Exception):
    """This payout can't be prepared for this rail; the message says what is missing."""


class RailAdapter(Protocol):
    """One way by which money leaves. Nothing of it touches the database."""

    def prepare(self, instructions: Iterable[Instruction]) -> Any:
        """What is sent for these payouts: a call, or the bytes of a file. Raises RailRefused."""

    def send(self, prepared: Any) -> RailAnswer:
        """Send it, and say what became of it; a network's failure is an answer too."""

    def look_up(self, instruction: Instruction) -> RailAnswer:
        """Ask by its key what became of a payout that was sent."""

    def read_answers(self, data: bytes) -> Iterable[tuple[str, RailAnswer]]:
        """Each payout's key and what became of it, out of a file that came back. Raises RailRefused."""

    def describe(self) -> str:
        """What this rail sends and to where, in words for the person who sets it."""


class FileRail(RailAdapter, Protocol):
    """A rail that a person carries: ``prepare`` gives the bytes of a file for a run's payouts."""

    @property
    def ending(self) -> str:
        """How the file's name ends: ``xml``, ``csv``."""

    def check(self, instruction: Instruction) -> None:
        """Raise RailRefused, with what is missing, for a payout that the file can't carry."""
