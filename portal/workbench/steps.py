"""The seven steps (portal/policy/deciding.py) over columns, for claims of one reason.

Each step is taken for the claims that none before it has decided. Where unknown facts may still
decide, what they may be has to be tried: such claims are marked and left to steps_singly.py.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from portal.policy.conditions import settled
from portal.policy.decision import Outcome
from portal.policy.document import Amount, Destination
from portal.policy.facts import BALANCE_REASONS, BY_NAME, UNKNOWN, Source, Type
from portal.workbench.columns_facts import FALSE, OPEN, TRUE, Facts
from portal.workbench.layout import UNKNOWN_CODE
from portal.workbench.steps_amounts import amount_of, facts_of
from portal.workbench.steps_verdicts import DESTINATIONS, NONE, OUTCOMES, Verdicts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from portal.policy.conditions import Tree
    from portal.policy.document import Clause, Rule, Version
    from portal.policy.plan import Asking
    from portal.workbench.columns import Columns
    from portal.workbench.columns_facts import Amounts, Held, Truths

    Open = Iterable[tuple[str, Truths]]

# How an approving clause stands, as portal/policy/weighing.py numbers it.
_NO, _REFUTED, _HANGS, _PERSON, _YES = range(5)
# By what the finding says, where the clause applies: false, unknown, true.
_BY_FINDING = np.array([_REFUTED, _PERSON, _YES], np.uint8)


def steps(columns: Columns, version: Version, reason: object, supplied: Facts) -> Verdicts:
    """What ``version`` says to each claim, all of them of ``reason``.

    ``supplied`` are the facts as given where the columns only suppose some.
    """
    taken = _Steps(columns, version, reason, supplied)
    taken.take()
    return taken.verdicts


class _Steps:
    def __init__(self, columns: Columns, version: Version, reason: object, supplied: Facts) -> None:
        self.columns, self.version, self.reason = columns, version, reason
        self.facts, self.supplied = columns.facts, supplied
        self.plan = version.plans[reason]
        self.verdicts = Verdicts.none(self.facts.count, version)
        self.todo = self.all(True)
        self.trees = dict(_trees(version, reason))
        self.amounts: dict[Amount, Amounts] = {}
        self.asked_payout = self.facts.column("claim.destination") == _ASKED_PAYOUT
        self.undecided: list[tuple[Rule, Truths]] = []
        self.standings: list[tuple[Rule, Held]] = []

    def all(self, value: bool) -> Truths:  # noqa: FBT001 - the value itself
        return np.full(self.facts.count, value)

    def take(self) -> None:
        """The steps in their order; the last one always decides."""
        self.exclude(self.plan.overriding)
        if self.reason is UNKNOWN:
            asking = [each.clause for each in self.plan.asking]
            self.decide(self.todo, Outcome.NEEDS_INFORMATION, asking[0] if asking else None)
            self.verdicts.hanging[:] = self.verdicts.outcome != _NUMBER[Outcome.DENY]
            return
        self.exclude(self.plan.denying)
        self.standings = [
            (rule, np.where(self.todo, self.standing(rule), _NO)) for rule in self.plan.approving
        ]
        self.already_refunded()
        self.incomplete()
        self.approved()
        self.waiting()
        self.not_eligible()
        self.hang()
        if self.columns.balance is not None:
            self.verdicts.hanging[self.columns.balance.singly] = True

    def decide(self, which: Truths, outcome: Outcome, lead: Clause | None) -> None:
        """Decide these claims, those that an earlier step has decided apart."""
        decided = which & self.todo
        self.verdicts.outcome[decided] = _NUMBER[outcome]
        if lead is not None:
            self.verdicts.lead[decided] = self.place(lead)
        self.todo = self.todo & ~decided

    def place(self, clause: Clause) -> int:
        return self.verdicts.clauses.index(clause.id)

    def held(self, place: int) -> Held:
        """What the rule at ``place`` says of each claim."""
        tree = self.trees.get(place)
        if tree is not None:
            return self.columns.holds(tree)
        return np.full(self.facts.count, TRUE if self.plan.held[place] else FALSE, np.uint8)

    def exclude(self, rules: tuple[Rule, ...]) -> None:
        """Deny what an exclusion refuses, unless a clause that beats it holds."""
        found = [(rule, self.excludes(rule)) for rule in rules]
        for rule, held in found:
            self.decide(held == TRUE, Outcome.DENY, rule.clause)
        self.undecided += [(rule, held == OPEN) for rule, held in found]

    def excludes(self, rule: Rule) -> Held:
        held = self.held(rule.place)
        for place in rule.beaten_by:
            held = np.minimum(held, TRUE - self.held(place))
        return held

    def standing(self, rule: Rule) -> Held:
        """How an approving clause stands."""
        clause, held = rule.clause, self.held(rule.place)
        stands = np.full(self.facts.count, _YES, np.uint8)
        if clause.finding is not None:
            stands = _BY_FINDING[self.columns.holds(clause.finding.tree)]
            if clause.person_when is not None:
                person = self.columns.holds(clause.person_when.tree)
                otherwise = np.where(person == FALSE, _YES, _HANGS)
                stands = np.where(person == TRUE, stands, otherwise).astype(np.uint8)
        if rule.pays is not Amount.FULL:
            amount = self.amount(rule)
            stands = np.where(amount.known & (amount.minor == 0), _NO, stands)
        open_ones = np.where(held == OPEN, _HANGS, _NO)
        return np.where(held == TRUE, stands, open_ones).astype(np.uint8)

    def amount(self, rule: Rule) -> Amounts:
        found = self.amounts.get(rule.pays)
        if found is None:
            found = self.amounts[rule.pays] = amount_of(rule.pays, self.columns)
        return found

    def any(self, *standings: int) -> Truths:
        """The claims with an approving clause that stands so."""
        found = self.all(False)
        for _, stands in self.standings:
            for standing in standings:
                found |= stands == standing
        return found

    def to_payout(self, rule: Rule) -> Truths:
        """Where an approving clause would pay out of the balance."""
        if rule.goes_to is None:
            return self.asked_payout
        return self.all(rule.goes_to is Destination.PAYOUT)

    def decide_by_standing(self, standing: int, which: Truths, outcome: Outcome) -> None:
        """Decide ``which`` by the first clause that stands so."""
        for rule, stands in self.standings:
            self.decide(which & (stands == standing), outcome, rule.clause)

    def already_refunded(self) -> None:
        if self.reason in BALANCE_REASONS:
            return
        refunded = self.facts.span("order.refunded_at").state == TRUE
        if not refunded.any():
            return
        for standing in (_YES,) if self.reason == "other" else (_YES, _PERSON, _HANGS):
            self.decide_by_standing(standing, refunded, Outcome.DENY)

    def incomplete(self) -> None:
        settled_ones = self.any(_YES)
        candidates = settled_ones | self.any(_PERSON, _HANGS)
        payout = self.all(False)
        for rule, stands in self.standings:
            payout |= self.to_payout(rule) & (stands >= _HANGS)
        nothing_shown = candidates & ~settled_ones & (self.facts.column("claim.evidence") == 0)
        for rule, stands in self.standings:
            if rule.clause.evidence:
                self.decide(
                    nothing_shown & (stands == _PERSON), Outcome.NEEDS_INFORMATION, rule.clause
                )
        for each in self.plan.asking:
            asked = (
                candidates if each.place is None else candidates & (self.held(each.place) != FALSE)
            )
            if each.clause.only_unsettled:
                asked = asked & ~settled_ones
            missing = asked & self.missing(each, payout)
            self.decide(missing, Outcome.NEEDS_INFORMATION, each.clause)

    def missing(self, each: Asking, payout: Truths) -> Truths:
        """The claims that lack something a clause requires, of those with a payout some more."""
        found = self.all(False)
        for name, _, length in each.always:
            found |= self.lacks(name, length)
        for name, _, length in each.payout[len(each.always) :]:
            found |= payout & self.lacks(name, length)
        return found

    def lacks(self, name: str, length: int) -> Truths:
        column = self.supplied.column(name)
        match BY_NAME[name].type:
            case Type.TEXT:
                return column < length
            case Type.BOOL | Type.COUNT:
                return column < 1
            case Type.WORD if length > 1:
                short = [
                    place for place, word in enumerate(BY_NAME[name].values) if len(word) < length
                ]
                return np.isin(column, [UNKNOWN_CODE, *short])
        return column == UNKNOWN_CODE

    def approved(self) -> None:
        """The best amount, the destination asked for first; each claim's by the first such clause."""
        some = self.all(False)
        best = np.zeros(self.facts.count, np.int16)
        minor = np.zeros(self.facts.count, np.int64)
        currency = np.zeros(self.facts.count, np.int32)
        payout, unvalued = self.all(False), self.all(False)
        for place, (rule, stands) in enumerate(self.standings):
            amount, to_payout = self.amount(rule), self.to_payout(rule)
            yes = self.todo & (stands == _YES)
            unvalued |= yes & ~amount.known
            asked, was_asked = to_payout == self.asked_payout, payout == self.asked_payout
            better = np.where(asked == was_asked, amount.minor > minor, asked)
            better = yes & amount.known & (~some | better)
            best[better] = place
            minor = np.where(better, amount.minor, minor)
            currency = np.where(better, amount.currency, currency)
            payout = np.where(better, to_payout, payout)
            some |= better
        self.value_unknown(unvalued & ~some)
        price = self.facts.amounts("order.price")
        below = ~price.known | (minor != price.minor) | (currency != price.currency)
        for place, (rule, _) in enumerate(self.standings):
            which = self.todo & some & (best == place)
            if which.any():
                names = self.hanging_on(rule, which, below, payout, unvalued)
                self.unsettled(which, rule.clause, names)
                self.settle(which & self.todo, rule, minor, currency)

    def value_unknown(self, which: Truths) -> None:
        """Nothing that holds has an amount yet."""
        if not which.any():
            return
        names = [*self.open_exclusions]
        for rule, stands in self.standings:
            yes = stands == _YES
            names += [(name, each & yes) for name, each in facts_of(rule.pays, self.columns)]
        lead = self.all(True)
        for rule, stands in self.standings:
            first = which & lead & (stands == _YES)
            lead &= ~first
            self.unsettled(first, rule.clause, names, always=True)

    def hanging_on(
        self, best: Rule, which: Truths, below: Truths, payout: Truths, unvalued: Truths
    ) -> list[tuple[str, Truths]]:
        """The unknown facts that could still refuse the claim, or better it."""
        names = [*self.open_exclusions]
        for rule, stands in self.standings:
            goes = self.to_payout(rule)
            better = (goes != payout) & (goes == self.asked_payout)
            if rule.pays is not best.pays:
                better = better | below
            rival = which & better & (stands == _HANGS)
            names += [(name, each & rival) for name, each in self.open_rule(rule)]
            if best.pays is not Amount.REFUNDABLE and unvalued.any():
                worth = which & unvalued & below & (stands == _YES) & ~self.amount(rule).known
                names += [(name, each & worth) for name, each in facts_of(rule.pays, self.columns)]
        if self.reason not in BALANCE_REASONS:
            names += self.refund_unknown
        return names

    def settle(self, which: Truths, rule: Rule, minor: Any, currency: Any) -> None:
        """Approve, unless a clause about the way of paying needs a person first."""
        payout = self.to_payout(rule)
        for method in self.plan.methods:
            clause = method.clause
            if clause.finding is None or clause.when is None:
                continue
            held = self.held(method.place)
            applies = which & (payout == (clause.on is Destination.PAYOUT)) & (held != FALSE)
            applies &= self.todo
            self.unsettled(applies & (held == OPEN), clause, self.open_when(method))
            found = self.columns.holds(clause.finding.tree)
            applies &= self.todo
            self.unsettled(
                applies & (found == OPEN), clause, self.columns.opens(clause.finding.tree)
            )
            refused = applies & (found == FALSE)
            if clause.refused == "deny":
                self.decide(refused, Outcome.DENY, clause)
            else:
                self.approve(refused, rule, self.all(clause.refused == "payout"), minor, currency)
            goes = self.all(clause.confirmed == "payout")
            self.approve(applies & (found == TRUE), rule, goes, minor, currency)
        self.approve(which, rule, payout, minor, currency)

    def approve(self, which: Truths, rule: Rule, payout: Truths, minor: Any, currency: Any) -> None:
        which = which & self.todo
        verdicts = self.verdicts
        verdicts.destination[which] = np.where(payout[which], _TO_PAYOUT, _TO_BALANCE)
        refund = which
        if rule.clause.remedy_asked:
            replaced = which & (self.facts.column("claim.remedy") == _REPLACEMENT)
            verdicts.replaced[replaced] = True
            refund = which & ~replaced
        verdicts.minor[refund] = minor[refund]
        verdicts.currency[refund] = currency[refund]
        self.decide(which, Outcome.APPROVE, rule.clause)

    def waiting(self) -> None:
        """A person's finding, or an unknown fact, is awaited."""
        waits = self.todo & self.any(_PERSON, _HANGS)
        if not waits.any():
            return
        names = [*self.open_exclusions]
        balance, payout = self.all(False), self.all(False)
        for rule, stands in self.standings:
            person, hangs = stands == _PERSON, stands == _HANGS
            if rule.clause.finding is not None:
                first = person
                for name, each in self.columns.opens(rule.clause.finding.tree):
                    names.append((name, each & first))
                    first = first & ~each
            names += [(name, each & hangs) for name, each in self.open_rule(rule)]
            goes = self.to_payout(rule)
            payout |= goes & (person | hangs)
            balance |= ~goes & (person | hangs)
        for method in self.plan.methods:
            if method.clause.finding is not None:
                likely = payout if method.clause.on is Destination.PAYOUT else balance
                likely = likely & (self.held(method.place) == TRUE)
                for name, each in self.columns.opens(method.clause.finding.tree):
                    names.append((name, each & likely))
                    goes = each & likely
                    payout, balance = (
                        payout | (goes & self.asked_payout),
                        balance | (goes & ~self.asked_payout),
                    )
        for standing in (_PERSON, _HANGS):
            for rule, stands in self.standings:
                self.unsettled(waits & (stands == standing), rule.clause, names, always=True)

    def unsettled(self, which: Truths, lead: Clause, names: Open, *, always: bool = False) -> None:
        """Ask the customer for an unknown fact of theirs, else send the claim to a person."""
        names = [*names]
        if not names and not always:
            return
        customers, others = self.all(False), self.all(always)
        for name, each in names:
            if BY_NAME[name].source is Source.CUSTOMER:
                customers |= each
            else:
                others |= each
        self.decide(which & customers, Outcome.NEEDS_INFORMATION, lead)
        self.decide(which & others, Outcome.REVIEW, lead)

    def not_eligible(self) -> None:
        """Step 7: a finding refuted it, or nothing returns the price."""
        default = self.version.default
        for rule, stands in self.standings:
            self.decide(stands == _REFUTED, Outcome.DENY, default or rule.clause)
        points = self.version.points.get(str(self.reason), ())
        for name, each in self.open_exclusions:
            if name.startswith("order."):
                self.verdicts.uncited[each & self.todo] = True
        if default is None and not points:
            self.verdicts.uncited[self.todo] = True
        lead = self.verdicts.clauses.index(points[0]) if points else NONE
        self.verdicts.lead[self.todo] = lead if default is None else self.place(default)
        self.decide(self.todo, Outcome.DENY, None)

    def hang(self) -> None:
        """Mark the claims left to a person or the customer that an unknown fact may still decide."""
        outcome = self.verdicts.outcome
        waits = (outcome == _NUMBER[Outcome.REVIEW]) | (
            outcome == _NUMBER[Outcome.NEEDS_INFORMATION]
        )
        if not waits.any():
            return
        names = [*self.open_exclusions]
        for rule, stands in self.standings:
            names += [(name, each & (stands == _HANGS)) for name, each in self.open_rule(rule)]
            if not self.amount(rule).known.all():
                unknown = ~self.amount(rule).known & (stands >= _PERSON)
                names += [
                    (name, each & unknown) for name, each in facts_of(rule.pays, self.columns)
                ]
        for method in self.plan.methods:
            names += self.open_when(method)
        if self.reason not in BALANCE_REASONS:
            names += self.refund_unknown
        for name, each in names:
            if BY_NAME[name].source is not Source.REVIEWER:
                self.verdicts.hanging[each & waits & self.columns.unknown(name)] = True

    def open_when(self, rule: Rule) -> list[tuple[str, Truths]]:
        """The unknown facts that leave a rule's own condition open."""
        tree = self.trees.get(rule.place)
        return [] if tree is None else self.columns.opens(tree)

    def open_rule(self, rule: Rule) -> list[tuple[str, Truths]]:
        """The unknown facts that leave a clause open, whether a person is needed among them."""
        if rule.clause.person_when is None:
            return self.open_when(rule)
        held = self.held(rule.place) == TRUE
        opens = self.columns.opens(rule.clause.person_when.tree)
        return self.open_when(rule) + [(name, each & held) for name, each in opens]

    @cached_property
    def refund_unknown(self) -> list[tuple[str, Truths]]:
        """Whether the price was returned already, where the logs do not say."""
        unknown = self.columns.unknown("order.refunded_at")
        return [("order.refunded_at", unknown)] if unknown.any() else []

    @cached_property
    def open_exclusions(self) -> list[tuple[str, Truths]]:
        """The unknown facts of exclusions that may still hold, and of the clauses that beat them."""
        names: list[tuple[str, Truths]] = []
        for rule, undecided in self.undecided:
            if undecided.any():
                rules = [rule, *(self.version.rules[place] for place in rule.beaten_by)]
                for each in rules:
                    names += [(name, found & undecided) for name, found in self.open_when(each)]
        return names


_NUMBER = {outcome: np.uint8(place) for place, outcome in enumerate(OUTCOMES)}
_ASKED_PAYOUT = BY_NAME["claim.destination"].values.index("payout")
_REPLACEMENT = BY_NAME["claim.remedy"].values.index("replacement")
_TO_BALANCE, _TO_PAYOUT = (
    DESTINATIONS.index(each) for each in (Destination.BALANCE, Destination.PAYOUT)
)


def _trees(version: Version, reason: object) -> Iterator[tuple[int, Tree]]:
    """The conditions that the reason leaves open, by their place."""
    for place, _ in version.plans[reason].tests:
        when = version.rules[place].clause.when
        if when is not None:
            left = when.tree if reason is UNKNOWN else settled(when.tree, "claim.reason", reason)
            if not isinstance(left, bool):
                yield place, left
