"""The journey of a draft: what happened, the result so far, files, payout, and the last look."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Blueprint, abort, flash, url_for

from portal.claims.decisions.casefile import is_matched
from portal.claims.decisions.requirements import foreseen, when_complete
from portal.claims.evidence.files import MOST
from portal.claims.letters import notices
from portal.claims.payout.payee import forget_payee, methods_open, name_payee, payee_of
from portal.claims.refusals import AlreadyOpen
from portal.claims.typed import forget, keep, kept
from portal.claims.verbs import filing
from portal.claims.wording import missing_words
from portal.database import transaction
from portal.translation import gettext
from portal.web.customer.evidence import rows, waiting
from portal.web.customer.forms import PlainForm, destination_form, method_form, reason_form
from portal.web.customer.journey import (
    asked,
    dates,
    from_check,
    gap,
    grounds,
    left_of,
    may_choose,
    nearest_miss_of,
    needs_of,
    offered,
    onward,
    payout_possible,
    preview,
    reason_of,
    step,
    typed,
    unasked,
)
from portal.web.customer.opening import already_open
from portal.web.customer.payee import payee_page, read_payee
from portal.web.customer.questions import answers_of, left_open, questions_form
from portal.web.frame.clock import now
from portal.web.frame.htmx import go, render, unchanged
from portal.web.frame.shop import masthead, policy_of
from portal.web.frame.verdict import shown
from portal.web.guards.access import draft
from portal.web.guards.limits import limited

if TYPE_CHECKING:
    from flask import Response

    from portal.claims.models import Claim
    from portal.policy.deciding.document import OfferedReason
    from portal.web.customer.questions import Questions

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
    return page(
        "reason",
        claim,
        3,
        form=form,
        matched=is_matched(claim),
        hints={each.code: each.hint for each in reasons if each.hint},
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
    needs = needs_of(claim, chosen)
    facts, currency = asked(chosen, needs), policy.shop.currency
    given = kept(claim, page="questions")
    form = questions_form(facts, claim=claim, currency=currency, needs=needs, kept=given)
    if form.is_submitted() and _answer(reference, form, chosen):
        following = "check" if from_check() else "result"
        return go(url_for(f".{following}", reference=reference))
    left = left_of(claim, at=now())
    return page("questions", claim, 4, form=form, reason=chosen, currency=currency, left=left)


@bp.get("/result")
def result(reference: str) -> Response:
    """What the policy says so far: a page of its own, never an error."""
    claim = current(reference)
    policy = policy_of(claim)
    seen = foreseen(claim, policy=policy, at=now())
    since = seen.decision.claimable_from
    return page(
        "result",
        claim,
        5,
        ahead=[missing_words(path) for path in seen.asked],
        verdict=shown(seen.decision, policy, claim=claim),
        reminded=since is not None and notices.reminds(claim),
        later=shown(when_complete(claim, policy=policy, at=since), policy, claim=claim)
        if since
        else None,
        dates=dates(claim, at=now()) if may_choose(claim, at=now()) else None,
        nearest=nearest_miss_of(claim, at=now()),
        **grounds(claim, seen.decision),
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
        notices.remind(
            claim, claimable_from=decision.claimable_from, policy=policy_of(claim), at=now()
        )
    flash(gettext("We will write to you when you can claim. Your answers are kept."), "success")
    return go(url_for(".result", reference=reference))


@bp.get("/evidence")
def evidence(reference: str) -> Response:
    """Screenshots, PDFs and short videos, each with its own state."""
    claim = current(reference)
    decision = preview(claim, at=now())
    return page(
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
    claim = current(reference)
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
    return page("destination", claim, 7, form=form, dates=dates(claim, at=now()))


@bp.route("/payout", methods=["GET", "POST"])
def payout(reference: str) -> Response:
    """How the money should come, where it could leave the shop at all."""
    claim = _payable(reference)
    open_ways = methods_open(claim, policy=policy_of(claim), at=now())
    form = method_form(open_ways, method=claim.payout_method)
    if form.validate_on_submit():
        return go(onward(".payout_details", reference, method=form.method.data))
    return page("payout", claim, 7, form=form)


@bp.route("/payout/<method>", methods=["GET", "POST"])
def payout_details(reference: str, method: str) -> Response:
    """The details of one method, checked as they are typed in."""
    claim = _payable(reference)
    if method not in methods_open(claim, policy=policy_of(claim), at=now()):
        abort(404)
    details, form = read_payee(method, kept=payee_of(claim))
    if details is not None:
        with transaction():
            claim = draft(reference, lock=True)
            name_payee(claim, details=details)
        return go(url_for(".check", reference=reference))
    return payee_page(
        "customer/filing/payout_details.html",
        form,
        method=method,
        claim=claim,
        shop=masthead(policy_of(claim)),
        step=step(claim, 7, at=now()),
    )


def _answer(reference: str, form: Questions, reason: OfferedReason) -> bool:
    """Keep what could be read of the answers; whether all is answered that has to be."""
    readable = form.validate()
    with transaction():
        claim = draft(reference, lock=True)
        filing.answer(claim, **answers_of(form))
        filing.forget_answers(claim, names=left_open(form))
        filing.read_logs(claim)
        complete = form.require(needs_of(claim, reason)) and bool(readable)
        if complete:
            forget(claim, page="questions")
        else:
            keep(claim, page="questions", fields=typed(), at=now())
    return complete


@bp.post("/keep")
@limited("120 per minute")
def keep_typed(reference: str) -> Response:
    """Keep what is being typed in answer to the questions, before it is sent."""
    with transaction():
        keep(draft(reference, lock=True), page="questions", fields=typed(), at=now())
    return unchanged()


def current(reference: str) -> Claim:
    """The draft with every question answered, judged by what the records say at this moment."""
    claim = draft(reference)
    filing.read_logs(claim)
    if step := gap(claim):
        abort(go(url_for(f".{step}", reference=reference)))
    return claim


def _payable(reference: str) -> Claim:
    claim = current(reference)
    if not payout_possible(preview(claim, at=now()), claim):
        abort(go(url_for(".check", reference=reference)))
    return claim


def _after_evidence(claim: Claim) -> str:
    if from_check():
        return "check"
    if may_choose(claim, at=now()):
        return "destination"
    return "payout" if payout_possible(preview(claim, at=now()), claim) else "check"


def page(
    name: str, claim: Claim, number: int, *, status: int = HTTPStatus.OK, **context: object
) -> Response:
    """A page of the journey, at the step of this number."""
    form = context.get("form")
    return render(
        f"customer/filing/{name}.html",
        status=422 if getattr(form, "errors", None) else status,
        claim=claim,
        shop=masthead(policy_of(claim)),
        step=step(claim, number, at=now()),
        from_check=from_check(),
        plain=PlainForm(),
        **context,
    )
