"""Lists by key: a part, and the cursor behind its last row. Nothing is skipped and nothing comes twice."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from portal.api.problems import Reply, ToMend, invalid
from portal.api.shapes.parts import Listing

Listed = TypeVar("Listed")


def page(
    rows: Sequence[Listed],
    query: Listing,
    *,
    shown: Callable[[Listed], dict[str, Any]],
    key: Callable[[Listed], list[Any]],
    **more: Any,
) -> Reply:
    """A part of a list: of one row more than its limit, where there is more behind it."""
    kept = rows[: query.limit]
    onward = cursor(key(kept[-1])) if len(rows) > query.limit else None
    return Reply({"items": [shown(row) for row in kept], "next": onward} | more)


def cursor(key: list[Any]) -> str:
    """The key of a row as its list's next part is asked for by it."""
    said = json.dumps(key, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(said).decode().rstrip("=")


def position(query: Listing, read: Callable[..., Listed]) -> Listed | None:
    """Where a part begins, as ``read`` makes it of the cursor's parts; Problem for what is no cursor."""
    if query.after is None:
        return None
    try:
        text = query.after.encode("ascii")
        parts = json.loads(base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4)))
        return read(*parts)
    except (ValueError, TypeError, OverflowError, binascii.Error, RecursionError):
        said = "take the next of the part before as it is"
        raise invalid([ToMend("/after", said)]) from None


def number(value: object) -> int:
    """A row's number out of a cursor."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 62:
        raise ValueError("no number of a row")
    return value


def dated(at: object, last: object) -> tuple[datetime, int]:
    """A time out of a cursor, and which row of that time."""
    return _instant(at), number(last)


def _instant(value: object) -> datetime:
    """A time out of a cursor."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else None
    if found is None or found.tzinfo is None:
        raise ValueError("no time with a zone")
    return found
