"""What every puller does: list the orders that changed since a mark, as rows of the importer."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

HISTORY = timedelta(days=30)  # upstreams tell no more, and nothing older is open
PAGE = 100  # orders of one answer
MOST_PAGES = 1_000

PulledRow = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows that are stored together, all or none; the last page says from where to go on."""

    rows: list[PulledRow] = field(default_factory=list)
    mark: str | None = None


class Puller(Protocol):
    """One dialect, at one address."""

    def changed(self, since: str | None, *, at: datetime) -> Iterator[Page]:
        """The orders that changed since the mark, or all that it tells, as of ``at`` (UTC).

        Only what is asked for here goes further: of an SMS that one came, its text never. Raises
        PullFailed.
        """


def cost_of(amount: object, currency: str) -> PulledRow:
    """What the upstream took, where it says so; 0 says nothing, since it is that while an order is open."""
    try:
        taken = Decimal(str(amount))
    except InvalidOperation:
        return {}
    if not currency or not taken.is_finite() or taken <= 0:
        return {}
    return {"cost": {"amount": f"{taken:f}", "currency": currency}}
