"""A message that has just arrived is told by whoever received it: by a call to an address that holds a secret."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.audit import log as audit
from portal.audit.log import StaffAct
from portal.database import UTCDateTime, hold
from portal.events.ulids import key_at
from portal.extensions import Base, db
from portal.records.arriving.foreign import moment, service_named
from portal.records.importer import checked_rows, store_rows
from portal.records.models import Order
from portal.records.storing.owners import Claimed
from portal.translation import gettext

# What the sites of this trade call it, the first that is given.
_ORDER = ("activationId", "activation_id", "order_reference", "id")
_WHEN = ("receivedAt", "received_at", "date")
_ACTIVATION = "activation"
_LONGEST = 80  # characters of a reference


class SmsReceiver(Base):
    """An address at which a shop is told that a message arrived; of its secret only a hash is kept."""

    __tablename__ = "sms_receivers"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(29), unique=True)
    shop: Mapped[str] = mapped_column(String(40))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    zone: Mapped[str] = mapped_column(String(60), default="UTC")  # of times that name none
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class NotTold(ValueError):
    """The call doesn't say which order's message arrived, or when; the message says what is missing."""


def add_receiver(shop: str, *, zone: str, at: datetime) -> tuple[SmsReceiver, str]:
    """Open an address for the shop: the receiver and its secret, told this once.

    ``zone`` is that of times without one. Raises zoneinfo.ZoneInfoNotFoundError or ValueError for
    one that is none.
    """
    secret = secrets.token_urlsafe(32)
    receiver = SmsReceiver(
        key=key_at("SR-", at),
        shop=shop,
        secret_hash=_hash(secret),
        zone=ZoneInfo(zone).key,
        added_at=at,
    )
    db.session.add(receiver)
    audit.note(StaffAct.ADD_RECEIVER, at=at, by=None, shop=shop, about=receiver.key)
    return receiver, secret


def end_receiver(key: str, *, at: datetime) -> bool:
    """Close an address, on the command line; whether one of this key was open."""
    found = receivers(key=key)
    for each in found:
        each.ended_at = at
        audit.note(StaffAct.END_RECEIVER, at=at, by=None, shop=each.shop, about=key)
    return bool(found)


def receivers(*, key: str | None = None) -> list[SmsReceiver]:
    """Those that are open, or the one of this key."""
    found = select(SmsReceiver).where(SmsReceiver.ended_at.is_(None)).order_by(SmsReceiver.id)
    if key is not None:
        found = found.where(SmsReceiver.key == key)
    return list(db.session.scalars(found))


def receiver_of(shop: str, secret: str) -> SmsReceiver | None:
    """The open receiver of the shop that this secret opens, or None."""
    found = select(SmsReceiver).where(
        SmsReceiver.secret_hash == _hash(secret),
        SmsReceiver.shop == shop,
        SmsReceiver.ended_at.is_(None),
    )
    return db.session.scalar(found)


def take_message(
    told: Mapping[str, Any], *, receiver: SmsReceiver, claimed: Claimed, at: datetime
) -> bool:
    """Store that a message arrived, in the caller's transaction; whether it is new.

    Of what was told the order's reference, the time and the service are read, and nothing else: the
    message's text goes no further. It takes the way of every row of the importer, but says nothing of
    how new the records are. Raises NotTold, and FileRefused where the order is not known yet or the
    time can't be so.
    """
    reference = next((str(told[name]) for name in _ORDER if told.get(name)), "")
    if not reference:
        raise NotTold(gettext("name the order: activationId is missing"))
    if len(reference) > _LONGEST or not reference.isprintable():
        raise NotTold(gettext("activationId is no order's reference"))
    hold(f"sms of {receiver.shop} {reference}")
    known = Order.shop == receiver.shop, Order.reference == reference
    kept = Order.__table__.c  # its facts' columns
    order = db.session.execute(select(kept.kind, kept.service).where(*known)).one_or_none()
    service = said if isinstance(said := told.get("service"), str) else ""
    if order and order.kind == _ACTIVATION and order.service:
        # An activation takes messages of its service alone, unless it is told that this is another's.
        service = service_named(service or order.service, ordered=order.service)
    row = {
        "record": "message",
        "order_reference": reference,
        "received_at": _when(told, zone=receiver.zone, at=at).isoformat(),
        "service": service,
    }
    with checked_rows(BytesIO(json.dumps(row).encode()), at=at) as rows:
        counts = store_rows(receiver.shop, rows, at=at, claimed=claimed, alone=True)
    return bool(counts["message"].created)


def _when(told: Mapping[str, Any], *, zone: str, at: datetime) -> datetime:
    """When it arrived: now, where nothing is said; in the receiver's zone, where none is named."""
    given = next((told[name] for name in _WHEN if told.get(name)), None)
    if given is None:
        return at.replace(microsecond=0)
    try:
        when = moment(given, zone=zone)
    except ValueError:
        when = None
    if when is None:
        raise NotTold(gettext("receivedAt is no time such as 2026-03-02T10:00:00Z"))
    return when


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
