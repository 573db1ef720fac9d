"""docs/plug-in.md, walked: every command of the page, one after the other, in a fresh folder."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import venv
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, build_opener

import html5lib
import pytest
from aiosmtpd.controller import Controller

from tests.bench.deployment import answering, free_port

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "plug-in.md").read_text(encoding="utf-8")
CLONED = ("portal", "templates", "static", "migrations", "wsgi.py", "Makefile", "requirements.txt", "requirements-workbench.txt")  # fmt: skip
PATIENCE = 60  # seconds
DONE = "- that was the block -"


class Terminal:
    """One bash, to which blocks are typed; whatever it started ends with it."""

    def __init__(self, folder):
        # As somebody has it who has set nothing; a decision's mail leaves at once, not in a minute.
        env = {"PATH": os.environ["PATH"], "HOME": str(folder), "DECISION_MAIL_DELAY": "0"}
        self.process = subprocess.Popen(
            ["bash"], cwd=folder, env=env, text=True, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._type("trap 'echo \"failed: $BASH_COMMAND\"' ERR")

    def _type(self, text):
        self.process.stdin.write(f"{text}\n")
        self.process.stdin.flush()

    def run(self, block):
        """The lines that a block prints."""
        self._type(f"{block}echo '{DONE}'")
        lines = []
        for line in self.process.stdout:
            if line == f"{DONE}\n":
                return lines
            lines.append(line.rstrip("\n"))
        raise AssertionError(lines)  # it ended

    def end(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(PATIENCE)
        self.process.stdin.close()
        self.process.stdout.close()


class Mails:
    """A mail server; the subjects that came, by their recipient."""

    def __init__(self):
        self.came = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        subject = re.search(r"^Subject: (.*)$", envelope.content.decode(), re.MULTILINE)
        self.came.append((*envelope.rcpt_tos, subject[1].strip()))
        return "250 OK"


@pytest.fixture
def mails():
    server = Controller(Mails(), hostname="127.0.0.1", port=free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def terminal(tmp_path):
    """In a fresh clone, in which what `make install` downloads is linked from where this runs."""
    for name in CLONED:
        source, target = ROOT / name, tmp_path / name
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, target)
    venv.create(tmp_path / ".venv", symlinks=True)
    here, there = Path(sys.executable).parent, tmp_path / ".venv" / "bin"
    for name in ("flask", "gunicorn"):
        (there / name).symlink_to(here / name)
    (packages,) = (tmp_path / ".venv").glob("lib/python*/site-packages")
    (packages / "linked.pth").write_text("\n".join(p for p in sys.path if p.endswith("-packages")))
    (tmp_path / ".venv" / "run").touch()
    terminal = Terminal(tmp_path)
    yield terminal
    terminal.end()


class Customer:
    """A browser, as far as the page needs one: cookies, redirects, and one button to press."""

    def __init__(self):
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def open(self, url, data=None):
        with self.opener.open(url, data) as answer:
            self.url = answer.url
            self.page = html5lib.parse(answer.read(), namespaceHTMLElements=False)
        return "".join(self.page.find(".//h1").itertext()).strip()

    def press(self, label):
        for form in self.page.iter("form"):
            if label in ["".join(each.itertext()).strip() for each in form.iter("button")]:
                said = {each.get("name"): each.get("value") for each in form.iter("input")}
                return self.open(
                    urljoin(self.url, form.get("action") or ""), urlencode(said).encode()
                )
        raise AssertionError(f"no button {label}")


def until(found):
    """Wait until it is so."""
    late = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < late
        time.sleep(0.1)


def written(ports):
    """The page with free ports in place of those that it names."""
    text = PAGE
    for port, free in ports.items():
        text = re.sub(rf"(?<=[:=, ]){port}\b", str(free), text)
    return text


def blocks(text):
    """The number of each part of the page, and its block of commands."""
    parts = re.split(r"^## ([0-9])", text, flags=re.MULTILINE)[1:]
    for number, part in zip(parts[::2], parts[1::2], strict=True):
        for block in re.findall(r"```sh\n(.*?)```", part, re.DOTALL):
            yield int(number), block


def test_the_page_has_no_command_but_those_that_are_run():
    assert set(re.findall(r"^ *```(.*)$", PAGE, re.MULTILINE)) == {"sh", ""}
    assert (
        re.findall(r"^    .*", re.sub(r"```sh.*?```", "", PAGE, flags=re.DOTALL), re.MULTILINE)
        == []
    )


@pytest.mark.exhaustive
@pytest.mark.full_size
@pytest.mark.timeout(900)  # a dozen commands, each of which loads the portal
def test_who_types_what_the_page_says_has_a_shop_that_pays(terminal, mails, tmp_path):
    portal, shop = free_port(), free_port()
    text = written({"8000": portal, "8100": shop, "25": mails.port})
    heard, told = tmp_path / "backend" / "heard.txt", {}
    (button,) = re.findall(r"<(http://127.0.0.1:[0-9]+/orders/.*)>", text)
    for number, block in blocks(text):
        if number == 6:
            answering(portal)
            answering(shop)
        if number == 8:
            customer = Customer()
            assert customer.open(button) == "0.50 USD go back to your balance"
            assert customer.press("Send my claim") == "Your claim is sent"
            until(lambda: heard.exists() and "payout.paid" in heard.read_text())
        told[number] = terminal.run(block)
        failed = [line for line in told[number] if line.startswith("failed: ")]
        assert failed in ([], ["failed: flask --app wsgi shop doctor pigeon"])
    claim = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", " ".join(told[8]))[0]
    assert told[2][-4].endswith("/var/shops/pigeon.toml")
    assert told[2][-1].startswith(f"http://127.0.0.1:{portal}/sign-in/password/")
    assert [told[each] for each in (3, 4, 5)] == [[], [], []]
    assert json.loads(told[6][0]) == {"added": 2, "changed": 0, "unchanged": 0}
    assert sorted(told[8]) == [
        f"claim.approved {claim}",
        f"claim.submitted {claim}",
        "credited 0.50 USD to u-17",
        f"payout.due {claim}",
        f"payout.paid {claim}",
        f"payout.sent {claim}",
    ]
    ready, *examined = told[9]
    assert json.loads(ready) == {"database": "ok", "evidence": "ok", "shops": "ok"}
    findings = [
        line.split(": ") for line in examined if line and not line.startswith((" ", "failed"))
    ]
    # What DNS says of a domain that is nobody's, the machine's own answers, or nothing does.
    assert {name: health for name, health, *_ in findings if name != "sender's domain"} == {
        "policy": "well",
        "records": "well",
        "mail server": "well",
        "balance call": "well",
        "webhooks": "well",
        "worker": "well",
        "clock": "well",
    }
    until(lambda: mails.handler.came)
    assert {(to, "0.50 USD" in subject) for to, subject in mails.handler.came} == {
        ("ana@example.org", True)
    }
