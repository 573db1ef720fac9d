"""A fact as a row of a page: what it is called, what is known of it, and who says so."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from portal.claims.wording import fact_words, message_words
from portal.policy.deciding.document import Policy
from portal.translation import gettext


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact as a row: its name, its value in words (None: not known), and who says so.

    ``by`` is the person, where a person said it.
    """

    name: str
    value: str | None
    source: str
    by: str | None = None


def fact_row(
    fact: Mapping[str, Any], *, zone: ZoneInfo, policy: Policy | None = None
) -> FactRow | None:
    """A fact of a decision's trace for a customer of ``policy``'s shop, or else for its staff.

    None for what people need not see.
    """
    words = fact_words(fact["fact"], fact["value"], zone=zone, policy=policy)
    if words is None:
        return None
    return FactRow(words[0], words[1] if fact["known"] else None, fact["source"])


def message_rows(messages: Iterable[Mapping[str, Any]], *, zone: ZoneInfo) -> list[FactRow]:
    """The messages that the records have of an order, a row each."""
    return [
        FactRow(gettext("Message"), message_words(each, zone=zone), "logs") for each in messages
    ]
