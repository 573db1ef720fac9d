"""Two hosts in network namespaces of this machine, the portal on each, and one proxy before both.

What they share is on the machine between them, at one address of a bridge: PostgreSQL, Redis, a mail
server, and a folder as a shared disk. They reach each other and it by that bridge alone.
"""

from __future__ import annotations

import base64
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import ExitStack, contextmanager
from email import message_from_bytes
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from portal.app import ROOT
from tests.bench.client import Visitor
from tests.bench.deployment import CODE, FLASK, GUNICORN, free_port
from tests.machines.proxy import ACCESS, nginx, proxy
from tests.machines.redis_server import RedisServer

PORT = 8000  # of the portal on each host
_READY = 300  # seconds
_ANY = ssl._create_unverified_context()


def network_of_two():
    """Skip, or fail in CI, where no hosts can be made on this machine."""
    lacks = ["ip"] * (not shutil.which("ip")) + ["nginx"] * (not nginx())
    if os.geteuid() != 0:
        lacks.append("root, who may make network namespaces")
    if lacks:
        said = f"Two hosts want {', '.join(lacks)}."
        (pytest.fail if os.environ.get("CI") else pytest.skip)(said)


class Letters:
    """A mail server at an address: the copies of each mail by Message-ID, and the newest code by recipient."""

    def __init__(self, host):
        self.copies, self.codes = defaultdict(list), {}
        self.host, self.port = host, free_port()
        self._controller = Controller(self, hostname=host, port=self.port)

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        self.copies[message_from_bytes(envelope.content)["Message-ID"]].append(envelope.content)
        text = envelope.content.decode(errors="replace")
        if found := CODE.search(text.partition("\r\n\r\n")[2]):
            self.codes[envelope.rcpt_tos[0]] = found.group()
        return "250 OK"

    def code_of(self, email):
        until = time.monotonic() + _READY
        while email not in self.codes:
            if time.monotonic() > until:
                raise TimeoutError(f"no code came for {email}")
            time.sleep(0.05)
        return self.codes[email]

    def __enter__(self):
        self._controller.start()
        return self

    def __exit__(self, *_):
        self._controller.stop()


@contextmanager
def passed_on(host, path):
    """A port at this address that leads to a socket of this machine, as a server's own port would."""
    port = free_port()
    said = ("-m", "tests.machines.passing", host, str(port), path)
    running = subprocess.Popen([sys.executable, *said], cwd=ROOT)
    try:
        yield port
    finally:
        running.kill()
        running.wait()


class Host:
    """One machine: its namespace, its address, and the processes that run there."""

    def __init__(self, name, address, bridge, length=24):
        self.name, self.address = name, address
        ip("netns", "add", name)
        ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name)
        ip("link", "set", name, "master", bridge, "up")
        for said in (
            ("addr", "add", f"{address}/{length}", "dev", "eth0"),
            ("link", "set", "eth0", "up"),
            ("link", "set", "lo", "up"),
        ):
            ip("-n", name, *said)
        self.processes = []

    def begin(self, *arguments, env, log):
        self.processes.append(
            subprocess.Popen(
                ["ip", "netns", "exec", self.name, sys.executable, *arguments],
                cwd=ROOT, env=env, stdout=log, stderr=log, start_new_session=True,
            )
        )  # fmt: skip

    def lose(self):
        """All that runs on it ends at once, with nothing said to anybody."""
        for process in self.processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.processes.clear()

    def end(self):
        self.lose()
        ip("netns", "del", self.name)


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


class Through(Visitor):
    """A browser that comes by TLS through the proxy, from a network of its own."""

    def _speak(self, request):
        at, own = ("127.0.0.1", self.port), (self.address, 0)
        with (
            socket.create_connection(at, timeout=60, source_address=own) as plain,
            _ANY.wrap_socket(plain) as sealed,
        ):
            sealed.sendall(request)
            parts = []
            while part := sealed.recv(65536):
                parts.append(part)
        return b"".join(parts)


class TwoHosts:
    """The portal on two hosts and a proxy; ``url`` is the address of its database as a driver takes it."""

    def __init__(self, folder, database, socket_path, stack):
        number = os.getpid() % 200 + 20
        self.folder, self._stack, self._bridge = folder, stack, f"rd{number}"
        between = f"10.203.{number}.1"
        ip("link", "add", self._bridge, "type", "bridge")
        stack.callback(ip, "link", "del", self._bridge)
        ip("addr", "add", f"{between}/24", "dev", self._bridge)
        ip("link", "set", self._bridge, "up")
        self.hosts = []
        for letter, last in (("a", 2), ("b", 3)):
            host = Host(f"rd{number}{letter}", f"10.203.{number}.{last}", self._bridge)
            stack.callback(host.end)
            self.hosts.append(host)
        self.redis = RedisServer(between)
        stack.callback(self.redis.stop)
        self.letters = stack.enter_context(Letters(between))
        port = stack.enter_context(passed_on(between, socket_path))
        self.port = free_port()
        self._log = stack.enter_context((folder / "hosts.log").open("ab"))
        self.settings = {
            "base_url": f"https://127.0.0.1:{self.port}",
            "database_url": f"postgresql://postgres@{between}:{port}/{database}",
            "epoch_file": str(folder / "epoch"),
            "evidence_folder": str(folder / "evidence"),
            "mail_port": str(self.letters.port),
            "mail_security": "none",
            "mail_server": between,
            "mode": "production",
            "policy_files": "sms-service,numberplug",
            "ratelimit_storage": self.redis.uri,
            "seal_keys": "hosts:" + base64.b64encode(bytes(range(32))).decode(),
            "secret_key": "a-secret-of-the-two-hosts-" + "0" * 32,
            "trusted_proxies": "1",
        }

    @property
    def environment(self):
        return os.environ | {name.upper(): value for name, value in self.settings.items()}

    def flask(self, *arguments):
        """Run one of the portal's commands to its end, on this machine."""
        subprocess.run(
            [sys.executable, *FLASK, *arguments], cwd=ROOT, env=self.environment, check=True,
            stdout=self._log, stderr=self._log,
        )  # fmt: skip

    def start(self):
        """Two web processes and a worker on each, as compose.yaml starts them, and the proxy."""
        for host in self.hosts:
            listening = ("--bind", f"{host.address}:{PORT}", "wsgi:app")
            host.begin(*GUNICORN, *listening, env=self.environment, log=self._log)
            host.begin(*FLASK, "worker", env=self.environment, log=self._log)
        for host in self.hosts:
            answers(host.address, PORT)
        servers = [f"{host.address}:{PORT}" for host in self.hosts]
        self._stack.enter_context(proxy(self.folder, self.port, servers, log=self._log))

    @property
    def access(self):
        return self.folder / ACCESS

    def served(self):
        """How many requests the proxy sent to each host."""
        lines = self.access.read_text().splitlines()
        return [sum(host.address in line for line in lines) for host in self.hosts]

    def browser(self, address):
        return Through(self.port, address)


def answers(address, port):
    """Wait until its web processes answer."""
    until = time.monotonic() + _READY
    while time.monotonic() < until:
        try:
            with socket.create_connection((address, port), timeout=5) as line:
                line.sendall(
                    b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
                )
                seen = line.recv(100)
                if seen.startswith(b"HTTP/1.1 200"):
                    return
        except OSError as error:
            seen = error
        time.sleep(0.2)
    raise TimeoutError(f"{address} does not answer: {seen!r}")


@contextmanager
def two_hosts(folder, database, socket_path):
    """They run for the time of a `with`; ``socket_path`` is where PostgreSQL is."""
    with ExitStack() as stack:
        yield TwoHosts(Path(folder), database, socket_path, stack)
