"""Until when an order can be claimed: the first date after which a clause of its version says no to a claim (AC-D1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from portal.policy.deciding.balance import prepared
from portal.policy.deciding.case import Case
from portal.policy.deciding.document import Policy, Version
from portal.policy.facts.table import INDEX
from portal.policy.language.clause import Clause, Effect
from portal.policy.language.closures import compile_tree
from portal.policy.language.tree import reads
from portal.policy.language.turning import SECOND, turns

SENT = "claim.submitted_at"


@dataclass(frozen=True, slots=True)
class ClaimingTime:
    """The customer's time to claim, from an event of the records (None where it is of none) to ``until`` (UTC)."""

    since: datetime | None
    until: datetime
    clause: Clause


def claiming_time(case: Case, policy: Policy, version: Version) -> ClaimingTime | None:
    """The time to claim that a clause of the version states; None where none does, or its event is not known.

    A clause states it where it refuses any claim that is sent after the date and, by it alone, none before.
    """
    found = (
        each
        for clause in version.clauses
        if clause.effect is Effect.DENY and clause.when is not None and SENT in clause.when.reads
        for each in _stated(clause, case, policy, version)
    )
    return min(found, key=lambda each: each.until, default=None)


def _stated(clause: Clause, case: Case, policy: Policy, version: Version) -> Iterator[ClaimingTime]:
    if clause.when is None:
        return
    test = compile_tree(clause.when.tree, version.calendar)
    facts = prepared(case, version, policy.shop.currency)

    def refuses(at: datetime) -> bool | None:
        return test(prepared(case.supposing({SENT: at}), version, policy.shop.currency))

    for turn in turns(clause.when.tree, version.calendar):
        until = turn.at(facts) if turn.name == SENT else None
        if not isinstance(until, datetime):
            continue
        if refuses(until - SECOND) is False and refuses(until + SECOND):
            events = [
                facts[INDEX[name]]
                for name in reads(turn.test.left) + reads(turn.test.right)
                if name != SENT
            ]
            since = max((each for each in events if isinstance(each, datetime)), default=None)
            yield ClaimingTime(since, until, clause)
