"""One case held against one version: what each clause says, before the steps are taken."""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import Any

from portal.money import Money
from portal.policy.deciding.amounts import amount_of, facts_of, left_of
from portal.policy.deciding.balance import prepared
from portal.policy.deciding.case import Case
from portal.policy.deciding.decision import Decision, decision_of
from portal.policy.deciding.document import Policy, Version
from portal.policy.deciding.plan import Tested
from portal.policy.facts.table import BALANCE_REASONS, INDEX, UNKNOWN, Unknown
from portal.policy.language.clause import Amount, Clause, Destination
from portal.policy.language.closures import Read
from portal.policy.language.rule import Rule
from portal.policy.language.verdict import Outcome, Verdict

_REASON, _DESTINATION = INDEX["claim.reason"], INDEX["claim.destination"]
_REMEDY, _REFUNDED = INDEX["claim.remedy"], INDEX["order.refunded_at"]


class Standing(IntEnum):
    """How an approving clause stands: its condition and, where a person is needed, the finding."""

    NO = 0
    REFUTED = 1
    UNKNOWN = 2
    PERSON = 3
    YES = 4


# An enum's member costs a call to look up; these are read several times in every case.
NO, REFUTED, OPEN, PERSON, YES = Standing
_FULL, _PAYOUT, _BALANCE_ITSELF = Amount.FULL, Destination.PAYOUT, Destination.BALANCE


class Weighing:
    """One case before one version: every clause is tested once.

    ``undecided`` gathers the exclusions that may still hold, ``standings`` the approving clauses
    by how they stand. ``supplied`` are the facts as given where ``case`` only supposes some: what
    was not said stays missing, whatever it may have been. ``tested`` is given where it is known.
    ``opened`` keeps what leaves a rule open, by its place.
    ``excluded`` is set where an exclusion decides, ``completed`` where unknown facts had to be;
    ``verdict`` is what was made last.
    """

    __slots__ = (
        "amounts",
        "asked",
        "case",
        "completed",
        "excluded",
        "facts",
        "held",
        "opened",
        "plan",
        "policy",
        "standings",
        "supplied",
        "supposed",
        "undecided",
        "verdict",
        "version",
    )  # fmt: skip

    verdict: Verdict

    def __init__(
        self,
        case: Case,
        policy: Policy,
        version: Version,
        supplied: Sequence[Any] | None = None,
        tested: Tested | None = None,
    ) -> None:
        self.case, self.policy, self.version = case, policy, version
        self.facts = facts = prepared(case, version, policy.shop.currency)
        self.supposed = supplied is not None
        self.supplied = facts if supplied is None else supplied
        self.plan = plan = version.program.plans[facts[_REASON]]
        self.held = held = [*plan.held]
        for place, holds in zip(plan.places, tested or plan.tested(facts), strict=True):
            held[place] = holds
        self.asked = _PAYOUT if facts[_DESTINATION] == "payout" else _BALANCE_ITSELF
        self.amounts: dict[Amount, Money | Unknown] = {_FULL: amount_of(_FULL, facts)}
        self.standings: tuple[list[Rule], ...] = ([], [], [], [], [])
        self.undecided = [rule for rule in plan.overriding if held[rule.place] is None]
        self.excluded = self.completed = False
        self.opened: dict[int, list[str]] = {}

    def excludes(self, rule: Rule) -> bool | None:
        """Whether a denying clause holds and no clause that beats it does (three-valued).

        What comes to nothing beats nothing.
        """
        held = self.held[rule.place]
        if held is False or not rule.beaten_by:
            return held
        for place in rule.beaten_by:
            beating = self.held[place]
            if beating is True and not self.is_worthless(self.version.program.rules[place]):
                return False
            if beating is None:
                held = None
        return held

    def is_worthless(self, rule: Rule) -> bool:
        """Whether an approving clause that holds comes to nothing; a replacement never does."""
        worth = self.worth(rule)
        return worth is not UNKNOWN and not worth.minor and not self.replaces(rule)

    def is_spent(self, rule: Rule) -> bool:
        """Whether what went back leaves nothing of what an approving clause comes to."""
        worth, left = self.worth(rule), self.amount(rule)
        return worth is not UNKNOWN and left is not UNKNOWN and left.minor == 0 < worth.minor

    def replaces(self, rule: Rule) -> bool:
        """Whether an approving clause gives the replacement that the customer chose."""
        return rule.clause.remedy_asked and self.facts[_REMEDY] == "replacement"

    def standing(self, rule: Rule) -> Standing:  # noqa: PLR0911 - one for each standing
        """How an approving clause stands; one that comes to nothing does not hold."""
        held = self.held[rule.place]
        if held is False:
            return NO
        if held is None:
            return OPEN
        if self.is_worthless(rule):
            return NO
        clause = rule.clause
        if clause.finding is None:
            return YES
        if clause.person_when is not None:
            person = clause.person_when.holds(self.facts)
            if person is not True:
                return YES if person is False else OPEN
        found = clause.finding.holds(self.facts)
        if found is None:
            return PERSON
        return YES if found else REFUTED

    def worth(self, rule: Rule) -> Money | Unknown:
        """What an approving clause comes to."""
        found = self.amounts.get(rule.pays)
        if found is None:
            found = self.amounts[rule.pays] = amount_of(rule.pays, self.facts)
        return found

    def amount(self, rule: Rule) -> Money | Unknown:
        """What an approving clause still pays: what it comes to, less what has gone back already."""
        return left_of(self.worth(rule), rule.pays, self.facts)

    @property
    def most(self) -> Money | Unknown:
        """What the order may still pay."""
        return left_of(self.amounts[_FULL], _FULL, self.facts)

    @property
    def refund_unknown(self) -> list[str]:
        """Whether anything went back of the order's price, where nobody has said so."""
        if self.facts[_REASON] in BALANCE_REASONS or self.facts[_REFUNDED] is not UNKNOWN:
            return []
        return ["order.refunded_at"]

    def asked_after(self, clause: Clause, rules: Iterable[Rule]) -> bool:
        """Whether a clause about the way of paying lets one of ``rules`` be paid out, and so asks."""
        return self.confirms(clause) and any(self.goes_to(rule) is clause.on for rule in rules)

    def confirms(self, clause: Clause) -> bool:
        """Whether a person has found what a clause waits for."""
        return clause.finding is not None and clause.finding.holds(self.facts) is True

    def of(self, *standings: Standing) -> list[Rule]:
        """The approving clauses that stand so, the first standing first."""
        return [rule for standing in standings for rule in self.standings[standing]]

    def goes_to(self, rule: Rule) -> Destination:
        """Where an approving clause sends the money."""
        return rule.goes_to or self.asked

    def open_rules(self, rules: Iterable[Rule]) -> list[str]:
        """The unknown facts that leave these clauses open."""
        names: list[str] = []
        for rule in rules:
            found = self.opened.get(rule.place)
            if found is None:
                found = self.opened[rule.place] = self._open_facts(rule)
            names += found
        return names

    def _open_facts(self, rule: Rule) -> list[str]:
        clause, held = rule.clause, self.held[rule.place]
        if held is None and clause.when is not None:
            return clause.when.opens(self.facts)
        if held and clause.person_when is not None:
            return clause.person_when.open_facts(self.facts)
        return []

    def open_exclusions(self) -> list[str]:
        """The unknown facts of exclusions that may still hold."""
        names: list[str] = []
        for rule in self.undecided:
            names += self.open_rules([rule])
            beating = [
                self.version.program.rules[p] for p in rule.beaten_by if self.held[p] is None
            ]
            names += self.open_rules(beating)
        return names

    def hangs_on(self) -> list[str]:
        """The unknown facts on which the decision may still turn, those that could deny first."""
        if self.facts[_REASON] is UNKNOWN:
            return ["claim.reason"]
        candidates = self.of(YES, PERSON)
        names = self.open_exclusions() + self.open_rules(
            [*self.standings[OPEN], *self.plan.methods]
        )
        for rule in candidates:
            if self.amount(rule) is UNKNOWN:
                names += facts_of(rule.pays, self.facts)
        return [*names, *self.refund_unknown]

    def clocks(
        self, prefix: str, rules: list[Rule], goes: Destination | None
    ) -> tuple[tuple[str, Read], ...]:
        """The deadlines of one outcome; a carrying clause's own comes over the policy's."""
        found = [
            (name, instant.at)
            for name, only_to, instant in self.version.program.deadlines[prefix]
            if only_to is None or only_to is goes
        ]
        for rule in rules:
            for name, instant in rule.clause.deadlines.items():
                if name.startswith(prefix) or (name == "rectify_by" and prefix == "review_"):
                    found.append((name, instant.at))
        return tuple(found)

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
        is_last: bool = False,
        for_good: bool = False,
        clocks: tuple[tuple[str, Read], ...] = (),
        by_itself: bool = False,
    ) -> Decision:
        """The decision with its trace; ``cited`` adds ids to those of the carrying clauses.

        When a refused claim may be made again is found later (engine.py).
        """
        ids = [clause.id for clause in clauses]
        ids += [name for clause in clauses for name in clause.also]
        ids += cited
        self.verdict = Verdict(
            outcome=outcome,
            clauses=tuple(dict.fromkeys(ids)),
            destination=destination,
            remedy=remedy,
            missing=missing,
            awaiting=awaiting,
            paid=amount is not None,
            by_itself=by_itself,
            clocks=clocks,
            held=tuple(self.plan.looked_at(self.held)),
            is_last=is_last,
            for_good=for_good,
        )
        return decision_of(
            self.verdict,
            self.policy.id,
            self.version,
            self.plan,
            self.facts,
            amount=amount,
            contradictions=self.case.contradictions,
        )
