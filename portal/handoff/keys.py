"""The keys of the hand-off: made, listed, ended, and sealed at rest."""

import re
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select

from portal.audit import log as audit
from portal.audit.log import StaffAct
from portal.claims.payout.payee import keyring
from portal.claims.payout.resealing import reseal_column
from portal.extensions import db
from portal.handoff.models import HandoffKey, HandoffUse
from portal.people.reviewers import Reviewer
from portal.people.rights import ANY_SHOP, Shops
from portal.translation import gettext

KID = re.compile(r"hk_[a-z2-9]{10}", re.ASCII)
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # none that is mistaken for another


class NoSuchKey(Exception):
    """There is no key of this kid, or it was ended already; the message says which."""


def add(shop: str, *, at: datetime, by: Reviewer | None = None) -> tuple[HandoffKey, str]:
    """Make a key of the shop's: its row, and the secret, which is told this once."""
    kid = "hk_" + "".join(secrets.choice(_LETTERS) for _ in range(10))
    secret = "hs_" + secrets.token_urlsafe(32)
    key = HandoffKey(
        kid=kid,
        shop=shop,
        secret_sealed=keyring().seal(secret.encode(), bound_to=_row(kid)),
        made_at=at,
        made_by_id=by.id if by else None,
    )
    db.session.add(key)
    audit.note(StaffAct.MAKE_KEY, at=at, by=by and by.id, shop=shop, about=kid)
    db.session.flush()
    return key, secret


def revoke(
    kid: str, *, at: datetime, by: Reviewer | None = None, shops: Shops = ANY_SHOP
) -> HandoffKey:
    """End a key of these shops: no token that it signed opens anything from now on. Raises NoSuchKey."""
    found = select(HandoffKey).where(HandoffKey.kid == kid, shops.among(HandoffKey.shop))
    key = db.session.scalar(found.with_for_update())
    if key is None:
        raise NoSuchKey(gettext("There is no key %(kid)s.", kid=kid))
    if key.revoked_at is not None:
        raise NoSuchKey(gettext("The key %(kid)s was ended already.", kid=kid))
    key.revoked_at, key.revoked_by_id = at, by.id if by else None
    audit.note(StaffAct.END_KEY, at=at, by=by and by.id, shop=key.shop, about=kid)
    return key


def listed(shops: Iterable[str]) -> Sequence[tuple[HandoffKey, datetime | None]]:
    """The keys of these shops, the oldest first, each with when it was last used (of late)."""
    used = (
        select(HandoffUse.kid, func.max(HandoffUse.used_at).label("at"))
        .group_by(HandoffUse.kid)
        .subquery()
    )
    found = (
        select(HandoffKey, used.c.at)
        .outerjoin(used, used.c.kid == HandoffKey.kid)
        .where(HandoffKey.shop.in_(list(shops)))
        .order_by(HandoffKey.shop, HandoffKey.id)
    )
    return [(key, last) for key, last in db.session.execute(found)]


def secret_of(kid: str, *, shop: str) -> str | None:
    """The secret of a key of this shop that is good; None where there is none. Raises SealError."""
    sealed = db.session.scalar(
        select(HandoffKey.secret_sealed).where(
            HandoffKey.kid == kid, HandoffKey.shop == shop, HandoffKey.revoked_at.is_(None)
        )
    )
    if sealed is None:
        return None
    return keyring().open_sealed(sealed, bound_to=_row(kid)).decode()


def reseal_keys() -> tuple[int, list[str]]:
    """Seal again with the current key what an older one sealed: how many, and what could not be opened."""
    sealed = HandoffKey.secret_sealed
    return reseal_column(sealed, HandoffKey.kid, bound_to=_row, called="hand-off key")


def _row(kid: str) -> str:
    return f"handoff_key:{kid}"
