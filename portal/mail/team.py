"""What the people who work here are told by e-mail: each of them what they chose."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.config.settings import settings
from portal.extensions import db
from portal.mail import outbox
from portal.mail.letters import Event, render
from portal.people.reviewers import News, Reviewer, holds
from portal.people.rights import Task
from portal.translation import among_us

PORTAL = "Redress"
_LETTERS = {
    News.APPEAL: Event.TEAM_APPEAL,
    News.OVERDUE: Event.TEAM_OVERDUE,
    News.NEAR: Event.TEAM_NEAR,
    News.VERSION: Event.TEAM_VERSION,
    News.WEBHOOK: Event.TEAM_WEBHOOK,
    News.HANDED: Event.TEAM_HANDED,
    News.NAMED: Event.TEAM_NAMED,
}


def wanting(news: News, *, task: Task, shop: str) -> list[Reviewer]:
    """The active people who may do the task in the shop, and chose to be told of this."""
    able = select(Reviewer).where(Reviewer.active, holds(task, shop)).order_by(Reviewer.id)
    return [person for person in db.session.scalars(able) if news in person.told_of]


def tell(people: Iterable[Reviewer], news: News, *, path: str, at: datetime, **said: Any) -> None:
    """Queue one mail for each of them, in the caller's transaction.

    ``path`` is the page of the portal that it leads to, ``said`` what its templates name.
    """
    address = settings().address
    with among_us():
        letter = render(
            _LETTERS[news],
            shop=PORTAL,
            reference=None,
            link=f"{address}{path}",
            choice=f"{address}/account",
            **said,
        )
    for person in people:
        outbox.queue(
            letter, event=_LETTERS[news], to=person.email, sender=sender(), about=None, at=at
        )


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
