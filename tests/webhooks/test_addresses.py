"""Which addresses may be called: https and public, asked again of each address that a name leads to."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from urllib3.util import connection as connecting

from portal.config.hosts import is_public
from portal.database import transaction
from portal.webhooks import calling, setting
from portal.webhooks.calling import post
from portal.webhooks.setting import WebhookRefused
from tests.factories import NOW, SHOP
from tests.webhooks.receiver import receiving

ITEM = b'{"type": "claim.submitted", "data": {}}'


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::5db8:d822", True),
        ("127.0.0.1", False),
        ("127.8.8.8", False),
        ("10.0.0.8", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("255.255.255.255", False),
        ("224.0.0.1", False),
        ("::", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::1", False),
        ("2002:a9fe:a9fe::1", False),
        ("shop.example", False),
    ],
)
def test_what_is_public(address, public):
    assert is_public(address) is public


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/hooks",
        "ftp://shop.example/hooks",
        "https://127.0.0.1/hooks",
        "https://[::1]/hooks",
        "https://localhost/hooks",
        "https://hooks.localhost./x",
        "https://169.254.169.254/latest",
        "https://10.1.2.3:8443/",
        "https://[::ffff:10.0.0.1]/",
        "https://name:word@shop.example/",
        "https://shop.example/#part",
        "https://shop.example:99999/",
        "https://[::1/",
        "https://",
        "https://shop.example/a b",
        "https://shöp.example/",
        "https://shop.example/\r\nx: y",
        "shop.example/hooks",
        "https://shop.example/" + "a" * 500,
        "",
    ],
)
@pytest.mark.any_database
def test_what_can_not_be_called_is_refused_when_it_is_added(app, url):
    with pytest.raises(WebhookRefused), transaction():
        setting.add(SHOP, url=url, at=NOW, loopback=False)
    assert setting.endpoints_of(SHOP) == []


@pytest.mark.any_database
def test_development_takes_this_machine_and_nothing_else_that_is_private(app):
    for url in ("http://127.0.0.1:8000/hooks", "http://localhost:1/x", "https://[::1]/"):
        with transaction():
            setting.add(SHOP, url=url, at=NOW, loopback=True)
    for url in ("http://10.0.0.1/", "https://192.168.0.1/", "http://shop.example/"):
        with pytest.raises(WebhookRefused), transaction():
            setting.add(SHOP, url=url, at=NOW, loopback=True)


def leading_to(*addresses):
    """What a name leads to: each list of addresses once, in this order; and how often it was asked."""
    asked = []

    def resolve(host, port, **_):
        asked.append(host)
        found = addresses[min(len(asked), len(addresses)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

    return resolve, asked


def test_a_name_that_leads_to_this_machine_is_not_called():
    with receiving() as receiver:
        resolve, _ = leading_to(["127.0.0.1", "10.0.0.1", "169.254.169.254"])
        url = f"http://shop.example:{receiver.port}/"
        answer = post(url, ITEM, {}, loopback=False, resolve=resolve)
        assert (answer.arrived, answer.error) == (False, "its address is not public")
        assert receiver.calls == []


def test_a_name_is_asked_once_for_each_call_and_its_checked_address_is_called(monkeypatch):
    """Else a second look could lead elsewhere than the one that was checked."""
    called = []

    def connect(address, *_, **__):
        called.append(address)
        raise OSError("refused")

    monkeypatch.setattr(connecting, "create_connection", connect)
    resolve, asked = leading_to(["127.0.0.1", "93.184.216.34"], ["127.0.0.1"])
    assert not post("https://shop.example/", ITEM, {}, loopback=False, resolve=resolve).arrived
    assert (asked, called) == (["shop.example"], [("93.184.216.34", 443)])
    assert not post("https://shop.example/", ITEM, {}, loopback=False, resolve=resolve).arrived
    assert called == [("93.184.216.34", 443)]


@pytest.fixture
def certified(tmp_path, monkeypatch):
    """A server's context for hooks.shop.example, trusted by whatever connects from here."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hooks.shop.example")])
    begin = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=9))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("hooks.shop.example")]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "both.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(path)
    return tls


def test_name_and_certificate_stay_those_of_the_address_though_a_checked_one_is_called(certified):
    resolve, _ = leading_to(["127.0.0.1"])
    with receiving(tls=certified) as receiver:
        url = f"https://hooks.shop.example:{receiver.port}/hooks"
        answer = post(url, ITEM, {}, loopback=True, resolve=resolve)
        assert (answer.status, answer.error) == (204, "")
        assert receiver.calls[0][0]["host"] == f"hooks.shop.example:{receiver.port}"
        other = f"https://else.shop.example:{receiver.port}/hooks"
        answer = post(other, ITEM, {}, loopback=True, resolve=resolve)
        assert not answer.arrived
        assert "certificate" in answer.error.lower()
        assert len(receiver.calls) == 1


def test_who_never_ends_an_answer_is_cut_off(monkeypatch):
    monkeypatch.setattr(calling, "WHOLE", 0.3)
    with receiving() as receiver:
        receiver.hang = True
        answer = post(receiver.url, ITEM, {}, loopback=True)
        assert (answer.arrived, answer.error) == (False, "no answer in time")
        assert answer.seconds < 5


def test_a_name_that_leads_nowhere_many_times_takes_no_longer_than_one_call(monkeypatch):
    """Each of its addresses may take its time, and the name itself: together they take no more."""
    monkeypatch.setattr(calling, "WHOLE", 0.1)
    tried = []

    def connect(address, *_, **__):
        tried.append(address)
        time.sleep(0.06)
        raise OSError("refused")

    monkeypatch.setattr(connecting, "create_connection", connect)
    resolve, _ = leading_to([f"93.184.216.{each}" for each in range(1, 100)])
    answer = post("https://shop.example/", ITEM, {}, loopback=False, resolve=resolve)
    assert (answer.arrived, answer.error) == (False, "no answer in time")
    assert 1 <= len(tried) <= 3


def test_what_is_found_only_when_its_time_is_over_is_not_called(monkeypatch):
    monkeypatch.setattr(calling, "WHOLE", 0.05)
    found, _ = leading_to(["127.0.0.1"])

    def resolve(*asked, **how):
        time.sleep(0.2)
        return found(*asked, **how)

    with receiving() as receiver:
        answer = post(receiver.url, ITEM, {}, loopback=True, resolve=resolve)
        assert (answer.arrived, answer.error) == (False, "no answer in time")
        assert receiver.calls == []


def test_an_address_that_nobody_listens_at_is_an_answer_too():
    with receiving() as receiver:
        url = receiver.url
    answer = post(url, ITEM, {}, loopback=True)
    assert (answer.status, answer.arrived) == (None, False)
    assert "refused" in answer.error.lower()
