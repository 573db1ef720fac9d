"""A draft's third page: what happened, and the questions whose answers still count."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, NamedTuple

from flask import Blueprint, Response, abort, request, url_for

from portal.claims import answering
from portal.claims.answering import forget, keep, kept
from portal.claims.decisions.casefile import is_matched
from portal.claims.decisions.outlook import Outlook
from portal.claims.models import Claim
from portal.claims.refusals import AlreadyOpen
from portal.claims.verbs import filing
from portal.policy.deciding.document import OfferedReason
from portal.web.customer import journey
from portal.web.customer.forms import reason_form
from portal.web.customer.opening import already_open
from portal.web.customer.questions import Questions, answers_of, left_open
from portal.web.frame.clock import now
from portal.web.frame.fields import PageForm, only_language
from portal.web.frame.htmx import go, is_fragment, render, unchanged
from portal.web.frame.shop import masthead, policy_of
from portal.web.guards.access import draft, looked_at
from portal.web.guards.limits import limited

bp = Blueprint("filing", __name__, url_prefix="/new/<reference>")


class WhatHappened(NamedTuple):
    """What happened, as far as it was said: the choice, and what has to be asked after it."""

    claim: Claim
    form: PageForm
    reason: OfferedReason | None = None
    outlook: Outlook | None = None
    questions: Questions | None = None
    known: Mapping[str, Any] = MappingProxyType({})


@bp.route("/reason", methods=["GET", "POST"])
def reason(reference: str) -> Response:
    """What happened, in the customer's words, and the questions whose answers still count."""
    try:
        with looked_at(reference) as claim:
            if only_language():
                keep(claim, page="questions", fields=journey.typed(), at=now())
                return go(url_for(".reason", reference=reference))
            sent = request.method == "POST"
            said = _said(claim, {} if sent else kept(claim, page="questions"), sent=sent)
            if sent and (onward := _answer(said)):
                return go(onward)
    except AlreadyOpen as error:
        return already_open(draft(reference), error.reference)
    if sent:  # what was read went with the transaction
        filing.read_logs(said.claim)
    return _reason_page(said)


@bp.post("/keep/<of>")
@limited("120 per minute")
def keep_typed(reference: str, of: str) -> Response:
    """Keep what is being typed, before it is sent; a choice is answered with what is asked after it."""
    with looked_at(reference) as claim:
        if of not in {"questions", "result"}:
            abort(404)
        texts = journey.typed()
        keep(claim, page=of, fields=texts, at=now())
        said = _said(claim, texts, sent=False) if is_fragment() else None
    return _reason_page(said) if said else unchanged()


def _said(claim: Claim, texts: Mapping[str, str], *, sent: bool) -> WhatHappened:
    """The claim with the reason that was ``sent``, or as if what was only typed were answered."""
    policy = policy_of(claim)
    reasons = journey.offered(policy, claim)
    form = reason_form(
        [(each.code, each.label) for each in reasons],
        reason=None if sent else texts.get("reason") or claim.reason,
    )
    found = next((each for each in reasons if each.code == form.reason.data), None)
    if found is None:
        return WhatHappened(claim, form)
    if sent:
        filing.choose_reason(claim, reason=found, policy=policy)
    else:
        answering.suppose(claim, reason=found.code, **journey.choices_in(texts))
    filing.read_logs(claim)
    outlook = journey.outlook_of(claim)
    needs, known = journey.asked_of(outlook, found)
    return WhatHappened(
        claim, form, found, outlook, journey.questions_of(outlook, needs, texts), known
    )


def _answer(said: WhatHappened) -> str | None:
    """Keep what could be read of the answers; where it leads on, or None where something is wrong."""
    if not said.form.validate() or said.reason is None or said.questions is None:
        return None
    claim, questions = said.claim, said.questions
    readable = questions.validate()
    answering.answer(claim, **dict(said.known) | answers_of(questions))
    answering.forget_answers(claim, names=left_open(questions))
    if questions.require() and readable:
        forget(claim, page="questions")
        return url_for(".result", reference=claim.reference)
    keep(claim, page="questions", fields=journey.typed(), at=now())
    if request.form.get("shown") == said.reason.code:
        return None
    # They were not on the page that was sent.
    return url_for(".reason", reference=claim.reference, _anchor="questions")


def _reason_page(said: WhatHappened) -> Response:
    claim, policy = said.claim, policy_of(said.claim)
    refused = said.form.errors or (said.questions and said.questions.errors)
    known = claim.order_known if said.outlook and claim.order_key else is_matched(claim)
    return render(
        "customer/filing/reason.html",
        "what",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK,
        claim=claim,
        shop=masthead(policy),
        step=(3, journey.STEPS),
        form=said.form,
        questions=said.questions,
        chosen=said.reason,
        hints={each.code: each.hint for each in journey.offered(policy, claim) if each.hint},
        matched=known,
        currency=policy.shop.currency,
        claiming=journey.claiming(said.outlook) if said.outlook else None,
        left=journey.left_of(said.outlook) if said.outlook else None,
    )
