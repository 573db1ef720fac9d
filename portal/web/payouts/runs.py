"""One payout run: looked at, released, handed over as a file, and settled by what came back."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, flash, request, url_for
from flask_wtf.file import FileField, FileRequired
from werkzeug.wrappers import Response
from wtforms import BooleanField

from portal.claims.models import Claim
from portal.claims.payout.payee import payee_of
from portal.claims.payout.second_person import is_own
from portal.claims.refusals import NeedsAnother, ReferenceUsed
from portal.database import transaction
from portal.ledger.payout import UNDER_WAY, Payout, PayoutState, Rail
from portal.ledger.runs import PayoutRun
from portal.ledger.settlings import Settling
from portal.payouts import releasing, runs
from portal.payouts.answers import PAYMENT_LENGTH
from portal.payouts.instructing import rail_of
from portal.payouts.rails.rail import RailRefused
from portal.payouts.runs import RunStands
from portal.payouts.settling import lots
from portal.payouts.settling.lines import CameTo
from portal.people.rights import Task
from portal.translation import gettext, lazy_gettext as _
from portal.versions.registry import policies
from portal.web.frame.clock import now
from portal.web.frame.fields import PageForm, visible, words as text_field
from portal.web.frame.htmx import go, is_fragment, render
from portal.web.guards import limits, staff
from portal.web.payouts.due import SHOWN, arriving, place, words

bp = Blueprint("runs", __name__, url_prefix="/payouts/runs")
bp.before_request(staff.reviewers_only)
bp.before_request(staff.those_who(Task.PAY))
bp.before_request(limits.where_counted)

PAGE = "payouts/run.html"

STATES = {
    PayoutState.DUE: (_("Due"), "info"),
    PayoutState.SENT: (_("Under way"), "info"),
    PayoutState.UNKNOWN: (_("Not known"), "warning"),
    PayoutState.PAID: (_("Paid"), "success"),
    PayoutState.HELD: (_("Held"), "warning"),
    PayoutState.FAILED: (_("Failed"), "danger"),
    PayoutState.CANCELLED: (_("Cancelled"), "neutral"),
    PayoutState.REVERSED: (_("Reversed"), "neutral"),
}
CAME_TO = {
    CameTo.PAID: (_("Paid"), "success"),
    CameTo.FAILED: (_("Failed"), "danger"),
    CameTo.AGAIN: (_("Due again, for another run"), "warning"),
    CameTo.PENDING: (_("Under way"), "info"),
    CameTo.KNOWN: (_("Known already"), "neutral"),
    CameTo.BACK: (_("Came back after it was paid"), "danger"),
    CameTo.LOOK: (_("Look at it"), "warning"),
    CameTo.STRANGE: (_("No payout of this shop and rail"), "neutral"),
}


class RunPaidForm(PageForm):
    """The reference of what was paid: one for the whole run."""

    reference = text_field(
        _("Reference of the payment"), empty=_("Enter the reference of the payment"),
        length=PAYMENT_LENGTH,
    )  # fmt: skip
    again = BooleanField(_("This payment is meant: use its reference again"))


class AnswersForm(PageForm):
    """A file that came back from the bank or the payment service."""

    file = FileField(_("File that came back"), validators=[FileRequired(_("Choose the file"))])


@bp.get("/<key>")
def show(key: str) -> Response:
    """The run: its list and sum, and what can be done now; while the worker is at it, how far that is."""
    run = _run(key)
    if is_fragment() and _going(run, lots.last_of(run)) is None:
        return go(url_for(".show", key=key))
    return _page(run)


@bp.post("/<key>/release")
def release(key: str) -> Response:
    """Look at every payout once more, and write the file."""
    run = _run(key)
    if asked := staff.fresh_factor(url_for(".show", key=key)):
        return asked
    try:
        releasing.release(run.key, by=staff.me(), at=now(), policies=policies())
    except (RunStands, RailRefused, NeedsAnother) as refused:
        return _stands(key, str(refused))
    return go(url_for("runs.show", key=key))


@bp.post("/<key>/discard")
def discard(key: str) -> Response:
    """Give up a run that isn't released: its payouts are due as before."""
    _run(key)
    try:
        with transaction():
            found = runs.run_for_change(key)
            if found is None:
                abort(404)
            runs.discard(found, by=staff.me(), at=now())
    except RunStands as refused:
        return _stands(key, str(refused))
    flash(gettext("The run is given up. Its payouts are due as before."), "success")
    return go(url_for("due.index"))


@bp.post("/<key>/file")
def file(key: str) -> Response:
    """The sealed file, byte for byte; it holds every payee's details, so it is a look at them."""
    run = _run(key)
    try:
        data = releasing.file_of(run)
    except RunStands as refused:
        return _stands(key, str(refused))
    if asked := _look(key):
        return asked
    ending = "xml" if run.rail is Rail.SEPA else "csv"
    response = Response(data, mimetype="application/xml" if ending == "xml" else "text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{run.key}.{ending}"'
    return response


@bp.post("/<key>/details")
def details(key: str) -> Response:
    """The run's page with its payees' details in full."""
    run, after = _run(key), place("after") or 0
    shown = [payout.id for payout, _ in runs.lines_of(run, most=SHOWN, after=after)]
    return _look(key, shown) or _page(_run(key), in_full=True)


@bp.post("/<key>/paid")
def paid(key: str) -> Response:
    """What is under way was paid: under one reference for the whole run."""
    run = _run(key)
    form = RunPaidForm()
    if not form.validate():
        return _page(run, form=form, paid=form)
    return _pay(run, form.reference.data or "", form)


@bp.post("/<key>/paid-each")
def paid_each(key: str) -> Response:
    """What is under way was paid: each under its own reference; those without one stay as they are."""
    run = _run(key)
    form = RunPaidForm(formdata=None)
    typed = {
        payout.id: " ".join((visible(request.form.get(f"ref-{payout.id}")) or "").split())
        for payout, _claim in runs.lines_of(run, most=SHOWN, after=place("after") or 0)
    }
    references = {number: text[:PAYMENT_LENGTH] for number, text in typed.items() if text}
    return _pay(run, references, form)


@bp.post("/<key>/answers")
def answers(key: str) -> Response:
    """Take what a file of the bank or the service says; what it says of other runs too."""
    run = _run(key)
    form = AnswersForm()
    if not form.validate():
        return _page(run, form=form, back=form)
    try:
        said = list(rail_of(run).read_answers(form.file.data.stream.read()))
    except RailRefused as refused:
        form.file.errors = [str(refused)]
        return _page(run, form=form, back=form)
    with transaction():
        number = lots.keep_answers(run, said, by=staff.me(), at=now())
    lots.go_on(number, policies=policies())
    return go(url_for(".show", key=key))


def _look(key: str, shown: Sequence[int] | None = None) -> Response | None:
    """Ask for a fresh code before details are shown in full; count the look, and keep it of each claim.

    ``shown`` are the payouts on the page; None for the whole run's.
    """
    if asked := staff.fresh_factor(url_for(".show", key=key)):
        return asked
    limits.a_reveal()
    with transaction():
        releasing.note_looks(_run(key), by=staff.me(), at=now(), shown=shown)
    return None


def _run(key: str) -> PayoutRun:
    """The run of the address; 404 for none, or one of a shop that isn't loaded or where this person doesn't pay."""
    run = runs.run_of(key)
    if run is None:
        abort(404)
    staff.shop_for(Task.PAY, run.shop)
    return run


def _pay(run: PayoutRun, references: dict[int, str] | str, form: Any) -> Response:
    key = run.key
    try:
        with transaction():
            number = lots.keep_word(
                run, references, by=staff.me(), at=now(), again=bool(form.again.data)
            )
    except ReferenceUsed as used:
        form.again.errors = [
            gettext("%(refused)s Check it, or tick this to use it again", refused=used)
        ]
        return _page(_run(key), form=form, paid=form)
    if number is None:
        flash(gettext("Nothing was marked: enter at least one reference."), "warning")
    else:
        lots.go_on(number, policies=policies())
    after = place("after")
    return go(url_for("runs.show", key=key, after=after, _anchor="list" if after else None))


def _stands(key: str, why: str) -> Response:
    return _page(_run(key), stands=why, status=HTTPStatus.CONFLICT)


def _page(
    run: PayoutRun, *, in_full: bool = False, status: int | None = None, **more: Any
) -> Response:
    after = place("after") or 0
    found = runs.lines_of(run, most=SHOWN + 1, after=after)
    lines, states = found[:SHOWN], runs.states_of(run)
    said = lots.last_of(run)
    tally = lots.tally(said) if said else {}
    going = _going(run, said)
    return render(
        PAGE,
        *((going,) if going else ()),
        status=status,
        me=staff.me(),
        run=run,
        lines=[_line(run, payout, claim, in_full=in_full) for payout, claim in lines],
        after=after or None,
        next=lines[-1][0].id if found[SHOWN:] else None,
        listed=(len(lines), sum(states.values())),
        states=[(*STATES[state], count) for state, count in sorted(states.items())],
        left_out=run.left_out[:SHOWN],
        stopped=releasing.what_stops(run, policy=policies()[run.shop]) if run.releasing else "",
        looked_at=run.count - states.get(PayoutState.DUE, 0),
        under_way=sum(count for state, count in states.items() if state in UNDER_WAY),
        in_full=in_full,
        another=releasing.needs_another(run, staff.me(), policy=policies()[run.shop]),
        said=said,
        settled=(sum(tally.values()) - tally.get(None, 0), sum(tally.values())),
        tally=[(*CAME_TO[what], count) for what, count in tally.items() if what],
        came=[(each, *CAME_TO[CameTo(each.came_to or CameTo.LOOK)]) for each in lots.lines_to_read(said, most=SHOWN)] if said else [],
        paid=more.pop("paid", None) or RunPaidForm(formdata=None),
        back=more.pop("back", None) or AnswersForm(formdata=None),
        reads=None if run.rail is Rail.MANUAL else run.rail.value,
        **words(),
        **more,
    )  # fmt: skip


def _going(run: PayoutRun, said: Settling | None) -> str | None:
    """The part of the page that tells how far the worker is; None where it has nothing to do."""
    if run.releasing:
        return "releasing"
    return "settling" if said and not said.ended else None


def _line(run: PayoutRun, payout: Payout, claim: Claim, *, in_full: bool) -> dict[str, Any]:
    """A payout as a row of the run's page: masked, unless the details were asked for."""
    to: list[Any] = [(gettext("Balance"), claim.holder.name)]
    if payout.destination == "payout":
        payee = payee_of(claim) if in_full and not is_own(claim, staff.me()) else None
        to = payee.shown_in_full() if payee else [tuple(each) for each in claim.payout_masked or []]
    return {
        "id": payout.id,
        "claim": claim.reference,
        "order": claim.order_reference,
        "to": to,
        "amount": arriving(payout),
        "fee": payout.fee_minor,
        "state": STATES[payout.state],
        "open": payout.state in UNDER_WAY and run.sha256 is not None,
        "said": payout.payer_reference
        if payout.state is PayoutState.PAID
        else payout.failed_reason or " ".join(each["text"] for each in payout.held),
    }
