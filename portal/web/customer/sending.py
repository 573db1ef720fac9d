"""A draft's last page: what the policy says so far, and the button that sends it."""

from http import HTTPStatus
from typing import Any

from flask import Response, abort, flash, request, url_for

from portal.claims import answering
from portal.claims.answering import forget, keep
from portal.claims.decisions.casefile import reports_itself
from portal.claims.decisions.outlook import Outlook
from portal.claims.decisions.ownership import refuse_flood
from portal.claims.decisions.requirements import (
    FILES,
    PAYEE,
    foreseen,
    lacking,
    lacks_words,
    when_complete,
)
from portal.claims.evidence.files import MOST
from portal.claims.letters import notices
from portal.claims.models import Claim
from portal.claims.payout.choosing import Way, choose_way, paid_by, wants_details, ways_open
from portal.claims.payout.payee import forget_payee, name_payee, payee_of
from portal.claims.payout.ways import closed_words, none_left, too_small
from portal.claims.refusals import AlreadyOpen
from portal.claims.verbs import filing
from portal.claims.wording import missing_words
from portal.config.settings import settings
from portal.database import transaction
from portal.translation import gettext
from portal.web.customer import journey
from portal.web.customer.evidence import rows, waiting
from portal.web.customer.filing import bp
from portal.web.customer.opening import already_open
from portal.web.customer.payee import payee_page, read_payee
from portal.web.customer.questions import QUESTIONS, Questions, answers_of, left_open
from portal.web.frame.clock import now
from portal.web.frame.fields import PageForm, only_language
from portal.web.frame.htmx import go, render
from portal.web.frame.shop import masthead, policy_of
from portal.web.frame.verdict import shown
from portal.web.guards.access import draft, looked_at, status_url
from portal.web.guards.limits import limited

__all__ = ["bp"]

ORDER = "claim.order_reference"


@bp.route("/result", methods=["GET", "POST"])
@limited("60 per minute")
def result(reference: str) -> Response:
    """What the policy says so far, what it rests on, and the button that sends the claim."""
    lacks: list[tuple[str, str]] = []
    try:
        with looked_at(reference) as claim:
            sent = request.method == "POST"
            filing.hold_logs(claim) if sent else filing.read_logs(claim)
            outlook = journey.outlook_of(claim)
            if journey.is_open(outlook):
                outlook = journey.with_known(outlook, kept=sent)
                if journey.is_open(outlook):
                    return go(url_for(".reason", reference=reference))
            ways = ways_open(outlook)
            form, way = journey.sending_form(outlook, ways)
            if only_language():
                keep(claim, page="result", fields=journey.typed(), at=now())
                chosen = request.form.get("way")
                return go(url_for(".result", reference=reference, way=chosen))
            if sent and (onward := _send(outlook, form, way, lacks)):
                return go(onward)
    except AlreadyOpen as error:
        return already_open(draft(reference), error.reference)
    if sent:  # what was read went with the transaction
        filing.read_logs(claim)
        outlook = journey.outlook_of(claim)
    refused = form.errors or (way and way.errors) or lacks
    return render(
        "customer/filing/result.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK,
        shop=masthead(outlook.policy),
        step=(4, journey.STEPS),
        form=form,
        way=way,
        ways={each.name: each for each in ways},
        lacks=lacks,
        currency=outlook.policy.shop.currency,
        **_shown(outlook),
        **_given(outlook, ways),
    )


def _shown(outlook: Outlook) -> dict[str, Any]:
    """What the policy says of the draft, and on what it rests."""
    claim, policy = outlook.claim, outlook.policy
    seen = foreseen(outlook)
    since = seen.decision.claimable_from
    later = when_complete(Outlook(claim, policy=policy, at=since)) if since else None
    return {
        "claim": claim,
        "reason": journey.reason_of(policy, claim),
        "ahead": [missing_words(path) for path in seen.asked],
        "verdict": shown(seen.decision, policy, claim=claim),
        "paid_by": paid_by(seen.decision, outlook),
        "reminded": since is not None and notices.reminds(claim),
        "reports": bool(since) and bool(reports_itself(outlook.case)),
        "later": shown(later, policy, claim=claim) if later else None,
        "nearest": outlook.nearest_miss,
        "terms": policy.shop.terms,
        "claiming": journey.claiming(outlook),
        "needs_file": FILES in seen.asked or FILES in outlook.decision.missing,
        **journey.grounds(outlook, seen.decision),
    }


def _given(outlook: Outlook, ways: list[Way]) -> dict[str, Any]:
    """What was given to it: files, and where the money goes, in full to whoever typed it."""
    claim, policy, at = outlook.claim, outlook.policy, outlook.at
    details = payee_of(claim) if ways else None
    closed: list[str | None] = []
    if outlook.asks_payout or outlook.may_choose:
        closed += [closed_words(claim, policy=policy, at=at, outlook=outlook)]
        closed += too_small(claim, policy=policy, at=at, outlook=outlook)
    return {
        "rows": rows(claim),
        "waiting": waiting(claim),
        "most": MOST,
        "payee": details.shown_in_full() if details else [],
        "closed": [words for words in closed if words],
        "none_left": none_left(claim) if outlook.asks_payout and not ways else None,
    }


def _send(
    outlook: Outlook, form: Questions, way: PageForm | None, lacks: list[tuple[str, str]]
) -> str | None:
    """Keep what was given and send the claim; where it leads, or None where something is wrong.

    ``lacks`` gets what the claim lacks, each with the place where it is given.
    """
    claim, readable = outlook.claim, form.validate()
    answering.answer(claim, **answers_of(form))
    answering.forget_answers(claim, names=left_open(form))
    if way and way.validate():
        choose_way(outlook, way.way.data)
    complete = form.require() and readable and not (way and way.errors)
    if not complete:
        keep(claim, page="result", fields=journey.typed(), at=now())
        return None
    if way and wants_details(claim, way.way.data):
        return url_for(".payout_details", reference=claim.reference, method=way.way.data)
    if way or form.least:
        outlook = outlook.anew(claim)
    if not outlook.asks_payout and claim.payout_method:
        forget_payee(claim)
        outlook = outlook.anew(claim)
    lacks += [(lacks_words(path, outlook), _place(path, claim)) for path in lacking(outlook)]
    if lacks:
        return None
    refuse_flood(claim, most=settings().filings_account_day, at=now())
    filing.confirm_terms(claim, at=now())
    filing.submit(claim, policy=outlook.policy, at=now(), looked=True)
    forget(claim)
    return status_url(claim.reference, sent="yes")


def _place(path: str, claim: Claim) -> str:
    """Where a draft is given what it lacks."""
    if path == FILES:
        return "#upload"
    if path.startswith(PAYEE):
        return "#way-0"
    step = "filing.reason" if path in QUESTIONS and path != ORDER else "opening.order"
    return url_for(step, reference=claim.reference)


@bp.post("/remind")
@limited("10 per hour")
def remind(reference: str) -> Response:
    """A mail when the claim can be made."""
    with transaction():
        claim = draft(reference, lock=True)
        filing.read_logs(claim)
        decision = journey.outlook_of(claim).decision
        if decision.claimable_from is None or claim.email is None:
            abort(409)
        notices.remind(
            claim, claimable_from=decision.claimable_from, policy=policy_of(claim), at=now()
        )
    flash(gettext("We will write to you when you can claim. Your answers are kept."), "success")
    return go(url_for(".result", reference=reference))


@bp.route("/payout/<method>", methods=["GET", "POST"])
def payout_details(reference: str, method: str) -> Response:
    """The details of one way out of the shop, checked as they are typed in."""
    claim = draft(reference)
    filing.read_logs(claim)
    outlook = journey.outlook_of(claim)
    if not outlook.asks_payout:
        return go(url_for(".result", reference=reference))
    details, form = read_payee(claim, method)
    if details is not None:
        with transaction():
            name_payee(draft(reference, lock=True), details=details)
        return go(url_for(".result", reference=reference))
    return payee_page(
        form,
        method=method,
        shop=masthead(outlook.policy),
        back=url_for(".result", reference=reference),
        here=url_for(".payout_details", reference=reference, method=method),
        step=(journey.STEPS, journey.STEPS),
    )
