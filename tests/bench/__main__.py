"""Measures everything next to a peer in the same run, and fails nothing: make bench.

python -m tests.bench [decide] [import] [replay] [verify] [journey] [owed] [credit] [run] [api] [handoff] [spread] [web] [--sizes 1000,100000,1000000] [--data FOLDER]
"""

from __future__ import annotations

import argparse

from tests.bench import decide, import_orders, journey, owed, replay, verify, web
from tests.bench.money import credit, run
from tests.bench.programs import calls, handed
from tests.machines import spread

PARTS = {
    "decide": decide.main,
    "import": import_orders.main,
    "replay": replay.main,
    "verify": verify.main,
    "journey": journey.main,
    "owed": owed.main,
    "credit": credit.main,
    "run": run.main,
    "api": calls.main,
    "handoff": handed.main,
    "spread": spread.main,
    "web": web.main,
}


def main():
    asked = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    asked.add_argument("parts", nargs="*", choices=[[], *PARTS], help="all of them by default")
    asked.add_argument("--sizes", default=web.SIZES, type=sizes, help="claims, with commas between")
    asked.add_argument("--data", help="a folder that keeps the filled databases for the next run")
    given = asked.parse_args()
    for part in given.parts or PARTS:
        if part == "web":
            web.main(given.sizes, given.data)
        else:
            PARTS[part]()


def sizes(text):
    return tuple(int(each.replace("_", "")) for each in text.split(","))


if __name__ == "__main__":
    main()
