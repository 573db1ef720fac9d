"""The one place where requests read the clock."""

from datetime import UTC, datetime

from flask import current_app


def now() -> datetime:
    """The instant of this request in UTC, to the second; a fixed one under the config's NOW."""
    fixed = current_app.config.get("NOW")
    return fixed or datetime.now(UTC).replace(microsecond=0)
