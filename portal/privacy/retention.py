"""The run by age: what each class has that is too old, listed, or deleted in lots."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import structlog

from portal.audit import log as audit
from portal.audit.log import Doer, StaffAct
from portal.claims.evidence.files import drop
from portal.config.settings import settings
from portal.database import transaction
from portal.extensions import db
from portal.privacy import compacting
from portal.privacy.classes import BY_AGE, DataClass, OldData

log = structlog.get_logger(__name__)

LOT = 100  # rows or claims of one transaction


class TooOld(NamedTuple):
    """What a class has that is too old, by its numbers or references; ``held`` what a legal hold keeps."""

    key: str
    names: list[Any]
    held: list[Any]


def too_old(*, now: datetime) -> Iterator[TooOld]:
    """What a run at this instant takes, class by class, and what it leaves for a hold. Changes nothing."""
    for each, data in BY_AGE:
        before = each.before(settings(), now=now)
        found = TooOld(each.key, data.find(before), data.find(before, held=True))
        db.session.rollback()
        yield found


def run(*, now: datetime, by: Doer) -> Iterator[TooOld]:
    """Delete what is too old, in lots of one transaction each; what was taken, class by class.

    What somebody else has locked is left for the next run. Files go after the commit that forgets
    them: one that is left by a power cut is swept (``claims/evidence/sweeping.py``).
    """
    for each, data in BY_AGE:
        held = data.find(each.before(settings(), now=now), held=True)
        taken: list[Any] = []
        while lot := _delete_lot(each, data, now=now, by=by):
            taken += lot
        yield TooOld(each.key, taken, held)
    compacting.checkpoint(patience=1.0)


def run_due(*, now: datetime) -> int:
    """The worker's run, once a day; how much was deleted."""
    done = {each.key: len(each.names) for each in run(now=now, by=Doer.WORKER) if each.names}
    if done:
        log.info("deleted by age", **done)
    return 0  # it is done for the day, however much there was


def _delete_lot(each: DataClass, data: OldData, *, now: datetime, by: Doer) -> list[Any]:
    before = each.before(settings(), now=now)
    names = data.find(before, limit=LOT)
    db.session.rollback()  # idle looks take no write lock
    if not names:
        return []
    with transaction():
        taken, keys = data.forget(names, before=before, now=now)
        if taken:
            audit.note(
                StaffAct.DELETE_BY_AGE,
                at=now,
                by=None,
                about=f"{each.key} {len(taken)}",
                without=by,
            )
    drop(keys)
    return taken
