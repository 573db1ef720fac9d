"""Payout runs: what is due by shop, rail and currency, and what is made of it before it is released."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import joinedload

from portal.audit import log as audit
from portal.audit.log import StaffAct
from portal.claims.letters import to_team
from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.claims.payout.second_person import needs_second
from portal.extensions import db
from portal.ledger.payout import Payout, PayoutState, Rail
from portal.ledger.rails import BY_ITSELF
from portal.ledger.runs import PayoutRun
from portal.money import Money
from portal.payouts.rails.massfile import CRYPTO, OTHER, PAYPAL
from portal.payouts.rails.sepa import carries
from portal.people.reviewers import Reviewer
from portal.people.rights import Task
from portal.policy.deciding.document import Policy
from portal.translation import gettext

LARGEST = 10_000  # payouts that one run takes
_LARGEST_OF = {PAYPAL: 5_000}  # lines that PayPal takes in one file


class RunStands(Exception):
    """This run is released or given up, or there is nothing to make one of; nothing was done."""


@dataclass(frozen=True, slots=True)
class Lot:
    """What one run can carry: payouts of a shop by one rail in one currency.

    ``kind`` tells apart the files of one rail: paypal, crypto or other; empty where there is one.
    """

    shop: str
    rail: Rail
    kind: str
    currency: str

    @property
    def largest(self) -> int:
        """How many payouts a run of it takes."""
        return _LARGEST_OF.get(self.kind, LARGEST)


@dataclass(frozen=True, slots=True)
class DueLot:
    """How much is due of a lot, since when, and by when the nearest of it was promised."""

    lot: Lot
    count: int
    sum: Money
    oldest: datetime
    promised: datetime | None


def due_lots(*, policies: Mapping[str, Policy], at: datetime) -> list[DueLot]:
    """What is due and waits for a person, the oldest first; only of shops that are loaded."""
    found = (
        select(
            Claim.shop,
            Payout.rail,
            Claim.payout_method,
            Payout.currency,
            func.count(),
            func.sum(Payout.amount_minor - Payout.fee_minor),
            func.min(Payout.approved_at),
            func.min(Claim.payout_due_at),
        )
        .join(Claim, Claim.id == Payout.claim_id)
        .where(*_waiting(at))
        .group_by(Claim.shop, Payout.rail, Claim.payout_method, Payout.currency)
    )
    together: dict[Lot, DueLot] = {}
    for shop, rail, method, currency, count, minor, oldest, promised in db.session.execute(found):
        if shop in policies:
            lot = lot_of(shop, rail, method, currency or "")
            each = DueLot(lot, count, Money(int(minor or 0), lot.currency), oldest, promised)
            together[each.lot] = _both(together[each.lot], each) if each.lot in together else each
    return sorted(
        together.values(),
        key=lambda each: (each.oldest, each.lot.shop, each.lot.rail, each.lot.kind),
    )


def lot_of(shop: str, rail: Rail, method: str | None, currency: str) -> Lot:
    """The lot that a payout belongs to; what a bank's file can't carry is paid by hand."""
    if rail is Rail.SEPA and not carries(currency):
        rail = Rail.MANUAL
    kind = ""
    if rail is Rail.MASSFILE:
        kind = method if method in {PAYPAL, CRYPTO} else OTHER
    return Lot(shop, rail, kind, currency)


def due_of(
    lot: Lot, *, at: datetime, most: int, after: int | None = None
) -> Sequence[tuple[Payout, Claim]]:
    """The payouts that are due of a lot with their claims, the oldest first, ``after`` the one of this id."""
    here = select(Payout).join(Claim, Claim.id == Payout.claim_id).where(Claim.shop == lot.shop)
    last = None if after is None else db.session.scalar(here.where(Payout.id == after))
    later = (
        ()
        if last is None
        else (
            or_(
                Payout.approved_at > last.approved_at,
                and_(Payout.approved_at == last.approved_at, Payout.id > last.id),
            ),
        )
    )
    found = (
        select(Payout, Claim)
        .join(Claim, Claim.id == Payout.claim_id)
        .where(*_waiting(at), *_in(lot), *later)
        .order_by(Payout.approved_at, Payout.id)
        .limit(most)
    )
    return [(payout, claim) for payout, claim in db.session.execute(found)]


def make(
    lot: Lot, *, chosen: Collection[int] | None, by: Reviewer, at: datetime, policy: Policy
) -> PayoutRun:
    """A run of those chosen, or of all, that are still due; nobody else's run takes them meanwhile.

    Where the shop wants another person to release it, those who may are told. ``chosen`` are ids of
    payouts, None for all. Raises NoRight, RunStands where nothing of them is due.
    """
    by.demand(Task.PAY, lot.shop)
    free = (
        select(Payout)
        .join(Claim, Claim.id == Payout.claim_id)
        .where(*_waiting(at), *_in(lot))
        .order_by(Claim.id, Payout.id)
    )
    asked = db.session.execute(free.with_only_columns(Payout.id, Claim.id)).all()
    wanted = [each for each in asked if chosen is None or each[0] in chosen][: lot.largest]
    _lock({claim for _, claim in wanted})
    # Read after the locks were waited for: another run may have taken it, or the worker sent it.
    due = db.session.scalars(free.where(Payout.id.in_([number for number, _ in wanted]))).all()
    if not due:
        raise RunStands(gettext("Nothing of it is due any more. Choose again."))
    run = PayoutRun(
        shop=lot.shop,
        rail=lot.rail,
        kind=lot.kind,
        currency=lot.currency,
        made_by=by,
        made_at=at,
        count=len(due),
        sum_minor=sum(arriving(each) for each in due),
    )
    db.session.add(run)
    db.session.flush()
    for each in due:
        each.run_id = run.id
    audit.note(StaffAct.MAKE_RUN, at=at, by=by.id, shop=run.shop, about=run.key)
    if needs_second(run.sum, policy=policy):
        to_team.tell_of_run(run, policy=policy, at=at)
    return run


def _lock(claims: Collection[int]) -> None:
    rows = select(Claim.id).where(Claim.id.in_(claims)).order_by(Claim.id)
    db.session.execute(rows.with_for_update())


def discard(run: PayoutRun, *, by: Reviewer, at: datetime) -> None:
    """Give up a run that isn't released: what it took is due as before. Raises RunStands."""
    if not run.open:
        raise RunStands(gettext("This run is released or given up already. Nothing was done."))
    run.discarded_at = at
    audit.note(StaffAct.DISCARD_RUN, at=at, by=by.id, shop=run.shop, about=run.key)
    db.session.execute(update(Payout).where(Payout.run_id == run.id).values(run_id=None))


def run_for_change(key: str) -> PayoutRun | None:
    """The run under its row lock, inside transaction(); None where there is none."""
    found = select(PayoutRun).where(PayoutRun.key == key).with_for_update()
    return db.session.scalars(found).one_or_none()


def run_of(key: str) -> PayoutRun | None:
    """The run of this key, to be looked at; None where there is none."""
    found = select(PayoutRun).where(PayoutRun.key == key).options(
        joinedload(PayoutRun.made_by), joinedload(PayoutRun.released_by)
    )  # fmt: skip
    return db.session.scalars(found).one_or_none()


def runs_to_go_on() -> Sequence[PayoutRun]:
    """The runs that are released and whose file is still to be written, the oldest first."""
    found = (
        select(PayoutRun)
        .where(
            PayoutRun.released_at.is_not(None),
            PayoutRun.sha256.is_(None),
            PayoutRun.discarded_at.is_(None),
        )
        .options(joinedload(PayoutRun.released_by))
        .order_by(PayoutRun.id)
    )
    return db.session.scalars(found).all()


def newest_runs(
    shops: Collection[str], *, most: int, before: int | None = None
) -> Sequence[PayoutRun]:
    """The runs of these shops that were made last, or ``before`` one of this id, but those given up."""
    found = (
        select(PayoutRun)
        .where(
            PayoutRun.discarded_at.is_(None),
            PayoutRun.shop.in_(shops),
            *([] if before is None else [PayoutRun.id < before]),
        )
        .options(joinedload(PayoutRun.made_by), joinedload(PayoutRun.released_by))
        .order_by(PayoutRun.id.desc())
        .limit(most)
    )
    return db.session.scalars(found).all()


def lines_of(
    run: PayoutRun, *, most: int | None = None, after: int = 0
) -> Sequence[tuple[Payout, Claim]]:
    """The payouts of a run with their claims, in the order of its file, ``after`` the one of this id."""
    found = (
        select(Payout, Claim)
        .join(Claim, Claim.id == Payout.claim_id)
        .where(Payout.run_id == run.id, Payout.id > after)
        .order_by(Payout.id)
        .limit(most)
    )
    return [(payout, claim) for payout, claim in db.session.execute(found)]


def states_of(run: PayoutRun) -> dict[PayoutState, int]:
    """How many payouts of the run stand in each state."""
    found = select(Payout.state, func.count()).where(Payout.run_id == run.id).group_by(Payout.state)
    return {row[0]: row[1] for row in db.session.execute(found)}


def arriving(payout: Payout) -> int:
    """What is to arrive of it, in minor units: without what the payment system keeps."""
    return (payout.amount_minor or 0) - payout.fee_minor


def _waiting(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """Due, of money, not sent by a worker, and in no run whose file is still to be written."""
    open_runs = select(PayoutRun.id).where(
        PayoutRun.sha256.is_(None), PayoutRun.discarded_at.is_(None)
    )
    return (
        Payout.state == PayoutState.DUE,
        Payout.amount_minor.is_not(None),
        Payout.rail.not_in(BY_ITSELF),
        Claim.status == Status.APPROVED,
        or_(Payout.not_before.is_(None), Payout.not_before <= at),
        or_(Payout.run_id.is_(None), Payout.run_id.not_in(open_runs)),
    )


def _in(lot: Lot) -> tuple[ColumnElement[bool], ...]:
    rail = Payout.rail == lot.rail
    if lot.rail is Rail.MANUAL and not carries(lot.currency):
        rail = or_(rail, Payout.rail == Rail.SEPA)
    kind: tuple[Any, ...] = ()
    if lot.kind == OTHER:
        method = Claim.payout_method
        kind = (or_(method.is_(None), method.not_in((PAYPAL, CRYPTO))),)
    elif lot.kind:
        kind = (Claim.payout_method == lot.kind,)
    return (Claim.shop == lot.shop, rail, Payout.currency == lot.currency, *kind)


def _both(one: DueLot, other: DueLot) -> DueLot:
    promised = [each for each in (one.promised, other.promised) if each]
    return DueLot(
        one.lot,
        one.count + other.count,
        one.sum + other.sum,
        min(one.oldest, other.oldest),
        min(promised, default=None),
    )
