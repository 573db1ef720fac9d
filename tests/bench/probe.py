"""The portal within this process: counts SQL statements, and finds the addresses to measure."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import event, func, select

from portal.claims.models import Claim
from portal.claims.queue.orders import Cursor
from portal.claims.queue.pages import ALL, PAGE, Filters
from portal.extensions import db
from portal.web.review.position import address
from tests.bench.client import Answer, form
from tests.bench.people import SHOP, Codes, file_claim, hire, screenshot, sign_in

DEEP = 1000  # the page that is reached by its cursor


class Step(NamedTuple):
    method: str
    path: str
    statements: int


@dataclass
class Found:
    """What is measured at one size: pages by their names, who may see them, and SQL counts."""

    reviewer: object
    pages: dict[str, str]
    statements: dict[str, int] = field(default_factory=dict)
    journey: list[Step] = field(default_factory=list)


class Insider:
    """A visitor without a server between: the same two ways to ask."""

    def __init__(self, app):
        self.client = app.test_client()
        self.base = app.extensions["settings"].base_url

    def get(self, path):
        return self._answer(self.client.get(path, base_url=self.base))

    def post(self, path, data, upload=None):
        body, kind = form(data, upload)
        return self._answer(
            self.client.post(path, data=body, content_type=kind, base_url=self.base)
        )

    def _answer(self, response):
        location = response.headers.get("Location", "").removeprefix(self.base)
        return Answer(response.status_code, location, response.data)


def probe(portal, orders=None):
    """Hire a reviewer, find the pages, count statements; with ``orders`` file one claim too."""
    app = portal.app()
    with app.test_request_context(base_url=portal.settings["base_url"]):
        found = Found(hire(), pages())
        engine = db.engine
        db.session.remove()
    # Each request has a context of its own, as under a server.
    with _statements(engine) as seen:
        insider = Insider(app)
        sign_in(insider, found.reviewer, ahead=-1)
        for name, path in found.pages.items():
            seen.clear()
            insider.get(path)
            found.statements[name] = len(seen)
        if orders:
            seen.clear()

            def done(method, path):
                found.journey.append(Step(method, path, len(seen)))
                seen.clear()

            file_claim(
                Insider(app), orders.take(), picture=screenshot(), code_of=Codes(portal), done=done
            )
    engine.dispose()
    return found


@contextmanager
def statements_of(app):
    """The SQL that the portal in this process sends, as it comes; a list to be cleared at will."""
    with app.app_context():
        engine = db.engine
    with _statements(engine) as seen:
        yield seen


@contextmanager
def _statements(engine):
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        if not statement.startswith(("BEGIN", "PRAGMA")):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def pages():
    reason = db.session.scalar(
        select(Claim.reason).where(Claim.waiting, Claim.shop == SHOP).order_by(Claim.due_at)
    )
    waiting = select(Claim.reference, Claim.due_at, Claim.id).where(Claim.waiting)
    claim = db.session.execute(waiting.order_by(Claim.due_at, Claim.id).limit(1)).one()
    everything = Filters(view=ALL)
    return {
        "queue, first page": address(Filters()),
        "queue of one shop": address(Filters(shop=SHOP)),
        "queue of shop and reason": address(Filters(shop=SHOP, reason=reason)),
        "queue, page 1,000 or last": address(Filters(), after=_deep(waiting)),
        "one shop, page 1,000 or last": address(
            Filters(shop=SHOP), after=_deep(waiting.where(Claim.shop == SHOP))
        ),
        "all claims, page 1": address(everything),
        "search by reference": address(Filters(search=claim.reference)),
        "one claim": f"/review/{claim.reference}",
    }


def _deep(rows):
    """The cursor before the 1,000th page, or before the last whole one where there are fewer."""
    whole = db.session.scalar(select(func.count()).select_from(rows.subquery())) // PAGE
    if whole < 2:
        return None
    before = PAGE * (min(DEEP, whole) - 1) - 1
    row = db.session.execute(rows.order_by(Claim.due_at, Claim.id).offset(before).limit(1)).one()
    return Cursor(row.due_at, row.id)
