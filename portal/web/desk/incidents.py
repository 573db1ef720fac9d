"""Bursts of claims about one service and country: the list of them, and one with what waits of it."""

from datetime import UTC, datetime

from flask import Blueprint, abort, flash, url_for
from werkzeug.wrappers import Response
from wtforms import DateTimeLocalField, Field
from wtforms.validators import InputRequired, Optional, StopValidation

from portal.claims.desk.groups import Group
from portal.claims.desk.outages import record_outage
from portal.claims.queue.incidents import (
    CAP,
    MOST,
    NEWEST,
    Burst,
    claims_of,
    in_words,
    incident,
    incidents,
    lacks_outage,
    verdicts_in,
)
from portal.people.rights import Task
from portal.policy.deciding.document import Policy
from portal.policy.facts.reasons import BY_CODE
from portal.translation import gettext, lazy_gettext as _, ngettext
from portal.web.desk.alike import words_of
from portal.web.frame.clock import now
from portal.web.frame.fields import PageForm
from portal.web.frame.htmx import go, render
from portal.web.guards import staff
from portal.web.review.forms import a_date

bp = Blueprint("incidents", __name__, url_prefix="/review/incidents")
bp.before_request(staff.reviewers_only)
bp.before_request(staff.those_who(Task.LOOK))

WRITTEN = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


@bp.get("")
def index() -> Response:
    """The incidents of which claims wait for a person, the newest first."""
    shops = staff.shops(Task.LOOK)
    found = [each for each in incidents(staff.visible()) if each.incident.shop in shops]
    return render(
        "desk/incidents/all.html", me=staff.me(), found=found, shops=shops, cap=CAP, newest=NEWEST
    )


class OutageForm(PageForm):
    """From when until when an incident was an outage, in UTC; without an end it goes on."""

    began = DateTimeLocalField(
        _("Began (UTC)"), format=WRITTEN,
        validators=[InputRequired(_("Enter the date and time, in UTC")), a_date],
    )  # fmt: skip
    ended = DateTimeLocalField(
        _("Ended (UTC), empty while it goes on"), format=WRITTEN, validators=[Optional(), a_date]
    )
    now: datetime
    since: datetime

    def validate_began(self, field: Field) -> None:
        """Refuse one that began after the first claim about it."""
        if field.data is not None and field.data.replace(tzinfo=UTC) > self.since:
            raise StopValidation(gettext("Enter a time before the first claim was sent"))

    def validate_ended(self, field: Field) -> None:
        """Refuse an end before the beginning, and one that is still to come."""
        if field.data is None or self.began.data is None:
            return
        if not self.began.data < field.data <= self.now.replace(tzinfo=None):
            raise StopValidation(
                gettext("Enter a time after it began that has passed, or leave it empty")
            )


@bp.get("/<int:number>")
def show(number: int) -> Response:
    """One incident: its claims that wait, by verdict; those that are alike are decided together."""
    burst = incident(number, shops=staff.visible()) or abort(404)
    return _shown(burst, _outage_form(burst))


@bp.post("/<int:number>/outage")
def record(number: int) -> Response:
    """Record the incident as an outage: the policy decides its claims by it, each stays with a person."""
    burst = incident(number, shops=staff.visible(Task.DECIDE)) or abort(404)
    policy = staff.shop_for(Task.DECIDE, burst.incident.shop)
    form = _outage_form(burst)
    if not form.validate_on_submit():
        return _shown(burst, form)
    began = (form.began.data or burst.incident.since).replace(tzinfo=UTC)
    ended = form.ended.data
    done = record_outage(
        number, began=began, ended=ended and ended.replace(tzinfo=UTC), by=staff.me(), at=now(),
        policy=policy,
    )  # fmt: skip
    told = ngettext("The outage is recorded of %(num)s claim.", "The outage is recorded of %(num)s claims.", done.told)  # fmt: skip
    flash(told, "success" if done.told else "warning")
    if done.more:
        left = gettext("There are more: %(most)s go at once. Record it again to go on.", most=MOST)
        flash(left, "warning")
    return go(url_for(".show", number=number))


def _outage_form(burst: Burst) -> OutageForm:
    of = burst.incident
    kept = {"began": of.outage_from or of.since.replace(second=0, microsecond=0), "ended": of.outage_until}  # fmt: skip
    form = OutageForm(data={name: at and at.replace(tzinfo=None) for name, at in kept.items()})
    form.now, form.since = now(), of.since
    return form


def _shown(burst: Burst, form: OutageForm) -> Response:
    policy = staff.shop_for(Task.LOOK, burst.incident.shop)
    lines = claims_of(burst)
    may_decide = staff.me().may(Task.DECIDE, policy.id)
    lacks = any(each.lacks for each in lines) or (
        len(lines) == MOST and lacks_outage(burst.incident)
    )
    together = _together(burst, policy, may_decide=may_decide)
    return render(
        "desk/incidents/one.html",
        me=staff.me(),
        burst=burst,
        shop_name=policy.shop.name,
        zone=policy.shop.time_zone,
        together=together,
        counted=sum(many for _, many, *_ in together),
        lines=lines,
        form=form if may_decide and lacks else None,
        reasons={code: reason.staff for code, reason in BY_CODE.items()},
        in_words=in_words,
        cap=CAP,
        most=MOST,
    )


def _together(
    burst: Burst, policy: Policy, *, may_decide: bool
) -> list[tuple[Group, int, str, str | None]]:
    """The groups that are decided together, how many are in each, their clause's words, and the way there.

    The way is None where this person decides nothing in the shop.
    """
    found = []
    for outcome, clause, many in verdicts_in(burst):
        group = Group(policy.id, outcome, clause or "")
        if rule := words_of(group, policy):
            of = group._asdict() | {"incident": burst.incident.id}
            found.append((group, many, rule, url_for("alike.show", **of) if may_decide else None))
    return found
