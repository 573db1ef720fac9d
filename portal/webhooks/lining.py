"""The feed is lined up for each address that wants it, in order of each claim."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, select, update

from portal.database import transaction
from portal.events.models import FeedEvent
from portal.extensions import db
from portal.webhooks.models import (
    DeliveryState,
    EndpointState,
    WebhookDelivery,
    WebhookEndpoint,
)

LOT = 200  # events that are lined up in one transaction


def line_up(*, now: datetime) -> int:
    """Line up what the feeds say anew, a lot for each address that is called; how many events that were.

    One that is paused or parked is behind, and finds it in the feed when it goes on.
    """
    more = exists().where(
        FeedEvent.shop == WebhookEndpoint.shop, FeedEvent.id > WebhookEndpoint.seen
    )
    behind = select(WebhookEndpoint.id).where(WebhookEndpoint.state == EndpointState.ACTIVE, more)
    ids = list(db.session.scalars(behind.order_by(WebhookEndpoint.id)))
    db.session.rollback()  # an idle look takes no write lock
    return sum(_lot(number, now=now) for number in ids)


def _lot(number: int, *, now: datetime) -> int:
    with transaction():
        endpoint = held(number)
        if endpoint is None or endpoint.state is not EndpointState.ACTIVE:
            return 0
        events = db.session.scalars(
            select(FeedEvent)
            .where(FeedEvent.shop == endpoint.shop, FeedEvent.id > endpoint.seen)
            .order_by(FeedEvent.id)
            .limit(LOT)
        ).all()
        if events:
            _add(endpoint, [each for each in events if endpoint.wants(each.type)], now=now)
            endpoint.seen = events[-1].id
        return len(events)


def _add(endpoint: WebhookEndpoint, events: Sequence[FeedEvent], *, now: datetime) -> None:
    """One row for each, the first of each claim due at once unless an earlier one still waits."""
    queue = select(WebhookDelivery.about).where(
        WebhookDelivery.endpoint_id == endpoint.id,
        WebhookDelivery.about.in_({each.about for each in events}),
        WebhookDelivery.state == DeliveryState.WAITING,
    )
    waiting = set(db.session.scalars(queue))
    for each in events:
        delivery = WebhookDelivery(
            endpoint=endpoint,
            event=each.key,
            type=each.type,
            about=each.about,
            body=json.dumps(each.as_json(), ensure_ascii=False, separators=(",", ":")),
            lined_at=now,
            request_id=each.request_id,
            due_at=None if each.about in waiting else now,
        )
        db.session.add(delivery)
        waiting.add(each.about)


def follow(endpoint: WebhookEndpoint, about: str, *, at: datetime) -> None:
    """Let the next about this claim go, where none before it waits. The endpoint is locked."""
    line = (
        WebhookDelivery.endpoint_id == endpoint.id,
        WebhookDelivery.about == about,
        WebhookDelivery.state == DeliveryState.WAITING,
    )
    db.session.flush()
    first, due = db.session.execute(
        select(func.min(WebhookDelivery.id), func.max(WebhookDelivery.due_at)).where(*line)
    ).one()
    if first is not None and due is None:
        one = update(WebhookDelivery).where(WebhookDelivery.id == first).values(due_at=at)
        db.session.execute(one)


def line_up_anew(endpoint: WebhookEndpoint, *, at: datetime) -> None:
    """The first about each claim is due at once, the others behind it. The endpoint is locked."""
    db.session.flush()
    waits = (
        WebhookDelivery.endpoint_id == endpoint.id,
        WebhookDelivery.state == DeliveryState.WAITING,
    )
    firsts = select(func.min(WebhookDelivery.id)).where(*waits).group_by(WebhookDelivery.about)
    every = update(WebhookDelivery).where(*waits)
    held_back = {"synchronize_session": False}
    db.session.execute(every.values(due_at=None), execution_options=held_back)
    db.session.execute(
        update(WebhookDelivery).where(WebhookDelivery.id.in_(firsts)).values(due_at=at),
        execution_options=held_back,
    )


def held(number: int) -> WebhookEndpoint | None:
    """The endpoint, locked: its line is changed by one at a time."""
    return db.session.get(WebhookEndpoint, number, with_for_update=True, populate_existing=True)


def park_older(than: datetime, *, reason: str, at: datetime) -> int:
    """Give up what waits of events up to ``than``, lined up or not, for this reason; how many calls.

    Whoever keeps the webhooks can have each sent again.
    """
    while line_up(now=at):
        pass
    old = exists().where(FeedEvent.key == WebhookDelivery.event, FeedEvent.at <= than)
    waits = WebhookDelivery.state == DeliveryState.WAITING, old
    ids = list(db.session.scalars(select(WebhookDelivery.endpoint_id).where(*waits).distinct()))
    db.session.rollback()
    return sum(_park(number, waits, reason=reason, at=at) for number in ids)


def _park(number: int, waits: tuple[ColumnElement[bool], ...], *, reason: str, at: datetime) -> int:
    one = {"at": at.isoformat(), "status": None, "answer": "", "error": reason, "seconds": 0.0}
    count = 0
    while True:
        with transaction():
            endpoint = held(number)
            if endpoint is None:
                return count
            mine = select(WebhookDelivery).where(WebhookDelivery.endpoint_id == number, *waits)
            found = db.session.scalars(mine.order_by(WebhookDelivery.id).limit(LOT)).all()
            for each in found:
                each.tries = [*each.tries, one]
                each.state, each.due_at, each.ended_at = DeliveryState.PARKED, None, at
            if not found:
                line_up_anew(endpoint, at=at)
                return count
            count += len(found)
