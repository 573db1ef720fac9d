"""A call that was refused is audited: for want of a scope, for what is not its shop's, for want of a token."""

import structlog
from flask import request
from limits import RateLimitItemPerHour
from sqlalchemy.exc import OperationalError

from portal.api.problems import Problem
from portal.api.tokens import Bearer
from portal.audit.bounded import note_seldom
from portal.audit.log import NO_SHOP, Doer, StaffAct
from portal.config.clock import now
from portal.database import transaction
from portal.extensions import db, reading_limiter
from portal.limits import full_for_readers

log = structlog.get_logger(__name__)

_ONCE = [RateLimitItemPerHour(1)]
_REFUSED = frozenset({401, 403, 404})
PATIENCE = 0.2  # seconds that a refused call waits for another writer


def note_refused_call(refused: Problem, bearer: Bearer | None) -> None:
    """Keep that this call was not let in: the first of its kind by this token in an hour.

    Which call and which token; never what was asked for. It waits for no other writer for long: what
    can't be kept is in the process's own log.
    """
    if refused.status not in _REFUSED:
        return
    whose = bearer.public_id if bearer else ""
    told = f"{refused.status} {request.method} {request.endpoint} {whose}".rstrip()
    if reading_limiter.enabled and full_for_readers(_ONCE, "refused call", told) is not None:
        return
    db.session.rollback()
    try:
        with transaction(patience=PATIENCE):
            note_seldom(
                StaffAct.RIGHT_REFUSED,
                at=now(),
                by=None,
                shop=bearer.shop if bearer else NO_SHOP,
                about=told,
                without=Doer.PROGRAM if bearer else Doer.STRANGER,
            )
    except OperationalError:
        db.session.rollback()
        log.warning("a refused call was not audited", about=told)
