"""The last look at a draft, and its sending: once, whole, and not while it lacks something."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import url_for

from portal.claims.decisions.requirements import foreseen, lacking, lacks_words, refuse_incomplete
from portal.claims.payout.payee import forget_payee, payee_of
from portal.claims.refusals import AlreadyOpen, Incomplete
from portal.claims.typed import forget
from portal.claims.verbs import filing
from portal.database import transaction
from portal.web.customer import filing as steps
from portal.web.customer.filing import current, page
from portal.web.customer.forms import CheckForm
from portal.web.customer.journey import (
    gap,
    grounds,
    may_choose,
    nearest_miss_of,
    payout_possible,
    preview,
    reason_of,
)
from portal.web.customer.opening import already_open
from portal.web.customer.questions import QUESTIONS
from portal.web.frame.clock import now
from portal.web.frame.htmx import go
from portal.web.frame.shop import policy_of
from portal.web.frame.verdict import shown
from portal.web.guards.access import draft, status_url
from portal.web.guards.limits import limited

if TYPE_CHECKING:
    from flask import Response

    from portal.claims.models import Claim

bp = steps.bp

BACK: dict[str, Any] = {"from": "check"}


@bp.route("/check", methods=["GET", "POST"])
@limited("20 per minute")
def check(reference: str) -> Response:
    """Everything on one page before it is sent; the button sends it."""
    form = CheckForm()
    if form.validate_on_submit():
        return _send(reference)
    return _last_look(reference, form)


def _last_look(reference: str, form: CheckForm, *, status: int = HTTPStatus.OK) -> Response:
    """The page with everything; what the claim still lacks stands in the place of the button."""
    claim = current(reference)
    policy = policy_of(claim)
    if policy.shop.terms:
        form.agree.label.text = policy.shop.terms
    seen = foreseen(claim, policy=policy, at=now())
    chooses = may_choose(claim, at=now())
    return page(
        "check",
        claim,
        8,
        status=status,
        form=form,
        reason=reason_of(policy, claim),
        verdict=shown(seen.decision, policy, claim=claim),
        nearest=nearest_miss_of(claim, at=now()),
        **grounds(claim, seen.decision),
        chooses=chooses,
        asks_payout=payout_possible(preview(claim, at=now()), claim),
        payee=details.shown_in_full() if (details := payee_of(claim)) else [],
        lacking=[
            (
                lacks_words(path, claim, policy=policy, at=now()),
                _page_for(path, claim, chooses=chooses),
            )
            for path in lacking(claim, policy=policy, at=now())
        ],
    )


def _send(reference: str) -> Response:
    try:
        with transaction():
            claim = draft(reference, lock=True)
            filing.read_logs(claim)
            if step := gap(claim):
                return go(url_for(f".{step}", reference=reference))
            if not payout_possible(preview(claim, at=now()), claim):
                forget_payee(claim)
            refuse_incomplete(claim, policy=policy_of(claim), at=now())
            filing.confirm_terms(claim, at=now())
            filing.submit(claim, policy=policy_of(claim), at=now())
            forget(claim)
    except AlreadyOpen:
        claim = draft(reference)
        try:
            filing.refuse_second(claim)
        except AlreadyOpen as error:
            return already_open(claim, error.reference)
        raise
    except Incomplete:
        return _last_look(reference, CheckForm(), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return go(status_url(reference, sent="yes"))


def _page_for(path: str, claim: Claim, *, chooses: bool) -> str:
    """The page where what is missing is given, which leads back to the last look."""
    step = "opening.order"
    if path == "claim.evidence":
        step = ".evidence"
    elif path.startswith("claim.payout"):
        step = ".payout" if claim.destination == "payout" or not chooses else ".destination"
    elif path in QUESTIONS and path != "claim.order_reference":
        step = ".questions"
    return url_for(step, reference=claim.reference, **BACK)
