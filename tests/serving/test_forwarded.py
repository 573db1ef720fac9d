"""Whose a request is, as the log of sign-ins and all counts see it: told by the configured proxies alone."""

import pytest
from flask import request, request_started
from gunicorn.config import Config
from gunicorn.http.errors import InvalidHeaderName
from gunicorn.http.message import Request
from gunicorn.http.unreader import IterUnreader
from gunicorn.http.wsgi import create
from werkzeug.test import run_wsgi_app

from portal.limits import network
from portal.serving.forwarded import read_address
from portal.serving.framing import STRICT
from tests.portals import PRODUCTION, portal_at, within

PEER, PROXY, VISITOR = "203.0.113.9", "10.0.0.2", "198.51.100.7"
HOST = "refunds.example.com"
FALSE = "192.0.2.66"
# What a visitor sends to be taken for somebody else.
TRICKS = [
    [("X-Forwarded-For", FALSE)],
    [("X-Forwarded-For", f"{FALSE}, 192.0.2.67")],
    [("X-Forwarded-For", FALSE), ("X-Forwarded-For", "192.0.2.67")],
    [("X-Forwarded-For", ",")],
    [("X-Forwarded-For", f"{FALSE},,,")],
    [("X-Forwarded-For", f", {FALSE}")],
    [("X-Forwarded-For", f'"{FALSE}')],
    [("X-Forwarded-For", f'"{FALSE}, \\"')],
    [("X-Forwarded-For", f'for="{FALSE}'), ("X-Forwarded-Host", '"evil.example')],
    [("X-Forwarded-For", "127.0.0.1")],
    [("X-Forwarded-For", "::1")],
    [("X-Forwarded-For", "[2001:db8::66]:443")],
    [("X-Forwarded-For", "::ffff:192.0.2.66")],
    [("X-Forwarded-For", "fe80::1%eth0")],
    [("X-Forwarded-For", "unknown")],
    [("X-Forwarded-For", "_hidden"), ("X-Forwarded-For", "")],
    [("x-FORWARDED-for", FALSE)],
    [("X-Forwarded-For", "\t" + FALSE + "\t")],
    [("X-Forwarded", f"for={FALSE}")],
    [("Forwarded", f"for={FALSE};proto=https;host=evil.example")],
    [("Forwarded", 'for="[2001:db8::66]"'), ("Forwarded", f"for={FALSE}")],
    [("X-Real-IP", FALSE)],
    [("X-Client-IP", FALSE), ("True-Client-IP", FALSE), ("CF-Connecting-IP", FALSE)],
    [("X-Original-Forwarded-For", FALSE), ("X-Cluster-Client-IP", FALSE)],
    [("X-Forwarded-Host", "evil.example")],
    [("X-Forwarded-Host", f"{HOST}, evil.example"), ("X-Forwarded-Server", "evil.example")],
    [("X-Forwarded-Proto", "ftp"), ("X-Forwarded-Scheme", "ftp")],
    [("X-Forwarded-Proto", "https"), ("X-Forwarded-Ssl", "off")],
    [("X-Forwarded-Port", "8443"), ("X-Forwarded-Prefix", "/evil")],
    [("X-Original-URL", "/evil"), ("X-Rewrite-URL", "/evil"), ("X-HTTP-Method-Override", "POST")],
]


def started(tmp_path_factory, **given):
    folder = tmp_path_factory.mktemp("forwarded")
    return portal_at(f"sqlite:///{folder / 'none.sqlite3'}", folder, **PRODUCTION | given)


@pytest.fixture(scope="module")
def behind(tmp_path_factory):
    """The portal behind so many proxies, 0 to 2; none of these comes as far as its database."""
    return [started(tmp_path_factory, trusted_proxies=hops) for hops in range(3)]


def seen(app, peer, sent):
    """Who, by which scheme, asked which host for what, after the server of the README has read it."""
    lines = [b"GET /nowhere HTTP/1.1", f"Host: {HOST}".encode()]
    lines += [f"{name}: {value}".encode() for name, value in sent]
    settings = Config()
    for name, value in STRICT.items():
        settings.set(name, value)
    read = Request(settings, IterUnreader([b"\r\n".join([*lines, b"", b""])]), (peer, 40_000))
    _, environ = create(read, None, (peer, 40_000), ("10.0.0.1", 8000), settings)
    found = []

    def note(_app):
        found.append((request.remote_addr, network(), request.scheme, request.host, request.path))

    with request_started.connected_to(note, app):
        run_wsgi_app(app.wsgi_app, environ)
    (whole,) = found
    return whole


def joined(sent, seen_by_it):
    """As nginx and most others do it: behind the last value, on its line."""
    theirs = [value for name, value in sent if name.lower() == "x-forwarded-for"]
    others = [each for each in sent if each[0].lower() not in {"x-forwarded-for", *OVERWRITTEN}]
    return [*others, ("X-Forwarded-For", ", ".join([*theirs, seen_by_it])), *OVERWRITTEN.values()]


def on_a_line(sent, seen_by_it):
    """As HAProxy does it: on a line of its own behind what came."""
    return [*sent, ("X-Forwarded-For", seen_by_it), *OVERWRITTEN.values()]


OVERWRITTEN = {
    "x-forwarded-proto": ("X-Forwarded-Proto", "https"),
    "x-forwarded-host": ("X-Forwarded-Host", HOST),
}


@pytest.mark.parametrize("peer", [PEER, "127.0.0.1"])
@pytest.mark.parametrize("sent", TRICKS, ids=str)
def test_without_a_proxy_nothing_that_is_sent_says_whose_a_request_is(behind, sent, peer):
    assert seen(behind[0], peer, sent) == (peer, peer, "http", HOST, "/nowhere")


@pytest.mark.parametrize("proxy", [joined, on_a_line])
@pytest.mark.parametrize("sent", TRICKS, ids=str)
def test_a_proxy_tells_who_came_to_it_whatever_they_sent(behind, sent, proxy):
    told = (VISITOR, VISITOR, "https", HOST, "/nowhere")
    assert seen(behind[1], PROXY, proxy(sent, VISITOR)) == told
    assert seen(behind[2], PROXY, proxy(proxy(sent, VISITOR), "10.0.0.3"))[:2] == told[:2]


@pytest.mark.parametrize("name", ["X_Forwarded_For", "Script_Name", "Path_Info", "Remote_Addr"])
def test_a_name_that_is_read_as_another_one_is_refused(behind, name):
    for peer in (PEER, "127.0.0.1"):
        with pytest.raises(InvalidHeaderName):
            seen(behind[0], peer, [(name, FALSE)])


def test_of_fewer_values_than_proxies_none_is_taken(behind):
    sent = [("X-Forwarded-For", FALSE), ("X-Forwarded-Host", "evil.example")]
    assert seen(behind[2], PROXY, sent) == (PROXY, PROXY, "http", HOST, "/nowhere")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("198.51.100.7:4711", "198.51.100.7"),
        ("2001:DB8:0::7", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("unknown", ""),
        ("", ""),
        ('"198.51.100.7', ""),
        ("198.51.100.07", ""),
        ("1.2.3", ""),
    ],
)
def test_an_address_is_read_as_proxies_write_it(written, read):
    assert read_address(written) == read


@pytest.mark.long
def test_guesses_under_false_addresses_are_counted_as_one_network(database, tmp_path):
    given = PRODUCTION | {"trusted_proxies": 1}
    with within(portal_at(database, tmp_path, limits=True, **given)) as app:
        app.config["WTF_CSRF_ENABLED"] = False

        def guess(number, sent, visitor=VISITOR):
            return (
                app.test_client()
                .post(
                    "/sign-in",
                    base_url=f"https://{HOST}",
                    data={"email": f"person{number}@example.com", "password": "a wrong one"},
                    headers=joined(sent, visitor),
                    environ_overrides={"REMOTE_ADDR": PROXY},
                )
                .status_code
            )

        found = [guess(number, sent) for number, sent in enumerate(TRICKS[:11])]
        assert found == [422] * 10 + [429]
        assert guess(99, TRICKS[0], "198.51.100.8") == 422
