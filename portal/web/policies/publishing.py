"""What a lead asks about a draft, looks at and publishes: guard, one verb, answer."""

from flask import Blueprint, url_for
from werkzeug.wrappers import Response

from portal.policy.language.in_force import AT_ONCE
from portal.translation import gettext
from portal.versions import asking, publishing
from portal.versions.lifecycle import VersionAction, next_state
from portal.versions.models import DraftQuestion, PolicyVersion
from portal.versions.queries import newest_published
from portal.versions.refusals import DraftHasMoved
from portal.versions.registry import policies
from portal.web.frame.htmx import render
from portal.web.guards import staff
from portal.web.guards.proved import factor_needed
from portal.web.policies import finding, page
from portal.web.policies.acting import act, by, guard
from portal.web.policies.forms import SeenForm, WithdrawForm

bp = Blueprint("publishing", __name__, url_prefix="/review/policies")
guard(bp)


@bp.post("/<int:number>/check")
def check(number: int) -> Response:
    """Have the worker check the draft."""
    return _asked(number, DraftQuestion.CHECK)


@bp.post("/<int:number>/replay")
def replay(number: int) -> Response:
    """Have the worker try the draft on past claims."""
    return _asked(number, DraftQuestion.REPLAY)


@bp.post("/<int:number>/looked")
def looked(number: int) -> Response:
    """Keep that somebody looked at what the draft would change."""
    seen = SeenForm().seen.data or ""
    return act(
        number,
        lambda draft: asking.look_at_replay(draft, seen=seen, **by()),
        said=gettext("Kept: you looked at what would change."),
    )


@bp.post("/<int:number>/publish")
def publish(number: int) -> Response:
    """Publish the draft; from its date on it governs."""
    found = finding.row(number)
    finding.may_keep(found.shop)
    if asked := staff.fresh_factor(url_for("versions.show", number=number)):
        return asked
    if found.text_sha256 != SeenForm().seen.data:
        raise DraftHasMoved(number)
    governing = finding.governing(found.shop)
    read = finding.policy_of_row(found)

    def act_now(draft: PolicyVersion) -> None:
        newest_published(draft.shop)  # held before the clock is read: nothing is decided meanwhile
        publishing.publish(draft, read, governing=governing, **by())

    said = gettext("Published. It governs from its date on.")
    if found.in_force == AT_ONCE:
        said = gettext("Published. It governs what is sent from now on.")
    answer = act(number, act_now, said=said)
    policies().renew()
    return answer


@bp.post("/<int:number>/withdraw")
def withdraw(number: int) -> Response:
    """Take a scheduled version back, for a reason."""
    form = WithdrawForm()
    found = finding.row(number)
    finding.may_keep(found.shop)
    next_state(found.state, VersionAction.WITHDRAW)
    if form.validate() and not staff.is_fresh():
        form.why.errors = [factor_needed()]
    if form.errors:
        return render("policies/show.html", **page.page(found, withdraw=form))
    governing, why = finding.governing(found.shop), form.why.data or ""
    answer = act(
        number,
        lambda version: publishing.withdraw(version, governing=governing, why=why, **by()),
        said=gettext("Withdrawn. What governed before it governs on."),
    )
    policies().renew()
    return answer


def _asked(number: int, question: DraftQuestion) -> Response:
    to = url_for(f"versions.{question}", number=number)
    return act(number, lambda draft: asking.ask(draft, question, **by()), to=to)
