"""gunicorn's threads, but that none of the few that work waits for a client.

Each connection has a thread of its own while a request is on its way in or out, and takes one of the
process's turns only to be worked on: sixty that send a byte a second keep nobody. Who is too slow is
told so (408) and cut off, and where there are nearly too many, whoever was waited for longest.
"""

import errno
import select
import socket
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gunicorn import util
from gunicorn.http.errors import ParseException
from gunicorn.workers.gthread import TConn, ThreadWorker

from portal.serving.framing import refuse_unclear
from portal.serving.turns import Turns, turn_given_up

CONNECTIONS = 600  # at once, in each process: a thread and a file handle each
CROWDED = 0.9  # of the connections: from here on each new one costs the slowest its place
YOUNG = 1.0  # seconds in which nobody is the slowest
_PIECE = 8192  # bytes that are read at once: after each it is known how fast they come
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_NOBODY_THERE = {errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK}
_NO_MORE = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}  # can be opened
_BREATH = 0.01  # seconds until it is tried again

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long clients are waited for, in seconds."""

    head: float = 10.0  # for the line and the headers of a request
    body: float = 20.0  # for a body, besides what its bytes have
    slowest: int = 1000  # bytes a second of a body
    answer: float = 600.0  # for an answer to be read
    at_the_end: float = 2.0  # for a request of a connection that has none, when the server stops


class Awaited(StrEnum):
    """What a client is waited for."""

    HEAD = "head"
    BODY = "body"
    ANSWER = "answer"  # to be read


class Line(TConn):  # type: ignore[misc]  # gunicorn is untyped
    """A connection that knows whether its client is waited for, and since when."""

    data_ready: bool
    awaited: Awaited | None = None
    since = 0.0
    moved = 0  # bytes of the body

    def await_(self, what: Awaited | None) -> None:
        """From now on this is waited for; None while we work."""
        if what is not Awaited.BODY:
            self.since, self.moved = time.monotonic(), 0
        elif self.moved == 0:
            self.since = time.monotonic()
        self.awaited = what

    def late(self, now: float, patience: Patience, *, stopping: bool) -> bool:
        """Whether its client had all the time that there is, the server ``stopping`` or not."""
        waited = now - self.since
        match self.awaited:
            case Awaited.HEAD:
                return waited > (patience.at_the_end if stopping else patience.head)
            case Awaited.BODY:
                return waited > patience.body + self.moved / patience.slowest
            case Awaited.ANSWER:
                return waited > patience.answer
        return False

    def slowness(self, now: float) -> float:
        """How long it was waited for, by what came of it; 0 where nobody is waited for."""
        return (now - self.since) / (1 + self.moved) if self.awaited else 0.0

    def wait_for_data(self, timeout: float) -> bool:
        """Whether something came within so many seconds. Asked by poll: gunicorn's way opens one file more."""
        if not self.data_ready:
            poll = select.poll()
            poll.register(self.sock, select.POLLIN)
            self.data_ready = bool(poll.poll(timeout * 1000))
        return self.data_ready

    def cut(self) -> None:
        """Say that it took too long, where that can be said, and let its thread go on."""
        awaited, self.awaited = self.awaited, None
        with suppress(OSError):
            if awaited in {Awaited.HEAD, Awaited.BODY}:
                self.sock.send(_TOO_SLOW, socket.MSG_DONTWAIT)
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def close(self, graceful: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - gunicorn's signature
        """Close it; its own thread has waited already for the client to read what was said."""
        util.close(self.sock)


class AwaitedBody:
    """A request's body, for which nobody else waits.

    ``length`` is how many bytes were announced, None where it says itself where it ends.
    """

    def __init__(self, body: Any, line: Line, *, length: int | None) -> None:
        self._body, self._line, self._left = body, line, length

    def read(self, size: int = -1) -> bytes:
        """Up to so many bytes, as they come; all of them where none is said.

        Raises ConnectionError where the client went away before its end, or its pieces don't fit: half a
        form is no form.
        """
        if size is None or size < 0:
            return b"".join(iter(self._piece, b""))
        return self._piece(min(size, _PIECE))

    def _piece(self, size: int = _PIECE) -> bytes:
        self._line.await_(Awaited.BODY)
        try:
            with turn_given_up():
                found: bytes = self._body.read(size)
        except ParseException as error:
            raise ConnectionError("the pieces of the request don't fit together") from error
        finally:
            self._line.awaited = None
        self._line.moved += len(found)
        if self._left is not None:
            self._left -= len(found)
            if self._left and not found:
                raise ConnectionError("the client went away before the end of its request")
        return found


class PatientWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn is untyped
    """gunicorn's ``threads`` are how many requests are worked on; ``worker_connections`` bound the others."""

    patience = Patience()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._turns = Turns(self.cfg.threads)
        self._here = threading.local()
        self._lines: set[Line] = set()  # of the main thread alone

    def get_thread_pool(self) -> ThreadPoolExecutor:
        """A thread for each connection: most of them wait."""
        return ThreadPoolExecutor(max_workers=self.worker_connections)

    def load_wsgi(self) -> None:
        """The app, in turns."""
        super().load_wsgi()
        self.answer_with(self.wsgi)

    def answer_with(self, app: Application) -> None:
        """Answer with this app, in turns."""
        self._app, self.wsgi = app, self._in_turn

    def accept(self, listener: socket.socket) -> None:
        """Take a new connection, at the cost of the slowest where there are many."""
        if self.nr_conns >= self.worker_connections * CROWDED:
            self._cut_slowest()
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno in _NO_MORE:  # who asks waits in the listener's queue
                self._cut_slowest()
                time.sleep(_BREATH)
            elif error.errno not in _NOBODY_THERE:
                raise
            return
        self.nr_conns += 1
        self.enqueue_req(Line(self.cfg, client, address, listener.getsockname()))

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001 - gunicorn's signature
        """Take new connections, or none. At the end those that are made already are taken, and no other can be made.

        gunicorn leaves the socket open until its last request is answered: whoever connects meanwhile is
        cut off unheard, and not sent to another server.
        """
        super().set_accept_enabled(enabled)
        if enabled or self.alive:
            return
        for listener in self.sockets:
            taken = -1
            while taken != self.nr_conns:
                taken = self.nr_conns
                self.accept(listener)
            listener.close()

    def enqueue_req(self, conn: Line) -> None:
        """Give it a thread, in which a request is waited for."""
        conn.await_(Awaited.HEAD)
        self._lines.add(conn)
        super().enqueue_req(conn)

    def handle(self, conn: Line) -> object:
        """Take a request and answer it. What is closed then, is closed here: it may take seconds."""
        self._here.line = conn
        kept: object = super().handle(conn)
        conn.awaited = None
        if kept is False:
            util.close_graceful(conn.sock)
        return kept

    def handle_request(self, req: object, conn: Line) -> object:
        """Answer a request whose headers are here, if they can be read in one way."""
        conn.await_(None)
        refuse_unclear(req)
        return super().handle_request(req, conn)

    def finish_request(self, conn: Line, fs: Future[object]) -> None:
        """Let the connection go, or keep it for its next request."""
        self._lines.discard(conn)
        super().finish_request(conn, fs)

    def murder_pending(self) -> None:
        """Close what waits too long: connections without a request, and clients that are too slow."""
        super().murder_pending()
        now = time.monotonic()
        for line in self._lines:
            if line.late(now, self.patience, stopping=not self.alive):
                line.cut()

    def run(self) -> None:
        """Serve until it is told to stop; who is not done within gunicorn's patience is cut off."""
        super().run()
        for line in self._lines:
            line.cut()

    def _cut_slowest(self) -> None:
        now = time.monotonic()
        slow = [line for line in self._lines if now - line.since > YOUNG]
        slowest = max(slow, key=lambda line: line.slowness(now), default=None)
        if slowest is not None and slowest.awaited:
            slowest.cut()

    def _in_turn(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        line: Line = self._here.line
        length = environ.get("CONTENT_LENGTH")
        environ["wsgi.input"] = AwaitedBody(
            environ["wsgi.input"], line, length=int(length) if length else None
        )
        with self._turns.one():
            answer = self._app(environ, start)
        line.await_(Awaited.ANSWER)
        return answer
