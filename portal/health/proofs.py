"""The sealing keys that something may be sealed with, each with a proof: a wrong or a missing one stops the start."""

from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import ColumnElement, String, Text, delete, inspect, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from portal.claims.models import Claim
from portal.claims.payout.payee import keyring
from portal.database import UTCDateTime, hold, transaction
from portal.extensions import Base, db
from portal.handoff.models import HandoffKey
from portal.ledger.rails import RailSetting
from portal.ledger.runs import PayoutRun
from portal.sealed import Keyring, SealError
from portal.webhooks.models import WebhookEndpoint

log = structlog.get_logger(__name__)

_PROVES = b"it opens"


class SealKeysUnlike(Exception):
    """The keys of SEAL_KEYS are not those that sealed what is here; says which, and what to do."""


class SealProof(Base):
    """A key that sealed, and a text that it alone opens."""

    __tablename__ = "seal_proofs"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    proof: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime] = mapped_column(UTCDateTime)


_SEALED: tuple[InstrumentedAttribute[Any], ...] = (
    Claim.payout_sealed,
    Claim.access_sealed,
    RailSetting.secret_sealed,
    PayoutRun.file_sealed,
    HandoffKey.secret_sealed,
    WebhookEndpoint.secret_sealed,
)


def prove(*, lost: list[str], at: datetime) -> None:
    """Hold the keys to what is sealed, and keep a proof of each that is new.

    ``lost`` are names of keys that are gone for good. Nothing is asked of a database that can't be reached or
    has no tables yet.
    Raises SealKeysUnlike.
    """
    url = db.engine.url
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        return
    try:
        connection = db.engine.connect()
    except OperationalError as error:
        log.warning("sealing keys not looked at", reason=str(error.orig))
        return
    with connection:
        if not inspect(connection).has_table(SealProof.__tablename__):
            return
        rows = connection.execute(select(SealProof.name, SealProof.proof))
        proofs = {str(name): str(proof) for name, proof in rows}
    keys = keyring()
    for name, proof in proofs.items():
        if name not in lost:
            _open(keys, name, proof)
    # Once there are proofs, an older key without one is what “keys rotate” let go: it may be gone tomorrow.
    new = [n for n in keys.keys if n not in proofs and (n == keys.current or not proofs)]
    if not proofs and left_sealed(list(keys.keys)) and not lost:
        raise SealKeysUnlike(
            "SEAL_KEYS: something here was sealed with a key that is not among them: put it back,"
            " or name it in SEAL_KEYS_LOST where it is gone for good"
        )
    if new:
        with transaction():
            hold("seal proofs")  # all processes of a server start at once
            for name in new:
                proof = Keyring(keys.keys, name).seal(_PROVES, bound_to=_row(name))
                db.session.merge(SealProof(name=name, proof=proof, since=at))


def forget_others() -> bool:
    """Ask no more for keys that sealed nothing of what is here but the first; False where something is."""
    current = keyring().current
    if left_sealed([current]):
        return False
    with transaction():
        db.session.execute(delete(SealProof).where(SealProof.name != current))
    return True


def left_sealed(names: list[str]) -> bool:
    """Whether anything is sealed with another key than these."""
    found = any(
        db.session.scalar(select(column).where(*_by_another(column, names)).limit(1)) is not None
        for column in _SEALED
    )
    db.session.rollback()
    return found


def _by_another(column: InstrumentedAttribute[Any], names: list[str]) -> list[ColumnElement[bool]]:
    unlike = [~column.startswith(f"s1.{name}.", autoescape=True) for name in names]
    return [column.is_not(None), *unlike]


def _open(keys: Keyring, name: str, proof: str) -> None:
    mend = "put it back, or run “keys rotate” before it goes"
    if name not in keys.keys:
        raise SealKeysUnlike(
            f"SEAL_KEYS: the key {name} is missing, which sealed what is here: {mend}. Where it is"
            f" gone for good, write SEAL_KEYS_LOST={name}: what it sealed can't be read any more"
        )
    try:
        keys.open_sealed(proof, bound_to=_row(name))
    except SealError:
        raise SealKeysUnlike(
            f"SEAL_KEYS: the key {name} is another one than the one that sealed what is here under"
            " this name: put the right one back, and name a new one anew"
        ) from None


def _row(name: str) -> str:
    return f"seal_proof:{name}"
