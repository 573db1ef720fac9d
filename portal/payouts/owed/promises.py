"""What a policy promises by itself: whether a claim about an order, sent now, would be approved at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from portal.claims.answering import GivenAnswers
from portal.money import Money
from portal.payouts.owed.logs import LoggedOrder
from portal.policy.deciding.balance import prepared
from portal.policy.deciding.case import Case, CaseFile, parse
from portal.policy.deciding.decision import Decision
from portal.policy.deciding.document import Policy
from portal.policy.deciding.engine import decide_now
from portal.policy.facts.fact import Source, Type
from portal.policy.facts.table import BY_NAME, INDEX
from portal.policy.language.clause import Effect
from portal.policy.language.closures import compile_tree
from portal.policy.language.rule import Rule, Scope
from portal.policy.language.tree import Tree, atoms, reads
from portal.policy.language.turning import FARTHEST, MOVING, TICK, Comparison, halved, turns

_REASON, _ORDERED = INDEX["claim.reason"], INDEX["order.ordered_at"]
_SENT = ("now", "claim.submitted_at")  # both are the moment at which the claim would be sent
_MOVES = MOVING | {*_SENT, "clock.review_from"}
# What a claim says that nobody wrote; long enough for what any policy asks for.
WORDS = (
    "The shop's records prove it: the policy returns this by itself, and nobody had to ask for it."
)


@dataclass(frozen=True, slots=True)
class Promise:
    """What is owed for an order: by which clause, since when, and the reason a claim would give."""

    clause: str
    reason: str
    amount: Money
    since: datetime


class AnsweredFor(NamedTuple):
    """What a claim that gives a reason is answered, and the clauses of it that promise something."""

    reason: str
    decision: Decision
    cited: tuple[Rule, ...]

    def promise(self, waits: tuple[datetime, str] | None) -> Promise | None:
        """What is promised by the clause that ``waits``, and since when; None where nothing is at once."""
        amount = self.decision.amount
        if waits is None or not self.decision.automatic or not amount or not amount.minor:
            return None
        since, clause = waits
        return Promise(clause, self.reason, amount, since)


def said_for(order: Mapping[str, Any], *, reason: str) -> GivenAnswers:
    """What a claim says that the policy itself sends: the logs' own words, the price, to the balance.

    ``order`` has what they say of it, by the keys of its facts.
    """
    price = order.get("price")
    return {
        "reason": reason,
        "service_name": order.get("service") or order.get("kind") or order["reference"],
        "description": WORDS,
        "destination": "balance",
        "asked": price and price.rounded(),
    }


class Promises:
    """The promises of the version that is in force at a moment. Raises CaseError before the first one."""

    def __init__(self, policy: Policy, *, at: datetime) -> None:
        self.policy, self.at = policy, at
        self.version = version = policy.version_at(at)
        self._rules = [
            rule
            for rule in version.program.rules
            if rule.clause.effect is Effect.APPROVE
            and rule.clause.automatic
            and rule.proved_by_logs
            and rule.scope is not Scope.BALANCE
        ]
        self._reasons = [
            each.code
            for each in policy.shop.reasons
            if each.about == "order" and each.code in version.points
        ]
        self._events = {rule.place: tuple(_events(rule)) for rule in self._rules}
        self._by_reason = {
            rule.place
            for rule in self._rules
            if rule.clause.when and "claim.reason" in rule.clause.when.reads
        }
        self.turning = list(self._comparisons())
        sent: CaseFile = {name: {} for name in ("account", "order")}
        self._none_yet = parse(sent | {"claim": {"submitted_at": at.isoformat()}})

    @property
    def none(self) -> bool:
        """Whether the policy promises nothing by itself."""
        return not self._rules or not self._reasons

    @property
    def conditions(self) -> list[Tree]:
        """The conditions of the clauses that promise, of which one has to hold."""
        return [rule.clause.when.tree for rule in self._rules if rule.clause.when]

    def case(self, logged: LoggedOrder) -> Case:
        """The case of a claim about an order that is sent now."""
        order = logged.order
        said = said_for(order, reason=self._reasons[0])
        claim = {**said, "amount": said.get("asked"), "order_reference": order["reference"]}
        claim["submitted_at"] = self.at
        return self._none_yet.retold(
            {"account": logged.account, "order": order, "claim": claim}, logged.heard
        )

    def of(self, case: Case) -> Promise | None:
        """What the order is owed for; None where a claim would not be approved at once."""
        for answer in self.answers(case):
            if (promise := answer.promise(self.since(answer.cited, case))) is not None:
                return promise
        return None

    def answers(self, case: Case) -> Iterator[AnsweredFor]:
        """What a claim is answered under each reason by which a promise may hold, one after the other."""
        for reason, held in self._answered(case):
            asked = case.supposing({"claim.reason": reason})
            decision = decide_now(asked, self.policy, self.version)
            cited = tuple(rule for rule in held if rule.clause.id in decision.clauses)
            yield AnsweredFor(reason, decision, cited)

    def _answered(self, case: Case) -> Iterator[tuple[str, list[Rule]]]:
        """The reasons under which a promise holds, or may: first those that the version ties to its clause."""
        facts, found = list(case.facts), []
        by_reason = self._by_reason
        may = [
            rule for rule in self._rules if rule.place in by_reason or rule.test(facts) is not False
        ]
        for reason in self._reasons if may else ():
            facts[_REASON] = reason
            held = [
                rule for rule in may if rule.place not in by_reason or rule.test(facts) is not False
            ]
            if held:
                tied = any(rule.clause.id in self.version.points[reason] for rule in held)
                found.append((not tied, reason, held))
        yield from ((reason, held) for _, reason, held in sorted(found, key=lambda each: each[0]))

    def since(self, cited: Sequence[Rule], case: Case) -> tuple[datetime, str] | None:
        """The moment that the clause waits for, and the clause: of several the one that waits least."""
        waits = [(at, rule.clause.id) for rule in cited if (at := self._waits_for(rule, case))]
        return min(waits, default=None)

    def _waits_for(self, rule: Rule, case: Case) -> datetime | None:
        """When the clause opens; of one that doesn't say it, when what it rests on happened."""
        opens = rule.clause.opens.at(case.facts) if rule.clause.opens else None
        if isinstance(opens, datetime):
            return opens
        times = [case.facts[place] for place in self._events[rule.place]]
        past = [at for at in times if isinstance(at, datetime) and at <= self.at]
        placed = case.facts[_ORDERED]
        return max(past, default=placed if isinstance(placed, datetime) else None)

    def next_look(self, case: Case) -> datetime | None:
        """The first instant from now on at which time alone may change what is promised."""
        now, late = self.facts(case, self.at), self.facts(case, self.at + FARTHEST)
        changing = [each for each in self.turning if each.test(now) is not each.test(late)]
        return min((self._turn(each, case) for each in changing), default=None)

    def facts_now(self, case: Case) -> Sequence[Any]:
        """What the tests read of a case that is sent now."""
        return prepared(case, self.version, self.policy.shop.currency)

    def stands(self, case: Case, found: Sequence[bool | None]) -> bool:
        """Whether no time changes what is promised, where the tests that turn came to this by now."""
        late = self.facts(case, self.at + FARTHEST)
        return all(each.test(late) is held for each, held in zip(self.turning, found, strict=True))

    def facts(self, case: Case, at: datetime) -> Sequence[Any]:
        """What the tests read of the case, were it sent at another time."""
        return prepared(case.at(at), self.version, self.policy.shop.currency)

    def _comparisons(self) -> Iterator[Comparison]:
        calendar = self.version.calendar
        tests = [
            test
            for rule in self.version.program.rules
            if rule.scope is not Scope.BALANCE
            for test in rule.clause.tests
        ]
        for atom in dict.fromkeys(atom for test in tests for atom in atoms(test.tree)):
            if not _MOVES.isdisjoint(reads(atom)):
                yield Comparison((), compile_tree(atom, calendar), tuple(turns(atom, calendar)))

    def _turn(self, compared: Comparison, case: Case) -> datetime:
        """When a test that will be another than now is, a tick after it turned; it turns once."""

        def holds(at: datetime) -> bool | None:
            return compared.test(self.facts(case, at))

        before, end = holds(self.at), self.at + FARTHEST
        for turn in compared.turns:
            at = turn.at(case.facts) if turn.name in _SENT else None
            if isinstance(at, datetime) and self.at <= at < end and holds(at + TICK) != before:
                just_before = max(at - TICK, self.at)
                if holds(just_before) == before:
                    return at + TICK
        return halved((self.at, end), lambda at: holds(at) == before, TICK)[1]


def _events(rule: Rule) -> Iterator[int]:
    """Where the events of the order are on which a clause rests, by what its condition reads."""
    names = rule.clause.when.reads if rule.clause.when else ()
    for name in names:
        fact = BY_NAME[name]
        for each in (name, fact.of_event, *fact.stands_on):
            told = BY_NAME.get(each)
            if (
                told
                and told.type is Type.TIME
                and told.source is Source.LOGS
                and told.default is None
                and each.startswith("order.")
                and each != "order.refunded_at"
            ):
                yield INDEX[each]
