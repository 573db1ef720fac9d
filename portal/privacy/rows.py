"""What goes by age and is of no claim that was sent, or hangs on one: found, and deleted by its numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, select

from portal.claims.answering import TypedText
from portal.claims.evidence.files import keys_of
from portal.claims.evidence.phone import PhoneLink
from portal.claims.history import ClaimEvent, LegalHold
from portal.claims.lifecycle import Status
from portal.claims.models import Claim, Evidence, StoredDecision
from portal.claims.search import ClaimWord
from portal.claims.verbs.codes import OneTimeCode
from portal.extensions import db
from portal.ledger.payout import TAKES_NOTHING, FailedKind, Payout, PayoutState
from portal.ledger.runs import PayoutRun
from portal.mail.models import MailState, OutboxMail

HELD = exists().where(LegalHold.claim_id == Claim.id)
# Money that has neither arrived nor been given up.
UNSETTLED = Payout.state.in_(
    frozenset(PayoutState) - TAKES_NOTHING - {PayoutState.PAID, PayoutState.FAILED}
) | ((Payout.state == PayoutState.FAILED) & (Payout.failed_kind != FailedKind.FINAL))
_PARTS: tuple[type[Any], ...] = (
    TypedText, PhoneLink, OneTimeCode, ClaimEvent, StoredDecision, ClaimWord, Evidence,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OldRows:
    """Rows of one table that are deleted whole once they are old, unless they hang on a claim that is held."""

    model: type[Any]
    old: Callable[[datetime], ColumnElement[bool]]
    of_held: ColumnElement[bool] | None = None

    def find(self, before: datetime, *, held: bool = False, limit: int | None = None) -> list[int]:
        """The numbers of those from before that instant; ``held`` of those that stay for a hold alone."""
        if self.of_held is None and held:
            return []
        found = select(self.model.id).where(*self._which(before, held=held)).order_by(self.model.id)
        return list(db.session.scalars(found.limit(limit)))

    def forget(
        self,
        numbers: Sequence[int],
        *,
        before: datetime,
        now: datetime,  # noqa: ARG002 - as of each class
    ) -> tuple[list[int], list[str]]:
        """Delete those that are still so; which they were, and no files."""
        which = self._which(before, held=False)
        gone = delete(self.model).where(self.model.id.in_(numbers), *which)
        return sorted(db.session.scalars(gone.returning(self.model.id))), []

    def _which(self, before: datetime, *, held: bool) -> list[ColumnElement[bool]]:
        of = [] if self.of_held is None else [self.of_held if held else ~self.of_held]
        return [self.old(before), *of]


def _of_held(claim: Any) -> ColumnElement[bool]:
    return exists().where(LegalHold.claim_id == claim)


TYPED = OldRows(
    TypedText, lambda before: TypedText.at < before, of_held=_of_held(TypedText.claim_id)
)
CODES = OldRows(OneTimeCode, lambda before: OneTimeCode.created_at < before)
MAILS = OldRows(
    OutboxMail,
    lambda before: (OutboxMail.state != MailState.WAITING) & (OutboxMail.created_at < before),
    of_held=exists().where(Claim.reference == OutboxMail.about, LegalHold.claim_id == Claim.id),
)
PHONE_LINKS = OldRows(PhoneLink, lambda before: PhoneLink.good_until < before)


class OldDrafts:
    """Claims that were begun and never sent, untouched since: gone with all that hangs on them."""

    @staticmethod
    def find(before: datetime, *, held: bool = False, limit: int | None = None) -> list[str]:
        """Their references; none is held, since nobody decides about a draft."""
        if held:
            return []
        found = select(Claim.reference).where(*_untouched(before)).order_by(Claim.id).limit(limit)
        return list(db.session.scalars(found))

    @staticmethod
    def forget(
        references: Sequence[str],
        *,
        before: datetime,
        now: datetime,  # noqa: ARG004 - as of each class
    ) -> tuple[list[str], list[str]]:
        """Delete those that are still so: which they were, and the keys of their files."""
        these = select(Claim.id, Claim.reference).where(Claim.reference.in_(references))
        rows = db.session.execute(
            these.where(*_untouched(before)).order_by(Claim.id).with_for_update(skip_locked=True)
        ).all()
        return [row.reference for row in rows], delete_drafts([row.id for row in rows])


def delete_drafts(numbers: Sequence[int]) -> list[str]:
    """Delete these drafts, under their locks; the keys of their files, to delete after the commit."""
    files = select(Evidence.original_key, Evidence.views, Evidence.originals)
    kept = db.session.execute(files.where(Evidence.claim_id.in_(numbers))).all()
    for part in _PARTS:
        db.session.execute(delete(part).where(part.claim_id.in_(numbers)))
    drafts = Claim.id.in_(numbers), Claim.status == Status.DRAFT
    db.session.execute(delete(Claim).where(*drafts))
    return [key for row in kept for key in keys_of(*row)]


def _untouched(before: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Claim.status == Status.DRAFT,
        Claim.created_at < before,
        ~exists().where(Evidence.claim_id == Claim.id, Evidence.added_at >= before),
        ~exists().where(TypedText.claim_id == Claim.id, TypedText.at >= before),
        # A reminder leads back to it once it can be sent, which may be long after it was begun.
        ~exists().where(OutboxMail.about == Claim.reference, OutboxMail.due_at >= before),
    )


_IN_HELD = exists().where(Payout.run_id == PayoutRun.id, LegalHold.claim_id == Payout.claim_id)


class PaymentFiles:
    """The sealed files of payout runs: who was paid where, once all of a run has come to an end."""

    @staticmethod
    def find(before: datetime, *, held: bool = False, limit: int | None = None) -> list[str]:
        """The keys of the runs."""
        which = *_settled(before), _IN_HELD if held else ~_IN_HELD
        found = select(PayoutRun.key).where(*which).order_by(PayoutRun.id).limit(limit)
        return list(db.session.scalars(found))

    @staticmethod
    def forget(
        keys: Sequence[str],
        *,
        before: datetime,
        now: datetime,  # noqa: ARG004 - as of each class
    ) -> tuple[list[str], list[str]]:
        """Delete the files of those that are still so; the runs keep their sums and their hash."""
        these = select(PayoutRun).where(PayoutRun.key.in_(keys), *_settled(before), ~_IN_HELD)
        runs = db.session.scalars(these.order_by(PayoutRun.id).with_for_update(skip_locked=True))
        done = []
        for run in runs:
            run.file_sealed = None
            done.append(run.key)
        return done, []


def _settled(before: datetime) -> tuple[ColumnElement[bool], ...]:
    open_still = exists().where(Payout.run_id == PayoutRun.id, UNSETTLED)
    return PayoutRun.file_sealed.is_not(None), PayoutRun.made_at < before, ~open_still
