"""Like claims are decided by one press, claim by claim: each by the verbs of a single decision, or not at all."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from portal.claims.desk.acts import BulkAct, BulkLine, BulkState
from portal.claims.desk.doubts import outcome_of
from portal.claims.desk.groups import Group, listed
from portal.claims.desk.rehearsing import Rehearsed, try_out
from portal.claims.lifecycle import Action, NotAllowed
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.refusals import (
    AlreadyOpen,
    AmountRefused,
    ClaimHasMoved,
    NeedsAnother,
    NeedsReason,
    TooLate,
)
from portal.claims.verbs import reviewing, undoing
from portal.database import hold, transaction
from portal.extensions import db
from portal.ledger.payout import PayoutStands
from portal.ledger.replacement import ReplacementStands
from portal.people.reviewers import Reviewer
from portal.people.rights import NoRight
from portal.policy.deciding.document import Policy
from portal.translation import gettext
from portal.versions.refusals import PolicyHasMoved

Seen = tuple[str, int]  # a claim's reference, and the version of it that was looked at
Saying = Callable[[Claim], str]  # what the customer of a claim reads of its refusal

# What says that somebody, or something, was first.
HAS_MOVED = (ClaimHasMoved, StaleDataError, NotAllowed, PayoutStands, ReplacementStands)
_REFUSED = (*HAS_MOVED, NeedsReason, AmountRefused, NeedsAnother, NoRight, PolicyHasMoved)
_STANDS = (*HAS_MOVED, TooLate, AlreadyOpen, NoRight)
_DECISIONS = {Action.APPROVE, Action.DECLINE}


def decide_group(
    group: Group,
    chosen: Sequence[Seen],
    *,
    key: str,
    by: Reviewer,
    at: datetime,
    policy: Policy,
    saying: Saying,
) -> bool:
    """Decide these claims as the policy says, each in a transaction of its own; whether the key was new.

    Of each is kept what became of it. What can't be decided is left as it was, with why: it moved
    since it was looked at, somebody else decided it, the policy says otherwise by now, or something
    stands against the payment. A key that was used once decides nothing more, nor does an older
    version of a claim. To be called outside of transaction(). ``saying`` gives the words of a refusal.
    """
    person, waits = by.id, _begin(group, chosen, key=key, by=by, at=at)
    for line, reference in waits:
        try:
            with transaction():
                kept = db.session.get_one(BulkLine, line)
                claim = _wanted(reference, kept.seen, group)
                _decide(
                    claim, seen=kept.seen, by=_person(person), at=at, policy=policy, saying=saying
                )
                kept.state = BulkState.DECIDED
        except _REFUSED as refused:
            with transaction():
                claims = listed([reference], shop=group.shop)
                _keep(line, _why(refused, claims, by=person), state=BulkState.REFUSED)
    return bool(waits)


def undo_lines(
    act: BulkAct, chosen: Sequence[Seen], *, by: Reviewer, at: datetime, policy: Policy
) -> int:
    """Undo the decisions of this press about these claims, as one is undone; how many were.

    Each in a transaction of its own, and of what stands is kept why.
    """
    lines = {line.claim.reference: line.id for line in act.lines if line.state is BulkState.DECIDED}
    person, done = by.id, 0
    for reference, seen in chosen:
        if reference not in lines:
            continue
        try:
            with transaction():
                line = db.session.get_one(BulkLine, lines[reference])
                if claim := claim_for_change(reference):
                    undoing.undo(claim, by=_person(person), at=at, seen=seen, policy=policy)
                line.state, line.why = BulkState.UNDONE, None
            done += 1
        except _STANDS as refused:
            moved = gettext("It has moved on since you decided it.")
            with transaction():
                why = moved if isinstance(refused, HAS_MOVED) else str(refused)
                _keep(lines[reference], why)
    return done


def rehearse(
    group: Group,
    chosen: Seen,
    *,
    by: Reviewer,
    at: datetime,
    policy: Policy,
    saying: Saying,
) -> Rehearsed:
    """The letter that deciding this claim of the group would send, and nothing is decided."""
    (reference, version), person = chosen, by.id

    def decide(claim: Claim) -> None:
        _stands(claim, version, group)
        _decide(claim, seen=version, by=_person(person), at=at, policy=policy, saying=saying)

    try:
        return try_out(reference, decide)
    except _REFUSED as refused:
        return Rehearsed(why=_why(refused, listed([reference], shop=group.shop), by=person))


def _begin(
    group: Group, chosen: Sequence[Seen], *, key: str, by: Reviewer, at: datetime
) -> list[tuple[int, str]]:
    """Keep the press before anything is decided: the ids of its lines with their claims, none where it was kept."""
    person = by.id
    with transaction():
        hold(f"bulk {key}")
        if db.session.scalar(select(BulkAct.id).where(BulkAct.key == key)) is not None:
            return []
        seen = dict(chosen)
        act = BulkAct(key=key, reviewer_id=person, at=at, **group._asdict())
        claims = listed(list(seen), shop=group.shop)
        act.lines = [BulkLine(claim=claim, seen=seen[claim.reference]) for claim in claims]
        db.session.add(act)
        db.session.flush()
        return [(line.id, line.claim.reference) for line in act.lines]


def _wanted(reference: str, seen: int, group: Group) -> Claim:
    """The claim under its lock; ClaimHasMoved where it is another version, or waits in this group no more."""
    claim = claim_for_change(reference)
    if claim is None:
        raise ClaimHasMoved
    _stands(claim, seen, group)
    return claim


def _stands(claim: Claim, seen: int, group: Group) -> None:
    """Raise ClaimHasMoved where it is another version, or waits in this group no more."""
    if claim.version != seen or not group.holds(claim):
        raise ClaimHasMoved


def _person(number: int) -> Reviewer:
    return db.session.get_one(Reviewer, number)


def _decide(
    claim: Claim, *, seen: int, by: Reviewer, at: datetime, policy: Policy, saying: Saying
) -> None:
    if claim.outcome == "approve":
        amount = outcome_of(claim).amount
        reviewing.approve(claim, amount=amount, by=by, at=at, seen=seen, policy=policy)
    else:
        clause, text = claim.verdict_clause or "", saying(claim)
        reviewing.decline(
            claim, clause=clause, customer_text=text, by=by, at=at, seen=seen, policy=policy
        )


def _keep(line: int, why: str, *, state: BulkState | None = None) -> None:
    kept = db.session.get_one(BulkLine, line)
    kept.state, kept.why = state or kept.state, why


def _why(refused: Exception, claims: Sequence[Claim], *, by: int) -> str:
    """Why nothing was done, in plain words."""
    if isinstance(refused, NeedsReason):
        return gettext("The policy says otherwise by now.")
    if not isinstance(refused, HAS_MOVED):
        return str(refused)
    events = [event for claim in claims if not claim.waiting for event in reversed(claim.events)]
    last = next((event for event in events if event.action in _DECISIONS), None)
    if last is None or last.reviewer is None:
        return gettext("It changed since you looked at it.")
    if last.reviewer_id == by:
        return gettext("You decided it already.")
    if last.action is Action.APPROVE:
        return gettext("%(name)s approved it meanwhile.", name=last.reviewer.name)
    return gettext("%(name)s declined it meanwhile.", name=last.reviewer.name)
