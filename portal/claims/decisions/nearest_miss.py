"""What would have had a claim approved that its policy denies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.advice.nearest_miss import said_of
from portal.claims.decisions.grounds import GroundKind, policys_ground
from portal.policy.deciding.case import parse

if TYPE_CHECKING:
    from portal.claims.models import Claim
    from portal.policy.deciding.document import Policy


def nearest_miss(claim: Claim, policy: Policy) -> str | None:
    """The sentence that says it, where the policy itself denies the kept decision's case.

    None where a person overruled the policy, where the price went back already or a person did
    not confirm the claim, and where nothing reasonable would have changed it.
    """
    decision, ruling = claim.decision, claim.ruling
    if decision is None or decision.document["outcome"] != "deny":
        return None
    if ruling is not None and (ruling.approved or ruling.override_reason):
        return None
    if policys_ground(claim).kind is not GroundKind.CLAUSE:
        return None
    in_force = decision.document["version"]
    version = next((v for v in policy.versions if v.in_force.isoformat() == in_force), None)
    return None if version is None else said_of(parse(decision.case), policy, version)
