"""The orders that a shop handed over, on one page: the verdict of each, and one button for all."""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, abort, flash, request, url_for

from portal.claims.decisions.outlook import Outlook
from portal.claims.decisions.requirements import foreseen
from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.claims.payout.choosing import paid_by
from portal.claims.verbs import filing
from portal.claims.wording import reason_words
from portal.database import transaction
from portal.handoff import opening
from portal.handoff.models import HandoffUse
from portal.handoff.together import may_be_sent, say_what_happened, submit_together
from portal.policy.deciding.document import Policy
from portal.translation import ngettext
from portal.web.customer.forms import PlainForm, reason_form
from portal.web.customer.journey import is_open
from portal.web.frame.clock import now
from portal.web.frame.fields import PageForm
from portal.web.frame.htmx import go, render
from portal.web.frame.shop import masthead, shop_policy
from portal.web.frame.verdict import ShownVerdict, shown
from portal.web.guards import access
from portal.web.guards.languages import in_the_language_of
from portal.web.guards.limits import limited

bp = Blueprint("orders", __name__)


@dataclass(frozen=True, slots=True)
class HandedOrder:
    """An order of the list: its claim, what the policy says of a draft, and whether it can be sent now.

    ``by`` is when what it gives is paid, on the shop's clock; None where no date is stated.
    """

    claim: Claim
    what: str
    verdict: ShownVerdict | None
    by: datetime | None
    ready: bool
    href: str


@bp.route("/handed/<handoff>", methods=["GET", "POST"])
@limited("30 per minute;200 per hour")
def show(handoff: str) -> Response:
    """What each order comes to, and the button that files all that can be filed."""
    pressed = request.method == "POST"
    with transaction() if pressed else nullcontext():
        used = _used(handoff)
        policy = shop_policy(used.shop)
        claims = opening.claims_of(used, lock=pressed)
        for claim in claims[:1]:
            in_the_language_of(claim)
        form = _asked(claims, policy)
        sent = _act(claims, form, policy) if form.validate_on_submit() else None
    if sent is not None:
        _open(sent)
        if len(claims) == len(sent) == 1:
            return go(access.status_url(sent[0], sent="yes"))
        return go(url_for(".show", handoff=handoff))
    orders = [_order(claim, policy, handoff) for claim in claims]
    return render(
        "customer/handed/orders.html",
        shop=masthead(policy),
        form=form,
        orders=orders,
        ready=[each for each in orders if each.ready],
        asks="reason" in form,
        terms=policy.shop.terms,
        action=url_for(".show", handoff=handoff),
    )


@bp.get("/handed/<handoff>/<reference>")
def go_on(handoff: str, reference: str) -> Response:
    """One of the orders by itself: its questions, or its claim.

    To a claim that was sent it lets in while its token is good; from then on a fresh one does, or a code.
    """
    used = _used(handoff)
    claim = next((each for each in opening.claims_of(used) if each.reference == reference), None)
    if claim is None:
        abort(404)
    if claim.status is not Status.DRAFT and used.good_until <= now():
        return go(access.status_url(reference))
    return go(access.let_in(claim))


def wanted(used: HandoffUse, claims: list[Claim], policy: Policy) -> str | None:
    """Where the list is what comes first; None where one order's own pages are."""
    if len(claims) == 1 and not _may_be_sent_at_once(claims[0], policy):
        return None
    return url_for("orders.show", handoff=used.public_id)


def _may_be_sent_at_once(claim: Claim, policy: Policy) -> bool:
    if claim.status is not Status.DRAFT or claim.reason is None:
        return False
    if not claim.order_known:  # of a draft nothing is stored: it was not looked up in this request
        filing.read_logs(claim)
    outlook = Outlook(claim, policy=policy, at=now())
    return _is_ready(outlook) and outlook.decision.automatic


def _is_ready(outlook: Outlook) -> bool:
    """Whether it can be sent as it stands: the logs prove it, or nothing is left to be asked."""
    return may_be_sent(outlook) and _asks_nothing(outlook)


def _asks_nothing(outlook: Outlook) -> bool:
    return outlook.decision.automatic or not is_open(outlook)


def _used(handoff: str) -> HandoffUse:
    return opening.use_of(handoff, browser=access.browser()) or abort(404)


def _asked(claims: list[Claim], policy: Policy) -> PageForm:
    """What happened, where that is still to be said of an order; else the button alone."""
    if all(claim.reason or claim.status is not Status.DRAFT for claim in claims):
        return PlainForm()
    about = [each for each in policy.shop.reasons if each.about == "order" or each.code == "other"]
    return reason_form([(each.code, each.label) for each in about])


def _act(claims: list[Claim], form: PageForm, policy: Policy) -> list[str]:
    """Keep what happened, or send what can be sent; the references of what was sent."""
    drafts = [claim for claim in claims if claim.status is Status.DRAFT]
    if "reason" in form:
        for claim in drafts:
            if claim.reason is None:
                say_what_happened(claim, reason=form.reason.data, policy=policy, at=now())
        return []
    sent = submit_together(drafts, wanted=_asks_nothing, policy=policy, at=now())
    return [each.reference for each in sent]


def _open(sent: list[str]) -> None:
    """Let this session into what it has just sent."""
    for reference in sent:
        access.unlock_session(reference)
    if len(sent) > 1:
        said = ngettext("%(num)s claim is sent.", "%(num)s claims are sent.", len(sent))
        flash(said, "success")


def _order(claim: Claim, policy: Policy, handoff: str) -> HandedOrder:
    verdict, by, ready = None, None, False
    if claim.status is Status.DRAFT and claim.reason:
        filing.read_logs(claim)
        outlook = Outlook(claim, policy=policy, at=now())
        decision = foreseen(outlook).decision
        verdict, by = shown(decision, policy, claim=claim), paid_by(decision, outlook)
        ready = _is_ready(outlook)
    return HandedOrder(
        claim=claim,
        what=reason_words(claim.reason, policy) or "",
        verdict=verdict,
        by=by,
        ready=ready,
        href=url_for(".go_on", handoff=handoff, reference=claim.reference),
    )
