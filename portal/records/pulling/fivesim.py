"""5sim's JSON API: the history of activations, newest first.

Its traps: the price of an order says no currency, is that of an open one too, and the text of each
SMS stands in the row.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from portal.config.pullers import PullerSetting
from portal.records.arriving.foreign import moment
from portal.records.pulling.calling import PullFailed, as_json, ask
from portal.records.pulling.puller import HISTORY, MOST_PAGES, PAGE, Page, PulledRow, cost_of
from portal.translation import gettext

_OVER = {
    "CANCELED": "cancelled",
    "TIMEOUT": "expired",
    "FINISHED": "completed",
    "BANNED": "banned",
}


class FiveSim:
    """An upstream that speaks it."""

    def __init__(self, setting: PullerSetting, *, inward: bool) -> None:
        self._setting, self._inward = setting, inward

    def changed(self, since: str | None, *, at: datetime) -> Iterator[Page]:
        """See Puller: the mark is the number of the oldest order that was still open."""
        first = int(since) if since and since.isdecimal() else 0
        newest, still_open = 0, set[int]()
        offset = 0
        for _ in range(MOST_PAGES):
            told = self._orders(offset)
            offset += len(told)
            reached = [each for each in told if _number(each) >= first and self._is_told(each, at)]
            yield Page([self._report(each) for each in reached])
            newest = max([newest, *(_number(each) for each in reached)])
            still_open.update(_number(each) for each in reached if each.get("status") not in _OVER)
            if len(reached) < len(told) or not told:
                break
        mark = min(still_open, default=newest + 1 if newest else first)
        yield Page(mark=str(mark))

    def _report(self, told: Mapping[str, Any]) -> PulledRow:
        came, status = bool(told.get("sms")), _OVER.get(str(told.get("status")))
        row: PulledRow = {"record": "provider", "reference": str(_number(told))}
        if (placed := self._placed(told)) is not None:
            row["ordered_at"] = placed.isoformat()
        if status is None:
            return row | ({"delivered": True} if came else {"status": "waiting"})
        row |= {"status": status, "delivered": came}
        if status == "completed":
            return row | {"refunded": False} | cost_of(told.get("price"), self._setting.currency)
        return row if came else row | {"refunded": True}

    def _placed(self, told: Mapping[str, Any]) -> datetime | None:
        if not told.get("created_at"):
            return None
        try:
            return moment(told["created_at"], zone=self._setting.zone)
        except ValueError:
            raise PullFailed(gettext("the date of an order is no time")) from None

    def _is_told(self, told: Mapping[str, Any], at: datetime) -> bool:
        placed = self._placed(told)
        return placed is None or placed >= at - HISTORY

    def _orders(self, offset: int) -> list[Mapping[str, Any]]:
        params = {"category": "activation", "limit": str(PAGE), "offset": str(offset), "order": "id", "reverse": "true"}  # fmt: skip
        bearer = {"Authorization": f"Bearer {self._setting.key.get_secret_value()}"}
        url = f"{self._setting.url}/v1/user/orders"
        status, text = ask(url, params, bearer, inward=self._inward)
        if status != 200:  # noqa: PLR2004 - HTTP's OK
            raise PullFailed(gettext("it answered %(status)s", status=status))
        said = as_json(text)
        listed = said.get("Data") if isinstance(said, dict) else None
        if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
            raise PullFailed(gettext("its answer lists no orders"))
        return listed


def _number(told: Mapping[str, Any]) -> int:
    number = str(told.get("id"))
    if not number.isdecimal():
        raise PullFailed(gettext("an order of its answer has no number"))
    return int(number)
