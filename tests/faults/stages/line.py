"""A line between the portal and a server that breaks or falls silent at a stage of what the two say."""

from __future__ import annotations

import re
import socket
import struct
import threading
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import NamedTuple

_LENGTH = re.compile(rb"(?im)^content-length: *(\d+)")
_LAST_LINE = re.compile(rb"(?m)^\d{3} .*\r\n\Z")
_GO_ON = b"354"  # SMTP's answer to DATA: what follows ends with a line of a dot alone
_AT_ONCE = struct.pack("ii", 1, 0)  # of SO_LINGER: the connection is reset


class Fault(NamedTuple):
    """At the question that follows so many answers: ``when`` it goes wrong, and ``how``.

    ``when`` is "before" the other end has the question, "after" it has answered, or "amid" its answer;
    ``how`` is "drop", or "hang" until the line is mended.
    """

    answers: int
    when: str
    how: str


class Line:
    """A port of this machine behind which another one answers; ``fault`` spoils what is said, ``met`` counts it.

    ``greets``: the other end speaks first, as SMTP's does; else it is HTTP.
    """

    def __init__(self, port, *, greets):
        self.to, self.greets, self.port = port, greets, None
        self.fault, self.met, self.mended = None, 0, threading.Event()

    def spoil(self, fault):
        """From now on each conversation goes wrong so."""
        self.fault, self.met = fault, 0
        self.mended.clear()

    def mend(self):
        """Let everything through again, and go of what hangs."""
        self.fault = None
        self.mended.set()

    def carry(self, near, far):
        """Carry questions one way and answers the other, until one end is done or the fault is met."""
        answers, after = 0, b""
        if self.greets:
            if self._broken(near, answers, "before"):
                return
            after = self._answer(far)
            if not self._back(near, after, answers):
                return
            answers += 1
        while question := self._question(near, after):
            if self._broken(near, answers, "before"):
                return
            far.sendall(question)
            after = self._answer(far)
            if not self._back(near, after, answers):
                return
            answers += 1

    def _back(self, near, answer, answers):
        """Give the answer back, as far as the fault lets it; whether the conversation goes on."""
        if self._broken(near, answers, "after"):
            return False
        fault = self.fault
        if fault and fault[:2] == (answers, "amid"):
            near.sendall(answer[: len(answer) // 2])
            self._broken(near, answers, "amid")
            return False
        near.sendall(answer)
        return bool(answer)

    def _broken(self, near, answers, when):
        """Meet the fault where it is time for it; whether it was."""
        fault = self.fault
        if not fault or fault[:2] != (answers, when):
            return False
        self.met += 1
        if fault.how == "hang":
            self.mended.wait(60)
        near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        near.close()
        return True

    def _question(self, near, after):
        if not self.greets:
            return _http(near)
        ending = b"\r\n.\r\n" if after.startswith(_GO_ON) else b"\r\n"
        return _until(near, lambda said: said.endswith(ending))

    def _answer(self, far):
        return _until(far, _LAST_LINE.search) if self.greets else _http(far)


def _http(end):
    """A request or an answer, whole."""

    def whole(said):
        head, gap, body = said.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        return gap and len(body) >= (int(length.group(1)) if length else 0)

    return _until(end, whole)


def _until(end, whole):
    """What the end says until it is whole; what there is of it where the end is done before."""
    said = b""
    while not whole(said):
        if not (more := end.recv(65536)):
            return said
        said += more
    return said


class _Conversation(BaseRequestHandler):
    def handle(self):
        line = self.server.line
        with suppress(OSError), socket.create_connection(("127.0.0.1", line.to)) as far:
            line.carry(self.request, far)


class _Server(ThreadingTCPServer):
    daemon_threads = True


@contextmanager
def line_to(port, *, greets=False):
    """A line to that port, until the end of the block."""
    line = Line(port, greets=greets)
    with _Server(("127.0.0.1", 0), _Conversation) as server:
        server.line, line.port = line, server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield line
        finally:
            line.mend()
            server.shutdown()
            thread.join()
