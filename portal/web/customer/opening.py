"""Beginning a claim: which order, whose account, and the code that proves the address."""

from collections.abc import Callable
from typing import NamedTuple

from flask import Blueprint, Response, flash, request, url_for

from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.claims.queries import draft_like
from portal.claims.refusals import AlreadyOpen
from portal.claims.verbs import codes, filing
from portal.claims.verbs.codes import Entered
from portal.database import transaction
from portal.translation import gettext
from portal.web.customer.forms import BalanceForm, CodeForm, OrderForm, PlainForm
from portal.web.customer.handed.arriving import arrive
from portal.web.customer.journey import STEPS
from portal.web.frame import headers
from portal.web.frame.clock import now
from portal.web.frame.fields import PageForm
from portal.web.frame.htmx import go, render
from portal.web.frame.shop import masthead, offers_balance, policy_of, shop_policy
from portal.web.guards import access
from portal.web.guards.languages import reader_tag
from portal.web.guards.limits import limited

bp = Blueprint("opening", __name__)


@bp.route("/<shop>/claim", methods=["GET", "POST"])
@limited("30 per minute;200 per hour")
def begin(shop: str) -> Response:
    """Order number and account e-mail: a draft begins and a code is on its way."""
    policy = shop_policy(shop)
    if request.method != "POST" and "token" in request.args:
        return arrive(policy, request.args["token"])
    balance = request.args.get("about") == "balance" and offers_balance(policy)
    form = BalanceForm() if balance else OrderForm(order=request.args.get("order"))
    if not form.validate_on_submit():
        return _ask(form, shop=shop, balance=balance)
    order, email = "" if balance else form.order.data or "", form.email.data or ""
    with transaction():
        claim = draft_like(
            access.drafts(), shop=shop, order_key=filing.order_key(order), email=email
        )
        if claim is None:
            claim = filing.start(
                shop=shop, order_reference=order, email=email, language=reader_tag(), at=now()
            )
        confirmed = _is_known(claim)
        first = _open_already(claim) if confirmed else None
        if not confirmed:
            codes.send(claim, to=email, by=access.asker(email), policy=policy_of(claim), at=now())
        reference, address = claim.reference, claim.email or ""
    access.keep_draft(reference)
    return (
        _begun(reference, address, first)
        if confirmed
        else go(url_for(".code", reference=reference))
    )


@bp.route("/new/<reference>/order", methods=["GET", "POST"])
@limited("30 per minute;200 per hour")
def order(reference: str) -> Response:
    """Change the order or the address; a new address is proved again."""
    claim = access.draft(reference, confirmed=False)
    if not access.may_rename(claim):
        return go(url_for(".code", reference=reference))
    balance = claim.order_key is None
    form = (
        BalanceForm(email=claim.email)
        if balance
        else OrderForm(order=claim.order_reference, email=claim.email)
    )
    if not form.validate_on_submit():
        return _ask(form, shop=claim.shop, balance=balance, claim=claim)
    first = None
    number, email = "" if balance else form.order.data or "", form.email.data or ""
    with transaction():
        claim = access.draft(reference, lock=True, confirmed=False)
        filing.name_order(claim, order_reference=number, email=email)
        confirmed, address = _is_known(claim), claim.email or ""
        if confirmed:
            first = _open_already(claim)
        else:
            codes.send(claim, to=email, by=access.asker(email), policy=policy_of(claim), at=now())
    return (
        _begun(reference, address, first)
        if confirmed
        else go(url_for(".code", reference=reference))
    )


@bp.route("/new/<reference>/code", methods=["GET", "POST"])
@limited("30 per minute;120 per hour")
def code(reference: str) -> Response:
    """The code from the e-mail: its holder may see the order's records."""
    form = CodeForm()
    if form.validate_on_submit() and (
        opened := enter(form, lambda: access.draft(reference, lock=True, confirmed=False))
    ):
        access.prove(reference, opened.address)
        if opened.first:
            return already_open(access.draft(reference), opened.first)
        return go(opened.onward)
    claim = access.draft(reference, confirmed=False)
    if access.proved(claim) and not form.errors:
        return go(_onward(reference))
    return render(
        "customer/filing/code.html",
        form=form,
        claim=claim,
        shop=masthead(policy_of(claim)),
        step=(2, STEPS),
    )


@bp.post("/new/<reference>/code/again")
@limited("12 per minute;60 per hour")
def resend(reference: str) -> Response:
    """Send another code; only the newest one works."""
    with transaction():
        claim = access.draft(reference, lock=True, confirmed=False)
        email = claim.email or ""
        codes.send(claim, to=email, by=access.asker(email), policy=policy_of(claim), at=now())
    flash(gettext("We sent a new code. Only the newest one works."), "success")
    return go(url_for(".code", reference=reference))


@bp.route("/new/<reference>/discard", methods=["GET", "POST"])
def discard(reference: str) -> Response:
    """Stop here: this browser forgets the draft, and nothing is sent."""
    claim = access.draft(reference, confirmed=False)
    if PlainForm().validate_on_submit():
        access.let_go(reference)
        flash(gettext("Your claim was not sent, and this browser no longer keeps it."), "info")
        answer = go(url_for("shops.start", shop=claim.shop))
        answer.headers.update(headers.LEAVING)
        return answer
    return render("customer/filing/discard.html", claim=claim, shop=masthead(policy_of(claim)))


def already_open(claim: Claim, first: str) -> Response:
    """The page that leads to the open claim about the same order (shown to its holder only)."""
    return render(
        "customer/filing/already_open.html",
        status=409,
        claim=claim,
        first=first,
        url=access.status_url(first),
        shop=masthead(policy_of(claim)),
    )


def _is_known(claim: Claim) -> bool:
    """Whether this session has proved the draft's address already: with this draft, or with another claim."""
    if access.is_holder(claim.email):
        filing.vouch(claim, at=now())
        return True
    return access.proved(claim)


def _begun(reference: str, address: str, first: str | None) -> Response:
    access.prove(reference, address)
    claim = access.draft(reference)
    return already_open(claim, first) if first else go(_onward(reference))


def _onward(reference: str) -> str:
    """Where a draft goes on whose address is proved: to its result where there can be one."""
    return access.resume_url(access.draft(reference))


class Opened(NamedTuple):
    """What a code opened: a claim by its address; ``first`` is the open one about the same order.

    ``onward`` is where a draft goes on.
    """

    address: str
    first: str | None
    onward: str


def enter(form: CodeForm, locked: Callable[[], Claim]) -> Opened | None:
    """Open the claim to this browser by the form's code; None for a wrong one, which the form tells.

    A draft's address is confirmed by it.
    """
    first = None
    with transaction():
        claim = locked()
        entered = codes.use(claim, address=claim.email or "", code=form.code.data or "", at=now())
        if entered is Entered.RIGHT and claim.status is Status.DRAFT:
            try:
                filing.confirm_address(claim, at=now())
            except AlreadyOpen as error:
                first = error.reference
        reference, address = claim.reference, claim.email or ""
        onward = access.resume_url(claim)
    if entered is not Entered.RIGHT:
        form.refuse(entered)
        return None
    access.unlock_session(reference)
    access.hold_address(address)
    return Opened(address, first, onward)


def _open_already(claim: Claim) -> str | None:
    try:
        filing.refuse_second(claim)
    except AlreadyOpen as error:
        return error.reference
    return None


def _ask(form: PageForm, *, shop: str, balance: bool, claim: Claim | None = None) -> Response:
    policy = shop_policy(shop)
    asked = claim is not None and claim.reason is not None
    back = access.resume_url(claim) if claim and asked else url_for("shops.start", shop=shop)
    return render(
        "customer/filing/begin.html",
        form=form,
        claim=claim,
        balance=balance,
        offers_balance=offers_balance(policy),
        back=back,
        shop=masthead(policy),
        step=(1, STEPS),
    )
