"""What is due and waits for a person, and the runs that are made of it."""

from typing import Any

from flask import Blueprint, abort, flash, request, url_for
from werkzeug.wrappers import Response

from portal.database import LARGEST_ID, transaction
from portal.ledger.payout import Rail
from portal.payouts import runs
from portal.payouts.attention import count_stuck
from portal.payouts.runs import Lot, RunStands
from portal.people.rights import Task
from portal.policy.deciding.document import Policy
from portal.translation import lazy_gettext as _, ngettext
from portal.web.frame.clock import now
from portal.web.frame.fields import PageForm
from portal.web.frame.htmx import go, render
from portal.web.guards import limits, staff

bp = Blueprint("due", __name__, url_prefix="/payouts")
bp.before_request(staff.reviewers_only)
bp.before_request(staff.those_who(Task.PAY))
bp.before_request(limits.where_counted)

SHOWN = 100  # payouts that a page lists, each with its own box
RUNS = 20  # runs that a page lists

RAIL_WORDS = {
    Rail.BALANCE: _("Balance"),
    Rail.SEPA: _("SEPA transfer"),
    Rail.MASSFILE: _("File"),
    Rail.ORIGINAL: _("The way it was paid"),
    Rail.MANUAL: _("By hand"),
}
FILE_WORDS = {
    "paypal": _("File for PayPal"),
    "crypto": _("File for wallets"),
    "other": _("File for other ways"),
}


@bp.get("")
def index() -> Response:
    """What is due by shop, rail and currency, with totals and the oldest date; the runs, a page at a time."""
    before, mine = place("before"), staff.shops(Task.PAY)
    made = runs.newest_runs(list(mine), most=RUNS + 1, before=before)
    return render(
        "payouts/index.html",
        me=staff.me(),
        lots=runs.due_lots(policies=mine, at=now()),
        made=made[:RUNS],
        newest=before is None,
        older=url_for(".index", before=made[RUNS - 1].id, _anchor="made") if made[RUNS:] else None,
        stuck=count_stuck(list(mine), at=now()),
        alone=[each.shop.name for each in mine.values() if not each.shop.second_person],
        **words(),
    )


@bp.route("/due/<shop>/<way>/<currency>", methods=["GET", "POST"])
def choose(shop: str, way: str, currency: str) -> Response:
    """The payouts of one lot: all or some of them become a run."""
    policy = staff.shop_for(Task.PAY, shop)
    lot = _lot(shop, way, currency)
    form = PageForm()
    if form.validate_on_submit():
        try:
            return _make(lot, policy)
        except RunStands as refused:
            form.form_errors = [str(refused)]
    after = place("after")
    lines = runs.due_of(lot, at=now(), most=SHOWN + 1, after=after)
    found = [each for each in runs.due_lots(policies={shop: policy}, at=now()) if each.lot == lot]
    if not (found or form.form_errors):
        return go(url_for("due.index"))
    due = found[0] if found else None
    return render(
        "payouts/choose.html",
        me=staff.me(),
        lot=lot,
        due=due,
        lines=lines[:SHOWN],
        after=after,
        next=lines[SHOWN - 1][0].id if lines[SHOWN:] else None,
        form=form,
        arriving=arriving,
        **words(),
    )


def words() -> dict[str, Any]:
    """How a lot is called on the pages: its shop, its rail and its file."""
    return {
        "shops": {shop: each.shop.name for shop, each in staff.shops(Task.PAY).items()},
        "way": way_words,
    }


def way_words(each: Any) -> str:
    """The rail of a lot or a run, in words."""
    return str(FILE_WORDS.get(each.kind) or RAIL_WORDS[each.rail])


def arriving(payout: Any) -> Any:
    """What is to arrive of a payout."""
    return type(payout.amount)(runs.arriving(payout), payout.currency)


def _make(lot: Lot, policy: Policy) -> Response:
    everything = request.form.get("which") == "all"
    chosen = {int(each) for each in request.form.getlist("payout") if _is_number(each)}
    with transaction():
        run = runs.make(
            lot, chosen=None if everything else chosen, by=staff.me(), at=now(), policy=policy
        )
        key, count = run.key, run.count
    if not everything and (gone := len(chosen) - count):
        flash(
            ngettext(
                "%(num)s of those you ticked is no longer due, and left out.",
                "%(num)s of those you ticked are no longer due, and left out.",
                gone,
            ),
            "warning",
        )
    return go(url_for("runs.show", key=key))


def _lot(shop: str, way: str, currency: str) -> Lot:
    """The lot that the address names; 404 for what can be none."""
    kind = request.args.get("kind", "")
    if way not in set(Rail):
        abort(404)
    if not (currency.isascii() and currency.isalpha()):
        abort(404)
    return runs.lot_of(shop, Rail(way), kind, currency)


def place(name: str) -> int | None:
    """The id in the address from where a list goes on; None where it begins, or for what is no id."""
    text = request.args.get(name, "")
    return int(text) if _is_number(text) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < len(str(LARGEST_ID))
