"""A restored copy is let go on: what may have left meanwhile is looked up, held or parked, and never done twice.

What another did after the backup can't be read here. A payout of a rail that pays by itself is asked
for by its key; one that goes by hand is held, until a person writes that it goes on; mails and
webhooks that waited are parked, and can be sent again one by one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from portal import epoch
from portal.audit import log as audit
from portal.audit.log import StaffAct
from portal.claims.models import Claim
from portal.claims.queries import payout_for_change
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import UNDER_WAY, FailedKind, Payout, PayoutState
from portal.ledger.rails import BY_ITSELF
from portal.ledger.runs import PayoutRun
from portal.mail import delivery
from portal.mail.models import MailState, OutboxMail
from portal.payouts import sending
from portal.payouts.paying import hold_told
from portal.policy.deciding.document import Policy
from portal.translation import gettext, lazy_gettext as _
from portal.webhooks import lining
from portal.webhooks.models import DeliveryState, WebhookDelivery

_AGAIN = and_(Payout.state == PayoutState.FAILED, Payout.failed_kind == FailedKind.WAIT)
_DUE = or_(Payout.state == PayoutState.DUE, _AGAIN)
_AUTOMATIC = Payout.rail.in_(BY_ITSELF)
_BY_HAND = and_(~_AUTOMATIC, Payout.state.in_((PayoutState.DUE, PayoutState.HELD)))
_RELEASING = and_(
    PayoutRun.released_at.is_not(None), PayoutRun.sha256.is_(None), PayoutRun.discarded_at.is_(None)
)


@dataclass(frozen=True, slots=True)
class Waits:
    """What waits to leave: of one kind so many, the oldest of then (UTC)."""

    name: str
    count: int
    since: datetime


@dataclass(frozen=True, slots=True)
class CameOf:
    """What became of what waited, a number each."""

    paid: int
    never_arrived: int
    not_known: int
    held: int
    mails: int
    webhooks: int


def waits() -> Iterator[Waits]:
    """What waits to leave this database, each kind of which there is something."""
    on_the_way = Payout.state.in_(UNDER_WAY)
    asked: tuple[tuple[object, Select[Any, Any]], ...] = (
        (_("payouts under way, or not known"), _counted(Payout.sent_at, on_the_way)),
        (_("payouts due, by a rail that pays by itself"), _counted(Payout.approved_at, _DUE, _AUTOMATIC)),
        (_("payouts due, by hand or file"), _counted(Payout.approved_at, _BY_HAND)),
        (_("released runs whose file is not written"), _counted(PayoutRun.released_at, _RELEASING)),
        (_("mails"), _counted(OutboxMail.created_at, OutboxMail.state == MailState.WAITING)),
        (_("calls of webhooks"), _counted(WebhookDelivery.lined_at, WebhookDelivery.state == DeliveryState.WAITING)),
    )  # fmt: skip
    for name, found in asked:
        count, since = db.session.execute(found).one()
        if count and since:
            yield Waits(str(name), count, since)
    db.session.rollback()


def settle(*, policies: Mapping[str, Policy], at: datetime) -> CameOf:
    """Look up, hold and park what may have left before; nothing leaves by it. Broken off, it is begun again."""
    since = epoch.apart_since() or at
    doubted = _doubt(since=since, at=at)
    held = _hold(since=since, at=at)
    while sending.look_up_due(policies=policies, now=at):
        pass
    told = gettext("It may have left before this copy of the portal was restored.")
    states = select(Payout.state, Claim.reference).join(Claim).where(Payout.id.in_(doubted))
    found = [(state, reference) for state, reference in db.session.execute(states)]
    paid = [reference for state, reference in found if state is PayoutState.PAID]
    db.session.rollback()
    mails = delivery.park_about(paid, since=at, reason=told)
    while some := delivery.park_older(since, reason=told):
        mails += some
    return CameOf(
        paid=len(paid),
        never_arrived=sum(state is PayoutState.DUE for state, _reference in found),
        not_known=sum(state in UNDER_WAY for state, _reference in found),
        held=held,
        mails=mails,
        webhooks=lining.park_older(since, reason=told, at=at),
    )


def let_go_on(*, at: datetime) -> None:
    """It is no copy any more: from here on it mails, pays and calls, and the log says so."""
    with transaction():
        audit.note(StaffAct.RECONCILE_COPY, at=at, by=None)
        db.session.flush()
        epoch.begin_anew(at=at)


def _counted(since: Any, *those: ColumnElement[bool]) -> Select[Any, Any]:
    return select(func.count(), func.min(since)).where(*those)


def _doubt(*, since: datetime, at: datetime) -> list[int]:
    """What pays by itself is looked up by its key before it is sent; which payouts those are."""
    before = Payout.approved_at <= since
    under_way = and_(Payout.state.in_(UNDER_WAY), Payout.next_try_at.is_not(None))
    ids = list(
        db.session.scalars(select(Payout.id).where(_AUTOMATIC, before, or_(_DUE, under_way)))
    )
    db.session.rollback()
    for number in ids:
        with transaction():
            if found := payout_for_change(number):
                sending.doubt(found[1], at=at)
    return ids


def _hold(*, since: datetime, at: datetime) -> int:
    """What goes by hand waits for a person, who looks into the bank's statements; how many are held anew."""
    why = gettext(
        "It may have been paid before %(time)s, when this copy of the portal was restored: look at"
        " the account that it is paid from.",
        time=f"{since:%Y-%m-%d %H:%M}Z",
    )
    ids = list(db.session.scalars(select(Payout.id).where(_BY_HAND, Payout.approved_at <= since)))
    db.session.rollback()
    count = 0
    for number in ids:
        with transaction():
            if found := payout_for_change(number):
                before = len(found[1].held)
                hold_told(*found, why, at=at)
                count += len(found[1].held) > before
    return count
