"""How people see and do it: the pages, their guards and their words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def register(app: Flask) -> None:
    """Add the pages, filters, headers and error pages."""
