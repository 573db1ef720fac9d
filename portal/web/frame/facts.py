"""A fact as a row of a page for those who work here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact as a row: its name, its value in words (None: not known), and who says so.

    ``by`` is the person, where a person said it.
    """

    name: str
    value: str | None
    source: str
    by: str | None = None
