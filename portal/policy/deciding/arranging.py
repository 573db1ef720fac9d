"""Compiling a version's clauses: what is tested, and what beats what."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import combinations

from portal.policy.deciding.plan import Plan, asking_of, plans
from portal.policy.facts.table import BY_NAME, RECORDED, Source
from portal.policy.language.calendar import Calendar
from portal.policy.language.clause import Amount, Clause, ClauseKind, Destination, Effect
from portal.policy.language.closures import Instant, condition, instant
from portal.policy.language.rule import Rule, Scope
from portal.policy.language.tree import By, Compare, ConditionError, FactTerm, atoms
from portal.policy.language.turning import MOVING, Comparison, comparisons, numbers

DEADLINES_OF = ("review_", "payout_")
_ASKING = (Effect.ASK, Effect.REVIEW)  # what they require, they require when they apply
_PRORATED = (
    "order.outage_reported_at",
    "order.outage_ended_at",
    "order.paid_from",
    "order.paid_until",
    "order.disconnected_at",
    "now",
)
_BALANCE = ("balance.", "top_ups", "purchases")
_MOVING = MOVING | {"claim.submitted_at", "clock.review_from"}


@dataclass(frozen=True, slots=True)
class Program:
    """What was compiled from a version.

    ``rules`` are its conditions at their places, of them ``opening`` those that say when a claim may
    be made; ``plans`` has what is tested for each reason; ``deadlines`` are by the start of their
    names, a later one of the same name over an earlier; ``comparisons`` are those between times, by
    each time that they rest on; ``numbers`` has what each number may be that could matter.
    """

    rules: tuple[Rule, ...]
    opening: tuple[Rule, ...]
    deadlines: Mapping[str, tuple[tuple[str, Destination | None, Instant], ...]]
    plans: Mapping[object, Plan]
    comparisons: Mapping[str, tuple[Comparison, ...]]
    numbers: Mapping[str, tuple[int, ...]]


def arrange(
    clauses: tuple[Clause, ...],
    calendar: Calendar,
    *,
    fallback: str,
    information_time: timedelta,
) -> Program:
    """Give each tested clause its place and work out which approving rules beat which exclusion.

    An exclusion that rests on nothing but the claim's reason yields to every approving clause
    that the logs alone prove (step 2 of docs/case-and-decision.md); others yield where the file says so.
    ``fallback`` is the clause under which a person looks at the reason ``other``; where it does
    not approve by itself, a rule is made for it (step 6). What is asked for is due within
    ``information_time`` where no clause says by when.
    """
    rules: list[Rule] = []
    for clause in clauses:
        for each in (clause, clause.reversed):
            if each is not None and each.when is not None:
                rules.append(_rule(len(rules), each))
    by_id = {clause.id: clause for clause in clauses}
    if by_id[fallback].effect is not Effect.APPROVE:
        rules.append(_person_looks(len(rules), by_id[fallback], calendar))
    approving = tuple(rule for rule in rules if rule.clause.effect is Effect.APPROVE)
    rules = [_beaten(rule, approving) for rule in rules]
    places = {id(rule.clause): rule.place for rule in rules}
    asking = tuple(
        asking_of(clause, places.get(id(clause)) if clause.effect in _ASKING else None)
        for clause in clauses
        if clause.requires or clause.requires_for_payout
    )
    seconds = int(information_time.total_seconds())
    asked_for = (
        "information_due",
        None,
        instant(f"clock.information_from + {seconds} seconds", calendar),
    )
    return Program(
        rules=tuple(rules),
        opening=tuple(rule for rule in approving if rule.clause.opens),
        deadlines={start: _deadlines(clauses, start) for start in DEADLINES_OF}
        | {"information_": (asked_for, *_deadlines(clauses, "information_"))},
        plans=plans(rules, asking, calendar),
        comparisons=comparisons(_compared(rules), calendar),
        numbers=numbers(_compared(rules)),
    )


def _compared(rules: Iterable[Rule]) -> Iterator[Compare | By]:
    """The comparisons of the rules, and between the times on which a share of the price turns."""
    for rule in rules:
        for each in (rule.clause.when, rule.clause.person_when, rule.clause.finding):
            if each:
                yield from (a for a in atoms(each.tree) if isinstance(a, (Compare, By)))
        if rule.pays in (Amount.BY_TIME, Amount.BY_DAYS):
            for one, other in combinations(_PRORATED, 2):
                yield Compare(FactTerm(one), "<", FactTerm(other))


def _deadlines(
    clauses: tuple[Clause, ...], start: str
) -> tuple[tuple[str, Destination | None, Instant], ...]:
    """The policy's own deadlines whose names begin so; those of approving clauses are theirs."""
    return tuple(
        (name, clause.on, instant)
        for clause in clauses
        if clause.effect is not Effect.APPROVE
        for name, instant in clause.deadlines.items()
        if name.startswith(start)
    )


def scopes(clause: Clause) -> set[Scope]:
    """Whose records a clause looks at; reading a file refuses one that looks at both."""
    reads = clause.when.reads if clause.when else ()
    found = set()
    # What an approving clause pays back says where it looks, too: a price is the order's.
    if clause.amount not in (None, Amount.REFUNDABLE) or any(
        name.startswith("order.") for name in reads
    ):
        found.add(Scope.ORDER)
    if clause.amount is Amount.REFUNDABLE or any(name.startswith(_BALANCE) for name in reads):
        found.add(Scope.BALANCE)
    return found


def _rule(place: int, clause: Clause) -> Rule:
    if clause.when is None:
        raise ConditionError(f"{clause.id}: nothing to test")
    reads = clause.when.reads
    scope = next(iter(scopes(clause)), Scope.ANY)
    by_logs = all(BY_NAME[name].source in (*RECORDED, Source.PORTAL) for name in reads)
    return Rule(
        place,
        clause,
        clause.when.holds,
        scope,
        at_any_time=_MOVING.isdisjoint(reads),
        proved_by_logs=by_logs and (clause.finding is None or clause.person_when is not None),
        pays=clause.amount or Amount.FULL,
        goes_to=None if clause.destination is Destination.ASKED else clause.destination,
    )


def _person_looks(place: int, clause: Clause, calendar: Calendar) -> Rule:
    looked_at = replace(
        clause,
        effect=Effect.APPROVE,
        when=condition("claim.reason = other", calendar),
        finding=condition("findings.claim_verified", calendar),
        amount=Amount.FULL,
        destination=Destination.BALANCE,
        deadlines={},
    )
    return _rule(place, looked_at)


def _beaten(rule: Rule, approving: tuple[Rule, ...]) -> Rule:
    clause = rule.clause
    if (
        clause.effect is not Effect.DENY
        or clause.kind is ClauseKind.OVERRIDING
        or clause.when is None
    ):
        return rule
    only_reason = clause.when.reads == ("claim.reason",)
    return replace(
        rule,
        beaten_by=tuple(
            other.place
            for other in approving
            if other.clause.id in clause.yields_to or (only_reason and other.proved_by_logs)
        ),
    )
