"""Upload from your phone: a code to point it at, and the one page that its link opens."""

from http import HTTPStatus
from itertools import groupby

from flask import Blueprint, Response, abort, flash, request, url_for
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_L

from portal.claims.evidence import phone
from portal.claims.evidence.files import MOST
from portal.claims.evidence.phone import PhoneLink
from portal.claims.lifecycle import Action, Actor, EvidenceState, Status, actions_open_to
from portal.claims.models import Claim, Evidence
from portal.claims.queries import claim_for_change
from portal.config.settings import settings
from portal.database import transaction
from portal.translation import gettext
from portal.web.customer.evidence import UploadProblem, back_to, held, listing, rows, take_all
from portal.web.customer.forms import PlainForm
from portal.web.frame.clock import now
from portal.web.frame.htmx import go, is_fragment, render, unchanged
from portal.web.frame.shop import masthead, policy_of
from portal.web.guards.languages import in_the_language_of
from portal.web.guards.limits import limited

bp = Blueprint("phone", __name__)


@bp.route("/evidence/<reference>/phone", methods=["GET", "POST"])
@limited("12 per minute;60 per hour")
def show(reference: str) -> Response:
    """The code and the link, made by one press, and the files as they come."""
    claim = held(reference)
    here = url_for(".show", reference=reference, to=request.args.get("to") or None)
    if PlainForm().validate_on_submit() and takes_files(claim):
        with transaction():
            phone.begin(held(reference, lock=True), at=now())
        return go(here)
    link = phone.running(claim, at=now()) if takes_files(claim) else None
    if link is None:
        return go(back_to(claim))
    address = f"{settings().address}{url_for('.files', secret=link.secret)}"
    return render(
        "customer/elsewhere/show_phone.html",
        link=link,
        address=address,
        drawn=_drawn(address),
        **listing(claim),
    )


@bp.post("/evidence/<reference>/phone/end")
@limited("12 per minute;60 per hour")
def end(reference: str) -> Response:
    """The link adds nothing from now on."""
    with transaction():
        phone.end(held(reference, lock=True), at=now())
    flash(gettext("The link for your phone is ended. What it sent is kept."), "success")
    return go(back_to(held(reference)))


@bp.route("/phone/<secret>", methods=["GET", "POST"])
@limited("60 per minute;600 per hour")
def files(secret: str) -> Response:
    """The phone's page: it adds files to the one claim, and shows what it added."""
    link = _good(secret)
    if request.method == "GET":
        shown = phone.came_by(link)
        same = request.args.get("waiting", type=int) == _waiting(shown)
        return unchanged() if is_fragment() and same else _page(link)
    sent = [upload for upload in request.files.getlist("files") if upload.filename]
    problems = take_all(
        sent,
        lambda: _locked(secret),
        of=link.claim.reference,
        taken=lambda file: _note(secret, file),
    )
    if not problems and not is_fragment():
        return go(url_for(".files", secret=secret))
    return _page(_good(secret), problems)


def takes_files(claim: Claim) -> bool:
    """Whether its owner may add a file now: to a draft, while it is looked at, or for an appeal."""
    if claim.status is Status.DRAFT or claim.open_to_appeal(at=now()):
        return True
    return Action.ADD_EVIDENCE in actions_open_to(claim.status, Actor.CUSTOMER)


def _page(link: PhoneLink, problems: list[UploadProblem] | None = None) -> Response:
    shown = phone.came_by(link)
    ours = [row for row in rows(link.claim, changing=False) if row.id in link.files]
    return render(
        "customer/elsewhere/phone.html",
        *([] if problems else ["files"]),
        status=max((each.status for each in problems), default=None) if problems else None,
        shop=masthead(policy_of(link.claim)),
        link=link,
        secret=link.secret,
        rows=ours,
        waiting=_waiting(shown),
        most=MOST,
        problems=problems or [],
    )


def _good(secret: str) -> PhoneLink:
    link = phone.link_of(secret)
    if link is None:
        abort(404)
    in_the_language_of(link.claim)
    if not link.is_good(at=now()) or not takes_files(link.claim):
        abort(
            render(
                "customer/elsewhere/phone_over.html",
                status=HTTPStatus.GONE,
                shop=masthead(policy_of(link.claim)),
            )
        )
    return link


def _locked(secret: str) -> Claim:
    link = _good(secret)
    claim = claim_for_change(link.claim.reference)
    _good(secret)  # it may have ended while this waited
    return claim or abort(404)


def _note(secret: str, file: Evidence) -> None:
    link = _good(secret)
    link.files = [*link.files, file.public_id]


def _waiting(files: list[Evidence]) -> int:
    return sum(1 for file in files if file.state is EvidenceState.CHECKING)


def _drawn(address: str) -> tuple[int, str]:
    """The code as the path of an SVG, and how many squares its side has, with the white edge it needs."""
    code = QRCode(border=4, error_correction=ERROR_CORRECT_L)
    code.add_data(address)
    squares = code.get_matrix()
    path = ""
    for y, row in enumerate(squares):
        x = 0
        for dark, run in groupby(row):
            wide = len(list(run))
            path += f"M{x} {y}h{wide}v1h-{wide}z" if dark else ""
            x += wide
    return len(squares), path
