"""The calls: each is taken, committed, made, and recorded. Killed between, it is made again with the same id."""

import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import structlog
from sqlalchemy import CursorResult, delete, exists, select

from portal import logs
from portal.config.settings import settings
from portal.database import transaction
from portal.events.signing import signed
from portal.extensions import db
from portal.mail import team
from portal.people.reviewers import News
from portal.sealed import SealError
from portal.translation import gettext
from portal.webhooks import lining
from portal.webhooks.calling import CallAnswer, post
from portal.webhooks.models import (
    DeliveryState,
    EndpointAction,
    EndpointState,
    WebhookDelivery,
    WebhookEndpoint,
)
from portal.webhooks.setting import opened_secret

log = structlog.get_logger(__name__)

# How long after each failed try the next one comes (docs/webhooks.md); after the last it is parked.
LADDER = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
)
# Longer than one call may take, its name looked up and all: what was taken and never told of is
# taken again after it.
LEASE = timedelta(minutes=2)
ABREAST = 32  # calls at the same time
OF_ONE = 4  # of which one address has so many, and a single one while it fails
LOOK = 0.1  # seconds that a turn waits for a call that is under way
KEPT_TRIES = 20
TOLD_AGAIN = timedelta(days=1)
FORGOTTEN = timedelta(days=60)  # after which what ended leaves the log
AT_A_TIME = 1_000


@dataclass(frozen=True, slots=True)
class TakenCall:
    """A delivery that this worker took for one try, signed for the moment."""

    id: int
    endpoint: int
    attempt: int
    url: str
    body: bytes
    headers: dict[str, str]
    loopback: bool
    request_id: str | None

    def call(self) -> CallAnswer:
        """Make the call. Nothing here touches the database."""
        return post(self.url, self.body, self.headers, loopback=self.loopback)


class WebhookCaller:
    """The calls of one thread that are under way: nobody waits for a slow address but its own events."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(ABREAST, thread_name_prefix="webhook")
        self._under_way: dict[Future[CallAnswer], TakenCall] = {}

    def turn(self, *, now: datetime, patience: float = LOOK) -> int:
        """Line up what is new, make the calls that are due, record those that ended; how much that was.

        While calls are under way it waits for up to ``patience`` seconds for one of them to end.
        """
        done = lining.line_up(now=now) + self._start(now=now)
        if not self._under_way:
            return done
        ended, _ = wait(self._under_way, timeout=patience, return_when=FIRST_COMPLETED)
        for each in ended:
            taken = self._under_way.pop(each)
            with logs.caused_by(taken.request_id):
                _record(taken, each.result(), at=now)
        return max(1, done)

    @property
    def idle(self) -> bool:
        """Whether no call is under way."""
        return not self._under_way

    def _start(self, *, now: datetime) -> int:
        busy = Counter(each.endpoint for each in self._under_way.values())
        started = 0
        for number, failing in _with_due(now):
            free = min((1 if failing else OF_ONE) - busy[number], ABREAST - len(self._under_way))
            for taken in _take(number, most=free, now=now) if free > 0 else ():
                self._under_way[self._pool.submit(taken.call)] = taken
                started += 1
        return started


_here = threading.local()


def call_due(*, now: datetime) -> int:
    """A turn of this thread's own WebhookCaller: the worker's job."""
    if not hasattr(_here, "caller"):
        _here.caller = WebhookCaller()
    caller: WebhookCaller = _here.caller
    return caller.turn(now=now)


def _with_due(now: datetime) -> Sequence[tuple[int, bool]]:
    """The endpoints that something is due for, and whether each fails."""
    due = exists().where(
        WebhookDelivery.endpoint_id == WebhookEndpoint.id, WebhookDelivery.due_at <= now
    )
    found = select(WebhookEndpoint.id, WebhookEndpoint.failing_since.is_not(None)).where(
        WebhookEndpoint.state == EndpointState.ACTIVE, due
    )
    rows = [(number, bool(failing)) for number, failing in db.session.execute(found)]
    db.session.rollback()  # an idle look takes no write lock
    return rows


def _take(number: int, *, most: int, now: datetime) -> list[TakenCall]:
    """Take up to so many of an endpoint for one try each, ours until LEASE is over."""
    with transaction():
        endpoint = lining.held(number)
        if endpoint is None or endpoint.state is not EndpointState.ACTIVE:
            return []
        due = (
            select(WebhookDelivery)
            .where(WebhookDelivery.endpoint_id == number, WebhookDelivery.due_at <= now)
            .order_by(WebhookDelivery.due_at, WebhookDelivery.id)
            .limit(most)
        )
        try:
            secret = opened_secret(endpoint)
        except SealError:
            log.exception("a webhook can't be signed", webhook=endpoint.key)
            secret = None
        taken = []
        for each in db.session.scalars(due.with_for_update()):
            each.attempts += 1
            each.due_at = now + LEASE
            if secret is None:
                said = gettext("its secret can't be opened with the keys of this portal")
                _keep(endpoint, each, CallAnswer(error=said), at=now)
            elif each.attempts > len(LADDER) + 1:
                said = gettext("every try was cut off before its end")
                _keep(endpoint, each, CallAnswer(error=said), at=now)
            else:
                taken.append(_signed(endpoint, each, secret=secret, now=now))
        return taken


def _signed(
    endpoint: WebhookEndpoint, delivery: WebhookDelivery, *, secret: str, now: datetime
) -> TakenCall:
    body = delivery.body.encode()
    marks = signed(secret, number=delivery.event, at=int(now.timestamp()), body=body)
    return TakenCall(
        id=delivery.id,
        endpoint=endpoint.id,
        attempt=delivery.attempts,
        url=endpoint.url,
        body=body,
        headers={
            "Content-Type": "application/json",
            "User-Agent": "Redress-Webhooks/1",
            **({"X-Request-Id": delivery.request_id} if delivery.request_id else {}),
            **marks,
        },
        loopback=settings().calls_here(endpoint.url),
        request_id=delivery.request_id,
    )


def _record(taken: TakenCall, answer: CallAnswer, *, at: datetime) -> None:
    """Keep what became of it, unless somebody else has taken or ended it since (a late worker)."""
    with transaction():
        endpoint = lining.held(taken.endpoint)
        delivery = db.session.get(WebhookDelivery, taken.id, with_for_update=True)
        if endpoint is None or delivery is None or delivery.attempts != taken.attempt:
            return
        if delivery.state is DeliveryState.WAITING:
            _keep(endpoint, delivery, answer, at=at)
    log.info("webhook called", sent=delivery.event, tries=taken.attempt, arrived=answer.arrived)


def _keep(
    endpoint: WebhookEndpoint, delivery: WebhookDelivery, answer: CallAnswer, *, at: datetime
) -> None:
    """Write the try down, and what follows from it. The endpoint is locked."""
    one = {
        "at": at.isoformat(),
        "status": answer.status,
        "answer": answer.text,
        "error": answer.error,
        "seconds": answer.seconds,
    }
    delivery.tries = [*delivery.tries, one][-KEPT_TRIES:]
    if answer.arrived:
        endpoint.failing_since = endpoint.told_at = None
        delivery.state, delivery.due_at, delivery.ended_at = DeliveryState.DELIVERED, None, at
    else:
        endpoint.failing_since = endpoint.failing_since or at
        if delivery.attempts <= len(LADDER):
            delivery.due_at = at + LADDER[delivery.attempts - 1]
            return
        delivery.state, delivery.due_at, delivery.ended_at = DeliveryState.PARKED, None, at
        _give_up(endpoint, delivery, at=at)
    lining.follow(endpoint, delivery.about, at=at)


def _give_up(endpoint: WebhookEndpoint, delivery: WebhookDelivery, *, at: datetime) -> None:
    """Tell the admins; where nothing has arrived since the first of its tries, the address is parked."""
    first = datetime.fromisoformat(delivery.tries[-(len(LADDER) + 1) :][0]["at"])
    silent = endpoint.failing_since is not None and endpoint.failing_since <= first
    parks = silent and endpoint.state is EndpointState.ACTIVE
    if parks:
        endpoint.move(EndpointAction.PARK, at=at)
    log.warning("webhook given up", webhook=endpoint.key, sent=delivery.event, parked=parks)
    if parks or endpoint.told_at is None or at - endpoint.told_at >= TOLD_AGAIN:
        endpoint.told_at = at
        last = delivery.tries[-1]
        team.tell(
            team.able(News.WEBHOOK, shop=endpoint.shop),
            News.WEBHOOK,
            of=endpoint.shop,
            path=f"/review/webhooks/{endpoint.key}",
            at=at,
            name=endpoint.shop,
            url=endpoint.url.partition("?")[0],
            tries=delivery.attempts,
            said=last["error"] or str(last["status"]),
            parked=parks,
        )


def forget_due(*, now: datetime) -> int:
    """Take what ended long ago out of the log, some at a time; how many."""
    old = (
        select(WebhookDelivery.id)
        .where(WebhookDelivery.ended_at < now - FORGOTTEN)
        .limit(AT_A_TIME)
    )
    with transaction():
        gone = db.session.execute(delete(WebhookDelivery).where(WebhookDelivery.id.in_(old)))
        return cast("CursorResult[Any]", gone).rowcount
