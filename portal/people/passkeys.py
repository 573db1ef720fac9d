"""Passkeys: keys on a person's own devices that sign in, or prove once more who is there.

Source: W3C Web Authentication Level 3, sections 7.1 and 7.2.
"""

import hashlib
import json
import re
from base64 import urlsafe_b64decode
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column
from webauthn.helpers import structs

from portal.config.hosts import origin_of
from portal.config.settings import settings
from portal.database import UTCDateTime
from portal.extensions import Base, db
from portal.people.challenges import Challenged, PasskeyRefused, answer_once

MOST = 10  # passkeys of one person
NAME_LENGTH = 60
ANSWER_LENGTH = 20_000  # characters of what a browser sends
_ID_LENGTH = 1364  # characters of a credential's id: 1023 bytes at most
_ID = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_WAIT = 60_000  # milliseconds that a browser waits for its person


class Passkey(Base):
    """One key of one person: the browser tells its id and signs, its public half is here."""

    __tablename__ = "passkeys"

    id: Mapped[int] = mapped_column(primary_key=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("reviewers.id"), index=True)
    credential_id: Mapped[str] = mapped_column(String(_ID_LENGTH), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)  # 0 for ever where the device counts none
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


def site() -> str | None:
    """The name that passkeys here are bound to: the host of BASE_URL; None where that is a number."""
    host = urlsplit(settings().address).hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return host
    return None


def to_add(asked: Challenged, *, owner: int, email: str, name: str) -> str:
    """What the browser is given to make a passkey, as JSON; ``owner`` is the person's number."""
    return str(
        webauthn.options_to_json(
            webauthn.generate_registration_options(
                rp_id=site() or "",
                rp_name="Redress",
                user_id=_handle(owner),
                user_name=email,
                user_display_name=name,
                challenge=asked.challenge(),
                timeout=_WAIT,
                authenticator_selection=structs.AuthenticatorSelectionCriteria(
                    resident_key=structs.ResidentKeyRequirement.REQUIRED,
                    user_verification=structs.UserVerificationRequirement.REQUIRED,
                ),
                exclude_credentials=_described(passkeys_of(owner)),
            )
        )
    )


def to_use(asked: Challenged, *, owner: int | None) -> str:
    """What the browser is given to have a passkey used, as JSON; ``owner`` None for anybody's."""
    return str(
        webauthn.options_to_json(
            webauthn.generate_authentication_options(
                rp_id=site() or "",
                challenge=asked.challenge(),
                timeout=_WAIT,
                allow_credentials=_described(passkeys_of(owner)) if owner else None,
                user_verification=structs.UserVerificationRequirement.REQUIRED,
            )
        )
    )


def passkeys_of(owner: int) -> list[Passkey]:
    """The person's passkeys, the oldest first."""
    found = select(Passkey).where(Passkey.reviewer_id == owner).order_by(Passkey.id)
    return list(db.session.scalars(found))


def owner_of(answer: str) -> int | None:
    """The number of the person whose passkey the answer names; None for nobody's. Nothing is proved yet."""
    try:
        named = _read(answer)["id"]
    except PasskeyRefused:
        return None
    found = select(Passkey.reviewer_id).where(Passkey.credential_id == named)
    return db.session.scalar(found)


def add(answer: str, asked: Challenged, *, owner: int, name: str) -> Passkey:
    """Keep a passkey that this person's browser made, the person under their row's lock.

    Raises PasskeyRefused for an answer to another challenge, of another site, without a check of the
    person on the device, for one that is known, and for more than MOST.
    """
    given, challenge = _mine(answer, asked)
    if len(passkeys_of(owner)) >= MOST:
        raise PasskeyRefused
    made = _verified(
        webauthn.verify_registration_response,
        credential=given,
        expected_challenge=challenge,
        expected_rp_id=site() or "",
        expected_origin=origin_of(settings().address),
        require_user_verification=True,
    )
    known = given["id"]
    if db.session.scalar(select(Passkey.id).where(Passkey.credential_id == known)) is not None:
        raise PasskeyRefused
    answer_once(challenge, at=asked.at)
    passkey = Passkey(
        reviewer_id=owner,
        credential_id=known,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=name,
        added_at=asked.at,
    )
    db.session.add(passkey)
    db.session.flush()
    return passkey


def use(answer: str, asked: Challenged, *, owner: int) -> Passkey:
    """The passkey of this person that gave the answer, the person under their row's lock.

    Raises PasskeyRefused for an answer to another challenge or one answered before, of another site or
    person, without a check of the person on the device, and for a count that did not go up.
    """
    given, challenge = _mine(answer, asked)
    passkey = db.session.scalar(
        select(Passkey)
        .where(Passkey.credential_id == given["id"], Passkey.reviewer_id == owner)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if passkey is None:
        raise PasskeyRefused
    handle = given["response"].get("userHandle")
    if handle and not _is_handle(handle, owner):
        raise PasskeyRefused
    used = _verified(
        webauthn.verify_authentication_response,
        credential=given,
        expected_challenge=challenge,
        expected_rp_id=site() or "",
        expected_origin=origin_of(settings().address),
        credential_public_key=passkey.public_key,
        credential_current_sign_count=passkey.sign_count,
        require_user_verification=True,
    )
    answer_once(challenge, at=asked.at)
    passkey.sign_count, passkey.used_at = used.new_sign_count, asked.at
    return passkey


def remove(number: int, *, owner: int) -> bool:
    """Take one passkey of this person away; False where there is none of that number."""
    gone = delete(Passkey).where(Passkey.id == number, Passkey.reviewer_id == owner)
    return db.session.scalar(gone.returning(Passkey.id)) is not None


def remove_all(owner: int) -> None:
    """Take every passkey of this person away."""
    db.session.execute(delete(Passkey).where(Passkey.reviewer_id == owner))


def _handle(owner: int) -> bytes:
    """What a device keeps of whose the passkey is: of no meaning elsewhere, and always the same."""
    return hashlib.sha256(f"passkeys of {owner}".encode()).digest()


def _is_handle(told: object, owner: int) -> bool:
    try:
        return isinstance(told, str) and _bytes(told) == _handle(owner)
    except ValueError:  # no Base64
        return False


def _described(passkeys: list[Passkey]) -> list[Any]:
    return [
        structs.PublicKeyCredentialDescriptor(id=_bytes(each.credential_id)) for each in passkeys
    ]


def _read(answer: str) -> dict[str, Any]:
    """The browser's answer. Raises PasskeyRefused for what is none."""
    try:
        given = json.loads(answer) if len(answer) <= ANSWER_LENGTH else None
    except (ValueError, RecursionError) as error:
        raise PasskeyRefused from error
    if not isinstance(given, dict) or not isinstance(given.get("response"), dict):
        raise PasskeyRefused
    named = given.get("id")
    if not isinstance(named, str) or len(named) > _ID_LENGTH or not _ID.fullmatch(named):
        raise PasskeyRefused
    return given


def _mine(answer: str, asked: Challenged) -> tuple[dict[str, Any], bytes]:
    """The answer and the challenge that it is to, which was made for just this. Else raises PasskeyRefused."""
    given = _read(answer)
    try:
        told = json.loads(_bytes(given["response"]["clientDataJSON"]))
        challenge = _bytes(told["challenge"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise PasskeyRefused from error
    if not asked.is_mine(challenge):
        raise PasskeyRefused
    return given, challenge


def _bytes(text: str) -> bytes:
    """What Base64 for addresses says, written without its filling."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _verified(verify: Any, **given: Any) -> Any:
    """What the library found. Raises PasskeyRefused for whatever it or its parsers refuse."""
    try:
        return verify(**given)
    except Exception as error:  # its parsers raise what they like; nothing is kept yet
        raise PasskeyRefused from error
