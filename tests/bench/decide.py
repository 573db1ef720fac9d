"""How many decisions a second on one core, beside a plain function written by hand for numberplug."""

# ruff: noqa: T201 - a benchmark prints

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from pathlib import Path

from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import decide
from portal.policy.file.reading import shops
from tests.bench.peers import decide_zen

CASES = Path(__file__).parents[1] / "policy" / "scenarios"
SECONDS = 1.0
ROUNDS = 10


def by_hand(case):  # noqa: C901, PLR0911 - the plain way has a branch for each clause
    """numberplug as a programmer would write it for these cases: no trace, nothing unknown."""
    order, claim = case["order"], case["claim"]
    now, reason = case["now"], claim["reason"]
    price, messages = order["price"], order["messages"]
    arrived = any(m["service"].lower() == order["service"].lower() for m in messages)
    cancelled = order["cancelled_by"] == "customer"
    quick = cancelled and order["cancelled_at"] - order["ordered_at"] <= timedelta(seconds=30)
    silent = not messages
    auto = silent and not cancelled and (now >= order["expires_at"] or order["unavailable_at"])
    if arrived:
        return ("deny", "NP-3.1", None)
    if messages or (reason == "message_from_other_sender_only" and not auto):
        return ("deny", "NP-3.2", None)
    if cancelled and not quick:
        return ("deny", "NP-3.5", None)
    if reason in ("wrong_selection", "external_cause") and not auto:
        return ("deny", "NP-3.3" if reason == "wrong_selection" else "NP-3.6", None)
    if claim["number_used"] is False and auto and not order["unavailable_at"]:
        return ("deny", "NP-3.4", None)
    eligible = auto or quick or reason == "technical_error"
    if eligible and order["refunded_at"]:
        return ("deny", "NP-2.1", None)
    missing = [k for k in ("order_reference", "service_name", "description") if not claim[k]]
    if eligible and missing:
        return ("needs_information", "NP-5.1", missing)
    if auto or quick:
        if claim["destination"] == "payout":
            return ("review", "NP-4.3", now + timedelta(hours=48))
        return ("approve", "NP-2.1", price)
    if eligible:
        return ("review", "NP-2.3", now + timedelta(hours=48))
    return ("deny", "NP-1.1", order["expires_at"])


def plain(data):
    """The facts that the hand-written function reads, parsed."""
    order, claim = data["order"], data["claim"]

    def at(name):
        return datetime.fromisoformat(order[name]) if order.get(name) else None

    times = ("ordered_at", "expires_at", "cancelled_at", "unavailable_at", "refunded_at")
    facts = {name: at(name) for name in times}
    facts |= {k: order.get(k) for k in ("price", "messages", "service", "cancelled_by")}
    names = ("reason", "order_reference", "service_name", "description", "destination")
    asked = {k: claim.get(k) for k in names}
    asked["number_used"] = (claim.get("answers") or {}).get("number_used")
    now = datetime.fromisoformat(data.get("now") or claim["submitted_at"])
    return {"now": now, "order": facts, "claim": asked}


def rates(*ways):
    """Calls a second of each (function, cases), by processor time: the best of interleaved rounds."""
    best = [0.0] * len(ways)
    for _ in range(ROUNDS):
        for place, (function, cases) in enumerate(ways):
            done, start, spent = 0, time.process_time(), 0.0
            while spent < SECONDS / ROUNDS:
                for case in cases:
                    function(case)
                done, spent = done + len(cases), time.process_time() - start
            best[place] = max(best[place], done / spent)
    return best


def main():
    """Print the rates; fail nothing."""
    floor_data = [each for each in read("numberplug") if each.get("order")]
    by_hand_way = (by_hand, [plain(each) for each in floor_data])
    print(
        f"{'':<20} {'by hand':>11} {'decided':>11} {'with trace':>11} {'of by hand':>11} {'parsed too':>11}"
    )
    for shop, policy in shops().items():
        # What the plain function cannot take, an order that nobody knows, is left out for both.
        data = floor_data if shop == "numberplug" else read(shop)
        cases = [parse(each) for each in data]
        floor, alone, traced, whole = rates(
            by_hand_way,
            (lambda case, policy=policy: decide(case, policy), cases),
            (lambda case, policy=policy: decide(case, policy).trace, cases),
            (lambda each, policy=policy: decide(parse(each), policy).trace, data),
        )
        print(
            f"{shop:<20} {floor:>9,.0f}/s {alone:>9,.0f}/s {traced:>9,.0f}/s"
            f" {traced / floor:>11.3f} {whole:>9,.0f}/s"
        )
    decide_zen.main()


def read(shop):
    """The shop's scenarios that can be decided."""
    lines = (CASES / f"{shop}.jsonl").read_text(encoding="utf-8").splitlines()
    return [s["case"] for s in map(json.loads, lines) if "error" not in s["expect"]]


if __name__ == "__main__":
    main()
