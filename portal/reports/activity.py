"""Who did what and when: the audit log, the newest first, of the shops that somebody reads of."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased

from portal.audit.log import AuditEntry
from portal.extensions import db
from portal.people.reviewers import Reviewer
from portal.people.rights import EVERY_SHOP, HeldRight, Shops


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which acts are asked for, of ``since`` to before ``until`` (UTC); what is None asks for nothing."""

    shops: Shops
    since: datetime
    until: datetime
    person: int | None = None  # their id
    act: str | None = None


class ActivityLine(NamedTuple):
    """One act; ``person`` is None where no colleague did it, ``claim`` where it is about none.

    ``shop`` is EVERY_SHOP for what is of none or of each; ``whom`` is the colleague whom it was done to.
    """

    id: int
    at: datetime
    act: str
    role: str
    shop: str
    claim: str | None
    about: str
    became: str | None
    person: str | None
    whom: str | None


_whom = aliased(Reviewer)
_ACTS = (
    select(
        AuditEntry.id, AuditEntry.at, AuditEntry.act, AuditEntry.role, AuditEntry.shop,
        AuditEntry.claim, AuditEntry.about, AuditEntry.became, Reviewer.name, _whom.name,
    )
    .outerjoin(Reviewer, Reviewer.id == AuditEntry.who_id)
    .outerjoin(_whom, _whom.id == AuditEntry.whom_id)
    .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
)  # fmt: skip


def acts(wanted: Wanted, *, most: int, before: int | None = None) -> list[ActivityLine]:
    """At most so many acts, the newest first, those before the one with the id ``before``; one statement.

    What is of no shop is told to who reads of every shop.
    """
    found = _ACTS.where(
        wanted.shops.among(AuditEntry.shop),
        AuditEntry.at >= wanted.since,
        AuditEntry.at < wanted.until,
    )
    if wanted.person is not None:
        found = found.where(AuditEntry.who_id == wanted.person)
    if wanted.act is not None:
        found = found.where(AuditEntry.act == wanted.act)
    if before is not None:
        last = aliased(AuditEntry)
        then = select(last.at).where(last.id == before).scalar_subquery()
        same = and_(AuditEntry.at == then, AuditEntry.id < before)
        found = found.where(AuditEntry.at <= then, or_(AuditEntry.at < then, same))
    return [ActivityLine._make(row) for row in db.session.execute(found.limit(most))]


def people(shops: Shops) -> dict[int, str]:
    """Who works in these shops, by name: nobody of another is told."""
    here = or_(shops.among(HeldRight.shop), HeldRight.shop == EVERY_SHOP)
    named = select(Reviewer.id, Reviewer.name).join(Reviewer.held).where(here).distinct()
    rows = db.session.execute(named.order_by(Reviewer.name, Reviewer.id))
    return {row.id: row.name for row in rows}
