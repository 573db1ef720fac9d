"""What is owed although nobody asked: seen by shop, released by a payer, stopped by one."""

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, request, url_for
from werkzeug.wrappers import Response

from portal.database import LARGEST_ID, transaction
from portal.payouts.owed.listing import of_each, page_of, totals
from portal.payouts.owed.models import Owed
from portal.payouts.owed.refunding import left_in_each, refund_each
from portal.payouts.owed.switching import last_turns, turn
from portal.people.rights import Task
from portal.policy.deciding.document import Policy, Unasked
from portal.translation import gettext, lazy_gettext as _, ngettext
from portal.web.frame.clock import now
from portal.web.frame.fields import PageForm
from portal.web.frame.htmx import go, render
from portal.web.guards import limits, staff

bp = Blueprint("owed", __name__, url_prefix="/payouts/owed")
bp.before_request(staff.reviewers_only)
bp.before_request(staff.those_who(Task.PAY))
bp.before_request(limits.where_counted)

SHOWN = 50  # orders that a page lists, each with its own box
FIRST = 5  # of each shop, on the page of all shops
LONGEST = 80  # characters of an order's number
MODES = {
    Unasked.OFF: _("Nothing is looked for"),
    Unasked.LIST: _("People release it"),
    Unasked.PAY: _("Paid by itself"),
}


@bp.get("")
def index() -> Response:
    """The orders of each of this person's shops that are owed for, the oldest of them, and what they come to."""
    policies = _looking()
    owed, standing = of_each(policies, most=FIRST), _standing(policies)
    shops = [
        standing[each.id] | {"totals": owed[each.id].totals, "rows": owed[each.id].oldest}
        for each in policies
    ]
    return render("payouts/owed.html", shops=shops, modes=MODES, me=staff.me())


@bp.route("/<shop>", methods=["GET", "POST"])
def show(shop: str) -> Response:
    """All of one shop's, a page at a time; a payer releases those that are ticked, or the page's."""
    policy, form = staff.shop_for(Task.PAY, shop), PageForm()
    if form.validate_on_submit():
        return staff.fresh_factor(url_for(".show", shop=shop)) or _release(policy)
    after = _cursor(request.args.get("after", ""))
    rows = page_of(policy, after=after, most=SHOWN + 1)
    more = rows[SHOWN - 1] if len(rows) > SHOWN else None
    return render(
        "payouts/owed_by_shop.html",
        **_standing([policy])[policy.id],
        totals=totals(policy),
        rows=rows[:SHOWN],
        first=after is None,
        next=url_for(".show", shop=shop, after=_place(more)) if more else None,
        form=form,
        modes=MODES,
        me=staff.me(),
    )


@bp.post("/<shop>/switch")
def switch(shop: str) -> Response:
    """Stop what the worker pays unasked in the shop, or let it go on."""
    policy, stop = staff.shop_for(Task.PAY, shop), request.form.get("turn") == "stop"
    if not stop and (asked := staff.fresh_factor(url_for(".show", shop=shop))):
        return asked
    with transaction():
        turn(policy.id, stopped=stop, by=staff.me(), at=now())
    said = (
        gettext("Stopped: the worker pays nothing more of it.") if stop else gettext("It goes on.")
    )
    flash(said, "success")
    return go(url_for(".show", shop=shop))


def _release(policy: Policy) -> Response:
    whole_page = request.form.get("which") == "page"
    chosen = request.form.getlist("listed" if whole_page else "order")[:SHOWN]
    claims, refused = refund_each(
        [each for each in chosen if len(each) <= LONGEST and "\x00" not in each],
        policy=policy,
        at=now(),
        by=staff.me(),
    )
    if claims:
        words = ngettext(
            "%(num)s refund is released.", "%(num)s refunds are released.", len(claims)
        )
        flash(words, "success")
    if refused:
        words = gettext(
            "Left out, since it is not owed any more or is of your own account: %(orders)s.",
            orders=", ".join(refused),
        )
        flash(words, "warning")
    if not chosen:
        flash(gettext("Tick the orders to be refunded first."), "warning")
    return go(url_for(".show", shop=policy.id))


def _looking() -> list[Policy]:
    mine = staff.shops(Task.PAY).values()
    return [each for each in mine if each.shop.unasked is not Unasked.OFF]


def _standing(policies: list[Policy]) -> dict[str, dict[str, Any]]:
    """What both pages say of a shop beside what it owes: its way, its switch, and what is left of the day."""
    turned = last_turns([each.id for each in policies])
    left = left_in_each(policies, at=now())
    return {
        each.id: {"policy": each, "turned": turned.get(each.id), "left": left[each.id]}
        for each in policies
    }


def _place(row: Owed) -> str:
    """A row as it stands in an address; ``_cursor`` reads it."""
    return f"{row.owed_since.isoformat()}~{row.id}"


def _cursor(text: str) -> tuple[datetime, int] | None:
    """The row behind which a page begins; None where the address names none."""
    since, _, number = text.rpartition("~")
    try:
        at = datetime.fromisoformat(since)
        return (at, int(number)) if at.tzinfo and 0 < int(number) <= LARGEST_ID else None
    except (ValueError, OverflowError):
        return None
