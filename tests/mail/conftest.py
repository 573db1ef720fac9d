"""A portal that sends by SMTP, a server on loopback that keeps what it gets, and certificates for it."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import socket
import ssl

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.app import create_app
from portal.config.settings import load_settings
from portal.extensions import db
from tests.portals import PRODUCTION


class Sink:
    """Keeps each mail it accepts; says to a recipient or to a mail what a test put here."""

    def __init__(self):
        self.mails = []
        self.recipients = {}
        self.answers = []
        self.on_data = None

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802 - the name that aiosmtpd calls
        if answer := self.recipients.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - the name that aiosmtpd calls
        if self.answers:
            answer = self.answers.pop(0)
            return await answer() if callable(answer) else answer
        self.mails.append(envelope)
        if self.on_data:
            self.on_data()
        return "250 OK"


def certificate(folder, name, *, issuer=None, host="127.0.0.1"):
    """A key and its certificate in PEM files, signed by an issuer or by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    issuer_key, issuer_name = issuer or (key, subject)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=36500))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]),
            critical=False,
        )
    )
    signed = builder.sign(issuer_key, hashes.SHA256())
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path, (key, subject)


class Certificates:
    """An authority, a server's certificate from it, one for another host, and one that nobody signed."""

    def __init__(self, folder):
        self.authority, issuer = certificate(folder, "authority")
        self.server, _ = certificate(folder, "server", issuer=issuer)
        self.other, _ = certificate(folder, "other", issuer=issuer, host="127.0.0.9")
        self.unsigned, _ = certificate(folder, "unsigned")


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def serve():
    """Start a server: serve(sink, certificate) answers its port; without a certificate it has no TLS.

    It has STARTTLS, or TLS from the first byte on where that is said.
    """
    with contextlib.ExitStack() as stack:

        def start(sink, path=None, *, at_once=False):
            given = {}
            if path:
                context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
                context.load_cert_chain(path)
                starttls = {"tls_context": context, "require_starttls": True}
                given = {"ssl_context": context} if at_once else starttls
            controller = Controller(sink, hostname="127.0.0.1", port=free_port(), **given)
            controller.start()
            stack.callback(controller.stop)
            return controller.port

        yield start


@pytest.fixture
def portal_with(database, tmp_path):
    """Build the portal with these settings, within its application context."""
    with contextlib.ExitStack() as stack:

        def build(**given):
            settings = load_settings(
                database_url=database,
                evidence_folder=tmp_path / "evidence",
                **(PRODUCTION if "mail_server" in given else {}) | given,
            )
            app = create_app(settings, TESTING=True, RATELIMIT_ENABLED=False)
            stack.enter_context(app.app_context())
            stack.callback(db.engine.dispose)
            stack.callback(db.session.remove)
            return app

        yield build


@pytest.fixture
def sink():
    return Sink()


@pytest.fixture
def by_smtp(portal_with, serve, sink, certificates):
    """The portal connected to the sink by verified STARTTLS."""
    return portal_with(
        mail_server="127.0.0.1",
        mail_port=serve(sink, certificates.server),
        mail_ca_file=certificates.authority,
        mail_timeout=60,
    )
