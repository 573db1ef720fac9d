"""Bytes by chance that are no request, or two at once: each on a connection of its own, and what came back."""

from __future__ import annotations

import re
import socket
import time
from collections import Counter
from dataclasses import dataclass, field

LONGEST = 5  # seconds in which an answer, or the end of the connection, has to come
ANSWERS = re.compile(rb"^HTTP/1\.[01] (\d{3})", re.MULTILINE)
ALLOWED = {501, 505}  # of 5xx: it doesn't know the method, or the version
HOST = b"Host: 127.0.0.1\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
INNER = b"GET /healthz HTTP/1.1\r\nHost: smuggled\r\n\r\n"
TARGETS = (b"/", b"/sms-service/claim", b"/healthz", b"/api/v1/claims", b"/find", b"/%00", b"/%ff%fe",
           b"/a\x00b", b"/../../etc/passwd", b"//evil.example", b"*", b"", b"/" + b"a" * 70_000,
           b"http://evil.example/", b"/?" + b"q=1&" * 3000, "/ü".encode(), b"/\x7f\x01")  # fmt: skip
METHODS = (b"GET", b"POST", b"get", b"HEAD", b"OPTIONS", b"TRACE", b"CONNECT", b"BREW", b"G\x00T", b"",
           b"A" * 5000, b"PRI")  # fmt: skip
VERSIONS = (b"HTTP/1.1", b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"HTTP/9.9", b"HTTP/1", b"http/1.1",
            b"HTTP/1.1.1", b"HTTP/-1.1", b"", b"FTP/1.1")  # fmt: skip
HEADERS = (b"X: " + b"y" * 70_000, b"X: \x00", b"X: a\rb", b"X: a\n b", b" folded: 1", b"No colon", b": 1",
           b"X : 1", b"X\x00: 1", b"Host: evil", b"Host: ", b"Cookie: session=\xff", b"Range: bytes=9-",
           b"Expect: 100-continue", b"Upgrade: h2c", b"Transfer-Encoding: gzip", b"Content-Length: -1",
           b"Content-Length: 1e3", b"Content-Length: +5", b"Content-Length: 5, 5", b"Content-Length: \xb2",
           b"X-Forwarded-For: '; --", b"Connection: close, keep-alive, X", b"TE: trailers",
           b"\r\n".join(b"H%d: 1" % number for number in range(1000)))  # fmt: skip
CHUNKS = (b"5\r\nhello\r\n", b"5\nhello\n", b"-1\r\na\r\n", b"FFFFFFFFFFFFFFFFFF\r\na\r\n", b"zz\r\na\r\n",
          b"5;" + b"x" * 9000 + b"\r\nhello\r\n", b"0x5\r\nhello\r\n", b"5 \r\nhello\r\n", b"\r\n", b"5\r\nhel",
          b"3\r\nhello\r\n", b"00000000000005\r\nhello\r\n", b"5\r\nhello0\r\n\r\n")  # fmt: skip
LENGTHS = (b"Content-Length: 4\r\n", b"Content-Length: 0\r\n", b"Content-Length: 60\r\n",
           b"Content-Length: 4\r\nContent-Length: 60\r\n", b"Content-length : 4\r\n")  # fmt: skip
CODINGS = (b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: xchunked\r\n", b"Transfer-Encoding : chunked\r\n",
           b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", b"Transfer-Encoding:\x0bchunked\r\n",
           b"Transfer-Encoding: identity, chunked\r\n", b"X: 1\nTransfer-Encoding: chunked\r\n",
           b"Transfer-Encoding\r\n : chunked\r\n")  # fmt: skip


@dataclass
class Came:
    """What came back for all that was sent."""

    statuses: Counter = field(default_factory=Counter)
    failed: list = field(default_factory=list)
    slowest: float = 0.0  # seconds


def shapeless(chance):
    """What no client sends: bytes, a beginning of TLS, the oldest HTTP."""
    return chance.choice((chance.randbytes(300), b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET /\r\n",
                          b"GET /", b"\r\n\r\n", b"\x00" * 400, b"GET / HTTP/1.1\r\nHost: a"))  # fmt: skip


def line_and_headers(chance):
    """A request's line and headers, some of each as nobody may write them."""
    line = b" ".join((chance.choice(METHODS), chance.choice(TARGETS), chance.choice(VERSIONS)))
    headers = b"".join(each + b"\r\n" for each in chance.sample(HEADERS, chance.randrange(4)))
    return line + b"\r\n" + chance.choice((HOST, HOST, b"", HOST * 2)) + headers + b"\r\n"


def chunked(chance):
    """A body in pieces that don't fit together."""
    pieces = b"".join(chance.choices(CHUNKS, k=chance.randrange(1, 5)))
    ending = chance.choice((b"0\r\n\r\n", b"", b"0\r\nX: 1\r\n\r\n", b"0\n\n"))
    return b"POST /find HTTP/1.1\r\n" + HOST + FORM + CODINGS[0] + b"\r\n" + pieces + ending


def two_in_one(chance):
    """A request within another's body, whose end two readers find at two places."""
    given = [chance.choice(LENGTHS), chance.choice(CODINGS)]
    chance.shuffle(given)
    return b"POST /find HTTP/1.1\r\n" + HOST + FORM + b"".join(given) + b"\r\n0\r\n\r\n" + INNER


KINDS = (shapeless, line_and_headers, line_and_headers, chunked, two_in_one)


def ask(port, chance, came):
    """Send one of them, a few of them slowly, and nothing more; keep what came of it."""
    kind = chance.choice(KINDS)
    sent = kind(chance)
    since, data = time.monotonic(), b""
    with socket.create_connection(("127.0.0.1", port), timeout=LONGEST) as line:
        try:
            if len(sent) < 400 and chance.random() < 0.05:
                for at in range(0, len(sent), 40):
                    line.sendall(sent[at : at + 40])
                    time.sleep(0.1)
            else:
                line.sendall(sent)
            line.shutdown(socket.SHUT_WR)
            since = time.monotonic()
            while piece := line.recv(1 << 16):
                data += piece
        except TimeoutError:
            came.failed.append(f"{kind.__name__}: no end after {LONGEST} s: {sent[:300]!r}")
        except OSError:
            pass  # it closes on who talks nonsense
    came.slowest = max(came.slowest, time.monotonic() - since)
    found = [int(status) for status in ANSWERS.findall(data)]
    came.statuses.update(found or [0])
    wrong = any(status >= 500 and status not in ALLOWED for status in found)
    if wrong or (kind is two_in_one and len(found) > 1):
        came.failed.append(f"{kind.__name__}: {found}: {sent[:300]!r}")
