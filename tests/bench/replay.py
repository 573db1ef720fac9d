"""A million stored claims under two versions: ours, polars on the same rows, zen-engine one by one.

The claims are generated, each on and around its policy's windows; of every hundred one has facts
that nobody supplied. VARIED of them are written by the portal's own writer; the rest are those again
at other times, since generating a million takes minutes.
"""

# ruff: noqa: T201 - a benchmark prints

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from portal.columns.layout import CLAIM, COLUMNS, ENDS, LISTS, NEVER
from portal.columns.writing import MANIFEST, file_of, manifest, writing
from portal.policy.deciding.case import parse
from portal.policy.facts.table import BY_NAME, Type
from portal.policy.file.naming import named_version
from portal.policy.file.places import SHOPS
from tests.bench.peers import replay_peers
from tests.policy.generated import claim, hidden

SHOP = "numberplug"
ROWS = 1_000_000
VARIED = 200_000
HIDDEN = 0.01
TIMES = {"q": "<i8", "i": "<i4", "b": "<i1"}
SHIFT = 86_400_000_000 * 21  # microseconds between one lot and the next: three weeks


def main(rows=ROWS):
    """Print what each takes; fail nothing."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start = time.process_time()
        fill(folder, SHOP, rows, min(rows, VARIED))
        print(
            f"{rows:,} rows of {SHOP}, {size(folder):,.0f} MB, in {time.process_time() - start:.0f} s"
        )
        new = changed(folder)
        asked("portal.workbench.running", "nothing but Python and the package")
        asked("portal.replay.replaying", "with numpy and the policies' code")
        whole, answer = replayed(folder, SHOP, str(new))
        print(line("whole process", whole))
        print(f"{'  reading and deciding twice':<44} {answer['seconds']:>6.2f} s")
        print(f"  {answer['claims']:,} claims, {answer['singly']:,} decisions singly; moves:")
        for move in answer["moves"]:
            print(f"    {move['from']} to {move['to']}: {move['count']:,}")
        replay_peers.main(folder, SHOP, SHOP, str(new))


def fill(folder, shop, rows, varied):
    """A copy of ``rows`` claims, the first ``varied`` of them generated."""
    policy, _ = named_version(shop)
    rng = random.Random(2026)
    with writing(folder, source="generated", wait=True) as copy:
        for number in range(1, varied + 1):
            case = claim(rng, policy)
            if rng.random() < HIDDEN:
                partial, paths = hidden(rng, case)
                # A claim is not stored without a reason.
                case = case if "claim.reason" in paths else partial
            copy.add(shop, number, parse(case))
            if number % 50_000 == 0:
                copy.keep(number)
        copy.keep(varied)
    again(folder, shop, rows // varied)


def again(folder, shop, lots):
    """The same claims in further lots, each at other times, under numbers of their own."""
    extent = manifest(folder).shops[shop]
    for column in COLUMNS:
        path = file_of(folder, shop, column)
        first = np.fromfile(path, TIMES[column.code])
        step = 0
        if column == CLAIM:
            step = extent.rows
        elif column in ENDS.values():
            step = extent.lists[column.name.removesuffix(".end")]
        elif column.name in BY_NAME and BY_NAME[column.name].type is Type.TIME:
            step = SHIFT
        with path.open("ab") as file:
            for lot in range(1, lots):
                np.where(first > NEVER, first + lot * step, first).astype(first.dtype).tofile(file)
    for columns in LISTS.values():
        for column, _ in columns:
            path = file_of(folder, shop, column)
            first = np.fromfile(path, TIMES[column.code])
            step = SHIFT if column.name.endswith(".at") else 0
            with path.open("ab") as file:
                for lot in range(1, lots):
                    moved = np.where(first > NEVER, first + lot * step, first)
                    moved.astype(first.dtype).tofile(file)
    path = folder / MANIFEST
    data = json.loads(path.read_text())
    data["shops"][shop]["rows"] *= lots
    for name in LISTS:
        data["shops"][shop]["lists"][name] *= lots
    path.write_text(json.dumps(data))


def changed(folder):
    """The shop's policy with another window."""
    text = (SHOPS / f"{SHOP}.toml").read_text(encoding="utf-8")
    path = folder / "new.toml"
    path.write_text(text.replace("> 30 seconds", "> 60 seconds").replace("<= 30 s", "<= 60 s"))
    return path


def asked(module, what):
    """What it takes to start a process that imports a module."""
    print(line(what, run([sys.executable, "-c", f"import {module}"])[0]))


def line(what, measured):
    """Seconds by the clock, seconds of the processor, and the most memory."""
    seconds, processor, memory = measured
    return f"{what:<44} {seconds:>6.2f} s {processor:>6.2f} s of processor {memory:>5.0f} MB"


def replayed(folder, old, new):
    """The workbench's own process, as the portal starts it: what it took, and its answer."""
    command = [sys.executable, "-m", "portal.workbench", "replay", str(folder), old, new]
    best = min((run(command) for _ in range(3)), key=lambda each: each[0][0])
    return best[0], json.loads(best[1])


def run(command):
    """Run a command in a process whose own child it is, so that its peak memory is its own."""
    script = (
        "import json,resource,subprocess,sys,time\n"
        "start = time.perf_counter()\n"
        "done = subprocess.run(sys.argv[1:], check=True, capture_output=True, text=True)\n"
        "seconds = time.perf_counter() - start\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "measured = [seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]\n"
        "print(json.dumps([measured, done.stdout]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *command], check=True, capture_output=True, text=True
    )
    measured, out = json.loads(done.stdout)
    return measured, out


def size(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


if __name__ == "__main__":
    main()
