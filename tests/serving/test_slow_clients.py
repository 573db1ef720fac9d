"""Who sends or reads slowly keeps nobody waiting, on real sockets."""

import os
import resource
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.sock import TCPSocket

from portal.app import ROOT
from portal.serving.patient import Patience, PatientWorker
from portal.serving.turns import turn_given_up
from tests.bench.deployment import free_port
from tests.serving.clients import BODY, GET, HEAD, answered, p95, slow_clients, took

THREADS = 2  # requests at once
OPEN = Path("/proc/self/fd")


class HastyWorker(PatientWorker):
    """The server's own worker, with less patience than days have for a test."""

    patience = Patience(head=0.5, body=0.5, slowest=1000, answer=600, at_the_end=0.1)

    def wait_for_and_dispatch_events(self, timeout):
        super().wait_for_and_dispatch_events(min(timeout, 0.05))


def app(environ, start):
    """Says how long the body was."""
    length = 0
    while piece := environ["wsgi.input"].read(1 << 16):
        length += len(piece)
    text = b"x" * 4_000_000 if environ["PATH_INFO"] == "/large" else str(length).encode()
    start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))])
    return [text]


@contextmanager
def serving(answer=app, kind=HastyWorker, connections=200):
    """A worker in a thread of this process; its port and itself."""
    settings = Config()
    for name, value in {
        "threads": THREADS, "worker_connections": connections, "bind": f"127.0.0.1:{free_port()}",
        "graceful_timeout": 3, "loglevel": "critical",
    }.items():  # fmt: skip
        settings.set(name, value)
    (address,) = settings.address
    log = Logger(settings)
    listener = TCPSocket(address, settings, log)
    worker = kind(1, os.getppid(), [listener], None, 30, settings, log)
    worker.answer_with(answer)
    worker.tpool = worker.get_thread_pool()
    worker.poller = selectors.DefaultSelector()
    worker.method_queue.init()
    running = threading.Thread(target=worker.run)
    running.start()
    try:
        yield address[1], worker
    finally:
        worker.handle_exit(signal.SIGTERM, None)
        running.join()
        worker.tmp.close()


def said(line):
    """All that comes until the other end closes."""
    found = b""
    with line:
        line.settimeout(10)
        while piece := line.recv(1 << 16):
            found += piece
    return found


def begun(port, *parts):
    line = socket.create_connection(("127.0.0.1", port))
    for part in parts:
        line.sendall(part)
    return line


def test_sixty_slow_clients_keep_nobody_waiting():
    with serving() as (port, _), slow_clients(port, 60):
        assert p95([took(port) for _ in range(40)]) < 2


@pytest.mark.parametrize("beginning", [HEAD, BODY], ids=["headers", "body"])
def test_who_is_too_slow_is_told_so_and_cut_off(beginning):
    with serving() as (port, _):
        assert said(begun(port, beginning)).startswith(b"HTTP/1.1 408 Request Timeout\r\n")


def test_a_body_that_comes_fast_enough_is_waited_for():
    head = BODY.replace(b"5000", b"20000").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with serving() as (port, _):
        line = begun(port, head, b"a" * 17000)
        time.sleep(1)  # more than the half second that a body has, less than its bytes give it
        line.sendall(b"a" * 3000)
        assert said(line).startswith(b"HTTP/1.1 200 OK\r\n")


def test_half_a_form_is_no_form():
    heard = []

    def form(environ, start):
        try:
            heard.append(environ["wsgi.input"].read(5000))
            heard.append(environ["wsgi.input"].read(5000))
        except ConnectionError as error:
            heard.append(str(error))
        start("400 Bad Request", [("Content-Length", "0")])
        return [b""]

    with serving(form) as (port, _):
        line = begun(port, BODY, b"a=half")
        line.shutdown(socket.SHUT_WR)
        assert said(line).startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert heard == [b"a=half", "the client went away before the end of its request"]


def test_pieces_that_do_not_fit_are_no_form():
    heard = []

    def form(environ, start):
        with pytest.raises(ConnectionError, match="don't fit together"):
            environ["wsgi.input"].read()
        heard.append("refused")
        start("400 Bad Request", [("Content-Length", "0")])
        return [b""]

    head = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    with serving(form) as (port, _):
        answer = said(begun(port, head, b"0x5\r\nhello\r\n0\r\n\r\n"))
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert heard == ["refused"]


def test_a_body_without_a_length_is_read_to_its_own_end():
    def whole(environ, start):
        text = environ["wsgi.input"].read()
        start("200 OK", [("Content-Length", str(len(text)))])
        return [text]

    head = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    with serving(whole) as (port, _):
        answer = said(begun(port, head, b"3\r\nabc\r\n", b"2\r\nde\r\n0\r\n\r\n"))
    assert answer.endswith(b"\r\n\r\nabcde")


def test_where_there_are_nearly_too_many_the_slowest_goes_first():
    with serving(kind=PatientWorker, connections=20) as (port, _):
        lines = [begun(port, HEAD) for _ in range(18)]
        time.sleep(1.1)
        assert took(port) < 1
        first = lines[0]
        first.settimeout(5)
        assert first.recv(100).startswith(b"HTTP/1.1 408 ")
        for each in lines:
            each.close()


def test_no_more_are_worked_on_at_once_than_there_are_turns_and_who_waits_has_none():
    together, most, change, ready = [0], [0], threading.Lock(), threading.Barrier(5)

    def counted(_environ, start):
        with turn_given_up():
            ready.wait(10)  # all five are here though there are two turns
        start("200 OK", [("Content-Length", "0")])
        return [b""]

    def bounded(_environ, start):
        with change:
            together[0] += 1
            most[0] = max(most[0], together[0])
        time.sleep(0.05)
        with change:
            together[0] -= 1
        start("200 OK", [("Content-Length", "0")])
        return [b""]

    for answer in (counted, bounded):
        with serving(answer) as (port, _):
            asking = [threading.Thread(target=took, args=(port,)) for _ in range(5)]
            for each in asking:
                each.start()
            for each in asking:
                each.join()
    assert most == [THREADS]


def test_what_is_under_way_when_it_stops_is_finished_and_who_has_sent_nothing_is_not_waited_for():
    begins = threading.Event()

    def slow(_environ, start):
        begins.set()
        time.sleep(0.5)
        start("200 OK", [("Content-Length", "4")])
        return [b"done"]

    since = time.monotonic()
    with serving(slow) as (port, worker):
        idle = [begun(port, HEAD) for _ in range(5)]
        line = begun(port, GET)
        begins.wait(5)
        worker.handle_exit(signal.SIGTERM, None)
        assert said(line).endswith(b"\r\n\r\ndone")
    for each in idle:
        each.close()
    assert time.monotonic() - since < 5


@contextmanager
def none_left():
    """Until the end of the block this process can open nothing."""
    usual = resource.getrlimit(resource.RLIMIT_NOFILE)
    opened = max(int(each.name) for each in OPEN.iterdir()) + 1
    resource.setrlimit(resource.RLIMIT_NOFILE, (opened, usual[1]))
    taken = []
    try:
        with suppress(OSError):
            while True:
                taken.append(os.dup(0))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, usual)
        for each in taken:
            os.close(each)


def test_a_server_that_can_open_no_more_goes_on():
    with serving() as (port, _), socket.socket() as line:
        with none_left():
            line.connect(("127.0.0.1", port))
            time.sleep(0.3)
        assert took(port) < 5
        line.settimeout(5)
        line.sendall(GET)
        assert line.recv(100).startswith(b"HTTP/1.1 200 OK")


def test_a_connection_without_a_request_is_one_descriptor():
    with serving(kind=PatientWorker) as (port, worker):
        before = len([*OPEN.iterdir()])
        lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
        until = time.monotonic() + 5
        while worker.nr_conns < 20 and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.2)
        assert len([*OPEN.iterdir()]) == before + 40  # both ends are this process's
        for line in lines:
            line.close()


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.any_database
def test_two_hundred_slow_clients_at_the_server_of_the_readme_keep_nobody_waiting(app, tmp_path):
    port = free_port()
    own = {
        "BASE_URL": f"http://127.0.0.1:{port}", "MODE": "development",
        "DATABASE_URL": f"sqlite:///{tmp_path}/portal.sqlite3",
        "EVIDENCE_FOLDER": str(tmp_path / "evidence"),
    }  # fmt: skip
    environment = os.environ | own
    flask = [sys.executable, "-m", "flask", "--app", "wsgi"]
    subprocess.run([*flask, "db", "upgrade"], cwd=ROOT, env=environment, check=True)
    gunicorn = [sys.executable, "-m", "gunicorn", "--workers", "2", "--threads", "4"]
    for command in (
        [*flask, "serve", "--port", str(port)],
        [*gunicorn, "--log-level", "warning", "--bind", f"127.0.0.1:{port}", "wsgi:app"],
    ):
        running = subprocess.Popen(command, cwd=ROOT, env=environment)
        try:
            answered(port)
            with slow_clients(port, 200):
                time.sleep(3)
                assert p95([took(port) for _ in range(100)]) < 2
                running.terminate()
                running.wait(30)
        finally:
            running.kill()
            running.wait()
