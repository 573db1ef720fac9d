"""Which clause states a clock of a claim."""

from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.policy.deciding.document import Policy
from portal.policy.language.clause import Clause, Effect

_REVIEW = ("rectify_by", "review_due")
_PAYMENT = ("payout_due", "payout_limit")


def clause_stating(claim: Claim, policy: Policy) -> Clause | None:
    """The clause by which ``due_at`` of a claim that waits for the shop was found; None where none states it."""
    pays = claim.status is Status.APPROVED
    found = (clause_of(name, claim, policy) for name in (_PAYMENT if pays else _REVIEW))
    return next((clause for clause in found if clause), None)


def closes_unanswered(claim: Claim, policy: Policy) -> bool:
    """Whether a clause ends the claim where nothing comes by ``information_due`` (SS-N4); else it waits on."""
    clause = clause_of("information_due", claim, policy)
    return clause is not None and clause.effect is Effect.DENY


def clause_of(name: str, claim: Claim, policy: Policy) -> Clause | None:
    """The clause of the claim's version that states the deadline of this name (docs/case-and-decision.md).

    An approving clause states only what follows from itself, one about a destination what goes there.
    A later clause of the same name stands over an earlier one. What a person pays otherwise than the
    policy is due by none.
    """
    version = policy.dated(claim.policy_version) or policy.current
    said = claim.decision.document if claim.decision else {"clauses": (), "deadlines": ()}
    if name in _PAYMENT and name not in said["deadlines"]:
        return None
    cited = said["clauses"]
    goes = claim.payout.destination if claim.payout else None
    stating = (
        clause
        for clause in reversed(version.clauses)
        if name in clause.deadlines
        and (clause.effect is not Effect.APPROVE or clause.id in cited)
        and (goes is None or clause.on is None or clause.on == goes)
    )
    return next(stating, None)
