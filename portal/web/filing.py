"""The journey of a draft: what happened, the result so far, files, payout, and the last look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, abort, flash, url_for

from portal.claims import filing, notices
from portal.claims.evidence import MOST
from portal.claims.payee import forget_payee, name_payee
from portal.claims.refusals import AlreadyOpen, Incomplete
from portal.database import transaction
from portal.web.access import draft, status_url
from portal.web.clock import now
from portal.web.evidence import rows, waiting
from portal.web.forms.customer import (
    CheckForm,
    PlainForm,
    answers_of,
    destination_form,
    method_form,
    questions_form,
    reason_form,
)
from portal.web.htmx import go, render
from portal.web.journey import (
    asked,
    dates,
    from_check,
    gap,
    masthead,
    may_choose,
    nearest_miss_of,
    offered,
    onward,
    payout_possible,
    policy_of,
    preview,
    reason_of,
    step,
    unasked,
)
from portal.web.limits import limited
from portal.web.opening import already_open
from portal.web.payee import payee_page, read_payee
from portal.web.wording import shown

if TYPE_CHECKING:
    from flask import Response

    from portal.claims.models import Claim

bp = Blueprint("filing", __name__, url_prefix="/new/<reference>")


@bp.route("/reason", methods=["GET", "POST"])
def reason(reference: str) -> Response:
    """What happened, in the customer's words."""
    claim = draft(reference)
    reasons = offered(policy_of(claim), claim)
    form = reason_form([(each.code, each.label) for each in reasons], reason=claim.reason)
    if form.validate_on_submit():
        chosen = next(each for each in reasons if each.code == form.reason.data)
        try:
            with transaction():
                claim = draft(reference, lock=True)
                filing.answer(claim, reason=chosen.code)
                filing.forget_answers(claim, names=unasked(chosen))
                filing.refuse_second(claim)
        except AlreadyOpen as error:
            return already_open(draft(reference), error.reference)
        return go(onward(".questions", reference))
    return _page(
        "reason", claim, 3, form=form, hints={each.code: each.hint for each in reasons if each.hint}
    )


@bp.route("/questions", methods=["GET", "POST"])
def questions(reference: str) -> Response:
    """The two or three questions of that reason."""
    claim = draft(reference)
    filing.read_logs(claim)
    policy = policy_of(claim)
    chosen = reason_of(policy, claim)
    if chosen is None:
        return go(url_for(".reason", reference=reference))
    form = questions_form(asked(chosen), claim=claim, currency=policy.shop.currency)
    if form.validate_on_submit():
        with transaction():
            claim = draft(reference, lock=True)
            filing.answer(claim, **answers_of(form))
        following = "check" if from_check() else "result"
        return go(url_for(f".{following}", reference=reference))
    return _page("questions", claim, 4, form=form, reason=chosen, currency=policy.shop.currency)


@bp.get("/result")
def result(reference: str) -> Response:
    """What the policy says so far: a page of its own, never an error."""
    claim = _current(reference)
    decision = preview(claim, at=now())
    since = decision.claimable_from
    return _page(
        "result",
        claim,
        5,
        verdict=shown(decision, policy_of(claim), claim=claim),
        reminded=since is not None and notices.reminds(claim),
        later=shown(preview(claim, at=since), policy_of(claim), claim=claim) if since else None,
        dates=dates(claim, at=now()) if may_choose(claim, at=now()) else None,
        nearest=nearest_miss_of(claim, at=now()),
    )


@bp.post("/remind")
@limited("10 per hour")
def remind(reference: str) -> Response:
    """A mail when the claim can be made."""
    with transaction():
        claim = draft(reference, lock=True)
        filing.read_logs(claim)
        decision = preview(claim, at=now())
        if decision.claimable_from is None:
            abort(409)
        notices.remind(claim, claimable_from=decision.claimable_from, at=now())
    flash(
        "We will write to you when you can claim. Your answers are kept in this browser.", "success"
    )
    return go(url_for(".result", reference=reference))


@bp.get("/evidence")
def evidence(reference: str) -> Response:
    """Screenshots, PDFs and short videos, each with its own state."""
    claim = _current(reference)
    decision = preview(claim, at=now())
    return _page(
        "evidence",
        claim,
        6,
        rows=rows(claim),
        waiting=waiting(claim),
        most=MOST,
        needed="claim.evidence" in decision.missing,
        onward=url_for(f".{_after_evidence(claim)}", reference=reference),
    )


@bp.route("/destination", methods=["GET", "POST"])
def destination(reference: str) -> Response:
    """To the balance or out of the shop, where the policy leaves it to the customer."""
    claim = _current(reference)
    if not may_choose(claim, at=now()):
        return go(url_for(".check", reference=reference))
    form = destination_form(destination=claim.destination)
    if form.validate_on_submit():
        with transaction():
            claim = draft(reference, lock=True)
            filing.answer(claim, destination=form.destination.data)
            if claim.destination == "balance":
                forget_payee(claim)
            given = claim.payout_sealed is not None
        if form.destination.data == "balance" or given:
            return go(url_for(".check", reference=reference))
        return go(onward(".payout", reference))
    return _page("destination", claim, 7, form=form, dates=dates(claim, at=now()))


@bp.route("/payout", methods=["GET", "POST"])
def payout(reference: str) -> Response:
    """How the money should come, where it could leave the shop at all."""
    claim = _payable(reference)
    form = method_form(policy_of(claim).shop.payout_methods, method=claim.payout_method)
    if form.validate_on_submit():
        return go(onward(".payout_details", reference, method=form.method.data))
    return _page("payout", claim, 7, form=form)


@bp.route("/payout/<method>", methods=["GET", "POST"])
def payout_details(reference: str, method: str) -> Response:
    """The details of one method, checked as they are typed in."""
    claim = _payable(reference)
    if method not in policy_of(claim).shop.payout_methods:
        abort(404)
    details, form = read_payee(method)
    if details is not None:
        with transaction():
            claim = draft(reference, lock=True)
            name_payee(claim, details=details)
        return go(url_for(".check", reference=reference))
    return payee_page(
        "filing/payout_details.html",
        form,
        method=method,
        claim=claim,
        shop=masthead(policy_of(claim)),
        step=step(claim, 7, at=now()),
    )


@bp.route("/check", methods=["GET", "POST"])
@limited("20 per minute")
def check(reference: str) -> Response:
    """Everything on one page before it is sent; the button sends it."""
    form = CheckForm()
    if form.validate_on_submit():
        return _send(reference)
    claim = _current(reference)
    policy = policy_of(claim)
    decision = preview(claim, at=now())
    chosen = reason_of(policy, claim)
    return _page(
        "check",
        claim,
        8,
        form=form,
        reason=chosen,
        verdict=shown(decision, policy, claim=claim),
        nearest=nearest_miss_of(claim, at=now()),
        chooses=may_choose(claim, at=now()),
        asks_payout=payout_possible(decision, claim),
    )


def _send(reference: str) -> Response:
    try:
        with transaction():
            claim = draft(reference, lock=True)
            if step := gap(claim):
                return go(url_for(f".{step}", reference=reference))
            filing.read_logs(claim)
            if not payout_possible(preview(claim, at=now()), claim):
                forget_payee(claim)
            filing.confirm_terms(claim, at=now())
            filing.submit(claim, policy=policy_of(claim), at=now())
    except AlreadyOpen:
        claim = draft(reference)
        try:
            filing.refuse_second(claim)
        except AlreadyOpen as error:
            return already_open(claim, error.reference)
        raise
    except Incomplete:
        return go(url_for(".reason", reference=reference))
    return go(status_url(reference, sent="yes"))


def _current(reference: str) -> Claim:
    """The draft with every question answered, judged by what the records say at this moment."""
    claim = draft(reference)
    if step := gap(claim):
        abort(go(url_for(f".{step}", reference=reference)))
    filing.read_logs(claim)
    return claim


def _payable(reference: str) -> Claim:
    claim = _current(reference)
    if not payout_possible(preview(claim, at=now()), claim):
        abort(go(url_for(".check", reference=reference)))
    return claim


def _after_evidence(claim: Claim) -> str:
    if from_check():
        return "check"
    if may_choose(claim, at=now()):
        return "destination"
    return "payout" if payout_possible(preview(claim, at=now()), claim) else "check"


def _page(name: str, claim: Claim, number: int, **context: object) -> Response:
    form = context.get("form")
    return render(
        f"filing/{name}.html",
        status=422 if getattr(form, "errors", None) else 200,
        claim=claim,
        shop=masthead(policy_of(claim)),
        step=step(claim, number, at=now()),
        from_check=from_check(),
        plain=PlainForm(),
        **context,
    )
