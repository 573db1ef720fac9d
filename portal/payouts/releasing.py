"""A run's release: every payout is looked at once more and taken, then the file is written and sealed.

A lot at a time, in transactions of its own: the first ones as the person presses the button, the
rest by the worker. Broken off, it goes on where it was, and no file is handed out before all is done.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from portal.audit import log as audit
from portal.audit.log import StaffAct
from portal.claims.decisions.returned import hold_subject
from portal.claims.lifecycle import Action, Actor, Status
from portal.claims.models import Claim
from portal.claims.payout.details import PayoutUnreadable
from portal.claims.payout.payee import keyring
from portal.claims.payout.second_person import (
    needs_second,
    refuse_above_ceiling,
    refuse_both_halves,
    refuse_own,
)
from portal.claims.refusals import NeedsAnother
from portal.claims.verbs import revealing
from portal.database import transaction
from portal.epoch import is_apart
from portal.extensions import db
from portal.ledger.payout import Payout, PayoutState, Step
from portal.ledger.runs import PayoutRun
from portal.payouts.instructing import instruct, rail_of
from portal.payouts.paying import hold_changed
from portal.payouts.rails.rail import FileRail, RailRefused
from portal.payouts.runs import RunStands, arriving, lines_of, run_for_change, runs_to_go_on
from portal.people.reviewers import Reviewer
from portal.people.rights import NoRight, Task
from portal.policy.deciding.document import Policy
from portal.sealed import SealError
from portal.translation import gettext

_LOT = 100  # payouts that are taken in one transaction
_AT_ONCE = 3  # lots that whoever releases a run waits for; the worker goes on


@dataclass(slots=True)
class Released:
    """The claims whose payouts dropped out of the run at its release, and why."""

    dropped: list[tuple[str, str]] = field(default_factory=list)


def release(key: str, *, by: Reviewer, at: datetime, policies: Mapping[str, Policy]) -> Released:
    """Release the run; what the same person began and was broken off goes on, as of its first time.

    The file of a small run is written at once; with a larger one the worker goes on (release_due).
    Raises RunStands for one that is sealed, given up or unknown, and where something stops it;
    RailRefused where the file can't be written; NoRight; NeedsAnother where the sum is above what one person
    lets go and ``by`` made the run.
    """
    with transaction():
        run = _to_release(key)
        by.demand(Task.PAY, run.shop)
        policy = policies.get(run.shop)
        why = what_stops(run, policy=policy)
        if policy is None or why:
            raise RunStands(why)
        if needs_another(run, by, policy=policy):
            raise NeedsAnother(gettext("You made this run, so another person releases it."))
        first, since = run.released_by, run.released_at
        if since is None or first is None or not first.may(Task.PAY, run.shop):
            first, since = run.released_by, run.released_at = by, at
            audit.note(StaffAct.RELEASE_RUN, at=at, by=by.id, shop=run.shop, about=run.key)
        if first.id != by.id:
            since = at  # each answers for what they let go, on their own day
        number = run.id
    released = Released()
    for _ in range(_AT_ONCE):
        if not _take_lot(number, by=by, policy=policy, at=since, released=released):
            _seal(key, policy=policy)
            break
    return released


def release_due(*, policies: Mapping[str, Policy]) -> int:
    """Take a lot more of each released run, or write its file where all is taken; how many went on.

    One that something stops waits. Raises ExceptionGroup for those whose file can't be written, after
    the others went on.
    """
    count = 0
    broken: list[Exception] = []
    for run in runs_to_go_on():
        try:
            count += _goes_on(run, policies.get(run.shop))
        except NoRight:  # it waits for somebody who may press the button again
            continue
        except (RailRefused, SealError, ValueError) as error:
            broken.append(error)
    if broken:
        raise ExceptionGroup("the file of a run can't be written", broken)
    return count


def _goes_on(run: PayoutRun, policy: Policy | None) -> bool:
    key, by, at = run.key, run.released_by, run.released_at
    if policy is None or by is None or at is None or what_stops(run, policy=policy):
        return False
    by.demand(Task.PAY, run.shop)
    if not _take_lot(run.id, by=by, policy=policy, at=at, released=Released()):
        _seal(key, policy=policy)
    return True


def needs_another(run: PayoutRun, person: Reviewer, *, policy: Policy) -> bool:
    """Whether the shop wants another person than this one, who made the run, to release it."""
    return run.made_by_id == person.id and needs_second(run.sum, policy=policy)


def what_stops(run: PayoutRun, *, policy: Policy | None) -> str:
    """Why the release can't go on now, in words; empty where it can."""
    if policy is None or policy.held:
        return gettext("Nothing of this shop is paid until its policy is looked at.")
    if is_apart():
        return gettext("This is a restored copy: nothing is paid until somebody has reconciled it.")
    try:
        rail_of(run)
    except RailRefused as refused:
        return str(refused)
    return ""


def file_of(run: PayoutRun) -> bytes:
    """The file of a released run, byte for byte as it was sealed. Raises RunStands, SealError."""
    if run.file_sealed is None and run.sha256:
        raise RunStands(gettext("The time of the file is over: it is deleted."))
    if run.file_sealed is None:
        raise RunStands(gettext("The file is written when the run is released."))
    return keyring().open_sealed(run.file_sealed, bound_to=bound_to(run.key))


def note_looks(
    run: PayoutRun, *, by: Reviewer, at: datetime, shown: Collection[int] | None = None
) -> None:
    """Keep that this person saw the details of the payouts ``shown``; None is all: the run's file."""
    by.demand(Task.PAY, run.shop)
    seen = (Payout.run_id == run.id, *(() if shown is None else (Payout.id.in_(shown),)))
    of = (
        select(Claim.id, Claim.reference, Claim.status)
        .join(Claim.payouts)
        .where(*seen)
        .order_by(Claim.id)
    )
    found = [(number, name, status) for number, name, status in db.session.execute(of)]
    why = gettext("In the payout run %(key)s", key=run.key)
    revealing.note_looks(found, shop=run.shop, by=by, at=at, why=why)


def _to_release(key: str) -> PayoutRun:
    run = run_for_change(key)
    if run is None or run.discarded_at is not None or run.sha256 is not None:
        raise RunStands(gettext("This run is released or given up already. Nothing was done."))
    return run


def _take_lot(
    number: int, *, by: Reviewer, policy: Policy, at: datetime, released: Released
) -> bool:
    """Take the next payouts of the run, their claims locked; whether there may be more."""
    with transaction():
        before, claims = len(released.dropped), _locked(number)
        run = db.session.get_one(PayoutRun, number, with_for_update=True)
        if run.sha256 is not None:  # another person's release is done with it: its file is closed
            return False
        rail = rail_of(run)
        hold_subject(*claims)
        with db.session.no_autoflush:  # what is taken is written at once: to be sent counts as due
            for claim in claims:
                for payout in claim.payouts:
                    if payout.run_id == number and payout.state is PayoutState.DUE:
                        why = _stands_against(claim, payout, by=by, policy=policy, at=at) or _take(
                            claim, payout, run=run, rail=rail, by=by, policy=policy, at=at
                        )
                        if why:
                            _drop(payout)
                            released.dropped.append((claim.reference, why))
        run.left_out = [*run.left_out, *([claim, why] for claim, why in released.dropped[before:])]
        return bool(claims)


def _locked(number: int) -> Sequence[Claim]:
    of = (
        select(Payout.claim_id)
        .where(Payout.run_id == number, Payout.state == PayoutState.DUE)
        .order_by(Payout.claim_id)
        .limit(_LOT)
    )
    ids = db.session.scalars(of).all()
    found = (
        select(Claim)
        .where(Claim.id.in_(ids))
        .order_by(Claim.id)
        .options(
            selectinload(Claim.payouts), selectinload(Claim.rulings), selectinload(Claim.events)
        )
        .with_for_update()
    )
    return db.session.scalars(found).all()


def _take(
    claim: Claim,
    payout: Payout,
    *,
    run: PayoutRun,
    rail: FileRail,
    by: Reviewer,
    policy: Policy,
    at: datetime,
) -> str:
    """Take one payout into the file; else why it drops out of the run, in words."""
    if hold_changed(claim, payout, at=at, policy=policy):
        return " ".join(each["text"] for each in payout.held if "reason" not in each)
    payout.attempts += 1
    try:
        rail.check(instruct(claim, payout, policy))
    except (RailRefused, SealError, PayoutUnreadable) as refused:
        payout.attempts -= 1
        return str(refused)
    payout.move(Step.SEND, at=at)
    payout.rail, payout.sent_at, payout.next_try_at = run.rail, at, None
    why, let_go = gettext("In the payout run %(key)s", key=run.key), payout.amount
    data = {"amount": let_go.as_json(), "payout": payout.key} if let_go else {}
    claim.move(Action.RELEASE, role=Actor.PAYER, at=at, by=by, internal=why, data=data)
    return ""


def _stands_against(
    claim: Claim, payout: Payout, *, by: Reviewer, policy: Policy, at: datetime
) -> str:
    """Why this person may not release it now, in words; empty where they may."""
    if claim.status is not Status.APPROVED:
        return gettext("the claim is no longer approved")
    if payout.not_before and payout.not_before > at:
        return gettext("its details were changed lately")
    try:
        refuse_own(claim, by)
        refuse_both_halves(claim, payout, by, policy=policy)
        if policy.shop.person_ceiling:
            db.session.flush()  # what was taken before it counts
        refuse_above_ceiling(claim, payout.amount, payout=payout, by=by, policy=policy, at=at)
    except NeedsAnother as refused:
        return str(refused)
    return ""


def _drop(payout: Payout) -> None:
    """Out of the run; what is held keeps it, so that its page says why."""
    if payout.state is PayoutState.DUE:
        payout.run_id = None


def _seal(key: str, *, policy: Policy) -> None:
    """Write the file of what was taken and seal it; once more where that changed meanwhile."""
    run = db.session.scalars(select(PayoutRun).where(PayoutRun.key == key)).one()
    rail, lines = rail_of(run), _taken(run)
    data = (
        rail.prepare(instruct(claim, payout, policy) for payout, claim in lines) if lines else b""
    )
    sealed = keyring().seal(data, bound_to=bound_to(key))
    count, minor = len(lines), sum(arriving(payout) for payout, _ in lines)
    tries = _tries(lines)
    with transaction():
        locked = run_for_change(key)
        if locked is None or locked.sha256 is not None:
            return
        same = tries == _tries(_taken(locked))
        if same:
            locked.file_sealed, locked.sha256 = sealed, sha256(data).hexdigest()
            locked.count, locked.sum_minor = count, minor
    if not same:
        _seal(key, policy=policy)


def _taken(run: PayoutRun) -> list[tuple[Payout, Claim]]:
    return [(payout, claim) for payout, claim in lines_of(run) if payout.state is PayoutState.SENT]


def _tries(lines: list[tuple[Payout, Claim]]) -> list[tuple[int, int]]:
    return [(payout.id, payout.attempts) for payout, _ in lines]


def bound_to(key: str) -> str:
    """What a run's file is sealed to: its row."""
    return f"payout_run:{key}"
