"""A person is erased, by their address: every personal text and file, in claims, mails and records; the books stay."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Delete,
    Update,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)

from portal.api.keys import KeptAnswer
from portal.audit import log as audit
from portal.audit.log import Doer, StaffAct
from portal.claims.evidence.storage.chosen import drop
from portal.claims.history import LegalHold, Personal
from portal.claims.lifecycle import ENDED, Status
from portal.claims.models import Claim
from portal.claims.queries import claims_for_change
from portal.claims.verbs.codes import OneTimeCode
from portal.database import transaction
from portal.email_addresses import email_key, mailbox
from portal.extensions import db
from portal.ledger.payout import Payout
from portal.ledger.runs import PayoutRun
from portal.mail.models import MailState, OutboxMail
from portal.payouts.owed.listing import CLAIMED
from portal.payouts.owed.models import Owed
from portal.privacy import erasures
from portal.privacy.ended import new_holder
from portal.privacy.parts import delete_parts
from portal.privacy.rows import UNSETTLED, delete_drafts
from portal.records.models import Account, Order, Purchase, TopUp
from portal.translation import gettext, lazy_gettext as _

_RECORDS: tuple[type[Any], ...] = (Order, TopUp, Purchase)


@dataclass(frozen=True, slots=True)
class OfPerson:
    """What the portal has of one person; ``against`` says why nothing of it may go now, a line each.

    ``files_left`` are files that could not be deleted after all else was erased: they are swept.
    """

    address: str
    accounts: tuple[tuple[str, str | None], ...]  # shop, and the shop's own id of it
    claims: tuple[str, ...]
    drafts: tuple[str, ...]
    against: tuple[str, ...]
    files_left: int = 0


class NotErased(Exception):
    """Something is still open, owed or held: nothing was deleted. ``against`` says what, a line each."""

    def __init__(self, against: Sequence[str]) -> None:
        super().__init__("; ".join(against))
        self.against = against


def find(address: str) -> OfPerson:
    """What the portal has of whoever has this address, however it is spelled; changes nothing."""
    email = email_key(address)
    accounts = accounts_of(email)
    theirs = or_(Claim.email == email, *(_has(Claim, shop, own) for shop, own in accounts if own))
    rows = db.session.execute(
        select(Claim.reference, Claim.status).where(theirs).order_by(Claim.id)
    ).all()
    claims = tuple(row.reference for row in rows if row.status is not Status.DRAFT)
    drafts = tuple(row.reference for row in rows if row.status is Status.DRAFT)
    return OfPerson(email, accounts, claims, drafts, tuple(_against(email, accounts, claims)))


def erase(
    address: str, *, at: datetime, by: Doer = Doer.COMMAND_LINE, who: int | None = None
) -> OfPerson:
    """Delete all that is personal of whoever has this address; what it was. ``who`` presses the button.

    Everywhere one name that says nothing stands for them from then on, so that their claims and the
    records about them still belong together. That they were is written down outside first
    (``erasures``). Raises NotErased, and then nothing was deleted, and OSError. What is deleted is in
    the database's free pages still: ``compacting.compact``.
    """
    return _erase(address, holder=new_holder(), at=at, by=by, who=who, kept_outside=False)


def erase_again(*, at: datetime) -> tuple[int, int]:
    """In a copy of before: erase whoever was erased since; of how many, and how many were still in it.

    The copy's own log knows of them then. Raises NotErased with all that stands against it, after
    whoever else could be erased was; SealKeyMissing, OSError, ValueError.
    """
    since = erasures.unknown_here()
    addresses = erasures.addresses_of(since)
    against: list[str] = []
    for each in since:
        if each.holder not in addresses:
            with transaction():
                _note(each.holder, at=at, by=Doer.COMMAND_LINE)
            continue
        try:
            _erase(
                addresses[each.holder], holder=each.holder, at=at, by=Doer.COMMAND_LINE,
                kept_outside=True,
            )  # fmt: skip
        except NotErased as refused:
            against += refused.against
    _refuse(against)
    return len(since), len(addresses)


def _erase(
    address: str, *, holder: str, at: datetime, by: Doer, kept_outside: bool, who: int | None = None
) -> OfPerson:
    kept = None
    try:
        with transaction():
            claims = claims_for_change(find(address).claims)
            found = find(address)  # as it stands now that nobody else changes it
            _refuse(found.against)
            keys = [
                key
                for claim in claims
                for key in delete_parts(claim, [*Personal], at=at, holder=holder)
            ]
            numbers = list(
                db.session.scalars(
                    select(Claim.id)
                    .where(Claim.reference.in_(found.drafts), Claim.status == Status.DRAFT)
                    .with_for_update()
                )
            )
            keys += delete_drafts(numbers)
            rows = _delete_around(found) + _rename_records(found, holder)
            something = bool(rows or found.claims or found.drafts or found.accounts)
            if kept_outside or something:
                _note(holder, at=at, by=by, who=who)
            db.session.flush()
            if something and not kept_outside:
                kept = erasures.keep(found.address, holder=holder, at=at)
    except BaseException:
        if kept:
            erasures.take_back(kept)
        raise
    return replace(found, files_left=len(drop(keys)))


def _refuse(against: Sequence[str]) -> None:
    if against:
        raise NotErased(against)


def _note(holder: str, *, at: datetime, by: Doer, who: int | None = None) -> None:
    audit.note(StaffAct.ERASE_PERSON, at=at, by=who, about=holder, without=by)


def _against(
    email: str, accounts: Sequence[tuple[str, str | None]], claims: Sequence[str]
) -> Iterator[str]:
    """What stands against it: claims that are open, held or not settled, mails on their way, money promised."""
    these = Claim.reference.in_(claims)
    run_open = exists().where(Payout.run_id == PayoutRun.id, UNSETTLED).correlate(PayoutRun)
    in_run = select(Payout.claim_id).join(PayoutRun, PayoutRun.id == Payout.run_id)
    for why, which in (
        (_("claim %(claim)s is open"), Claim.status.not_in(ENDED)),
        (
            _("claim %(claim)s is under a legal hold"),
            exists().where(LegalHold.claim_id == Claim.id),
        ),
        (
            _("claim %(claim)s has money that is not settled"),
            exists().where(Payout.claim_id == Claim.id, UNSETTLED),
        ),
        (
            _("claim %(claim)s stands in a payment file whose other payouts are not settled"),
            Claim.id.in_(in_run.where(PayoutRun.file_sealed.is_not(None), run_open)),
        ),
        (
            _("claim %(claim)s has a mail that waits to leave"),
            exists().where(
                OutboxMail.about == Claim.reference, OutboxMail.state == MailState.WAITING
            ),
        ),
    ):
        found = select(Claim.reference).where(these, which).order_by(Claim.id)
        yield from (str(why) % {"claim": reference} for reference in db.session.scalars(found))
    promised = select(Owed.order_reference).where(_owed_to(email, accounts), ~CLAIMED)
    for reference in db.session.scalars(promised.order_by(Owed.id)):
        yield gettext("order %(order)s is to be refunded without being asked for", order=reference)


def accounts_of(email: str) -> tuple[tuple[str, str | None], ...]:
    """The accounts of an address, as it is compared: each one's shop, and the shop's own id of it."""
    found = select(Account.shop, Account.account_id).where(Account.email == email)
    return tuple((shop, own) for shop, own in db.session.execute(found.order_by(Account.id)))


def belongs_to(
    table: Any, email: str, accounts: Sequence[tuple[str, str | None]]
) -> ColumnElement[bool]:
    """Of the shop's records (orders, bookings) those of the address, or of one of its accounts."""
    own = [_has(table, shop, number) for shop, number in accounts if number]
    return or_(table.account_email == email, *own)


def _has(table: Any, shop: str, own: str) -> ColumnElement[bool]:
    return and_(table.shop == shop, table.account_id == own)


def _owed_to(email: str, accounts: Sequence[tuple[str, str | None]]) -> ColumnElement[bool]:
    return or_(
        Owed.account == email,
        *(and_(Owed.shop == shop, Owed.account == own) for shop, own in accounts if own),
    )


def _delete_around(found: OfPerson) -> int:
    """Delete what speaks of them beside their claims: mails, codes, what programs were answered, payment files.

    How many rows it were.
    """
    named = [OutboxMail.text.contains(each, autoescape=True) for each in found.claims]
    mails = or_(func.lower(OutboxMail.recipient) == found.address, *named)
    rows = _changed(delete(OutboxMail).where(mails))
    rows += _changed(delete(OneTimeCode).where(OneTimeCode.address == mailbox(found.address)))
    for reference in found.claims:
        told = KeptAnswer.body.contains(reference, autoescape=True)
        rows += _changed(delete(KeptAnswer).where(told))
    of_them = select(Payout.run_id).join(Claim, Claim.id == Payout.claim_id)
    runs = PayoutRun.id.in_(of_them.where(Claim.reference.in_(found.claims)))
    return rows + _changed(update(PayoutRun).where(runs).values(file_sealed=None))


def _rename_records(found: OfPerson, holder: str) -> int:
    """Have the shop's records of them be of ``holder``: orders and bookings still belong to one account.

    How many rows it were.
    """
    rows = 0
    for table in _RECORDS:
        theirs = belongs_to(table, found.address, found.accounts)
        rows += _changed(update(table).where(theirs).values(account_email=None, account_id=holder))
    accounts = update(Account).where(Account.email == found.address)
    rows += _changed(accounts.values(email=None, account_id=holder))
    owed = update(Owed).where(_owed_to(found.address, found.accounts))
    return rows + _changed(owed.values(account=holder))


def _changed(statement: Delete | Update) -> int:
    done = cast("CursorResult[Any]", db.session.execute(statement))
    rows: int = done.rowcount
    return rows
