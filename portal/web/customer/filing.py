"""The journey of a draft: what happened, the result so far, files, payout, and the last look."""

from flask import Blueprint, Response, abort, flash, url_for

from portal.claims.decisions.casefile import is_matched
from portal.claims.decisions.outlook import Outlook
from portal.claims.decisions.requirements import foreseen, when_complete
from portal.claims.evidence.files import MOST
from portal.claims.letters import notices
from portal.claims.payout.payee import forget_payee, name_payee
from portal.claims.refusals import AlreadyOpen
from portal.claims.typed import forget, keep
from portal.claims.verbs import filing
from portal.claims.wording import missing_words
from portal.database import transaction
from portal.policy.deciding.document import OfferedReason
from portal.translation import gettext
from portal.web.customer import journey
from portal.web.customer.evidence import rows, waiting
from portal.web.customer.forms import destination_form, reason_form
from portal.web.customer.opening import already_open
from portal.web.customer.payee import chosen_method, payee_page, read_payee, ways_of
from portal.web.customer.questions import Questions, answers_of, left_open, questions_form
from portal.web.frame.clock import now
from portal.web.frame.htmx import go, render, unchanged
from portal.web.frame.shop import masthead, policy_of
from portal.web.frame.verdict import shown
from portal.web.guards.access import draft, looked_at
from portal.web.guards.limits import limited

bp = Blueprint("filing", __name__, url_prefix="/new/<reference>")


@bp.route("/reason", methods=["GET", "POST"])
def reason(reference: str) -> Response:
    """What happened, in the customer's words."""
    try:
        with looked_at(reference) as claim:
            reasons = journey.offered(policy_of(claim), claim)
            form = reason_form([(each.code, each.label) for each in reasons], reason=claim.reason)
            if form.validate_on_submit():
                chosen = next(each for each in reasons if each.code == form.reason.data)
                filing.answer(claim, reason=chosen.code)
                filing.forget_answers(claim, names=journey.unasked(chosen))
                filing.refuse_second(claim)
                return go(journey.onward(".questions", reference))
    except AlreadyOpen as error:
        return already_open(draft(reference), error.reference)
    return page(
        "reason",
        journey.outlook_of(claim),
        3,
        form=form,
        matched=is_matched(claim),
        hints={each.code: each.hint for each in reasons if each.hint},
    )


@bp.route("/questions", methods=["GET", "POST"])
def questions(reference: str) -> Response:
    """The two or three questions of that reason."""
    with looked_at(reference) as claim:
        filing.read_logs(claim)
        policy = policy_of(claim)
        chosen = journey.reason_of(policy, claim)
        if chosen is None:
            return go(url_for(".reason", reference=reference))
        outlook = journey.outlook_of(claim)
        needs = journey.needs_of(outlook, chosen)
        facts, currency = journey.asked(chosen, needs), policy.shop.currency
        form = questions_form(facts, claim=claim, currency=currency, needs=needs, page="questions")
        if form.is_submitted() and _answer(outlook, form, chosen):
            following = "check" if journey.from_check() else "result"
            return go(url_for(f".{following}", reference=reference))
    left = journey.left_of(outlook)
    return page("questions", outlook, 4, form=form, reason=chosen, currency=currency, left=left)


@bp.get("/result")
def result(reference: str) -> Response:
    """What the policy says so far: a page of its own, never an error."""
    outlook = current(reference)
    claim, policy = outlook.claim, outlook.policy
    seen = foreseen(outlook)
    since = seen.decision.claimable_from
    later = when_complete(Outlook(claim, policy=policy, at=since)) if since else None
    return page(
        "result",
        outlook,
        5,
        ahead=[missing_words(path) for path in seen.asked],
        verdict=shown(seen.decision, policy, claim=claim),
        reminded=since is not None and notices.reminds(claim),
        later=shown(later, policy, claim=claim) if later else None,
        dates=journey.dates(outlook) if outlook.may_choose else None,
        kept=journey.kept_of(outlook),
        nearest=outlook.nearest_miss,
        **journey.grounds(outlook, seen.decision),
    )


@bp.post("/remind")
@limited("10 per hour")
def remind(reference: str) -> Response:
    """A mail when the claim can be made."""
    with transaction():
        claim = draft(reference, lock=True)
        filing.read_logs(claim)
        decision = journey.outlook_of(claim).decision
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
    outlook = current(reference)
    return page(
        "evidence",
        outlook,
        6,
        rows=rows(outlook.claim),
        waiting=waiting(outlook.claim),
        most=MOST,
        needed="claim.evidence" in outlook.decision.missing,
        onward=url_for(f".{_after_evidence(outlook)}", reference=reference),
    )


@bp.route("/destination", methods=["GET", "POST"])
def destination(reference: str) -> Response:
    """To the balance or out of the shop, where the policy leaves it to the customer."""
    outlook = current(reference)
    if not outlook.may_choose:
        return go(url_for(".check", reference=reference))
    form = destination_form(destination=outlook.claim.destination)
    if form.validate_on_submit():
        with transaction():
            claim = draft(reference, lock=True)
            filing.answer(claim, destination=form.destination.data)
            if claim.destination == "balance":
                forget_payee(claim)
            given = claim.payout_sealed is not None
        if form.destination.data == "balance" or given:
            return go(url_for(".check", reference=reference))
        return go(journey.onward(".payout", reference))
    return page(
        "destination",
        outlook,
        7,
        form=form,
        dates=journey.dates(outlook),
        kept=journey.kept_of(outlook),
    )


@bp.route("/payout", methods=["GET", "POST"])
def payout(reference: str) -> Response:
    """How the money should come, where it could leave the shop at all."""
    outlook = _payable(reference)
    form = chosen_method(outlook.claim)
    if form.validate_on_submit():
        return go(journey.onward(".payout_details", reference, method=form.method.data))
    return page("payout", outlook, 7, form=form, **ways_of(outlook.claim))


@bp.route("/payout/<method>", methods=["GET", "POST"])
def payout_details(reference: str, method: str) -> Response:
    """The details of one method, checked as they are typed in."""
    outlook = _payable(reference)
    details, form = read_payee(outlook.claim, method)
    if details is not None:
        with transaction():
            name_payee(draft(reference, lock=True), details=details)
        return go(url_for(".check", reference=reference))
    return payee_page(
        form,
        method=method,
        shop=masthead(outlook.policy),
        back=url_for(".payout", reference=reference),
        here=url_for(".payout_details", reference=reference, method=method),
        step=journey.step(outlook, 7),
    )


def _answer(outlook: Outlook, form: Questions, reason: OfferedReason) -> bool:
    """Keep what could be read of the answers; whether all is answered that has to be."""
    claim, readable = outlook.claim, form.validate()
    filing.answer(claim, **answers_of(form))
    filing.forget_answers(claim, names=left_open(form))
    complete = form.require(journey.needs_of(outlook.anew(claim), reason)) and bool(readable)
    if complete:
        forget(claim, page="questions")
    else:
        keep(claim, page="questions", fields=journey.typed(), at=now())
    return complete


@bp.post("/keep")
@limited("120 per minute")
def keep_typed(reference: str) -> Response:
    """Keep what is being typed in answer to the questions, before it is sent."""
    with transaction():
        keep(draft(reference, lock=True), page="questions", fields=journey.typed(), at=now())
    return unchanged()


def current(reference: str) -> Outlook:
    """The draft with every question answered, judged by what the records say at this moment."""
    claim = draft(reference)
    filing.read_logs(claim)
    outlook = journey.outlook_of(claim)
    if step := journey.gap(outlook):
        abort(go(url_for(f".{step}", reference=reference)))
    return outlook


def _payable(reference: str) -> Outlook:
    outlook = current(reference)
    if not outlook.asks_payout:
        abort(go(url_for(".check", reference=reference)))
    return outlook


def _after_evidence(outlook: Outlook) -> str:
    if journey.from_check():
        return "check"
    if outlook.may_choose:
        return "destination"
    return "payout" if outlook.asks_payout else "check"


def page(
    name: str, outlook: Outlook, number: int, *, status: int | None = None, **context: object
) -> Response:
    """A page of the journey, at the step of this number."""
    return render(
        f"customer/filing/{name}.html",
        status=status,
        claim=outlook.claim,
        shop=masthead(outlook.policy),
        step=journey.step(outlook, number),
        from_check=journey.from_check(),
        **context,
    )
