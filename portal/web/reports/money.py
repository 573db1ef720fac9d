"""Refunds that nobody asked for, and what shop and provider owe each other: a page, and files for a spreadsheet."""

from datetime import UTC, timedelta
from urllib.parse import urlencode

from flask import Blueprint, abort, request, url_for
from werkzeug.wrappers import Response

from portal.people.rights import Task
from portal.reports.decided import LONGEST
from portal.reports.money import Gap, GapReport, UnaskedLine, gaps, unasked
from portal.translation import lazy_gettext as _
from portal.web.frame.clock import now
from portal.web.frame.htmx import render
from portal.web.guards import limits, staff
from portal.web.reports.asked import AskedFor, asked_for, sheet

bp = Blueprint("money_reports", __name__, url_prefix="/review/reports/money")
bp.before_request(staff.reviewers_only)
bp.before_request(staff.those_who(Task.REPORT))

SHOWN = 50  # orders of each kind on the page; the files have all
MONTH = timedelta(days=30)
GAPS = {
    Gap.KEPT_BY_US: (
        _("Returned to the shop, not to the customer"),
        _("The provider gave the shop its money back. By the records and by what was paid here, the customer got nothing back."),
    ),
    Gap.KEPT_BY_PROVIDER: (
        _("Returned to the customer, not to the shop"),
        _("The customer got money back. The provider says that it kept what it took of the shop."),
    ),
}  # fmt: skip


@bp.get("")
def index() -> Response:
    """The last 30 days, unless others are asked for."""
    asked = _asked()
    query = urlencode(request.args)
    return render(
        "reports/money.html",
        me=staff.me(),
        since=asked.first,
        until=asked.last,
        unasked=_unasked(asked),
        gaps=[(*GAPS[gap], _gaps(gap, asked, most=SHOWN), f"{url_for('.orders', gap=gap)}?{query}")
              for gap in Gap],
        shops={shop: policy.shop.name for shop, policy in staff.shops(Task.REPORT).items()},
        shop=request.args.get("shop", ""),
        file=f"{url_for('.file')}?{query}",
    )  # fmt: skip


@bp.get("/unasked.csv")
def file() -> Response:
    """Refunds that nobody asked for, by shop, clause and currency."""
    limits.an_export()
    asked = _asked()
    rows = [
        (each.shop, each.clause, each.refunds, each.amount.amount, each.amount.currency)
        for each in _unasked(asked)
    ]
    heading = ("shop", "clause", "refunds", "amount", "currency")
    return sheet(f"unasked-{asked.first}-{asked.last}", heading, rows, shops=asked.shops)


@bp.get("/orders-<gap>.csv")
def orders(gap: str) -> Response:
    """The orders of one gap, all of them."""
    limits.an_export()
    asked, which = _asked(), _gap(gap)
    rows = [
        (
            each.shop,
            each.order,
            each.provider,
            f"{each.ordered_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if each.ordered_at else "",
            each.status or "",
            each.price.amount if each.price else "",
            each.price.currency if each.price else "",
            each.cost.amount if each.cost else "",
            each.cost.currency if each.cost else "",
        )
        for each in _gaps(which, asked).lines
    ]
    heading = ("shop", "order", "provider_reference", "ordered_at", "provider_status",
               "price", "price_currency", "cost", "cost_currency")  # fmt: skip
    return sheet(f"{which}-{asked.first}-{asked.last}", heading, rows, shops=asked.shops)


def _unasked(asked: AskedFor) -> list[UnaskedLine]:
    return unasked(since=asked.since, until=asked.until, shops=asked.shops)


def _gaps(gap: Gap, asked: AskedFor, *, most: int | None = None) -> GapReport:
    return gaps(gap, since=asked.since, until=asked.until, shops=asked.shops, most=most)


def _gap(text: str) -> Gap:
    try:
        return Gap(text)
    except ValueError:
        abort(404)


def _asked() -> AskedFor:
    """The days and the shop of the address; 404 for too many days."""
    today = now().astimezone(UTC).date()
    asked = asked_for(first=today - MONTH, last=today)
    return asked if asked.until - asked.since <= LONGEST else abort(404)
