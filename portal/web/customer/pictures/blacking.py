"""Parts of a picture that its owner blacks out before anybody is to decide by it."""

from flask import Blueprint, Response, abort, flash, request, url_for

from portal.claims.models import Claim, Evidence
from portal.claims.redaction.burning import black_out_own, burn, open_to_owner, pictures_of
from portal.claims.redaction.originals import forget_originals
from portal.database import transaction
from portal.translation import gettext
from portal.web.customer.evidence import back_to, held
from portal.web.frame.clock import now
from portal.web.frame.htmx import go, render
from portal.web.frame.pictures.parts import FAULTS, PartsForm, file_named, shown_of
from portal.web.frame.shop import masthead, policy_of
from portal.web.guards.limits import limited

bp = Blueprint("blacking", __name__)


@bp.route("/evidence/<reference>/<public_id>/<role>/black-out", methods=["GET", "POST"])
@limited("20 per minute;120 per hour")
def black_out(reference: str, public_id: str, role: str) -> Response:
    """Mark parts of a picture, see what would be black, and have it burned in."""
    claim = held(reference)
    file = file_named(claim, public_id)
    form = PartsForm()
    if request.method == "GET" and not open_to_owner(claim, file):
        return go(back_to(claim))
    if role not in pictures_of(file):
        abort(404)
    if not form.validate_on_submit() or form.only_looks():
        return _page(claim, file, role, form)
    try:
        with burn(file, role=role, parts=form.parts) as burned, transaction():
            claim = held(reference, lock=True)
            black_out_own(claim, burned, at=now())
    except FAULTS as fault:
        status = form.failed(fault)
        claim = held(reference)
        return _page(claim, file_named(claim, public_id), role, form, status=status)
    forget_originals(claim.id, now=now())
    flash(gettext("Blacked out. What was there is deleted."), "success")
    return go(url_for(".black_out", reference=reference, public_id=public_id, role=role,
                      to=request.args.get("to") or None))  # fmt: skip


def _page(
    claim: Claim, file: Evidence, role: str, form: PartsForm, *, status: int | None = None
) -> Response:
    src = url_for("evidence.view", reference=claim.reference, public_id=file.public_id, role=role)
    picture = shown_of(file, role, src) or abort(404)
    return render(
        "customer/evidence/black_out.html",
        status=status or (422 if form.errors else None),
        claim=claim,
        shop=masthead(policy_of(claim)),
        file=file,
        picture=picture,
        form=form,
        back=back_to(claim),
        to=request.args.get("to") or None,
    )
