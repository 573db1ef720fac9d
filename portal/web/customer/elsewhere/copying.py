"""A copy of all that we have of a customer, one for each code that they entered: it is made and handed over."""

from collections.abc import Iterator
from typing import IO

from flask import Response, abort, flash, url_for

from portal.audit import log as audit
from portal.audit.log import Doer, StaffAct
from portal.claims.models import Claim
from portal.database import transaction
from portal.extensions import db
from portal.privacy.copying import copy_of, may_copy, spend_code
from portal.translation import gettext
from portal.versions.registry import policies
from portal.web.customer.claim import page_of
from portal.web.customer.forms import PlainForm
from portal.web.customer.wanted import identity
from portal.web.frame.clock import now
from portal.web.frame.htmx import go
from portal.web.frame.verdict import masked
from portal.web.guards.access import UNLOCKED_FOR, open_addresses, opened
from portal.web.guards.limits import a_copy, limited

bp = identity.bp  # changing's own

_CHUNK = 64 * 1024


@bp.route("/copy", methods=["GET", "POST"])
@limited("6 per hour", methods=["POST"])
def copy(reference: str, token: str) -> Response:
    """What the copy holds; a press makes it and hands it over once, and nothing of it stays here."""
    claim = opened(reference, token)
    address = claim.email or abort(404)
    another = url_for("claim.unlock", reference=reference, token=token, to="copy")
    if address not in open_addresses():  # let in by the shop: a code proves the address
        return go(another)
    if may_copy(address, since=now() - UNLOCKED_FOR):
        if not PlainForm().validate_on_submit():
            return page_of("copy", claim, token, room="elsewhere", address=masked(address))
        a_copy(address)
        if answer := _handed(claim, address):
            return answer
    flash(gettext("Each code gives one copy of your data. For another copy, have a new code sent to you."), "info")  # fmt: skip
    return go(another)


def _handed(claim: Claim, address: str) -> Response | None:
    """The copy; None where one was given for the code meanwhile."""
    reference, at = claim.reference, now()
    with transaction():
        if not spend_code(address, since=at - UNLOCKED_FOR, at=at):
            return None
        audit.note(
            StaffAct.GIVE_COPY,
            at=at,
            by=None,
            shop=claim.shop,
            about=reference,
            without=Doer.CUSTOMER,
        )
    packed = copy_of(address, shops=policies().keys(), at=at)
    db.session.rollback()
    name = f"my-data-{at:%Y-%m-%d}.zip"
    return Response(
        _read(packed),
        mimetype="application/zip",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="{name}"',
        },
    )


def _read(packed: IO[bytes]) -> Iterator[bytes]:
    with packed:
        while chunk := packed.read(_CHUNK):
            yield chunk
