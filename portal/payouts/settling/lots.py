"""What is said of a run is kept at once, and settled a lot at a time: by whoever said it, then by the worker.

Each line is a transaction of its own. Broken off, it goes on where it was; said twice it changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.orm import joinedload

from portal.claims.models import Claim
from portal.claims.refusals import ReferenceUsed
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import UNDER_WAY, Payout, try_key
from portal.ledger.runs import PayoutRun
from portal.ledger.settlings import Settling, SettlingLine
from portal.payouts.answers import PAYMENT_LENGTH, REASON_LENGTH
from portal.payouts.paying import claims_paid_under
from portal.payouts.rails.rail import Became, RailAnswer
from portal.payouts.settling import lines
from portal.payouts.settling.lines import CameTo
from portal.people.reviewers import Reviewer
from portal.people.rights import Task
from portal.policy.deciding.document import Policy
from portal.sealed import SealError

_LOT = 50  # lines that whoever says it waits for, and that the worker takes in one turn
_ASKED = 500  # names in one question to the database
_KEY = 29  # signs of a name of a payout


# With what was said, and by whom: neither changes. The lock is on the line alone.
_LINE = (
    select(SettlingLine)
    .where(SettlingLine.id == bindparam("number"))
    .options(
        joinedload(SettlingLine.settling, innerjoin=True).joinedload(Settling.by, innerjoin=True)
    )
    .with_for_update(of=SettlingLine)
)


def keep_answers(
    run: PayoutRun, said: Iterable[tuple[str, RailAnswer]], *, by: Reviewer, at: datetime
) -> int:
    """Keep what a file says of the shop's payouts, of other runs too; its number, for go_on.

    What is said of a whole run is said of each of its payouts that are under way. Raises NoRight.
    """
    by.demand(Task.PAY, run.shop)
    named = [
        (told_as, answer)
        for name, answer in said
        for told_as in (_under_way(name, run.shop) if name.startswith("PR-") else [name])
    ]
    ours = _ours(run.shop, {told_as for told_as, _ in named})
    known = [_line(told_as, answer) for told_as, answer in named if lines.key_of(told_as) in ours]
    return _keep(run, known, strangers=len(named) - len(known), by_hand=False, by=by, at=at)


def keep_word(
    run: PayoutRun,
    references: Mapping[int, str] | str,
    *,
    by: Reviewer,
    at: datetime,
    again: bool = False,
) -> int | None:
    """Keep that a person paid what is under way of the run, under one reference or each under its own.

    ``references`` are by a payout's id; one without stays as it is. The number, for go_on; None where
    there is nothing. Raises ReferenceUsed where the one reference stands on a payout of another run
    (``again``: it is meant), NoRight.
    """
    by.demand(Task.PAY, run.shop)
    sent = db.session.scalars(
        select(Payout)
        .where(Payout.run_id == run.id, Payout.state.in_(UNDER_WAY))
        .order_by(Payout.claim_id, Payout.id)
    ).all()
    one = references if isinstance(references, str) else ""
    if one and sent and not again and (used := claims_paid_under(one, but=sent[0])):
        raise ReferenceUsed(one, used)
    each = {} if isinstance(references, str) else references
    paid = [
        _line(try_key(payout.key, payout.attempts), RailAnswer(Became.PAID, reference.strip()))
        for payout in sent
        if (reference := one or each.get(payout.id, "")).strip()
    ]
    if not paid:
        return None
    return _keep(run, paid, by_hand=True, again=bool(one) or again, by=by, at=at)


def _keep(run: PayoutRun, said: Sequence[dict[str, Any]], **about: Any) -> int:
    kept = Settling(run_id=run.id, **{"again": False, "strangers": 0} | about)
    db.session.add(kept)
    db.session.flush()
    if said:
        db.session.execute(insert(SettlingLine), [line | {"settling_id": kept.id} for line in said])
    return kept.id


def go_on(number: int, *, policies: Mapping[str, Policy]) -> int:
    """Settle the next lines of what was said; how many there were. Of a shop that isn't loaded it waits."""
    settling = db.session.get_one(Settling, number)
    policy = policies.get(settling.run.shop)
    if policy is None:
        return 0
    of = select(SettlingLine.id).where(
        SettlingLine.settling_id == number, SettlingLine.came_to.is_(None)
    )
    found = db.session.scalars(of.order_by(SettlingLine.id).limit(_LOT)).all()
    for each in found:
        _settle(each, policy)
    if len(found) < _LOT:
        with transaction():
            db.session.get_one(Settling, number).ended = True
    return len(found)


def settle_due(*, policies: Mapping[str, Policy]) -> int:
    """Go on with everything that was said and isn't settled; how many lines were.

    Raises ExceptionGroup for what can't go on, after the others did.
    """
    of = select(Settling.id).where(Settling.ended.is_(False)).order_by(Settling.id)
    count = 0
    broken: list[Exception] = []
    for number in db.session.scalars(of).all():
        try:
            count += go_on(number, policies=policies)
        except (SealError, ValueError) as error:
            broken.append(error)
    if broken:
        raise ExceptionGroup("what was said of a run can't be settled", broken)
    return count


def last_of(run: PayoutRun) -> Settling | None:
    """What was said last of the run; None where nothing was."""
    of = select(Settling).where(Settling.run_id == run.id).order_by(Settling.id.desc()).limit(1)
    return db.session.scalars(of.options(joinedload(Settling.by))).one_or_none()


def tally(settling: Settling) -> dict[CameTo | None, int]:
    """How many lines came to what; None for those that are still to be settled."""
    of = select(SettlingLine.came_to, func.count()).where(SettlingLine.settling_id == settling.id)
    found = db.session.execute(of.group_by(SettlingLine.came_to))
    counts = {None if each is None else CameTo(each): count for each, count in found}
    strangers = settling.strangers + counts.pop(CameTo.STRANGE, 0)
    return counts | ({CameTo.STRANGE: strangers} if strangers else {})


def lines_to_read(settling: Settling, *, most: int) -> Sequence[SettlingLine]:
    """The lines that came to something else than a payment, in the order in which they were said."""
    quiet = (CameTo.PAID, CameTo.STRANGE)
    return db.session.scalars(
        select(SettlingLine)
        .where(SettlingLine.settling_id == settling.id, SettlingLine.came_to.not_in(quiet))
        .order_by(SettlingLine.id)
        .limit(most)
    ).all()


def _settle(number: int, policy: Policy) -> None:
    """Settle one line, unless another did meanwhile: they wait for each other by its row."""
    try:
        with transaction():
            if line := _to_settle(number):
                lines.come_to(line, settling=line.settling, policy=policy)
    except lines.STANDS as refused:
        with transaction():
            if line := _to_settle(number):
                lines.look_at(line, refused)


def _to_settle(number: int) -> SettlingLine | None:
    line = db.session.execute(_LINE, {"number": number}).scalar_one()
    return line if line.came_to is None else None


def _line(told_as: str, answer: RailAnswer) -> dict[str, Any]:
    return {
        "told_as": told_as,
        "became": answer.became.value,
        "kind": answer.kind,
        "reference": answer.reference[:PAYMENT_LENGTH],
        "detail": answer.detail[:REASON_LENGTH],
        "amount_minor": answer.amount.whole if answer.amount else None,
        "currency": answer.amount.currency if answer.amount else None,
    }


def _under_way(key: str, shop: str) -> Sequence[str]:
    """How the file of this run of the shop names each of its payouts that are under way."""
    found = (
        select(Payout)
        .join(PayoutRun, PayoutRun.id == Payout.run_id)
        .where(PayoutRun.key == key, PayoutRun.shop == shop, Payout.state.in_(UNDER_WAY))
        .order_by(Payout.id)
    )
    return [try_key(each.key, each.attempts) for each in db.session.scalars(found)]


def _ours(shop: str, names: Iterable[str]) -> set[str]:
    """The keys of those of the payouts named that are of the shop."""
    keys = sorted(
        {
            lines.key_of(each)
            for each in names
            if len(each) == _KEY and each.isascii() and each.isprintable()
        }
    )
    found: set[str] = set()
    for first in range(0, len(keys), _ASKED):
        some = Payout.key.in_(keys[first : first + _ASKED])
        of = select(Payout.key).join(Claim, Claim.id == Payout.claim_id)
        found.update(db.session.scalars(of.where(Claim.shop == shop, some)))
    return found
