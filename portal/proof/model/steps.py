"""The seven steps of a decision as z3 terms: the outcome, and which clauses carry it.

They follow portal/policy/deciding/steps.py step by step. Where an unknown fact that a clause's own
condition reads would decide, the outcome is ``open``: whom to ask is not a question of logic.
"""

from typing import Any

import z3

from portal.policy.language.clause import Amount, Clause, ClauseKind, Destination, Effect
from portal.policy.language.rule import Rule
from portal.proof.model.clauses import ClauseTerms, StandingTerms
from portal.proof.model.facts import World
from portal.proof.model.terms import FALSE, NEVER, some


class OutcomeTerms(ClauseTerms):
    """What a version says to any case of ``world``.

    ``deny``, ``ask``, ``approve``, ``review`` and ``open`` are the outcomes, of which one holds in
    every case; ``carries`` says of each clause, by its place, when it carries the outcome;
    ``by_default`` is when nothing else did.
    """

    deny: Any
    ask: Any
    approve: Any
    review: Any
    open: Any
    refuted: Any
    by_default: Any
    carries: dict[int, Any]

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._steps()

    def _steps(self) -> None:
        overriding = [r for r in self.denying if r.clause.kind is ClauseKind.OVERRIDING]
        excluding = [r for r in self.denying if r.clause.kind is not ClauseKind.OVERRIDING]
        reason = self.world.facts["claim.reason"].known
        excludes = {rule.place: self.excludes(rule) for rule in excluding}
        overrules = {rule.place: self.held[rule.place] for rule in overriding}
        overruled = some(held.yes for held in overrules.values())
        excluded = some(held.yes for held in excludes.values())
        undecided = some(held.open for held in (*overrules.values(), *excludes.values()))
        left = z3.And(z3.Not(overruled), reason)
        self.carries = {place: held.yes for place, held in overrules.items()}
        self.carries |= {place: z3.And(left, held.yes) for place, held in excludes.items()}
        left_over = z3.And(left, z3.Not(excluded))
        refunded, left_over = self._refunded(left_over)
        asking = self._incomplete(left_over)
        left_over, replaced = self._replaced(left_over, undecided)
        self._valued(left_over, undecided)
        self._waiting(undecided)
        # What a person would decide, or the logs, waits for what is asked, unless it is a refusal.
        asked = z3.And(asking, z3.Not(z3.Or(self._refused, self.refuted, self.by_default)))
        for place, carries in self.carries.items():
            self.carries[place] = z3.And(carries, z3.Not(asked))
        for place, wants in self._wanting.items():
            self._carries_too(place, z3.And(asked, wants))
        self.approve = z3.And(z3.Or(self.approve, replaced), z3.Not(asked))
        self.review = z3.And(self.review, z3.Not(asked))
        self.open = z3.And(z3.Or(self.open, self._unsure_replacement), z3.Not(asked))
        self.deny = z3.Or(overruled, z3.And(left, excluded), refunded, self._refused, self.refuted)
        self.deny = z3.Or(self.deny, self.by_default)
        self.ask = z3.Or(z3.And(z3.Not(overruled), z3.Not(reason)), asked, self._another_way)

    def sets(self, clause: Clause, name: str) -> Any:
        """When the outcome is one for which ``clause`` sets the deadline ``name``."""
        if name.startswith("information_"):
            return self.ask
        outcome = self.approve if name.startswith("payout_") else self.review
        if clause.on is not None:
            out = self.paid_out if clause.on is Destination.PAYOUT else z3.Not(self.paid_out)
            outcome = z3.And(outcome, out)
        if clause.effect is not Effect.APPROVE:
            return outcome
        places = [rule.place for rule in self.approving if rule.clause is clause]
        return z3.And(outcome, some(self.carries[place] for place in places))

    def _carries_too(self, place: int, *terms: Any) -> None:
        """The clause carries the outcome where it did, and where one of ``terms`` holds."""
        self.carries[place] = z3.Or(self.carries.get(place, FALSE), *terms)

    def _refunded(self, left: Any) -> tuple[Any, Any]:
        """Step 3: what went back leaves nothing to pay, by any clause that may still approve."""
        about_order = z3.And(left, z3.Not(self.world.balance_reason))
        spent = {rule.place: self._spent(rule) for rule in self.approving}
        others = some(
            z3.And(self.may_pay(rule), z3.Not(spent[rule.place])) for rule in self.approving
        )
        returned = z3.And(about_order, z3.Or(self.world.returned, z3.Not(others)))
        yes, person = self.any_stands("yes"), self.any_stands("person")
        steps = {
            "yes": z3.And(returned, yes),
            "person": z3.And(returned, z3.Not(yes), person),
            "open": z3.And(returned, z3.Not(yes), z3.Not(person), self.any_stands("open")),
        }
        for rule in self.approving:
            standing = self.standings[rule.place]
            self.carries[rule.place] = some(
                z3.And(step, getattr(standing, name)) for name, step in steps.items()
            )
            if rule.pays is Amount.LESS_FEE:
                still = z3.Not(spent[rule.place])
                self.standings[rule.place] = StandingTerms(
                    z3.And(still, standing.yes),
                    z3.And(still, standing.person),
                    z3.And(still, standing.open),
                    standing.refuted,
                )
        denied = some(steps.values())
        return denied, z3.And(left, z3.Not(denied))

    def _spent(self, rule: Rule) -> Any:
        """When what went back leaves nothing by a clause, though something of the price is left."""
        if rule.pays is not Amount.LESS_FEE:
            return FALSE
        worth, left = self.world.worth[rule.pays], self.world.amounts[rule.pays]
        return z3.And(left.known, left.value == 0, worth.value > 0)

    def _replaced(self, left: Any, undecided: Any) -> tuple[Any, Any]:
        """The replacement that the customer chose; and what is left without one."""
        chosen = {
            rule.place: z3.And(left, self.standings[rule.place].yes, self.replaces(rule))
            for rule in self.approving
            if rule.clause.remedy_asked
        }
        replaced = some(chosen.values())
        told = z3.Or(self.world.facts["order.refunded_at"].known, self.world.balance_reason)
        sure = z3.And(told, z3.Not(undecided))
        self._unsure_replacement = z3.And(replaced, z3.Not(sure))
        for place, holds in chosen.items():
            self._carries_too(place, z3.And(holds, sure))
        return z3.And(left, z3.Not(replaced)), z3.And(replaced, sure)

    def _asked_after(self, method: Rule) -> Any:
        """When a clause about the way of paying lets a candidate be paid out, and so asks."""
        if method.clause.finding is None:
            return FALSE
        found = self.world.terms.holds(method.clause.finding.tree).yes
        goes = some(z3.And(self.is_about(method, r), self.may_pay(r)) for r in self.approving)
        return z3.And(found, z3.Not(self.held[method.place].no), goes)

    def _incomplete(self, left: Any) -> Any:
        """Step 4: when required information is missing that could still lead to an approval."""
        settled = self.any_stands("yes")
        candidates = z3.Or(settled, self.any_stands("person"), self.any_stands("open"))
        payout = some(z3.And(self.goes_out(rule), self.may_pay(rule)) for rule in self.approving)
        after = {rule.clause.id: self._asked_after(rule) for rule in self.methods}
        confirmed = [r.clause.id for r in self.methods if r.clause.confirmed == "payout"]
        payout = z3.Or(payout, *(after[name] for name in confirmed))
        evidence = self.world.facts["claim.evidence"].value
        self._wanting = {
            rule.place: z3.And(left, z3.Not(settled), evidence == 0, z3.Or(each.person, each.open))
            for rule in self.approving
            for each in (self.standings[rule.place],)
            if rule.clause.evidence
        }
        self.asks = []
        for asking in self.version.program.plans["other"].asking:
            missing = self.missing(asking, payout)
            applies = z3.And(left, candidates, missing)
            if asking.place is not None:
                applies = z3.And(applies, z3.Not(self.held[asking.place].no))
            if asking.clause.only_unsettled:
                applies = z3.And(applies, z3.Not(settled))
            if asking.clause.effect is Effect.REVIEW:
                applies = z3.And(applies, after[asking.clause.id])
            self.asks.append((asking.clause, applies))
        return some([*self._wanting.values(), *(applies for _clause, applies in self.asks)])

    def _valued(self, left: Any, undecided: Any) -> None:
        """Step 5: of the clauses that the logs prove, what pays where asked, and the most, carries."""
        amounts = self.world.amounts
        proved = {
            rule.place: z3.And(self.standings[rule.place].yes, amounts[rule.pays].known)
            for rule in self.approving
        }
        best: dict[int, Any] = {}
        for rule in self.approving:
            outdone = some(
                z3.And(proved[other.place], self._better(other, rule))
                for other in self.approving
                if other.pays is not rule.pays or other.goes_to is not rule.goes_to
            )
            best[rule.place] = z3.And(proved[rule.place], z3.Not(outdone))
        held = self.any_stands("yes")
        known = some(proved.values())
        rivalled = some(
            z3.And(best[rule.place], self._could_better(other, rule))
            for rule in self.approving
            for other in self.approving
        )
        unvalued = some(
            z3.And(self.standings[rule.place].yes, z3.Not(amounts[rule.pays].known))
            for rule in self.approving
        )
        short = some(
            z3.And(best[rule.place], z3.Not(self._pays_the_rest(rule)))
            for rule in self.approving
            if rule.pays is not Amount.REFUNDABLE
        )
        refunded = self.world.facts["order.refunded_at"].known
        unsure = z3.Or(
            z3.Not(known),
            undecided,
            rivalled,
            z3.And(unvalued, short),
            z3.Not(z3.Or(refunded, self.world.balance_reason)),
        )
        self._unsure = z3.And(left, held, unsure)
        self._settle(z3.And(left, held, z3.Not(unsure)), best)
        self._nobody_yet = z3.And(left, z3.Not(held))

    def _better(self, one: Rule, other: Rule) -> Any:
        amounts = self.world.amounts
        one_asked, other_asked = self.goes_as_asked(one), self.goes_as_asked(other)
        return z3.Or(
            z3.And(one_asked, z3.Not(other_asked)),
            z3.And(one_asked == other_asked, amounts[one.pays].value > amounts[other.pays].value),
        )

    def _pays_the_rest(self, rule: Rule) -> Any:
        """When a clause pays all that the order may still pay."""
        price, amount = self.world.amounts[Amount.FULL], self.world.amounts[rule.pays]
        return z3.And(price.known, amount.value == price.value)

    def _could_better(self, rule: Rule, best: Rule) -> Any:
        """An open clause would pay where the customer asked, or another amount."""
        elsewhere = z3.And(self.goes_out(rule) != self.goes_out(best), self.goes_as_asked(rule))
        other = FALSE if rule.pays is best.pays else z3.Not(self._pays_the_rest(best))
        return z3.And(self.standings[rule.place].open, z3.Or(elsewhere, other))

    def _settle(self, left: Any, best: dict[int, Any]) -> None:
        """Approve, unless a clause about the way of paying needs a person first."""
        goes_out = some(z3.And(best[rule.place], self.goes_out(rule)) for rule in self.approving)
        self.paid_out = goes_out
        open_, review, refused, another = [self._unsure], [], [], []
        self.best = best
        for rule in self.methods:
            clause, held = rule.clause, self.held[rule.place]
            if clause.finding is None:
                continue
            found = self.world.terms.holds(clause.finding.tree)
            on = goes_out if clause.on is Destination.PAYOUT else z3.Not(goes_out)
            reached = z3.And(left, on, z3.Not(held.no))
            looked_at = z3.And(reached, held.yes)
            open_.append(z3.And(reached, held.open))
            review.append(z3.And(looked_at, found.open))
            if clause.refused == "deny":
                refused.append(z3.And(looked_at, found.no))
            if clause.refused == "ask":
                another.append(z3.And(looked_at, found.no))
            out = z3.And(found.yes, z3.BoolVal(clause.confirmed == "payout"))
            self.paid_out = z3.If(looked_at, out, self.paid_out)
            # Confirmed or refused, the first clause that speaks has spoken.
            self.carries[rule.place] = looked_at
            left = z3.And(left, z3.Not(reached))
        self._methods_open, self._methods_review = z3.Or(open_), z3.Or(review)
        self._refused, self._another_way = z3.Or(refused), z3.Or(another)
        settled = [
            z3.And(self.carries[rule.place], self.goes_on(rule))
            for rule in self.methods
            if rule.clause.finding
        ]
        self.approve = z3.Or(left, *settled)
        for rule in self.approving:
            self._carries_too(rule.place, z3.And(best[rule.place], self.approve))

    def _waiting(self, undecided: Any) -> None:
        """Steps 5 to 7 where nothing is proved: a person, or nobody."""
        person, unknown = self.any_stands("person"), self.any_stands("open")
        waits = z3.And(self._nobody_yet, z3.Or(person, unknown))
        self.open = z3.Or(self._methods_open, z3.And(waits, z3.Or(unknown, undecided)))
        review = z3.And(waits, z3.Not(unknown), z3.Not(undecided))
        self.review = z3.Or(self._methods_review, review)
        nobody = z3.And(self._nobody_yet, z3.Not(person), z3.Not(unknown))
        refuted = self.any_stands("refuted")
        self.refuted = z3.And(nobody, refuted)
        self.by_default = z3.And(nobody, z3.Not(refuted))
        for rule in self.methods:
            found = (
                self.world.terms.holds(rule.clause.finding.tree) if rule.clause.finding else NEVER
            )
            likely = some(
                z3.And(self.standings[each.place].person, self.is_about(rule, each))
                for each in self.approving
            )
            waiting = z3.And(review, likely, self.held[rule.place].yes, found.open)
            self._carries_too(rule.place, waiting)
        for rule in self.approving:
            stands = self.standings[rule.place]
            waiting = z3.And(review, stands.person)
            self._carries_too(rule.place, waiting, z3.And(self.refuted, stands.refuted))
