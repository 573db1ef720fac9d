"""``make audit``: have PyPI's advisories asked of each locked package, and count what was really audited."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from portal.app import ROOT
from tests.supply.locked import locked

FILE = "requirements.txt"


def said_of(answer, packages):
    """What to say of pip-audit's answer (None: it gave none), and whether all were audited and are clean."""
    if answer is None:
        return "no advisories could be reached: nothing was audited", False
    audited = [each for each in answer["dependencies"] if "vulns" in each]
    found = [f"{each['name']}: {fault['id']}" for each in audited for fault in each["vulns"]]
    said = f"{len(audited)} of {len(packages)} locked packages were audited"
    if found:
        return "\n".join(found), False
    if {each["name"].lower() for each in audited} < set(packages):
        return said, False
    return f"{said}, none has an advisory", True


def main():
    """Ask, and say what came of it; the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "audit.json"
        asked = ["--strict", "--disable-pip", "--require-hashes", "-r", str(ROOT / FILE)]
        command = [Path(sys.executable).with_name("pip-audit"), *asked, "-f", "json", "-o", str(kept)]  # fmt: skip
        subprocess.run(command, check=False)
        answer = json.loads(kept.read_text()) if kept.is_file() and kept.stat().st_size else None
    said, clean = said_of(answer, locked(FILE))
    sys.stdout.write(f"{said}\n")
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
