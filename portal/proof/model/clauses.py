"""What each clause says to any case, before the steps are taken (portal/policy/deciding/weighing.py), as z3 terms."""

from dataclasses import dataclass
from typing import Any

import z3

from portal.policy.deciding.plan import Asking
from portal.policy.facts.table import BY_NAME, Type
from portal.policy.language.clause import Destination, Effect
from portal.policy.language.rule import Rule, Scope
from portal.proof.model.facts import World
from portal.proof.model.terms import FALSE, NEVER, TRUE, HeldTerms, some


@dataclass(frozen=True, slots=True)
class StandingTerms:
    """When an approving clause stands so (portal/policy/deciding/weighing.py)."""

    yes: Any
    person: Any
    open: Any
    refuted: Any


class ClauseTerms:
    """Every clause of a version before any case of ``world``.

    ``held`` and ``standings`` are by the rule's place.
    """

    def __init__(self, world: World) -> None:
        self.world, self.version = world, world.version
        rules = self.version.program.rules
        self.held = [self._held(rule) for rule in rules]
        self.denying = [r for r in rules if r.clause.effect is Effect.DENY]
        self.approving = [r for r in rules if r.clause.effect is Effect.APPROVE]
        self.methods = [r for r in rules if r.clause.effect is Effect.REVIEW]
        self.standings = {rule.place: self._standing(rule) for rule in self.approving}
        self._speak_last()

    def _held(self, rule: Rule) -> HeldTerms:
        if rule.clause.when is None:
            return NEVER
        held = self.world.terms.holds(rule.clause.when.tree)
        if rule.scope is Scope.ANY:
            return held
        looked_at = self.looks_at(rule.scope)
        return HeldTerms(z3.And(looked_at, held.yes), z3.Or(z3.Not(looked_at), held.no))

    def looks_at(self, scope: Scope) -> Any:
        """When a clause of that scope is tested: the claim is about those records, or says nothing."""
        if scope is Scope.ANY:
            return TRUE
        if scope is Scope.ORDER:
            return z3.Not(self.world.balance_reason)
        unsaid = z3.Not(self.world.facts["claim.reason"].known)
        return z3.Or(unsaid, self.world.balance_reason)

    def excludes(self, rule: Rule) -> HeldTerms:
        """When a denying clause holds and nothing that beats it does."""
        held = self.held[rule.place]
        beating = [self._beats(self.version.program.rules[place]) for place in rule.beaten_by]
        return HeldTerms(
            z3.And(held.yes, *(each.no for each in beating)),
            z3.Or(held.no, *(each.yes for each in beating)),
        )

    def _beats(self, rule: Rule) -> HeldTerms:
        """When an approving clause holds and comes to something."""
        held, nothing = self.held[rule.place], self._worthless(rule)
        return HeldTerms(
            z3.And(held.yes, z3.Not(nothing)), z3.Or(held.no, z3.And(held.yes, nothing))
        )

    def _worthless(self, rule: Rule) -> Any:
        """When an approving clause comes to nothing; a replacement never does."""
        worth = self.world.worth[rule.pays]
        return z3.And(worth.known, worth.value == 0, z3.Not(self.replaces(rule)))

    def replaces(self, rule: Rule) -> Any:
        """When an approving clause gives the replacement that the customer chose."""
        if not rule.clause.remedy_asked:
            return FALSE
        chosen = BY_NAME["claim.remedy"].values.index("replacement")
        return self.world.facts["claim.remedy"].value == chosen

    def _speak_last(self) -> None:
        """Of `other`, the clause under which a person looks speaks where none else does."""
        other = z3.And(self.world.facts["claim.reason"].known, self.world.is_reason("other"))
        for rule in self.approving:
            if rule.clause.id != self.version.fallback:
                continue
            others = [s for place, s in self.standings.items() if place != rule.place]
            spoken = z3.Or([z3.Or(each.yes, each.person, each.refuted) for each in others])
            waits = z3.Or([each.open for each in others])
            stands = self.standings[rule.place]
            quiet = z3.Not(z3.And(other, spoken))
            pending = z3.And(other, waits, stands.yes)
            self.standings[rule.place] = StandingTerms(
                z3.And(quiet, stands.yes, z3.Not(pending)),
                z3.And(quiet, stands.person),
                z3.And(quiet, z3.Or(stands.open, pending)),
                z3.And(quiet, stands.refuted),
            )

    def _standing(self, rule: Rule) -> StandingTerms:
        clause, held = rule.clause, self.held[rule.place]
        stands = z3.And(held.yes, z3.Not(self._worthless(rule)))
        if clause.finding is None:
            return StandingTerms(stands, FALSE, held.open, FALSE)
        needed = HeldTerms(TRUE, FALSE)
        if clause.person_when is not None:
            needed = self.world.terms.holds(clause.person_when.tree)
        found = self.world.terms.holds(clause.finding.tree)
        return StandingTerms(
            z3.And(stands, z3.Or(needed.no, z3.And(needed.yes, found.yes))),
            z3.And(stands, needed.yes, found.open),
            z3.Or(held.open, z3.And(stands, needed.open)),
            z3.And(stands, needed.yes, found.no),
        )

    def any_stands(self, name: str) -> Any:
        """When some approving clause stands so: ``yes``, ``person``, ``open`` or ``refuted``."""
        return z3.Or([getattr(each, name) for each in self.standings.values()])

    def may_pay(self, rule: Rule) -> Any:
        """When an approving clause is a candidate: proved, or waiting for a person or a fact."""
        stands = self.standings[rule.place]
        return z3.Or(stands.yes, stands.person, stands.open)

    def goes_as_asked(self, rule: Rule) -> Any:
        """When an approving clause sends the money where the customer asked for it."""
        if rule.goes_to is None:
            return TRUE
        return (
            self.asked_payout if rule.goes_to is Destination.PAYOUT else z3.Not(self.asked_payout)
        )

    def goes_out(self, rule: Rule) -> Any:
        """When an approving clause pays out."""
        if rule.goes_to is None:
            return self.asked_payout
        return TRUE if rule.goes_to is Destination.PAYOUT else FALSE

    @property
    def asked_payout(self) -> Any:
        """The customer asks for the money itself."""
        wanted = BY_NAME["claim.destination"].values.index("payout")
        return self.world.facts["claim.destination"].value == wanted

    def missing(self, asking: Asking, payout: Any) -> Any:
        """When the customer has not supplied all that a clause requires; some of it for a ``payout``."""
        always, paid_out = (
            some(self._lacks(name, length) for name, _place, length in wanted)
            for wanted in (asking.always, asking.payout)
        )
        return z3.Or(always, z3.And(payout, paid_out))

    def _lacks(self, name: str, length: int) -> Any:
        value = self.world.facts[name]
        if BY_NAME[name].type is Type.TEXT:
            return z3.Or(z3.Not(value.known), value.value < length)
        if BY_NAME[name].type is Type.COUNT:
            return z3.Or(z3.Not(value.known), value.value == 0)
        if BY_NAME[name].type is Type.BOOL:
            return z3.Or(z3.Not(value.known), z3.Not(value.value))
        return z3.Not(value.known)

    def goes_on(self, rule: Rule) -> Any:
        """When the finding about a way of paying lets the money go."""
        if rule.clause.finding is None:
            return FALSE
        found = self.world.terms.holds(rule.clause.finding.tree)
        return z3.Not(found.open) if rule.clause.refused == "balance" else found.yes

    def is_about(self, method: Rule, rule: Rule) -> Any:
        """When a clause about a way of paying is about where an approving clause sends the money."""
        out = self.goes_out(rule)
        return out if method.clause.on is Destination.PAYOUT else z3.Not(out)
