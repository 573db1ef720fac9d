"""The last look at a draft, and its sending: once, whole, and not while it lacks something."""

from http import HTTPStatus
from typing import Any

from flask import Response, url_for

from portal.claims.decisions.outlook import Outlook
from portal.claims.decisions.requirements import foreseen, lacking, lacks_words, refuse_incomplete
from portal.claims.payout.payee import forget_payee, payee_of
from portal.claims.refusals import AlreadyOpen, Incomplete
from portal.claims.typed import forget
from portal.claims.verbs import filing
from portal.database import transaction
from portal.web.customer import filing as steps, journey
from portal.web.customer.filing import current, page
from portal.web.customer.forms import CheckForm
from portal.web.customer.opening import already_open
from portal.web.customer.questions import QUESTIONS
from portal.web.frame.clock import now
from portal.web.frame.htmx import go
from portal.web.frame.verdict import shown
from portal.web.guards.access import draft, status_url
from portal.web.guards.limits import limited

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


def _last_look(reference: str, form: CheckForm, *, status: int | None = None) -> Response:
    """The page with everything; what the claim still lacks stands in the place of the button."""
    outlook = current(reference)
    claim, policy = outlook.claim, outlook.policy
    if policy.shop.terms:
        form.agree.label.text = policy.shop.terms
    seen = foreseen(outlook)
    return page(
        "check",
        outlook,
        8,
        status=status,
        form=form,
        reason=journey.reason_of(policy, claim),
        verdict=shown(seen.decision, policy, claim=claim),
        nearest=outlook.nearest_miss,
        **journey.grounds(outlook, seen.decision),
        chooses=outlook.may_choose,
        asks_payout=outlook.asks_payout,
        payee=details.shown_in_full() if (details := payee_of(claim)) else [],
        kept=[each for each in journey.kept_of(outlook) if each.method == claim.payout_method],
        lacking=[
            (lacks_words(path, outlook), _page_for(path, outlook)) for path in lacking(outlook)
        ],
    )


def _send(reference: str) -> Response:
    try:
        with transaction():
            claim = draft(reference, lock=True)
            filing.hold_logs(claim)
            outlook = journey.outlook_of(claim)
            if step := journey.gap(outlook):
                return go(url_for(f".{step}", reference=reference))
            if not outlook.asks_payout and claim.payout_method:
                forget_payee(claim)
                outlook = outlook.anew(claim)
            refuse_incomplete(outlook)
            filing.confirm_terms(claim, at=now())
            filing.submit(claim, policy=outlook.policy, at=now(), looked=True)
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


def _page_for(path: str, outlook: Outlook) -> str:
    """The page where what is missing is given, which leads back to the last look."""
    step, claim = "opening.order", outlook.claim
    if path == "claim.evidence":
        step = ".evidence"
    elif path.startswith("claim.payout"):
        step = (
            ".payout" if claim.destination == "payout" or not outlook.may_choose else ".destination"
        )
    elif path in QUESTIONS and path != "claim.order_reference":
        step = ".questions"
    return url_for(step, reference=claim.reference, **BACK)
