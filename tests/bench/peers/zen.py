"""NumberPlug's policy for the ZEN engine (zen-engine), to be measured beside ours.

One decision with an expression node for what the clauses test and a table, first hit wins, for the
order in which they count. The facts come prepared: flat, times as seconds, lists as counts. It
knows no unknown facts, no deadlines and no trace of the clauses that did not hold.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from itertools import pairwise

from zen import ZenEngine

from portal.money import Money
from portal.policy.facts.table import ALL, INDEX, UNKNOWN

NAME = "numberplug"
RESULT = ("outcome", "clause", "amount")
TESTED = {
    "silent": "messages == 0 and cancelled_by != 'customer'",
    "np_2_1": "$.silent and now >= expires_at",
    "np_2_2": "messages == 0 and (dropped or (unavailable and cancelled_by != 'customer')"
    " or (cancelled_by == 'provider' and now < expires_at))",
    "np_2_3": "reason == 'technical_error' or technical == true",
    "cancelled": "cancelled_by == 'customer' and not dropped",
    "np_3_5": "$.cancelled and cancelled_at - ordered_at > 30",
    "quick": "$.cancelled and cancelled_at - ordered_at <= 30 and messages == 0",
    "proved": "$.np_2_1 or $.np_2_2 or $.quick",
    "eligible": "$.proved or technical == true or (reason == 'other' and verified == true)",
    "waiting": "$.np_2_3 and technical == null or reason == 'other' and verified == null",
}
# Each row: what has to hold, the outcome, the clause that leads it.
ROWS = (
    ("reason in ['unused_balance', 'account_deletion', 'accidental_top_up']", "deny", "NP-1.1"),
    ("service_message", "deny", "NP-3.1"),
    (
        "messages > 0 or (reason == 'message_from_other_sender_only' and not proved)",
        "deny",
        "NP-3.2",
    ),
    ("reason == 'wrong_selection' and not proved", "deny", "NP-3.3"),
    (
        "number_used == false and now >= expires_at and cancelled_at == null and not unavailable",
        "deny",
        "NP-3.4",
    ),
    ("np_3_5", "deny", "NP-3.5"),
    ("reason == 'external_cause' and not proved", "deny", "NP-3.6"),
    ("refunded and np_2_1", "deny", "NP-2.1"),
    ("refunded and np_2_2", "deny", "NP-2.2"),
    ("refunded and technical == true", "deny", "NP-2.3"),
    ("refunded and quick", "deny", "NP-3.5"),
    ("refunded and eligible", "deny", "NP-5.2"),
    ("refunded and reason == 'technical_error' and technical == null", "deny", "NP-2.3"),
    ("refunded and reason == 'other' and verified == null", "deny", "NP-5.2"),
    ("(eligible or waiting) and not complete", "needs_information", "NP-5.1"),
    ("eligible and destination == 'payout' and exceptional == null", "review", "NP-4.3"),
    ("np_2_1", "approve", "NP-2.1"),
    ("np_2_2", "approve", "NP-2.2"),
    ("np_2_3 and technical == true", "approve", "NP-2.3"),
    ("quick", "approve", "NP-3.5"),
    ("eligible", "approve", "NP-5.2"),
    ("np_2_3 and technical == null", "review", "NP-2.3"),
    ("waiting", "review", "NP-5.2"),
    ("true", "deny", "NP-1.1"),
)


def engine(model=None):
    """The engine with the policy loaded, as its documentation has it for speed."""
    return ZenEngine({"loader": {"type": "static", "content": {NAME: model or graph()}}})


def graph():
    """The policy as a JSON decision model: what is tested, then which clause counts."""
    tested = [{"id": key, "key": key, "value": value} for key, value in TESTED.items()]
    node = ("expressionNode", {"expressions": tested, "passThrough": True})
    return _chained(node, ("decisionTableNode", _table(ROWS)))


def one_table():
    """The same in its table alone, every test written out where it is needed: quicker, unreadable."""
    return _chained(
        ("decisionTableNode", _table([(_written_out(when), *rest) for when, *rest in ROWS]))
    )


def _written_out(when):
    for name, value in reversed(TESTED.items()):
        when = re.sub(rf"(\$\.)?\b{name}\b", f"({value})", when)
    return when


def _table(rows):
    return {
        "hitPolicy": "first",
        "inputs": [{"id": "when", "name": "when"}],
        "outputs": [{"id": key, "name": key, "field": key} for key in RESULT],
        "rules": [
            {
                "_id": str(place),
                "when": when,
                "outcome": f"'{outcome}'",
                "clause": f"'{clause}'",
                "amount": "price" if outcome == "approve" else "null",
            }
            for place, (when, outcome, clause) in enumerate(rows)
        ],
    }


def _chained(*inner):
    kinds = [("inputNode", None), *inner, ("outputNode", None)]
    nodes = [
        {"id": f"n{place}", "type": kind, "name": kind, "position": {"x": 0, "y": 0}}
        | ({"content": content} if content else {})
        for place, (kind, content) in enumerate(kinds)
    ]
    edges = [
        {"id": f"to-{one['id']}", "sourceId": before["id"], "targetId": one["id"], "type": "edge"}
        for before, one in pairwise(nodes)
    ]
    return {"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges}


def all_facts(case):
    """Every fact that the case knows, by its name, with those above: what our own engine is given."""
    known = {
        fact.name.replace(".", "_"): _plain(value)
        for fact, value in zip(ALL, case.facts, strict=True)
        if value is not UNKNOWN
    }
    return json.dumps(known | json.loads(facts(case)))


def _plain(value):
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value.minor if isinstance(value, Money) else value


def facts(case):
    """What the policy reads of a parsed case, as JSON text, the quickest for the engine to take in."""

    def known(name):
        value = case.facts[INDEX[name]]
        return None if value is UNKNOWN else value

    def seconds(name):
        return known(name) and known(name).timestamp()

    price, out, ended = (
        known("order.price"),
        known("order.unavailable_at"),
        known("order.cancelled_at"),
    )
    return json.dumps(
        {
            "now": seconds("now"),
            "reason": known("claim.reason"),
            "messages": known("order.messages"),
            "service_message": known("order.service_message"),
            "ordered_at": seconds("order.ordered_at"),
            "expires_at": seconds("order.expires_at"),
            "cancelled_at": seconds("order.cancelled_at"),
            "cancelled_by": known("order.cancelled_by"),
            "unavailable": out is not None,
            "dropped": out is not None and ended is not None and out <= ended,
            "refunded": known("order.refunded_at") is not None,
            "number_used": known("claim.answers.number_used"),
            "complete": all(
                (known(name) or "").strip()
                for name in ("claim.order_reference", "claim.service_name", "claim.description")
            ),
            "destination": known("claim.destination"),
            "technical": known("findings.technical_error_verified"),
            "verified": known("findings.claim_verified"),
            "exceptional": known("findings.exceptional_payout_verified"),
            "price": price.minor if isinstance(price, Money) else None,
        }
    )


def is_whole(case):
    """Whether an engine without unknowns can be asked: the logs know the order, and no part went back.

    Nor can one that asks for payout details: which of them a method needs is more than a table says.
    """
    names = ("kind", "price", "ordered_at", "expires_at", "messages", "service_message")
    known = all(case.facts[INDEX[f"order.{name}"]] is not UNKNOWN for name in names)
    part = case.facts[INDEX["order.refunded"]] is not UNKNOWN
    paid_out = case.facts[INDEX["findings.exceptional_payout_verified"]] is True
    return known and not part and not paid_out
