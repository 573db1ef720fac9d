"""What the owner of a claim does to it, after entering a code."""

from typing import Any

from flask import Blueprint, Response, abort, flash, request, url_for

from portal.claims import answering
from portal.claims.answering import forget, keep, kept
from portal.claims.decisions.requirements import (
    DESCRIPTION,
    FILES,
    PAYEE,
    least_description,
    still_missing,
)
from portal.claims.evidence.files import MOST
from portal.claims.lifecycle import Action, Actor, Status, actions_open_to
from portal.claims.models import Claim
from portal.claims.payout.payee import may_change_payee, name_payee
from portal.claims.queries import claim_for_change
from portal.claims.refusals import AppealRefused, Incomplete
from portal.claims.verbs import filing, mending
from portal.database import transaction
from portal.translation import gettext
from portal.web.customer.claim import may_appeal, note_of, page_of
from portal.web.customer.evidence import rows, waiting
from portal.web.customer.forms import AppealForm, PlainForm
from portal.web.customer.journey import outlook_of, typed
from portal.web.customer.payee import chosen_method, payee_page, read_payee, ways_of
from portal.web.customer.questions import QUESTIONS, Questions, answers_of, questions_form
from portal.web.frame.clock import now
from portal.web.frame.fields import only_language
from portal.web.frame.htmx import go, unchanged
from portal.web.frame.shop import masthead, policy_of
from portal.web.guards.access import check_link, opened, status_url, was_unlocked
from portal.web.guards.limits import limited

bp = Blueprint("changing", __name__, url_prefix="/claims/<reference>/<token>")


@bp.route("/answer", methods=["GET", "POST"])
def answer(reference: str, token: str) -> Response:
    """Exactly what is missing, and nothing else."""
    _keep_late(reference, token, "answer")
    claim = _asked(reference, token)
    policy = policy_of(claim)
    asked = [path for path in claim.missing if path in QUESTIONS]
    if not asked:
        return go(_page_for(still_missing(claim) or [FILES], reference, token))
    needs = _needs(claim, asked)
    currency = policy.shop.currency
    typed_before = kept(claim, page="answer")
    form = questions_form(asked, claim=claim, currency=currency, needs=needs, typed=typed_before)
    if form.is_submitted() and _said_enough(form, claim):
        try:
            with transaction():
                claim = _asked(reference, token, lock=True)
                _supply(claim, answers_of(form), asked)
                forget(claim, page="answer")
                left = filing.give(claim, policy=policy, at=now())
            return go(_page_for(left, reference, token))
        except Incomplete as refused:
            claim = _asked(reference, token)
            form.refuse(
                refused.fields, gettext("The policy still asks for this. Say it in more detail")
            )
    return page_of(
        "answer", claim, token, form=form, note=note_of(claim), currency=policy.shop.currency
    )


@bp.route("/files", methods=["GET", "POST"])
def files(reference: str, token: str) -> Response:
    """Add files; where they were asked for, the same page sends what was missing."""
    claim = opened(reference, token)
    asked = claim.status is Status.NEEDS_INFORMATION
    if Action.ADD_EVIDENCE not in actions_open_to(claim.status, Actor.CUSTOMER):
        return go(status_url(reference))
    problem = None
    if asked and PlainForm().validate_on_submit():
        if FILES not in still_missing(claim):
            with transaction():
                claim = _asked(reference, token, lock=True)
                left = filing.give(claim, policy=policy_of(claim), at=now())
            return go(_page_for(left, reference, token))
        problem = gettext("Add at least one file, then send it")
    return page_of(
        "files",
        claim,
        token,
        status=422 if problem else None,
        problem=problem,
        asked=asked,
        needed=asked and FILES in claim.missing,
        rows=rows(claim),
        waiting=waiting(claim),
        most=MOST,
        to="files",
    )


@bp.route("/payout", methods=["GET", "POST"])
def payout(reference: str, token: str) -> Response:
    """How the money should come: asked for, changed, or after a payment that came back."""
    claim = _payable(reference, token)
    form = chosen_method(claim)
    if form.validate_on_submit():
        return go(
            url_for(".payout_details", reference=reference, token=token, method=form.method.data)
        )
    return page_of("payout", claim, token, form=form, **ways_of(claim))


@bp.route("/payout/<method>", methods=["GET", "POST"])
@limited("60 per hour")  # a change is told to the addresses that it names
def payout_details(reference: str, token: str, method: str) -> Response:
    """The details of one method."""
    claim = _payable(reference, token)
    details, form = read_payee(claim, method)
    if details is None:
        return payee_page(
            form,
            method=method,
            shop=masthead(policy_of(claim)),
            back=url_for(".payout", reference=reference, token=token),
            here=url_for(".payout_details", reference=reference, token=token, method=method),
            kicker=gettext("Claim %(reference)s", reference=claim.reference),
        )
    with transaction():
        claim = _payable(reference, token, lock=True)
        if may_change_payee(claim) and not _wants_payee(claim):
            mending.change_payee(claim, details=details, policy=policy_of(claim), at=now())
            flash(gettext("Saved. We wrote you an e-mail about the change."), "success")
            return go(status_url(reference))
        name_payee(claim, details=details)
        payee = [path for path in claim.missing if path.startswith(PAYEE)]
        filing.supply(claim, paths=payee, policy=policy_of(claim), at=now())
        left = filing.give(claim, policy=policy_of(claim), at=now())
    return go(_page_for(left, reference, token))


@bp.route("/withdraw", methods=["GET", "POST"])
def withdraw(reference: str, token: str) -> Response:
    """Cancel the claim, after one more look."""
    claim = opened(reference, token)
    if Action.WITHDRAW not in actions_open_to(claim.status, Actor.CUSTOMER):
        return go(status_url(reference))
    if PlainForm().validate_on_submit():
        with transaction():
            claim = opened(reference, token, lock=True)
            filing.withdraw(claim, policy=policy_of(claim), at=now())
        flash(gettext("You cancelled your claim. We wrote you an e-mail about it."), "success")
        return go(status_url(reference))
    return page_of("withdraw", claim, token)


@bp.get("/appeal")
def appeal(reference: str, token: str) -> Response:
    """The files that are new; what they show is said on the next page."""
    claim = _appealable(reference, token)
    return page_of(
        "appeal",
        claim,
        token,
        rows=rows(claim, on_appeal=True),
        waiting=waiting(claim),
        most=MOST,
        to="appeal",
        needs_file=policy_of(claim).shop.appeal_needs_file,
    )


@bp.route("/appeal/text", methods=["GET", "POST"])
def appeal_text(reference: str, token: str) -> Response:
    """Say what should be looked at again; the button sends the appeal."""
    _keep_late(reference, token, "appeal")
    claim = _appealable(reference, token)
    form = AppealForm(text=kept(claim, page="appeal").get("text"))
    refused = None
    if form.validate_on_submit():
        try:
            with transaction():
                claim = opened(reference, token, lock=True)
                filing.appeal(claim, text=form.text.data or "", policy=policy_of(claim), at=now())
                forget(claim)
        except AppealRefused as error:
            refused, claim = str(error), opened(reference, token)
        else:
            flash(gettext("Your appeal is with us. Another person looks at it."), "success")
            return go(status_url(reference))
    if form.is_submitted():
        _keep(reference, "appeal")
    return page_of(
        "appeal_text",
        claim,
        token,
        status=422 if refused else None,
        form=form,
        refused=refused,
        rows=rows(claim, on_appeal=True),
    )


@bp.post("/keep/<page>")
@limited("120 per minute")
def keep_typed(reference: str, token: str, page: str) -> Response:
    """Keep what is being typed in an answer or an appeal, before it is sent."""
    claim = opened(reference, token)
    if not (page == "appeal" and may_appeal(claim)) and not (
        page == "answer" and claim.status is Status.NEEDS_INFORMATION
    ):
        abort(404)
    _keep(reference, page)
    return unchanged()


def _keep_late(reference: str, token: str, page: str) -> None:
    """What is sent when the half hour is over waits for the next code; nothing is done with it.

    What comes with a choice of language is kept too, for the same page in that one.
    """
    check_link(reference, token)
    if request.method == "POST" and was_unlocked(reference):
        _keep(reference, page)
    if only_language():
        opened(reference, token)
        _keep(reference, page)
        abort(go(request.path))


def _keep(reference: str, page: str) -> None:
    with transaction():
        if claim := claim_for_change(reference):
            keep(claim, page=page, fields=typed(), at=now())


def _asked(reference: str, token: str, *, lock: bool = False) -> Claim:
    claim = opened(reference, token, lock=lock)
    if claim.status is not Status.NEEDS_INFORMATION:
        abort(go(status_url(reference)))
    return claim


def _needs(claim: Claim, asked: list[str]) -> dict[str, int]:
    """Everything that was asked for, a description as long as the policy wants it."""
    least = least_description(outlook_of(claim))
    return {path: least if path == DESCRIPTION else 1 for path in asked}


def _said_enough(form: Questions, claim: Claim) -> bool:
    """Whether all is answered, and not with the story that left the question open."""
    readable = form.validate()
    complete = form.require() and bool(readable)
    said = form.description.data if "description" in form else None
    if said and said == claim.description and not form.description.errors:
        form.refuse([DESCRIPTION], gettext("This is what you wrote before. Add what is asked for"))
        return False
    return complete


def _supply(claim: Claim, answers: dict[str, Any], asked: list[str]) -> None:
    number = answers.pop("order_reference", None)
    if number:
        filing.rename_order(claim, order_reference=number)
    answering.answer(claim, **answers)
    filing.supply(claim, paths=asked, policy=policy_of(claim), at=now())


def _payable(reference: str, token: str, *, lock: bool = False) -> Claim:
    claim = opened(reference, token, lock=lock)
    if not _wants_payee(claim) and not may_change_payee(claim):
        abort(go(status_url(reference)))
    return claim


def _appealable(reference: str, token: str) -> Claim:
    claim = opened(reference, token)
    if not may_appeal(claim):
        abort(go(status_url(reference)))
    return claim


def _wants_payee(claim: Claim) -> bool:
    """Whether the claim waits until it is told where the money should go."""
    waits = claim.status is Status.NEEDS_INFORMATION
    return waits and any(path.startswith(PAYEE) for path in still_missing(claim))


def _page_for(left: list[str], reference: str, token: str) -> str:
    """Where the first thing that is missing is given; the claim's page when nothing is."""
    match left:
        case []:
            return status_url(reference)
        case [first, *_] if first == FILES:
            page = ".files"
        case [first, *_]:
            page = ".payout" if first.startswith(PAYEE) else ".answer"
    return url_for(page, reference=reference, token=token)
