"""A visitor on a socket: as little work as a client can do, so that the server is what is timed."""

from __future__ import annotations

import re
import socket
import time
from dataclasses import dataclass
from statistics import median
from threading import Thread
from typing import NamedTuple
from urllib.parse import urlencode

BOUNDARY = "of-the-benchmark"
TOKEN = re.compile(rb'name="csrf_token"[^>]*value="([^"]+)"')
ERROR = 400


class Answer(NamedTuple):
    status: int
    location: str
    body: bytes

    @property
    def token(self):
        """The token of the page's first form; empty where it has none."""
        found = TOKEN.search(self.body)
        return found.group(1).decode() if found else ""


@dataclass(frozen=True)
class Upload:
    """A file for a form's field ``files``."""

    name: str
    content: bytes


def form(data, upload=None):
    """The body and the type of a form, with a file or without."""
    if upload is None:
        return urlencode(data).encode(), "application/x-www-form-urlencoded"
    lines = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in data.items()
    ]
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="{upload.name}"'
        "\r\nContent-Type: image/png\r\n\r\n"
    )
    body = "".join([*lines, head]).encode() + upload.content + f"\r\n--{BOUNDARY}--\r\n".encode()
    return body, f"multipart/form-data; boundary={BOUNDARY}"


class Visitor:
    """One browser: its cookies, its address, and the seconds that its requests took.

    Each request is a connection of its own, as most proxies speak to what is behind them.
    """

    def __init__(self, port, address="10.0.0.1"):
        self.port = port
        self.address = address
        self.cookies = {}
        self.seconds = []

    def twin(self):
        """Another one with the same session."""
        twin = Visitor(self.port, self.address)
        twin.cookies = dict(self.cookies)
        return twin

    def get(self, path):
        return self._ask("GET", path)

    def post(self, path, data, upload=None):
        return self._ask("POST", path, *form(data, upload))

    def _ask(self, method, path, body=b"", kind=""):
        head = [
            f"{method} {path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            f"X-Forwarded-For: {self.address}",
            "Connection: close",
        ]
        if self.cookies:
            kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            head.append(f"Cookie: {kept}")
        if method == "POST":
            head += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
        request = "\r\n".join([*head, "", ""]).encode() + body
        started = time.perf_counter()
        raw = self._speak(request)
        self.seconds.append(time.perf_counter() - started)
        answer = self._read(raw)
        if answer.status >= ERROR:
            raise RuntimeError(f"{method} {path}: {answer.status}\n{answer.body[-2000:].decode()}")
        return answer

    def _speak(self, request):
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as line:
            line.sendall(request)
            parts = []
            while part := line.recv(65536):
                parts.append(part)
        return b"".join(parts)

    def _read(self, raw):
        head, _, body = raw.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        location = ""
        for line in lines:
            name, _, value = line.partition(": ")
            if name.lower() == "set-cookie":
                cookie, _, kept = value.partition(";")[0].partition("=")
                self.cookies[cookie] = kept
            elif name.lower() == "location":
                location = value.removeprefix(f"http://127.0.0.1:{self.port}")
        return Answer(int(first.split()[1]), location, body)


def crowd(count, act):
    """``act(number)`` by this many visitors at once, each in a thread; raises what one of them met."""
    failures = []

    def run(number):
        try:
            act(number)
        except Exception as error:  # noqa: BLE001 - raised again where it can be seen
            failures.append(error)

    threads = [Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def middle(seconds):
    """The median in milliseconds."""
    return 1000 * median(seconds)


def slow(seconds):
    """The 95th percentile in milliseconds."""
    return 1000 * sorted(seconds)[int(len(seconds) * 0.95)]
