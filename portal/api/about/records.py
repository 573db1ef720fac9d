"""Calls about what the shop's logs say: push rows, read an order."""

from io import BytesIO
from typing import Any

from flask import Response, request

from portal.api.calls import LINES, Caller, call
from portal.api.problems import Problem, Reply, ToMend, invalid, not_found
from portal.api.shapes.records import OrderAnswer, Pushed
from portal.api.shown import account_shown
from portal.api.tokens import TokenScope
from portal.claims.decisions.ownership import CLAIMED
from portal.claims.decisions.returned import facts_with, remainder, returns_of_order
from portal.claims.queries import claims_of_order
from portal.config.clock import now
from portal.records.importer import checked_rows, store_rows
from portal.records.problems import FileRefused, RecordProblem
from portal.records.queries import facts_for_order, order_of_anybody
from portal.records.storing.rows import ImportCount
from portal.translation import gettext

MOST_ROWS = 10_000
MOST_BYTES = 10_000_000


@call(
    "POST", "/shops/<shop>/records", scope=TokenScope.RECORDS, answer=Pushed, tag="Records",
    takes=LINES, most=MOST_BYTES,
)  # fmt: skip
def push_records(caller: Caller) -> Response:
    """Store up to 10,000 rows, all or nothing.

    One JSON object a line, the rows of `records import` (docs/records.md); the same rows again change
    nothing. A row that can't be used is named in `errors` by its line, counted from 1.
    """
    text = request.get_data()
    if text.count(b"\n", 0, len(text.rstrip())) >= MOST_ROWS:
        raise invalid([ToMend("", gettext("send at most %(most)s rows a call", most=MOST_ROWS))])
    try:
        with checked_rows(
            BytesIO(text), at=now(), currencies=caller.policy.shop.currencies
        ) as rows:
            return caller.change(lambda: _pushed(store_rows(
                caller.shop, rows, at=now(), claimed=CLAIMED)))  # fmt: skip
    except FileRefused as refused:
        raise _refused(refused) from None


def _pushed(counts: dict[str, ImportCount]) -> Reply:
    total = sum(counts.values(), ImportCount())
    return Reply({"added": total.created, "changed": total.changed, "unchanged": total.unchanged})


def _refused(refused: FileRefused) -> Problem:
    said = gettext("Nothing was stored.")
    if refused.stopped:
        said = gettext("Nothing was stored. There may be more below the last line that is named.")
    problem = invalid([_flaw(each) for each in refused.problems], said)
    problem.more = {
        "lines": [
            {"line": each.line, "field": each.field or None, "detail": each.reason}
            for each in refused.problems
        ]
    }
    return problem


def _flaw(problem: RecordProblem) -> ToMend:
    """A bad row under the pointer of its line and field: ``/7/account_email``."""
    steps = [str(problem.line), *([problem.field] if problem.field else [])]
    return ToMend("/" + "/".join(steps), str(problem))


@call(
    "GET", "/shops/<shop>/orders/<path:order>", scope=TokenScope.RECORDS, answer=OrderAnswer, tag="Records"
)  # fmt: skip
def read_order(caller: Caller, order: str) -> Reply:
    """What is known of an order, what has gone back of its price, and its claims."""
    found = order_of_anybody(caller.shop, order)
    if found is None:
        raise not_found(gettext("The records have no such order."))
    facts = facts_for_order(found)
    returns = returns_of_order(found, facts)
    left = remainder(facts, returns)
    told: dict[str, Any] = facts_with(facts, returns)
    return Reply(
        {
            "account": told.get("account") and account_shown(found.holder) | told["account"],
            "order": told["order"],
            "claims": [
                {"reference": each.reference, "status": each.status.value, "outcome": each.outcome}
                for each in claims_of_order(caller.shop, found.reference_key)
            ],
            "refunded": told["order"].get("refunded"),
            "remainder": left.as_json() if left else None,
        }
    )
