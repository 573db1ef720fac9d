"""Thin commands: parse, one call, print."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def register(app: Flask) -> None:
    """Add the commands to ``flask --app wsgi``."""
