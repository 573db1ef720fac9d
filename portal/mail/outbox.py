"""Put a letter into the outbox, within the transaction that it tells about."""

import re
import secrets
from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Self, cast

from sqlalchemy import CursorResult, bindparam, delete, select, update
from sqlalchemy.orm import defer

from portal.email_addresses import on_the_wire
from portal.extensions import db
from portal.mail.letters import Event, Letter, one_line
from portal.mail.models import OutboxMail

# Domains hold marks beside letters in many scripts: what \w leaves out.
_ATOM = r"[^\s@<>,;:\"\\()\[\]\x00-\x1f\x7f-\x9f]"
_ADDRESS = re.compile(rf"{_ATOM}{{1,64}}@{_ATOM}{{1,253}}")
_THREAD = re.compile(r"[A-Za-z0-9.-]{1,40}", re.ASCII)
# The last is what an encoded word begins with: it would be read as one.
_NOT_IN_A_NAME = re.compile(r"[<>\"\\]+|=\?")


_ALL = (
    select(OutboxMail)
    .order_by(OutboxMail.id)
    .options(defer(OutboxMail.text, raiseload=True), defer(OutboxMail.html, raiseload=True))
)
_ABOUT = _ALL.where(OutboxMail.about == bindparam("of"))
_HELD = (
    update(OutboxMail)
    .where(
        OutboxMail.about == bindparam("of"),
        OutboxMail.attempts == 0,
        OutboxMail.due_at > bindparam("now"),
    )
    .values(due_at=bindparam("now"))
)
# No state is asked for: whatever was not tried waits, and SQLite would look at all that do.
_UNTRIED = delete(OutboxMail).where(
    OutboxMail.about == bindparam("of"),
    OutboxMail.event == bindparam("told"),
    OutboxMail.attempts == 0,
)


class AddressRefused(ValueError):
    """This isn't an address that a mail can be sent to or from."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a mail comes from: the shop's name as people know it, and its address."""

    name: str
    address: str

    def __str__(self) -> str:
        """``Name <address>``, as the outbox keeps it."""
        name = one_line(_NOT_IN_A_NAME.sub(" ", self.name))
        return f"{name[:100].rstrip()} <{self.address}>"

    @classmethod
    def read(cls, kept: str) -> Self:
        """The sender of an outbox row; a name may hold any sign that an address may not end at."""
        name, _, address = kept.removesuffix(">").rpartition("<")
        return cls(name.strip(), address)


def queue(
    letter: Letter,
    *,
    event: str,
    to: str,
    sender: Sender,
    about: str | None,
    at: datetime,
    due_at: datetime | None = None,
    good_until: datetime | None = None,
    listed_as: str | None = None,
) -> OutboxMail:
    """Add a mail to the session; it leaves after the commit, and never without it.

    ``about`` is the reference of the claim it belongs to: all mails of one claim make one thread.
    ``at`` is when it was written, ``due_at`` when it may leave (at once by default), both UTC.
    ``good_until`` (UTC) ends the use of a code or link in it: it never leaves later, and its words
    are not kept once it left. ``listed_as`` stands for a subject that no list of mails may show.
    Message-ID and Date are fixed here, so that a second copy after a lost answer is the same, byte
    by byte (RFC 5321, 6.1). Never commits. Raises AddressRefused for an address no mail can use.
    """
    for address in (to, sender.address):
        if not _ADDRESS.fullmatch(address):
            raise AddressRefused(f"no mail can use the address {address!r}")
    if about is not None and not _THREAD.fullmatch(about):
        raise ValueError(f"{about!r} is no reference")
    domain = on_the_wire(sender.address).rpartition("@")[2]
    headers = {"Date": format_datetime(due_at or at), "Auto-Submitted": "auto-generated"}
    if listed_as:
        headers["Subject"] = one_line(letter.subject)
    if about:
        root = f"<{about}@{domain}>"
        headers |= {"In-Reply-To": root, "References": root}
    mail = OutboxMail(
        message_id=f"<{secrets.token_hex(16)}@{domain}>",
        event=event,
        about=about,
        sender=str(sender),
        recipient=to,
        subject=one_line(listed_as or letter.subject),
        text=letter.text,
        html=letter.html,
        headers=headers,
        created_at=at,
        due_at=due_at or at,
        good_until=good_until,
    )
    db.session.add(mail)
    return mail


def mails_about(reference: str) -> list[OutboxMail]:
    """The mails of one claim, oldest first, without their words: for its page to show each one's state."""
    return list(db.session.scalars(_ABOUT, {"of": reference}))


def untried(*, about: str, events: Container[str], written_at: datetime) -> OutboxMail | None:
    """The mail of this claim and one of these events, written then, that no try has been made for."""
    return next(
        (
            mail
            for mail in reversed(mails_about(about))
            if mail.event in events and mail.created_at == written_at and mail.attempts == 0
        ),
        None,
    )


def untried_among(
    abouts: Iterable[str], *, events: Iterable[str], written_at: Iterable[datetime]
) -> list[OutboxMail]:
    """The mails of these claims and events, written then, that no try has been made for; without their words."""
    found = _ALL.where(
        OutboxMail.about.in_(list(abouts)),
        OutboxMail.event.in_(list(events)),
        OutboxMail.created_at.in_(list(written_at)),
        OutboxMail.attempts == 0,
    )
    return list(db.session.scalars(found))


def take_back(mail: OutboxMail) -> bool:
    """Take back one mail; False where a try has been made for it meanwhile."""
    one = delete(OutboxMail).where(OutboxMail.id == mail.id, OutboxMail.attempts == 0)
    taken = db.session.execute(one, execution_options={"synchronize_session": False})
    return bool(cast(CursorResult[Any], taken).rowcount)


def let_go(*, about: str, at: datetime) -> None:
    """Let what waits of this claim leave now: something follows that is told after it."""
    db.session.execute(
        _HELD, {"of": about, "now": at}, execution_options={"synchronize_session": False}
    )


def cancel(*, about: str, event: Event) -> bool:
    """Take back the mails of this claim and event that no try has been made for; whether there were any."""
    # What else waits to be written is written at once in the end, and not for this.
    unwritten = any(isinstance(each, OutboxMail) for each in db.session.new)
    options = {"synchronize_session": False, "autoflush": unwritten}
    taken = db.session.execute(_UNTRIED, {"of": about, "told": event}, execution_options=options)
    return bool(cast(CursorResult[Any], taken).rowcount)
