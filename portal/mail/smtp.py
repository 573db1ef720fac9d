"""The way out: SMTP with a verified certificate and a time limit, and a mail as its bytes."""

import hashlib
import smtplib
import ssl
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from urllib.parse import urlsplit

from portal.config.settings import settings
from portal.email_addresses import EmailRefused, on_the_wire, read_email
from portal.mail.models import OutboxMail
from portal.mail.outbox import Sender
from portal.translation import kept_gettext


class BadHeader(Exception):
    """The finished mail has a header that we didn't write; it must not leave."""


class SafeConnection:
    """A line to the mail server, which proved its name, and whose silence ends after MAIL_TIMEOUT."""

    def __init__(self) -> None:
        """Connect, secure and sign in; OSError (smtplib.SMTPException is one) when that fails."""
        given = settings()
        context = ssl.create_default_context(cafile=given.mail_ca_file)
        where = given.mail_server, given.mail_port, urlsplit(given.base_url).hostname or "localhost"
        self.host: smtplib.SMTP = (
            smtplib.SMTP_SSL(*where, timeout=given.mail_timeout, context=context)
            if given.mail_security == "tls"
            else smtplib.SMTP(*where, timeout=given.mail_timeout)
        )
        password = given.mail_password.get_secret_value()
        try:
            if given.mail_security == "starttls":
                self.host.starttls(context=context)
            if given.mail_username and password:
                self.host.login(given.mail_username, password)
        except BaseException:
            self.host.close()
            raise

    def close(self) -> None:
        """Say goodbye; a server that is gone or silent by now is no failure of any mail."""
        try:
            if not self.is_dead:
                self.host.quit()
        except OSError:
            pass
        finally:
            self.host.close()

    @property
    def is_dead(self) -> bool:
        """Whether the line broke, so that the next mail needs a new one."""
        return self.host.sock is None

    def deliver(self, mail: OutboxMail) -> None:
        """Hand one mail to the server; smtplib.SMTPException, OSError or BadHeader when it stays here."""
        self.host.sendmail(
            on_the_wire(Sender.read(mail.sender).address),
            [on_the_wire(mail.recipient)],
            finished(mail),
            mail_options=()
            if on_the_wire(mail.recipient).isascii()
            else ("SMTPUTF8", "BODY=8BITMIME"),
        )


def finished(mail: OutboxMail) -> bytes:
    """The bytes that leave, the same at every try.

    Raises BadHeader, or ValueError or email.errors.MessageError for a mail that can't be written.
    """
    message = build(mail)
    data = message.as_bytes(policy=SMTP if on_the_wire(mail.recipient).isascii() else SMTPUTF8)
    check_headers(data, message)
    return data


def unsendable(sender: Sender) -> str | None:
    """Why no mail of this sender could leave, None where one can: a mail is built, and not sent."""
    try:
        read_email(sender.address)
        finished(
            OutboxMail(
                message_id="<one@example.org>",
                sender=str(sender),
                recipient="customer@example.org",
                subject="A mail of the shop",
                text="",
                html="",
                headers={},
                created_at=datetime(2000, 1, 1, tzinfo=UTC),
            )
        )
    except EmailRefused:
        return kept_gettext(
            "%(address)s is no e-mail address. Write one, such as refunds@example.com.",
            address=repr(sender.address),
        )
    except (ValueError, MessageError, BadHeader) as error:
        return kept_gettext(
            "the sender %(sender)s can't stand in a mail (%(error)s).",
            sender=repr(str(sender)),
            error=error,
        )
    return None


def build(mail: OutboxMail) -> EmailMessage:
    """The mail as it leaves: text first, HTML beside it; ValueError for an impossible header."""
    sender = Sender.read(mail.sender)
    # A row from before its Date was fixed with it.
    date = format_datetime(mail.created_at)
    headers = {"Subject": mail.subject, "Date": date, "Message-ID": mail.message_id} | mail.headers
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(sender.address, name=sender.name)
    message["To"] = _address(mail.recipient)
    for header, value in headers.items():
        message[header] = value
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    # The library would draw another boundary at each try.
    message.set_boundary(hashlib.sha256(mail.message_id.encode()).hexdigest()[:32])
    return message


def _address(address: str, *, name: str = "") -> Address:
    try:
        return Address(name, addr_spec=on_the_wire(address))
    except IndexError:  # the library's answer to an address that ends too early
        raise ValueError(f"{address!r} is no e-mail address") from None


def check_headers(data: bytes, message: EmailMessage) -> None:
    """Read the finished bytes back: exactly our headers, each once, or BadHeader.

    Python before 3.11.15 lets a line end through in some headers (CPython gh-121650).
    """
    head = data.partition(b"\r\n\r\n")[0]
    if b"\n" in head.replace(b"\r\n", b"") or b"\r" in head.replace(b"\r\n", b""):
        raise BadHeader("a header holds a bare line end")
    found = sorted(name.lower() for name in BytesHeaderParser().parsebytes(data).keys())  # noqa: SIM118 - a Message iterates its keys only by this
    written = sorted(name.lower() for name in message.keys())  # noqa: SIM118
    if found != written or len(set(found)) != len(found):
        raise BadHeader(f"the mail would leave with the headers {', '.join(found)}")
