"""Identity documents: given, with the agreement that was shown, or refused; after entering a code."""

from flask import Response, flash, request

from portal.claims.wanted.identity import (
    as_document,
    documents_of,
    give_identity,
    refuse_identity,
    wants_documents,
)
from portal.database import transaction
from portal.translation import gettext
from portal.web.customer.claim import page_of
from portal.web.customer.evidence import take_all
from portal.web.customer.forms import PlainForm
from portal.web.customer.wanted import access
from portal.web.frame.clock import now
from portal.web.frame.htmx import go
from portal.web.frame.shop import policy_of
from portal.web.guards.access import opened, status_url
from portal.web.guards.limits import limited

bp = access.bp  # changing's own


@bp.route("/identity", methods=["GET", "POST"])
@limited("20 per hour", methods=["POST"])
def identity(reference: str, token: str) -> Response:
    """Give documents, or refuse them; whoever refused can think again while the claim waits."""
    claim = opened(reference, token)
    if not wants_documents(claim) or claim.identity is None:
        return go(status_url(reference))
    agreement, problems = claim.identity, []
    if PlainForm().validate_on_submit():
        if request.form.get("answer") == "no" and agreement["answer"] is None:
            with transaction():
                claim = opened(reference, token, lock=True)
                refuse_identity(claim, policy=policy_of(claim), at=now())
            flash(gettext("We know now that you give no documents. A person decides."))
            return go(status_url(reference))
        sent = [upload for upload in request.files.getlist("files") if upload.filename]
        if sent or not documents_of(claim):
            problems = take_all(
                sent, lambda: opened(reference, token, lock=True), of=reference, taken=as_document
            )
        if not problems:
            with transaction():
                claim = opened(reference, token, lock=True)
                give_identity(claim, policy=policy_of(claim), at=now())
            flash(gettext("Your documents are with us."), "success")
            return go(status_url(reference))
        claim = opened(reference, token)
    return page_of(
        "identity",
        claim,
        token,
        room="wanted",
        status=max((each.status for each in problems), default=None),
        agreement=agreement,
        problems=problems,
        given=[file.filename for file in documents_of(claim)],
    )
