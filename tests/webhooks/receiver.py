"""A shop's system that takes webhooks, verifies them by the independent package, and fails as it is told."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

from standardwebhooks import Webhook

from tests.listeners import listening


class Receiver:
    """What it was called with, in order; ``answers`` are the next ones, (status, body), else 204.

    ``hang`` is an event: while it is set no call is answered.
    """

    def __init__(self):
        self.secret, self.answers, self.calls = None, [], []
        self.hang, self.open = False, threading.Event()
        self.refused = {}  # by the claim's reference: the status
        self.location = None

    @property
    def events(self):
        """The types that arrived and were taken, in order."""
        return [said["type"] for _, said, _, status in self.calls if status < 300]

    def take(self, headers, body):
        """The status and body that a call is answered with, its signature verified."""
        said = Webhook(self.secret).verify(body, headers) if self.secret else json.loads(body)
        if self.hang:
            self.open.wait(30)
        default = (self.refused.get(said["data"].get("claim"), 204), b"")
        status, text = self.answers.pop(0) if self.answers else default
        self.calls.append((headers, said, body, status))
        return status, text


class Handler(BaseHTTPRequestHandler):
    """The receiver's side of a call."""

    def log_message(self, *_):
        """Say nothing."""

    def do_POST(self):
        """One webhook."""
        receiver = self.server.receiver
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        status, text = receiver.take(headers, body)
        try:
            self.send_response(status)
            if receiver.location:
                self.send_header("Location", receiver.location)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
        except OSError:
            self.close_connection = True


@contextmanager
def receiving(*, tls=None):
    """A receiver that listens, until the end of the block; ``url`` is where it takes webhooks.

    ``tls`` is a server's context, to speak https.
    """
    receiver = Receiver()
    with listening(Handler, tls=tls, receiver=receiver) as port:
        receiver.port, receiver.url = port, f"http://127.0.0.1:{port}/hooks?of=redress"
        try:
            yield receiver
        finally:
            receiver.open.set()
