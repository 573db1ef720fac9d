"""By when a person should decide a claim, from its policy and its facts."""

from datetime import datetime

from portal.claims.clocks.promises import QUARTER, warning_at
from portal.claims.lifecycle import Clock
from portal.claims.models import Claim
from portal.policy.deciding.decision import Decision
from portal.policy.deciding.document import Policy, Version
from portal.policy.facts.table import INDEX


def set_clock(claim: Claim, decision: Decision, policy: Policy, version: Version) -> None:
    """By when a person should decide, and who says so: the version, its citing clauses, or nobody.

    Then the shop has a target of its own. The version's own clock counts whatever the verdict is: it waits for a person all the same.
    """
    stated: dict[str, datetime] = {}
    clauses = [version.clause(name).deadlines.items() for name in decision.clauses]
    instants = [(name, each) for name, _, each in version.program.deadlines["review_"]]
    for name, instant in [*instants, *(each for items in clauses for each in items)]:
        if isinstance(at := instant.at(decision.facts), datetime):
            stated[name] = at
    began = decision.facts[INDEX["clock.review_from"]]
    if claim.anew_since:  # what the policy states was kept the first time
        stated, began = {}, max(began, claim.anew_since)
    due = stated.get("rectify_by") or stated.get("review_due")
    claim.review_target_at = stated.get("review_target")
    claim.review_due_at = due or began + policy.shop.review_time
    claim.review_warn_at = warning_at(began, due) if due else None
    claim.clock = Clock.STATED if due else Clock.OWN
    if "rectify_by" in stated and (clock := version.rectify_clock):
        claim.review_warn_at = stated["rectify_by"] - clock.length / QUARTER
        asked, given = (
            decision.facts[INDEX[name]] for name in (clock.paused_from, clock.paused_until)
        )
        if asked is not None and given is None:
            claim.clock = Clock.PAUSED
