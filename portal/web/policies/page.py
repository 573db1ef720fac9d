"""What the pages about one version show, gathered from its row, its text and its answers."""

from typing import Any

from portal.people.rights import Task
from portal.policy.deciding.document import Version
from portal.policy.language.clause import Clause
from portal.policy.language.in_force import AT_ONCE
from portal.translation import gettext
from portal.versions import publishing
from portal.versions.lifecycle import OPEN, Stage
from portal.versions.models import Deed, PolicyVersion
from portal.versions.registry import policies
from portal.web.frame.clock import now
from portal.web.guards import staff
from portal.web.policies import looking
from portal.web.policies.finding import before, governing, policy_of_row, version_of
from portal.web.policies.forms import DateForm, WithdrawForm
from portal.web.policies.standing import STAGE_TONES, STAGE_WORDS, log, stage_of, steps
from portal.words.clauses import clause as clause_words
from portal.words.conditions import condition
from portal.words.differences import differences


def frame(found: PolicyVersion) -> dict[str, Any]:
    """What every page about one version shows of it."""
    shop = policies()[found.shop].shop
    return {
        "version": found,
        "shop_name": shop.name,
        "zone": shop.time_zone,
        "stage": stage_of(found),
        "tones": STAGE_TONES,
        "stages": STAGE_WORDS,
        "me": staff.me(),
    }


def page(
    found: PolicyVersion, *, form: DateForm | None = None, withdraw: WithdrawForm | None = None
) -> dict[str, Any]:
    """All variables of a version's own page; ``form`` or ``withdraw`` is one that was refused."""
    is_open = found.state in OPEN
    is_scheduled = stage_of(found) is Stage.SCHEDULED
    shown: dict[str, Any] = frame(found) | {
        "is_open": is_open,
        "may_change": is_open and staff.me().may(Task.KEEP_POLICY, found.shop),
        "clauses": clauses(version_of(found), before(found)),
        "before": before(found).in_force,
        "withdrawn": next((e for e in found.events if e.deed is Deed.WITHDRAW), None),
        "log": log(found),
    }
    if is_open:
        govern = governing(found.shop)
        missing = publishing.hindrances(
            found, policy_of_row(found), governing=govern, by=staff.me(), at=now()
        )
        shown |= {"steps": steps(found), "missing": missing}
        shown["examples"] = looking.examples(found)
        shown["may_be_at_once"] = govern.policy.shop.at_once
        shown["at_once"] = publishing.at_once(found.text, govern)
        shown["date"] = form or DateForm(formdata=None, data=_date(found))
    if is_scheduled and staff.me().may(Task.KEEP_POLICY, found.shop):
        shown["withdraw"] = withdraw or WithdrawForm(formdata=None)
    if refused := form or withdraw:
        shown["form"] = refused
    return shown


def _date(found: PolicyVersion) -> dict[str, Any]:
    at_once = found.in_force == AT_ONCE
    on = None if at_once else found.in_force
    return {"in_force": on, "at_once": at_once, "note": found.note, "seen": found.text_sha256}


def clauses(version: Version, other: Version) -> list[tuple[Clause, str, str, str]]:
    """The clauses of a version in its order: when each applies, what it does, if it is new or changed."""
    known = {clause.id for clause in other.clauses}
    changed = {difference.clause for difference in differences(other, version)}
    marks = {name: gettext("Changed") if name in known else gettext("New") for name in changed}
    return [
        (
            clause,
            condition(clause.when.tree) if clause.when else "",
            clause_words(clause),
            marks.get(clause.id, ""),
        )
        for clause in version.clauses
    ]
