"""One-use codes by e-mail: 10 minutes, five tries, kept as a hash."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flask import current_app
from sqlalchemy import func, select

from portal.claims import notices
from portal.claims.models import OneTimeCode
from portal.claims.refusals import TooManyCodes
from portal.extensions import db

if TYPE_CHECKING:
    from portal.claims.models import Claim

LIFETIME = timedelta(minutes=10)
TRIES = 5
AN_HOUR = 6  # codes to one address


def send(claim: Claim, *, to: str, at: datetime) -> None:
    """Queue a mail with a fresh code for this claim.

    The same words go out whether or not the order exists. Raises TooManyCodes after six an hour
    to one mailbox, however its address is written.
    """
    recent = select(func.count()).where(
        OneTimeCode.address == mailbox(to), OneTimeCode.created_at > at - timedelta(hours=1)
    )
    if db.session.execute(recent).scalar_one() >= AN_HOUR:
        raise TooManyCodes
    code = f"{secrets.randbelow(10**6):06d}"
    db.session.add(
        OneTimeCode(
            claim_id=claim.id,
            address=mailbox(to),
            code_hash=_hash(claim.id, to, code),
            created_at=at,
            expires_at=at + LIFETIME,
        )
    )
    notices.tell_code(claim, to=to, code=code, at=at, good_until=at + LIFETIME)


def use(claim: Claim, *, address: str, code: str, at: datetime) -> bool:
    """Whether this is the newest code sent to the address, in time and unused; it is used up then.

    Each wrong try counts; after five the code is dead. The caller commits either way.
    """
    newest = (
        select(OneTimeCode)
        .where(OneTimeCode.claim_id == claim.id, OneTimeCode.address == mailbox(address))
        .order_by(OneTimeCode.id.desc())
        .limit(1)
        .with_for_update()
    )
    row = db.session.execute(newest).scalar_one_or_none()
    if row is None or row.used_at or at >= row.expires_at or row.attempts >= TRIES:
        return False
    digits = "".join(c for c in code if c.isdecimal())
    if not hmac.compare_digest(row.code_hash, _hash(claim.id, address, digits)):
        row.attempts += 1
        return False
    row.used_at = at
    return True


def mailbox(address: str) -> str:
    """Where mail to the address ends up, as far as it can be told: without tag, dots and case.

    For counting only: a code is bound to the address as it was written.
    """
    name, _, domain = address.lower().rpartition("@")
    return f"{name.partition('+')[0].replace('.', '')}@{domain}"


def _hash(claim_id: int, address: str, code: str) -> str:
    key = current_app.config["SECRET_KEY"].encode()
    return hmac.new(key, f"{claim_id}:{address}:{code}".encode(), hashlib.sha256).hexdigest()
