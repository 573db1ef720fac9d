"""Deciding a case by a policy, in the seven steps that hold for every policy (contract.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import IntEnum
from itertools import product
from math import prod
from typing import Any

from portal.money import Money
from portal.policy.amounts import amount_of, facts_of
from portal.policy.balance import open_lists, refundable
from portal.policy.calendar import due_with_pause
from portal.policy.case import Case
from portal.policy.decision import Decision, Outcome, missing_of
from portal.policy.document import Amount, Clause, Destination, Policy, Rule, Scope, Version
from portal.policy.evaluation import paths
from portal.policy.facts import BALANCE_REASONS, BY_NAME, INDEX, UNKNOWN, Source, Type

INFORMATION_TIME = timedelta(days=14)  # the portal's own, where a policy sets none
_WAYS_TRIED = 16
_REASON, _NOW = INDEX["claim.reason"], INDEX["now"]
_DESTINATION, _REMEDY = INDEX["claim.destination"], INDEX["claim.remedy"]
_EVIDENCE, _REFUNDED = INDEX["claim.evidence"], INDEX["order.refunded_at"]
_PRICE = INDEX["order.price"]
_BALANCE = (
    INDEX["balance.refundable"],
    INDEX["balance.removed_as_old"],
    INDEX["balance.removed_as_used"],
    INDEX["balance.method_refundable"],
)
_RECTIFY, _INFORMATION_FROM = INDEX["clock.rectify_by"], INDEX["clock.information_from"]


class _Standing(IntEnum):
    """How an approving clause stands: its condition and, where a person is needed, the finding."""

    NO = 0
    REFUTED = 1
    UNKNOWN = 2
    PERSON = 3
    YES = 4


def decide(case: Case, policy: Policy) -> Decision:
    """Decide ``case`` by the version of ``policy`` in force when it was submitted.

    Raises CaseError naming ``claim.submitted_at`` when that was before the first version.
    """
    return _Weighing(case, policy, policy.version_at(case.submitted_at)).decision()


def _prepare(case: Case, version: Version, currency: str) -> tuple[Any, ...]:
    """The facts of ``case`` with those that depend on the version's own lengths."""
    facts = case.facts
    balance, clock = version.top_up_window, version.rectify_clock
    if balance is not None and facts[_REASON] in BALANCE_REASONS:
        left = refundable(case, window=balance, currency=currency)
        changed = list(facts)
        for place, value in zip(
            _BALANCE,
            (left.amount, left.removed_as_old, left.removed_as_used, left.method_refundable),
            strict=True,
        ):
            changed[place] = value
        facts = tuple(changed)
    if clock is not None:
        changed = list(facts)
        changed[_RECTIFY] = due_with_pause(
            facts[INDEX[clock.start]],
            clock.length,
            paused_at=facts[INDEX[clock.paused_from]],
            resumed_at=facts[INDEX[clock.paused_until]],
            now=facts[_NOW],
        )
        facts = tuple(changed)
    return facts


class _Weighing:
    """One case before one version: every clause is tested once, then the steps are taken."""

    __slots__ = ("asked", "case", "facts", "held", "policy", "standings", "version")

    def __init__(
        self, case: Case, policy: Policy, version: Version, facts: tuple[Any, ...] | None = None
    ) -> None:
        self.case, self.policy, self.version = case, policy, version
        if facts is None:
            facts = _prepare(case, version, policy.shop.currency)
        self.facts = facts
        on_balance = facts[_REASON] in BALANCE_REASONS
        tests = version.tests_for_balances if on_balance else version.tests_for_orders
        self.held = [test(facts) for test in tests]
        self.asked = Destination.PAYOUT if facts[_DESTINATION] == "payout" else Destination.BALANCE
        self.standings: dict[_Standing, list[Rule]] = {}

    def decision(self) -> Decision:
        """Take the steps in their order; the last one always decides."""
        overriding = [r for r in self.version.overriding if self.held[r.place]]
        if overriding:
            return self.deny(overriding)
        if self.facts[_REASON] is UNKNOWN:
            return self.ask([c for c, _ in self.version.asking], ["claim.reason"])
        excluding = [r for r in self.version.denying if self.excludes(r)]
        if excluding:
            return self.deny(excluding)
        for rule in self.version.approving:
            self.standings.setdefault(self.standing(rule), []).append(rule)
        return (
            self.already_refunded()
            or self.incomplete()
            or self.approved()
            or self.waiting()
            or self.not_eligible()
        )

    def excludes(self, rule: Rule) -> bool | None:
        """Whether a denying clause holds and no clause that beats it does (three-valued)."""
        held = self.held[rule.place]
        if held is False or not rule.beaten_by:
            return held
        for place in rule.beaten_by:
            if self.held[place] is True:
                return False
            if self.held[place] is None:
                held = None
        return held

    def standing(self, rule: Rule) -> _Standing:
        held = self.held[rule.place]
        if held is False:
            return _Standing.NO
        if held is None:
            return _Standing.UNKNOWN
        clause = rule.clause
        if clause.amount is not Amount.FULL and clause.amount is not None:
            amount = amount_of(clause.amount, self.facts)
            if isinstance(amount, Money) and not amount.minor:
                return _Standing.NO
        if clause.finding is None:
            return _Standing.YES
        if clause.person_when is not None:
            person = clause.person_when.holds(self.facts)
            if person is not True:
                return _Standing.YES if person is False else _Standing.UNKNOWN
        found = clause.finding.holds(self.facts)
        if found is None:
            return _Standing.PERSON
        return _Standing.YES if found else _Standing.REFUTED

    def of(self, *standings: _Standing) -> list[Rule]:
        return [rule for standing in standings for rule in self.standings.get(standing, ())]

    def already_refunded(self) -> Decision | None:
        if self.facts[_REASON] in BALANCE_REASONS or self.facts[_REFUNDED] in (None, UNKNOWN):
            return None
        # A person hears any other story first, and no finding has made it eligible yet.
        story = self.facts[_REASON] == "other"
        for standing in (_Standing.YES, _Standing.PERSON, _Standing.UNKNOWN):
            rules = self.of(standing)
            if rules and (standing is _Standing.YES or not story):
                return self.deny(rules)
        return None

    def incomplete(self) -> Decision | None:
        candidates = self.of(_Standing.YES, _Standing.PERSON, _Standing.UNKNOWN)
        if not candidates:
            return None
        settled = bool(self.of(_Standing.YES))
        payout = any(self.goes_to(rule.clause) is Destination.PAYOUT for rule in candidates)
        asking: list[Clause] = []
        missing: dict[str, None] = {}
        for clause, place in self.version.asking:
            if (place is not None and self.held[place] is False) or (
                clause.only_unsettled and settled
            ):
                continue
            names = missing_of(clause, self.facts, payout=payout)
            if names:
                asking.append(clause)
                missing.update(dict.fromkeys(names))
        if not settled and not self.facts[_EVIDENCE]:
            wanting = [r.clause for r in self.of(_Standing.PERSON) if r.clause.evidence]
            if wanting:
                asking = wanting + asking
                missing["claim.evidence"] = None
        return self.ask(asking, list(missing)) if missing else None

    def approved(self) -> Decision | None:
        rules = self.of(_Standing.YES)
        if not rules:
            return None
        valued = [
            (rule, amount_of(rule.clause.amount or Amount.FULL, self.facts)) for rule in rules
        ]
        known = [(rule, amount) for rule, amount in valued if isinstance(amount, Money)]
        if not known:
            names = [n for r in rules for n in facts_of(r.clause.amount or Amount.FULL, self.facts)]
            return self.unsettled(rules, [*names, *self.open_exclusions()])
        best, amount = max(
            known, key=lambda each: (self.goes_to(each[0].clause) is self.asked, each[1].minor)
        )
        destination = self.goes_to(best.clause)
        carrying = [
            rule
            for rule, value in known
            if value == amount and self.goes_to(rule.clause) is destination
        ]
        rivals = [r for r in self.of(_Standing.UNKNOWN) if self.could_better(r, best, amount)]
        names = self.open_exclusions() + self.open_rules(rivals)
        if amount != self.facts[_PRICE] and best.clause.amount is not Amount.REFUNDABLE:
            for rule, value in valued:
                if value is UNKNOWN and rule.clause.amount is not None:
                    names += facts_of(rule.clause.amount, self.facts)
        if names:
            return self.unsettled(carrying + rivals, names)
        return self.settle(carrying, amount, destination)

    def could_better(self, rule: Rule, best: Rule, amount: Money) -> bool:
        goes, best_goes = self.goes_to(rule.clause), self.goes_to(best.clause)
        if goes is not best_goes and goes is self.asked:
            return True
        return rule.clause.amount is not best.clause.amount and amount != self.facts[_PRICE]

    def settle(self, carrying: list[Rule], amount: Money, goes: Destination) -> Decision:
        """Approve, unless a clause about the way of paying needs a person first."""
        cited = [rule.clause for rule in carrying]
        for method in self.version.methods:
            clause, held = method.clause, self.held[method.place]
            if clause.on is not goes or held is False or clause.finding is None:
                continue
            if held is None and clause.when is not None:
                return self.unsettled([method], clause.when.open_facts(self.facts))
            found = clause.finding.holds(self.facts)
            if found is None:
                return self.unsettled([method], clause.finding.open_facts(self.facts))
            if not found and clause.refused == "deny":
                return self.deny([method])
            goes = Destination(clause.confirmed if found else clause.refused)
            cited.append(clause)
            break
        lead = carrying[0].clause
        wanted = "refund"
        if lead.remedy_asked and self.facts[_REMEDY] == "replacement":
            wanted = "replacement"
        limit = self.policy.shop.automatic_limit
        return self.made(
            Outcome.APPROVE,
            cited,
            destination=goes.value,
            remedy=wanted,
            amount=amount if wanted == "refund" else None,
            deadlines=self.deadlines("payout_", carrying, goes) if wanted == "refund" else {},
            automatic=wanted == "refund"
            and goes is Destination.BALANCE
            and any(rule.proved_by_logs and rule.clause.automatic for rule in carrying)
            and not any(rule.clause.person_when and self.needs_person(rule) for rule in carrying)
            and amount.currency == limit.currency
            and amount <= limit,
        )

    def needs_person(self, rule: Rule) -> bool:
        when = rule.clause.person_when
        return when is not None and when.holds(self.facts) is not False

    def waiting(self) -> Decision | None:
        people, unknown = self.of(_Standing.PERSON), self.of(_Standing.UNKNOWN)
        if not people and not unknown:
            return None
        names = [
            name
            for rule in people
            if rule.clause.finding
            for name in rule.clause.finding.open_facts(self.facts)[:1]  # one after the other
        ]
        names += self.open_rules(unknown) + self.open_exclusions()
        cited = people + unknown
        for method in self.version.methods:
            clause = method.clause
            likely = any(self.goes_to(rule.clause) is clause.on for rule in cited)
            if likely and self.held[method.place] is True and clause.finding:
                wanted = clause.finding.open_facts(self.facts)
                names += wanted
                cited = [*cited, method] if wanted else cited
        return self.unsettled(cited, names)

    def not_eligible(self) -> Decision:
        """Step 7, and the findings that settled a clause against the claim."""
        default = [] if self.version.default is None else [self.version.default]
        refuted = [rule.clause for rule in self.of(_Standing.REFUTED)]
        if refuted:
            return self.made(Outcome.DENY, default or refuted)
        told = [name for name in self.open_exclusions() if name.startswith("order.")]
        settled = self.same_either_way(told)
        if settled is not None:
            return settled
        opens, later = self.too_early()
        cited = [clause.id for clause in default]
        if not cited:
            cited += self.version.points.get(str(self.facts[_REASON]), ())
            cited += [
                rule.clause.id
                for rule in self.version.approving
                if opens and rule.clause.opens and rule.clause.opens.at(self.facts) == opens
            ]
        return self.made(
            Outcome.DENY, [], cited=[*cited, *later], claimable_from=opens if not later else None
        )

    def too_early(self) -> tuple[datetime | None, tuple[str, ...]]:
        """When the same claim would no longer be denied, or the clauses that would deny it then."""
        now = self.facts[_NOW]
        if self.facts[_REASON] in BALANCE_REASONS:
            return None, ()
        moments = {
            moment
            for rule in self.version.approving
            if rule.clause.opens is not None
            and isinstance(moment := rule.clause.opens.at(self.facts), datetime)
            and moment > now
        }
        refused: tuple[str, ...] = ()
        for moment in sorted(moments):
            then = _Weighing(self.case.at(moment), self.policy, self.version)
            verdict = then.decision()
            if verdict.outcome is not Outcome.DENY:
                return moment, ()
            refused = verdict.clauses
        return (None, refused) if moments else (None, ())

    def goes_to(self, clause: Clause) -> Destination:
        if clause.destination is Destination.ASKED:
            return self.asked
        return clause.destination or Destination.BALANCE

    def open_rules(self, rules: Iterable[Rule]) -> list[str]:
        names: list[str] = []
        for rule in rules:
            clause = rule.clause
            if clause.when is not None:
                names += clause.when.open_facts(self.facts)
            if self.held[rule.place] and clause.person_when is not None:
                names += clause.person_when.open_facts(self.facts)
        return names

    def open_exclusions(self) -> list[str]:
        """The unknown facts of exclusions that may still hold."""
        names: list[str] = []
        for rule in (*self.version.overriding, *self.version.denying):
            if self.excludes(rule) is None:
                names += self.open_rules([rule])
                beating = [self.version.rules[p] for p in rule.beaten_by if self.held[p] is None]
                names += self.open_rules(beating)
        return names

    def deny(self, rules: list[Rule]) -> Decision:
        return self.made(Outcome.DENY, [rule.clause for rule in rules])

    def ask(self, clauses: list[Clause], missing: list[str]) -> Decision:
        return self.made(
            Outcome.NEEDS_INFORMATION,
            clauses,
            missing=tuple(missing),
            deadlines=self.deadlines("information_", [], None),
        )

    def unsettled(self, rules: list[Rule], names: Iterable[str]) -> Decision:
        """Unknown facts decide: ask the customer for theirs, else send it to a person."""
        names = list(dict.fromkeys(names))
        settled = self.same_either_way(names)
        if settled is not None:
            return settled
        customer = [name for name in names if BY_NAME[name].source is Source.CUSTOMER]
        if customer:
            return self.ask([rule.clause for rule in rules], customer)
        return self.made(
            Outcome.REVIEW,
            [rule.clause for rule in rules],
            awaiting=paths(names, self.facts, self.case.absent, open_lists(self.case)),
            deadlines=self.deadlines("review_", rules, None),
        )

    def same_either_way(self, names: list[str]) -> Decision | None:
        """The one decision that every value of the unknown facts ``names`` leads to, if any."""
        choices = [_values(name) for name in names]
        if not names or not all(choices) or prod(map(len, choices)) > _WAYS_TRIED:
            return None
        found: list[Decision] = []
        for values in product(*choices):
            facts = list(self.facts)
            for name, value in zip(names, values, strict=True):
                facts[INDEX[name]] = value
            verdict = _Weighing(self.case, self.policy, self.version, tuple(facts)).decision()
            if verdict.outcome not in (Outcome.APPROVE, Outcome.DENY):
                return None
            found.append(verdict)
            if _result(verdict) != _result(found[0]):
                return None
        clauses = tuple(dict.fromkeys(name for each in found for name in each.clauses))
        return replace(
            found[0],
            clauses=clauses,
            automatic=all(each.automatic for each in found),
            _facts=self.facts,
            _held=self.held,
        )

    def deadlines(
        self, prefix: str, rules: list[Rule], goes: Destination | None
    ) -> dict[str, datetime]:
        """The deadlines of one outcome; a carrying clause's own comes before the policy's."""
        found: dict[str, datetime] = {}
        for name, only_to, instant in self.version.deadlines:
            if name.startswith(prefix) and only_to in (None, goes):
                _set(found, name, instant.at(self.facts))
        for rule in rules:
            for name, instant in rule.clause.deadlines.items():
                if name.startswith(prefix) or (name == "rectify_by" and prefix == "review_"):
                    _set(found, name, instant.at(self.facts))
        if prefix == "information_" and not found:
            found["information_due"] = self.facts[_INFORMATION_FROM] + INFORMATION_TIME
        return found

    def made(
        self,
        outcome: Outcome,
        clauses: list[Clause],
        *,
        cited: Iterable[str] = (),
        destination: str | None = None,
        remedy: str | None = None,
        amount: Money | None = None,
        missing: tuple[str, ...] = (),
        awaiting: tuple[str, ...] = (),
        claimable_from: datetime | None = None,
        deadlines: Mapping[str, datetime] | None = None,
        automatic: bool = False,
    ) -> Decision:
        ids = [clause.id for clause in clauses]
        ids += [name for clause in clauses for name in clause.also]
        ids += cited
        on_balance = self.facts[_REASON] in BALANCE_REASONS
        away = Scope.ORDER if on_balance else Scope.BALANCE
        return Decision(
            policy=self.policy.id,
            version=self.version.in_force,
            outcome=outcome,
            clauses=tuple(dict.fromkeys(ids)),
            destination=destination,
            remedy=remedy,
            amount=amount,
            missing=missing,
            awaiting=awaiting,
            claimable_from=claimable_from,
            deadlines=deadlines or {},
            automatic=automatic,
            _rules=self.version,
            _facts=self.facts,
            _held=self.held,
            _skipped=frozenset(r.place for r in self.version.rules if r.scope is away),
        )


def _values(name: str) -> tuple[Any, ...]:
    fact = BY_NAME[name]
    if fact.stands_on and name != "order.service_message":
        return ()
    return (True, False) if fact.type is Type.BOOL else fact.values


def _result(decision: Decision) -> tuple[Any, ...]:
    return (
        decision.outcome,
        decision.amount,
        decision.destination,
        decision.remedy,
        decision.claimable_from,
        tuple(decision.deadlines.items()),
    )


def _set(found: dict[str, datetime], name: str, at: Any) -> None:
    if isinstance(at, datetime):
        found[name] = at
