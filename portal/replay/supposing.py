"""Claims that hang on unknown facts: two ways these may turn out that decide apart settle that they do.

The portal decides such a claim only where all that the unknown facts may be leads to one verdict
(portal/policy/deciding/engine.py). To see that it does not, two ways are enough, so a few are supposed for
all these claims at once; only what they agree on is left to be decided one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from portal.columns.layout import KEPT, NEVER, NOTHING, UNKNOWN_CODE, UNKNOWN_TIME, currency_code
from portal.policy.facts.table import ALL, BY_NAME, COMPANIONS, UNKNOWN, Source, Type
from portal.policy.language import tree as c
from portal.replay.conditions import of_kinds
from portal.replay.facts import DAY, Facts, List, Places
from portal.replay.steps import steps
from portal.replay.verdicts import UNDECIDED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from portal.policy.deciding.document import Policy, Version
    from portal.policy.facts.table import Fact
    from portal.replay.facts import Numbers, Truths
    from portal.replay.verdicts import Verdicts

    Decided = tuple[Verdicts, Policy, Version]

_WAYS = (12, 48)  # supposed at once: a few for all, more for the claims that they agree on
_FEW = 12  # claims that are sooner decided one by one
_EVER = (0, 32_503_593_600_000_000)  # 1970 and 2999
_DAYS = (-40, -8, -3, 0, 3, 40)
_AMOUNTS = (0, 100, 10**9)
# How likely it is supposed that nothing happened, one way after the other: most clauses want much
# to have happened, or little.
_QUIET = (0.9, 0.5, 0.2)


def settle_apart(facts: Facts, reason: object, decided: Sequence[Decided]) -> None:
    """Take the mark from the claims that what is unknown of them leaves undecided.

    ``decided`` has the verdicts of each version; what is supposed for one is for the others, too.
    """
    if reason is UNKNOWN:
        return
    supposable = [_supposable(version) for _, _, version in decided]
    shared = {
        name: fact
        for name, fact in supposable[0].items()
        if all(name in each for each in supposable)
    }
    for ways in _WAYS:
        waiting = [verdicts.hanging & ~verdicts.alone for verdicts, _, _ in decided]
        places = np.flatnonzero(np.any(waiting, axis=0))
        if len(places) <= _FEW:
            return
        given = facts.of(np.tile(places, ways))
        supposed = _Supposed(given, shared, decided[0][1].shop.currency, ways)
        columns = of_kinds(supposed, [(policy, version) for _, policy, version in decided], reason)
        for (verdicts, _, version), each in zip(decided, columns, strict=True):
            found = steps(each, version, reason, given)
            settled = places[_apart(found, len(places))]
            verdicts.hanging[settled[~verdicts.alone[settled]]] = False


def _apart(found: Verdicts, count: int) -> Truths:
    """Of ``count`` claims supposed in several ways, those that two ways, or one, leave undecided."""
    ways = len(found.outcome) // count
    first = found.of(np.tile(np.arange(count), ways))
    apart = np.isin(found.outcome, UNDECIDED) | (found.differ(first) & ~first.hanging)
    either: Truths = np.any((apart & ~found.hanging).reshape(ways, count), axis=0)
    return either


def _supposable(version: Version) -> dict[str, Fact]:
    """The facts that may be supposed: what is only stated counts as not said until it is."""
    trees = [
        each.tree
        for rule in version.program.rules
        for each in (rule.clause.when, rule.clause.person_when, rule.clause.finding)
        if each is not None
    ]
    read = {name for tree in trees for name in c.reads(tree)}
    stated = {name for tree in trees for each in _stated(tree) for name in c.reads(each)}
    of_logs = {fact.name for fact in ALL if fact.source is Source.LOGS}
    # Where no amount is said of a return, the whole price went back.
    names = (read | of_logs) - stated - {"order.refunded"}
    return {
        fact.name: fact
        for fact in KEPT
        if fact.name in names and fact.source in (Source.LOGS, Source.CUSTOMER)
    }


def _stated(tree: c.Tree) -> Iterator[c.Tree]:
    match tree:
        case c.Stated():
            yield tree
        case c.Not(inner):
            yield from _stated(inner)
        case c.And(parts) | c.Or(parts):
            for part in parts:
                yield from _stated(part)


class _Supposed(Facts):
    """Facts with something supposed for each that is unknown, and another thing in another way."""

    def __init__(self, given: Facts, supposable: dict[str, Fact], currency: str, ways: int) -> None:
        super().__init__(given.count, self._supposed, self._rows)
        self._given = given
        self._supposable = supposable
        self._currency = currency_code(currency)
        self._random = np.random.default_rng(ways)
        self._quiet = np.resize(_QUIET, ways).repeat(given.count // ways)

    def _supposed(self, name: str, places: Places | None) -> npt.NDArray[np.integer]:
        column = self._filled(name)
        return column if places is None else column[places]

    def _filled(self, name: str) -> npt.NDArray[np.integer]:
        column = self._given.column(name)
        fact = self._supposable.get(name.removesuffix(".currency"))
        if fact is None:
            return column
        if name != fact.name:  # the currency of an amount
            unknown = self._given.column(fact.name) == UNKNOWN_CODE
            return np.where(unknown, self._currency, column).astype(column.dtype)
        unknown = column == (UNKNOWN_TIME if fact.type is Type.TIME else UNKNOWN_CODE)
        if not unknown.any():
            return column
        found = np.where(unknown, self._values(fact), column)
        event = _EVENT_OF.get(name)
        if event is not None:  # who cancelled says nothing where nobody did
            found = np.where(unknown & (self.column(event) == NEVER), NOTHING, found)
        if name == "account.block_reason":
            blocked = self.column("account.status") == _BLOCKED
            found = np.where(unknown & ~blocked, NOTHING, found)
        if name == "order.service_message":
            found = np.where(unknown & (self.column("order.messages") == 0), 0, found)
        return found.astype(column.dtype)

    def _values(self, fact: Fact) -> npt.NDArray[np.int64]:
        match fact.type:
            case Type.TIME:
                now = self._given.column("now")
                moments = [now + days * DAY for days in _DAYS]
                moments += [np.full(self.count, ever) for ever in _EVER]
                found = np.choose(self._random.integers(len(moments), size=self.count), moments)
                return np.where(self._at_rest(), NEVER, found) if fact.default is None else found
            case Type.WORD:
                least = -1 if fact.default is None else 0
                values = self._random.integers(least, len(fact.values), self.count)
                return np.where(values < 0, NOTHING, values)
            case Type.MONEY:
                return self._random.choice(_AMOUNTS, self.count)
            case Type.COUNT:
                return np.where(self._at_rest(), 0, 1)
        return self._random.integers(2, size=self.count)

    def _rows(self, name: str) -> List:
        """The rows with what is unknown of them supposed; a row where the list itself is unknown."""
        given = self._given.rows(name)
        unknown = (self._given.column(name) == UNKNOWN_CODE) & (self.column(name) > 0)
        added = np.flatnonzero(unknown)
        owner = np.concatenate([given.owner, added])
        columns: dict[str, Any] = {}
        for column, values in given.columns.items():
            if column == "rest":  # an amount that is supposed has none
                columns[column] = np.concatenate([values, np.zeros(len(added), values.dtype)])
                continue
            nothing = UNKNOWN_TIME if column == "at" else UNKNOWN_CODE
            whole = np.concatenate([values, np.full(len(added), nothing, values.dtype)])
            columns[column] = np.where(whole == nothing, self._row_values(column, owner), whole)
        columns["currency"][columns["currency"] == 0] = self._currency  # of an unknown amount
        return List(owner, columns)

    def _at_rest(self) -> Truths:
        return self._random.random(self.count) < self._quiet

    def _row_values(self, column: str, owner: npt.NDArray[np.intp]) -> npt.NDArray[np.int64]:
        size = len(owner)
        if column == "at":
            sent: Numbers = self._given.column("claim.submitted_at")[owner].astype(np.int64)
            sent += self._random.choice(_DAYS, size) * DAY
            return sent
        if column == "amount":
            return self._random.choice(_AMOUNTS, size)
        if column == "currency":
            return np.full(size, self._currency)
        return self._random.integers(2, size=size)


_EVENT_OF = dict(COMPANIONS)
_BLOCKED = BY_NAME["account.status"].values.index("blocked")
