"""What one line says of a payout, and what it comes to: of a file that came back, or of who paid it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from portal.claims.lifecycle import NotAllowed
from portal.claims.models import Claim
from portal.claims.queries import payout_of_key
from portal.claims.refusals import (
    ClaimHasMoved,
    NeedsAnother,
    PaidTooEarly,
    RecordsChanged,
    ReferenceUsed,
    TooLate,
)
from portal.extensions import db
from portal.ledger.payout import (
    UNDER_WAY,
    FailedKind,
    Payout,
    PayoutStands,
    PayoutState,
    Step,
    try_key,
)
from portal.ledger.settlings import Settling, SettlingLine
from portal.money import Money
from portal.payouts import answers, reversing
from portal.payouts.paying import hold_told, mark_paid
from portal.payouts.rails.rail import Became, RailAnswer
from portal.payouts.runs import arriving
from portal.people.rights import NoRight
from portal.policy.deciding.document import Policy
from portal.translation import gettext


class CameTo(StrEnum):
    """What one line of a file came to here."""

    PAID = "paid"
    FAILED = "failed"
    AGAIN = "again"  # it has to wait: due as before, for another run
    PENDING = "pending"
    KNOWN = "known"  # nothing new
    BACK = "back"  # it had been paid, and came back: reversed
    LOOK = "look"  # it says otherwise than what is here: a person has to look
    STRANGE = "strange"  # no payout of this shop's runs


# What stands against what one line says; the others go on.
STANDS = (
    ClaimHasMoved,
    NeedsAnother,
    NoRight,
    NotAllowed,
    PaidTooEarly,
    PayoutStands,
    RecordsChanged,
    ReferenceUsed,
    TooLate,
)


def come_to(line: SettlingLine, *, settling: Settling, policy: Policy) -> None:
    """Settle what the line says, and note what it came to. Raises one of STANDS: nothing is done then."""
    by = _by_hand if settling.by_hand else _by_file
    came_to, line.claim, line.why = by(line, settling, policy)
    line.came_to = came_to


def look_at(line: SettlingLine, refused: Exception) -> None:
    """Note that nothing could be done of what the line says, and why: a person has to look."""
    of = select(Claim.reference).join(Claim.payouts).where(Payout.key == key_of(line.told_as))
    moved = isinstance(refused, ClaimHasMoved | NotAllowed | PayoutStands)
    why = gettext("It changed meanwhile.") if moved else str(refused)
    line.came_to, line.claim, line.why = CameTo.LOOK, db.session.scalar(of) or "", why


def _by_hand(line: SettlingLine, settling: Settling, policy: Policy) -> tuple[CameTo, str, str]:
    found = _find(line.told_as)
    if found is None:
        return CameTo.KNOWN, "", ""
    claim, payout = found
    meant = try_key(payout.key, payout.attempts) == line.told_as
    if meant and payout.state in {PayoutState.PAID, PayoutState.REVERSED}:
        return CameTo.KNOWN, claim.reference, ""
    if not meant or payout.state not in UNDER_WAY:  # given up since it was said
        why = gettext("A person said that it was paid (%(payment)s).", payment=line.reference)
        hold_told(claim, payout, why, at=settling.at)
        return CameTo.LOOK, claim.reference, why
    mark_paid(
        claim, reference=line.reference, by=settling.by, at=settling.at, seen=claim.version,
        policy=policy, again=settling.again,
    )  # fmt: skip
    return CameTo.PAID, claim.reference, line.reference


def _by_file(line: SettlingLine, settling: Settling, policy: Policy) -> tuple[CameTo, str, str]:
    told_as, answer, at, run = line.told_as, _answer(line), settling.at, settling.run
    found = _find(told_as)
    if found is None or found[0].shop != run.shop:
        return CameTo.STRANGE, "", ""
    claim, payout = found
    if payout.rail is run.rail and payout.run_id is not None:
        came_to, why = _came_to(claim, payout, told_as, answer, policy, at)
    elif _went_twice(payout, told_as, answer):
        came_to, why = _of_an_earlier_try(claim, payout, answer, at)
    else:
        return CameTo.STRANGE, "", ""
    return came_to, claim.reference, why


def _went_twice(payout: Payout, told_as: str, answer: RailAnswer) -> bool:
    """Whether a file says paid of what was sent that way before, and goes or went another way since."""
    if answer.became is not Became.PAID or not payout.attempts:
        return False
    ended = payout.state in {PayoutState.PAID, PayoutState.REVERSED}
    return not ended or told_as != try_key(payout.key, payout.attempts)


def _came_to(
    claim: Claim, payout: Payout, told_as: str, answer: RailAnswer, policy: Policy, at: datetime
) -> tuple[CameTo, str]:
    if try_key(payout.key, payout.attempts) != told_as:
        return _of_an_earlier_try(claim, payout, answer, at)
    ours = Money(arriving(payout), payout.currency or "")
    if answer.amount and answer.amount != ours:
        return CameTo.LOOK, gettext(
            "The file says %(amount)s, the run %(ours)s.", amount=answer.amount, ours=ours
        )
    if payout.state in UNDER_WAY:
        return _keep(claim, payout, answer, policy, at)
    if payout.state is PayoutState.PAID and answer.became is Became.FAILED:
        reversing.reverse(claim, payout, reason=answer.detail, at=at, policy=policy)
        return CameTo.BACK, answer.detail
    return _nothing_new(claim, payout, answer, at)


def _of_an_earlier_try(
    claim: Claim, payout: Payout, answer: RailAnswer, at: datetime
) -> tuple[CameTo, str]:
    """Late word of a try that was given up: where that was paid all the same, a person has to know."""
    if answer.became is not Became.PAID:
        return CameTo.KNOWN, gettext("It is about an earlier try.")
    why = gettext(
        "An earlier try of it was paid (%(payment)s): see that it is not paid twice.",
        payment=answer.reference,
    )
    hold_told(claim, payout, why, at=at)
    return CameTo.LOOK, why


def _keep(
    claim: Claim, payout: Payout, answer: RailAnswer, policy: Policy, at: datetime
) -> tuple[CameTo, str]:
    match answer.became:
        case Became.PAID:
            answers.arrived(claim, payout, reference=answer.reference, at=at, policy=policy)
            return CameTo.PAID, answer.reference
        case Became.FAILED:
            kind = answer.kind or FailedKind.FIXABLE
            answers.bounced(claim, payout, kind=kind, reason=answer.detail, at=at, policy=policy)
            if kind is FailedKind.WAIT:
                payout.move(Step.RETRY, at=at)
                payout.failed_reason = None
                return CameTo.AGAIN, answer.detail
            return CameTo.FAILED, answer.detail
        case Became.PENDING:
            return CameTo.PENDING, ""
    return CameTo.LOOK, answer.detail


def _nothing_new(
    claim: Claim, payout: Payout, answer: RailAnswer, at: datetime
) -> tuple[CameTo, str]:
    """What a file says of a payout that isn't under way: the same as before, or otherwise.

    What is due once more although it was paid is held, so that it isn't paid twice.
    """
    same = {
        Became.PAID: payout.state in {PayoutState.PAID, PayoutState.REVERSED},
        Became.FAILED: True,
        Became.PENDING: True,
    }
    if same.get(answer.became, False):
        return CameTo.KNOWN, ""
    if answer.became is not Became.PAID:
        return CameTo.LOOK, answer.detail
    why = gettext("The file says that it was paid (%(payment)s).", payment=answer.reference)
    hold_told(claim, payout, why, at=at)
    return CameTo.LOOK, why


def _find(told_as: str) -> tuple[Claim, Payout] | None:
    """The payout that a file names, its claim locked."""
    return payout_of_key(key_of(told_as))


def key_of(told_as: str) -> str:
    """The key of the payout that a file names so, at whichever try."""
    return f"PO{told_as[2:]}"


def _answer(line: SettlingLine) -> RailAnswer:
    amount = Money.kept(line.amount_minor, line.currency)
    return RailAnswer(Became(line.became), line.reference, line.kind, line.detail, amount)
