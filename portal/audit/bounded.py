"""What was refused is logged only so often, over all processes: the log itself is what is counted."""

from collections.abc import Iterator
from contextlib import contextmanager
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


def is_enough(act: StaffAct, *names: str, stranger: bool) -> bool:
    """Whether the last hour had one such refusal of these names, or OF_ALL of strangers; else it is counted.

    Counted without the database: who tries again and again waits for no writer.
    """
    return reading_limiter.enabled and bool(
        full_for_readers(_ONCE, "refused", act, *names)
        or (stranger and full_for_readers(_ALTOGETHER, "refused", act, "strangers"))
    )


def note_alone(
    act: StaffAct, *, at: datetime, by: int | None, about: str, without: Doer, shop: str = NO_SHOP
) -> None:
    """As ``note_seldom``, in a transaction of its own that waits for no other writer for long."""
    db.session.rollback()
    with _kept_or_told(act, about), transaction(patience=PATIENCE):
        note_seldom(act, at=at, by=by, about=about, without=without, shop=shop)


def note_held_back(about: str, *, at: datetime) -> None:
    """Keep that the network this comes from tried too often, which is what guessing looks like.

    Once an hour for a network over all processes, whatever it tries; never which network it is.
    """
    db.session.rollback()
    act, who = StaffAct.HELD_BACK, network()
    if is_enough(act, who, stranger=True):
        return
    with _kept_or_told(act, about):
        if limiter.enabled and first_full(limiter.limiter, _ONCE, act, who):
            return
        note_alone(act, at=at, by=None, about=about, without=Doer.STRANGER)


@contextmanager
def _kept_or_told(act: StaffAct, about: str) -> Iterator[None]:
    """What can't be kept is in the process's own log."""
    try:
        yield
    except UNAVAILABLE:
        db.session.rollback()
        log.warning("a refusal was not audited", act=act, about=about)
