"""The seven steps (portal/policy/deciding/engine.py) over columns, for claims of one reason.

Each step is taken for the claims that none before it has decided. Where unknown facts may still
decide, what they may be has to be tried: such claims are marked and left to singly.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from portal.columns.layout import UNKNOWN_CODE
from portal.policy.facts.table import BALANCE_REASONS, BY_NAME, UNKNOWN, Source
from portal.policy.language.clause import Amount, Destination, Effect
from portal.policy.language.verdict import Outcome
from portal.replay.amounts import facts_of
from portal.replay.facts import FALSE, OPEN, TRUE
from portal.replay.verdicts import DESTINATIONS, NONE, UNDECIDED, Verdicts
from portal.replay.weighed import HANGS, NO, NUMBER, PERSON, REFUTED, YES, Weighed

if TYPE_CHECKING:
    from typing import Any

    from portal.policy.deciding.document import Version
    from portal.policy.language.clause import Clause
    from portal.policy.language.rule import Rule
    from portal.replay.conditions import Columns
    from portal.replay.facts import Facts, Truths

_TO_BALANCE, _TO_PAYOUT = (
    DESTINATIONS.index(each) for each in (Destination.BALANCE, Destination.PAYOUT)
)
_SHARES = (Amount.BY_TIME, Amount.BY_DAYS)


def steps(columns: Columns, version: Version, reason: object, supplied: Facts) -> Verdicts:
    """What ``version`` says to each claim, all of them of ``reason``.

    ``supplied`` are the facts as given where the columns only suppose some.
    """
    taken = _Steps(columns, version, reason, supplied)
    taken.take()
    return taken.verdicts


class _Steps(Weighed):
    def take(self) -> None:
        """The steps in their order; the last one always decides."""
        self.exclude(self.plan.overriding)
        if self.reason is UNKNOWN:
            asking = [each.clause for each in self.plan.asking]
            self.decide(self.todo, Outcome.NEEDS_INFORMATION, asking[0] if asking else None)
            self.verdicts.hanging[:] = self.verdicts.outcome != NUMBER[Outcome.DENY]
            return
        self.exclude(self.plan.denying)
        self.standings = [
            (rule, np.where(self.todo, self.standing(rule), NO)) for rule in self.plan.approving
        ]
        self.speak_last()
        self.already_refunded()
        self.incomplete()
        self.replaced()
        self.approved()
        self.waiting()
        self.not_eligible()
        self.ask()
        self.hang()
        self.verdicts.alone[:] = self.verdicts.hanging & self.requirable()
        self.one_by_one()

    def one_by_one(self) -> None:
        """What the columns do not reckon: lists with open flags, parts of a minor unit, a part returned."""
        singly = self.facts.column("order.refunded") != UNKNOWN_CODE
        if self.columns.balance is not None:
            singly = singly | self.columns.balance.singly
        if any(rule.pays in _SHARES for rule, _ in self.standings):
            # A share of a price with a part of a minor unit is reckoned exactly.
            singly = singly | (self.facts.column("order.price.rest") != 0)
        self.verdicts.hanging[singly] = self.verdicts.alone[singly] = True

    def already_refunded(self) -> None:
        if self.reason in BALANCE_REASONS:
            return
        refunded = self.facts.span("order.refunded_at").state == TRUE
        if not refunded.any():
            return
        for standing in (YES, PERSON, HANGS):
            self.decide_by_standing(standing, refunded, Outcome.DENY)

    def incomplete(self) -> None:
        """Where something required is missing that could still lead to an approval, and by what clause."""
        self.asking = self.all(value=False)
        self.asked_by = np.full(self.facts.count, NONE, np.int16)
        settled_ones = self.any(YES)
        candidates = self.todo & (settled_ones | self.any(PERSON, HANGS))
        payout = self.all(value=False)
        for rule, stands in self.standings:
            payout |= self.to_payout(rule) & (stands >= HANGS)
        after = {
            method.clause.id: self.asked_after(method.clause) & (self.held(method.place) != FALSE)
            for method in self.plan.methods
        }
        for method in self.plan.methods:
            if method.clause.confirmed == "payout":
                payout |= after[method.clause.id]
        nothing_shown = candidates & ~settled_ones & (self.facts.column("claim.evidence") == 0)
        for standing in (PERSON, HANGS):
            for rule, stands in self.standings:
                if rule.clause.evidence:
                    self.asks(nothing_shown & (stands == standing), rule.clause)
        for each in self.plan.asking:
            asked = (
                candidates if each.place is None else candidates & (self.held(each.place) != FALSE)
            )
            if each.clause.only_unsettled:
                asked = asked & ~settled_ones
            if each.clause.effect is Effect.REVIEW:
                asked = asked & after[each.clause.id]
            self.asks(asked & self.missing(each, payout), each.clause)

    def asks(self, which: Truths, clause: Clause) -> None:
        """Note where a clause asks first."""
        self.asked_by[which & ~self.asking] = self.place(clause)
        self.asking |= which

    def ask(self) -> None:
        """Step 4 comes before what a person or the logs would decide, unless that is a refusal."""
        verdicts = self.verdicts
        asked = self.asking & (verdicts.outcome != NUMBER[Outcome.DENY])
        verdicts.outcome[asked] = NUMBER[Outcome.NEEDS_INFORMATION]
        verdicts.lead[asked] = self.asked_by[asked]
        verdicts.destination[asked] = verdicts.currency[asked] = 0
        verdicts.minor[asked] = NONE
        verdicts.replaced[asked] = False

    def replaced(self) -> None:
        """The replacement that the customer chose, whatever else would return the price."""
        for rule, stands in self.standings:
            which = self.todo & (stands == YES) & self.replaces(rule)
            if which.any():
                names = [*self.open_exclusions]
                names += [] if self.reason in BALANCE_REASONS else self.refund_unknown
                self.unsettled(which, rule.clause, names)
                which &= self.todo
                self.verdicts.replaced[which] = True
                goes = np.where(self.to_payout(rule), _TO_PAYOUT, _TO_BALANCE)
                self.verdicts.destination[which] = goes[which]
                self.decide(which, Outcome.APPROVE, rule.clause)

    def approved(self) -> None:
        """The best amount, the destination asked for first; each claim's by the first such clause."""
        some = self.all(value=False)
        best = np.zeros(self.facts.count, np.int16)
        minor = np.zeros(self.facts.count, np.int64)
        currency = np.zeros(self.facts.count, np.int32)
        payout, unvalued = self.all(value=False), self.all(value=False)
        for place, (rule, stands) in enumerate(self.standings):
            amount, to_payout = self.amount(rule), self.to_payout(rule)
            yes = self.todo & (stands == YES)
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
            yes = stands == YES
            names += [(name, each & yes) for name, each in facts_of(rule.pays, self.columns)]
        lead = self.all(value=True)
        for rule, stands in self.standings:
            first = which & lead & (stands == YES)
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
            rival = which & better & (stands == HANGS)
            names += [(name, each & rival) for name, each in self.open_rule(rule)]
            if best.pays is not Amount.REFUNDABLE and unvalued.any():
                worth = which & unvalued & below & (stands == YES) & ~self.amount(rule).known
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
        verdicts.minor[which] = minor[which]
        verdicts.currency[which] = currency[which]
        self.decide(which, Outcome.APPROVE, rule.clause)

    def waiting(self) -> None:
        """A person's finding, or an unknown fact, is awaited."""
        waits = self.todo & self.any(PERSON, HANGS)
        if not waits.any():
            return
        names = [*self.open_exclusions]
        balance, payout = self.all(value=False), self.all(value=False)
        for rule, stands in self.standings:
            person, hangs = stands == PERSON, stands == HANGS
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
        for standing in (PERSON, HANGS):
            for rule, stands in self.standings:
                self.unsettled(waits & (stands == standing), rule.clause, names, always=True)

    def not_eligible(self) -> None:
        """Step 7: a finding refuted it, or nothing returns the price."""
        default = self.version.default
        for rule, stands in self.standings:
            self.decide(stands == REFUTED, Outcome.DENY, default or rule.clause)
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
        waits = np.isin(self.verdicts.outcome, UNDECIDED)
        if not waits.any():
            return
        names = [*self.open_exclusions]
        for rule, stands in self.standings:
            names += [(name, each & (stands == HANGS)) for name, each in self.open_rule(rule)]
            if not self.amount(rule).known.all():
                unknown = ~self.amount(rule).known & (stands >= PERSON)
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
