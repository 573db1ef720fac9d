"""``python -m tests.policy.facts.drawn``: the pages and the schema that are drawn from the table of facts."""

import json
import re
from pathlib import Path

from portal.policy.facts.account import ACCOUNT
from portal.policy.facts.number import NUMBER
from portal.policy.facts.order import ORDER
from portal.policy.facts.provider import PROVIDER
from portal.policy.facts.table import ALL, BY_NAME, EVIDENCE_KINDS, UNKNOWN, Source, Type
from portal.policy.language.json_values import LARGEST
from portal.records.columns import recorded

DOCS = Path(__file__).parents[3] / "docs"
SCHEMA = DOCS / "schema" / "case.schema.json"
TIME = {
    "type": ["string", "null"],
    "format": "date-time",
    "description": "RFC 3339 with an offset",
}
WHOLE = {"type": ["integer", "null"], "minimum": 0, "maximum": LARGEST}
TEXT, FLAG = {"type": ["string", "null"]}, {"type": ["boolean", "null"]}
MONEY = {"oneOf": [{"$ref": "#/$defs/money"}, {"type": "null"}]}
# What the table can't know of a field.
BESIDES = {
    "order.refunded": {
        "description": "What has gone back of the price so far, returned by the shop or by the portal;"
        " the whole price where refunded_at is set without it."
    },
    "order.processing_fee": {
        "description": "What the payment system kept of the price when the order was paid."
    },
}
WHO = {
    Source.LOGS: "the logs",
    Source.PROVIDER: "the provider",
    Source.CUSTOMER: "the customer",
    Source.REVIEWER: "a reviewer",
    Source.PORTAL: "the portal",
}
UNITS = {Type.TIME: "time, UTC", Type.MONEY: "money", Type.DURATION: "length, in seconds"}


def an_object(properties, **more):
    return {
        "type": ["object", "null"], "properties": properties, **more, "additionalProperties": False,
    }  # fmt: skip


def a_list(properties):
    item = {"type": "object", "properties": properties, "additionalProperties": False}
    return {"type": ["array", "null"], "items": item}


def field(fact):
    """One fact as the schema of a case has it."""
    kinds = {
        Type.TIME: TIME,
        Type.BOOL: FLAG,
        Type.MONEY: MONEY,
        Type.TEXT: TEXT,
        Type.NUMBER: WHOLE,
    }
    found = kinds.get(fact.type) or {"enum": [*fact.values, None]}
    if fact.default not in (UNKNOWN, None):
        found = found | {"default": fact.default}
    return found | BESIDES.get(fact.name, {})


def fields(top):
    """The facts of an object that are written in it as they are."""
    nested = ("order.messages", "claim.evidence", "claim.payout")
    return {
        fact.key: field(fact)
        for fact in ALL
        if fact.name.rpartition(".")[0] == top and not fact.stands_on and fact.name not in nested
    }


def case_schema():
    """The schema of a case (docs/schema), with each fact of the table."""
    messages = a_list({"received_at": TIME, "service": TEXT})
    flags = {"default": BY_NAME["order.payment_method_refundable"].default}
    top_up = {"reference": TEXT, "at": TIME, "amount": MONEY, "method": TEXT}
    purchase = {"at": TIME, "amount": MONEY, "activated": FLAG, "refunded": FLAG}
    payout = {"method": field(BY_NAME["claim.payout.method"]), "complete": FLAG}
    claim = fields("claim") | {
        "payout": an_object(payout),
        "answers": an_object(fields("claim.answers")),
        "evidence": a_list({"kind": {"enum": [*EVIDENCE_KINDS, None]}, "at": TIME}),
    }
    claim["submitted_at"] = {"type": "string", "format": "date-time"}
    money = {
        "amount": {"type": "string", "pattern": r"^[0-9]{1,15}(\.[0-9]{1,18})?$"},
        "currency": {
            "type": "string",
            "pattern": "^[A-Z]{3,5}$",
            "description": "One of ISO 4217, or one that the shop declares ([shop] currencies).",
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Case",
        "description": "What is known of a refund claim. Anything absent or null is unknown, save"
        " where a default is given. Other fields than these are refused.",
        "type": "object",
        "required": ["claim"],
        "properties": {
            "now": TIME
            | {
                "description": "The instant of the decision, never before claim.submitted_at,"
                " which it is where absent."
            },
            "account": an_object(fields("account")),
            "order": an_object(fields("order") | {"messages": messages}),
            "top_ups": a_list(top_up | {"method_refundable": FLAG | flags}),
            "purchases": a_list(purchase),
            "claim": {
                "type": "object",
                "properties": claim,
                "required": ["submitted_at"],
                "additionalProperties": False,
            },
            "findings": an_object(fields("findings")),
        },
        "$defs": {
            "money": {
                "type": "object",
                "required": ["amount", "currency"],
                "properties": money,
                "additionalProperties": False,
            }
        },
        "additionalProperties": False,
    }


def catalogue():
    """Every fact as a row: its name, what it may be, who supplies it, and how its words read."""
    rows = ["| fact | may be | supplied by | reads |", "|---|---|---|---|"]
    for fact in ALL:
        kind = UNITS.get(fact.type, fact.type.value)
        values = f"`{BY_NAME['claim.reason'].values[0]}` …" if fact.name == "claim.reason" else ""
        values = values or ", ".join(f"`{word}`" for word in fact.values)
        default = "" if fact.default is UNKNOWN else f"; {_plain(fact.default)} where not said"
        who = f"computed ({WHO[fact.source]})" if fact.stands_on else WHO[fact.source]
        who += ", else the claim itself" if fact.reported_by else ""
        said = fact.yes.replace("%(length)s", "…").replace("%(times)s", "… times") or fact.noun
        rows.append(f"| `{fact.name}` | {values or kind}{default} | {who} | {said} |")
    return rows


def columns(facts, prefix=""):
    """The columns of an import file that are facts, each with what may stand in it."""
    rows = [f"| {fact.key.removeprefix(prefix)} | {_values(fact)} |" for fact in recorded(facts)]
    return ["| column | values |", "|---|---|", *rows]


def _values(fact):
    if fact.type is Type.TIME:
        return "a time"
    if fact.type is Type.NUMBER:
        return f"a whole number: {fact.noun}"
    if fact.type is Type.TEXT:
        return f"as sold: {fact.longest} characters at most"
    if fact.type is Type.WORD:
        return ", ".join(
            f"{word} (default)" if word == fact.default else word for word in fact.values
        )
    default = "" if fact.default is UNKNOWN else f"; default {_plain(fact.default)}"
    return f"true: {fact.yes}{default}"


def _plain(value):
    return {None: "nothing", True: "true", False: "false"}.get(value, value)


def pages():
    """Each page of docs/ that has rows drawn, and those rows, by the heading that they stand under."""
    return {
        "facts.md": {"facts": catalogue()},
        "records.md": {
            "account": columns(ACCOUNT),
            "order": columns([*ORDER, *NUMBER]),
            "provider": columns(PROVIDER, "provider_"),
        },
    }


def drawn(text, parts):
    """A page with its drawn rows as they should be, each between its two marks."""
    for name, rows in parts.items():
        marks = f"<!-- {name}: drawn -->", f"<!-- {name}: end -->"
        body = "\n".join([marks[0], *rows, marks[1]])
        pattern = "(?s)" + ".*?".join(map(re.escape, marks))
        text = re.sub(pattern, lambda _found, body=body: body, text)
    return text


def main():
    SCHEMA.write_text(json.dumps(case_schema(), indent=2) + "\n", encoding="utf-8")
    for name, parts in pages().items():
        page = DOCS / name
        page.write_text(drawn(page.read_text(encoding="utf-8"), parts), encoding="utf-8")


if __name__ == "__main__":
    main()
