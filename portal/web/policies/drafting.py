"""What a lead does to a draft of a policy: guard, form, one verb, answer."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, url_for
from werkzeug.wrappers import Response

from portal.database import transaction
from portal.extensions import db
from portal.policy.language.in_force import AT_ONCE
from portal.translation import gettext
from portal.versions import drafting, queries, writing
from portal.versions.models import PolicyVersion
from portal.versions.refusals import DraftHasMoved, TextRefused
from portal.versions.registry import Governing
from portal.versions.writing import Written
from portal.web.frame.clock import now
from portal.web.frame.htmx import go, render
from portal.web.guards import staff
from portal.web.policies import finding, page
from portal.web.policies.acting import act, by, guard, keep
from portal.web.policies.forms import UNCHANGED, BeginForm, DateForm, SeenForm, TextForm, UploadForm

bp = Blueprint("drafting", __name__, url_prefix="/review/policies")
guard(bp)

AHEAD = timedelta(days=14)  # what a new draft's date is first set to


@bp.route("/<shop>/begin", methods=["GET", "POST"])
def begin(shop: str) -> Response:
    """A draft that says what governs now, to be changed."""
    finding.may_keep(shop)
    governing = finding.governing(shop)
    form = BeginForm(in_force=_suggested(governing))
    if not form.validate_on_submit():
        return _begin(governing, form, UploadForm(formdata=None))
    try:
        written = writing.copied(governing, cast("date", form.begins), at=now())
        said = gettext("The draft says what governs now. Change what should be otherwise.")
        return _begun(written, governing, note=form.note.data or "", said=said)
    except TextRefused as refused:
        form.in_force.errors = [str(refused)]
        return _begin(governing, form, UploadForm(formdata=None))


@bp.post("/<shop>/upload")
def upload(shop: str) -> Response:
    """A draft from a file."""
    finding.may_keep(shop)
    governing = finding.governing(shop)
    other = BeginForm(formdata=None, in_force=_suggested(governing))
    form = UploadForm()
    if not form.validate():
        return _begin(governing, other, form)
    try:
        written, said = writing.uploaded(form.text, shop), gettext("The file is a draft now.")
        return _begun(written, governing, note=form.why.data or "", said=said)
    except TextRefused as refused:
        form.file.errors = str(refused).splitlines()
        return _begin(governing, other, form)


@bp.route("/<int:number>/text", methods=["GET", "POST"])
def text(number: int) -> Response:
    """The whole file as text."""
    draft = finding.draft(number)
    form = TextForm(data={"text": draft.text, "seen": draft.text_sha256})
    if form.validate_on_submit():
        typed = (form.text.data or "").replace("\r\n", "\n")
        to = url_for("versions.show", number=number)
        if typed == draft.text:
            flash(str(UNCHANGED), "info")
            return go(to)
        try:
            written = writing.with_text(draft, typed, seen=form.seen.data or "")
            return keep(draft, written, said=gettext("The text is saved."), to=to)
        except TextRefused as refused:
            form.text.errors = str(refused).splitlines()
        except DraftHasMoved:
            draft = finding.draft(number)
            fresh = TextForm(formdata=None, data={"text": draft.text, "seen": draft.text_sha256})
            return _text(draft, fresh, status=409, typed=typed)
        draft = finding.draft(number)
    return _text(draft, form)


@bp.post("/<int:number>/date")
def date_and_note(number: int) -> Response:
    """Let the draft be in force from another day, and say why it is made."""
    form = DateForm()
    found = finding.draft(number)
    if form.validate():
        try:
            return act(number, _dated(found, form), said=gettext("Saved."))
        except TextRefused as refused:
            form.in_force.errors = [str(refused)]
    context = page.page(finding.draft(number), form=form)
    return render("policies/show.html", **context)


@bp.post("/<int:number>/discard")
def discard(number: int) -> Response:
    """Throw the draft away."""
    seen = SeenForm().seen.data or ""
    return act(
        number,
        lambda draft: drafting.discard(draft, seen=seen, **by()),
        said=gettext("The draft is thrown away."),
        to=url_for("versions.index"),
    )


def _dated(draft: PolicyVersion, form: DateForm) -> Callable[[PolicyVersion], None]:
    """What keeps the date and the note that were given, the text read already."""
    on, why = cast("date", form.begins), form.note.data or ""
    governing, seen = finding.governing(draft.shop), form.seen.data or ""
    written = None
    shown = was = draft.in_force
    if isinstance(was, datetime) and was != AT_ONCE:
        shown = was.date()  # the form has no time of day: that is said in the text
    if on != shown:
        written = writing.with_date(draft, on, governing=governing, seen=seen, at=now())

    def change(draft: PolicyVersion) -> None:
        if written:
            drafting.change(draft, written, governing=governing, **by())
        if why != draft.note:
            drafting.explain(draft, why, **by())

    return change


def _begun(written: Written, governing: Governing, *, note: str, said: str) -> Response:
    """Keep a new draft of this text, and go on to it."""
    with transaction():
        draft = drafting.begin(written, governing=governing, note=note, **by())
        db.session.flush()
        number = draft.id
    flash(said, "success")
    return go(url_for("versions.show", number=number))


def _suggested(governing: Governing) -> date:
    zone = ZoneInfo(governing.policy.shop.time_zone)
    after = governing.policy.current.starts_at.astimezone(zone).date() + timedelta(days=1)
    return max((now() + AHEAD).astimezone(zone).date(), after)


def _begin(governing: Governing, form: BeginForm, file: UploadForm) -> Response:
    if other := queries.draft_of(governing.policy.id):
        return go(url_for("versions.show", number=other.id))
    return render(
        "policies/begin.html",
        policy=governing.policy,
        form=file if file.errors and not form.errors else form,
        begin=form,
        file=file,
        me=staff.me(),
    )


def _text(draft: PolicyVersion, form: TextForm, **more: Any) -> Response:
    return render("policies/text.html", **page.frame(draft), form=form, **more)
