"""A version's terms in one, to be held against what the engine says of a case."""

import z3

from portal.policy.deciding.weighing import Weighing
from portal.proof.model.facts import World
from portal.proof.model.plausible import whole_logs
from portal.proof.model.steps import OutcomeTerms
from tests.proof.substitution import values


class Terms:
    """Every term of a version in one, so that a case is substituted once."""

    def __init__(self, policy):
        self.policy, self.version = policy, policy.current
        self.world = World(self.version)
        self.verdicts = v = OutcomeTerms(self.world)
        self.outcomes = {
            "deny": v.deny,
            "needs_information": v.ask,
            "approve": v.approve,
            "review": v.review,
            "open": v.open,
        }
        terms = [term for held in v.held for term in (held.yes, held.no)]
        terms += [*self.outcomes.values(), *v.carries.values()]
        terms += [z3.And(whole_logs(self.world)), z3.And(self.world.possible)]
        sorts = [z3.BoolSort()] * (len(terms) + 1)
        self.all = z3.Function("all", *sorts)(*terms)

    def say(self, case):
        """The outcome, the ids of the carrying clauses, whether the logs are whole, and if it is possible."""
        weighed = Weighing(case, self.policy, self.version)
        given = values(self.world, weighed.facts, case.absent)
        said = z3.simplify(z3.substitute(self.all, *given)).children()
        assert all(z3.is_true(each) or z3.is_false(each) for each in said)
        said = [z3.is_true(each) for each in said]
        rules = self.version.program.rules
        held = [
            True if yes else False if no else None
            for yes, no in zip(
                said[: 2 * len(rules) : 2], said[1 : 2 * len(rules) : 2], strict=True
            )
        ]
        rest = said[2 * len(rules) :]
        outcomes = [name for name, holds in zip(self.outcomes, rest, strict=False) if holds]
        carried = zip(self.verdicts.carries, rest[len(self.outcomes) : -2], strict=True)
        ids = {rules[place].clause.id for place, holds in carried if holds}
        assert held == list(weighed.held), case
        assert len(outcomes) == 1, case
        return outcomes[0], ids, *rest[-2:]
