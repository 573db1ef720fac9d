"""Where in the queue a reviewer is or came from: its filters, its order and its page, in the address."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from flask import abort, request, url_for

from portal.claims.models import Claim
from portal.claims.queue.orders import Cursor, QueueOrder, Sorting
from portal.claims.queue.pages import DECIDE, Filters, next_in
from portal.claims.queue.views import Look
from portal.people.rights import Task
from portal.translation import lazy_gettext as _
from portal.web.frame.clock import now
from portal.web.guards import staff

NAMES = {"view": "status", "search": "q"}  # a filter's name in the address, where it differs
FROM = "from"  # a claim's address carries the queue's query under this name
LONGEST = 320
MOST = 2000

# Of each order: upwards, and down.
WORDS = {
    QueueOrder.DUE: (_("Least time left first"), _("Most time left first")),
    QueueOrder.SENT: (_("Oldest first"), _("Newest first")),
    QueueOrder.AMOUNT: (_("Smallest amount first"), _("Largest amount first")),
    QueueOrder.REASON: (_("By reason"), _("By reason, the last first")),
    QueueOrder.VERDICT: (_("By verdict"), _("By verdict, the last first")),
    QueueOrder.STATUS: (_("By status"), _("By status, the last first")),
}
DOWN_FIRST = frozenset(
    {QueueOrder.SENT, QueueOrder.AMOUNT}
)  # the newest and the largest are asked for first


def filters() -> Filters:
    """What the address asks for; a filter that no control offers is a page that isn't there."""
    found = _filters(request.args)
    return abort(404) if found is None else found


def cursors() -> dict[str, Cursor]:
    """The page that the address asks for: ``after`` or ``before`` a row."""
    return _cursors(request.args, filters())


def look(filters: Filters) -> Look:
    """Who looks at the queue, and until when it is today: by the clock of the shops, or UTC where they have several."""
    shops = staff.shops(Task.LOOK)
    asked = [shops[filters.shop]] if filters.shop in shops else shops.values()
    zones = {policy.shop.time_zone for policy in asked}
    zone = ZoneInfo(zones.pop() if len(zones) == 1 else "UTC")
    today = now().astimezone(zone).date()
    ends = datetime.combine(today + timedelta(days=1), time(), zone).astimezone(UTC)
    return Look(staff.visible(), staff.me().id, now(), ends)


def address(filters: Filters, **more: object) -> str:
    """The queue's address with these filters; what is empty is left out."""
    return url_for("reviewer.queue", **_query(filters, **more))


def saving(filters: Filters) -> str:
    """Where these filters and their order are saved under a name."""
    return url_for("saved.index", **_query(replace(filters, search="")))


def kept(filters: Filters, **more: object) -> str:
    """What a claim's address carries to lead back to this page of the queue."""
    return _carrying(_query(filters, **more) or _query(replace(filters, view=DECIDE)))


def carried() -> dict[str, Any]:
    """What every address of the claim at hand carries along."""
    query = request.args.get(FROM, "")
    return {FROM: query} if query and len(query) <= MOST else {}


def back(reference: str) -> str:
    """The page of the queue that the claim was opened from, at its row."""
    asked = dict(parse_qsl(carried().get(FROM, "")))
    found = _filters(asked)
    if found is None:
        return url_for("reviewer.queue")
    return address(found, **_cursors(asked, found)) + f"#{reference}"


def standing(claim: Claim) -> Cursor:
    """Where the claim stands in the view that it was opened from."""
    asked = _filters(dict(parse_qsl(carried().get(FROM, "")))) or Filters()
    return Cursor.of(claim, asked.sorting.order)


def onward(here: Cursor, *, backwards: bool = False) -> str:
    """What comes after the claim that stood ``here``, or before it, in the view that it was opened from.

    The queue, where that view holds no other.
    """
    asked = dict(parse_qsl(carried().get(FROM, "")))
    found = _filters(asked) or Filters()
    reference = next_in(found, here, look=look(found), backwards=backwards)
    if reference is None:
        return address(found)
    return url_for("reviewer.claim", reference=reference, **carried())


def opened(found: Filters) -> str:
    """What the address of a claim carries that its search has opened: the same filters, no search."""
    return _carrying(_query(replace(found, search="")))


def heads(filters: Filters) -> dict[str, tuple[str, str]]:
    """Of each column by which the view can be put in order: the address that does it, and its aria-sort.

    The column that it stands in order by turns it round.
    """
    return {order.value: _head(order, filters) for order in filters.orders}


def _head(order: QueueOrder, filters: Filters) -> tuple[str, str]:
    here = filters.sorting
    stands = order is here.order
    to = Sorting(order, not here.down if stands else order in DOWN_FIRST)
    asked = "" if to == filters.natural else str(to)
    aria = ("descending" if here.down else "ascending") if stands else ""
    return address(replace(filters, sort=asked)), aria


def sorts(filters: Filters) -> Iterator[tuple[Sorting, str]]:
    """Every order of the view, with its words."""
    for order in filters.orders:
        for down in (False, True):
            yield Sorting(order, down), str(WORDS[order][down])


def _carrying(query: dict[str, Any]) -> str:
    return f"?{urlencode({FROM: urlencode(query)})}" if query else ""


def _filters(asked: Mapping[str, str]) -> Filters | None:
    texts = {f.name: asked.get(NAMES.get(f.name, f.name), "") for f in fields(Filters)}
    if any("\x00" in text or len(text) > LONGEST for text in texts.values()):
        return None
    return Filters(**texts)


def _cursors(asked: Mapping[str, str], filters: Filters) -> dict[str, Cursor]:
    order = filters.sorting.order
    read = {name: Cursor.read(asked.get(name, ""), order) for name in ("after", "before")}
    return {name: cursor for name, cursor in read.items() if cursor}


def _query(filters: Filters, **more: object) -> dict[str, Any]:
    asked = {NAMES.get(f.name, f.name): getattr(filters, f.name) for f in fields(filters)}
    return {name: str(text) for name, text in (asked | more).items() if text}
