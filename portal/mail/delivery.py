"""Deliver what is due: take a lease, commit, send, record. A killed worker loses nothing."""

import hashlib
import smtplib
import time
from collections.abc import Collection
from datetime import datetime, timedelta
from email.errors import MessageError
from typing import Any

import structlog
from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.orm import aliased

from portal import logs
from portal.config.settings import settings
from portal.database import transaction
from portal.extensions import db
from portal.mail.letters import Event
from portal.mail.models import MailState, OutboxMail
from portal.mail.smtp import BadHeader, SafeConnection, finished

log = structlog.get_logger(__name__)

# How long after each failed try the next one comes, 48 hours in all; after the last it is parked.
LADDER = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
    *[timedelta(hours=8)] * 5,
    timedelta(minutes=20),
)
SPREAD = 0.2  # a wait is up to this part longer, so that mails put off together come back apart
# Longer than one call may take: BUDGET seconds, and one mail whose server goes silent at the end.
LEASE = timedelta(minutes=5)
BUDGET = 60
LOT = 100  # mails that are put off in one transaction: thousands at once would keep writers waiting
BLANKED = "What stood here could open something, and is not kept.\n"

_PERMANENT = 500
# What building a mail raises where no server would ever see it.
_UNSENDABLE = (ValueError, MessageError, BadHeader)


def deliver_due(*, now: datetime, limit: int = 50) -> int:
    """Deliver up to ``limit`` mails that are due at ``now`` (UTC); the count of those handled.

    Without a mail server they stay in the mailbox page, marked sent. With one, each is leased
    (due_at moves on, attempts grows), committed, sent, and its end recorded: when we are killed
    between, it is sent again with the same Message-ID. A refused recipient never stops the others.
    """
    something = db.session.scalar(select(exists().where(_due(now))))
    db.session.rollback()
    if not something:
        return 0
    if settings().mailbox:
        return _keep(now=now, limit=limit)
    try:
        connection = SafeConnection()
    except OSError as error:
        log.warning("mail server not reached", error=_reason(error))
        return _put_off(now=now, reason=_reason(error))
    try:
        return _send(connection, now=now, limit=limit)
    finally:
        connection.close()


def retry(mail: OutboxMail, *, at: datetime) -> None:
    """Give a parked mail a fresh ladder, due at ``at``; ValueError when it can't be sent again."""
    if mail.state is not MailState.PARKED:
        raise ValueError(f"mail {mail.id} is {mail.state}, not parked")
    if mail.good_until is not None:
        raise ValueError(f"mail {mail.id} held a code or link that is not kept")
    mail.state, mail.attempts, mail.due_at, mail.last_error = MailState.WAITING, 0, at, None


def park_older(than: datetime, *, reason: str, limit: int = 200) -> int:
    """Park up to so many mails that wait since before ``than``, for this reason; how many."""
    old = select(OutboxMail).where(
        OutboxMail.state == MailState.WAITING, OutboxMail.created_at <= than
    )
    with transaction():
        mails = list(db.session.scalars(old.order_by(OutboxMail.id).limit(limit).with_for_update()))
        for mail in mails:
            _park(mail, reason=reason)
    return len(mails)


def park_about(claims: Collection[str], *, since: datetime, reason: str) -> int:
    """Park what these claims were told from ``since`` on and has not left, for this reason; how many."""
    new = select(OutboxMail).where(
        OutboxMail.state == MailState.WAITING,
        OutboxMail.about.in_(claims),
        OutboxMail.created_at >= since,
    )
    with transaction():
        mails = list(db.session.scalars(new.with_for_update()))
        for mail in mails:
            _park(mail, reason=reason)
    return len(mails)


def _waiting(now: datetime) -> ColumnElement[bool]:
    return and_(OutboxMail.state == MailState.WAITING, OutboxMail.due_at <= now)


def _due(now: datetime) -> ColumnElement[bool]:
    """Waiting, and not ahead of an earlier mail of the same claim that is still being tried."""
    earlier = aliased(OutboxMail)
    overtakes = (
        exists()
        .where(
            earlier.about == OutboxMail.about,
            earlier.id < OutboxMail.id,
            earlier.state == MailState.WAITING,
            earlier.attempts > 0,
        )
        .correlate(OutboxMail)
    )
    return and_(_waiting(now), or_(OutboxMail.event == Event.SIGN_IN_CODE, ~overtakes))


def _keep(*, now: datetime, limit: int) -> int:
    """Leave the mails in the mailbox page; one that could not leave by SMTP is parked here too."""
    with transaction():
        due = select(OutboxMail).where(_waiting(now)).order_by(OutboxMail.id).limit(limit)
        mails = list(db.session.scalars(due.with_for_update()))
        for mail in mails:
            mail.attempts += 1
            try:
                finished(mail)
            except _UNSENDABLE as error:
                _park(mail, reason=_reason(error))
            else:
                mail.state, mail.sent_at = MailState.SENT, now
    return len(mails)


def _put_off(*, now: datetime, reason: str) -> int:
    """The server can't be reached: move each due mail to its own next rung, or park it, a lot at a time."""
    done = 0
    while count := _put_lot_off(now=now, reason=reason):
        done += count
    return done


def _put_lot_off(*, now: datetime, reason: str) -> int:
    due = select(OutboxMail).where(_waiting(now)).order_by(OutboxMail.id).limit(LOT)
    with transaction():
        mails = list(db.session.scalars(due.with_for_update()))
        for mail in mails:
            mail.attempts += 1
            _next_rung(mail, now=now, reason=reason)
    return len(mails)


def _send(connection: SafeConnection, *, now: datetime, limit: int) -> int:
    started = time.monotonic()
    for done in range(limit):
        # A stale `now` would hand out leases that are over before they begin.
        mail = _lease(now) if time.monotonic() - started < BUDGET else None
        if mail is None:
            return done
        with logs.caused_by(mail.request_id):
            _try(connection, mail, now=now)
        if connection.is_dead:
            return done + 1
    return limit


def _try(connection: SafeConnection, mail: OutboxMail, *, now: datetime) -> None:
    try:
        _refuse_stale(mail, now=now)
        connection.deliver(mail)
    except (OSError, *_UNSENDABLE) as error:
        log.info("mail not taken", mail=mail.id, tries=mail.attempts)
        _failed(mail, error, now=now)
    else:
        _sent(mail, now=now)
        log.info("mail sent", mail=mail.id, tries=mail.attempts)


def _lease(now: datetime) -> OutboxMail | None:
    """The next due mail, ours until its lease is over: one conditional UPDATE, then a commit."""
    following = (
        select(OutboxMail.id)
        .where(_due(now))
        .order_by(OutboxMail.due_at, OutboxMail.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .correlate(None)
    )
    with transaction():
        taken = db.session.scalar(
            update(OutboxMail)
            .where(OutboxMail.id == following.scalar_subquery(), _waiting(now))
            .values(due_at=now + LEASE, attempts=OutboxMail.attempts + 1)
            .returning(OutboxMail.id)
            .execution_options(synchronize_session=False)
        )
        if taken is None:
            return None
        mail = db.session.get_one(OutboxMail, taken)
        # Read whole and let go, so that no transaction is open while the server is spoken to.
        db.session.expunge(mail)
    return mail


class _Stale(ValueError):
    """Sending this mail would do no good any more."""


def _refuse_stale(mail: OutboxMail, *, now: datetime) -> None:
    if mail.good_until is not None and now > mail.good_until:
        raise _Stale("what it brings was no longer good when the mail could leave")
    if mail.attempts > len(LADDER) + 1:
        raise _Stale("every try was cut off before its end")


def _sent(mail: OutboxMail, *, now: datetime) -> None:
    """A mail that the server took is sent, also where our lease was over by then."""
    with transaction():
        kept = db.session.get_one(OutboxMail, mail.id, with_for_update=True)
        if kept.state is not MailState.SENT:
            kept.state, kept.sent_at, kept.last_error = MailState.SENT, now, None
            _blank(kept)


def _failed(mail: OutboxMail, error: Exception, *, now: datetime) -> None:
    """Write what our try came to, unless another worker has leased the mail since."""
    with transaction():
        kept = db.session.get_one(OutboxMail, mail.id, with_for_update=True)
        if (kept.state, kept.attempts) != (MailState.WAITING, mail.attempts):
            log.info("late end of a try not written", mail=mail.id, tries=mail.attempts)
        elif _is_permanent(error):
            _park(kept, reason=_reason(error))
        else:
            _next_rung(kept, now=now, reason=_reason(error))


def _next_rung(mail: OutboxMail, *, now: datetime, reason: str) -> None:
    if mail.attempts > len(LADDER):
        _park(mail, reason=reason)
    else:
        mail.due_at, mail.last_error = now + wait(mail.message_id, mail.attempts), reason


def wait(message_id: str, attempts: int) -> timedelta:
    """How long a mail waits after this many tries: its rung, and a part more that is its own."""
    drawn = hashlib.sha256(f"{message_id} {attempts}".encode()).digest()[0] / 255
    return LADDER[attempts - 1] * (1 + SPREAD * drawn)


def _park(mail: OutboxMail, *, reason: str) -> None:
    mail.state, mail.last_error = MailState.PARKED, reason
    _blank(mail)
    # The reason can hold the address, so it stays in the table and out of the log.
    log.warning(
        "mail parked", mail=mail.id, letter=mail.event, about=mail.about, tries=mail.attempts
    )


def _blank(mail: OutboxMail) -> None:
    if mail.good_until is not None:
        mail.text, mail.html = BLANKED, ""
        mail.headers = {name: words for name, words in mail.headers.items() if name != "Subject"}


def _is_permanent(error: Exception) -> bool:
    """Whether the same mail would be refused again: 5xx for the recipient or the contents."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= _PERMANENT for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPDataError):
        return error.smtp_code >= _PERMANENT
    return isinstance(error, (*_UNSENDABLE, smtplib.SMTPNotSupportedError))


def _reason(error: Exception) -> str:
    answer: Any = None
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answer = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        answer = (error.smtp_code, error.smtp_error)
    if answer is None:
        return (str(error) or type(error).__name__)[:500]
    code, words = answer
    words = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    return " ".join(f"{code} {words}".split())[:500]
