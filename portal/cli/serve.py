"""``flask --app wsgi serve`` and ``worker``: the portal and its worker under gunicorn, or the worker alone."""

import logging
import os
import signal
import socket
from collections.abc import Callable
from threading import Event, Thread
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from portal import web, worker as work
from portal.config import late
from portal.config.hosts import is_loopback
from portal.config.settings import ALONE, Mode, settings
from portal.extensions import db
from portal.health import private
from portal.serving.framing import STRICT
from portal.serving.patient import CONNECTIONS, PatientWorker

LAST_WORDS = 10  # seconds that requests and jobs under way get when the server stops


class PassedOn(Logger):  # type: ignore[misc]  # gunicorn is untyped
    """What gunicorn logs, in the form of all other lines (portal/logs.py)."""

    def setup(self, cfg: Any) -> None:
        """Leave the lines to the handlers of the process, where it has some."""
        super().setup(cfg)
        if logging.getLogger().handlers:
            self.error_log.handlers.clear()
            self.error_log.propagate = True


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn is untyped
    """gunicorn with this app; the worker's loop runs as a thread inside each process."""

    def __init__(
        self,
        app: Flask,
        *,
        listener: socket.socket,
        processes: int,
        threads: int,
        ready: Callable[[], None],
    ) -> None:
        self._app = app
        self._stop = Event()
        self._thread = Thread(target=work.run, args=(app, self._stop), name="worker", daemon=True)
        self._settings: dict[str, Any] = {
            "bind": f"fd://{listener.detach()}",
            "worker_class": PatientWorker,
            "worker_connections": CONNECTIONS,
            "workers": processes,
            "threads": threads,
            "graceful_timeout": LAST_WORDS,
            "loglevel": "warning",
            "logger_class": PassedOn,
            "control_socket_disable": True,
            "when_ready": lambda _arbiter: ready(),
            "post_worker_init": lambda _process: self._thread.start(),
            "worker_exit": lambda _arbiter, _process: self._finish(),
            **STRICT,
        }
        super().__init__()

    def load_config(self) -> None:
        """Hand gunicorn its settings; no file and no environment variable changes them."""
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The app that is served."""
        return self._app

    def _finish(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(LAST_WORDS)


def standing_alone(app: Flask) -> list[str]:
    """What to say at the start of a portal that nobody but this machine can reach, and of its files."""
    settings = app.extensions["settings"]
    if settings.mode is Mode.PRODUCTION:
        return []
    with app.app_context():
        return [ALONE, *private.opened_here(settings)]


def make_ready(app: Flask) -> None:
    """Have at hand what pages need now and then, before a server forks: no request waits for it."""
    late.import_now()
    web.make_ready(app)


def neighbour(port: int) -> int:
    """The port beside this one."""
    return port + 1 if port < 65535 else port - 1  # noqa: PLR2004 - the last port


def listen(host: str, port: int, *, option: str = "") -> socket.socket:
    """Take the address, or say in one sentence why it can't be had and exit with 1.

    ``option`` is the one that chooses this port, where it is not the first one.
    """
    if standing_alone(current_app) and not is_loopback(host):
        raise click.ClickException(
            f"Not on {host}. {ALONE} To try it here, write --host 127.0.0.1, or leave it out."
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        other = f"{option} {neighbour(port)}".strip()
        raise click.ClickException(
            f"Can't listen on {host}, port {port} ({os.strerror(error.errno or 0)})."
            f" Free it, or write another one, such as {other}."
        ) from None


def address(host: str, port: int) -> str:
    """Where the portal is reached: BASE_URL when it is set, else what it listens on."""
    if known := settings().base_url:
        return str(known)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def start(
    listener: socket.socket, *, url: str, ready: Callable[[], None], processes: int, threads: int
) -> None:
    """Serve until SIGTERM or Ctrl-C; ``url`` is what mails link to."""
    app = _app()
    settings = app.extensions["settings"]
    app.extensions["settings"] = settings.model_copy(update={"base_url": url})
    for line in standing_alone(app):
        click.echo(line, err=True)
    make_ready(app)
    # A connection that two processes share is broken for both.
    db.session.remove()
    db.engine.dispose()
    Server(app, listener=listener, processes=processes, threads=threads, ready=ready).run()


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--processes", type=click.IntRange(1, 64), default=1, show_default=True)
@click.option(
    "--threads", type=click.IntRange(1, 64), default=8, show_default=True, help="In each process."
)
@with_appcontext
def serve(host: str, port: int, processes: int, threads: int) -> None:
    """Serve the portal with its worker inside, until Ctrl-C."""
    listener = listen(host, port)
    url = address(host, port)
    start(
        listener,
        url=url,
        ready=lambda: click.echo(f"The portal is at {url} (Ctrl-C stops it)"),
        processes=processes,
        threads=threads,
    )


@click.command("worker")
@with_appcontext
def worker() -> None:
    """Do what is due, until SIGTERM or SIGINT; what is under way then is finished first."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    for line in standing_alone(current_app):
        click.echo(line)
    work.run(_app(), stop)


def _app() -> Flask:
    """The app itself, behind its proxy."""
    found: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - the documented way
    return found
