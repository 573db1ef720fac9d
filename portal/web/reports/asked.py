"""What a report is asked for by its address, and its lines as a file for a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from flask import Response, abort, request

from portal.audit import log as audit
from portal.audit.log import NO_SHOP, StaffAct
from portal.database import transaction
from portal.payouts.rails.massfile import harmless
from portal.people.rights import Shops, Task
from portal.web.frame.clock import now
from portal.web.guards import staff


@dataclass(frozen=True, slots=True)
class AskedFor:
    """Of which days (UTC, the last one included) and of which shops' claims is told."""

    first: date
    last: date
    shops: Shops

    @property
    def since(self) -> datetime:
        """When the first day begins."""
        return datetime.combine(self.first, time(), UTC)

    @property
    def until(self) -> datetime:
        """When the last day has ended."""
        return datetime.combine(self.last + timedelta(days=1), time(), UTC)


def asked_for(*, first: date, last: date) -> AskedFor:
    """The days and the shop that the address names, else these days and all shops that this person leads.

    404 for what is no day, for days in the wrong order, and for a shop that they don't lead or that
    isn't loaded.
    """
    try:
        begins = date.fromisoformat(request.args.get("from") or str(first))
        ends = date.fromisoformat(request.args.get("to") or str(last))
    except ValueError:
        abort(404)
    shops, named = staff.visible(Task.REPORT), request.args.get("shop", "")
    if named:
        shops = Shops(frozenset({named})) if named in staff.shops(Task.REPORT) else abort(404)
    return AskedFor(begins, ends, shops) if begins <= ends < date.max else abort(404)


def sheet(
    name: str, heading: Sequence[str], rows: Iterable[Sequence[object]], *, shops: Shops
) -> Response:
    """A CSV file of this name in UTF-8, with no text in it that a spreadsheet would run.

    That somebody took what it tells of these shops with them is audited.
    """
    with transaction():
        for shop in [NO_SHOP] if shops.named is None else sorted(shops.named):
            audit.note(StaffAct.EXPORT, at=now(), by=staff.me().id, shop=shop, about=name)
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(heading)
    for row in rows:
        write.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
    response = Response(out.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
