"""What a customer takes along: a date for the calendar, and a receipt to print or to save."""

from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort

from portal.claims.decisions.grounds import ground_in_force, ground_words
from portal.claims.letters.links import status_link
from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.claims.queries import claim_page
from portal.claims.verbs import filing
from portal.translation import gettext
from portal.web.customer.journey import outlook_of, reason_of
from portal.web.customer.story.happened import happened
from portal.web.customer.story.next_step import next_step
from portal.web.frame.calendar import calendar_entry
from portal.web.frame.clock import now
from portal.web.frame.htmx import go, render
from portal.web.frame.shop import masthead, policy_of
from portal.web.frame.verdict import masked, shown_document
from portal.web.guards import access
from portal.web.guards.languages import in_the_language_of

bp = Blueprint("keeping", __name__)


@bp.get("/claims/<reference>/<token>/calendar.ics")
def next_date(reference: str, token: str) -> Response:
    """By when the next thing comes, for a calendar; the claim's page where no date is promised."""
    claim = _sent(reference, token)
    coming = next_step(claim, policy_of(claim), at=now())
    if coming.by is None:
        return go(access.status_url(reference))
    return calendar_entry(
        name=f"claim-{claim.reference}",
        title=f"{coming.title} ({claim.reference})",
        at=coming.by,
        url=status_link(claim.reference),
        made=now(),
    )


@bp.get("/new/<reference>/calendar.ics")
def can_be_claimed(reference: str) -> Response:
    """From when a claim that comes too early can be made, for a calendar; of any other, its own page."""
    claim = access.draft(reference)
    filing.read_logs(claim)
    since = outlook_of(claim).decision.claimable_from if claim.reason else None
    if since is None:
        return go(access.resume_url(claim))
    shop = policy_of(claim).shop.name
    return calendar_entry(
        name=f"claim-{claim.reference}",
        title=gettext("Ask %(shop)s for your refund", shop=shop),
        at=since,
        url=status_link(reference),
        made=now(),
    )


@bp.get("/claims/<reference>/<token>/receipt")
def receipt(reference: str, token: str) -> Response:
    """The claim, its decision, amount, references and dates on one page, to print or save as PDF."""
    claim = _sent(reference, token)
    policy, decision = policy_of(claim), claim.decision
    zone = ZoneInfo(policy.shop.time_zone)
    ground = ground_in_force(claim)
    return render(
        "customer/elsewhere/receipt.html",
        shop=masthead(policy),
        claim=claim,
        url=access.status_url(reference),
        link=status_link(reference),
        reason=reason_of(policy, claim),
        verdict=shown_document(decision.document, policy, order=None) if decision else None,
        ground=ground_words(ground, zone=zone),
        quoted=ground.clauses,
        timeline=happened(claim, policy)[::-1],
        payee=[(name, value) for name, value in claim.payout_masked or []],
        address=masked(claim.email) if claim.email else None,
        zone=policy.shop.time_zone,
        sender=policy.shop.sender,
    )


def _sent(reference: str, token: str) -> Claim:
    access.check_link(reference, token)
    claim = claim_page(reference)
    if claim is None or claim.status is Status.DRAFT:
        abort(404)
    return in_the_language_of(claim)
