"""Who was erased, kept outside of the database and of every backup: a copy of before has them again.

A line of JSON for each, beside the epoch's file. It holds no address: the digest of one under a key of
SEAL_KEYS, and the name that stands for them since. Whoever has the file alone learns how many they were
and when; whoever has the key too can ask of an address whether it is among them.
"""

import errno
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from portal import epoch
from portal.audit.log import AuditEntry, StaffAct
from portal.claims.models import Claim
from portal.claims.payout.payee import keyring
from portal.email_addresses import email_key
from portal.extensions import db
from portal.mail.models import OutboxMail
from portal.payouts.owed.models import Owed
from portal.records.models import Account, Order, Purchase, TopUp

PURPOSE = "erased"
_ADDRESSES = (
    Claim.email, Account.email, Order.account_email, TopUp.account_email, Purchase.account_email,
    OutboxMail.recipient, Owed.account,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Erasure:
    """One person: the name that stands for them, and their address's digest under the key of that name.

    ``undone`` where it was written down and its transaction failed then.
    """

    holder: str
    key: str
    digest: str
    at: str
    undone: bool = False


def place() -> Path:
    """The file: beside the epoch's, under its name with ``.erased``."""
    path = epoch.outside()
    return path.with_name(f"{path.name}.erased")


def keep(address: str, *, holder: str, at: datetime) -> Erasure:
    """Write down that whoever has this address is erased, before it is. Raises OSError."""
    keys = keyring()
    digest = keys.fingerprint(address.encode(), purpose=PURPOSE)
    kept = Erasure(holder, keys.current, digest, at.isoformat())
    _append(kept)
    return kept


def take_back(kept: Erasure) -> None:
    """It was not done after all. Raises OSError."""
    _append(Erasure(kept.holder, kept.key, "", kept.at, undone=True))


def unknown_here() -> list[Erasure]:
    """Those of which this database's own log knows nothing: it is older. Raises OSError, ValueError."""
    kept: dict[str, Erasure] = {}
    for each in _read():
        if each.undone:
            kept.pop(each.holder, None)
        else:
            kept[each.holder] = each
    here = select(AuditEntry.about).where(AuditEntry.act == StaffAct.ERASE_PERSON)
    known = set(db.session.scalars(here))
    return [each for holder, each in kept.items() if holder not in known]


def addresses_of(erasures: list[Erasure]) -> dict[str, str]:
    """Of those that this database has something of, each one's address by the name that stands for it.

    Raises SealKeyMissing where one was written down under a key that SEAL_KEYS lacks.
    """
    keys = keyring()
    wanted = {(each.key, each.digest): each.holder for each in erasures}
    names = sorted({each.key for each in erasures})
    found: dict[str, str] = {}
    for address in _addresses() if wanted else ():
        for name in names:
            digest = keys.fingerprint(address.encode(), purpose=PURPOSE, key=name)
            if holder := wanted.get((name, digest)):
                found[holder] = address
    return found


def _addresses() -> Iterator[str]:
    """Every address that this database has, in the one spelling in which they are compared."""
    for column in _ADDRESSES:
        of = select(func.lower(column)).where(column.like("%@%")).distinct()
        for address in db.session.scalars(of.execution_options(yield_per=1000)):
            yield email_key(address)


def _read() -> Iterator[Erasure]:
    try:
        lines = place().read_text().splitlines()
    except FileNotFoundError:
        return
    # One that the disk had no room for is cut off, and what it was to be was not done.
    yield from (Erasure(**json.loads(line)) for line in lines if line.endswith("}"))


def _append(kept: Erasure) -> None:
    path = place()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    line = f"\n{json.dumps(asdict(kept))}\n".encode()
    number = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if os.write(number, line) < len(line):  # one call: two processes' lines do not mix
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        os.fsync(number)
        os.fsync(folder)
    finally:
        os.close(number)
        os.close(folder)
