"""Mails about an account: written by the sign-in library, sent by the outbox like all others."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import g
from flask_security import MailUtil

from portal.mail import outbox, team
from portal.mail.letters import Event, Letter, one_line

# What a mail's code or link is good for; the mail is of no use afterwards.
GOOD_FOR = {
    "reset_instructions": timedelta(days=1),
    "two_factor_instructions": timedelta(minutes=10),
}
ACCOUNT_MAIL = "account"  # the outbox's name for all that is no code


@dataclass(frozen=True, slots=True)
class _Written:
    kind: str
    to: str
    letter: Letter


class OutboxMailUtil(MailUtil):  # type: ignore[misc]  # Flask's extensions are untyped
    """Keeps what the library writes until the view's own transaction takes it: see post()."""

    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: str,
        sender: object,  # noqa: ARG002 - the library's signature
        body: str,
        html: str,
        **context: Any,  # noqa: ARG002
    ) -> None:
        """Keep the mail with the request."""
        letter = Letter(subject=one_line(str(subject)), text=body, html=html)
        _written().append(_Written(template.rpartition("/")[2], recipient, letter))


def waiting() -> bool:
    """Whether this request has written a mail that is not in the outbox yet."""
    return bool(_written())


def post(*, at: datetime) -> None:
    """Queue what was written; a code or link in it is blanked once it has left. Never commits."""
    for mail in _written():
        good = GOOD_FOR.get(mail.kind)
        outbox.queue(
            mail.letter,
            event=Event.SIGN_IN_CODE if mail.kind == "two_factor_instructions" else ACCOUNT_MAIL,
            to=mail.to,
            sender=team.sender(),
            about=None,
            at=at,
            good_until=at + good if good else None,
        )
    _written().clear()


def _written() -> list[_Written]:
    found: list[_Written] = g.setdefault("account_mails", [])
    return found
