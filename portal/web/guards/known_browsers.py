"""Browsers in which somebody signed in before: strangers' guesses don't count against them."""

import hashlib
import secrets
from datetime import timedelta

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

LASTS = timedelta(days=180)


def plain(address: str) -> str:
    """An e-mail address as accounts are told apart: without space around it, in small letters."""
    return address.strip().lower()


def number(address: str) -> str | None:
    """This browser's number, where the owner of the address signed in here before; else None."""
    try:
        browser, whose = _signed().loads(
            request.cookies.get(_name(), ""), max_age=int(LASTS.total_seconds())
        )
    except (BadSignature, ValueError, TypeError):
        return None
    return str(browser) if whose == _digest(address) else None


def remember(response: Response, *, address: str) -> None:
    """Let the browser that gets this answer prove later that this person signed in here."""
    browser = number(address) or secrets.token_urlsafe(12)
    response.set_cookie(
        _name(),
        str(_signed().dumps([browser, _digest(address)])),
        max_age=LASTS,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def _name() -> str:
    return "__Host-known" if current_app.config["SESSION_COOKIE_SECURE"] else "known"


def _digest(address: str) -> str:
    return hashlib.sha256(plain(address).encode()).hexdigest()[:32]


def _signed() -> URLSafeTimedSerializer:
    config = current_app.config
    return URLSafeTimedSerializer(
        [*config["SECRET_KEY_FALLBACKS"], config["SECRET_KEY"]], salt="known browser"
    )
