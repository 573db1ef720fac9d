"""Orders that are alike but for their times and names: what is promised for one is promised for all of them.

Of orders for which no message came, and of which the records say the same but for when and whose it
was, the case of one is that of another with other times in it. Where each test comes to the same, too,
the steps find the same (docs/adr/0006): then only the moment that a clause waits for is each one's own.
"""

from collections.abc import Container, Hashable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from portal.payouts.owed.logs import COLUMNS, NAMES, LoggedOrder, instant
from portal.payouts.owed.promises import AnsweredFor, Promise, Promises
from portal.policy.deciding.case import Case
from portal.policy.deciding.engine import is_kept
from portal.policy.facts.table import ALL, INDEX, Type
from portal.policy.language.closures import compile_tree
from portal.policy.language.contradictions import known_turns
from portal.policy.language.tree import atoms, reads

_KINDS = 1_000  # that are known at a time
_NAMES = ("account.email", "account.id", "order.reference")
_REFERENCE = INDEX["claim.order_reference"]
_MOVED = {fact.name for fact in ALL if fact.type in (Type.TIME, Type.DURATION) or fact.stands_on}

_SERVICE, _KIND = COLUMNS.index("service"), COLUMNS.index("kind")

_Own = tuple[int, int, bool]  # where a fact is in a case, where in a row, whether it is a time
PromisedAndNext = tuple[Promise | None, datetime | None]
EachTest = tuple[bool | None, ...]


class _OnRecord:
    """What the records tell of an order or an account: what tells kinds apart, and what is each one's own.

    ``keys`` are those of the facts, in the order in which a row has them.
    """

    def __init__(self, name: str, keys: Sequence[str], read: Container[str]) -> None:
        facts = [
            fact for fact in ALL if fact.name.startswith(f"{name}.") and not fact.stands_on
        ]  # a name that a test reads tells kinds apart
        own = [f for f in facts if f.type is Type.TIME or (f.name in _NAMES and f.name not in read)]
        self._own: list[_Own] = [
            (INDEX[fact.name], keys.index(fact.key), fact.type is Type.TIME) for fact in own
        ]
        places = {place for _, place, _ in self._own}
        self._of_each = itemgetter(*sorted(places))
        self._same = itemgetter(*[each for each in range(len(keys)) if each not in places])

    def kind(self, row: Sequence[Any]) -> Hashable:
        """What is the same of all of a kind."""
        return self._same(row), *[value is None for value in self._of_each(row)]

    def own(self, row: Sequence[Any]) -> list[_Own]:
        """What each of its kind has of its own."""
        return [each for each in self._own if row[each[1]] is not None]


class _Kind:
    """Orders of one kind: the case of the first, and the answers by what the tests came to."""

    __slots__ = ("answers", "case", "of_account", "of_order", "turns")

    def __init__(self, case: Case, of_order: list[_Own], of_account: list[_Own]) -> None:
        self.case, self.of_order, self.of_account = case, of_order, of_account
        self.turns = known_turns(case.facts)
        self.answers: dict[EachTest, AnsweredFor | None] = {}

    def other(self, order: LoggedOrder) -> Case | None:
        """The case of another one of the kind; None where it was placed after it ended, or the like."""
        told = [*_values(self.of_order, order.row), *_values(self.of_account, order.whose)]
        return self.case.elsewhen([*told, (_REFERENCE, order.reference)], self.turns)


def _values(own: list[_Own], row: Sequence[Any]) -> list[tuple[int, Any]]:
    return [(fact, instant(row[place]) if timed else row[place]) for fact, place, timed in own]


class Alike:
    """What is owed for orders, by the promises of one version at one moment."""

    def __init__(self, promises: Promises) -> None:
        self.promises = promises
        self._kinds: dict[Hashable, _Kind] = {}
        rules, calendar = promises.version.program.rules, promises.version.calendar
        conditions = [test.tree for rule in rules for test in rule.clause.tests]
        single = [
            (atom, reads(atom))
            for atom in dict.fromkeys(a for tree in conditions for a in atoms(tree))
        ]
        read = {name for _, names in single for name in names}
        self._order = _OnRecord("order", COLUMNS, read)
        self._account = _OnRecord("account", NAMES, read)
        # Those that turn with time come first; the others that read no time are the same in a kind.
        turning = [each.test for each in promises.turning]
        others = [
            compile_tree(atom, calendar) for atom, names in single if not _MOVED.isdisjoint(names)
        ]
        self._turning, self._tests = len(turning), (*turning, *others)

    def look(self, order: LoggedOrder) -> PromisedAndNext:
        """What an order is owed for without asking, and when time alone may next change that."""
        promises = self.promises
        if promises.none:
            return None, None
        kind, case = self._case(order)
        if kind is None:
            return promises.of(case), promises.next_look(case)
        facts = promises.facts_now(case)
        found = tuple([test(facts) for test in self._tests])
        promise = self._promise(kind, found, case)
        if promises.stands(case, found[: self._turning]):
            return promise, None
        return promise, promises.next_look(case)

    def _case(self, order: LoggedOrder) -> tuple[_Kind | None, Case]:
        """The case of a claim about an order that is sent now, and its kind, where it has one."""
        row, whose = order.row, order.whose
        if order.heard or not (row[_SERVICE] or row[_KIND]):
            return None, self.promises.case(order)
        key = self._order.kind(row), self._account.kind(whose), order.reported, order.heard is None
        kind = self._kinds.get(key)
        if kind is None:
            case = self.promises.case(order)
            if case.contradictions or len(self._kinds) >= _KINDS:
                return None, case
            kind = _Kind(case, self._order.own(row), self._account.own(whose))
            self._kinds[key] = kind
            return kind, case
        other = kind.other(order)
        return (None, self.promises.case(order)) if other is None else (kind, other)

    def _promise(self, kind: _Kind, found: EachTest, case: Case) -> Promise | None:
        """What is promised for an order of a kind, by what its tests came to."""
        promises = self.promises
        if found not in kind.answers:
            return self._learned(kind, found, case)
        answer = kind.answers[found]
        if answer is None:
            return None
        promise = answer.promise(promises.since(answer.cited, case))
        return promises.of(case) if promise is None else promise

    def _learned(self, kind: _Kind, found: EachTest, case: Case) -> Promise | None:
        """The same of the first for which they came to that; it is kept where it rests on nothing else."""
        shared = len(kind.answers) < _KINDS
        for answer in self.promises.answers(case):
            shared = shared and is_kept(answer.decision)
            promise = answer.promise(self.promises.since(answer.cited, case))
            if promise is not None:
                if shared:
                    kind.answers[found] = answer
                return promise
            # It would be paid at once, but waits for a moment that nobody knows of this one.
            shared = shared and not answer.decision.automatic
        if shared:
            kind.answers[found] = None
        return None
