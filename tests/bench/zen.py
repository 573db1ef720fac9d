"""NumberPlug's policy for the ZEN engine (zen-engine), to be measured beside ours.

One decision with an expression node for what the clauses test and a table, first hit wins, for the
order in which they count. The facts come prepared: flat, times as seconds, lists as counts. It
knows no unknown facts, no deadlines and no trace of the clauses that did not hold.
"""

from __future__ import annotations

import json
from itertools import pairwise

from zen import ZenEngine

from portal.money import Money
from portal.policy.facts import INDEX, UNKNOWN

NAME = "numberplug"
TESTED = {
    "silent": "messages == 0 and cancelled_by != 'customer'",
    "np_2_1": "$.silent and now >= expires_at",
    "np_2_2": "$.silent and (unavailable or cancelled_by == 'provider')",
    "np_2_3": "reason == 'technical_error' or technical == true",
    "cancelled": "cancelled_by == 'customer'",
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


def engine():
    """The engine with the policy loaded, as its documentation has it for speed."""
    return ZenEngine({"loader": {"type": "static", "content": {NAME: graph()}}})


def graph():
    """The policy as a JSON decision model."""
    nodes = [
        {"id": "facts", "type": "inputNode", "name": "facts"},
        {
            "id": "tested",
            "type": "expressionNode",
            "name": "tested",
            "content": {
                "expressions": [
                    {"id": key, "key": key, "value": value} for key, value in TESTED.items()
                ],
                "passThrough": True,
            },
        },
        {
            "id": "clauses",
            "type": "decisionTableNode",
            "name": "clauses",
            "content": {
                "hitPolicy": "first",
                "inputs": [{"id": "when", "name": "when"}],
                "outputs": [
                    {"id": "outcome", "name": "outcome", "field": "outcome"},
                    {"id": "clause", "name": "clause", "field": "clause"},
                    {"id": "amount", "name": "amount", "field": "amount"},
                ],
                "rules": [
                    {
                        "_id": str(place),
                        "when": when,
                        "outcome": f"'{outcome}'",
                        "clause": f"'{clause}'",
                        "amount": "price" if outcome == "approve" else "null",
                    }
                    for place, (when, outcome, clause) in enumerate(ROWS)
                ],
            },
        },
        {"id": "decision", "type": "outputNode", "name": "decision"},
    ]
    edges = [
        {"id": f"to-{one['id']}", "sourceId": before["id"], "targetId": one["id"], "type": "edge"}
        for before, one in pairwise(nodes)
    ]
    return {
        "contentType": "application/vnd.gorules.decision",
        "nodes": [{**node, "position": {"x": 0, "y": 0}} for node in nodes],
        "edges": edges,
    }


def facts(case):
    """A parsed case as JSON text, the quickest for the engine to take in."""

    def known(name):
        value = case.facts[INDEX[name]]
        return None if value is UNKNOWN else value

    def seconds(name):
        return known(name) and known(name).timestamp()

    price = known("order.price")
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
            "unavailable": known("order.unavailable_at") is not None,
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
    """Whether the logs know the order: only such claims can be put to an engine without unknowns."""
    names = ("kind", "price", "ordered_at", "expires_at", "messages", "service_message")
    return all(case.facts[INDEX[f"order.{name}"]] is not UNKNOWN for name in names)
