"""The personal parts of claims that ended long ago: found by age, and deleted one part at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex

from sqlalchemy import ColumnElement, exists, or_, select

from portal.claims.history import Forgotten, Personal
from portal.claims.lifecycle import ENDED
from portal.claims.models import Claim
from portal.extensions import db
from portal.ledger.payout import Payout
from portal.privacy.parts import ERASED, delete_parts
from portal.privacy.rows import HELD, UNSETTLED


@dataclass(frozen=True, slots=True)
class OldParts:
    """One personal part of each claim that nothing happened to since an instant, and nothing is owed for."""

    part: Personal

    def find(self, before: datetime, *, held: bool = False, limit: int | None = None) -> list[str]:
        """Their references; ``held`` of those that stay for a legal hold alone."""
        which = *self._ended(before), HELD if held else ~HELD
        found = select(Claim.reference).where(*which).order_by(Claim.id).limit(limit)
        return list(db.session.scalars(found))

    def forget(
        self, references: Sequence[str], *, before: datetime, now: datetime
    ) -> tuple[list[str], list[str]]:
        """Delete the part of those that are still so: which they were, and the keys of their files."""
        these = select(Claim).where(Claim.reference.in_(references), *self._ended(before), ~HELD)
        keys: list[str] = []
        done = []
        for claim in db.session.scalars(
            these.order_by(Claim.id).with_for_update(skip_locked=True, of=Claim)
        ):
            keys += delete_parts(claim, [self.part], at=now, holder=new_holder())
            done.append(claim.reference)
        return done, keys

    def _ended(self, before: datetime) -> tuple[ColumnElement[bool], ...]:
        return (
            Claim.status.in_(ENDED),
            Claim.moved_at < before,
            or_(Claim.appeal_until.is_(None), Claim.appeal_until < before),
            ~exists().where(Payout.claim_id == Claim.id, UNSETTLED),
            ~exists().where(
                Forgotten.claim_id == Claim.id,
                Forgotten.part == self.part,
                Forgotten.at >= Claim.moved_at,
            ),
        )


def new_holder() -> str:
    """What stands for somebody whose address is deleted: it says nothing, and is nobody else's."""
    return f"{ERASED}{token_hex(8)}"
