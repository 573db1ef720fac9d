"""What the people who work here are told by e-mail: each of them what they chose."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select

from portal.config.settings import settings
from portal.extensions import db
from portal.mail import outbox
from portal.mail.letters import Event, Letter, render
from portal.mail.models import DailyLine
from portal.mail.outbox import AddressRefused
from portal.people.reviewers import TOLD_TO, News, Reviewer, Telling, holds
from portal.people.rights import EVERY_SHOP
from portal.translation import among_us

log = structlog.get_logger(__name__)

PORTAL = "Redress"
LISTED = 50  # lines of a daily mail
_LETTERS = {
    News.APPEAL: Event.TEAM_APPEAL,
    News.OVERDUE: Event.TEAM_OVERDUE,
    News.NEAR: Event.TEAM_NEAR,
    News.VERSION: Event.TEAM_VERSION,
    News.WEBHOOK: Event.TEAM_WEBHOOK,
    News.HANDED: Event.TEAM_HANDED,
    News.NAMED: Event.TEAM_NAMED,
    News.SECOND: Event.TEAM_SECOND,
    News.PAYOUT: Event.TEAM_PAYOUT,
}


def able(news: News, *, shop: str) -> list[Reviewer]:
    """The active people whom this concerns in the shop, by what they may do there."""
    found = select(Reviewer).where(Reviewer.active, holds(TOLD_TO[news], shop))
    return list(db.session.scalars(found.order_by(Reviewer.id)))


def tell(
    people: Iterable[Reviewer],
    news: News,
    *,
    path: str,
    at: datetime,
    of: str = EVERY_SHOP,
    letter: Event | None = None,
    **said: Any,
) -> None:
    """Tell each of them as they chose, in the caller's transaction: a mail now, a line of the daily one, or nothing.

    ``path`` is the page of the portal that it leads to, ``of`` the shop that it is about (EVERY_SHOP:
    of several), ``letter`` another one than is usual of this news, ``said`` what its templates name.
    Whoever no mail reaches costs neither the others theirs nor what they are told of: the log says so.
    """
    told = [person for person in people if person.telling(news) is not Telling.NEVER]
    if not told:
        return
    event, address = letter or _LETTERS[news], settings().address
    with among_us():
        written = render(
            event,
            shop=PORTAL,
            reference=None,
            link=f"{address}{path}",
            choice=f"{address}/account",
            **said,
        )
    for person in told:
        if person.telling(news) is Telling.AT_ONCE:
            try:
                _queue(written, event, person, at=at)
            except AddressRefused:
                log.exception("colleague not told", person=person.id, news=news)
        else:
            line = DailyLine(reviewer_id=person.id, news=news, shop=of, at=at, path=path)
            line.subject = written.subject
            db.session.add(line)


def tell_daily(
    person: Reviewer, told: Sequence[tuple[datetime, str, str]], *, at: datetime
) -> None:
    """Queue the daily mail of these lines: when (in the person's zone), what, and the page it leads to."""
    address = settings().address
    with among_us():
        letter = render(
            Event.TEAM_DAILY,
            shop=PORTAL,
            reference=None,
            link=f"{address}/review",
            choice=f"{address}/account",
            count=len(told),
            lines=[(when, what, f"{address}{path}") for when, what, path in told[:LISTED]],
        )
    _queue(letter, Event.TEAM_DAILY, person, at=at)


def _queue(letter: Letter, event: Event, person: Reviewer, *, at: datetime) -> None:
    outbox.queue(letter, event=event, to=person.email, sender=sender(), about=None, at=at)


def invite(person: Reviewer, *, link: str, by: str, at: datetime, good_until: datetime) -> None:
    """Queue the mail by which somebody new chooses a password, in the caller's transaction.

    ``link`` works until ``good_until`` (UTC), ``by`` is the name of who invites.
    """
    letter = render(
        Event.TEAM_INVITED,
        shop=PORTAL,
        reference=None,
        link=link,
        portal=settings().address,
        email=person.email,
        by=by,
    )
    outbox.queue(
        letter,
        event=Event.TEAM_INVITED,
        to=person.email,
        sender=sender(),
        about=None,
        at=at,
        good_until=good_until,
    )


def sender() -> outbox.Sender:
    """Who a mail about the portal itself comes from: no-reply at its own domain."""
    address = settings().address
    host = address.partition("://")[2].partition("/")[0].partition(":")[0]
    domain = host if "." in host and not host[-1].isdigit() else "redress.example"
    return outbox.Sender(PORTAL, f"no-reply@{domain}")
