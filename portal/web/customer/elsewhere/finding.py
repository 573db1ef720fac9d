"""Find my claim: an address and a code list all claims of its holder, whether there are any or none."""

from flask import Blueprint, Response, session, url_for

from portal.claims.queries import claims_of_address
from portal.claims.verbs import codes
from portal.claims.verbs.codes import Entered
from portal.claims.wording import reason_words
from portal.database import transaction
from portal.email_addresses import email_key
from portal.policy.deciding.document import Policy
from portal.versions.registry import policies
from portal.web.customer.forms import AddressForm, CodeForm
from portal.web.frame.clock import now
from portal.web.frame.htmx import go, render
from portal.web.frame.shop import Masthead, masthead, policy_of, shop_policy
from portal.web.guards import access
from portal.web.guards.limits import limited

bp = Blueprint("finding", __name__)

_SOUGHT = (
    "sought"  # the address that the code of this session goes to, and the shop asked of, or none
)


@bp.route("/find", methods=["GET", "POST"])
@limited("30 per minute;200 per hour")
def everywhere() -> Response:
    """Whose claims, in all shops."""
    return _ask(None)


@bp.route("/<shop>/find", methods=["GET", "POST"])
@limited("30 per minute;200 per hour")
def at_shop(shop: str) -> Response:
    """Whose claims, in this shop."""
    return _ask(shop_policy(shop))


@bp.route("/find/code", methods=["GET", "POST"])
@limited("30 per minute;120 per hour")
def code() -> Response:
    """The code from the e-mail, which opens the list."""
    address, policy = _sought()
    if address is None:
        return go(_begin(policy))
    form = CodeForm()
    if form.validate_on_submit():
        with transaction():
            entered = codes.use_to_find(
                address=address, by=access.asker(address), code=form.code.data or "", at=now()
            )
        if entered is Entered.RIGHT:
            access.hold_address(address)
            return go(url_for(".claims"))
        form.refuse(entered)
    return render(
        "customer/elsewhere/code.html",
        form=form,
        address=address,
        shop=_head(policy),
        again=_begin(policy),
    )


@bp.get("/find/claims")
def claims() -> Response:
    """All claims of the address: those that were sent, and those that were only begun."""
    address, policy = _sought()
    if address is None or address not in access.open_addresses():
        return go(_begin(policy))
    found = claims_of_address([address], shops=[policy.id] if policy else policies())
    return render(
        "customer/elsewhere/claims.html",
        address=address,
        shop=_head(policy),
        claims=[
            (
                claim,
                policy_of(claim).shop.name,
                reason_words(claim.reason, policy_of(claim)),
                access.status_url(claim.reference),
            )
            for claim in found
        ],
        begin=url_for("opening.begin", shop=policy.id) if policy else url_for("shops.home"),
        again=_begin(policy),
    )


def _ask(policy: Policy | None) -> Response:
    form = AddressForm()
    if not form.validate_on_submit():
        return render(
            "customer/elsewhere/find.html", form=form, shop=_head(policy), action=_begin(policy)
        )
    typed = form.email.data or ""
    address = email_key(typed)
    if address not in access.open_addresses():
        with transaction():
            codes.send_to_find(to=typed, by=access.asker(typed), policy=policy, at=now())
    session[_SOUGHT] = [address, policy.id if policy else None]
    return go(url_for(".claims" if address in access.open_addresses() else ".code"))


def _sought() -> tuple[str | None, Policy | None]:
    address, shop = session.get(_SOUGHT, [None, None])
    return address, policies().get(shop)


def _begin(policy: Policy | None) -> str:
    return url_for(".at_shop", shop=policy.id) if policy else url_for(".everywhere")


def _head(policy: Policy | None) -> Masthead | None:
    return masthead(policy) if policy else None
