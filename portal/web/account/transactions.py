"""The sign-in library's pages, each as one piece: what it writes is committed whole, or not at all.

The library commits after its answer; here its views run inside our transaction(), the person's row
locked: a code is used up once, and nobody is signed in by an answer whose commit failed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from flask import current_app, g, make_response, redirect, request, session, url_for
from flask_login import current_user
from flask_security.recoverable import reset_password_token_status
from flask_security.totp import Totp
from passlib.exc import UsedTokenError
from passlib.totp import TOTP, AppWallet, TotpMatch
from sqlalchemy import or_, select, update
from werkzeug.wrappers import Response

from portal.audit import log as audit
from portal.audit.log import StaffAct
from portal.database import transaction
from portal.extensions import db
from portal.people import signins
from portal.people.reviewers import Reviewer
from portal.web.account import mails
from portal.web.frame import headers
from portal.web.frame.clock import now
from portal.web.guards import known_browsers, staff

AccountView = Callable[..., Any]
_JUST_MADE = "recovery_codes_made"  # in the session, until they were shown


class OnceTotp(Totp):  # type: ignore[misc]  # Flask's extensions are untyped
    """Codes that work once: the step last used is kept with the person."""

    def __init__(self, secrets: dict[str, str], issuer: str) -> None:
        """Seal the secrets of authenticators with the first key; the others still open."""
        self._totp = TOTP.using(
            issuer=issuer, wallet=AppWallet(secrets, default_tag=next(iter(secrets)))
        )

    def resealed(self, secret: str) -> str:
        """The secret sealed with the first key; the same text where that one sealed it.

        Raises KeyError where the key that sealed it is not there.
        """
        known = self._totp.from_source(secret)
        return known.to_json(encrypt=True) if known.changed else secret

    def get_last_counter(self, user: Reviewer) -> int | None:
        """The step of the last code that this person used."""
        return user.tf_last_counter

    def set_last_counter(self, user: Reviewer, tmatch: TotpMatch) -> None:
        """Take the step in the view's transaction, unless another request took it first."""
        column = Reviewer.tf_last_counter
        taken = db.session.execute(
            update(Reviewer)
            .where(Reviewer.id == user.id, or_(column.is_(None), column < tmatch.counter))
            .values(tf_last_counter=tmatch.counter)
            .returning(Reviewer.id)
        ).scalar_one_or_none()
        if taken is None:
            raise UsedTokenError


def whole(view: AccountView, **parts: Any) -> Any:
    """Run the view's POST in one write transaction, its mails and the session's cookie included."""
    if request.method != "POST":
        return view(**parts)
    with _session_as_it_was(), transaction():
        g.let_in = None
        _hold(parts.get("token"))
        answer = make_response(view(**parts))
        mails.post(at=now())
    if g.let_in:
        known_browsers.remember(answer, address=g.let_in)
    return answer


def mailing(view: AccountView, **parts: Any) -> Any:
    """Let the view hash and look without a lock; what it wrote to somebody is then committed."""
    with _session_as_it_was():
        answer = view(**parts)
        if mails.waiting():
            with transaction():
                mails.post(at=now())
        return answer


def second_factor(view: AccountView, **parts: Any) -> Any:
    """The code of a sign-in; the first one ever leads to recovery codes, before a phone is lost."""
    return whole(partial(_code_entered, view), **parts)


def _code_entered(view: AccountView, **parts: Any) -> Any:
    setting_up = session.get("tf_state") == "validating_profile"
    if current_user.is_authenticated:
        # The library would sign out whoever comes here for nothing.
        return view(**parts) if setting_up else redirect(url_for("reviewer.queue"))
    answer = view(**parts)
    if not (setting_up and current_user.is_authenticated):
        return answer
    audit.note(StaffAct.SET_CODES, at=now(), by=current_user.id)
    if current_user.mf_recovery_codes:
        return redirect(url_for("security.mf_recovery_codes"))
    security = current_app.extensions["security"]
    security.mf_recovery_codes_util.create_recovery_codes(current_user)
    audit.note(StaffAct.MAKE_RECOVERY_CODES, at=now(), by=current_user.id)
    session[_JUST_MADE] = True
    return redirect(url_for("security.mf_recovery_codes", show_codes=1))


def codes_set_up(view: AccountView, **parts: Any) -> Any:
    """How codes come; who is signed in proves first who they are: else a copied cookie made itself a factor."""
    return _old_factor() or mailing(view, **parts)


def another_way(view: AccountView, **parts: Any) -> Any:
    """Codes that come another way from now on: who is signed in elsewhere signs in anew."""
    return _old_factor() or whole(partial(_way_changed, view), **parts)


def _old_factor() -> Response | None:
    if staff.here() is None:
        return None  # the first one, after the password
    return staff.fresh_factor(url_for("security.two_factor_setup"))


def _way_changed(view: AccountView, **parts: Any) -> Any:
    found = staff.here()
    if found is None:
        return view(**parts)
    before = current_user.tf_totp_secret
    answer = view(**parts)
    if current_user.tf_totp_secret != before:
        signins.end(current_user.id, at=now(), but=found.id)
        audit.note(StaffAct.SET_CODES, at=now(), by=current_user.id)
    return answer


def recovery_codes(view: AccountView) -> Any:
    """Recovery codes are shown once, where they were made; new ones are made behind a fresh factor."""
    if request.method == "POST":
        asked = staff.here() and staff.fresh_factor(url_for("security.mf_recovery_codes"))
        return asked or whole(partial(_codes_made, view))
    if "show_codes" in request.args and not session.pop(_JUST_MADE, False):
        return redirect(url_for("security.mf_recovery_codes"))
    return view()


def _codes_made(view: AccountView) -> Any:
    before = list(getattr(current_user, "mf_recovery_codes", None) or ())
    answer = view()
    if current_user.is_authenticated and list(current_user.mf_recovery_codes or ()) != before:
        audit.note(StaffAct.MAKE_RECOVERY_CODES, at=now(), by=current_user.id)
    return answer


def step_up(view: AccountView, **parts: Any) -> Any:
    """The password again: where it was right, the sign-in goes on under a new key."""
    with _session_as_it_was():
        before, found = session.get("fs_paa"), staff.here()
        answer = view(**parts)
        if found and session.get("fs_paa") != before:
            with transaction():
                session[staff.KEY] = signins.renew(found.id)
        return answer


def sign_out(view: AccountView, **parts: Any) -> Response:
    """End the sign-in on the server too, so that no copy of its cookie opens anything again."""
    with _session_as_it_was():
        found = staff.here()
        if found:
            person = staff.me().id
            with transaction():
                signins.end(person, at=now(), only=found.id)
                audit.note(StaffAct.SIGN_OUT, at=now(), by=person)
        answer = make_response(view(**parts))
        session.pop(staff.KEY, None)
    answer.headers.update(headers.LEAVING)
    return answer


def no_help_by_mail(_view: AccountView, **_parts: Any) -> Any:
    """The library would write to nobody; the page of the code says how to go on."""
    return redirect(url_for("security.two_factor_token_validation"))


def only_way(context: dict[str, Any]) -> dict[str, Any]:
    """How the page that sets up codes goes on where there is but one way to get them."""
    security, (way,) = current_app.extensions["security"], context["choices"]
    secret = security.totp_factory.generate_totp_secret()
    session["tf_totp_secret"], session["tf_primary_method"] = secret, way
    session["tf_state"] = "validating_profile"
    person = (
        staff.me()
        if context["changing"]
        else security.datastore.find_user(fs_uniquifier=session["tf_user_id"])
    )
    shown = security.totp_factory.fetch_setup_values(secret, person)
    state = {"totp_secret": secret, "method": way, "phone": None}
    return {
        "chosen_method": way,
        "authr_qrcode": shown["image"],
        "authr_key": shown["key"],
        "state_token": security.tf_setup_serializer.dumps(state) if context["changing"] else None,
    }


def _hold(token: str | None) -> None:
    """Lock the row of the person whom the POST is about, and see it as it is now."""
    mark = session.get("_user_id") if current_user.is_authenticated else session.get("tf_user_id")
    if token and request.endpoint == "security.reset_password":
        *_, person = reset_password_token_status(token)
        mark = person.fs_uniquifier if person else None
    if mark:
        db.session.execute(
            select(Reviewer)
            .where(Reviewer.fs_uniquifier == mark)
            .with_for_update()
            .execution_options(populate_existing=True)
        )


@contextmanager
def _session_as_it_was() -> Iterator[None]:
    """What the block put into the session's cookie is taken back when it fails."""
    before = dict(session)
    try:
        yield
    except BaseException:
        session.clear()
        session.update(before)
        raise


def reseal_codes() -> tuple[int, list[str]]:
    """Seal everybody's second factor with the first key: how many, and whose can't be opened."""
    count = 0
    refused: list[str] = []
    for number in db.session.scalars(select(Reviewer.id).order_by(Reviewer.id)).all():
        with transaction():
            person = db.session.get_one(Reviewer, number, with_for_update=True)
            before = person.tf_totp_secret, list(person.mf_recovery_codes or ())
            try:
                _reseal(person)
            except (KeyError, InvalidToken):
                refused.append(f"codes of {person.email}: their key is not among the keys")
            count += before != (person.tf_totp_secret, list(person.mf_recovery_codes or ()))
    return count, refused


def _reseal(person: Reviewer) -> None:
    security = current_app.extensions["security"]
    if person.tf_totp_secret:
        person.tf_totp_secret = security.totp_factory.resealed(person.tf_totp_secret)
    first = Fernet(current_app.config["SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS"][0])
    cryptor = security.mf_recovery_codes_util.cryptor
    if person.mf_recovery_codes:
        person.mf_recovery_codes = [
            code if _opens(first, code) else cryptor.rotate(code).decode()
            for code in person.mf_recovery_codes
        ]


def _opens(key: Fernet, code: str) -> bool:
    try:
        key.decrypt(code)
    except InvalidToken:
        return False
    return True
