"""What became of a run's payouts: said by a file that came back, or by the person who paid them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from portal.claims.lifecycle import NotAllowed
from portal.claims.models import Claim
from portal.claims.queries import payout_for_change
from portal.claims.refusals import (
    ClaimHasMoved,
    NeedsAnother,
    RecordsChanged,
    ReferenceUsed,
    TooLate,
)
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import (
    UNDER_WAY,
    FailedKind,
    Payout,
    PayoutStands,
    PayoutState,
    Rail,
    Step,
    try_key,
)
from portal.ledger.runs import PayoutRun
from portal.money import Money
from portal.payouts import answers, reversing
from portal.payouts.paying import claims_paid_under, hold_told, mark_paid
from portal.payouts.rails.rail import Became, RailAnswer
from portal.payouts.runs import arriving
from portal.people.reviewers import Reviewer
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


@dataclass(frozen=True, slots=True)
class SettledLine:
    """A line of a file: how it named the payout, the claim, what it came to, and why."""

    told_as: str
    came_to: CameTo
    claim: str = ""
    why: str = ""


def settle(
    shop: str,
    rail: Rail,
    said: Iterable[tuple[str, RailAnswer]],
    *,
    policies: Mapping[str, Policy],
    at: datetime,
) -> list[SettledLine]:
    """Keep what a file says of the shop's payouts by this rail, each in a transaction of its own.

    Read twice it changes nothing. What is said of a whole run is said of each of its payouts.
    """
    lines = []
    for name, answer in said:
        for told_as in _of_run(name) if name.startswith("PR-") else [name]:
            with transaction():
                lines.append(_settle_one(shop, rail, told_as, answer, policies, at))
    return lines


def pay_run(
    run: PayoutRun,
    references: Mapping[int, str] | str,
    *,
    by: Reviewer,
    at: datetime,
    policies: Mapping[str, Policy],
    again: bool = False,
) -> tuple[int, list[tuple[str, str]]]:
    """A person says that what is under way of the run was paid: under one reference, or one for each.

    ``references`` are by a payout's id; one without stays as it is. Each is a transaction of its
    own. Gives how many were paid, and the claims of those that weren't, with why. Raises
    ReferenceUsed where the one reference stands on a payout of another run (``again``: it is meant).
    """
    sent = db.session.execute(
        select(Payout, Claim.reference)
        .join(Claim, Claim.id == Payout.claim_id)
        .where(Payout.run_id == run.id, Payout.state.in_(UNDER_WAY))
        .order_by(Payout.claim_id, Payout.id)
    ).all()
    one = references if isinstance(references, str) else ""
    if one and sent and not again and (used := claims_paid_under(one, but=sent[0].Payout)):
        raise ReferenceUsed(one, used)
    paid, left = 0, []
    for number, name in [(each.Payout.id, each.reference) for each in sent]:
        reference = one or references[number] if one or number in references else ""
        if not reference.strip():
            continue
        try:
            with transaction():
                found = payout_for_change(number)
                if found is None or found[1].state not in UNDER_WAY:
                    continue
                mark_paid(
                    found[0], reference=reference.strip(), by=by, at=at, seen=found[0].version,
                    policy=policies[run.shop], again=bool(one) or again,
                )  # fmt: skip
        except (ReferenceUsed, RecordsChanged, NeedsAnother) as refused:
            left.append((name, str(refused)))
        except (NotAllowed, ClaimHasMoved, PayoutStands):
            left.append((name, gettext("It changed meanwhile.")))
        else:
            paid += 1
    return paid, left


def _of_run(key: str) -> Sequence[str]:
    """How the file of this run names each of its payouts that are under way."""
    found = (
        select(Payout)
        .join(PayoutRun, PayoutRun.id == Payout.run_id)
        .where(PayoutRun.key == key, Payout.state.in_(UNDER_WAY))
        .order_by(Payout.id)
    )
    return [try_key(each.key, each.attempts) for each in db.session.scalars(found)]


def _settle_one(
    shop: str,
    rail: Rail,
    told_as: str,
    answer: RailAnswer,
    policies: Mapping[str, Policy],
    at: datetime,
) -> SettledLine:
    found = _find(told_as)
    if found is None or found[0].shop != shop:
        return SettledLine(told_as, CameTo.STRANGE)
    claim, payout = found
    by_file = payout.rail is rail and payout.run_id is not None
    if not by_file and not _went_twice(payout, told_as, answer):
        return SettledLine(told_as, CameTo.STRANGE)
    try:
        if by_file:
            came_to, why = _came_to(claim, payout, told_as, answer, policies[shop], at)
        else:
            came_to, why = _of_an_earlier_try(claim, payout, answer, at)
    except (NotAllowed, PayoutStands, TooLate) as refused:
        came_to, why = CameTo.LOOK, str(refused)
    return SettledLine(told_as, came_to, claim.reference, why)


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
    key = f"PO{told_as[2:]}"
    found = select(Payout.id).where(Payout.key == key)
    number = db.session.scalar(found) if told_as.isprintable() else None
    return None if number is None else payout_for_change(number)
