"""The letter beside the text that is written: what the customer gets by this press, and nothing is done."""

from typing import Any

from flask import Blueprint, abort
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from portal.claims.desk.rehearsing import Rehearsed, try_out
from portal.claims.lifecycle import NotAllowed
from portal.claims.models import Claim
from portal.claims.refusals import AmountRefused, ClaimHasMoved, NeedsAnother, NeedsReason
from portal.ledger.payout import PayoutStands
from portal.ledger.replacement import ReplacementStands
from portal.people.rights import Task
from portal.translation import gettext
from portal.versions.refusals import PolicyHasMoved
from portal.web.frame.clock import now
from portal.web.frame.htmx import is_fragment, render
from portal.web.guards import staff
from portal.web.review import position
from portal.web.review.claim import claim_to_do, claim_to_read, screen
from portal.web.review.deciding import PAGE, VERBS
from portal.web.review.prefills import form_of, typed, with_typed

bp = Blueprint("letters", __name__, url_prefix="/review")
bp.before_request(staff.reviewers_only)

PARTS = ("approve", "decline", "ask")
_MOVED = (ClaimHasMoved, StaleDataError, NotAllowed, PayoutStands, ReplacementStands)
_REFUSED = (NeedsReason, AmountRefused, NeedsAnother, PolicyHasMoved)


@bp.post("/<reference>/letter/<part>")
def show(reference: str, part: str) -> Response:
    """The letter that this part of the decision would send as it is typed; else why none would."""
    claim = claim_to_do(Task.DECIDE, reference)
    if part not in PARTS:
        abort(404)
    form = form_of(part, claim, sent=True)
    others = with_typed(claim, typed(claim, but=part))
    letter = _rehearsed(claim.reference, part, form)
    claim = claim_to_read(reference)
    if is_fragment():
        carried = position.carried()
        return render(
            "desk/writing/letter.html", claim=claim, part=part, letter=letter, carried=carried
        )
    for field in form:
        field.errors = []  # they are told in the letter's place: nothing was sent
    context = screen(claim, bound=others | {part: form}, opened=form.seen.data, letters={part: letter})  # fmt: skip
    return render(PAGE, **context)


def _rehearsed(reference: str, part: str, form: Any) -> Rehearsed:
    if not form.validate():
        wrong = [str(error) for field in form for error in field.errors]
        return Rehearsed(why=". ".join(wrong))
    typed_reason = form.override.data if "override" in form else None
    if "override" in form:
        # Why it is decided otherwise is in no letter: the press asks for it.
        form.override.data = typed_reason or "-"

    def press(claim: Claim) -> None:
        VERBS[part](claim, form)

    try:
        return try_out(reference, press, at=now())
    except _MOVED:
        return Rehearsed(why=gettext("This claim changed while you were looking"))
    except _REFUSED as refused:
        return Rehearsed(why=str(refused))
    finally:
        if "override" in form:
            form.override.data = typed_reason
