"""Claims of one reason held against one version, as portal/policy/deciding/weighing.py holds one claim."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from portal.columns.layout import UNKNOWN_CODE
from portal.policy.facts.table import BY_NAME, UNKNOWN, Source, Type
from portal.policy.language.clause import Amount, Destination, Effect
from portal.policy.language.tree import settled
from portal.policy.language.verdict import Outcome
from portal.replay.amounts import amount_of
from portal.replay.facts import FALSE, OPEN, TRUE, Facts
from portal.replay.verdicts import OUTCOMES, Verdicts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from portal.policy.deciding.document import Version
    from portal.policy.deciding.plan import Asking
    from portal.policy.language.clause import Clause
    from portal.policy.language.rule import Rule
    from portal.policy.language.tree import Tree
    from portal.replay.conditions import Columns
    from portal.replay.facts import Amounts, Held, Truths

    Open = Iterable[tuple[str, Truths]]

NUMBER: Final = {outcome: np.uint8(place) for place, outcome in enumerate(OUTCOMES)}
# How an approving clause stands, as portal/policy/deciding/weighing.py numbers it.
NO, REFUTED, HANGS, PERSON, YES = range(5)
# By what the finding says, where the clause applies: false, unknown, true.
_BY_FINDING = np.array([REFUTED, PERSON, YES], np.uint8)
_REPLACEMENT = BY_NAME["claim.remedy"].values.index("replacement")
_METHOD = "claim.payout.method"
_ASKED_PAYOUT = BY_NAME["claim.destination"].values.index("payout")


class Weighed:
    """The claims, and what each clause says of them; ``todo`` are those not decided yet.

    ``undecided`` gathers the exclusions that may still hold, with their claims, ``standings`` the
    approving clauses by how they stand.
    """

    def __init__(self, columns: Columns, version: Version, reason: object, supplied: Facts) -> None:
        self.columns, self.version, self.reason = columns, version, reason
        self.facts, self.supplied = columns.facts, supplied
        self.plan = version.program.plans[reason]
        self.verdicts = Verdicts.none(self.facts.count, version)
        self.todo = self.all(value=True)
        self.trees = dict(_trees(version, reason))
        self.amounts: dict[Amount, Amounts] = {}
        self.asked_payout: Truths = self.facts.column("claim.destination") == _ASKED_PAYOUT
        self.undecided: list[tuple[Rule, Truths]] = []
        self.standings: list[tuple[Rule, Held]] = []

    def all(self, value: bool) -> Truths:  # noqa: FBT001 - the value itself
        """The same truth of each claim."""
        return np.full(self.facts.count, value)

    def decide(self, which: Truths, outcome: Outcome, lead: Clause | None) -> None:
        """Decide these claims, those that an earlier step has decided apart."""
        decided = which & self.todo
        self.verdicts.outcome[decided] = NUMBER[outcome]
        if lead is not None:
            self.verdicts.lead[decided] = self.place(lead)
        self.todo = self.todo & ~decided

    def place(self, clause: Clause) -> int:
        """The number by which verdicts cite a clause."""
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
        """Whether a denying clause holds and no clause that beats it does."""
        held = self.held(rule.place)
        for place in rule.beaten_by:
            beating, worthless = self.held(place), self.worthless(self.version.program.rules[place])
            beating = np.where((beating == TRUE) & worthless, FALSE, beating)
            held = np.minimum(held, TRUE - beating).astype(np.uint8)
        return held

    def worthless(self, rule: Rule) -> Truths:
        """Where an approving clause comes to nothing; a replacement never does."""
        amount = self.amount(rule)
        nothing: Truths = amount.known & (amount.minor == 0) & ~self.replaces(rule)
        return nothing

    def replaces(self, rule: Rule) -> Truths:
        """Where an approving clause gives the replacement that the customer chose."""
        if not rule.clause.remedy_asked:
            return self.all(value=False)
        chosen: Truths = self.facts.column("claim.remedy") == _REPLACEMENT
        return chosen

    def standing(self, rule: Rule) -> Held:
        """How an approving clause stands."""
        clause, held = rule.clause, self.held(rule.place)
        stands = np.full(self.facts.count, YES, np.uint8)
        if clause.finding is not None:
            stands = _BY_FINDING[self.columns.holds(clause.finding.tree)]
            if clause.person_when is not None:
                person = self.columns.holds(clause.person_when.tree)
                otherwise = np.where(person == FALSE, YES, HANGS)
                stands = np.where(person == TRUE, stands, otherwise).astype(np.uint8)
        stands = np.where(self.worthless(rule), NO, stands)
        open_ones = np.where(held == OPEN, HANGS, NO)
        return np.where(held == TRUE, stands, open_ones).astype(np.uint8)

    def amount(self, rule: Rule) -> Amounts:
        """What an approving clause comes to."""
        found = self.amounts.get(rule.pays)
        if found is None:
            found = self.amounts[rule.pays] = amount_of(rule.pays, self.columns)
        return found

    def speak_last(self) -> None:
        """Of `other`, the clause under which a person looks speaks where none else does (weighing.py)."""
        last = [each for each in self.standings if each[0].clause.id == self.version.fallback]
        if self.reason != "other" or not last:
            return
        ((rule, stands),) = last
        self.standings = [each for each in self.standings if each[0] is not rule]
        spoken, waits = self.any(YES, PERSON, REFUTED), self.any(HANGS)
        stands = np.where(waits & (stands == YES), HANGS, stands)
        self.standings.append((rule, np.where(spoken, NO, stands).astype(np.uint8)))

    def asked_after(self, clause: Clause) -> Truths:
        """Where a clause about the way of paying lets a candidate be paid out, and so asks."""
        goes = self.all(value=False)
        for rule, stands in self.standings:
            on = self.to_payout(rule) == (clause.on is Destination.PAYOUT)
            goes |= on & (stands >= HANGS)
        return goes & self.confirms(clause)

    def requirable(self) -> Truths:
        """Where the customer may still have something to supply, whatever is unknown turns out to be."""
        payout = self.all(value=False)
        for rule in self.plan.approving:
            payout |= self.to_payout(rule)
        for method in self.plan.methods:
            if method.clause.confirmed == "payout":
                payout |= self.confirms(method.clause)
        found = self.all(value=False)
        for each in self.plan.asking:
            asks = self.all(value=True) if each.place is None else self.held(each.place) != FALSE
            if each.clause.effect is Effect.REVIEW:
                asks = asks & self.confirms(each.clause)
            found |= asks & self.missing(each, payout)
        if any(rule.clause.evidence for rule in self.plan.approving):
            found |= self.facts.column("claim.evidence") == 0
        read = {
            name
            for each in self.plan.methods
            if each.clause.when
            for name in each.clause.when.reads
        }
        if _METHOD in read:
            found |= payout & self.columns.unknown(_METHOD)
        return found

    def confirms(self, clause: Clause) -> Truths:
        """Where a person has found what a clause waits for."""
        if clause.finding is None:
            return self.all(value=False)
        confirmed: Truths = self.columns.holds(clause.finding.tree) == TRUE
        return confirmed

    def any(self, *standings: int) -> Truths:
        """The claims with an approving clause that stands so."""
        found = self.all(value=False)
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

    def unsettled(self, which: Truths, lead: Clause, names: Open, *, always: bool = False) -> None:
        """Ask the customer for an unknown fact of theirs, else send the claim to a person."""
        names = [*names]
        if not names and not always:
            return
        customers, others = self.all(value=False), self.all(always)
        for name, each in names:
            if BY_NAME[name].source is Source.CUSTOMER:
                customers |= each
            else:
                others |= each
        self.decide(which & customers, Outcome.NEEDS_INFORMATION, lead)
        self.decide(which & others, Outcome.REVIEW, lead)

    def missing(self, each: Asking, payout: Truths) -> Truths:
        """The claims that lack something a clause requires, of those with a payout some more."""
        found = self.all(value=False)
        for name, _, length in each.always:
            found |= self.lacks(name, length)
        for name, _, length in each.payout[len(each.always) :]:
            found |= payout & self.lacks(name, length)
        return found

    def lacks(self, name: str, length: int) -> Truths:
        """The claims whose customer has not supplied a fact, or a text shorter than asked for."""
        column = self.supplied.column(name)
        least = {Type.TEXT: length, Type.BOOL: 1, Type.COUNT: 1}
        lacking: Truths = column < least.get(BY_NAME[name].type, UNKNOWN_CODE + 1)
        return lacking

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
                rules = [rule, *(self.version.program.rules[place] for place in rule.beaten_by)]
                for each in rules:
                    names += [(name, found & undecided) for name, found in self.open_when(each)]
        return names


def _trees(version: Version, reason: object) -> Iterator[tuple[int, Tree]]:
    """The conditions that the reason leaves open, by their place."""
    for rule, held in zip(version.program.rules, version.program.plans[reason].held, strict=True):
        when = rule.clause.when
        if held is None and when is not None:
            left = when.tree if reason is UNKNOWN else settled(when.tree, "claim.reason", reason)
            if not isinstance(left, bool):
                yield rule.place, left
