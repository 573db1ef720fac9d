"""A copy of all of a customer's data is given once for each code that they entered."""

from datetime import datetime

from sqlalchemy import Select, select

from portal.claims.verbs.codes import OneTimeCode
from portal.database import hold
from portal.email_addresses import mailbox
from portal.extensions import db


def may_copy(address: str, *, since: datetime) -> bool:
    """Whether a code that was sent to the address was entered since then and gave no copy yet."""
    return db.session.scalar(_good(address, since).with_only_columns(OneTimeCode.id)) is not None


def spend_code(address: str, *, since: datetime, at: datetime) -> bool:
    """Give a copy for the newest such code, within the caller's transaction; False where there is none."""
    hold(f"copy of {mailbox(address)}")
    code = db.session.scalar(_good(address, since))
    if code is None:
        return False
    code.copied_at = at
    return True


def _good(address: str, since: datetime) -> Select[OneTimeCode]:
    return (
        select(OneTimeCode)
        .where(
            OneTimeCode.address == mailbox(address),
            OneTimeCode.used_at >= since,
            OneTimeCode.copied_at.is_(None),
        )
        .order_by(OneTimeCode.used_at.desc(), OneTimeCode.id.desc())
        .limit(1)
    )
