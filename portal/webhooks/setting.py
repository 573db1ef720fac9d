"""Which addresses hear of a shop's events: added, paused, resumed, removed, and told something once more."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import func, select, update

from portal.audit import log as audit
from portal.audit.log import StaffAct
from portal.claims.payout.payee import keyring
from portal.claims.payout.resealing import reseal_column
from portal.config.hosts import is_loopback, leads_inward
from portal.database import hold
from portal.events.kinds import EventType
from portal.events.models import FeedEvent
from portal.events.signing import new_secret
from portal.events.ulids import key_at
from portal.extensions import db
from portal.people.reviewers import Reviewer
from portal.translation import gettext
from portal.webhooks import lining
from portal.webhooks.models import (
    DeliveryState,
    EndpointAction,
    EndpointState,
    WebhookDelivery,
    WebhookEndpoint,
)

LONGEST = 500  # characters of an address
MOST = 20  # addresses of a shop


class WebhookRefused(Exception):
    """What was given can't be used; the message says why. ``field`` is ``url`` or ``types``."""

    def __init__(self, message: str, *, field: str = "url") -> None:
        super().__init__(message)
        self.field = field


def add(
    shop: str,
    *,
    url: str,
    types: Sequence[str] = (),
    at: datetime,
    loopback: bool,
    by: Reviewer | None = None,
) -> tuple[WebhookEndpoint, str]:
    """Call this address with the shop's events from now on: the endpoint and its secret, told this once.

    ``types`` are those it wants, none for all. ``loopback`` allows http on this machine, for
    development; ``by`` is None for the command line. Raises WebhookRefused.
    """
    _check(url, loopback=loopback)
    if strange := [each for each in types if each not in set(EventType)]:
        raise WebhookRefused(
            gettext(
                "There is no event %(name)s, only: %(all)s",
                name=strange[0],
                all=", ".join(EventType),
            ),
            field="types",
        )
    hold(f"webhooks {shop}")
    if len(endpoints_of(shop)) >= MOST:
        raise WebhookRefused(
            gettext("A shop has %(most)s webhooks at most: remove one first", most=MOST)
        )
    secret, key = new_secret(), key_at("WH-", at)
    last = select(func.max(FeedEvent.id)).where(FeedEvent.shop == shop)
    endpoint = WebhookEndpoint(
        key=key,
        shop=shop,
        url=url,
        secret_sealed=keyring().seal(secret.encode(), bound_to=_bound_to(key)),
        types=[str(each) for each in EventType if each in set(types)],
        seen=db.session.scalar(last) or 0,
        added_at=at,
        moved_at=at,
        by=by,
    )
    db.session.add(endpoint)
    audit.note(StaffAct.ADD_WEBHOOK, at=at, by=by and by.id, shop=shop, about=key)
    db.session.flush()
    return endpoint, secret


def endpoints_of(shop: str | None = None) -> Sequence[WebhookEndpoint]:
    """The addresses of a shop, or of all, without those that were removed."""
    found = select(WebhookEndpoint).where(WebhookEndpoint.state != EndpointState.REMOVED)
    if shop is not None:
        found = found.where(WebhookEndpoint.shop == shop)
    return db.session.scalars(found.order_by(WebhookEndpoint.shop, WebhookEndpoint.id)).all()


def endpoint_for_change(key: str) -> WebhookEndpoint | None:
    """The endpoint of this id, locked; None where there is none, or it was removed."""
    found = select(WebhookEndpoint).where(
        WebhookEndpoint.key == key, WebhookEndpoint.state != EndpointState.REMOVED
    )
    return db.session.scalar(found.with_for_update())


def pause(endpoint: WebhookEndpoint, *, at: datetime, by: Reviewer | None = None) -> None:
    """Call it no more until somebody resumes it; nothing is lost meanwhile. Raises EndpointStands."""
    endpoint.move(EndpointAction.PAUSE, at=at, by=by)


def resume(endpoint: WebhookEndpoint, *, at: datetime, by: Reviewer | None = None) -> None:
    """Call it again: first what was given up, then what waits, in order. Raises EndpointStands."""
    endpoint.move(EndpointAction.RESUME, at=at, by=by)
    endpoint.failing_since = endpoint.told_at = None
    given_up = (
        WebhookDelivery.endpoint_id == endpoint.id,
        WebhookDelivery.state == DeliveryState.PARKED,
    )
    anew = update(WebhookDelivery).where(*given_up)
    db.session.execute(
        anew.values(state=DeliveryState.WAITING, attempts=0, ended_at=None),
        execution_options={"synchronize_session": False},
    )
    lining.line_up_anew(endpoint, at=at)


def remove(endpoint: WebhookEndpoint, *, at: datetime, by: Reviewer | None = None) -> None:
    """Call it never again and forget its secret; its log stays for a while. Raises EndpointStands.

    What waits for it is given up, so that it leaves the log as everything does.
    """
    endpoint.move(EndpointAction.REMOVE, at=at, by=by)
    endpoint.secret_sealed = None
    waits = (
        WebhookDelivery.endpoint_id == endpoint.id,
        WebhookDelivery.state == DeliveryState.WAITING,
    )
    given_up = update(WebhookDelivery).where(*waits)
    db.session.execute(
        given_up.values(state=DeliveryState.PARKED, due_at=None, ended_at=at),
        execution_options={"synchronize_session": False},
    )


def send_again(delivery: WebhookDelivery, *, at: datetime) -> None:
    """Send it once more with the same id and bytes, all tries anew; now, whatever stands before it.

    Raises WebhookRefused where its address is not called at present.
    """
    if delivery.endpoint.state is not EndpointState.ACTIVE:
        raise WebhookRefused(gettext("This webhook is stopped: resume it first"))
    delivery.state, delivery.attempts, delivery.ended_at = DeliveryState.WAITING, 0, None
    delivery.due_at = at


def delivery_for_change(endpoint: WebhookEndpoint, event: str) -> WebhookDelivery | None:
    """The delivery of this event's id to the endpoint, locked; None where there is none."""
    found = select(WebhookDelivery).where(
        WebhookDelivery.endpoint_id == endpoint.id, WebhookDelivery.event == event
    )
    return db.session.scalar(found.with_for_update())


def log_of(
    endpoint: WebhookEndpoint, *, before: int | None = None, most: int
) -> Sequence[WebhookDelivery]:
    """What was lined up for it of late, the newest first; ``before`` is a delivery's number."""
    found = select(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint.id)
    if before is not None:
        found = found.where(WebhookDelivery.id < before)
    return db.session.scalars(found.order_by(WebhookDelivery.id.desc()).limit(most)).all()


def given_up_of(endpoints: Sequence[WebhookEndpoint]) -> dict[int, int]:
    """How many deliveries were given up, by the number of their endpoint; those without any are left out."""
    rows = db.session.execute(
        select(WebhookDelivery.endpoint_id, func.count())
        .where(
            WebhookDelivery.endpoint_id.in_([each.id for each in endpoints]),
            WebhookDelivery.state == DeliveryState.PARKED,
        )
        .group_by(WebhookDelivery.endpoint_id)
    )
    return {endpoint: count for endpoint, count in rows}  # noqa: C416


def opened_secret(endpoint: WebhookEndpoint) -> str:
    """The secret that signs its calls. Raises SealError."""
    bound = _bound_to(endpoint.key)
    return keyring().open_sealed(endpoint.secret_sealed or "", bound_to=bound).decode()


def reseal_signing(*, lot: int = 100) -> tuple[int, list[str]]:
    """Seal with the first key what an older one sealed: how many, and which could not be opened."""
    sealed, key = WebhookEndpoint.secret_sealed, WebhookEndpoint.key
    return reseal_column(sealed, key, bound_to=_bound_to, called="webhook", lot=lot)


def _bound_to(key: str) -> str:
    return f"webhook_secret:{key}"


def _check(url: str, *, loopback: bool) -> None:
    """Raise WebhookRefused for what can't be called, or must not be; names are looked up at each call."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST
    if not plain or not host or parts.username or parts.password or parts.fragment:
        raise WebhookRefused(
            gettext("Write an address such as https://shop.example/hooks, without a name or #")
        )
    if loopback and is_loopback(host) and parts.scheme in {"http", "https"}:
        return
    if parts.scheme != "https":
        raise WebhookRefused(gettext("Write an address that begins with https://"))
    if leads_inward(host):
        raise WebhookRefused(
            gettext("This address is of this machine or a private network: it must be public")
        )
