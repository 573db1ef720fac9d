"""The pages for looking at policies: every shop's versions, one of them, and what is said about it."""

from flask import Blueprint, abort, request, url_for
from werkzeug.wrappers import Response

from portal.people.rights import EVERY_SHOP, Task
from portal.versions import queries
from portal.versions.lifecycle import OPEN
from portal.versions.models import DraftQuestion, PolicyVersion
from portal.versions.registry import policies
from portal.web.frame.htmx import go, is_fragment, render, unchanged
from portal.web.guards import staff
from portal.web.policies import finding, looking, page, reports, standing
from portal.words.differences import Difference, differences as differing

bp = Blueprint("versions", __name__, url_prefix="/review/policies")
bp.before_request(staff.reviewers_only)
bp.before_request(staff.those_who(Task.READ_POLICY))


@bp.get("")
def index() -> Response:
    """The versions of each of this person's shops, with what is to be done next."""
    rows = queries.every_row()
    shops = [
        (policy, standing.listed(shop, rows.get(shop, [])))
        for shop, policy in staff.shops(Task.READ_POLICY).items()
    ]
    return render(
        "policies/index.html",
        shops=shops,
        tones=standing.STAGE_TONES,
        stages=standing.STAGE_WORDS,
        me=staff.me(),
        may_change=staff.visible(Task.KEEP_POLICY),
        may_open=staff.me().may(Task.CONNECT, EVERY_SHOP),
    )


@bp.get("/facts")
def facts() -> Response:
    """The facts that a condition can name, or those that have a word."""
    wanted = request.args.get("q", "")
    found = looking.facts(wanted)
    return render(
        "policies/facts.html",
        "found",
        groups=found,
        units=looking.LENGTHS,
        wanted=wanted,
        me=staff.me(),
    )


@bp.get("/<int:number>")
def show(number: int) -> Response:
    """One version made in the browser: its clauses, and what is still missing."""
    return render("policies/show.html", **page.page(finding.row(number)))


@bp.get("/<int:number>/check")
def check(number: int) -> Response:
    """What the check says about the text as it stands; asks again for itself until it is there."""
    return _report(finding.row(number), DraftQuestion.CHECK)


@bp.get("/<int:number>/replay")
def replay(number: int) -> Response:
    """What the draft would have done to past claims; asks again for itself until it is there."""
    found = finding.row(number)
    staff.me().demand(Task.LOOK, found.shop)  # it names claims
    return _report(found, DraftQuestion.REPLAY)


@bp.get("/<shop>/differences")
def differences(shop: str) -> Response:
    """What one version says otherwise than another, clause by clause; a draft is one of them."""
    versions = finding.every_version(shop)
    dates = list(versions)
    old = request.args.get("old", dates[-2] if len(dates) > 1 else dates[0])
    new = request.args.get("new", dates[-1])
    if old not in versions or new not in versions:
        abort(404)
    found: dict[str, list[Difference]] = {}
    for each in differing(versions[old], versions[new]):
        found.setdefault(each.clause, []).append(each)
    return render(
        "policies/differences.html",
        policy=policies()[shop],
        dates=dates,
        old=old,
        new=new,
        days=[versions[each].in_force for each in (old, new)],
        found=found,
        me=staff.me(),
    )


def _report(found: PolicyVersion, question: DraftQuestion) -> Response:
    answer = found.answer(question)
    here = url_for(f"versions.{question}", number=found.id)
    if answer is None:
        return go(url_for("versions.show", number=found.id))
    if answer.done_at is None:
        if is_fragment():
            return unchanged()
        frame = page.frame(found)
        return render("policies/waiting.html", question=question, answer=answer, **frame)
    if is_fragment():
        return go(here)
    frame = page.frame(found)
    may_change = found.state in OPEN and staff.me().may(Task.KEEP_POLICY, found.shop)
    said = (
        reports.checked(found, answer, frame["zone"])
        if question is DraftQuestion.CHECK
        else reports.replayed(found, answer)
    )
    return render(f"policies/{question}.html", may_change=may_change, **frame, **said)
