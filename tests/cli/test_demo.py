"""``demo`` and ``serve``: refusals in a sentence, and the whole thing started, stopped and started again."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from base64 import b64encode
from pathlib import Path

import pytest

from tests.portals import portal_at

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "mode": "production",
    "secret_key": "a key of thirty-two letters or more",
    "seal_keys": "own:" + b64encode(b"thirty-two letters are the key 1").decode(),
    "mail_server": "mail.example.com",
    "policy_files": "activation-claims,client-numbers,didvirtualnumbers,numberplug,sms-service",
}


@pytest.mark.parametrize("command", [["load"], ["run"]])
def test_the_demo_stays_out_of_production(tmp_path, command):
    app = portal_at(f"sqlite:///{tmp_path / 'none.sqlite3'}", tmp_path, **PRODUCTION)
    result = app.test_cli_runner().invoke(args=["demo", *command])
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: The demo stays out of production. Set MODE=development for it.\n",
    )


@pytest.mark.parametrize("command", [["serve"], ["demo", "run"]])
def test_a_port_that_is_taken_is_one_sentence(tmp_path, command):
    app = portal_at(f"sqlite:///{tmp_path / 'none.sqlite3'}", tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = app.test_cli_runner().invoke(args=[*command, "--port", str(port)])
    said = f"Error: Can't listen on 127.0.0.1, port {port} (Address already in use)."
    assert (result.exit_code, result.stderr) == (
        1,
        f"{said} Free it, or write another one, such as {port + 1}.\n",
    )


def test_the_demo_starts_answers_stops_and_keeps_its_data(tmp_path):
    said = [run_once(tmp_path), run_once(tmp_path)]
    assert ["The demo is loaded." in words for words, _, _ in said] == [True, False]
    for words, page, status in said:
        assert "A-1001     ana@example.com" in words
        assert "dana@example.com" in words
        assert "NumberPlug" in page
        assert status == 0


def run_once(folder):
    """Start it on a free port, look at its first page, and stop it as Ctrl-C does."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{folder / 'var' / 'demo.sqlite3'}",
        "EVIDENCE_FOLDER": str(folder / "evidence"),
        "BASE_URL": f"http://127.0.0.1:{port}",
        "PYTHONWARNINGS": "error::ResourceWarning",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "demo", "run", "--port", str(port)],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as process:  # fmt: skip
        lines = []
        for line in process.stdout:
            lines.append(line)
            if re.match("Ctrl-C stops it", line):
                break
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as answer:
            page = answer.read().decode()
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        status = process.wait(20)
    assert "Traceback" not in rest
    return "".join(lines), page, status
