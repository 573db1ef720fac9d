"""What was refused is logged only so often, over all processes: the log itself is what is counted."""

from datetime import datetime, timedelta

import structlog
from limits import RateLimitItemPerHour
from sqlalchemy import func, select

from portal.audit import log as audit
from portal.audit.log import NO_SHOP, AuditEntry, Doer, StaffAct
from portal.database import hold, transaction
from portal.extensions import db, limiter, reading_limiter
from portal.limits import UNAVAILABLE, first_full, full_for_readers, network

HOUR = timedelta(hours=1)
OF_ALL = 60  # entries an hour of all strangers together, and of all programs
PATIENCE = 0.2  # seconds that a refusal waits to be noted while another writes
_ONCE, _ALTOGETHER = [RateLimitItemPerHour(1)], [RateLimitItemPerHour(OF_ALL)]

log = structlog.get_logger(__name__)


def note_seldom(
    act: StaffAct,
    *,
    at: datetime,
    by: int | None,
    about: str,
    without: Doer,
    shop: str = NO_SHOP,
) -> bool:
    """Keep the act in the caller's transaction unless the last hour has enough of it; whether it was kept.

    Of a person and a program the first of its kind, of programs and strangers OF_ALL together. So
    nobody fills a table that is only added to, however many processes they ask.
    """
    hold("refusals")
    role = Doer.STAFF if by is not None else without
    of_role = AuditEntry.at > at - HOUR, AuditEntry.act == act, AuditEntry.role == role
    same = select(AuditEntry.id).where(
        *of_role,
        AuditEntry.who_id == by,
        AuditEntry.about == about[: audit.ABOUT],
        AuditEntry.shop == shop,
    )
    if role is not Doer.STRANGER and db.session.scalar(same.limit(1)) is not None:
        return False
    if by is None:
        count = db.session.scalar(select(func.count()).select_from(AuditEntry).where(*of_role))
        if (count or 0) >= OF_ALL:
            return False
    audit.note(act, at=at, by=by, shop=shop, about=about, without=without)
    return True


def note_held_back(about: str, *, at: datetime) -> None:
    """Keep that the network this comes from tried too often, which is what guessing looks like.

    Once an hour for a network over all processes, whatever it tries; never which network it is. It
    opens a transaction, and waits for no other writer for long.
    """
    db.session.rollback()
    act = StaffAct.HELD_BACK
    if reading_limiter.enabled and (
        full_for_readers(_ONCE, act, network()) or full_for_readers(_ALTOGETHER, act, "strangers")
    ):
        return
    try:
        if limiter.enabled and first_full(limiter.limiter, _ONCE, act, network()):
            return
        with transaction(patience=PATIENCE):
            note_seldom(act, at=at, by=None, about=about, without=Doer.STRANGER)
    except UNAVAILABLE:
        db.session.rollback()
        log.warning("a network that is held back was not noted", about=about)
