"""Sign-in of the people who work here: password, then a code that works once."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, Response, g, make_response, render_template, request
from flask_login import user_logged_in
from flask_security import Security, password_reset
from wtforms.form import BaseForm

from portal.audit import log as audit
from portal.audit.log import StaffAct
from portal.config.settings import Mode, Settings, settings
from portal.people import passkeys, signins
from portal.people.reviewers import Reviewer, datastore
from portal.translation import lazy_gettext as _
from portal.web.account import forgotten_password, mails, transactions
from portal.web.account.passwords import AgainForm, Passwords, SignInForm
from portal.web.account.refused import note_refusal
from portal.web.frame.clock import now
from portal.web.frame.fields import visible
from portal.web.guards import limits, staff

# Our own words where the library has others.
WORDS = {
    "INVALID_CODE": (_("That code is wrong, used or too old. Wait for the next one."), "error"),
    "TWO_FACTOR_INVALID_TOKEN": (
        _("That code is wrong, used or too old. Wait for the next one."),
        "error",
    ),
    "GENERIC_AUTHN_FAILED": (_("The e-mail address or the password is wrong."), "error"),
    "EMAIL_NOT_PROVIDED": (_("Enter your e-mail address."), "error"),
    "PASSWORD_NOT_PROVIDED": (_("Enter your password."), "error"),
    "RETYPE_PASSWORD_MISMATCH": (_("The two passwords differ. Enter them again."), "error"),
    "PASSWORD_RESET_NO_LOGIN": (_("Your password is set. Sign in with it."), "success"),
    "PASSWORD_RESET_EXPIRED": (_("This link is too old. Ask for a new one."), "error"),
    "INVALID_RESET_PASSWORD_TOKEN": (_("This link was used or is too old. Ask for a new one."), "error"),
    "INVALID_RECOVERY_CODE": (_("That recovery code is wrong or was used."), "error"),
    "TWO_FACTOR_METHOD_NOT_AVAILABLE": (_("Choose how you want to get your codes."), "error"),
    "TWO_FACTOR_PERMISSION_DENIED": (_("Sign in first."), "error"),
    "TWO_FACTOR_LOGIN_SUCCESSFUL": (_("You are signed in."), "success"),
    "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": (_("Your codes come the new way from now on."), "success"),
    "LOGIN": (_("Sign in to see this page."), "info"),
}  # fmt: skip

LABELS = {
    "email": _("E-mail address"),
    "password": _("Password"),
    "password_confirm": _("Password again"),
    "code": _("Code"),
}

# Each page of the library that writes, with what makes it one piece, and what its POST counts as.
VIEWS: dict[str, tuple[Callable[..., Any], Callable[[], None] | None]] = {
    "security.login": (transactions.mailing, limits.a_password),
    "security.verify": (transactions.step_up, limits.my_password),
    "security.logout": (transactions.sign_out, None),
    "security.forgot_password": (forgotten_password.same_for_all, limits.a_link),
    "security.reset_password": (transactions.whole, limits.a_new_password),
    "security.two_factor_setup": (transactions.codes_set_up, None),
    "security.two_factor_setup_validate": (transactions.another_way, limits.a_code),
    "security.two_factor_token_validation": (transactions.second_factor, limits.a_code),
    "security.two_factor_rescue": (transactions.no_help_by_mail, None),
    "security.mf_recovery": (transactions.whole, limits.a_code),
    "security.mf_recovery_codes": (transactions.recovery_codes, None),
}

REFUSES = 422  # what a form in error is answered
# What was wrong where one of these refuses, as the audit log has it.
REFUSED = {
    "security.login": "password",
    "security.verify": "password again",
    "security.two_factor_token_validation": "code",
    "security.mf_recovery": "recovery code",
}


def register(app: Flask) -> None:
    """Give the app its sign-in pages: settings, limits, and answers of 422 to a form in error."""
    app.config.from_mapping(_config(app.extensions["settings"]))
    Security(
        app,
        datastore,
        register_blueprint=True,
        mail_util_cls=mails.OutboxMailUtil,
        password_util_cls=Passwords,
        login_form=SignInForm,
        verify_form=AgainForm,
        totp_cls=transactions.OnceTotp,
        render_template=_render,
    )
    security = app.extensions["security"]
    # Never by the request's Host, as the library makes its own link.
    security.mail_context_processor(lambda: {"portal": settings().address})
    # A browser's session signs in, and nothing else: no token in a header, no answer in JSON.
    security.want_json(lambda _request: False)
    app.login_manager.request_loader(lambda _request: None)  # type: ignore[attr-defined]
    app.login_manager.user_loader(staff.load)  # type: ignore[attr-defined]
    user_logged_in.connect(staff.begin, app)
    password_reset.connect(_password_set, app)
    for endpoint, (around, count) in VIEWS.items():
        app.view_functions[endpoint] = _ours(app.view_functions[endpoint], around, count)


def _ours(
    view: Callable[..., Any], around: Callable[..., Any], count: Callable[[], None] | None
) -> Callable[..., Any]:
    """The library's view within what makes it one piece; a POST is counted before it does anything."""

    @wraps(view)
    def counted(**parts: Any) -> Any:
        if count and request.method == "POST":
            count()
        answer = around(view, **parts)
        wrong = REFUSED.get(request.endpoint or "")
        if wrong and request.method == "POST" and getattr(answer, "status_code", 200) == REFUSES:
            note_refusal(wrong)
        return answer

    return counted


def _config(settings: Settings) -> dict[str, Any]:
    secret = settings.secret_key.get_secret_value()
    seals = [key.get_secret_value().partition(":") for key in settings.seal_keys]
    development = settings.mode is Mode.DEVELOPMENT
    config: dict[str, Any] = {
        "JOIN_USER_ROLES": False,
        # `flask people` is the one way: theirs would pass by the two factors and the sign-ins.
        "CLI_USERS_NAME": None,
        "CLI_ROLES_NAME": None,
        "PASSWORD_SALT": hashlib.sha256(f"password {secret}".encode()).hexdigest(),
        "PASSWORD_CONFIRM_REQUIRED": True,
        # A link carries a hash of the password's hash: one quick round, where the library's own takes
        # a third of a second.
        "HASHING_SCHEMES": ["hex_sha512"],
        "DEPRECATED_HASHING_SCHEMES": [],
        "RETURN_GENERIC_RESPONSES": True,
        "LOGIN_URL": "/sign-in",
        "LOGOUT_URL": "/sign-out",
        "LOGOUT_METHODS": ["POST"],
        "POST_LOGIN_VIEW": "/review",
        "POST_LOGOUT_VIEW": "/sign-in",
        "RECOVERABLE": True,
        "RESET_URL": "/sign-in/password",
        "POST_RESET_VIEW": "/sign-in",
        "RESET_ERROR_VIEW": "/sign-in/password",
        "RESET_PASSWORD_WITHIN": mails.GOOD_FOR["reset_instructions"],
        "SEND_PASSWORD_RESET_NOTICE_EMAIL": True,
        # The shape alone, as everywhere: whether a domain takes mail is not asked of the network.
        "EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
        "EMAIL_SUBJECT_PASSWORD_RESET": _("Set your password for Redress"),
        "EMAIL_SUBJECT_PASSWORD_NOTICE": _("Your password for Redress was changed"),
        "EMAIL_SUBJECT_TWO_FACTOR": _("Your code to sign in to Redress"),
        "TWO_FACTOR": True,
        "TWO_FACTOR_REQUIRED": True,
        # A mailbox is no second factor in earnest: it is where passwords are reset.
        "TWO_FACTOR_ENABLED_METHODS": ["authenticator", "email"] if development else ["authenticator"],
        "TWO_FACTOR_RESCUE_EMAIL": False,
        "TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,
        "TWO_FACTOR_MAIL_VALIDITY": int(mails.GOOD_FOR["two_factor_instructions"].total_seconds()),
        "TWO_FACTOR_SETUP_URL": "/sign-in/codes",
        "TWO_FACTOR_TOKEN_VALIDATION_URL": "/sign-in/code",
        "TWO_FACTOR_RESCUE_URL": "/sign-in/help",
        "TWO_FACTOR_SELECT_URL": "/sign-in/way",
        "TWO_FACTOR_POST_SETUP_VIEW": "/sign-in/recovery-codes",
        "MULTI_FACTOR_RECOVERY_CODES": True,
        "MULTI_FACTOR_RECOVERY_CODES_URL": "/sign-in/recovery-codes",
        "MULTI_FACTOR_RECOVERY_URL": "/sign-in/recovery",
        "MULTI_FACTOR_RECOVERY_CODES_KEYS": [
            urlsafe_b64encode(hashlib.sha256(f"recovery {key}".encode()).digest())
            for _, _, key in seals
        ],
        "TOTP_SECRETS": {name: key for name, _, key in seals},
        "TOTP_ISSUER": "Redress",
    }  # fmt: skip
    config |= {f"MSG_{name}": words for name, words in WORDS.items()}
    return {f"SECURITY_{name}": value for name, value in config.items()}


def _render(template: str, **context: Any) -> str | Response:
    """The page, or 422 when one of its forms was sent and refused."""
    if context.get("choices", ()) and len(context["choices"]) == 1 and not context["chosen_method"]:
        context |= transactions.only_way(context)
    forms = [part for part in context.values() if isinstance(part, BaseForm)]
    for form in forms:
        for field in form:
            field.label.text = LABELS.get(field.short_name, field.label.text)
            if field.short_name == "code":
                field.data = ""  # a code is never worth showing again
            elif field.short_name == "email":
                field.data = visible(field.data)
    body = render_template(template, **context, can_passkeys=passkeys.site() is not None)
    refused = any(form.errors for form in forms)
    return make_response(body, REFUSES) if refused else body


def _password_set(_app: Flask, *, user: Reviewer, **_: object) -> None:
    """Every sign-in under the old password ends, within the transaction that sets the new one.

    Whoever reads the person's mail is no stranger: the browser is known from then on.
    """
    g.let_in = user.email
    signins.end(user.id, at=now())
    audit.note(StaffAct.SET_PASSWORD, at=now(), by=user.id)
