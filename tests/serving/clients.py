"""Clients that send or read slower than anybody has to, and honest ones beside them."""

import http.client
import socket
import threading
import time
from contextlib import closing, contextmanager

HEAD = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
BODY = (
    b"POST /find HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
)
GET = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@contextmanager
def slow_clients(port, count):
    """So many, for the time of a `with`: by turns slow with headers, with a body, and in reading.

    One that is cut off comes again.
    """
    over = threading.Event()
    threads = [
        threading.Thread(target=_slow, args=(port, (HEAD, BODY, GET)[n % 3], over))
        for n in range(count)
    ]
    for each in threads:
        each.start()
    try:
        yield
    finally:
        over.set()
        for each in threads:
            each.join()


def _slow(port, beginning, over):
    while not over.is_set():
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
                line.sendall(beginning)
                while not over.wait(0.2):
                    if beginning == GET:
                        line.recv(1)
                    else:
                        line.sendall(b"a")
        except OSError:
            over.wait(0.1)


def answered(port):
    """Wait for the first answer: a server that begins on a busy machine takes a minute."""
    until = time.monotonic() + 200
    while True:
        try:
            return took(port, "/healthz")
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def took(port, path="/"):
    """How many seconds an honest request took, which is answered with 200."""
    since = time.monotonic()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with closing(line):
        line.request("GET", path)
        answer = line.getresponse()
        answer.read()
    assert answer.status == 200
    return time.monotonic() - since


def p95(times):
    """The time that 95 of a hundred take at most."""
    return sorted(times)[int(len(times) * 0.95)]
