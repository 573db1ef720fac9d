"""The run by age: what each class has that is too old, listed, or deleted in lots."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import structlog
from sqlalchemy.exc import OperationalError

from portal.audit import log as audit
from portal.audit.log import Doer, StaffAct
from portal.claims.evidence.storage.chosen import drop
from portal.config.settings import settings
from portal.database import transaction
from portal.extensions import db
from portal.privacy import compacting
from portal.privacy.classes import BY_AGE, DataClass, OldData

log = structlog.get_logger(__name__)

LOT = 100  # rows or claims of one transaction


class TooOld(NamedTuple):
    """What a class has that is too old, by its numbers or references; ``held`` what a legal hold keeps.

    ``failed`` is what could not be deleted, and the kind of error that it was: a row's name, or None
    where the class could not even be looked through.
    """

    key: str
    names: list[Any]
    held: list[Any]
    failed: dict[Any, str]


def too_old(*, now: datetime) -> Iterator[TooOld]:
    """What a run at this instant takes, class by class, and what it leaves for a hold. Changes nothing."""
    for each, data in BY_AGE:
        before = each.before(settings(), now=now)
        found = TooOld(each.key, data.find(before), data.find(before, held=True), {})
        db.session.rollback()
        yield found


def run(*, now: datetime, by: Doer, lot: int = LOT) -> Iterator[TooOld]:
    """Delete what is too old, in lots of one transaction each; what was taken, class by class.

    What somebody else has locked is left for the next run; what fails is named, and the rest goes all
    the same. Files go after the commit that forgets them: one that is left by a power cut is swept
    (``claims/evidence/sweeping.py``). ``lot`` is how many rows or claims go in one transaction.
    """
    for each, data in BY_AGE:
        found = TooOld(each.key, [], [], {})
        try:
            found.held.extend(data.find(each.before(settings(), now=now), held=True))
            while _delete_lot(each, data, found, lot, now=now, by=by):
                pass
        except Exception as error:  # a class that can't be looked through stops no other
            log.exception("not deleted by age", data=found.key)
            db.session.rollback()
            found.failed[None] = type(error).__name__
        yield found
    compacting.checkpoint(patience=1.0)


def run_due(*, now: datetime) -> int:
    """The worker's run, once a day; how much was deleted."""
    done = {each.key: len(each.names) for each in run(now=now, by=Doer.WORKER) if each.names}
    if done:
        log.info("deleted by age", **done)
    return 0  # it is done for the day, however much there was


def _delete_lot(
    each: DataClass, data: OldData, found: TooOld, lot: int, *, now: datetime, by: Doer
) -> bool:
    """Delete up to so many that have not failed; where that fails, one by one. Whether it got any further.

    Raises OperationalError where the database is busy or gone: then no other row would fare better.
    """
    before = each.before(settings(), now=now)
    names = data.find(before, limit=lot + len(found.failed))
    db.session.rollback()  # idle looks take no write lock
    names = [name for name in names if name not in found.failed]
    begun = len(found.names) + len(found.failed)
    if not names:
        return False
    try:
        _delete(data, names, found, before=before, now=now, by=by)
    except OperationalError:
        raise
    except Exception:
        log.warning("a lot is gone through one by one", data=found.key, exc_info=True)
        for name in names:
            try:
                _delete(data, [name], found, before=before, now=now, by=by)
            except OperationalError:
                raise
            except Exception as error:
                log.exception("not deleted by age", data=found.key, name=name)
                found.failed[name] = type(error).__name__
    return len(found.names) + len(found.failed) > begun


def _delete(
    data: OldData, names: list[Any], found: TooOld, *, before: datetime, now: datetime, by: Doer
) -> None:
    with transaction():
        taken, keys = data.forget(names, before=before, now=now)
        if taken:
            told = f"{found.key} {len(taken)}"
            audit.note(StaffAct.DELETE_BY_AGE, at=now, by=None, about=told, without=by)
    found.names.extend(taken)
    drop(keys)
