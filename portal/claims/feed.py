"""What the feed says of a claim, its payouts and its files: collected as they are written, told with the commit."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session, SessionTransaction

from portal.claims import news
from portal.claims.history import ClaimEvent
from portal.claims.lifecycle import EvidenceState, Status
from portal.claims.models import Claim, Evidence
from portal.events import writing
from portal.events.kinds import EventType
from portal.events.writing import Told
from portal.extensions import db
from portal.ledger import payout as ledger
from portal.ledger.payout import Payout, PayoutState
from portal.money import Money
from portal.policy.facts.claim import IDENTITY

_NEWS = "events to be told"  # what the session's transaction has done so far
_FILES = {
    EvidenceState.READY: EventType.FILE_READY,
    EvidenceState.REFUSED: EventType.FILE_REFUSED,
}


@dataclass(slots=True)
class Untold:
    """What was done in one transaction; a payout is told as it stands at the end."""

    moves: list[ClaimEvent] = field(default_factory=list)
    # Only held: let go of, each would be read once more to be told of.
    claims: set[Claim] = field(default_factory=set)
    files: dict[int, Evidence] = field(default_factory=dict)
    payouts: dict[int, Payout] = field(default_factory=dict)

    def look(self, row: object) -> None:
        """Note a row that is about to be written, where it tells of something."""
        if isinstance(row, ClaimEvent):
            # What is written along later, such as that one letter told of it, is no step anew.
            if inspect(row).pending and (row.before, row.action) in news.TOLD:
                self.moves.append(row)
        elif isinstance(row, Claim):
            self.claims.add(row)
        elif isinstance(row, Payout):
            if row.moved_at and inspect(row).attrs.moved_at.history.has_changes():
                self.payouts[id(row)] = row
        elif isinstance(row, Evidence) and (
            row.state in _FILES
            and row.kind != IDENTITY  # no program hears of those
            and inspect(row).attrs.state.history.has_changes()
        ):
            self.files[id(row)] = row

    def told(self, session: Session) -> Iterator[Told]:
        """What to tell of it, after everything was written."""
        for move in self.moves:
            claim = session.get_one(Claim, move.claim_id)
            kind = news.TOLD[move.before, move.action]
            said = of_claim(claim, status=move.after, kind=kind)
            yield Told(kind, claim.shop, claim.reference, move.at, said)
        for file in self.files.values():
            claim = session.get_one(Claim, file.claim_id)
            if claim.status is not Status.DRAFT and file.checked_at:
                yield Told(_FILES[file.state], claim.shop, claim.reference, file.checked_at,
                           of_file(claim, file))  # fmt: skip
        for payout in self.payouts.values():
            if payout.state in ledger.TOLD and payout.moved_at:
                claim = session.get_one(Claim, payout.claim_id)
                yield Told(ledger.TOLD[payout.state], claim.shop, claim.reference,
                           payout.moved_at, of_payout(claim, payout))  # fmt: skip


def of_claim(claim: Claim, *, status: Status, kind: EventType) -> dict[str, Any]:
    """What is told of a claim: nothing that its customer wrote, and nobody's address."""
    said = _subject(claim) | {"status": str(status), "origin": str(claim.origin)}
    if kind is EventType.CLAIM_NEEDS_INFORMATION:
        said["missing"] = claim.missing
    if kind is EventType.CLAIM_APPROVED and (given := claim.payout):
        said |= {"remedy": given.remedy, "amount": given.amount.as_json() if given.amount else None}
    return said


def of_payout(claim: Claim, payout: Payout) -> dict[str, Any]:
    """What is told of a payout: how much, by which way and how far, not to where."""
    said = _subject(claim) | {
        "payout": payout.key,
        "state": str(payout.state),
        "rail": str(payout.rail),
        "destination": payout.destination,
        "remedy": payout.remedy,
        "amount": payout.amount.as_json() if payout.amount else None,
    }
    if payout.fee_minor and payout.amount:
        said["fee"] = Money(payout.fee_minor, payout.amount.currency).as_json()
    if payout.state is PayoutState.PAID:
        said["reference"] = payout.payer_reference
    if payout.state is PayoutState.FAILED:
        said["kind"] = str(payout.failed_kind)
    if payout.state is PayoutState.HELD:
        said["held"] = [each["kind"] for each in payout.held if "reason" not in each]
    return said


def of_file(claim: Claim, file: Evidence) -> dict[str, Any]:
    """What is told of a file that was checked: its id and what became of it, not its name."""
    said: dict[str, Any] = {"id": file.public_id, "kind": file.kind, "state": str(file.state)}
    if file.problem:
        said["detail"] = file.problem
    return _subject(claim) | {"evidence": said}


def _subject(claim: Claim) -> dict[str, Any]:
    """Which claim it is, about what, and whose by the shop's own name for the account."""
    said: dict[str, Any] = {
        "claim": claim.reference,
        "order_reference": claim.order_reference,
        "reason": claim.reason,
    }
    number = claim.account_id or claim.facts.get("account", {}).get("id")
    return said | {"account": {"id": number}} if number else said


@event.listens_for(db.session, "before_flush")
def _look(session: Session, _context: object, _instances: object) -> None:
    happened = session.info.setdefault(_NEWS, Untold())
    for row in [*session.new, *session.dirty]:
        happened.look(row)


@event.listens_for(db.session, "before_commit")
def _tell(session: Session) -> None:
    """Last of all: from the first line in a shop's feed to the commit nobody else writes there."""
    if not session.in_nested_transaction():
        session.flush()
        if happened := session.info.pop(_NEWS, None):
            writing.write(list(happened.told(session)))


@event.listens_for(db.session, "after_soft_rollback")
def _forget(session: Session, rolled_back: SessionTransaction) -> None:
    if not rolled_back.nested:
        session.info.pop(_NEWS, None)
