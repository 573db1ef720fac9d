"""Four eyes: which payouts another person releases, and who may not decide, release or pay.

The shop's file says from which amount, whether at all, and how much one person may let go a day
(docs/payouts.md, "A second person").
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from portal.claims.decisions.returned import Others, was_taken_back
from portal.claims.history import ClaimEvent
from portal.claims.lifecycle import Action
from portal.claims.models import Claim
from portal.claims.payout.cooling import was_moved
from portal.claims.payout.payee import key_of_address
from portal.claims.refusals import NeedsAnother
from portal.database import hold
from portal.extensions import db
from portal.ledger.payout import SECOND, Payout, PayoutState, Step, counts
from portal.mail.letters import moment
from portal.money import Money
from portal.people.reviewers import Reviewer
from portal.people.rights import Task
from portal.policy.deciding.document import Policy
from portal.translation import among_us, gettext

_THEIRS = (
    select(Claim.id)
    .where(
        Claim.email == bindparam("email"),
        Claim.payee_key == bindparam("payee"),
        Claim.id != bindparam("this"),
    )
    .limit(1)
)


def needs_second(amount: Money | None, *, policy: Policy) -> bool:
    """Whether the shop wants a second person for this amount, or this sum of a run, whatever it is for.

    What is in another currency than the limit can't be held against it, and so needs one.
    """
    limit = policy.shop.second_person_above
    if limit is None or amount is None or not policy.shop.second_person:
        return False
    return amount.currency != limit.currency or amount > limit


@among_us()
def why_second(
    claim: Claim, payout: Payout, *, others: Others, by: Reviewer | None, policy: Policy
) -> list[str]:
    """Why what was just approved waits for another person, in words; empty where it doesn't.

    ``by`` is who approved it, None for the policy; ``others`` are the other claims about its subject.
    """
    if not policy.shop.second_person:
        return []
    found = []
    if by is not None and claim.ruling and claim.ruling.override_reason:
        found.append(gettext("It was approved otherwise than the policy says, or for more."))
    if needs_second(payout.amount, policy=policy):
        found.append(
            gettext(
                "%(amount)s is above %(limit)s, from where on two people let it go.",
                amount=payout.amount,
                limit=policy.shop.second_person_above,
            )
        )
    if was_taken_back(claim, others):
        found.append(gettext("It was paid before, and that payment no longer counts."))
    if payout.destination == "payout" and was_moved(claim):
        found.append(gettext("The customer changed where it goes since the claim was sent."))
    return found


def hold_for_second(payout: Payout, why: list[str], *, at: datetime) -> bool:
    """Stop what is owed until another person lets it go; whether there was a reason that is new.

    What stopped it is told by the event of the claim in which it does.
    """
    waiting = {cause["text"] for cause in payout.held if "reason" not in cause}
    new = [text for text in why if text not in waiting]
    if not new:
        return False
    if payout.state is PayoutState.FAILED:
        payout.move(Step.RETRY, at=at)
    if payout.state is PayoutState.DUE:
        payout.move(Step.HOLD, at=at)
    payout.held = [*payout.held, *({"kind": SECOND, "text": text} for text in new)]
    payout.next_try_at = None
    return True


def waits_for_second(payout: Payout) -> bool:
    """Whether it is held until another person lets it go."""
    return payout.state is PayoutState.HELD and payout.second


def task_to_release(payout: Payout) -> Task:
    """What whoever lets it go has to be allowed: as the second person only where nothing else holds it."""
    waits_for = {cause["kind"] for cause in payout.held if "reason" not in cause}
    return Task.RELEASE if waits_for == {SECOND} else Task.PAY


def why_waits(claim: Claim, policy: Policy, *, at: datetime) -> str:
    """Why money that its owner sent elsewhere is not paid at once, for them to read; empty where it is."""
    payout = claim.payout
    if (
        payout is None
        or not was_moved(claim)
        or payout.state not in {PayoutState.DUE, PayoutState.HELD}
    ):
        return ""
    said = []
    if payout.not_before and payout.not_before > at:
        by = moment(payout.not_before.astimezone(ZoneInfo(policy.shop.time_zone)))
        said.append(
            gettext("Since you changed where it goes, it does not leave before %(at)s.", at=by)
        )
    if waits_for_second(payout):
        said.append(gettext("A second person of our team looks at the change first."))
    return " ".join(said)


def first_people(claim: Claim) -> list[Reviewer]:
    """Who approved what stands; an approval that was taken back since is nobody's half any more."""
    return [each.reviewer for each in claim.rulings if each.approved and not each.taken_back_at]


def is_own(claim: Claim, person: Reviewer) -> bool:
    """Whether the claim is this person's: by its address, or by where its money goes.

    That is the PayPal address of the person, or what a claim filed from their address named.
    """
    if person.email == claim.email:
        return True
    if claim.payee_key is None:
        return False
    if key_of_address(person.email) == claim.payee_key:
        return True
    said = {"email": person.email, "payee": claim.payee_key, "this": claim.id}
    return db.session.scalar(_THEIRS, said) is not None


def refuse_own(claim: Claim, by: Reviewer) -> None:
    """Raise NeedsAnother where the claim is this person's own."""
    if is_own(claim, by):
        raise NeedsAnother(
            gettext(
                "This claim is your own: it has your address, or its money goes where yours does. Somebody else decides and pays it."
            )
        )


def refuse_both_halves(claim: Claim, payout: Payout, by: Reviewer, *, policy: Policy) -> None:
    """Raise NeedsAnother where two people let a payout go, and this one approved it."""
    if not policy.shop.second_person or not is_first(claim, payout, by):
        return
    raise NeedsAnother(
        gettext("You approved this refund, so another person lets it go: a payer or a lead.")
    )


def is_first(claim: Claim, payout: Payout, person: Reviewer) -> bool:
    """Whether two people let this payout go, and this one approved it."""
    needed = any(cause["kind"] == SECOND for cause in payout.held)
    return needed and person.id in {each.id for each in first_people(claim)}


def refuse_above_ceiling(
    claim: Claim,
    amount: Money | None,
    *,
    by: Reviewer,
    policy: Policy,
    at: datetime,
    payout: Payout | None = None,
) -> None:
    """Raise NeedsAnother where this person would let go more of the shop's money today than one may.

    ``payout`` is the one that is let go, None for an amount that is approved anew. What they approved
    or released since the shop's midnight counts, in the ceiling's currency and each payout once;
    what was undone does not, what was paid and taken back does. Until the transaction ends they let
    go nothing else.
    """
    ceiling = policy.shop.person_ceiling
    if ceiling is None or amount is None or amount.currency != ceiling.currency:
        return
    hold(f"ceiling {claim.shop} {by.id}")
    today = policy.calendar.midnight(at.astimezone(policy.calendar.zone).date())
    key = payout.key if payout else None
    before = [minor for each, minor in _let_go(claim.shop, by, since=today, of=ceiling.currency)
              if each is None or each != key]  # fmt: skip
    whole = Money(sum(before) + amount.whole, ceiling.currency)
    if whole > ceiling:
        raise NeedsAnother(
            gettext(
                "One person lets go at most %(ceiling)s a day in this shop, and with this it would be %(whole)s. Another person does it, or you do tomorrow.",
                ceiling=ceiling,
                whole=whole,
            )
        )


def _let_go(
    shop: str, by: Reviewer, *, since: datetime, of: str
) -> Iterator[tuple[str | None, int]]:
    """What this person let go: each payout's key, and how much of it in minor units of the currency.

    The key is None where the event is older than the naming of it.
    """
    theirs = (
        ClaimEvent.reviewer_id == by.id,
        ClaimEvent.at >= since,
        ClaimEvent.action.in_((Action.APPROVE, Action.RELEASE)),
        Claim.shop == shop,
    )
    done = select(ClaimEvent.action, ClaimEvent.data).join(Claim, Claim.id == ClaimEvent.claim_id)
    approved: Counter[str | None] = Counter()
    released: dict[str | None, int] = {}
    for action, data in db.session.execute(done.where(*theirs)):
        given = data.get("amount")
        if given is None or given["currency"] != of:
            continue
        key, minor = data.get("payout"), Money.parse(**given).whole
        if action is Action.APPROVE:
            approved[key] += minor
        else:
            released[key] = max(minor, released.get(key, 0))
    touched = select(ClaimEvent.claim_id).join(Claim, Claim.id == ClaimEvent.claim_id)
    payouts = select(Payout.key, Payout.state, Payout.failed_kind, Payout.amount_minor).where(
        Payout.claim_id.in_(touched.where(*theirs))
    )
    stands = {
        key: minor or 0
        for key, state, kind, minor in db.session.execute(payouts)
        if counts(state, kind) or state is PayoutState.REVERSED
    }
    for key in {*approved, *released}:
        most = max(approved[key], released.get(key, 0))
        yield key, most if key is None else min(most, stands.get(key, 0))
