"""The payouts that wait for a person: looked up now, paid again, or released with a written reason."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from portal.claims.models import Claim
from portal.claims.payout.second_person import waits_for_second
from portal.claims.queries import claim_for_change
from portal.claims.refusals import AmountRefused, ClaimHasMoved
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import Payout
from portal.ledger.rails import BY_ITSELF
from portal.payouts import paying
from portal.payouts.attention import Cause, look_up_now, stuck
from portal.people.rights import Task
from portal.translation import gettext, lazy_gettext as _
from portal.web.frame.clock import now
from portal.web.frame.fields import PageForm, SeenVersion, story
from portal.web.frame.htmx import go, render
from portal.web.frame.shop import policy_of
from portal.web.guards import limits, staff
from portal.web.guards.proved import factor_needed
from portal.web.payouts.due import RAIL_WORDS

bp = Blueprint("attention", __name__, url_prefix="/payouts/attention")
bp.before_request(staff.reviewers_only)
bp.before_request(staff.those_who(Task.PAY))
bp.before_request(limits.where_counted)

SHOWN = 100
CAUSES: dict[Cause, str] = {
    Cause.UNKNOWN: _("Not known whether it arrived"),
    Cause.GIVEN_UP: _("Tried, and given up"),
    Cause.FAILED: _("Failed for good"),
    Cause.HELD: _("Held"),
}


class ActForm(PageForm):
    """What is done to a payout: the version of its claim that the page showed."""

    seen = SeenVersion()


class GoOnForm(ActForm):
    """Why what is held goes on."""

    because = story(
        _("Why it is paid all the same"), empty=_("Write why it is paid all the same."), length=2000
    )


@bp.get("")
def index() -> Response:
    """What waits for a person, the oldest first."""
    return _list()


@bp.post("/<key>/look-up")
def look_up(key: str) -> Response:
    """Have the rail asked at once."""
    return _act(
        key, _looked_up, gettext("It is looked up now. Look at this page again in a minute.")
    )


@bp.post("/<key>/again")
def again(key: str) -> Response:
    """Owe it once more, behind a fresh code."""
    if asked := staff.fresh_factor(url_for(".index")):
        return asked
    return _act(key, _paid_again, gettext("It is to be paid again."))


@bp.post("/<key>/release")
def release(key: str) -> Response:
    """What is held goes on, for a written reason."""
    form = GoOnForm(prefix=key)
    if not form.validate():
        return _list(refused=(key, form))
    if not staff.is_fresh():
        form.because.errors = [factor_needed()]
        return _list(refused=(key, form))
    return _act(key, _released, gettext("It goes on."), form=form)


def _looked_up(claim: Claim, payout: Payout, form: Any) -> None:
    look_up_now(claim, payout, at=now(), seen=form.seen.data)


def _paid_again(claim: Claim, payout: Payout, form: Any) -> None:
    if payout is not claim.payout:
        raise ClaimHasMoved
    paying.retry(claim, by=staff.me(), at=now(), seen=form.seen.data, policy=policy_of(claim))


def _released(claim: Claim, payout: Payout, form: Any) -> None:
    because = form.because.data or ""
    said = {"by": staff.me(), "at": now(), "seen": form.seen.data, "policy": policy_of(claim)}
    paying.release(claim, payout, reason=because, **said)


def _act(
    key: str, verb: Callable[[Claim, Payout, Any], None], said: str, *, form: Any = None
) -> Response:
    """Run the verb on the payout, its claim locked, and show what waits then."""
    form = form or ActForm(prefix=key)
    try:
        with transaction():
            found = select(Claim.reference).join(Claim.payouts).where(Payout.key == key)
            claim = claim_for_change(db.session.scalar(found) or "")
            if claim is None or claim.shop not in staff.shops(Task.PAY):
                raise ClaimHasMoved
            verb(claim, next(each for each in claim.payouts if each.key == key), form)
    except AmountRefused as refused:
        flash(str(refused), "danger")
    else:
        flash(said, "success")
    return go(url_for(".index"))


def _list(refused: tuple[str, GoOnForm] | None = None) -> Response:
    mine = staff.shops(Task.PAY)
    found = stuck(list(mine), at=now(), most=SHOWN)
    forms = {each.payout.key: _form(each.payout, each.claim) for each in found}
    key, form = refused or ("", None)
    if form is not None:
        forms[key] = form
    return render(
        "payouts/attention.html",
        me=staff.me(),
        stuck=found,
        forms=forms,
        form=form,
        causes=CAUSES,
        second=waits_for_second,
        ways=RAIL_WORDS,
        asks=BY_ITSELF,
        shops={shop: policy.shop.name for shop, policy in mine.items()},
    )


def _form(payout: Payout, claim: Claim) -> GoOnForm:
    form = GoOnForm(prefix=payout.key, formdata=None)
    form.seen.data = claim.version
    return form
