"""Where an error page leads on to: the shop of its address, the page before, and what was typed."""

from http import HTTPStatus
from urllib.parse import quote, urlsplit

from flask import request, url_for
from werkzeug.exceptions import HTTPException

from portal.card_numbers import mask_card_numbers
from portal.claims.letters import links
from portal.claims.models import Claim
from portal.claims.queries import claim_alone
from portal.translation import gettext, lazy_gettext as _
from portal.versions.registry import policies
from portal.web.frame.htmx import is_fragment, opens
from portal.web.frame.shop import Masthead, masthead
from portal.web.guards.access import drafts
from portal.web.guards.languages import in_the_language_of

STAFF = "/review"
# Fields of text, by the last part of their names -> what they are called; no secret is among them.
_TEXTS = {
    "order": _("Order number"),
    "email": _("E-mail address"),
    "service_name": _("Service"),
    "asked": _("Amount"),
    "description": _("What happened"),
    "text": _("Your text"),
    "note": _("Note"),
    "internal": _("Internal note"),
    "override": _("Reason"),
    "reason": _("Reason"),
}
_SECRETS = ("password", "code")  # in names of fields
_LONGEST = 10_000  # characters of one text that are shown again


def shop_here(status: int) -> Masthead | None:
    """The shop of the address that was asked for, or of the claim that its asker holds."""
    first = request.path.split("/")[1]
    if first in policies():
        return masthead(policies()[first])
    if (
        status >= HTTPStatus.INTERNAL_SERVER_ERROR
    ):  # no question to a database that may be the cause
        return None
    claim = _claim_here()
    return masthead(policies()[claim.shop]) if claim and claim.shop in policies() else None


def onward(status: int) -> list[tuple[str, str]]:
    """Links for who came to a refusal: the page itself again, the page before, or a beginning."""
    found = []
    again = _here()
    if request.method != "GET" and opens(request.path):
        found.append((gettext("Open the page again"), again))
    elif status >= HTTPStatus.TOO_MANY_REQUESTS and opens(request.path):
        found.append((gettext("Try again"), again))
    before = _before()
    if before and before != again:
        found.append((gettext("Go back"), before))
    first = request.path.split("/")[1]
    if request.path.startswith(STAFF):
        found.append((gettext("All claims"), url_for("reviewer.queue")))
    elif first in policies():
        found.append((gettext("Start a claim"), url_for("shops.start", shop=first)))
    else:
        found.append((gettext("Start a claim"), url_for("shops.home")))
    return found


def typed_here() -> list[tuple[str, str]]:
    """The texts that a form of ours carried, to be copied; of another site's form, nothing."""
    try:
        typed = list(request.form.items()) if _is_ours() else []
    except HTTPException:  # too much to be read at all
        return []
    found = []
    for name, text in typed:
        label = _TEXTS.get(name.rpartition("-")[2])
        if label and name != "reason" and text.strip():
            found.append((label, mask_card_numbers(text[:_LONGEST])))
    return found


def _here() -> str:
    """The address that was asked for, quoted anew: it may hold signs that no page may."""
    asked = quote(request.query_string, safe="=&%+~:/@!$'()*,;-._")
    return quote(request.path) + (f"?{asked}" if asked else "")


def to_send_again() -> tuple[str, list[tuple[str, str]]] | None:
    """Where a form that could not be taken yet is sent again by one press, and its fields; None where there is none.

    A form of files has to be filled in again: a page can't hold them. So has one with a password or
    a code, which no page shows.
    """
    if request.method != "POST" or is_fragment() or not _is_ours():
        return None
    try:
        fields = list(request.form.items(multi=True))
    except HTTPException:
        return None
    if files_were_sent() or any(secret in name for name, _text in fields for secret in _SECRETS):
        return None
    kept = [(name, mask_card_numbers(text)) for name, text in fields if name != "csrf_token"]
    return _here(), kept


def files_were_sent() -> bool:
    """Whether files came with the form: a page can't hold them, so they are chosen again."""
    try:
        return any(upload.filename for upload in request.files.values())
    except HTTPException:
        return False


def _claim_here() -> Claim | None:
    given = request.view_args or {}
    reference, token = given.get("reference"), given.get("token")
    if reference is None:
        return None
    known = reference in drafts() or (token is not None and links.opens(reference, token))
    claim = claim_alone(reference) if known else None
    return in_the_language_of(claim) if claim else None


def _is_ours() -> bool:
    """Whether a page of this portal sent the request, as far as the browser says."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return urlsplit(request.referrer or "").netloc == request.host


def _before() -> str | None:
    """The page of ours that led here."""
    parts = urlsplit(request.referrer or "")
    if parts.netloc != request.host or not opens(parts.path):
        return None
    return parts.path + (f"?{parts.query}" if parts.query else "")
