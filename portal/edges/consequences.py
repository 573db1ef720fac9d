"""The edges of what clauses do: precedence, asked information, sums, reasons, deadlines, clocks."""

from collections.abc import Iterator
from itertools import combinations, count, islice
from typing import Any

from portal.edges import changes
from portal.edges.changes import DAY
from portal.edges.reaching import Goal, Reaching
from portal.money import Money
from portal.policy.deciding.case import CaseFile
from portal.policy.deciding.decision import as_plain
from portal.policy.facts.table import BY_NAME, REASONS, RECORDED, UNKNOWN, Type
from portal.policy.file.examples import put
from portal.policy.language.clause import Amount, Clause, Effect
from portal.policy.language.tree import settled
from portal.policy.language.verdict import Outcome

_TRIES, _BASES = 3, 5  # of each base, and how many
# Days on which days, working days and calendar months are not the same length.
_DATES = (
    ("on a Friday", "%a", "Fri"),
    ("on a Saturday", "%a", "Sat"),
    ("on 31 January", "%m-%d", "01-31"),
)
_WEIGHED = (Effect.DENY, Effect.APPROVE)
_PAYOUT = {"method": "iban", "complete": True}


class Consequences:
    """Claims that show what the clauses of a version do, each with its name."""

    def __init__(self, reaching: Reaching) -> None:
        self.reaching, self.version = reaching, reaching.version
        self.nothing = Money(0, self.version.automatic_limit.currency).as_json()

    def all(self) -> Iterator[tuple[str, CaseFile]]:
        """Every such claim."""
        for clause in self.version.clauses:
            if clause.requires or clause.requires_for_payout:
                yield from self.asked(clause)
        yield from self.precedence()
        yield from self.unknowns()
        yield from self.sums()
        yield from self.reasons()
        yield from self.dates()
        yield from self.clocks()

    def asked(self, clause: Clause) -> Iterator[tuple[str, CaseFile]]:
        """Approved claims without each thing that a clause asks for, one by one."""
        goals = [(clause.when.tree, True)] if clause.when else []
        for other in self.approving():
            claim = next(self.reaching.all(goals, self.approved(other)), None)
            if claim is None:
                continue
            for name in (*clause.requires, *clause.requires_for_payout):
                blank = " " if BY_NAME[name].type is Type.TEXT else None
                yield f"{clause.id}: {name} is not given, {other.id}", put(claim, name, blank)
            size = clause.description_length
            if "claim.description" in clause.requires:
                for length in (size - 1, size):
                    text = ("A description. " * size)[:length]
                    yield f"{clause.id}: {length} characters", put(claim, "claim.description", text)

    def approving(self) -> list[Clause]:
        """The clauses that approve, the reversed ones among them."""
        return [clause for clause in self.weighed() if clause.effect is Effect.APPROVE]

    def precedence(self) -> Iterator[tuple[str, CaseFile]]:
        """Of each two clauses that can hold together, claims of which both do, or both may."""
        for one, other in combinations(self.weighed(), 2):
            if not any(_possible(one, code) and _possible(other, code) for code in REASONS):
                continue
            names = f"{one.id} and {other.id}"
            hold = [*_holds(one), *_holds(other)]
            claim = self.showing(one, other, [*hold, *self.unbeaten(one), *self.unbeaten(other)])
            claim = claim or self.showing(one, other, hold)
            if claim is not None:
                yield f"{names} both hold", claim
                yield f"{names} both hold, for nothing", put(claim, "order.price", self.nothing)
            claim = self.showing(
                one, other, [(each.when.tree, None) for each in (one, other) if each.when]
            )
            if claim is not None:
                yield f"{names} both may hold", claim

    def weighed(self) -> list[Clause]:
        """The clauses that are tested to deny or to approve, the reversed ones among them."""
        clauses = [each for clause in self.version.clauses for each in clause.sides]
        return [clause for clause in clauses if clause.when and clause.effect in _WEIGHED]

    def unbeaten(self, clause: Clause) -> list[Goal]:
        """What has to be so for no approving clause to beat ``clause``."""
        rules = self.version.program.rules
        beating = [
            rules[place].clause for r in rules if r.clause is clause for place in r.beaten_by
        ]
        return [(each.when.tree, False) for each in beating if each.when]

    def showing(self, one: Clause, other: Clause, goals: list[Goal]) -> CaseFile | None:
        """A claim that meets the goals, if it can be one of which the decision names both clauses."""
        first = None
        for base in self.reaching.citing(one.id, other.id)[:_BASES]:
            for claim in islice(self.reaching.all(goals, base), _TRIES):
                if {one.id, other.id} <= {*self.reaching.decided(claim).clauses}:
                    return claim
                first = first or claim
        return first

    def unknowns(self) -> Iterator[tuple[str, CaseFile]]:
        """Approved claims of which nobody knows two facts of another clause, one of them an exclusion's."""
        denying = {n for c in self.weighed() if c.effect is Effect.DENY for n in _hideable(c)}
        pairs = {
            pair
            for clause in self.approving()
            for pair in combinations(_hideable(clause), 2)
            if denying & {*pair}
        }
        for clause in self.approving():
            base = self.approved(clause)
            for one, other in sorted(pairs):
                name = f"{clause.id}: nobody knows {one} and {other}"
                yield name, put(put(base, one, None), other, None)

    def sums(self) -> Iterator[tuple[str, CaseFile]]:
        """Where money goes and how much: by each approving clause, around each limit."""
        limit = self.version.automatic_limit
        for clause in self.approving():
            base = self.approved(clause)
            for destination in ("balance", "payout"):
                claim = put(put(base, "claim.destination", destination), "claim.payout", _PAYOUT)
                yield f"{clause.id}: {destination} asked for", claim
            yield f"{clause.id}: a replacement asked for", put(base, "claim.remedy", "replacement")
            yield f"{clause.id}: no evidence", put(base, "claim.evidence", [])
            refundable = clause.amount is Amount.REFUNDABLE
            path = "claim.amount" if refundable else "order.price"
            for minor in (limit.minor - 1, limit.minor, limit.minor + 1):
                money = Money(minor, limit.currency)
                yield f"{clause.id}: {path} of {money}", put(base, path, money.as_json())
            if clause.amount is Amount.LESS_FEE:
                yield from self.fees(clause, base)

    def fees(self, clause: Clause, base: CaseFile) -> Iterator[tuple[str, CaseFile]]:
        """What the payment system kept: nothing, all but a minor unit, all of the price, unknown.

        And the limit, a minor unit below it and above it, as what is paid once the fee is off.
        """
        limit, path = self.version.automatic_limit, "order.processing_fee"
        for minor in (0, limit.minor - 1, limit.minor):
            fee = Money(minor, limit.currency)
            claim = put(put(base, "order.price", limit.as_json()), path, fee.as_json())
            yield f"{clause.id}: {fee} of {limit} kept", claim
        one = Money(1, limit.currency)
        for minor in (limit.minor, limit.minor + 1, limit.minor + 2):
            price = Money(minor, limit.currency)
            claim = put(put(base, "order.price", price.as_json()), path, one.as_json())
            yield f"{clause.id}: {price} less {one}", claim
        yield f"{clause.id}: nobody knows {path}", put(base, path, None)

    def approved(self, clause: Clause) -> CaseFile:
        """An approved example that the clause leads, or else the nearest thing to it."""
        goals = _holds(clause)
        claims = (
            c for base in self.reaching.citing(clause.id) for c in self.reaching.all(goals, base)
        )
        first = None
        for claim in islice(claims, len(self.reaching.bases)):
            said = self.reaching.decided(claim)
            if said.outcome is Outcome.APPROVE and said.clauses[0] == clause.id:
                return claim
            first = first or claim
        return first or self.reaching.bases[0][0]

    def reasons(self) -> Iterator[tuple[str, CaseFile]]:
        """Each reason of a few claims: what it points to where nothing holds."""
        for place, base in enumerate(self.plainest()):
            for reason in REASONS:
                yield f"{reason} as the reason ({place})", put(base, "claim.reason", reason)
            for name in ("account", "order"):
                yield f"nothing known of the {name} ({place})", put(base, name, None)

    def plainest(self) -> list[CaseFile]:
        """One example for each outcome, and one that is too early."""
        first: dict[Any, CaseFile] = {}
        for given, expect in self.reaching.bases:
            first.setdefault((expect["outcome"], "claimable_from" in expect), given)
        return list(first.values())

    def dates(self) -> Iterator[tuple[str, CaseFile]]:
        """For each deadline, claims sent when days, working days and months differ; and later ones."""
        seen = set()
        for given, _ in self.reaching.bases:
            said = self.reaching.decided(given)
            limits = [*said.deadlines, *(["claimable_from"] if said.claimable_from else [])]
            for name in limits:
                if (name, said.outcome, said.clauses) in seen:
                    continue
                seen.add((name, said.outcome, said.clauses))
                for label, form, day in _DATES:
                    yield f"{name}: {said.outcome} {label}", _sent(given, form, day)
                sent = changes.submitted(given)
                yield f"{name}: decided later", put(given, "now", as_plain(sent + 3 * DAY))
                told = put(given, "findings.information_requested_at", as_plain(sent + DAY))
                yield f"{name}: details asked for", told
                told = put(told, "findings.information_given_at", as_plain(sent + 2 * DAY))
                yield f"{name}: details given", put(told, "now", as_plain(sent + 3 * DAY))

    def clocks(self) -> Iterator[tuple[str, CaseFile]]:
        """Claims for which a clock stood still: for a day, and until now."""
        clock = self.version.rectify_clock
        if clock is None:
            return
        for clause in self.version.clauses:
            if any("clock.rectify_by" in each.reads for each in clause.deadlines.values()):
                base = self.reaching.citing(clause.id)[0]
                begin = changes.submitted(base) + DAY
                held = put(base, clock.paused_from, as_plain(begin))
                held = put(held, "now", as_plain(begin + 3 * DAY))
                yield f"{clause.id}: the clock stands still", held
                again = put(held, clock.paused_until, as_plain(begin + DAY))
                yield f"{clause.id}: the clock stood still for a day", again


def _hideable(clause: Clause) -> list[str]:
    """The facts of its condition that may be unknown."""
    names = clause.when.reads if clause.when else ()
    facts = [BY_NAME[name] for name in names]
    return [
        fact.name
        for fact in facts
        if fact.source in RECORDED and fact.default is UNKNOWN and not fact.stands_on
    ]


def _possible(clause: Clause, reason: str) -> bool:
    return (
        clause.when is not None and settled(clause.when.tree, "claim.reason", reason) is not False
    )


def _holds(clause: Clause) -> list[Goal]:
    """What makes a clause hold: its condition and, where a person is needed, the finding."""
    return [(test.tree, True) for test in (clause.when, clause.finding) if test]


def _sent(claim: CaseFile, form: str, day: str) -> CaseFile:
    """``claim``, every time moved alike, sent on the next day that reads so."""
    sent, days = changes.submitted(claim), count(1)
    return changes.moved(
        claim, next(d * DAY for d in days if (sent + d * DAY).strftime(form) == day)
    )
