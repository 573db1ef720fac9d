"""A token by which a shop hands its signed-in customer over, read and checked before anything is done.

JWT (RFC 7519), signed with HS256 and nothing else: the header never chooses how it is verified.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from jwt.types import Options

from portal.config.languages import read_tag
from portal.email_addresses import EmailRefused, read_email
from portal.handoff import keys
from portal.records.models import Holder
from portal.records.values import ValueRefused, own_id, reference

LONGEST = 8_192  # characters of a token
GOOD_FOR = timedelta(minutes=15)
AHEAD = timedelta(seconds=5)  # that a shop's clock may go before ours
MOST_ORDERS = 50
LONGEST_JTI = 256

_SIGNED_BY = "HS256"
_NEEDED = ["iss", "sub", "iat", "exp", "jti"]
# PyJWT asks the machine's clock; ours is given.
_OURS: Options = {"require": _NEEDED, "verify_exp": False, "verify_iat": False, "verify_nbf": False}


class HandoffRefused(Exception):
    """The token opens nothing; the message is for the log, in a word or two, and holds nothing of it."""


@dataclass(frozen=True, slots=True)
class Handoff:
    """What a shop says of its customer: who it is, which orders it is about, what happened, and the language."""

    shop: str
    kid: str
    jti: str
    holder: Holder
    orders: tuple[str, ...]
    reason: str | None
    language: str | None
    good_until: datetime


def read(token: str, *, shop: str, at: datetime) -> Handoff:
    """What the token of this shop says; raises HandoffRefused unless all of it is sound at ``at``."""
    if len(token) > LONGEST:
        raise HandoffRefused("too long")
    try:
        header = jwt.get_unverified_header(token)
        kid = str(header.get("kid"))
        if header.get("alg") != _SIGNED_BY or "crit" in header:
            raise HandoffRefused("header")
        secret = keys.secret_of(kid, shop=shop) if keys.KID.fullmatch(kid) else None
        if secret is None:
            raise HandoffRefused("unknown key")
        said = jwt.decode(
            token, secret.encode(), algorithms=[_SIGNED_BY], issuer=shop, options=_OURS
        )
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise HandoffRefused(type(error).__name__) from None
    good_until = _good_until(said, at=at)
    try:
        return Handoff(
            shop=shop,
            kid=kid,
            jti=_jti(said["jti"]),
            holder=Holder(_email(said.get("email")), own_id(said["sub"])),
            orders=_orders(said),
            reason=said["reason"] if isinstance(said.get("reason"), str) else None,
            language=read_tag(said.get("lang")),
            good_until=good_until,
        )
    except ValueRefused as refused:
        raise HandoffRefused(str(refused)) from None


def _good_until(said: dict[str, Any], *, at: datetime) -> datetime:
    """When it ends. Raises HandoffRefused for one that is over, not yet begun, or too long."""
    made, ends = _instant(said["iat"]), _instant(said["exp"])
    begins = _instant(said["nbf"]) if "nbf" in said else made
    if max(made, begins) > at + AHEAD:
        raise HandoffRefused("of the future")
    if ends <= at:
        raise HandoffRefused("over")
    if ends > made + GOOD_FOR:
        raise HandoffRefused("good for too long")
    return ends


def _instant(value: object) -> datetime:
    """A NumericDate: seconds since 1970, UTC."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise HandoffRefused("no time")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        raise HandoffRefused("no time") from None


def _jti(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_JTI:
        raise HandoffRefused("jti")
    return value


def _email(value: object) -> str | None:
    """The address; None where there is none that can be one: the customer is known by the id then."""
    try:
        return read_email(value) if isinstance(value, str) else None
    except EmailRefused:
        return None


def _orders(said: dict[str, Any]) -> tuple[str, ...]:
    """The orders, each once, as the shop writes them."""
    given = said["orders"] if "orders" in said else [said.get("order")]
    if not isinstance(given, list) or not 0 < len(given) <= MOST_ORDERS:
        raise HandoffRefused("orders")
    if "order" in said and said["order"] not in given:
        raise HandoffRefused("orders")
    return tuple(dict.fromkeys(reference(each).strip() for each in given))
