"""Parts of a customer's picture: blacked out by who decides, and shown again by a lead."""

from flask import abort, flash, request, url_for
from werkzeug.wrappers import Response

from portal.claims.entitled import actions_of
from portal.claims.lifecycle import Action
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.redaction.burning import burn, pictures_of, redact, restorable, restore
from portal.claims.redaction.originals import forget_originals
from portal.claims.refusals import ClaimHasMoved
from portal.database import transaction
from portal.people.rights import Task
from portal.translation import gettext, lazy_gettext as _
from portal.web.desk import identity
from portal.web.frame.clock import now
from portal.web.frame.fields import PageForm, SeenVersion, words
from portal.web.frame.htmx import go, render
from portal.web.frame.pictures.parts import FAULTS, PartsForm, file_named, shown_of
from portal.web.frame.shop import policy_of
from portal.web.guards import staff
from portal.web.review import position
from portal.web.review.claim import claim_to_do

bp = identity.bp  # the desk's own

WHY_LENGTH = 300


class RedactForm(PartsForm):
    """Which parts are to be black, by somebody who looked at this version of the claim."""

    seen = SeenVersion()


class RestoreForm(PageForm):
    """Why a picture is shown again as it was."""

    seen = SeenVersion()
    why = words(_("Why it is shown again"), empty=_("Write why"), length=WHY_LENGTH)


@bp.route("/<reference>/black-out/<public_id>/<role>", methods=["GET", "POST"])
def black_out(reference: str, public_id: str, role: str) -> Response:
    """Mark parts of a picture, see what would be black, and have it burned in."""
    claim = claim_to_do(Task.DECIDE, reference)
    file = file_named(claim, public_id)
    if role not in pictures_of(file):
        abort(404)
    form = RedactForm(data={"seen": claim.version})
    if not form.validate_on_submit() or form.only_looks():
        return _page(claim, public_id, role, form=form)
    try:
        with burn(file, role=role, parts=form.parts) as burned, transaction():
            locked = claim_for_change(reference) or abort(404)
            redact(locked, burned, by=staff.me(), at=now(), seen=form.seen.data,
                   policy=policy_of(locked))  # fmt: skip
    except FAULTS as fault:
        status = form.failed(fault)
        return _page(claim_to_do(Task.DECIDE, reference), public_id, role, form=form, status=status)
    except ClaimHasMoved:
        return _moved(reference, public_id, role, form=form)
    forget_originals(claim.id, now=now())
    flash(gettext("Blacked out. Everybody sees the picture like this now."), "success")
    return go(_here(claim.reference, public_id, role))


@bp.post("/<reference>/black-out/<public_id>/<role>/restore")
def show_again(reference: str, public_id: str, role: str) -> Response:
    """Show the picture again as it was, with a reason."""
    claim, form = claim_to_do(Task.REOPEN, reference), RestoreForm(prefix="again-")
    if not form.validate():
        return _page(claim, public_id, role, again=form)
    try:
        with transaction():
            locked = claim_for_change(reference) or abort(404)
            restore(locked, public_id=public_id, why=form.why.data or "", by=staff.me(), at=now(),
                    seen=form.seen.data)  # fmt: skip
    except ClaimHasMoved:
        return _moved(reference, public_id, role, again=form)
    forget_originals(claim.id, now=now())
    flash(gettext("The picture is shown as it was."), "success")
    return go(_here(claim.reference, public_id, role))


def _moved(
    reference: str,
    public_id: str,
    role: str,
    *,
    form: RedactForm | None = None,
    again: RestoreForm | None = None,
) -> Response:
    """The page as it is now, with what was marked or written; 404 where the file is gone."""
    claim = claim_to_do(Task.DECIDE, reference)
    form = form or RedactForm(formdata=None)
    form.form_errors = [
        gettext(
            "This claim changed while you were looking, and nothing was done. Look, then press again"
        )
    ]
    form.seen.data = claim.version
    if again is not None:
        again.seen.data = claim.version
    return _page(claim, public_id, role, form=form, again=again, status=409)


def _here(reference: str, public_id: str, role: str) -> str:
    return url_for(".black_out", reference=reference, public_id=public_id, role=role,
                   **position.carried())  # fmt: skip


def _page(
    claim: Claim,
    public_id: str,
    role: str,
    *,
    form: RedactForm | None = None,
    again: RestoreForm | None = None,
    status: int | None = None,
) -> Response:
    file = file_named(claim, public_id)
    src = url_for("reviewer.file", reference=claim.reference, public_id=file.public_id, role=role)
    picture = shown_of(file, role, src) or abort(404)
    open_now = actions_of(staff.me(), shop=claim.shop, status=claim.status)
    fresh = {"seen": claim.version}
    refused = any(each.errors or each.form_errors for each in (form, again) if each)
    return render(
        "desk/black_out.html",
        status=status or (422 if refused and request.method == "POST" else None),
        claim=claim,
        file=file,
        picture=picture,
        form=form or RedactForm(formdata=None, data=fresh),
        again=again or RestoreForm(prefix="again-", formdata=None, data=fresh),
        may_restore=Action.RESTORE in open_now and restorable(file, at=now()),
        until=file.originals_until if restorable(file, at=now()) else None,
        zone=policy_of(claim).shop.time_zone,
        carried=position.carried(),
        me=staff.me(),
    )
