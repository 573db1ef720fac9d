"""Domain refusals get their HTTP status and words here, in one table; one page shows them."""

import secrets
from http import HTTPStatus

import structlog
from flask import Flask, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, SecurityError, TooManyRequests

from portal.claims import refusals
from portal.claims.evidence.storage.kept import StorageAway
from portal.claims.lifecycle import NotAllowed
from portal.database import is_full
from portal.extensions import db
from portal.ledger.payout import PayoutStands
from portal.ledger.replacement import ReplacementStands
from portal.limits import UNAVAILABLE
from portal.people.rights import NoRight
from portal.policy.deciding.document import PolicyError
from portal.translation import gettext, lazy_gettext as _
from portal.versions import lifecycle as version_lifecycle, refusals as version_refusals
from portal.versions.registry import policies
from portal.web import ways
from portal.web.guards import limits, staff, turned_away, uploads
from portal.web.guards.origins import FromElsewhere

log = structlog.get_logger()

COME_AGAIN = 30  # seconds after which it is worth another try

_MOVED = (
    409,
    _("This claim changed while you were looking"),
    _("Nothing was done. Look at the claim as it is now, then decide."),
)
# Refusal -> (status, title or None for the status's own words, text or None for the refusal's own)
REFUSALS: dict[type[Exception], tuple[int, str | None, str | None]] = {
    refusals.ClaimHasMoved: _MOVED,
    StaleDataError: _MOVED,
    NotAllowed: (
        409,
        _("That can no longer be done"),
        _("The claim has moved on since the page was shown. Nothing was done."),
    ),
    PayoutStands: (
        409,
        _("That can no longer be done"),
        _("The money has moved on since the page was shown. Nothing was done."),
    ),
    ReplacementStands: (
        409,
        _("That can no longer be done"),
        _("The replacement has moved on since the page was shown. Nothing was done."),
    ),
    # A draft written before the language became stricter; its text page shows it all the same.
    PolicyError: (409, _("This text no longer loads"), None),
    refusals.AlreadyOpen: (409, _("There is already a claim about this order"), None),
    refusals.NotYours: (
        403,
        _("Another person decides this appeal"),
        _("You decided this claim the first time, so its appeal goes to somebody else."),
    ),
    refusals.InOtherHands: (409, _("This claim changed hands while you were looking"), None),
    refusals.UnknownName: (422, _("Check the names"), None),
    refusals.TooLate: (409, _("That can no longer be taken back"), None),
    NoRight: (
        403,
        _("Your rights don't cover this"),
        _("In this shop somebody else does it. An admin can give you the right to it."),
    ),
    refusals.NeedsAnother: (403, _("Another person has to do this"), None),
    refusals.PaidTooEarly: (409, _("Not yet"), None),
    refusals.AppealRefused: (409, _("This can't be appealed"), None),
    refusals.NeedsReason: (422, _("A reason is needed"), None),
    refusals.AmountRefused: (422, _("Check the amount"), None),
    refusals.Incomplete: (
        422,
        _("Something is not answered yet"),
        _("Go back and answer every question, then send it again. What you entered is kept."),
    ),
    refusals.TooManyFiled: (429, _("Many claims were sent today"), None),
    refusals.TooManyCodes: (429, _("Too many codes were sent"), None),
    version_refusals.TextRefused: (422, _("The policy file can't be saved like this"), None),
    version_refusals.DraftHasMoved: (
        409,
        _("The draft changed while you were looking"),
        _("Nothing was done. Look at the draft as it is now, then go on."),
    ),
    version_refusals.DraftIsOpen: (409, _("There is a draft already"), None),
    version_refusals.NotWithdrawable: (409, _("This can't be withdrawn"), None),
    version_refusals.NotPublishable: (409, _("This can't be published yet"), None),
    version_lifecycle.VersionNotAllowed: (
        409,
        _("That can no longer be done"),
        _("The version has moved on since the page was shown. Nothing was done."),
    ),
}


def register(app: Flask) -> None:
    """Show every refusal on the one error page."""
    for kind in REFUSALS:
        app.register_error_handler(kind, _refused)
    app.register_error_handler(version_refusals.ShopNotLoaded, _not_loaded)
    app.register_error_handler(version_refusals.PolicyHasMoved, _has_moved)
    app.register_error_handler(CSRFError, _expired)
    app.register_error_handler(FromElsewhere, _from_elsewhere)
    app.register_error_handler(TooManyRequests, _limited)
    app.register_error_handler(limits.TooOften, _too_often)
    app.register_error_handler(uploads.TooMuchSent, _too_much)
    app.register_error_handler(HTTPException, _http)
    for kind in (*UNAVAILABLE, StorageAway):
        app.register_error_handler(kind, _busy)
    app.register_error_handler(Exception, _failed)


def page(
    status: int, title: str | None = None, text: str | None = None, **context: object
) -> tuple[str, int]:
    """The error page with the status's own words where none are given."""
    db.session.rollback()
    if isinstance(request.routing_exception, SecurityError):
        # Asked under a name that isn't ours, no page can be drawn: its links would carry that name.
        return gettext("This address is not ours.") + "\n", HTTPStatus.BAD_REQUEST
    context = {
        "shop": ways.shop_here(status),
        "actions": ways.onward(status),
        "typed": ways.typed_here(),
    } | context
    return render_template(
        "frame/error.html", code=status, title=title, text=text, **context
    ), status


def _refused(error: Exception) -> tuple[str, int, dict[str, str]]:
    status, title, text = next(row for kind, row in REFUSALS.items() if isinstance(error, kind))
    if status == HTTPStatus.FORBIDDEN:
        turned_away.note_right()
    later = {}
    if isinstance(error, refusals.TooManyCodes | refusals.TooManyFiled):
        later = {"Retry-After": str(max(1, int(error.wait.total_seconds())))}
    return *page(status, title, text or str(error)), later


def _not_loaded(error: version_refusals.ShopNotLoaded) -> tuple[str, int]:
    """A claim of a shop whose policy file was taken out."""
    if request.path.startswith(ways.STAFF):
        return page(
            409,
            gettext("The policy of this shop is not loaded"),
            gettext(
                "The claim is about the shop %(shop)s, and this portal reads no policy file of it. Until it does, the claim can't be shown or decided. Nothing of it is lost. Whoever runs the portal names the shop in SHOPS, or its file in POLICY_FILES, and starts the portal again.",
                shop=error.shop,
            ),
        )
    return page(
        404,
        gettext("This shop takes no claims here now"),
        gettext(
            "Your claim can't be shown. Nothing of it is lost: open this page again later, or ask the"
            " shop itself."
        ),
    )


def _has_moved(_error: version_refusals.PolicyHasMoved) -> tuple[str, int]:
    """A version that took effect at once in another process, known to this one from now on."""
    db.session.rollback()
    policies().renew()
    return page(
        409,
        gettext("The shop's policy changed a moment ago"),
        gettext(
            "Nothing was done, and nothing is lost. Go back and look at what the new text says, then send it again."
        ),
    )


def _expired(_error: CSRFError) -> tuple[str, int]:
    turned_away.note_form("token")
    return page(
        400,
        gettext("This page was open for too long"),
        gettext(
            "Nothing was sent. Open the page again and send it from there; what you uploaded is kept."
        ),
    )


def _from_elsewhere(_error: FromElsewhere) -> tuple[str, int]:
    turned_away.note_form("elsewhere")
    return page(
        403,
        gettext("This was sent from another site"),
        gettext("Nothing was done. Open the page here and send it from there."),
    )


def _limited(error: TooManyRequests) -> tuple[str, int, dict[str, str]]:
    turned_away.note_too_often()
    return *page(429, again=ways.to_send_again()), {"Retry-After": str(error.retry_after)}


def _too_often(error: limits.TooOften) -> tuple[str, int, dict[str, str]]:
    turned_away.note_too_often()
    later = {"Retry-After": str(error.retry_after)}
    if staff.here():
        return *page(429, gettext("Too often for now"), error.description), later
    links = [
        (gettext("Sign in"), url_for("security.login")),
        (gettext("Set a new password"), url_for("security.forgot_password")),
    ]
    return *page(429, gettext("Too many tries"), error.description, actions=links), later


def _too_much(error: uploads.TooMuchSent) -> tuple[str, int, dict[str, str]]:
    """Told before the body was read, so that the connection can't be used again."""
    answer = page(429, gettext("Too much was sent"), error.description, actions=_files_here())
    return *answer, {"Retry-After": str(error.retry_after), "Connection": "close"}


def _files_here() -> list[tuple[str, str]]:
    """Back to the page whose form brought files."""
    here = url_for(request.endpoint or "", **(request.view_args or {}))
    return [(gettext("Back to your files"), here)]


def _http(error: HTTPException) -> tuple[str, int] | HTTPException:
    if error.response is not None or error.code is None:
        return error
    if error.code == HTTPStatus.FORBIDDEN or _is_not_there(error):
        turned_away.note_right()
    if error.code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and request.endpoint in uploads.TAKEN:
        return page(
            error.code,
            text=gettext(
                "Nothing of it arrived. Choose smaller files, or send them one after the other. "
                "What you sent before is kept."
            ),
            actions=_files_here(),
        )
    if error.code == HTTPStatus.NOT_FOUND and request.path.startswith("/new/"):
        return page(
            error.code,
            gettext("This browser does not hold that claim"),
            gettext(
                "A claim that is not sent yet opens where it was begun. To go on with it here, open the"
                " link in the e-mail that brought your code. Or start again: the order may be named once"
                " more."
            ),
        )
    return page(error.code)


def _is_not_there(error: HTTPException) -> bool:
    """Whether a page found nothing by its address: what is of another shop is one of those."""
    return error.code == HTTPStatus.NOT_FOUND and bool(request.view_args)


def _asked() -> str:
    """The address as it is logged: by its rule, since the parts of some are secrets."""
    return str(request.url_rule or "no page")


def _busy(error: Exception) -> tuple[str, int] | tuple[str, int, dict[str, str]]:
    """The database, the store of evidence, or where it is counted how often something was done, does not answer."""
    said = error.orig if isinstance(error, OperationalError) else error
    away = isinstance(error, StorageAway)
    what = "evidence storage away" if away else "database unavailable"
    log.error(what, path=_asked(), error=str(said))
    if not away:
        staff.ask_nobody()
    if isinstance(error, OperationalError) and is_full(error):
        return page(507)
    text = None
    if ways.files_were_sent():
        text = gettext(
            "Your saved answers and files are safe; the files that you sent just now were not taken."
            " Choose them again in a few minutes."
        )
    return *page(503, text=text, again=ways.to_send_again()), {"Retry-After": str(COME_AGAIN)}


def _failed(error: Exception) -> tuple[str, int]:
    incident = secrets.token_hex(4)
    log.error("request failed", incident=incident, path=_asked(), exc_info=error)
    return page(500, incident=incident)
