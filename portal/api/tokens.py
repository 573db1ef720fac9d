"""Tokens by which a shop's programs are let in: each for one shop and for some of what can be done."""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, String, bindparam, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.audit import log as audit
from portal.audit.log import StaffAct
from portal.database import UTCDateTime
from portal.extensions import Base, db
from portal.people.reviewers import Reviewer
from portal.people.rights import ANY_SHOP, Shops
from portal.translation import gettext

PREFIX = "rk"
NAME_LENGTH = 80
# Letters and digits alone: a token is one word wherever it is pasted.
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz"
_ID_LENGTH, _SECRET_LENGTH = 12, 43  # of the secret, more than 245 bits


class TokenScope(StrEnum):
    """What a token may be used for."""

    RECORDS = "records"
    CLAIMS = "claims"
    PAYOUTS = "payouts"


class TokenRefused(Exception):
    """No token can be made like this; the message says what to mend."""


class ApiToken(Base):
    """One token. Its secret is told once and only its hash is here."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    shop: Mapped[str] = mapped_column(String(40), index=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    scopes: Mapped[list[str]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # to the minute
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who calls: the token that a request carried."""

    id: int
    public_id: str
    shop: str
    name: str
    scopes: frozenset[str]
    used_at: datetime | None


def issue(
    shop: str,
    *,
    name: str,
    scopes: Collection[TokenScope],
    at: datetime,
    by: Reviewer | None = None,
) -> tuple[ApiToken, str]:
    """A new token of the shop, and the text that its program is given: told here and never again.

    ``by`` is None for the command line. Raises TokenRefused without a name or a scope.
    """
    known_as = " ".join(name.split())
    if not known_as or len(known_as) > NAME_LENGTH:
        raise TokenRefused(
            gettext("Give the token a name of at most %(most)s characters.", most=NAME_LENGTH)
        )
    if not scopes:
        raise TokenRefused(gettext("Choose at least one thing that the token is for."))
    public_id, secret = _random(_ID_LENGTH), _random(_SECRET_LENGTH)
    token = ApiToken(
        public_id=public_id,
        secret_hash=_hashed(secret),
        shop=shop,
        name=known_as,
        scopes=sorted(scope.value for scope in scopes),
        made_at=at,
    )
    db.session.add(token)
    audit.note(StaffAct.MAKE_TOKEN, at=at, by=by and by.id, shop=shop, about=public_id)
    db.session.flush()
    return token, f"{PREFIX}_{public_id}_{secret}"


def revoke(
    public_id: str, *, at: datetime, by: Reviewer | None = None, shops: Shops = ANY_SHOP
) -> ApiToken | None:
    """End a token for good; None where these shops have none of this id."""
    found = select(ApiToken).where(ApiToken.public_id == public_id, shops.among(ApiToken.shop))
    token = db.session.scalar(found.with_for_update())
    if token is not None and token.revoked_at is None:
        token.revoked_at = at
        audit.note(StaffAct.END_TOKEN, at=at, by=by and by.id, shop=token.shop, about=public_id)
    return token


def issued(shop: str | None = None) -> Sequence[ApiToken]:
    """Every token, or those of one shop, the newest last."""
    found = select(ApiToken).order_by(ApiToken.id)
    return db.session.scalars(found if shop is None else found.where(ApiToken.shop == shop)).all()


_TOKEN = ApiToken.__table__.c
# By the secret's hash as well: of a token whose secret is wrong no row is read, as of one that isn't
# there. How far two hashes are the same tells nothing of what was hashed.
_OF_ID = select(
    _TOKEN.id, _TOKEN.public_id, _TOKEN.shop, _TOKEN.name, _TOKEN.scopes, _TOKEN.used_at,
).where(
    _TOKEN.public_id == bindparam("named"),
    _TOKEN.secret_hash == bindparam("hashed"),
    _TOKEN.revoked_at.is_(None),
)  # fmt: skip


def bearer_of(text: str) -> Bearer | None:
    """Whose token this is; None for what is none, and for one that was revoked."""
    prefix, _, rest = text.strip().partition("_")
    public_id, _, secret = rest.partition("_")
    if prefix != PREFIX or not (public_id + secret).isalnum() or not secret.isascii():
        return None
    said = {"named": public_id, "hashed": _hashed(secret)}
    row = db.session.connection().execute(_OF_ID, said).one_or_none()
    if row is None:
        return None
    return Bearer(row.id, row.public_id, row.shop, row.name, frozenset(row.scopes), row.used_at)


def note_use(bearer: Bearer, *, at: datetime) -> None:
    """Keep when the token was last used."""
    db.session.execute(update(ApiToken).where(ApiToken.id == bearer.id).values(used_at=at))


def _random(length: int) -> str:
    return "".join(secrets.choice(_SIGNS) for _ in range(length))


def _hashed(secret: str) -> str:
    """A plain hash is enough for what nobody chose: there is nothing to guess it by."""
    return hashlib.sha256(secret.encode()).hexdigest()
