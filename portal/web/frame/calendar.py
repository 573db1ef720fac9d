"""A date as a calendar takes it: one event of RFC 5545, which is a dozen lines and needs no library."""

from datetime import UTC, datetime

from flask import Response

from portal.translation import gettext

_LONGEST = 75  # octets of a line, 3.1
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})


def calendar_entry(*, name: str, title: str, at: datetime, url: str, made: datetime) -> Response:
    """A file that adds this moment to a calendar, with a reminder an hour before.

    ``name`` tells it from other events and names the file: asked for again, it replaces the one that
    is there. ``url`` is where the event leads.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Redress//EN",
        "BEGIN:VEVENT",
        f"UID:{name}@redress",
        f"DTSTAMP:{_utc(made)}",
        f"DTSTART:{_utc(at)}",
        f"DTEND:{_utc(at)}",
        f"SUMMARY:{_text(title)}",
        f"DESCRIPTION:{_text(gettext('Your claim: %(url)s', url=url))}",
        f"URL:{url}",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "TRIGGER:-PT1H",
        f"DESCRIPTION:{_text(title)}",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    body = "".join(f"{_folded(line)}\r\n" for line in lines)
    response = Response(body, mimetype="text/calendar")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.ics"'
    return response


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(words: str) -> str:
    return str(words).translate(_ESCAPED)


def _folded(line: str) -> str:
    """The line in parts of 75 octets, each but the first behind a space."""
    parts, part = [], ""
    for sign in line:
        if len((part + sign).encode()) > _LONGEST:
            parts.append(part)
            part = " "
        part += sign
    return "\r\n".join([*parts, part])
