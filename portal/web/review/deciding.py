"""What a reviewer does to a claim: guard, form, one verb, answer."""

from collections.abc import Callable
from datetime import UTC
from functools import wraps
from typing import Any

from flask import Blueprint, abort, flash, url_for
from markupsafe import Markup
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from portal.claims.lifecycle import WAITING, NotAllowed, Status
from portal.claims.models import Claim
from portal.claims.payout.payee import may_change_payee
from portal.claims.payout.second_person import waits_for_second
from portal.claims.queries import claim_for_change
from portal.claims.queue.orders import Cursor
from portal.claims.refusals import (
    AlreadyOpen,
    AmountRefused,
    ClaimHasMoved,
    NeedsReason,
    PaidTooEarly,
    RecordsChanged,
    ReferenceUsed,
    TooLate,
)
from portal.claims.verbs import reviewing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import PayoutStands
from portal.ledger.replacement import ReplacementStands
from portal.payouts import paying
from portal.people.rights import Task
from portal.translation import gettext
from portal.web.frame.clock import now
from portal.web.frame.htmx import elsewhere, go, is_fragment, render
from portal.web.frame.shop import policy_of
from portal.web.guards import staff
from portal.web.review import position
from portal.web.review.claim import claim_to_do, claim_to_read, screen
from portal.web.review.prefills import beside, form_of, refusals, typed, with_typed

bp = Blueprint("deciding", __name__, url_prefix="/review")
bp.before_request(staff.reviewers_only)

PAGE = "review/claim.html"
# What is done with the form of each name, as its press does it, and who may.
VERBS: dict[str, tuple[Task, Callable[[Claim, Any], str]]] = {}
STANDS = (TooLate, AlreadyOpen)  # why what was decided stays as it is, in words of their own


def decision(
    name: str, task: Task = Task.DECIDE
) -> Callable[[Callable[[Claim, Any], str]], Callable[[str], Response]]:
    """Make a view of what is done to a claim with the form of this name; the verb says what was done.

    It is for those who may do the ``task`` in the claim's shop.
    """

    def around(verb: Callable[[Claim, Any], str]) -> Callable[[str], Response]:
        VERBS[name] = task, verb

        @bp.post(f"/<reference>/{name}")
        @wraps(verb)
        def view(reference: str) -> Response:
            claim = claim_to_do(task, reference)
            return act(claim, name, form_of(name, claim, sent=True), verb)

        return view

    return around


@decision("approve")
def approve(claim: Claim, form: Any) -> str:
    """Approve the amount, or the replacement."""
    reviewing.approve(
        claim,
        amount=form.amount.money if "amount" in form else None,
        customer_text=form.text.data or "",
        internal=form.internal.data or "",
        override_reason=form.override.data or "",
        **told_by(form, claim),
    )
    if claim.payout and waits_for_second(claim.payout):
        return gettext(
            "Approved, to be paid. The customer gets an e-mail. Another person, a payer"
            " or a lead, lets it go first."
        )
    return gettext("Approved, to be paid. The customer gets an e-mail.")


@decision("decline")
def decline(claim: Claim, form: Any) -> str:
    """Decline by a clause, in words that the customer reads."""
    reviewing.decline(
        claim,
        clause=form.clause.data,
        customer_text=form.text.data,
        internal=form.internal.data or "",
        override_reason=form.override.data or "",
        **told_by(form, claim),
    )
    return gettext("Declined. The customer gets an e-mail.")


@bp.post("/<reference>/decline/text")
def text(reference: str) -> Response:
    """Fill the customer's text from the chosen clause; what the reviewer wrote stays below it."""
    claim = claim_to_do(Task.DECIDE, reference)
    form = form_of("decline", claim, sent=True)
    letters = refusals(claim)
    if form.clause.data not in letters:
        abort(422)
    own = form.text.data or ""
    for each in letters.values():
        own = own.replace(each, "").strip()
    form.text.data = "\n\n".join(part for part in (letters[form.clause.data], own) if part)
    others = with_typed(claim, typed(claim, but="decline"))
    context = screen(claim, bound=others | {"decline": form}, opened=form.seen.data)
    return render(PAGE, "decline", **context)


@decision("ask")
def ask(claim: Claim, form: Any) -> str:
    """Ask the customer for what is missing; the shop's clock stands still until it comes."""
    reviewing.ask(
        claim, missing=form.missing.data, note=form.note.data or "", **told_by(form, claim)
    )
    if claim.appealed_at:
        return gettext(
            "Asked. The appeal stays open here, and what the customer sends appears in it."
        )
    return gettext("Asked. The claim comes back when the customer answers.")


@decision("paid", Task.PAY)
def paid(claim: Claim, form: Any) -> str:
    """Mark the money as paid, under its reference."""
    paying.mark_paid(
        claim,
        reference=form.reference.data,
        again=form.again.data,
        because=form.because.data or "",
        **told_by(form, claim),
    )
    return gettext("Marked as paid. The customer gets an e-mail.")


@decision("failed", Task.PAY)
def failed(claim: Claim, form: Any) -> str:
    """Mark the payout as failed; the customer can mend the details."""
    paying.mark_failed(claim, reason=form.reason.data, **told_by(form, claim))
    if may_change_payee(claim):
        return gettext(
            "Marked as failed. The customer gets an e-mail and is asked for new details."
        )
    return gettext("Marked as failed. The customer gets an e-mail. Try it again.")


@decision("retry", Task.PAY)
def retry(claim: Claim, form: Any) -> str:
    """Owe once more what failed: by its rail, or by hand."""
    paying.retry(claim, by_hand=form.by_hand.data, **told_by(form, claim))
    return gettext("It is to be paid again.")


@decision("extend")
def extend(claim: Claim, form: Any) -> str:
    """Promise a later payout date."""
    until = form.until.data.replace(tzinfo=UTC)
    paying.extend(claim, until=until, reason=form.reason.data, **told_by(form, claim))
    return gettext("The payout date is extended. The customer gets an e-mail.")


def _who(form: Any) -> dict[str, Any]:
    return {"by": staff.me(), "at": now(), "seen": form.seen.data}


def told_by(form: Any, claim: Claim) -> dict[str, Any]:
    """Who does it, when, of which version of the claim, under which policy: as each verb asks it."""
    return _who(form) | {"policy": policy_of(claim)}


def _with_typed(reference: str, kept: dict[str, Any], *, said: str) -> Response:
    """The claim as it is after a finding, with what was typed in the other parts of the decision."""
    claim = claim_to_read(reference)
    context = screen(claim, bound=with_typed(claim, kept), said=said)
    return elsewhere(render(PAGE, "case", **context), "case")


def act(
    claim: Claim,
    name: str,
    form: Any,
    verb: Callable[[Claim, Any], str],
    *,
    kept: dict[str, Any] | None = None,
) -> Response:
    """Run the verb on the locked claim; else the form again, or the fresh claim.

    A decision goes on to the next claim of the view that this one was opened from, everything else
    back to the claim. ``kept`` is what was typed in the other parts of the decision, which is still
    to be made.
    """
    reference, was, here = claim.reference, claim.status, position.standing(claim)
    if not form.validate():
        return _again(claim, name, form)
    try:
        with transaction():
            locked = claim_for_change(reference)
            if locked is None:
                abort(404)
            said = verb(locked, form)
    except (NeedsReason, ReferenceUsed, AmountRefused, PaidTooEarly) as refused:
        form.refuse(*beside(refused))
    except RecordsChanged as refused:
        form.refuse(*beside(refused))
        _hold(reference)
        held = claim_to_read(reference)
        if held.version == form.seen.data + 1:  # by the hold alone: the form goes on with a reason
            form.seen.data = held.version
        return _again(held, name, form, status=409)
    except (
        ClaimHasMoved,
        StaleDataError,
        NotAllowed,
        PayoutStands,
        ReplacementStands,
        *STANDS,
    ) as refused:
        return _moved(reference, name, form, refused)
    else:
        if kept:
            return _with_typed(reference, kept, said=said)
        return _onward(here, was, reference, said)
    return _again(claim_to_read(reference), name, form)


def _onward(here: Cursor, was: Status, reference: str, said: str) -> Response:
    """To the next claim of the view, with the way back to the decided one; else to the claim itself."""
    there = url_for("reviewer.claim", reference=reference, **position.carried())
    stands = db.session.get_one(Claim, here.id).status
    if position.carried() and stands is not was and stands not in WAITING:
        link = Markup('<a class="mono" href="{}">{}</a> {}').format(there, reference, said)
        flash(link, "success")
        return go(position.onward(here))
    flash(said, "success")
    return go(there)


def _hold(reference: str) -> None:
    """Stop the payout that was refused, in a transaction of its own: the refused one left no trace."""
    with transaction():
        if claim := claim_for_change(reference):
            paying.hold_changed(claim, claim.payouts[-1], at=now(), policy=policy_of(claim))


def _again(claim: Claim, name: str, form: Any, *, status: int = 422) -> Response:
    """The form with what is wrong beside its fields; all that was typed is kept."""
    block = "findings" if name.startswith("findings.") else name
    others = with_typed(claim, typed(claim, but=name))
    context = screen(
        claim,
        bound=others | {name: form},
        opened=form.seen.data,
        form=form,
        tried=name,
        part=is_fragment(),
    )
    return render(PAGE, block, status=status, **context)


def _moved(reference: str, name: str, form: Any, refused: Exception) -> Response:
    """The claim as it is now, with word that nothing was done and what had been typed."""
    db.session.rollback()
    db.session.expire_all()
    claim = claim_to_read(reference)
    others = [
        (form_of(other, claim, sent=False)[field], value)
        for other, values in typed(claim, but=name).items()
        for field, value in values.items()
    ]
    words = [
        (field.label.text, value)
        for field, value in [*((field, field.data) for field in form), *others]
        if field.type in {"StringField", "TextAreaField", "AmountField"} and value
    ]
    why = str(refused) if isinstance(refused, STANDS) else None
    context = screen(claim, moved=True, typed=words, why=why)
    return elsewhere(render(PAGE, "case", status=409, **context), "case")
