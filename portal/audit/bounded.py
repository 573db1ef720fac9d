"""What was refused is logged only so often, over all processes: the log itself is what is counted."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from portal.audit import log
from portal.audit.log import NO_SHOP, AuditEntry, Doer, StaffAct
from portal.database import hold
from portal.extensions import db

HOUR = timedelta(hours=1)
OF_ALL = 60  # entries an hour of all strangers together, and of all programs


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
        AuditEntry.about == about[: log.ABOUT],
        AuditEntry.shop == shop,
    )
    if role is not Doer.STRANGER and db.session.scalar(same.limit(1)) is not None:
        return False
    if by is None:
        count = db.session.scalar(select(func.count()).select_from(AuditEntry).where(*of_role))
        if (count or 0) >= OF_ALL:
            return False
    log.note(act, at=at, by=by, shop=shop, about=about, without=without)
    return True
