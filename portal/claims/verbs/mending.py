"""Its owner mends a payout: names another place for the money, which waits there, or has it tried again."""

from datetime import datetime

from portal.claims.letters import notices, to_team
from portal.claims.lifecycle import Action, Actor, NotAllowed, Status, actions_open_to
from portal.claims.models import Claim
from portal.claims.payout.cooling import MOVED, cooled_at
from portal.claims.payout.details import PayoutDetails, PayoutUnreadable
from portal.claims.payout.owing import choose_rail, promise_payment_again, take_fee
from portal.claims.payout.payee import may_change_payee, name_payee, payee_of
from portal.claims.payout.second_person import hold_for_second
from portal.claims.payout.terms import terms_shown
from portal.claims.verbs.judging import judge
from portal.ledger.payout import FailedKind, Payout, PayoutState, Step
from portal.policy.deciding.document import Policy
from portal.sealed import SealError
from portal.translation import among_us, gettext


def change_payee(claim: Claim, *, details: PayoutDetails, policy: Policy, at: datetime) -> None:
    """The owner names another place for the money, before it is paid or after that failed.

    Told by e-mail, to its owner and to a PayPal address that it went or goes to, since that is what
    a thief would do. What is approved stays owed, waits a while
    and is let go by another person; a claim that waits for a person is decided again, by the new way
    of paying. Raises NotAllowed once it is paid, and where the money goes to the balance.
    """
    if not may_change_payee(claim):
        raise NotAllowed(claim.status, Action.CHANGE_PAYOUT, Actor.CUSTOMER)
    before = ", ".join(value for _, value in claim.payout_masked or [])
    was, old = (claim.payout_method, claim.payee_key), _contact(claim)
    name_payee(claim, details=details)
    moved = bool(before) and was != (claim.payout_method, claim.payee_key)
    if claim.status is Status.PAYOUT_FAILED:
        correct_payout(claim, policy=policy, at=at, moved=moved)
    else:
        if claim.payout and claim.payout.counts and claim.payout.state is PayoutState.FAILED:
            _owe_again(claim, claim.payout, at=at)
        with among_us():
            said = gettext("Before: %(before)s", before=before)
        claim.move(Action.CHANGE_PAYOUT, role=Actor.CUSTOMER, at=at, internal=said,
                   data={MOVED: moved} | terms_shown(claim, policy=policy, anew=False))  # fmt: skip
    take_fee(claim, policy=policy)
    if moved and claim.payout:
        _wait(claim, claim.payout, before, policy=policy, at=at)
    if claim.waiting:
        judge(claim, policy=policy, at=at, cause=Action.CHANGE_PAYOUT)
    notices.tell_contacts(claim, old=old, new=details.email, policy=policy, at=at)
    notices.tell(claim, "payee_changed", policy=policy, at=at)


def _contact(claim: Claim) -> str:
    """The PayPal address that the money goes to; empty where it goes otherwise, or nobody can read it."""
    try:
        details = payee_of(claim)
    except (SealError, PayoutUnreadable):
        return ""
    return details.email if details else ""


def _wait(claim: Claim, payout: Payout, before: str, *, policy: Policy, at: datetime) -> None:
    """What is owed goes to the new place only after a while, and by the hand of another person."""
    if payout.state not in {PayoutState.DUE, PayoutState.HELD}:
        return
    payout.not_before = cooled_at(claim)
    promise_payment_again(claim, policy=policy, at=at)
    if policy.shop.second_person:
        with among_us():
            said = gettext(
                "The customer changed where it goes; before it was %(before)s.", before=before
            )
        if hold_for_second(payout, [said], at=at):
            to_team.tell_of_second(claim, payout, policy=policy, at=at)


def correct_payout(claim: Claim, *, policy: Policy, at: datetime, moved: bool = False) -> None:
    """New payout details were given after a payout failed: it is due again, by a date to be kept.

    ``moved``: it goes elsewhere than before.
    """
    claim.move(Action.CORRECT_PAYOUT, role=Actor.CUSTOMER, at=at,
               data={MOVED: moved} | terms_shown(claim, policy=policy, anew=False))  # fmt: skip
    promise_payment_again(claim, policy=policy, at=at)
    if claim.payout:
        _owe_again(claim, claim.payout, at=at)


def _owe_again(claim: Claim, payout: Payout, *, at: datetime) -> None:
    payout.move(Step.RETRY, at=at)
    payout.failed_reason = payout.sent_at = None
    choose_rail(claim, payout, at=at)


def may_try_again(claim: Claim) -> bool:
    """Whether its owner can mend what failed: a credit to the balance, and the shop says how."""
    payout = claim.payout
    return (
        payout is not None
        and payout.destination == "balance"
        and payout.failed_kind is FailedKind.FIXABLE
        and Action.TRY_AGAIN in actions_open_to(claim.status, Actor.CUSTOMER)
    )


def try_again(claim: Claim, *, policy: Policy, at: datetime) -> None:
    """The same payout is due once more, by a date that can be kept. Raises NotAllowed where nothing is mended."""
    payout = claim.payout
    if payout is None or not may_try_again(claim):
        raise NotAllowed(claim.status, Action.TRY_AGAIN, Actor.CUSTOMER)
    claim.move(Action.TRY_AGAIN, role=Actor.CUSTOMER, at=at)
    payout.move(Step.RETRY, at=at)
    payout.failed_reason = None
    choose_rail(claim, payout, at=at)
    promise_payment_again(claim, policy=policy, at=at)
