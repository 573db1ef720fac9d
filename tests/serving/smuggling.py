"""Requests that two readers may end at two places, each with another one hidden in it, and what came back."""

from __future__ import annotations

import re
import socket
import time
from dataclasses import dataclass

LONGEST = 40  # seconds: a body that never ends is waited for twenty, and a busy machine is slow
STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) [A-Z]")
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"
END = "0\r\n\r\n"
# It leaves an entry in the audit log wherever it is taken for a request of its own.
HIDDEN = "POST /sign-in HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n"
LONG = len(HIDDEN.replace("{host}", "127.0.0.1"))  # bytes


def _form(headers, body, line="POST /find HTTP/1.1"):
    return f"{line}\r\nHost: {{host}}\r\n{FORM}{headers}\r\n{body}"


def _coded(header, body=END):
    """A body in chunks, if this header says so; who reads it in another way finds the request behind it."""
    return _form(f"{header}\r\n", body + HIDDEN)


def _both(coding, length=4):
    return _form(f"Content-Length: {length}\r\n{coding}\r\n", END + HIDDEN)


def _lengths(*values):
    headers = "".join(f"Content-Length: {value}\r\n" for value in values)
    return _form(headers, HIDDEN)


def _pieces(body):
    return _form(CHUNKED, body + HIDDEN)


def _get(line="GET /healthz HTTP/1.1", headers="Host: {host}\r\n"):
    return f"{line}\r\n{headers}\r\n"


# Which reader goes by the length, and which by the chunks, before and after a proxy.
TWO_ENDS = {
    "CL.TE": _both("Transfer-Encoding: chunked", length=len(END) + LONG),
    "TE.CL": _both("Transfer-Encoding: chunked"),
    "TE.CL, the coding first": _form(f"{CHUNKED}Content-Length: 4\r\n", END + HIDDEN),
    "CL.TE of none": _both("Transfer-Encoding: chunked", length=0),
    "CL and identity": _both("Transfer-Encoding: identity", length=0),
    "CL and gzip": _both("Transfer-Encoding: gzip", length=0),
    "TE of HTTP/1.0": _form(CHUNKED, END + HIDDEN, line="POST /find HTTP/1.0"),
    "CL.TE of HTTP/1.0": _form(f"Content-Length: 0\r\n{CHUNKED}", END + HIDDEN, line="POST /find HTTP/1.0"),
    "CL.TE of a GET": _form(f"Content-Length: 0\r\n{CHUNKED}", END + HIDDEN, line="GET /healthz HTTP/1.1"),
}  # fmt: skip

# One coding, written so that some read it and others don't (TE.TE).
CODINGS = {
    "xchunked": "Transfer-Encoding: xchunked",
    "chunked twice": "Transfer-Encoding: chunked, chunked",
    "chunked in two headers": "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    "chunked, then identity": "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    "identity, then chunked": "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
    "chunked, then x": "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
    "chunked before gzip": "Transfer-Encoding: chunked, gzip",
    "in quotes": 'Transfer-Encoding: "chunked"',
    "with a parameter": "Transfer-Encoding: chunked;q=1",
    "a vertical tab before it": "Transfer-Encoding: \x0bchunked",
    "a form feed behind it": "Transfer-Encoding: chunked\x0c",
    "a NUL behind it": "Transfer-Encoding: chunked\x00",
    "a CR behind it": "Transfer-Encoding: chunked\r",
    "a bare LF before it": "X: 1\nTransfer-Encoding: chunked",
    "a bare CR before it": "X: 1\rTransfer-Encoding: chunked",
    "a space before the colon": "Transfer-Encoding : chunked",
    "a tab before the colon": "Transfer-Encoding\t: chunked",
    "folded": "Transfer-Encoding:\r\n chunked",
    "folded within": "Transfer-Encoding: chu\r\n nked",
    "folded into the line before": "X: 1\r\n Transfer-Encoding: chunked",
    "a space before the name": " Transfer-Encoding: chunked",
    "an underscore": "Transfer_Encoding: chunked",
    "a NUL in the name": "Transfer-\x00Encoding: chunked",
    "a long s": "Transfer-Encoding: chunked\xdf",
    "no colon": "Transfer-Encoding chunked",
    "gzip before it": "Transfer-Encoding: gzip, chunked",
    "nothing": "Transfer-Encoding:",
    "a comma alone": "Transfer-Encoding: ,",
    "a comma behind it": "Transfer-Encoding: chunked,",
}

LENGTHS = {
    "two lengths": _lengths(0, LONG),
    "two lengths, the long one first": _lengths(LONG, 0),
    "the same length twice": _lengths(0, 0),
    "two in one": _lengths(f"0, {LONG}"),
    "twice in one": _lengths("0, 0"),
    "a plus": _lengths("+0"),
    "a minus": _lengths("-1"),
    "hexadecimal": _lengths("0x0"),
    "an exponent": _lengths("0e0"),
    "a point": _lengths("0.0"),
    "an underline": _lengths("0_0"),
    "a superscript": _lengths("\xb2"),
    "no digits": _lengths(""),
    "a space within": _lengths("0 0"),
    "a vertical tab": _lengths("\x0b0"),
    "a NUL in a length": _lengths("0\x00"),
    "more than 64 bits": _lengths(2**64),
    "a space before a length's colon": _form("Content-Length : 0\r\n", HIDDEN),
    "a folded length": _form("Content-Length:\r\n 0\r\n", HIDDEN),
    "a length with an underscore": _form("Content_Length: 0\r\nContent-Length: 0\r\n", HIDDEN),
    "a bare LF between headers": _form("X: 1\nContent-Length: 0\r\n", HIDDEN),
    "a bare LF at the end of the head": f"POST /find HTTP/1.1\r\nHost: {{host}}\r\nX: 1\r\n\n{HIDDEN}",
    "bare LFs alone": f"POST /find HTTP/1.1\nHost: {{host}}\n\n{HIDDEN}",
    "a bare CR between headers": _form("X: 1\rContent-Length: 0\r\n", HIDDEN),
}  # fmt: skip

PIECES = {
    "a size in decimal with a sign": _pieces("+0\r\n\r\n"),
    "a size below nothing": _pieces("-1\r\n\r\n"),
    "a size of 0x0": _pieces("0x0\r\n\r\n"),
    "a size with an underline": _pieces("0_0\r\n\r\n"),
    "no size": _pieces("\r\n\r\n"),
    "a size that is no number": _pieces("zz\r\n\r\n"),
    "a space before the size": _pieces(" 0\r\n\r\n"),
    "a space behind the size": _pieces("0 \r\n\r\n"),
    "a tab behind the size": _pieces("0\t\r\n\r\n"),
    "a NUL behind the size": _pieces("0\x00\r\n\r\n"),
    "a size over 64 bits": _pieces(f"1{'0' * 16}\r\n\r\n0\r\n\r\n"),
    "a size that is 0 in 64 bits": _pieces(f"1{'0' * 15}0\r\nq=1\r\n0\r\n\r\n"),
    "a size that is 3 in 32 bits": _pieces("100000003\r\nq=1\r\n0\r\n\r\n"),
    "a size of 300 digits": _pieces(f"{'f' * 300}\r\nq=1\r\n0\r\n\r\n"),
    "bare LFs in chunks": _pieces("3\nq=1\n0\n\n"),
    "a bare LF behind the size": _pieces("3\nq=1\r\n0\r\n\r\n"),
    "a bare LF behind the data": _pieces("3\r\nq=1\n0\r\n\r\n"),
    "a bare LF at the end": _pieces("0\r\n\n"),
    "a bare CR behind the size": _pieces("3\rq=1\r\n0\r\n\r\n"),
    "nothing behind the data": _pieces("3\r\nq=10\r\n\r\n"),
    "two bytes in place of CRLF": _pieces("3\r\nq=1xx0\r\n\r\n"),
    "less than the size": _pieces(f"5\r\nq=1\r\n{END}"),
    "more than the size": _pieces(f"2\r\nq=1\r\n{END}"),
    "a bare LF in an extension": _pieces("0;a=\n\r\n\r\n"),
    "a bare CR in an extension": _pieces("0;a=\rb\r\n\r\n"),
    "a NUL in an extension": _pieces("0;a=\x00\r\n\r\n"),
    "an extension that hides the end": _pieces(f'3;a="\r\nq=1\r\n{END}'),
    "an extension without a name": _pieces("0;=b\r\n\r\n"),
    "a length among the trailers": _pieces(f"0\r\nContent-Length: {LONG}\r\n\r\n"),
    "a coding among the trailers": _pieces("0\r\nTransfer-Encoding: chunked\r\n\r\n"),
    "a host among the trailers": _pieces("0\r\nHost: evil.example\r\n\r\n"),
    "a folded trailer": _pieces("0\r\nX: 1\r\n 2\r\n\r\n"),
    "a NUL in a trailer": _pieces("0\r\nX: \x00\r\n\r\n"),
    "a bare LF in a trailer": _pieces("0\r\nX: 1\n\r\n\r\n"),
}

TARGETS = {
    "a NUL in a header": _get(headers="Host: {host}\r\nX: a\x00b\r\n"),
    "a NUL in a name": _get(headers="Host: {host}\r\nX\x00: a\r\n"),
    "a NUL in the target": _get("GET /healthz\x00 HTTP/1.1"),
    "an obsolete fold": _get(headers="Host: {host}\r\nX: a\r\n b\r\n"),
    "a fold before all headers": _get(headers=" X: a\r\nHost: {host}\r\n"),
    "a name of nothing": _get(headers="Host: {host}\r\n: a\r\n"),
    "a request within a header": _get(headers="Host: {host}\r\nX: a\r\r\n" + HIDDEN),
    "two hosts": _get(headers="Host: {host}\r\nHost: evil.example\r\n"),
    "two hosts in one": _get(headers="Host: {host}, evil.example\r\n"),
    "a host with a name before it": _get(headers="Host: evil.example@{host}\r\n"),
    "a host with a path": _get(headers="Host: {host}/evil\r\n"),
    "another host": _get(headers="Host: evil.example\r\n"),
    "a space before a host's colon": _get(headers="Host: {host}\r\nHost : evil.example\r\n"),
    "no host": _get(headers=""),
    "another host in the target": _get("GET http://evil.example/healthz HTTP/1.1"),
    "another host than in the target": _get("GET http://{host}/healthz HTTP/1.1", "Host: evil.example\r\n"),
    "a name in the target's host": _get("GET http://evil.example@{host}/healthz HTTP/1.1"),
    "another scheme in the target": _get("GET gopher://{host}/healthz HTTP/1.1"),
    "a target without a slash": _get("GET healthz HTTP/1.1"),
    "a space in the target": _get("GET /healthz HTTP/1.1 /x HTTP/1.1"),
    "two spaces in the line": _get("GET  /healthz HTTP/1.1"),
    "a tab in the line": _get("GET\t/healthz HTTP/1.1"),
    "a line without a version": _get("GET /healthz"),
    "a connection to elsewhere": _get("CONNECT evil.example:443 HTTP/1.1") + HIDDEN,
    "the beginning of HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + HIDDEN,
    "an expectation that nobody knows": _form(f"Expect: y 100-continue\r\nContent-Length: {LONG}\r\n", HIDDEN),
    "a body of 500 MB announced": _form("Content-Length: 500000000\r\n", HIDDEN),
}  # fmt: skip

CORPUS = {
    **{f"two ends: {name}": sent for name, sent in TWO_ENDS.items()},
    **{f"TE.TE: {name}": _coded(header) for name, header in CODINGS.items()},
    **{f"TE.TE and a length: {name}": _both(header) for name, header in CODINGS.items()},
    **{f"lengths: {name}": sent for name, sent in LENGTHS.items()},
    **{f"chunks: {name}": sent for name, sent in PIECES.items()},
    **{f"line and host: {name}": sent for name, sent in TARGETS.items()},
}

# One request each, whatever its body looks like.
WHOLE = {
    "a request in a body that nobody reads": _get(headers=f"Host: {{host}}\r\nContent-Length: {LONG}\r\n") + HIDDEN,
    "a request in the body of a HEAD": _get("HEAD / HTTP/1.1", f"Host: {{host}}\r\nContent-Length: {LONG}\r\n") + HIDDEN,
    "a request in a body for nobody": _form(f"Content-Length: {LONG}\r\n", HIDDEN, line="POST /nowhere HTTP/1.1"),
    "a request in a body that is not taken": _form(f"Content-Length: {LONG}\r\n", HIDDEN, line="PUT / HTTP/1.1"),
    "a request in a body for a picture": _form(f"Content-Length: {LONG}\r\n", HIDDEN, line="GET /static/icon.svg HTTP/1.1"),
    "an extension that is long": _form(CHUNKED, f"0;{'a' * 9000}\r\n\r\n"),
    "another protocol that is not spoken": _get(headers="Host: {host}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"),
    "a request in a body by its length": _lengths(LONG),
    "a request in a chunk": _form(CHUNKED, f"{LONG:x}\r\n{HIDDEN}\r\n{END}"),
    "a request in an extension": _form(CHUNKED, f"3;a=POST\r\nq=1\r\n{END}"),
    "a request in a query": _get("GET /healthz?%20HTTP/1.1%0d%0a%0d%0aPOST%20/sign-in HTTP/1.1"),
    "this portal's host in the target": _get("GET http://{host}/healthz HTTP/1.1"),
}  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """What came on one connection: the statuses, and whether the other end closed it."""

    statuses: tuple[int, ...]
    closed: bool


def sent(port, text, host, wrap=lambda line: line):
    """Send it on a connection of its own and read until it is closed."""
    data, closed = b"", True
    until = time.monotonic() + LONGEST
    with wrap(socket.create_connection(("127.0.0.1", port), timeout=LONGEST)) as line:
        try:
            line.sendall(text.replace("{host}", host).encode("latin-1"))
            while piece := line.recv(1 << 16):
                data += piece
                line.settimeout(max(0.1, until - time.monotonic()))
        except TimeoutError:
            closed = False
        except OSError:
            pass  # it closes on who talks nonsense
    return Answer(tuple(int(status) for status in STATUS.findall(data)), closed)
