"""The letter beside the text that is written: what the customer gets by this press, and nothing is done."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort
from werkzeug.wrappers import Response

from portal.claims.desk.rehearsing import Rehearsed, try_out
from portal.claims.desk.together import HAS_MOVED
from portal.claims.models import Claim
from portal.claims.refusals import (
    AlreadyOpen,
    AmountRefused,
    NeedsAnother,
    NeedsReason,
    PaidTooEarly,
    RecordsChanged,
    ReferenceUsed,
    TooLate,
)
from portal.translation import gettext
from portal.versions.refusals import PolicyHasMoved
from portal.web.desk import access, identity
from portal.web.frame.htmx import is_fragment, render
from portal.web.frame.shop import policy_of
from portal.web.guards import staff
from portal.web.review import position
from portal.web.review.answers import asked
from portal.web.review.claim import claim_to_do, claim_to_read, screen
from portal.web.review.deciding import PAGE, VERBS
from portal.web.review.finding import answered, asked_for
from portal.web.review.forms import AnswerForm
from portal.web.review.prefills import form_of, typed, with_typed

bp = Blueprint("letters", __name__, url_prefix="/review")
bp.before_request(staff.reviewers_only)

# The presses of a claim's page that write to its customer; the answers to findings do as well.
PARTS = (
    "approve",
    "decline",
    "ask",
    "paid",
    "failed",
    "extend",
    "reopen",
    "reverse",
    "reference",
)
# And those that have a page of their own: what draws it.
PAGES = {"access": access, "identity": identity}
_REFUSED = (
    NeedsReason,
    AmountRefused,
    NeedsAnother,
    PolicyHasMoved,
    ReferenceUsed,
    RecordsChanged,
    PaidTooEarly,
    TooLate,
    AlreadyOpen,
)


@bp.post("/<reference>/letter/<part>")
def show(reference: str, part: str) -> Response:
    """The letter that this press would send with what is typed; else why none would."""
    finding, _, answer = part.partition("-")
    if answer:
        return _of_answer(reference, finding, answer)
    if part in PAGES:
        page = PAGES[part]
        form, press = page.asking(reference)
        letters = {part: _rehearsed(reference.upper(), form, press)}
        return (
            _alone(reference, letters, part)
            if is_fragment()
            else page.drawn(reference, form, letters=letters)
        )
    if part not in PARTS:
        abort(404)
    task, verb = VERBS[part]
    claim = claim_to_do(task, reference)
    form = form_of(part, claim, sent=True)
    others = with_typed(claim, typed(claim, but=part))
    letter = _rehearsed(claim.reference, form, lambda claim: verb(claim, form))
    return _beside(reference, form, {part: letter}, region=part, bound=others | {part: form})


def _of_answer(reference: str, finding: str, answer: str) -> Response:
    """The letter of a finding and its decision in one press, with the words of the decision's own part."""
    claim, verb = asked_for(reference, finding), answered(finding, answer)
    (found,) = asked(claim, [f"findings.{finding}"], policy=policy_of(claim))
    promised = {each.value: each.promised for each in found.answers}
    form = AnswerForm(prefix=f"{finding}-")
    form.promised.data = promised.get(answer) or abort(404)
    others = with_typed(claim, typed(claim, but=""))
    letter = _rehearsed(claim.reference, form, lambda claim: verb(claim, form))
    letters = {f"{finding}-{answer}": letter}
    return _beside(reference, form, letters, region=finding, bound=others, presses=found.presses)


def _beside(
    reference: str,
    form: Any,
    letters: dict[str, Rehearsed],
    *,
    region: str,
    bound: dict[str, Any],
    presses: list[tuple[str, str]] | None = None,
) -> Response:
    """The letter where it was asked for; without scripts within the whole page, with all that was typed."""
    if is_fragment():
        return _alone(reference, letters, region, presses)
    claim = claim_to_read(reference)
    return render(PAGE, **screen(claim, bound=bound, opened=form.seen.data, letters=letters))


def _alone(
    reference: str,
    letters: dict[str, Rehearsed],
    region: str,
    presses: list[tuple[str, str]] | None = None,
) -> Response:
    return render(
        "desk/writing/letter.html",
        claim=claim_to_read(reference),
        region=region,
        presses=presses,
        letters=letters,
        carried=position.carried(),
    )


def _rehearsed(reference: str, form: Any, press: Callable[[Claim], object]) -> Rehearsed:
    """The letter, or why none would leave: then nothing is told beside the fields, since nothing was sent."""
    if not form.validate():
        wrong = [str(error) for field in form for error in field.errors]
        for field in form:
            field.errors = []
        return Rehearsed(why=". ".join(wrong))
    typed_reason = form.override.data if "override" in form else None
    if "override" in form:
        # Why it is decided otherwise is in no letter: the press asks for it.
        form.override.data = typed_reason or "-"
    try:
        return try_out(reference, press)
    except HAS_MOVED:
        return Rehearsed(why=gettext("This claim changed while you were looking"))
    except _REFUSED as refused:
        return Rehearsed(why=str(refused))
    finally:
        if "override" in form:
            form.override.data = typed_reason
