"""The calendar of a draft: what it says, what another one would change, and the one that is kept."""

from flask import Blueprint, flash, request, url_for
from werkzeug.wrappers import Response

from portal.translation import gettext
from portal.versions import writing
from portal.versions.models import PolicyVersion
from portal.versions.refusals import TextRefused
from portal.web.frame.clock import now
from portal.web.frame.htmx import go, render
from portal.web.policies import finding, page
from portal.web.policies.acting import guard, keep
from portal.web.policies.days.forms import CalendarForm, filled
from portal.web.policies.days.preview import CalendarPreview, preview
from portal.web.policies.forms import UNCHANGED

bp = Blueprint("calendars", __name__, url_prefix="/review/policies")
guard(bp)


@bp.route("/<int:number>/calendar", methods=["GET", "POST"])
def change(number: int) -> Response:
    """See the draft's calendar, look at what another one changes, and keep it."""
    draft = finding.draft(number)
    policy, version = finding.policy_of_row(draft), finding.version_of(draft)
    form = CalendarForm(data=filled(version.calendar, draft.text_sha256))
    form.offer()
    if not form.validate_on_submit():
        return _shown(draft, form)
    if "look" in request.form:
        return _shown(draft, form, seen=_looked(draft, form))
    if form.calendar(policy.calendar) == version.calendar:
        flash(str(UNCHANGED), "info")
        return go(url_for("versions.show", number=number))
    try:
        said = form.said(policy.calendar)
        written = writing.with_calendar(draft, said, seen=form.seen.data or "")
        return keep(draft, written, said=gettext("The calendar is saved."))
    except TextRefused as refused:
        form.working_days.errors = [str(refused)]
        return _shown(draft, form)


def _looked(draft: PolicyVersion, form: CalendarForm) -> CalendarPreview:
    """What the calendar that was sent changes against the version before this one."""
    policy = finding.policy_of_row(draft)
    return preview(
        finding.before(draft).calendar,
        form.calendar(policy.calendar),
        version=finding.version_of(draft),
        paying_days=policy.shop.paying_days,
        at=now(),
    )


def _shown(
    draft: PolicyVersion, form: CalendarForm, *, seen: CalendarPreview | None = None
) -> Response:
    return render(
        "policies/days/calendar.html",
        status=422 if form.errors else None,
        **page.frame(draft),
        form=form,
        before=finding.before(draft).in_force,
        preview=seen,
    )
