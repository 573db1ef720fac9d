"""What two readers may end at two places is no request, as the servers' own settings read it."""

from __future__ import annotations

import runpy

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import NoMoreData, ParseException
from gunicorn.http.parser import RequestParser

from portal.app import ROOT
from portal.serving.framing import STRICT, refuse_unclear
from tests.serving.smuggling import CORPUS, WHOLE

HOST = "127.0.0.1"
# Whole as they are read, and refused later: for another host, for their size, or since no more comes.
LATER = {
    "chunks: a size over 64 bits", "chunks: a size that is 0 in 64 bits",
    "chunks: a size that is 3 in 32 bits", "chunks: a size of 300 digits",
    "lengths: more than 64 bits", "line and host: a body of 500 MB announced",
    "line and host: another host", "line and host: a connection to elsewhere",
}  # fmt: skip


def read(text):
    """How many requests are found before one is refused, or the bytes are over; and whether one was."""
    settings, found = Config(), 0
    sent = text.replace("{host}", HOST).encode("latin-1")
    for name, value in STRICT.items():
        settings.set(name, value)
    try:
        for request in RequestParser(settings, iter([sent]), (HOST, 1)):
            refuse_unclear(request)
            request.body.read()
            found += 1
    except ParseException:
        return found, True
    except NoMoreData:
        pass
    return found, False


def test_each_of_the_corpus_is_refused_before_a_request_is_found():
    refused = {name for name, text in CORPUS.items() if read(text) == (0, True)}
    assert set(CORPUS) - refused == LATER


def test_a_request_that_looks_like_two_is_one():
    assert {name for name, text in WHOLE.items() if read(text) != (1, False)} == set()


@pytest.mark.parametrize(
    ("line", "headers", "expected"),
    [
        ("GET / HTTP/1.1", "Host: refunds.example.com:8443\r\n", (1, False)),
        ("GET / HTTP/1.1", "Host: [::1]:8000\r\n", (1, False)),
        ("GET / HTTP/1.1", "Host: my_portal\r\n", (1, False)),
        ("GET / HTTP/1.0", "", (1, False)),
        ("OPTIONS * HTTP/1.1", "Host: refunds.example.com\r\n", (1, False)),
        ("GET http://refunds.example.com/ HTTP/1.1", "Host: refunds.example.com\r\n", (1, False)),
        ("GET http://refunds.example.com/ HTTP/1.1", "Host: refunds.example.com:1\r\n", (0, True)),
        ("GET / HTTP/1.1", "Host: \r\n", (0, True)),
        ("GET / HTTP/1.1", "Host: refunds.example.com\r\nSCRIPT_NAME: /x\r\n", (0, True)),
    ],
)
def test_a_host_is_named_once_and_plainly(line, headers, expected):
    assert read(f"{line}\r\n{headers}\r\n") == expected


def test_gunicorn_by_itself_reads_as_strictly():
    own = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    assert {name: own[name] for name in STRICT} == STRICT
