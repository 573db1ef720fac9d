"""The column copy of stored decisions, on which a version is tried: kept up to date as decisions come."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from portal.claims.models import Claim, StoredDecision
from portal.columns.writing import Copy, manifest, writing
from portal.config.settings import settings
from portal.extensions import db
from portal.policy.deciding.case import parse
from portal.policy.language.json_values import CaseError

# PostgreSQL may commit a lower id after a higher one: what is so young waits for the next turn.
SETTLED = timedelta(seconds=10)
# Seventy files go to the disk each time, so single decisions wait for others.
EVERY = timedelta(minutes=1)
BATCH = 500


def folder() -> Path:
    """Where the copy is."""
    return settings().columns_folder


def copy_due(*, now: datetime, limit: int = BATCH) -> int:
    """Copy the next stored decisions, where the first of them has waited long enough.

    Returns how many were looked at: 0, too, while another process writes the copy.
    """
    where, source = folder(), _source()
    kept = manifest(where)
    mark = kept.mark if kept.source == source else 0
    waiting = select(StoredDecision.at).where(StoredDecision.id > mark).order_by(StoredDecision.id)
    first = db.session.scalar(waiting.limit(1))
    if first is None or first > now - EVERY:  # idle looks take no lock
        return 0
    with writing(where, source=source, wait=False) as copy:
        return 0 if copy is None else _copy(copy, now=now, limit=limit)


def up_to_date(*, now: datetime, told: Callable[[int], object] | None = None) -> Path:
    """Copy all decisions made until shortly before ``now``; returns where the copy is.

    ``told`` hears after each lot how many were copied.
    """
    where = folder()
    with writing(where, source=_source(), wait=True) as copy:
        while copy is not None and (done := _copy(copy, now=now, limit=BATCH)):
            if told is not None:
                told(done)
    return where


def to_copy() -> int:
    """About how many decisions are not copied yet."""
    kept = manifest(folder())
    mark = kept.mark if kept.source == _source() else 0
    newest: int = db.session.scalar(select(func.max(StoredDecision.id))) or 0
    return max(newest - mark, 0)


def _copy(copy: Copy, *, now: datetime, limit: int) -> int:
    waiting = (
        select(
            StoredDecision.id, StoredDecision.at, StoredDecision.claim_id, StoredDecision.case,
            Claim.shop,
        )
        .join(StoredDecision.claim)
        .where(StoredDecision.id > copy.manifest.mark)
        .order_by(StoredDecision.id)
        .limit(limit)
    )  # fmt: skip
    done, mark = 0, copy.manifest.mark
    latest = {}
    for decision in db.session.execute(waiting):
        if decision.at > now - SETTLED:
            break
        latest[decision.claim_id] = decision
        done, mark = done + 1, decision.id
    for decision in latest.values():
        try:
            case = parse(decision.case)
        except CaseError:  # of before a rule that cases follow now
            copy.leave_out(decision.shop)
        else:
            copy.add(decision.shop, decision.claim_id, case)
    if done:
        copy.keep(mark)
    return done


def _source() -> str:
    """What tells this database's decisions from another's, which may have the same numbers."""
    first = db.session.execute(
        select(StoredDecision.at, Claim.reference)
        .join(StoredDecision.claim)
        .order_by(StoredDecision.id)
        .limit(1)
    ).first()
    return f"{first.reference} {first.at.isoformat()}" if first else ""
