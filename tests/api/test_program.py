"""The program of docs/api.md, as it is printed there, against a portal that is served and its worker."""

import ast
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from portal.app import ROOT
from portal.database import transaction
from portal.webhooks import setting
from tests import factories
from tests.api.program import Program, picture
from tests.bench.deployment import answering, free_port

(CODE,) = re.findall(
    r"```python\n(.*?)```", Path(ROOT, "docs", "api.md").read_text(encoding="utf-8"), re.DOTALL
)
SERVED = ("-m", "gunicorn", "--threads", "4", "--log-level", "warning", "wsgi:app", "--bind")
WORKER = ("-m", "flask", "--app", "wsgi", "worker")
SECONDS = 90


@contextmanager
def served(database, folder):
    """A portal on this database as processes of their own, one that answers and one that works."""
    address = f"127.0.0.1:{free_port()}"
    own = {
        "BASE_URL": f"http://{address}", "DATABASE_URL": database, "MODE": "development",
        "EVIDENCE_FOLDER": str(folder / "evidence"),
    }  # fmt: skip
    running = [
        subprocess.Popen([sys.executable, *command], cwd=ROOT, env=os.environ | own)
        for command in ((*SERVED, address), WORKER)
    ]
    try:
        answering(int(address.rpartition(":")[2]))
        yield own["BASE_URL"]
    finally:
        for each in running:
            each.terminate()
        for each in running:
            each.wait(SECONDS)


@pytest.mark.long
@pytest.mark.daily_on("sqlite")
def test_a_program_of_thirty_lines_files_a_claim_with_a_screenshot_and_hears_of_it(
    app, database, tmp_path
):
    assert len([line for line in CODE.splitlines() if line]) <= 30
    program, shot, port = Program(app), tmp_path / "shot.png", free_port()
    shot.write_bytes(picture())
    with transaction():
        _, secret = setting.add(
            factories.SHOP, url=f"http://127.0.0.1:{port}/", at=datetime.now(UTC), loopback=True
        )
    with served(database, tmp_path) as portal:
        told = [portal, factories.SHOP, program.text, secret, str(port), str(shot)]
        ended = subprocess.run(
            [sys.executable, "-c", CODE, *told], capture_output=True, text=True, timeout=SECONDS,
            check=False,
        )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    pushed, taken, claim = map(ast.literal_eval, ended.stdout.splitlines())
    assert pushed == {"added": 2, "changed": 0, "unchanged": 0}
    assert (taken["state"], taken["filename"]) == ("checking", "shot.png")
    assert [(file["id"], file["state"]) for file in claim["evidence"]] == [(taken["id"], "ready")]
    assert (claim["order_reference"], claim["account"]["email"]) == ("A-1001", "ana@example.org")
    assert (claim["status"], claim["decision"]["policy"]) == ("in_review", factories.SHOP)
