"""The addresses that hear of a shop's events, for an admin: added, stopped, removed, and what each was sent."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, request, url_for
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import DataRequired

from portal.config.settings import settings
from portal.database import LARGEST_ID, transaction
from portal.events.kinds import EventType
from portal.people.rights import Task
from portal.translation import gettext, lazy_gettext as _
from portal.web.frame.clock import now
from portal.web.frame.fields import Boxes, PageForm, at_most, one_line, readable
from portal.web.frame.htmx import go, render
from portal.web.guards import staff
from portal.webhooks import setting
from portal.webhooks.models import DeliveryState, EndpointStands, EndpointState, WebhookEndpoint
from portal.webhooks.setting import WebhookRefused

bp = Blueprint("webhooks", __name__, url_prefix="/review/webhooks")
bp.before_request(staff.reviewers_only)
bp.before_request(staff.those_who(Task.CONNECT))

AT_ONCE = 50  # deliveries on a page
STATES = {
    EndpointState.ACTIVE: (_("Called"), "success"),
    EndpointState.PAUSED: (_("Paused"), "neutral"),
    EndpointState.PARKED: (_("Stopped: it failed for three days"), "danger"),
}
DELIVERIES = {
    DeliveryState.WAITING: (_("Waits"), "info"),
    DeliveryState.DELIVERED: (_("Arrived"), "success"),
    DeliveryState.PARKED: (_("Given up"), "danger"),
}

EVENTS = {
    EventType.CLAIM_SUBMITTED: _("A claim is sent"),
    EventType.CLAIM_NEEDS_INFORMATION: _("A claim needs information"),
    EventType.CLAIM_IN_REVIEW: _("A claim waits for a person"),
    EventType.CLAIM_APPROVED: _("A claim is approved"),
    EventType.CLAIM_DECLINED: _("A claim is declined"),
    EventType.CLAIM_APPEALED: _("A claim is appealed"),
    EventType.CLAIM_CLOSED: _("An appeal is declined"),
    EventType.CLAIM_WITHDRAWN: _("A claim is withdrawn"),
    EventType.PAYOUT_DUE: _("A refund is due"),
    EventType.PAYOUT_SENT: _("A refund is sent"),
    EventType.PAYOUT_PAID: _("A refund is paid"),
    EventType.PAYOUT_FAILED: _("A refund fails"),
    EventType.PAYOUT_UNKNOWN: _("Of a refund it is not known whether it arrived"),
    EventType.PAYOUT_HELD: _("A refund is held for a person"),
    EventType.ORDER_OWED: _("An order is owed for, and nobody asked"),
    EventType.FILE_READY: _("A file was checked and can be seen"),
    EventType.FILE_REFUSED: _("A file can't be used"),
}


class WebhookForm(PageForm):
    """Where events are called to, and which."""

    url = StringField(
        _("Address that is called"),
        filters=[one_line],
        validators=[
            readable,
            DataRequired(_("Write the address of the shop's system")),
            at_most(setting.LONGEST),
        ],
    )
    types = Boxes(
        _("Which events"),
        choices=[(str(each), words) for each, words in EVENTS.items()],
        empty=None,
    )


@bp.get("")
def index() -> Response:
    """Each shop's addresses, whether they are called, and how much was given up."""
    found = setting.endpoints_of()
    given_up = setting.given_up_of(found)
    shops = [(shop, policy.shop.name, [each for each in found if each.shop == shop])
             for shop, policy in staff.shops(Task.CONNECT).items()]  # fmt: skip
    return render(
        "connections/webhooks/index.html",
        shops=shops,
        given_up=given_up,
        states=STATES,
        me=staff.me(),
    )


@bp.route("/<shop>/new", methods=["GET", "POST"])
def add(shop: str) -> Response:
    """Add an address, behind a fresh code; its secret is shown this once."""
    staff.shop_for(Task.CONNECT, shop)
    if asked := staff.fresh_factor(url_for(".add", shop=shop)):
        return asked
    form = WebhookForm()
    if form.validate_on_submit():
        try:
            with transaction():
                endpoint, secret = setting.add(
                    shop,
                    url=form.url.data or "",
                    types=form.types.data or [],
                    at=now(),
                    loopback=settings().calls_here(form.url.data or ""),
                    by=staff.me(),
                )
                key = endpoint.key
        except WebhookRefused as refused:
            form[refused.field].errors = [str(refused)]
        else:
            return _page("added", shop, key=key, secret=secret)
    return _page("new", shop, form=form)


@bp.get("/<webhook>")
def show(webhook: str) -> Response:
    """One address and what it was sent, the newest first, each try with what it answered."""
    before = request.args.get("before", default=None, type=int)
    endpoint = _known(webhook)
    if before is not None and not 0 < before <= LARGEST_ID:
        abort(404)
    sent = setting.log_of(endpoint, before=before, most=AT_ONCE + 1)
    onward = sent[AT_ONCE - 1].id if len(sent) > AT_ONCE else None
    return _page(
        "show",
        endpoint.shop,
        endpoint=endpoint,
        sent=sent[:AT_ONCE],
        onward=onward,
        states=STATES,
        deliveries=DELIVERIES,
    )


@bp.post("/<webhook>/pause")
def pause(webhook: str) -> Response:
    """Call it no more for now; nothing is lost."""
    return _change(webhook, setting.pause, gettext("It is paused. What happens meanwhile waits."))


@bp.post("/<webhook>/resume")
def resume(webhook: str) -> Response:
    """Call it again: what was given up, then what waits."""
    said = gettext("It is called again: first what was given up, then what waits.")
    return _change(webhook, setting.resume, said)


@bp.post("/<webhook>/remove")
def remove(webhook: str) -> Response:
    """Call it never again, behind a fresh code."""
    endpoint = _known(webhook)
    if asked := staff.fresh_factor(url_for(".show", webhook=webhook)):
        return asked
    shop = endpoint.shop
    return _change(webhook, setting.remove, gettext("The webhook is removed."), onward=shop)


@bp.post("/<webhook>/send-again")
def send_again(webhook: str) -> Response:
    """Send one event once more: the same id, the same bytes."""
    event = request.form.get("event", "")

    def again(endpoint: WebhookEndpoint, *, at: Any, by: Any) -> None:  # noqa: ARG001 - as each change
        delivery = setting.delivery_for_change(endpoint, event) if event.isprintable() else None
        if delivery is None:
            raise WebhookRefused(gettext("This event was never sent there."))
        setting.send_again(delivery, at=at)

    return _change(webhook, again, gettext("It is sent again, within seconds."))


def _change(
    webhook: str, act: Callable[..., None], said: str, *, onward: str | None = None
) -> Response:
    """Do it under the endpoint's lock; a refusal is told on its page."""
    try:
        with transaction():
            endpoint = setting.endpoint_for_change(webhook)
            if endpoint is None or endpoint.shop not in staff.visible(Task.CONNECT):
                abort(404)
            act(endpoint, at=now(), by=staff.me())
        flash(said, "success")
    except EndpointStands:
        flash(gettext("Somebody changed it meanwhile. This is how it is now."), "info")
    except WebhookRefused as refused:
        flash(str(refused), "info")
    return go(url_for(".index", _anchor=onward) if onward else url_for(".show", webhook=webhook))


def _known(webhook: str) -> WebhookEndpoint:
    found = next((each for each in setting.endpoints_of() if each.key == webhook), None)
    if found is None:
        abort(404)
    staff.shop_for(Task.CONNECT, found.shop)
    return found


def _page(template: str, shop: str, **context: Any) -> Response:
    name = staff.shop_for(Task.CONNECT, shop).shop.name
    path = f"connections/webhooks/{template}.html"
    return render(path, shop_id=shop, shop_name=name, me=staff.me(), **context)
