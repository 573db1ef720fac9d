"""The packages that are locked, and the tables of docs/dependencies.md."""

import re

from portal.app import ROOT

PAGE = (ROOT / "docs/dependencies.md").read_text()
_LOCKED = re.compile(r"^([A-Za-z0-9_.-]+)==(\S+)", re.MULTILINE)
_ASKED = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[\w+\])?==", re.MULTILINE)


def locked(*files):
    """The version of each package that these files lock."""
    return {name: version for file in files for name, version in _LOCKED.findall((ROOT / file).read_text())}  # fmt: skip


def asked_for():
    """The packages that requirements.in names, spelled as the lock does."""
    return {name.lower() for name in _ASKED.findall((ROOT / "requirements.in").read_text())}


def rows(*heads):
    """The rows of the table with these heads."""
    lines = PAGE.splitlines()
    start = lines.index(f"| {' | '.join(heads)} |") + 2
    found = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found
