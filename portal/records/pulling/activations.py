"""The ``handler_api`` dialect of activation sites: getActiveActivations, getHistory and getStatus.

Its traps: an open order costs 0, the currency is a number, a date has no zone, STATUS_CANCEL is an
order that was cancelled or completed, and the text of the SMS stands in the row.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from portal.config.pullers import PullerSetting
from portal.records.arriving.foreign import currency_named, moment
from portal.records.pulling.calling import PullFailed, as_json, ask
from portal.records.pulling.puller import HISTORY, MOST_PAGES, PAGE, Page, PulledRow, cost_of
from portal.translation import gettext

_NO_SMS = frozenset({"", "[]", "null", "none", "false", "0"})
_KEY_REFUSED = ("BAD_KEY", "NO_KEY", "WRONG_KEY")
_OPEN = ("STATUS_WAIT", "STATUS_OK")


class ActivationSite:
    """An upstream that speaks it."""

    def __init__(self, setting: PullerSetting, *, inward: bool) -> None:
        self._setting, self._inward = setting, inward

    def changed(self, since: str | None, *, at: datetime) -> Iterator[Page]:
        """See Puller: the mark is when the oldest order was placed that was still open."""
        waiting = self._active()
        start = max(_read_mark(since) or at - HISTORY, at - HISTORY)
        oldest, seen, offset = at, set[str](), 0
        for _ in range(MOST_PAGES):
            told = self._history(start, at, offset=offset)
            offset += len(told)  # a site may give less than it was asked for
            fresh = [each for each in told if _id(each) and _id(each) not in seen]
            if not fresh:
                break
            seen.update(_id(each) for each in fresh)
            rows = []
            for each in fresh:
                placed = self._placed(each)
                row, is_open = self._report(each, placed, waiting)
                rows.append(row)
                if is_open and placed is not None:
                    oldest = min(oldest, placed)
            yield Page(rows)
        yield Page(mark=str(int(oldest.timestamp())))

    def _report(
        self, told: Mapping[str, Any], placed: datetime | None, waiting: set[str]
    ) -> tuple[PulledRow, bool]:
        """The row of an order, and whether it may still change."""
        came, key = _came(told.get("sms")), _id(told)
        row: PulledRow = {"record": "provider", "reference": key}
        if placed is not None:
            row["ordered_at"] = placed.isoformat()
        if key in waiting:
            return row | ({"delivered": True} if came else {"status": "waiting"}), True
        cost = cost_of(told.get("cost"), currency_named(told.get("currency")))
        if came:  # nothing that an SMS came to is cancelled
            kept = {"refunded": False} if cost else {}
            return row | cost | {"status": "completed", "delivered": True} | kept, False
        status = self._call(action="getStatus", id=key)
        if status.startswith(_OPEN):
            arrived = status.startswith("STATUS_OK")  # behind it stands the code: no further
            return row | ({"delivered": True} if arrived else {"status": "waiting"}), True
        if status.startswith("STATUS_CANCEL"):
            back = {} if cost else {"refunded": True}
            return row | cost | {"status": "cancelled", "delivered": False} | back, False
        return row, False

    def _placed(self, told: Mapping[str, Any]) -> datetime | None:
        if not told.get("date"):
            return None
        try:
            return moment(told["date"], zone=self._setting.zone)
        except ValueError:
            raise PullFailed(gettext("the date of an order is no time")) from None

    def _active(self) -> set[str]:
        said = self._listed(action="getActiveActivations")
        return {_id(each) for each in said}

    def _history(self, start: datetime, end: datetime, *, offset: int) -> list[Mapping[str, Any]]:
        return self._listed(
            action="getHistory",
            start=str(int(start.timestamp())),
            end=str(int(end.timestamp())),
            offset=str(offset),
            limit=str(PAGE),
            size=str(PAGE),
        )

    def _listed(self, **params: str) -> list[Mapping[str, Any]]:
        """The rows of an answer, which may be a list, or stand in an object under one of two names."""
        text = self._call(**params)
        if "NO_ACTIVATIONS" in text[:200]:
            return []
        said = as_json(text)
        if isinstance(said, dict):
            said = said.get("data", said.get("activeActivations"))
        if not isinstance(said, list):
            raise PullFailed(gettext("its answer lists no orders"))
        return [each for each in said if isinstance(each, dict)]

    def _call(self, **params: str) -> str:
        said = {"api_key": self._setting.key.get_secret_value()} | params
        status, text = ask(self._setting.url, said, {}, inward=self._inward)
        text = text.strip()
        if any(word in text[:200] for word in _KEY_REFUSED):
            raise PullFailed(gettext("it refuses the key: see PULL_KEYS"))
        if text.startswith("NO_ACTIVATION"):  # some sites answer 404 with it
            return text
        if status != 200 or text.startswith(("ERROR", "BAD_", "WRONG_", "BANNED")):  # noqa: PLR2004 - HTTP's OK
            said_why = text.partition(":")[0] if text[:40].replace("_", "").isupper() else status
            raise PullFailed(gettext("it answered %(status)s", status=said_why))
        return text


def _id(told: Mapping[str, Any]) -> str:
    return str(told.get("id") or told.get("activationId") or "")


def _came(sms: object) -> bool:
    """Whether the row holds an SMS; what it says is read by nobody."""
    if isinstance(sms, str):
        return sms.strip().casefold() not in _NO_SMS
    return bool(sms)


def _read_mark(since: str | None) -> datetime | None:
    return datetime.fromtimestamp(int(since), UTC) if since and since.isdecimal() else None
