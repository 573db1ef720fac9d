"""Delete pictures as they were before parts of them were blacked out, once their time is over."""

from datetime import datetime

import structlog
from sqlalchemy import exists, select

from portal.claims.evidence.storage.chosen import storage
from portal.claims.history import LegalHold
from portal.claims.lifecycle import Action, Actor
from portal.claims.models import Claim, Evidence
from portal.database import transaction
from portal.extensions import db

log = structlog.get_logger(__name__)


def forget_originals_due(*, now: datetime, limit: int = 50) -> int:
    """Delete the originals whose time is over, and their bytes; returns of how many claims.

    A legal hold keeps them. What the disk or the bucket doesn't let go of is logged, holds up no other claim's, and is tried again.
    """
    held = exists().where(LegalHold.claim_id == Evidence.claim_id)
    due = select(Evidence.claim_id).where(Evidence.originals_until <= now, ~held)
    numbers = list(db.session.scalars(due.distinct().limit(limit)))
    db.session.rollback()  # idle looks take no write lock
    done = 0
    for number in numbers:
        try:
            forget_originals(number, now=now, wait=False)
            done += 1
        except OSError:
            log.exception("original not deleted", claim=number)
    return done


def forget_originals(number: int, *, now: datetime, wait: bool = True) -> None:
    """Delete what is due of the claim with this id, once, whoever else is at it.

    The bytes go first, under the claim's lock; who doesn't ``wait`` for it leaves all to its holder. Where it
    ends there, the rows still name them, and the next turn deletes what is left. What was due at once is
    told of by what made it so. A legal hold keeps all,
    whoever made it due.
    """
    held = exists().where(LegalHold.claim_id == Claim.id)
    with transaction():
        one = select(Claim).where(Claim.id == number, ~held).with_for_update(skip_locked=not wait)
        claim = db.session.scalar(one)
        for file in claim.evidence if claim else ():
            due = [each for each in file.originals if _until(each) <= now]
            if not due:
                continue
            for each in due:
                storage().delete(str(each["key"]))
            file.originals = [each for each in file.originals if each not in due]
            file.originals_until = min(map(_until, file.originals), default=None)
            if any(each["told"] for each in due):
                file.claim.move(
                    Action.FORGET_ORIGINAL, role=Actor.POLICY, at=now, data={"file": file.filename}
                )


def _until(original: dict[str, str]) -> datetime:
    return datetime.fromisoformat(original["until"])
