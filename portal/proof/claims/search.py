"""Looking for a claim: is there any, and which one shows it best."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import z3

from portal.columns.layout import DAY
from portal.money import Money
from portal.policy.deciding.amounts import amount_of
from portal.policy.deciding.case import parse
from portal.policy.deciding.decision import Decision
from portal.policy.deciding.document import Policy, Version
from portal.policy.deciding.engine import decide
from portal.policy.deciding.weighing import Weighing
from portal.policy.facts.table import ALL, INDEX, UNKNOWN, Type
from portal.policy.language.clause import Amount, Clause
from portal.policy.language.closures import mover
from portal.policy.language.json_values import CaseError
from portal.policy.language.rule import Rule
from portal.proof.claims.showing import SHORT, case_of, in_order, simplest
from portal.proof.model.facts import PARTS, World, instant, microseconds
from portal.proof.model.plausible import order_of_events, whole_logs
from portal.proof.model.steps import OutcomeTerms
from portal.proof.model.terms import Moved

Shows = Callable[[Weighing], bool]

# The solver's own units for one question, some seconds of one core; what takes more is left open.
# A clock would let the machine's load decide what is found.
PATIENCE = 10_000_000
_TRIES = 60  # models that the engine does not confirm, before the search gives up
_PRICE, _PAID = 1000, 30  # of the claims shown: minor units, and days of a rental
_RECENT = 60  # days before the claim: an order of the claims shown
_PERIOD = ("order.paid_from", "order.paid_until")


class Search:
    """Questions about one version: ``possible`` proves, ``claim`` shows.

    ``left_open`` counts those that took more than ``patience`` of the solver's units (z3's rlimit),
    by what is being asked about: whoever asks names it in ``asking``. A version ``beside`` it, of the
    same currency and calendar, is asked about the same claims: ``others`` has what it says.
    """

    def __init__(
        self,
        policy: Policy,
        version: Version,
        *,
        beside: Version | None = None,
        patience: int = PATIENCE,
    ) -> None:
        self.policy, self.version = policy, version
        self.world = World(version)
        self.verdicts = OutcomeTerms(self.world)
        self.others = [OutcomeTerms(World(beside))] if beside else []
        self.asking = ""
        self.left_open: Counter[str] = Counter()
        self.settled: list[Any] = []  # what was learned of instants and amounts: it holds for good
        self.solver = z3.Solver()
        self.solver.set(rlimit=patience, random_seed=0)
        for each in (self.verdicts, *self.others):
            self.solver.add(each.world.possible)
        self.solver.add(self._bounds())
        noon = datetime(2026, 3, 4, 12, tzinfo=UTC)
        starts_at = max(each.version.starts_at for each in (self.verdicts, *self.others))
        later = starts_at + timedelta(days=1)
        self.at = noon if starts_at < noon else later.replace(minute=0, second=0)
        offered = [self.world.is_reason(reason.code) for reason in policy.shop.reasons]
        self.whole_logs = whole_logs(self.world)
        self.in_order = order_of_events(self.world)
        self.plausible = [*self.whole_logs, *self.in_order]
        self.usual = self._usual()
        self.ordinary = [*self.plausible, *self.usual]
        self.offered = z3.Or(offered)

    @property
    def written(self) -> list[Rule]:
        """The approving clauses that the file has: not the person who looks at ``other``."""
        written = {id(each) for clause in self.version.clauses for each in clause.sides}
        return [rule for rule in self.verdicts.approving if id(rule.clause) in written]

    def possible(self, *terms: Any) -> bool:
        """Whether there may be a case in which all of ``terms`` hold; only False is a proof."""
        self.solver.push()
        self.solver.add(*terms, *self._bounds())
        found = self._asked()
        self.solver.pop()
        return bool(found != z3.unsat)

    def at_odds(self, terms: Sequence[Any]) -> list[int]:
        """Of ``terms`` that no case meets together, the places of some that already exclude each other.

        None of them can be left out; all places where some case may meet them.
        """
        needed = list(range(len(terms)))
        for place in range(len(terms)):
            rest = [each for each in needed if each != place]
            if not self.possible(*(terms[each] for each in rest)):
                needed = rest
        return needed

    def claim(self, shows: Shows, *terms: Any) -> dict[str, Any] | None:
        """A plausible case in which all of ``terms`` hold, as simple as it can be made.

        ``shows`` confirms by the closures what the terms say; None where no plausible case does.
        """
        wanted = ([self.offered, *self.ordinary], self.ordinary, self.plausible)
        claims = (self._claim(shows, [*terms, *each]) for each in wanted)
        return next((claim for claim in claims if claim is not None), None)

    def claim_out_of_order(self, shows: Shows, *terms: Any) -> dict[str, Any] | None:
        """The same where events need not lie in the order in which they can happen."""
        wanted = ([self.offered, *self.whole_logs, *self.usual], self.whole_logs)
        claims = (self._claim(shows, [*terms, *each], ordered=False) for each in wanted)
        return next((claim for claim in claims if claim is not None), None)

    def _claim(
        self, shows: Shows, terms: list[Any], *, ordered: bool = True
    ) -> dict[str, Any] | None:
        def still(case: dict[str, Any]) -> bool:
            try:
                weighed = self.weighed(case)
            except CaseError:  # made simpler, it is no case any more
                return False
            return (in_order(weighed.case) or not ordered) and shows(weighed)

        self.solver.push()
        try:
            self.solver.add(*terms, *self._bounds(), *self.settled)
            for _ in range(_TRIES):
                if self._asked() != z3.sat:
                    return None
                model = self.solver.model()
                case = case_of(self.world, model, self.policy)
                weighed = self.weighed(case)
                if shows(weighed):
                    return simplest(case, still)
                self.solver.add(*self._lessons(model, weighed))
        finally:
            self.solver.pop()
        return None

    def _bounds(self) -> list[Any]:
        return [bound for each in (self.verdicts, *self.others) for bound in each.world.bounds()]

    def _asked(self) -> Any:
        found = self.solver.check()
        if found == z3.unknown:
            self.left_open[self.asking] += 1
        return found

    def weighed(self, case: dict[str, Any]) -> Weighing:
        """The case before this version. Raises CaseError."""
        return Weighing(parse(case), self.policy, self.version)

    def decision(self, weighed: Weighing) -> Decision:
        """What this version says to the case."""
        return decide(weighed.case, self.policy, self.version)

    def sets(self, clause: Clause, name: str, weighed: Weighing) -> bool:
        """Whether the deadline ``name`` of the decision is the one that ``clause`` sets."""
        at = self.decision(weighed).deadlines.get(name)
        return at is not None and at == clause.deadlines[name].at(weighed.facts)

    def _lessons(self, model: Any, weighed: Weighing) -> list[Any]:
        """What is to be different in the next model.

        An instant or an amount that the terms left open is as this case has settled it. Where the
        model had them so already, other clauses are to carry the outcome, or to another one: no
        search hangs on which models happen to come first.
        """
        settled = self._settled(model, weighed)
        if not all(z3.is_true(model.eval(each, model_completion=True)) for each in settled):
            self.settled += settled
            return settled
        said = [
            term
            for each in (self.verdicts, *self.others)
            for term in (*each.carries.values(), each.deny, each.ask, each.approve, each.review)
        ]
        return [z3.Or([each != model.eval(each, model_completion=True) for each in said])]

    def _settled(self, model: Any, weighed: Weighing) -> list[Any]:
        lessons = []
        worlds = [each.world for each in (self.verdicts, *self.others)]
        for moved in (moved for world in worlds for moved in world.terms.moved):
            start = model.eval(moved.start, model_completion=True).as_long()
            lessons.append(self._on_that_day(moved, start))
        for kind, name in PARTS.items():
            facts = [self.world.facts[each].value for each in ("order.price", name, *_PERIOD)]
            same = [fact == model.eval(fact, model_completion=True) for fact in facts]
            amount = self.world.worth[kind].value == comes_to(kind, weighed.facts)
            lessons.append(z3.Implies(z3.And(same), amount))
        return lessons

    def _on_that_day(self, moved: Moved, start: int) -> Any:
        """Where that instant ends, and every other of its day, where they move alike or end at once."""
        first = start - start % DAY + 1
        last = first + DAY - 2
        begins, end, ends = (self._end(moved, at) for at in (first, start, last))
        day = z3.And(moved.start >= first, moved.start <= last)
        if begins == end == ends:
            return z3.Implies(day, moved.end == end)
        if begins - first == end - start == ends - last:
            return z3.Implies(day, moved.end == moved.start + (end - start))
        return z3.Implies(moved.start == start, moved.end == end)

    def _end(self, moved: Moved, start: int) -> int:
        return microseconds(mover(moved.by, self.version.calendar)(instant(start)))

    def _usual(self) -> list[Any]:
        """A claim sent at noon of an ordinary day about a recent order, with short texts and one of a list at most.

        The price and the paid period are fixed, so that what the price comes to is exact.
        """
        facts = self.world.facts
        start, until = (facts[name].value for name in _PERIOD)
        submitted = microseconds(self.at)
        said = [
            facts["claim.submitted_at"].value == submitted,
            facts["order.ordered_at"].value >= submitted - _RECENT * DAY,
            facts["order.price"].value == _PRICE,
            z3.Not(facts["order.refunded"].known),
            until == start + _PAID * DAY,
        ]
        for kind, name in PARTS.items():
            down = facts[name]
            part, whole = down.value, _PAID * DAY
            if kind is Amount.BY_DAYS:
                days = down.value / DAY
                part, whole = z3.If(days >= 1, days, 1), _PAID
            amount = self.world.worth[kind].value
            most = 2 * amount * whole <= 2 * _PRICE * part + whole
            least = z3.Or(amount == _PRICE, 2 * amount * whole >= 2 * _PRICE * part - whole)
            said.append(z3.Implies(down.there, z3.And(most, least)))
        for fact in ALL:
            value = facts[fact.name].value
            if fact.type is Type.TEXT and fact.name != "claim.description":
                said.append(value == SHORT)
            elif fact.type is Type.TEXT:
                said.append(value <= SHORT)
            elif fact.type is Type.COUNT:
                said.append(value <= 1)
            elif fact.name == "claim.amount":
                said.append(value == _PRICE)
        return said


def comes_to(kind: Amount, facts: Sequence[Any]) -> int:
    """What the price comes to by the inactive time or days, in minor units; 0 where it is open."""
    if facts[INDEX["order.outage_time"]] is UNKNOWN:
        return 0
    amount = amount_of(kind, facts)
    return amount.whole if isinstance(amount, Money) else 0
