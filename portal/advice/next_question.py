"""What to ask next about a claim, until nothing that can be asked changes the answer.

The policy itself is tried: a question is asked only where two of its answers can lead to different
verdicts, and of those the one after which the fewest are left. Findings of a person are never
asked for, nor what a claim has to contain; that is what a verdict tells to prepare.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product

from portal.advice.answers import Trying, case_of
from portal.advice.questions import FEE, PRICE, WANTED, Answers, Question, board, together
from portal.money import Money
from portal.policy.deciding.case import Case
from portal.policy.deciding.decision import Decision
from portal.policy.deciding.document import Policy, Version
from portal.policy.deciding.engine import at_first_sight, decide
from portal.policy.facts.table import BALANCE_REASONS, UNKNOWN
from portal.policy.language.clause import Amount
from portal.policy.language.tree import And, Not, Or, Tree, reads
from portal.policy.language.verdict import Outcome

_TRIES = 400  # answers tried to see whether one question can still matter
# What decisions rest on without being a condition's unknown fact: tried in every way.
_TRIED = frozenset(
    {"order.refunded_at", "claim.destination", "claim.remedy", "claim.payout.method",
     "claim.answers.number_used"}
)  # fmt: skip
_PLENTY = 10**12  # minor units: a price so high that every difference of an amount shows
# What is not known of the price leaves only the amount open; no amount asked for is all that there is.
_PAID = ("order.price", "order.processing_fee")
_UNTOLD = ((_PAID[0], UNKNOWN), (_PAID[1], UNKNOWN), ("claim.amount", UNKNOWN))
_UNLIKELY = 0.1
_Key = tuple[object, ...]
Results = frozenset[_Key | None]
_OPEN: Results = frozenset({None})


@dataclass(frozen=True, slots=True)
class ForeseenVerdict:
    """What the policy says to the answers given, told as ``case``.

    ``prepare`` are the fields that the claim will have to contain; ``unknown`` the facts on which
    it still hangs and that could not be told, which the shop's records or a person settle.
    """

    case: Case
    decision: Decision
    prepare: tuple[str, ...]
    unknown: tuple[str, ...]


def next_step(answers: Answers, policy: Policy, *, at: datetime) -> Question | ForeseenVerdict:
    """The question that settles the most, or the verdict once none can change it.

    ``answers`` are facts, as ``askable`` has them; the claim is judged as if it were sent at ``at``.
    Raises CaseError naming ``claim.submitted_at`` before the policy's first version.
    """
    version = policy.version_at(at)
    reason = answers.get("claim.reason", UNKNOWN)
    if reason is UNKNOWN:
        return board(policy, version, reason, at).questions[0]
    search = _Search(policy, version, reason, at)
    question = search.best(answers)
    if question is not None:
        return question
    question = search.amount_asked(answers)
    return question or search.still_open(answers) or search.verdict(answers)


class _Search:
    """Looks for the question that settles a claim soonest, by deciding it with values tried."""

    def __init__(self, policy: Policy, version: Version, reason: object, at: datetime) -> None:
        self.policy, self.version, self.at = policy, version, at
        self.trying = Trying(policy, version, reason, at)
        money, half = (Money(minor, policy.shop.currency) for minor in (_PLENTY, _PLENTY // 2))
        self.plenty = {"order.price": money, "order.processing_fee": half, "claim.amount": money}
        self.pointed = _pointed(version, reason)
        self.known: dict[frozenset[tuple[str, object]], tuple[Results, frozenset[str]]] = {}

    def decided(self, answers: Answers) -> Decision:
        case = case_of(self.with_amounts(answers), at=self.at)
        return at_first_sight(case, self.policy, self.version)

    def with_amounts(self, answers: Answers) -> Answers:
        """The answers, with amounts where none was told; a fee that was not leaves a told price whole."""
        price = answers.get("order.price")
        if isinstance(price, Money):
            return {**self.plenty, "order.processing_fee": Money(0, price.currency), **answers}
        return {**self.plenty, **answers}

    def offered(self, answers: Answers) -> list[Question]:
        """The questions that are open: not yet answered, and sensible after what was."""
        return [
            question
            for question in self.trying.board.questions
            if not all(name in answers for name in question.facts)
            and (question.after is None or _follows(question, answers.get(question.after)))
        ]

    def best(self, answers: Answers) -> Question | None:
        """The open question after which, over its answers, the fewest others are left.

        What rarely applies settles nothing for most people, so it comes last, all in one.
        """
        rare = [question for question in self.offered(answers) if question.rare]
        usual = dict(answers)
        for question in rare:
            usual |= question.otherwise
        _, hangs = self.results(usual)
        common = [q for q in self.offered(usual) if hangs & {*q.facts}]
        left = [self.left(question, usual) for question in common]
        told = [not self.pointed & {*question.facts} for question in common]
        for place in sorted(range(len(common)), key=lambda n: (left[n], told[n], n)):
            if self.matters(common[place], usual):
                return common[place]
        rare = [question for question in rare if self.matters(question, answers)]
        return together(rare) if rare else None

    def left(self, question: Question, answers: Answers) -> float:
        """How much is left to ask after ``question``, on average over what may be answered.

        What the customer's reason is not about has seldom happened. While a claim is open as it is,
        what is tried does not count: it comes after the rest, whatever is asked first.
        """
        usual = dict.fromkeys(question.facts) if question.never else question.options.get("no")
        about = self.pointed | {"order.messages"}
        unlikely = usual is not None and not about & {*question.facts}
        before, _ = self.results(answers)
        total = weights = 0.0
        for value in self.trying.values(question, answers):
            after = {**answers, **value}
            found, hangs = self.results(after)
            settled = found != _OPEN if before == _OPEN else len(found) == 1
            rest = [] if settled else [q for q in self.offered(after) if hangs & {*q.facts}]
            weight = _UNLIKELY if unlikely and value != usual else 1
            total, weights = total + weight * len(rest), weights + weight
        return total / weights

    def matters(self, question: Question, answers: Answers) -> bool:
        """Whether two answers can lead to different results, whatever else is answered."""
        return self._differs(question, answers, [_TRIES])

    def _differs(self, question: Question, answers: Answers, tries: list[int]) -> bool:
        seen: set[_Key | None] = set()
        others: dict[str, Question] = {}
        for value in self.trying.values(question, answers):
            tries[0] -= 1
            after = {**answers, **value}
            found, hangs = self.results(after)
            if len(found) == 1:
                seen |= found
            if len(seen - {None}) > 1:
                return True
            others |= {each.name: each for each in self.offered(after) if hangs & {*each.facts}}
        if not others or tries[0] <= 0:  # what is not known in time is asked: too much does no harm
            return bool(others)
        other = min(others.values(), key=lambda each: (not each.rare, len(each.options)))
        return any(
            self._differs(question, {**answers, **value}, tries)
            for value in self.trying.values(other, answers)
        )

    def results(self, answers: Answers) -> tuple[Results, frozenset[str]]:
        """Every result that ``answers`` may come to (None: still open), and the facts it hangs on."""
        key = frozenset(answers.items())
        known = self.known.get(key)
        if known is None:
            known = self.known[key] = self._results(answers)
        return known

    def _results(self, answers: Answers) -> tuple[Results, frozenset[str]]:
        offered = self.offered(answers)
        open_names = {name for question in offered for name in question.facts}
        tried = [question for question in offered if _TRIED.issuperset(question.facts)]
        as_it_is = self.decided(answers)
        hangs = {*as_it_is.awaiting, *as_it_is.missing} & open_names
        if hangs:  # what is tried comes once the rest is settled
            return _OPEN, frozenset(hangs)
        if as_it_is.outcome is Outcome.DENY and as_it_is.claimable_from is None:
            # Whoever gets nothing gets no more for having it back already.
            tried = [question for question in tried if question.facts != ("order.refunded_at",)]
        found: dict[tuple[int, ...], _Key | None] = {}
        ways = [self.trying.values(question, answers) for question in tried]
        for places in product(*(range(len(each)) for each in ways)):
            way = [each[place] for each, place in zip(ways, places, strict=True)]
            decision = self.decided(
                {**answers, **dict(pair for each in way for pair in each.items())}
            )
            names = {*decision.awaiting, *decision.missing} & open_names
            hangs |= names
            found[places] = None if names else _key(decision)
        for n, question in enumerate(tried):
            if any(found[places] != found[(*places[:n], 0, *places[n + 1 :])] for places in found):
                hangs |= {*question.facts}
        return frozenset(found.values()), frozenset(hangs)

    def amount_asked(self, answers: Answers) -> Question | None:
        """The question of the amount, where one would be shown and rests on it."""
        decision = self.decided(self.whole(answers))
        if decision.amount is None:
            return None
        asking = [WANTED] if answers["claim.reason"] in BALANCE_REASONS else [PRICE]
        clauses = [side for name in decision.clauses for side in self.version.clause(name).sides]
        if any(each.amount is Amount.LESS_FEE for each in clauses):
            asking.append(FEE)
        return next((each for each in asking if each.facts[0] not in answers), None)

    def still_open(self, answers: Answers) -> Question | None:
        """What the decision asks for once all that is unknown was tried, and no question was about."""
        missing = {*self.verdict(answers).decision.missing}
        return next((each for each in self.offered(answers) if missing & {*each.facts}), None)

    def whole(self, answers: Answers) -> Answers:
        """The answers with all that no longer matters settled: nothing rare, and one way or another."""
        for question in self.offered(answers):
            if question.rare:
                answers = {**question.otherwise, **answers}
        for question in self.offered(answers):
            if {*self.decided(answers).awaiting} & {*question.facts}:
                answers = {**answers, **self.trying.values(question, answers)[0]}
        return answers

    def verdict(self, answers: Answers) -> ForeseenVerdict:
        """What the policy says, what to prepare, and what could not be told."""
        told = {name: value for name, value in answers.items() if (name, value) not in _UNTOLD}
        case = case_of(self.with_amounts(self.whole(told)), at=self.at)
        decision = decide(case, self.policy, self.version)
        if UNKNOWN in (answers.get(name) for name in _PAID):
            decision = replace(decision, amount=None)
        bare = decide(case_of(answers, at=self.at, given=False), self.policy, self.version)
        return ForeseenVerdict(
            case,
            decision,
            bare.missing if bare.outcome is Outcome.NEEDS_INFORMATION else (),
            tuple(name for name in decision.awaiting if not name.startswith("findings.")),
        )


def _follows(question: Question, before: object) -> bool:
    """Whether a question makes sense after the answer on which it follows."""
    if before is None or before is UNKNOWN:
        return False
    return question.being is None or before == question.being


def _pointed(version: Version, reason: object) -> frozenset[str]:
    """The facts that the clauses ask for to which a reason points: what its story is about."""
    clauses = [version.clause(name) for name in version.points.get(str(reason), ())]
    return frozenset(
        name for clause in clauses if clause.when for name in _asked_for(clause.when.tree)
    )


def _asked_for(tree: Tree) -> Iterator[str]:
    """The facts that a condition reads, but for those of what must not be."""
    match tree:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _asked_for(part)
        case Not():
            pass
        case _:
            yield from reads(tree)


def _key(decision: Decision) -> _Key:
    return (
        decision.outcome,
        decision.amount,
        decision.destination,
        decision.remedy,
        decision.claimable_from is not None,
    )
