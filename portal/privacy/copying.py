"""A copy of all that the portal has of one person, and of nobody else: a zip of one JSON file and their own files.

Each code that they entered gives one.
"""

import json
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from io import TextIOWrapper
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from sqlalchemy import Select, func, select

from portal.claims.answering import TypedText
from portal.claims.evidence.files import keys_of
from portal.claims.evidence.storage.chosen import storage
from portal.claims.evidence.storage.kept import NotStored
from portal.claims.lifecycle import ASIDE
from portal.claims.models import Claim
from portal.claims.payout.payee import payee_of
from portal.claims.queries import PAYOUT, ids_of_address
from portal.claims.verbs.codes import OneTimeCode
from portal.database import hold
from portal.email_addresses import mailbox
from portal.extensions import db
from portal.mail.letters import Event
from portal.mail.models import OutboxMail
from portal.privacy.erasing import accounts_of, belongs_to
from portal.records.models import Account, Order, Purchase, TopUp

LOT = 50  # claims, mails or records that are in memory at once
_CLAIM = (
    "reference", "shop", "status", "email", "account_id", "language", "order_reference", "reason", "service_name",
    "description", "destination", "remedy", "asked", "number_used", "appeal_text", "identity", "facts", "created_at",
    "submitted_at",
)  # fmt: skip
# No codes, and not what a customer who works here is told of others' claims.
_TO_CUSTOMERS = [
    each for each in Event if each is not Event.SIGN_IN_CODE and not each.startswith("team_")
]
# Of the records what is the shop's own business with others: its processor's and provider's numbers.
_INTERNAL = frozenset({"id", "look_at", "reference_key", "charge", "provider_reference"})


def may_copy(address: str, *, since: datetime) -> bool:
    """Whether a code that was sent to the address was entered since then and gave no copy yet."""
    return db.session.scalar(_unspent(address, since).with_only_columns(OneTimeCode.id)) is not None


def spend_code(address: str, *, since: datetime, at: datetime) -> bool:
    """Give a copy for the newest such code, within the caller's transaction; False where there is none."""
    hold(f"copy of {mailbox(address)}")
    code = db.session.scalar(_unspent(address, since))
    if code is None:
        return False
    code.copied_at = at
    return True


def _unspent(address: str, since: datetime) -> Select[OneTimeCode]:
    return (
        select(OneTimeCode)
        .where(
            OneTimeCode.address == mailbox(address),
            OneTimeCode.used_at >= since,
            OneTimeCode.copied_at.is_(None),
        )
        .order_by(OneTimeCode.used_at.desc(), OneTimeCode.id.desc())
        .limit(1)
    )


def copy_of(address: str, *, shops: Collection[str], at: datetime) -> IO[bytes]:
    """The zip of all claims of the address in these shops and of what else belongs to it, from its beginning.

    Claims are read LOT at a time: it needs no more memory for more of them. It lies in a file without
    a name, which is gone when it is closed. Raises SealError where payout details can't be opened.
    """
    packed = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    with (
        ZipFile(packed, "w", ZIP_DEFLATED) as zipped,
        tempfile.TemporaryFile("w+", encoding="utf-8") as told,
    ):
        told.write(f'{{"made_at": {_json(at)}, "address": {_json(address)}, "claims": ')
        _write_list(told, (_claim(each, zipped) for each in _claims(address, shops)))
        told.write(', "mails": ')
        _write_list(told, _mails(address))
        told.write(', "records": {')
        for number, (name, rows) in enumerate(_records(address)):
            told.write(f"{', ' if number else ''}{_json(name)}: ")
            _write_list(told, rows)
        told.write("}}")
        told.seek(0)
        whole = zipped.open("data.json", "w", force_zip64=True)
        with TextIOWrapper(whole, encoding="utf-8") as into:
            shutil.copyfileobj(told, into)
    packed.seek(0)
    return packed


def _claims(address: str, shops: Collection[str]) -> Iterator[Claim]:
    """Each claim of the address, the newest first; the session lets go of those that were gone through."""
    numbers = db.session.scalars(ids_of_address(address, shops=shops)).all()
    for lot in (numbers[at : at + LOT] for at in range(0, len(numbers), LOT)):
        rows = select(Claim).where(Claim.id.in_(lot)).order_by(Claim.id.desc())
        yield from db.session.scalars(rows.options(PAYOUT[0])).unique()


def _write_list(told: IO[str], items: Iterable[dict[str, Any]]) -> None:
    between = "[\n"
    for each in items:
        told.write(f"{between}{_json(each)}")
        between = ",\n"
    told.write("[]" if between == "[\n" else "\n]")


def _json(value: Any) -> str:
    return json.dumps(value, default=str, ensure_ascii=False, indent=1)


def _claim(claim: Claim, zipped: ZipFile) -> dict[str, Any]:
    details = payee_of(claim)
    typed = select(TypedText).where(TypedText.claim_id == claim.id).order_by(TypedText.id)
    return {name: getattr(claim, name) for name in _CLAIM} | {
        "payout_details": details.shown_in_full() if details else [],
        "typed_and_not_sent": [each.fields for each in db.session.scalars(typed)],
        "files": [
            {"name": file.filename, "kind": file.kind, "added_at": file.added_at, "as": names}
            for number, file in enumerate(claim.evidence, 1)
            for names in [_files(claim, number, file, zipped)]
        ],
        "history": [
            {"at": each.at, "what": each.action, "by": each.role, "text": each.note}
            for each in claim.events
            if each.action not in ASIDE
        ],
        "decided_by_the_policy": [
            {"at": each.at, "case": each.case, "decision": each.document}
            for each in claim.decisions
        ],
        "decided_by_people": [
            {"at": each.at, "approved": each.approved, "clause": each.clause, "text": each.customer_text}
            for each in claim.rulings
        ],
        "payments": [
            {"state": each.state, "amount": each.amount, "to": each.destination,
             "approved_at": each.approved_at, "settled_at": each.settled_at,
             "reference": each.payer_reference}
            for each in claim.payouts
        ],
    }  # fmt: skip


def _files(claim: Claim, number: int, file: Any, zipped: ZipFile) -> list[str]:
    """Put the bytes of a file in; under which names."""
    names = []
    for part, key in enumerate(keys_of(file.original_key, file.views), 1):
        name = f"files/{claim.reference}/{number}-{part}"
        try:
            with storage().local(key) as path:
                zipped.write(path, name, ZIP_STORED)
        except NotStored:
            continue
        names.append(name)
    return names


def _mails(address: str) -> Iterator[dict[str, Any]]:
    to_them = func.lower(OutboxMail.recipient) == address
    found = select(OutboxMail).where(to_them, OutboxMail.event.in_(_TO_CUSTOMERS))
    for mail in _each(found.order_by(OutboxMail.id)):
        yield {"at": mail.created_at, "subject": mail.subject, "text": mail.text}


def _records(address: str) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    accounts = accounts_of(address)
    own = select(Account).where(Account.email == address).order_by(Account.id)
    yield "accounts", map(_row, _each(own))
    tables: tuple[tuple[str, type[Any]], ...] = (
        ("orders", Order), ("top_ups", TopUp), ("purchases", Purchase),
    )  # fmt: skip
    for name, table in tables:
        theirs = select(table).where(belongs_to(table, address, accounts)).order_by(table.id)
        yield name, map(_row, _each(theirs))


def _each(found: Select[Any]) -> Iterator[Any]:
    yield from db.session.scalars(found.execution_options(yield_per=LOT))


def _row(row: Any) -> dict[str, Any]:
    return {
        name: value
        for name in row.__mapper__.column_attrs.keys()  # noqa: SIM118 - a mapper's collection
        if name not in _INTERNAL and (value := getattr(row, name)) is not None
    }
