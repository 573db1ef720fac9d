"""``demo`` and ``serve``: refusals in a sentence, and the whole thing started, stopped and started again."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from base64 import b64encode
from pathlib import Path

import pytest

from tests.portals import portal_at
from tests.sizes import size

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


def test_the_small_shops_port_that_is_taken_is_one_sentence(tmp_path):
    app = portal_at(f"sqlite:///{tmp_path / 'none.sqlite3'}", tmp_path)
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        socket.create_server(("127.0.0.1", 0)) as free,
    ):
        port, own = taken.getsockname()[1], free.getsockname()[1]
        free.close()
        given = ["--port", str(own), "--shop-port", str(port)]
        result = app.test_cli_runner().invoke(args=["demo", "run", *given])
    said = f"Error: Can't listen on 127.0.0.1, port {port} (Address already in use)."
    assert (result.exit_code, result.stderr) == (
        1,
        f"{said} Free it, or write another one, such as --shop-port {port + 1}.\n",
    )


@pytest.mark.long
@pytest.mark.exhaustive
def test_the_demo_starts_answers_stops_and_keeps_its_data(tmp_path):
    starts = size(1, full=2)
    said = [run_once(tmp_path) for _ in range(starts)]
    assert ["The demo is loaded." in words for words, *_ in said] == [True, False][:starts]
    assert [shop for *_, shop in said] == [True] * starts
    for words, page, status, _ in said:
        assert "A-1001     ana@example.com" in words
        assert "dana@example.com" in words
        assert "NumberPlug" in page
        assert status == 0
    kept = (
        portal_at(database_in(tmp_path), tmp_path).test_cli_runner().invoke(args=["demo", "load"])
    )
    assert (kept.exit_code, kept.output) == (0, "The demo is there already\n")


def database_in(folder):
    return f"sqlite:///{folder / 'var' / 'demo.sqlite3'}"


def run_once(folder):
    """Start it on free ports, look at its first page and its small shop, stop it as Ctrl-C does."""
    with (
        socket.create_server(("127.0.0.1", 0)) as free,
        socket.create_server(("127.0.0.1", 0)) as next_one,
    ):
        port, shop_port = free.getsockname()[1], next_one.getsockname()[1]
    environment = os.environ | {
        "DATABASE_URL": database_in(folder),
        "EVIDENCE_FOLDER": str(folder / "evidence"),
        "BASE_URL": f"http://127.0.0.1:{port}",
        "PYTHONWARNINGS": "error::ResourceWarning",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "demo", "run",
         "--port", str(port), "--shop-port", str(shop_port)],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as process:  # fmt: skip
        lines = []
        for line in process.stdout:
            lines.append(line)
            if re.match("Ctrl-C stops it", line):
                break
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as answer:
            page = answer.read().decode()
        shop = f"http://127.0.0.1:{shop_port}/"
        arrived = has_arrived(shop, "mia@example.com")
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        status = process.wait(20)
    assert "Traceback" not in rest
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", shop_port), timeout=5)
    return "".join(lines), page, status, arrived


def has_arrived(shop, account):
    """Whether what the demo owes to this account's balance is there within some seconds."""
    for _ in range(100):
        with urllib.request.urlopen(shop, timeout=20) as answer:
            if account in answer.read().decode():
                return True
        time.sleep(0.1)
    return False
