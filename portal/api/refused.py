"""A call that was refused is audited: for want of a scope, for what is not its shop's, for want of a token."""

from flask import request

from portal.api.problems import Problem
from portal.api.tokens import Bearer
from portal.audit.bounded import is_enough, note_alone
from portal.audit.log import NO_SHOP, Doer, StaffAct
from portal.config.clock import now

_REFUSED = frozenset({401, 403, 404})


def note_refused_call(refused: Problem, bearer: Bearer | None) -> None:
    """Keep that this call was not let in: the first of its kind by this token in an hour.

    Which call and which token; never what was asked for.
    """
    if refused.status not in _REFUSED:
        return
    whose = bearer.public_id if bearer else ""
    told = f"{refused.status} {request.method} {request.endpoint} {whose}".rstrip()
    if is_enough(StaffAct.RIGHT_REFUSED, told, stranger=False):
        return
    note_alone(
        StaffAct.RIGHT_REFUSED,
        at=now(),
        by=None,
        shop=bearer.shop if bearer else NO_SHOP,
        about=told,
        without=Doer.PROGRAM if bearer else Doer.STRANGER,
    )
