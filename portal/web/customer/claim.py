"""A claim that was sent: its page by the link in its mails, and what a code opens for its owner."""

from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, request, url_for

from portal.claims.clocks.telling import told_clocks
from portal.claims.decisions.grounds import ground_in_force, ground_words, policys_ground
from portal.claims.decisions.outlook import nearest_miss_kept
from portal.claims.decisions.requirements import asked_words, asks_payee
from portal.claims.letters import notices
from portal.claims.lifecycle import Action, Actor, Status, actions_open_to
from portal.claims.models import Claim
from portal.claims.payout.payee import may_change_payee, payee_of
from portal.claims.payout.ways import closed_words, cost_owed
from portal.claims.queries import claim_alone, claim_for_change, claim_page
from portal.claims.verbs import codes
from portal.claims.verbs.mending import may_try_again
from portal.claims.wanted.access import waits_for_owner
from portal.claims.wanted.identity import wants_documents
from portal.database import transaction
from portal.mail.outbox import mails_about
from portal.web.customer.evidence import rows, waiting
from portal.web.customer.forms import CodeForm, PlainForm
from portal.web.customer.journey import reason_of
from portal.web.customer.opening import already_open, enter
from portal.web.customer.story.happened import happened
from portal.web.customer.story.mails import told
from portal.web.customer.story.next_step import next_step
from portal.web.frame.clock import now
from portal.web.frame.governing import governing
from portal.web.frame.htmx import go, render
from portal.web.frame.shop import masthead, policy_of
from portal.web.frame.verdict import masked, shown_document
from portal.web.guards import access
from portal.web.guards.languages import in_the_language_of
from portal.web.guards.limits import limited

bp = Blueprint("claim", __name__, url_prefix="/claims/<reference>/<token>")

# Where a code leads on to.
PAGES = frozenset(
    {
        "answer",
        "files",
        "withdraw",
        "appeal",
        "appeal_text",
        "payout",
        "replacement",
        "access",
        "identity",
        "copy",
    }
)


@bp.get("")
def show(reference: str, token: str) -> Response:
    """Where the claim stands, what happens next and by when, and all that was decided and told."""
    access.check_link(reference, token)
    claim = claim_page(reference)
    if claim is None:
        abort(404)
    policy = policy_of(in_the_language_of(claim))
    if claim.status is Status.DRAFT:
        if claim.email_confirmed_at and claim.email in access.open_addresses():
            return go(access.let_in(claim))
        return page_of("not_sent", claim, token, address=masked(claim.email or ""))
    decision, zone = claim.decision, ZoneInfo(policy.shop.time_zone)
    opening = access.unlocked(claim)
    ground, policys = ground_in_force(claim), policys_ground(claim)
    first = next((each for each in claim.events if each.action is not Action.BLACK_OUT), None)
    return page_of(
        "show",
        claim,
        token,
        just_sent=request.args.get("sent") == "yes"
        and first is not None
        and claim.moved_at == first.at,
        next=next_step(claim, policy, at=now()),
        verdict=shown_document(
            decision.document,
            policy,
            automatic=decision.automatic,
            order=claim.facts.get("order", {}) if claim.order_known else None,
            case=decision.case,
        )
        if decision
        else None,
        governing=governing(claim, policy, at=now()),
        nearest=nearest_miss_kept(claim, policy),
        ground=ground_words(ground, zone=zone),
        quoted=ground.clauses,
        zone=policy.shop.time_zone,
        policys=ground_words(policys, zone=zone),
        policys_quoted=policys.clauses,
        reason=reason_of(policy, claim),
        timeline=happened(claim, policy),
        clocks=told_clocks(claim, policy),
        mails=told(mails_about(reference), policy),
        together=notices.was_filed_together(claim),
        rows=rows(claim, changing=opening),
        waiting=waiting(claim),
        opening=opening,
        actions=actions_open_to(claim.status, Actor.CUSTOMER),
        may_appeal=may_appeal(claim),
        may_change_payee=may_change_payee(claim),
        may_try_again=may_try_again(claim),
        may_answer_identity=wants_documents(claim),
        may_answer_access=waits_for_owner(claim),
        wanted=asked_words(claim, policy=policy, at=now()),
        note=note_of(claim),
        closed=closed_words(claim, policy=policy, at=now()) if asks_payee(claim) else None,
        payee=_payee(claim, in_full=opening),
        cost=cost_owed(claim),
        address=masked(claim.email or ""),
    )


def _payee(claim: Claim, *, in_full: bool) -> list[tuple[str, str]]:
    """Where the money goes: in full to whoever entered a code, both ends to all with the link."""
    details = payee_of(claim) if in_full else None
    if details is not None:
        return details.shown_in_full()
    return [(name, value) for name, value in claim.payout_masked or []]


@bp.route("/unlock", methods=["GET", "POST"])
@limited("12 per minute;60 per hour")
def unlock(reference: str, token: str) -> Response:
    """Ask for a code; it goes to the claim's own address, whoever asks."""
    access.check_link(reference, token)
    claim = _found(reference)
    if claim.email and PlainForm().validate_on_submit():
        with transaction():
            claim = _found(reference, lock=True)
            codes.send(
                claim,
                to=claim.email or "",
                by=access.asker(claim.email or ""),
                policy=policy_of(claim),
                at=now(),
                linked=True,
            )
        return go(url_for(".code", reference=reference, token=token, to=_to()))
    return page_of("unlock", claim, token, address=masked(claim.email or ""), to=_to())


@bp.route("/code", methods=["GET", "POST"])
@limited("30 per minute;120 per hour")
def code(reference: str, token: str) -> Response:
    """Enter the code: the claim can be changed from this browser for half an hour."""
    access.check_link(reference, token)
    claim, form, to = _found(reference), CodeForm(), _to()
    if not claim.email:
        return go(url_for(".unlock", reference=reference, token=token, to=to))
    if form.validate_on_submit() and (opened := enter(form, lambda: _found(reference, lock=True))):
        claim = _found(reference)
        if claim.status is Status.DRAFT:
            access.keep_draft(reference)
            access.prove(reference, opened.address)
            first = opened.first
            return already_open(claim, first) if first else go(access.resume_url(claim))
        return go(
            url_for(f"changing.{to}", reference=reference, token=token)
            if to
            else access.status_url(reference)
        )
    return page_of("code", claim, token, form=form, address=masked(claim.email or ""), to=to)


def may_appeal(claim: Claim) -> bool:
    """Whether an appeal is open, and still in time."""
    return claim.open_to_appeal(at=now())


def note_of(claim: Claim) -> str | None:
    """What the person who asked wrote along."""
    asks = [event for event in claim.events if event.action is Action.ASK]
    return asks[-1].note if asks else None


def _found(reference: str, *, lock: bool = False) -> Claim:
    found = claim_for_change(reference) if lock else claim_alone(reference)
    return in_the_language_of(found or abort(404))


def _to() -> str | None:
    wanted = request.args.get("to")
    return wanted if wanted in PAGES else None


def page_of(
    name: str,
    claim: Claim,
    token: str,
    *,
    room: str = "claim",
    status: int | None = None,
    **context: object,
) -> Response:
    """A page about the claim, under the head of its shop; ``room`` is the folder of its template."""
    return render(
        f"customer/{room}/{name}.html",
        status=status,
        claim=claim,
        token=token,
        url=access.status_url(claim.reference),
        shop=masthead(policy_of(claim)),
        **context,
    )
