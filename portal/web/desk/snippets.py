"""Ready-made texts: a lead keeps them, and who decides puts them where they write: guard, form, one verb, answer."""

from typing import Any

from flask import Blueprint, abort, flash, request, url_for
from werkzeug.wrappers import Response
from wtforms import SelectField, ValidationError

from portal.claims.desk.snippets import (
    PLACEHOLDERS,
    Snippet,
    SnippetRefused,
    SnippetWords,
    keep_snippet,
    offered,
    remove_snippet,
    snippet_of,
    snippets_of,
)
from portal.claims.models import Claim
from portal.config.languages import catalogues, read_tag
from portal.database import transaction
from portal.extensions import db
from portal.people.rights import Task
from portal.policy.deciding.document import Policy
from portal.translation import gettext, lazy_gettext as _
from portal.web.frame.clock import now
from portal.web.frame.fields import PageForm, story, words
from portal.web.frame.htmx import go, is_fragment, render
from portal.web.frame.shop import policy_of
from portal.web.guards import staff
from portal.web.review import position
from portal.web.review.claim import claim_to_do, screen
from portal.web.review.deciding import PAGE
from portal.web.review.forms import LETTER
from portal.web.review.prefills import form_of, shown, typed, with_typed

bp = Blueprint("snippets", __name__, url_prefix="/review")
bp.before_request(staff.reviewers_only)

TAG, CLAUSE, NAME, DIGITS = 35, 20, 80, 9
WRITTEN_IN = {"approve": "text", "decline": "text", "ask": "note"}


class SnippetForm(PageForm):
    """What a snippet says, in which language, and of which claims."""

    shop = SelectField(_("Shop"), validate_choice=False)
    name = words(_("Name"), empty=_("Give it a name by which colleagues find it"), length=NAME)
    spoken = words(_("Language"), empty=_("Enter its language, for example en or de"), length=TAG)
    clause = words(_("Clause"), empty=None, length=CLAUSE)
    text = story(_("What the customer reads"), empty=_("Write the text"), length=LETTER)

    def validate_spoken(self, field: SelectField) -> None:
        """Refuse what is no language."""
        if read_tag(field.data) is None:
            raise ValidationError(gettext("Enter its language, for example en or de"))


@bp.route("/snippets", methods=["GET", "POST"])
def index() -> Response:
    """The snippets of the shops whose words this person keeps, and a new one."""
    shops = _shops()
    form = _form(shops)
    if form.is_submitted():
        policy, sound = shops.get(form.shop.data or ""), form.validate()
        if policy is None:
            form.shop.errors = [gettext("Choose the shop")]
        elif sound and _kept(None, form, policy):
            flash(gettext("The snippet is kept."), "success")
            return go(url_for(".index"))
    found = snippets_of(staff.visible(Task.KEEP_POLICY))
    listed = [each for each in found if each.shop in shops]
    return _page(form, None, listed=listed, shops=shops)


@bp.route("/snippets/<snippet>", methods=["GET", "POST"])
def change(snippet: str) -> Response:
    """Write a snippet anew, or remove it."""
    shops = _shops()
    number = (
        int(snippet) if snippet.isascii() and snippet.isdigit() and len(snippet) <= DIGITS else 0
    )
    found = snippet_of(number, shops=staff.visible(Task.KEEP_POLICY))
    if found is None or found.shop not in shops:
        abort(404)
    form = _form(shops, found)
    if form.is_submitted() and "remove" in request.form:
        with transaction():
            remove_snippet(db.session.get_one(Snippet, number), by=staff.me(), at=now())
        flash(gettext("The snippet is removed."), "success")
        return go(url_for(".index"))
    if form.validate_on_submit() and _kept(number, form, shops[found.shop]):
        flash(gettext("The snippet is kept."), "success")
        return go(url_for(".index"))
    return _page(form, number, listed=[], shops=shops)


@bp.post("/<reference>/snippets/<part>")
def offer(reference: str, part: str) -> Response:
    """The snippets that fit the claim, to be put into this part of the decision."""
    claim = claim_to_do(Task.DECIDE, reference)
    if part not in WRITTEN_IN:
        abort(404)
    found = offered(claim, policy=policy_of(claim))
    if is_fragment():
        carried, me = position.carried(), staff.me()
        return render(
            "desk/writing/offered.html",
            claim=claim,
            part=part,
            offered=found,
            carried=carried,
            me=me,
        )
    form = _as_typed(part, claim)
    others = with_typed(claim, typed(claim, but=part))
    context = screen(claim, bound=others | {part: form}, opened=form.seen.data, snippets={part: found})  # fmt: skip
    return render(PAGE, **context)


@bp.post("/<reference>/snippets/<part>/<snippet>")
def insert(reference: str, part: str, snippet: str) -> Response:
    """Put the snippet, filled from the claim, below what is typed in this part; nothing typed is lost."""
    claim = claim_to_do(Task.DECIDE, reference)
    if part not in WRITTEN_IN:
        abort(404)
    texts = {str(each.id): text for each, text in offered(claim, policy=policy_of(claim))}
    form = _as_typed(part, claim)
    field = form[WRITTEN_IN[part]]
    if snippet in texts:
        field.data = "\n\n".join(
            each for each in ((field.data or "").rstrip(), texts[snippet]) if each
        )
    others = with_typed(claim, typed(claim, but=part))
    context = screen(claim, bound=others | {part: form}, opened=form.seen.data)
    return render(PAGE, part, **context)


def _as_typed(part: str, claim: Claim) -> Any:
    """The part of the decision as it was sent along: nothing of it is done, so nothing is checked."""
    form = form_of(part, claim, sent=True)
    for field in form:
        field.data = shown(field.data)
    return form


def _shops() -> dict[str, Policy]:
    return dict(staff.shops(Task.KEEP_POLICY)) or abort(403)


def _form(shops: dict[str, Policy], found: Snippet | None = None) -> SnippetForm:
    form = SnippetForm(obj=found, spoken=found.language if found else None)
    form.shop.choices = [(shop, policy.shop.name) for shop, policy in shops.items()]
    return form


def _kept(number: int | None, form: SnippetForm, policy: Policy) -> bool:
    """Keep what was said; what is refused stands beside its field, and nothing is kept."""
    said = SnippetWords(
        clause=form.clause.data or "",
        language=read_tag(form.spoken.data) or "",
        name=form.name.data or "",
        text=form.text.data or "",
    )
    try:
        with transaction():
            row = db.session.get_one(Snippet, number) if number else None
            keep_snippet(row, said, policy=policy, by=staff.me(), at=now())
    except SnippetRefused as refused:
        form[refused.field].errors = [str(refused)]
        return False
    return True


def _page(
    form: SnippetForm, number: int | None, *, listed: list[Snippet], shops: dict[str, Policy]
) -> Response:
    return render(
        "desk/writing/snippets.html",
        me=staff.me(),
        form=form,
        number=number,
        listed=listed,
        shops=shops,
        placeholders=[f"{{{name}}}" for name in PLACEHOLDERS],
        languages=sorted(catalogues()),
    )
