"""What a lead does to a draft rule by rule: guard, form, one verb, answer.

Its text is the only source of truth: what is changed here are lines of it, and the page of the whole
text shows the same draft.
"""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, request, url_for
from werkzeug.wrappers import Response

from portal.policy.file.examples import expectation
from portal.policy.language.clause import Effect
from portal.policy.text import editing, placing
from portal.policy.text.blocks import NotByLines
from portal.translation import gettext, ngettext
from portal.versions import writing
from portal.versions.models import PolicyVersion
from portal.versions.refusals import DraftHasMoved, TextRefused
from portal.versions.writing import Written
from portal.web.frame.htmx import go, is_fragment, render
from portal.web.policies import finding, looking, page, reports
from portal.web.policies.acting import guard, keep
from portal.web.policies.clause_form import ClauseForm, clause_form
from portal.web.policies.clause_keys import (
    EFFECTS,
    STARTS,
    RuleStart,
    doing,
    first_words,
    lost,
    others_than,
)
from portal.web.policies.forms import UNCHANGED, ExampleForm, MoveForm, ReadyForm, SeenForm

bp = Blueprint("rules", __name__, url_prefix="/review/policies")
guard(bp)


@bp.route("/<int:number>/clauses/<clause>", methods=["GET", "POST"])
def change(number: int, clause: str) -> Response:
    """Change one clause, and what it ``does`` where that is asked; only its own lines become others."""
    draft, does = finding.draft(number), request.args.get("does", "")
    form = _form(draft, clause, does=does)

    def written() -> Written:
        changes = form.changes() | _otherwise(draft, clause, does)
        return writing.with_clause(draft, clause, changes, seen=form.seen.data or "")

    if not form.validate_on_submit():
        return _page(draft, form, clause, sort=does)
    if "look" in request.args:
        return _look(draft, form, written, clause, sort=does)
    if not does and not form.changes() and form.seen.data == draft.text_sha256:
        flash(str(UNCHANGED), "info")
        return go(_at(number, clause))
    said = gettext("%(clause)s is saved.", clause=form.of("id").data)
    return _kept(draft, form, written, said=said, clause=clause, sort=does)


@bp.get("/<int:number>/clauses")
def kinds(number: int) -> Response:
    """What a new clause may do, the first step of adding one; or what ``clause`` may do instead."""
    draft = finding.draft(number)
    after, clause = request.args.get("after", ""), request.args.get("clause", "")
    starts = others_than(_table(draft, clause)["effect"]) if clause else STARTS
    return render(
        "policies/kinds.html", **page.frame(draft), starts=starts, after=after, clause=clause
    )


@bp.route("/<int:number>/clauses/new/<sort>", methods=["GET", "POST"])
def add(number: int, sort: str) -> Response:
    """Add a clause that does this; only its lines are new."""
    if sort not in STARTS:
        abort(404)
    draft = finding.draft(number)
    form = _new(draft, sort)

    def written() -> Written:
        said = {**STARTS[sort].table, **form.changes()}
        after = form.after.data if form.after else ""
        return writing.with_clause_added(draft, said, after=after, seen=form.seen.data or "")

    if not form.validate_on_submit():
        return _page(draft, form, "", sort=sort)
    if "look" in request.args:
        return _look(draft, form, written, "", sort=sort)
    said = gettext("%(clause)s is added.", clause=form.of("id").data)
    return _kept(draft, form, written, said=said, clause="", sort=sort)


@bp.route("/<int:number>/clauses/<clause>/remove", methods=["GET", "POST"])
def remove(number: int, clause: str) -> Response:
    """Take a clause out, with the examples that expect it."""
    draft = finding.draft(number)
    form = SeenForm(data={"seen": draft.text_sha256})
    version = finding.version_of(draft)
    if clause not in {each.id for each in version.clauses}:
        abort(404)
    if form.validate_on_submit():
        try:
            written = writing.without_clause(draft, clause, seen=form.seen.data or "")
            return keep(draft, written, said=gettext("%(clause)s is removed.", clause=clause))
        except TextRefused as refused:
            form.form_errors.extend(str(refused).splitlines())
        draft = finding.draft(number)
    return render(
        "policies/remove.html",
        **page.frame(draft),
        clause=version.clause(clause),
        examples=placing.examples_of(placing.version_values(draft.text, draft.in_force), clause),
        form=form,
    )


@bp.post("/<int:number>/clauses/<clause>/move")
def move(number: int, clause: str) -> Response:
    """Put a clause one place up or down."""
    draft, form = finding.draft(number), MoveForm()
    try:
        written = writing.with_clause_moved(
            draft, clause, up=form.way.data == "up", seen=form.seen.data or ""
        )
    except TextRefused as refused:
        flash(str(refused), "danger")
        return go(_at(number, clause))
    said = gettext("%(clause)s is moved.", clause=clause)
    return keep(draft, written, said=said, to=_at(number, clause))


@bp.post("/<int:number>/examples")
def add_examples(number: int) -> Response:
    """Add the ready examples of the check that were chosen."""
    draft, form = finding.draft(number), ReadyForm()
    ready = reports.ready_examples(draft)
    chosen = [ready[each] for each in form.which.data or () if each in ready]
    if not chosen:
        raise DraftHasMoved(number)
    try:
        written = writing.with_examples_added(draft, chosen, seen=form.seen.data or "")
    except TextRefused as refused:
        flash(str(refused), "danger")
        return go(url_for("versions.check", number=number))
    said = ngettext("%(num)s example is added.", "%(num)s examples are added.", len(chosen))
    return keep(draft, written, said=gettext("%(said)s Check it again.", said=said))


@bp.post("/<int:number>/examples/expect")
def expect(number: int) -> Response:
    """Let an example expect what the draft says of it."""
    draft, form = finding.draft(number), ExampleForm()
    name, version = form.example.data or "", finding.version_of(draft)
    example = next((each for each in version.examples if each.name == name), None)
    if example is None:
        raise DraftHasMoved(number)
    says = expectation(example, finding.policy_of_row(draft), version)
    to = url_for("versions.show", number=number, _anchor="examples")
    try:
        written = writing.with_expected(draft, name, says, seen=form.seen.data or "")
    except TextRefused as refused:
        flash(str(refused), "danger")
        return go(to)
    said = gettext("The example expects what this version says.")
    return keep(draft, written, said=said, to=to)


def _at(number: int, clause: str) -> str:
    return url_for("versions.show", number=number, _anchor=clause)


def _table(draft: PolicyVersion, clause: str) -> dict[str, Any]:
    """What the text says of a clause; 404 for none."""
    try:
        return editing.clause_values(draft.text, draft.in_force, clause)
    except NotByLines:
        abort(404)


def _form(draft: PolicyVersion, clause: str, *, sent: bool = True, does: str = "") -> ClauseForm:
    """The form of a clause as it is now, or as one that ``does`` something else; 404 for none."""
    table, unsaid = _table(draft, clause), None
    if does:
        table, unsaid = doing(table, _otherwise_start(table, does)), STARTS[does].begun
    others = [each for each in _numbers(draft) if each != clause]
    return clause_form(table, seen=draft.text_sha256, sent=sent, others=others, unsaid=unsaid)


def _otherwise_start(table: dict[str, Any], does: str) -> RuleStart:
    """What a clause is to do in the place of what it does; 404 for what is none, or the same."""
    return others_than(table["effect"]).get(does) or abort(404)


def _otherwise(draft: PolicyVersion, clause: str, does: str) -> dict[str, Any]:
    """What changes with what a clause does, besides its fields; nothing where that stays."""
    if not does:
        return {}
    table, start = _table(draft, clause), STARTS[does]
    return {**start.table, **dict.fromkeys(lost(table, doing(table, start)))}


def _new(draft: PolicyVersion, sort: str) -> ClauseForm:
    """The form of a clause that isn't there yet."""
    numbers, asked = _numbers(draft), request.args.get("after", "")
    begun = first_words(STARTS[sort], numbers, after=asked)
    table = {"effect": STARTS[sort].table["effect"]}
    return clause_form(table, seen=draft.text_sha256, begun=begun, others=numbers)


def _numbers(draft: PolicyVersion) -> list[str]:
    version = placing.version_values(draft.text, draft.in_force)
    return [each["id"] for each in version["clause"]]


def _kept(
    draft: PolicyVersion,
    form: ClauseForm,
    written: Callable[[], Written],
    *,
    said: str,
    clause: str,
    **more: Any,
) -> Response:
    """Keep what was typed and go on; else the form again, with what is wrong or what is there now."""
    number = draft.id
    try:
        return keep(draft, written(), said=said, to=_at(number, form.of("id").data))
    except TextRefused as refused:
        form.refuse(str(refused), finding.governing(draft.shop).policy.calendar)
        return _page(finding.draft(number), form, clause, **more)
    except DraftHasMoved:
        draft = finding.draft(number)
        if not clause:  # a new one meets nothing of what was changed: what was typed stays
            form.seen.data = draft.text_sha256
            return _page(draft, form, clause, status=409, typed=[], **more)
        fresh = _form(draft, clause, sent=False)  # as it is: what it does is chosen again
        more["sort"] = ""
        return _page(draft, fresh, clause, status=409, typed=form.typed(), **more)


def _look(
    draft: PolicyVersion, form: ClauseForm, written: Callable[[], Written], clause: str, **more: Any
) -> Response:
    """What the clause would say, and which examples it would turn over; nothing is kept."""
    number = draft.id
    looked = looking.look(draft, form, written)
    draft = finding.draft(number)
    return _page(draft, form, clause, look=looked, **more)


def _page(draft: PolicyVersion, form: ClauseForm, clause: str, **more: Any) -> Response:
    context: dict[str, Any] = {
        "sort": "",
        "look": None,
        "status": None,
        **page.frame(draft),
        **more,
    }
    status = context.pop("status")
    return render(
        "policies/clause.html",
        "look",
        status=200 if is_fragment() else status,
        clause=clause,
        effect=EFFECTS[Effect(form.table["effect"])],
        lost=list(lost(_table(draft, clause), form.table).values()) if clause else [],
        sentences=looking.sentences(form, finding.governing(draft.shop).policy.calendar),
        facts=looking.facts(),
        units=looking.LENGTHS,
        part=is_fragment(),
        form=form,
        **context,
    )
