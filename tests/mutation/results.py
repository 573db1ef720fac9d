"""What became of each mutant, in var/mutation.json as they go, and the table of them."""

import hashlib
import json
import subprocess
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

KEPT = Path("var/mutation.json")
HEAD = "| module | mutants | asked | killed | timed out | survived | score |\n|---|---|---|---|---|---|---|\n"


def kept():
    return json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}


class Results:
    """Of one module, as long as its text stays: what was killed is not asked again, what survived is."""

    def __init__(self, module, source):
        self.module = module
        self.text = hashlib.sha256(source.encode()).hexdigest()
        of = kept().get(module, {})
        self.of = of if of.get("text") == self.text else {"text": self.text, "outcomes": {}}

    def begin(self, found, out, *, tests, every):
        commit = subprocess.check_output(["git", "rev-parse", "--short", "HEAD"], text=True).strip()
        day = f"{datetime.now(UTC):%-d %b %Y}"
        names = [name(each) for each in found if each not in out]
        told = {each: self.of["outcomes"][each] for each in names if each in self.of["outcomes"]}
        self.of.update(outcomes=told, mutants=len(names), alike=len(out))
        self.of.update(tests=tests, every=every, commit=commit, day=day)
        self.write()

    def is_killed(self, change):
        return self.of["outcomes"].get(name(change), "survived") != "survived"

    def add(self, change, outcome):
        self.of["outcomes"][name(change)] = outcome
        self.write()

    def write(self):
        KEPT.parent.mkdir(exist_ok=True)
        new = KEPT.with_suffix(".new")
        new.write_text(json.dumps(kept() | {self.module: self.of}, indent=1), encoding="utf-8")
        new.replace(KEPT)


def name(change):
    return f"{change.text} | {change.what}"


def score(counts):
    """Per cent that were noticed: killed by a test, or stopped since they take ten times as long."""
    asked = counts.total()
    return 100 * (asked - counts["survived"]) / asked if asked else 0.0


def table(modules=None):
    """A row for each module, then all of them together."""
    rows, whole, mutants = [], Counter(), 0
    for module, of in sorted(kept().items()):
        if modules is None or module in modules:
            counts = Counter(of["outcomes"].values())
            rows.append(_row(f"`{module}`", of["mutants"], counts))
            whole, mutants = whole + counts, mutants + of["mutants"]
    return HEAD + "".join([*rows, _row("all of them", mutants, whole)])


def _row(of, mutants, counts):
    outcomes = (counts[each] for each in ("killed", "timed out", "survived"))
    cells = of, mutants, counts.total(), *outcomes, f"{score(counts):.1f} %"
    return f"| {' | '.join(str(each) for each in cells)} |\n"


def survivors(modules):
    """Each mutant that no test noticed, with the line that it changes."""
    for module, of in sorted(kept().items()):
        if module in modules:
            found = (each for each, outcome in of["outcomes"].items() if outcome == "survived")
            yield from (f"{module}: {each}" for each in found)
