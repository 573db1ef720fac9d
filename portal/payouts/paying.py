"""What a reviewer with the right to pay says of a payout: paid, failed, to be tried again, later."""

from datetime import datetime

from sqlalchemy import select, true

from portal.claims.clocks.promises import await_payment
from portal.claims.decisions.casefile import logs_for_staff
from portal.claims.decisions.returned import hold_subject, is_within, look_back, remainder
from portal.claims.letters import notices
from portal.claims.lifecycle import Action, Actor, NotAllowed, Status, next_status
from portal.claims.models import Claim
from portal.claims.payout.cooling import refuse_early
from portal.claims.payout.owing import choose_rail, promise_payment_again
from portal.claims.payout.payee import digest_of
from portal.claims.payout.second_person import (
    refuse_above_ceiling,
    refuse_both_halves,
    refuse_own,
    task_to_release,
    waits_for_second,
)
from portal.claims.refusals import (
    AmountRefused,
    ClaimHasMoved,
    NeedsReason,
    RecordsChanged,
    ReferenceUsed,
)
from portal.claims.verbs.reviewing import unmoved
from portal.database import hold
from portal.extensions import db
from portal.ledger.payout import UNDER_WAY, FailedKind, Payout, PayoutState, Rail, Step
from portal.ledger.runs import PayoutRun
from portal.payouts import answers
from portal.payouts.rechecking import differences
from portal.people.reviewers import Reviewer
from portal.policy.deciding.document import Policy
from portal.translation import gettext

# Why a payout is held: the logs are others, it itself is another, or it is said to be paid already.
RECORDS, CHANGED, TOLD = "records", "changed", "told"


def mark_paid(
    claim: Claim,
    *,
    reference: str,
    by: Reviewer,
    at: datetime,
    seen: int,
    policy: Policy,
    again: bool = False,
    because: str = "",
) -> None:
    """The money left, under this reference of the bank or rail; the claim ends.

    ``again`` says that a reference used before is meant, ``because`` why it is paid although it is
    held, or the records now would not have it paid. Raises ClaimHasMoved, ReferenceUsed,
    RecordsChanged (then the caller holds it), PayoutStands, NeedsAnother, PaidTooEarly.
    """
    payout = _payout(claim, seen)
    _settles(claim, Action.MARK_PAID)
    refuse_own(claim, by)
    refuse_both_halves(claim, payout, by, policy=policy)
    refuse_early(payout, policy=policy, at=at)
    hold_subject(claim)
    hold(f"payment {answers.payment_key(reference)}")
    if not again and (used := claims_paid_under(reference, but=payout)):
        raise ReferenceUsed(reference, used)
    changed = [each["text"] for each in objections(claim, payout, policy=policy)]
    reason = because.strip()
    if not reason and (changed or payout.state is PayoutState.HELD):
        raise RecordsChanged(changed or [cause["text"] for cause in payout.held])
    if payout.state is PayoutState.HELD:
        release(claim, payout, reason=reason, by=by, at=at, seen=seen, policy=policy)
    answers.arrived(
        claim, payout, reference=reference, at=at, policy=policy, by=by, internal=reason or None,
        data={"differences": changed} if changed else {},
    )  # fmt: skip


def hold_changed(claim: Claim, payout: Payout, *, at: datetime, policy: Policy) -> bool:
    """Stop what the records now would not have paid, or what was approved otherwise; whether it did.

    Until a person writes that it goes on (``release``). Only what is due can be stopped.
    """
    if payout.state is not PayoutState.DUE or claim.status is not Status.APPROVED:
        return False
    found = objections(claim, payout, policy=policy)
    if found:
        _stop(claim, payout, found, at=at)
    return bool(found)


def hold_told(claim: Claim, payout: Payout, text: str, *, at: datetime) -> None:
    """Stop what is due although it is said to have been paid; once for each thing that is said.

    What is held already has one more cause, for whoever lets it go.
    """
    if (
        payout.state not in {PayoutState.DUE, PayoutState.HELD}
        or claim.status is not Status.APPROVED
    ):
        return
    if text not in {each["text"] for each in payout.held}:
        _stop(claim, payout, [{"kind": TOLD, "text": text}], at=at)


def _stop(claim: Claim, payout: Payout, causes: list[dict[str, str]], *, at: datetime) -> None:
    if payout.state is PayoutState.DUE:
        payout.move(Step.HOLD, at=at)
    payout.held, payout.next_try_at = [*payout.held, *causes], None
    why = "\n".join(each["text"] for each in causes)
    claim.move(Action.HOLD, role=Actor.RAIL, at=at, internal=why)


def objections(claim: Claim, payout: Payout, *, policy: Policy) -> list[dict[str, str]]:
    """What speaks against paying it now and nobody let pass in writing: ``kind`` and ``text``.

    The records by which it was decided are others, or it is not what was approved: an approval is
    given for the way and the amount that it was shown.
    """
    causes = {RECORDS: differences(claim, payout, policy=policy)}
    if payout.digest and payout.digest != digest_of(claim, payout):
        causes[CHANGED] = [
            gettext("It is not what was approved: the amount or the destination is another.")
        ]
    passed = {each["text"] for each in payout.held if "reason" in each}
    return [
        {"kind": kind, "text": text}
        for kind, texts in causes.items()
        for text in texts
        if text not in passed
    ]


def release(
    claim: Claim,
    payout: Payout,
    *,
    reason: str,
    by: Reviewer,
    at: datetime,
    seen: int,
    policy: Policy,
) -> None:
    """What is held goes on, for a written reason; where two people let it go, by the second.

    Raises ClaimHasMoved, NeedsReason, NoRight, PayoutStands, NeedsAnother.
    """
    unmoved(claim, seen)
    refuse_own(claim, by)
    by.demand(task_to_release(payout), claim.shop)
    refuse_both_halves(claim, payout, by, policy=policy)
    if waits_for_second(payout):
        refuse_above_ceiling(claim, payout.amount, payout=payout, by=by, policy=policy, at=at)
    if not reason.strip():
        raise NeedsReason(gettext("Write why it is paid all the same."), field="because")
    payout.move(Step.RELEASE, at=at)
    payout.held = [
        each if "reason" in each else each | {"reason": reason.strip(), "by": by.name}
        for each in payout.held
    ]
    let_go = {"amount": payout.amount.as_json(), "payout": payout.key} if payout.amount else {}
    claim.move(Action.RELEASE, role=Actor.PAYER, at=at, by=by, internal=reason.strip(), data=let_go)
    choose_rail(claim, payout, at=at)


def claims_paid_under(reference: str, *, but: Payout) -> list[str]:
    """The claims whose payouts stand under this payment already; those of the same run share one.

    One of another shop is not named: who pays here need not know of it.
    """
    key = answers.payment_key(reference)
    elsewhere = Payout.run_id.is_distinct_from(but.run_id) if but.run_id else true()
    shop = select(Claim.shop).where(Claim.id == but.claim_id).scalar_subquery()
    found = db.session.execute(
        select(Claim.reference, Claim.shop == shop)
        .join(Claim.payouts)
        .where(Payout.payer_reference_key == key, Payout.id != but.id, elsewhere)
        .order_by(Payout.id)
    )
    named = (reference if here else gettext("of another shop") for reference, here in found)
    return list(dict.fromkeys(named))  # how many of another shop is its own matter


def mark_failed(
    claim: Claim, *, reason: str, by: Reviewer, at: datetime, seen: int, policy: Policy
) -> None:
    """The payout came back; the customer is told why, and can mend the details where there are any."""
    payout = _payout(claim, seen)
    _settles(claim, Action.MARK_FAILED)
    refuse_own(claim, by)
    mendable = payout.destination == "payout" and payout.amount is not None
    kind = FailedKind.FIXABLE if mendable else FailedKind.WAIT
    answers.bounced(claim, payout, kind=kind, reason=reason, at=at, policy=policy, by=by)


def retry(
    claim: Claim, *, by: Reviewer, at: datetime, seen: int, policy: Policy, by_hand: bool = False
) -> None:
    """Owe once more what failed; what failed for good takes its part of the price anew.

    ``by_hand``: a person pays it, whichever rail it failed by. Raises ClaimHasMoved, NotAllowed,
    AmountRefused where too little of the price is left by now.
    """
    payout = _payout(claim, seen)
    refuse_own(claim, by)
    claim.move(Action.RETRY, role=Actor.PAYER, at=at, by=by)
    if payout.final:
        _take_anew(claim, payout, at=at)
    else:
        payout.move(Step.RETRY, at=at)
    payout.failed_reason = payout.sent_at = None  # three days of tries begin anew
    choose_rail(claim, payout, at=at)
    if by_hand:
        payout.rail, payout.next_try_at = Rail.MANUAL, None
        run = db.session.get(PayoutRun, payout.run_id) if payout.run_id else None
        if run and run.sha256 is None:
            payout.run_id = None  # the file that is still to be written carries it no more
    promise_payment_again(claim, policy=policy, at=at)


def _take_anew(claim: Claim, payout: Payout, *, at: datetime) -> None:
    hold_subject(claim)
    logs = logs_for_staff(claim)
    returns = look_back(claim, facts=logs)
    left = remainder(logs, returns)
    if returns and left is not None and not is_within(payout.amount, left):
        took = ", ".join(each.told() for each in returns)
        raise AmountRefused(
            gettext("%(left)s is left of the price: %(taken)s.", left=left, taken=took)
        )
    passed = payout.held
    payout.approve(payout.amount, at=at)
    payout.held = passed  # the same approval: who gave it is still the first half


def extend(
    claim: Claim,
    *,
    until: datetime,
    reason: str,
    by: Reviewer,
    at: datetime,
    seen: int,
    policy: Policy,
) -> None:
    """Promise a later payout date and write to the customer why it takes longer (SS-M4)."""
    _payout(claim, seen)
    if not reason.strip():
        raise NeedsReason(gettext("Write why the refund takes longer."), field="reason")
    claim.move(
        Action.EXTEND,
        role=Actor.REVIEWER,
        at=at,
        by=by,
        note=reason,
        data={
            "until": until.isoformat(),
            "was": claim.due_at.isoformat() if claim.due_at else None,
        },
    )
    await_payment(claim, until)
    notices.tell(claim, "payment_extended", policy=policy, at=at)


def may_settle(claim: Claim) -> bool:
    """Whether a person may say what became of it: during an appeal, only of what is under way."""
    payout = claim.payout
    return payout is not None and (claim.status is not Status.APPEALED or payout.state in UNDER_WAY)


def _settles(claim: Claim, action: Action) -> None:
    next_status(claim.status, action, Actor.PAYER)
    if not may_settle(claim):
        raise NotAllowed(claim.status, action, Actor.PAYER)


def _payout(claim: Claim, seen: int) -> Payout:
    unmoved(claim, seen)
    if claim.payout is None:
        raise ClaimHasMoved
    return claim.payout
