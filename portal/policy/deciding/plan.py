"""What is left to test for each reason; the rest is known when the file is loaded."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import repeat
from operator import call, itemgetter
from typing import Any

from portal.policy.facts.table import BALANCE_REASONS, INDEX, REASONS, UNKNOWN
from portal.policy.language.calendar import Calendar
from portal.policy.language.clause import Amount, Clause, ClauseKind, Effect
from portal.policy.language.closures import Condition, Test, compile_tree
from portal.policy.language.rule import Rule, Scope
from portal.policy.language.tree import settled
from portal.policy.language.verdict import Verdict

# The records that a reason is not about: the order's for a balance reason, else the balance's.
_ELSEWHERE = {True: Scope.ORDER, False: Scope.BALANCE}
Tested = tuple[Any, ...]
Pick = Callable[[Sequence[Any]], tuple[Any, ...]]
_DESTINATION, _REMEDY = INDEX["claim.destination"], INDEX["claim.remedy"]
_EVIDENCE, _REFUNDED = INDEX["claim.evidence"], INDEX["order.refunded_at"]
_PRICE, _GONE = INDEX["order.price"], INDEX["order.refunded"]
_KEPT = ("order.price", "order.processing_fee")
_RETURNED = ("order.price", "order.refunded_at", "order.refunded", "order.remainder")


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A clause as the trace names it, with the facts that it reads."""

    clause: str
    reads: tuple[str, ...]


@dataclass(slots=True)  # as Decision: one is made for each case
class Trace:
    """Every clause looked at, whether it held, and the values of the facts it read.

    ``values`` has those of all lines, one line's after the other's.
    """

    lines: tuple[PlanLine, ...]
    held: tuple[bool | None, ...]
    values: tuple[Any, ...]

    def __iter__(self) -> Iterator[tuple[PlanLine, bool | None, tuple[Any, ...]]]:
        start = 0
        for line, held in zip(self.lines, self.held, strict=True):
            end = start + len(line.reads)
            yield line, held, self.values[start:end]
            start = end


@dataclass(frozen=True, slots=True)
class Asking:
    """A clause that requires information, from whom is being paid ``payout`` in some more.

    ``place`` is where its own condition is tested, None where it asks always. A requirement is a
    path, the index of its fact, and how long a text has to be.
    """

    clause: Clause
    place: int | None
    always: tuple[tuple[str, int, int], ...]
    payout: tuple[tuple[str, int, int], ...]

    def missing(self, facts: Sequence[Any], *, payout: bool) -> list[str]:
        """What the clause requires and the customer has not supplied, as paths."""
        wanted = self.payout if payout else self.always
        return [name for name, place, length in wanted if _is_missing(facts[place], length)]


@dataclass(frozen=True, slots=True)
class Plan:
    """One version before one reason.

    ``held`` has the results that the reason settles by itself, ``tests`` the conditions left open
    with their ``places``; ``settling`` are those that count for a rule that holds, with the number
    of its test, None where the reason settles it. The rules are those that may still hold.
    ``lines_less`` are the lines of a case in which some of the price went back; ``verdicts`` those of
    the steps so far, by what they rest on.
    """

    held: tuple[bool | None, ...]
    places: tuple[int, ...]
    tests: tuple[Test, ...]
    settling: tuple[tuple[int | None, Condition], ...]
    overriding: tuple[Rule, ...]
    denying: tuple[Rule, ...]
    approving: tuple[Rule, ...]
    methods: tuple[Rule, ...]
    asking: tuple[Asking, ...]
    required: tuple[tuple[int, int], ...]
    lines: tuple[PlanLine, ...]
    lines_less: tuple[PlanLine, ...]
    looked_at: Pick
    values: Pick
    values_less: Pick
    verdicts: dict[Tested, Verdict] = field(default_factory=dict, compare=False, repr=False)

    def tested(self, facts: Sequence[Any]) -> Tested:
        """Whether each of the conditions holds that the reason leaves open."""
        return tuple(map(call, self.tests, repeat(facts)))

    def kept(self, facts: Sequence[Any], tested: Tested) -> Verdict | None:
        """The verdict on claims in which the steps find the same, if one was kept."""
        if not is_whole(facts):
            return None
        found = self.verdicts.get(tested)
        if found is None:
            found = self.verdicts.get((tested, *self.besides(facts, tested)))
        return found

    def besides(self, facts: Sequence[Any], tested: Tested) -> Tested:
        """What else the steps look at: what was found, asked for, supplied; not how much or when."""
        return (
            facts[_DESTINATION],
            facts[_REMEDY],
            facts[_EVIDENCE] > 0,
            type(facts[_REFUNDED]),
            type(facts[_PRICE]),
            *[
                tuple(each.opens(facts)) if (held := each.holds(facts)) is None else held
                for number, each in self.settling
                if number is None or tested[number]
            ],
            *[_is_missing(facts[place], length) for place, length in self.required],
        )

    def trace(self, facts: Sequence[Any], held: tuple[bool | None, ...]) -> Trace:
        """The trace of the case with these facts.

        ``held`` has the clauses with a condition, in the order of the lines; those that only
        require information may be left out.
        """
        if len(held) < len(self.lines):
            held += self.supplied(facts)
        if went_back(facts):
            return Trace(self.lines_less, held, self.values_less(facts))
        return Trace(self.lines, held, self.values(facts))

    def supplied(self, facts: Sequence[Any]) -> tuple[bool, ...]:
        """For each clause that requires information, whether it was given."""
        return tuple([not each.missing(facts, payout=False) for each in self.asking])


def went_back(facts: Sequence[Any]) -> bool:
    """Whether some of the order's price was returned already."""
    return facts[_GONE] is not UNKNOWN or isinstance(facts[_REFUNDED], datetime)


def is_whole(facts: Sequence[Any]) -> bool:
    """Whether the whole price is still to be had, and is something: how much it is counts for no step."""
    price = facts[_PRICE]
    return not went_back(facts) and (price is UNKNOWN or bool(price.whole))


def asking_of(clause: Clause, place: int | None) -> Asking:
    """What ``clause`` requires, ready to be looked up."""

    def wanted(names: tuple[str, ...]) -> tuple[tuple[str, int, int], ...]:
        length = clause.description_length
        return tuple((n, INDEX[n], length if n == "claim.description" else 1) for n in names)

    always = wanted(clause.requires)
    return Asking(clause, place, always, always + wanted(clause.requires_for_payout))


def plans(
    rules: Sequence[Rule], asking: tuple[Asking, ...], calendar: Calendar
) -> Mapping[object, Plan]:
    """The plan for each reason, and for none given."""
    return {reason: _plan(reason, rules, asking, calendar) for reason in (*REASONS, UNKNOWN)}


def _plan(
    reason: object, rules: Sequence[Rule], asking: tuple[Asking, ...], calendar: Calendar
) -> Plan:
    other = None if reason is UNKNOWN else _ELSEWHERE[reason in BALANCE_REASONS]
    held: list[bool | None] = []
    tests: dict[int, Test] = {}
    for rule in rules:
        test = False if rule.scope is other else _left(rule, reason, calendar)
        held.append(test if isinstance(test, bool) else None)
        if not isinstance(test, bool):
            tests[rule.place] = test
    may_hold = [rule for rule in rules if held[rule.place] is not False]
    denying = [rule for rule in may_hold if rule.clause.effect is Effect.DENY]
    looked_at = [rule for rule in rules if rule.scope is not other]
    asked = [
        PlanLine(each.clause.id, (*each.clause.requires, *each.clause.requires_for_payout))
        for each in asking
    ]
    lines = [PlanLine(rule.clause.id, _reads(rule)) for rule in looked_at] + asked
    less = [PlanLine(rule.clause.id, _reads(rule, returned=True)) for rule in looked_at] + asked
    numbers = {place: number for number, place in enumerate(tests)}
    return Plan(
        held=tuple(held),
        places=tuple(tests),
        tests=tuple(tests.values()),
        settling=tuple(
            (numbers.get(rule.place), each)
            for rule in may_hold
            for each in (rule.clause.person_when, rule.clause.finding)
            if each is not None
        ),
        overriding=tuple(r for r in denying if r.clause.kind is ClauseKind.OVERRIDING),
        denying=tuple(r for r in denying if r.clause.kind is not ClauseKind.OVERRIDING),
        approving=tuple(r for r in may_hold if r.clause.effect is Effect.APPROVE),
        methods=tuple(r for r in may_hold if r.clause.effect is Effect.REVIEW),
        asking=asking,
        required=tuple((place, length) for each in asking for _, place, length in each.payout),
        lines=tuple(lines),
        lines_less=tuple(less),
        looked_at=_pick([rule.place for rule in looked_at]),
        values=_pick([INDEX[name] for line in lines for name in line.reads]),
        values_less=_pick([INDEX[name] for line in less for name in line.reads]),
    )


def _left(rule: Rule, reason: object, calendar: Calendar) -> Test | bool:
    """What of a rule's condition the reason leaves to test."""
    if reason is UNKNOWN or rule.clause.when is None:
        return rule.test
    tree = rule.clause.when.tree
    left = settled(tree, "claim.reason", reason)
    if isinstance(left, bool):
        return left
    return rule.test if left == tree else compile_tree(left, calendar)


def _reads(rule: Rule, *, returned: bool = False) -> tuple[str, ...]:
    """What a clause reads, with a fee that it takes off what it pays.

    Where some of the price was ``returned``, with what that leaves of it.
    """
    clause = rule.clause
    tests = (clause.when, clause.person_when, clause.finding)
    names = [name for test in tests if test for name in test.reads]
    if clause.effect is Effect.APPROVE and rule.pays is Amount.LESS_FEE:
        names += _KEPT
    if returned and clause.effect is Effect.APPROVE and rule.pays is not Amount.REFUNDABLE:
        names += _RETURNED
    return tuple(dict.fromkeys(names))


def _pick(places: Sequence[int]) -> Pick:
    """The values at ``places``, always as a tuple."""
    if len(places) > 1:
        return itemgetter(*places)
    return itemgetter(slice(places[0], places[0] + 1) if places else slice(0))


def _is_missing(value: Any, length: int) -> bool:
    if value.__class__ is str:
        return len(value.strip()) < length
    return value is UNKNOWN or value == 0  # no file, or not stated
