"""The chain of the audit log: each link's digest holds its entry and the digest before it.

The worker links what was added, in the order in which it finds it; so no act waits for another's. Each
head it signs with a key of the portal's, outside of the database (``portal/audit/heads.py``): who may
change every table can make the chain anew, and still not what was signed before.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.audit.append_only import refuse_changes
from portal.audit.log import AuditEntry
from portal.database import transaction, try_hold
from portal.extensions import Base, db

AT_ONCE = 1_000  # entries
OVERTAKEN = 10_000  # ids by which an entry may be committed after a later one
BEGINNING = "0" * 64  # the digest before the first


class AuditLink(Base):
    """An entry's place in the chain, from 1 on without a gap, and the digest up to there: 64 hex digits."""

    __tablename__ = "audit_links"

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    # No foreign key: that an entry is gone is for the chain to tell.
    entry_id: Mapped[int] = mapped_column(unique=True)
    digest: Mapped[str] = mapped_column(String(64))


def link_due(*, now: datetime) -> int:  # noqa: ARG001 - a link is of no time of its own
    """Link up to AT_ONCE entries that are in the log and not in the chain; how many."""
    if not _waiting(1):  # idle looks take no write lock
        return 0
    with transaction():
        if not try_hold("audit chain"):
            return 0
        last = end()
        position, digest = (last.position, last.digest) if last else (0, BEGINNING)
        count = 0
        for count, entry in enumerate(_waiting(AT_ONCE), start=1):
            digest = digest_of(entry, position + count, digest)
            db.session.add(AuditLink(position=position + count, entry_id=entry.id, digest=digest))
    return count


def _waiting(limit: int) -> Sequence[AuditEntry]:
    """The oldest entries that are in no chain."""
    found = not_linked(AuditEntry).order_by(AuditEntry.id).limit(limit)
    return db.session.scalars(found).all()


def not_linked(*what: Any) -> Select[*tuple[Any, ...]]:
    """Select this of the entries that are in no chain, as far as one may be committed late."""
    newest = select(func.coalesce(func.max(AuditLink.entry_id), 0)).scalar_subquery()
    linked = select(AuditLink.position).where(AuditLink.entry_id == AuditEntry.id)
    return select(*what).where(AuditEntry.id > newest - OVERTAKEN, ~linked.exists())


def end() -> AuditLink | None:
    """The last link; None where nothing is linked."""
    return db.session.scalar(select(AuditLink).order_by(AuditLink.position.desc()).limit(1))


def digest_of(entry: AuditEntry, position: int, before: str) -> str:
    """The digest of an entry at its place, behind the digest ``before``: SHA-256, 64 hex digits."""
    said = [
        before,
        position,
        entry.id,
        entry.at.isoformat(),
        *(entry.act, entry.role, entry.who_id, entry.shop, entry.claim),
        *(entry.whom_id, entry.about, entry.became),
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def links(*, start: int = 1) -> Iterator[tuple[AuditLink, AuditEntry | None]]:
    """Each link from a place on with its entry, None where the log has it no more."""
    while True:
        found = db.session.execute(
            select(AuditLink, AuditEntry)
            .outerjoin(AuditEntry, AuditEntry.id == AuditLink.entry_id)
            .where(AuditLink.position >= start)
            .order_by(AuditLink.position)
            .limit(AT_ONCE)
        ).all()
        yield from found
        if len(found) < AT_ONCE:
            return
        start = found[-1][0].position + 1


# The database itself refuses what would unsay a link.
refuse_changes(
    AuditLink.__table__,  # type: ignore[arg-type]  # Base says FromClause
    function="audit_links_only_added_to",
    said="the chain of the audit log is only added to",
)
