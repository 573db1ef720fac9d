"""What the policy says of a claim at one instant: its case put together once, and nothing decided twice."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any

from portal.advice.nearest_miss import said_of
from portal.claims.decisions.casefile import case_of
from portal.claims.decisions.grounds import Ground, GroundKind, ground_of, policys_ground
from portal.claims.decisions.returned import kept_returns
from portal.claims.decisions.returns import Return
from portal.claims.models import Claim
from portal.policy.deciding.case import Case, parse
from portal.policy.deciding.decision import Decision
from portal.policy.deciding.document import Policy
from portal.policy.deciding.engine import decide
from portal.policy.language.clause import Amount, Destination, Effect


class Outlook:
    """The claim as it stands, a draft as if it were sent at ``at``, by what the logs said when it was made.

    It stays as it was made: what is answered afterwards is looked at by ``anew``.
    """

    def __init__(
        self, claim: Claim, *, policy: Policy, at: datetime, same: Outlook | None = None
    ) -> None:
        self.claim, self.policy, self.at = claim, policy, at
        self.logs: dict[str, Any] = same.logs if same else claim.facts
        self.returns: list[Return] = same.returns if same else kept_returns(claim)
        self.case = case_of(claim, at=at, logs=self.logs, returns=self.returns)
        self.wanted: dict[str, int] | None = None  # as requirements.py found it, once
        self._decided: dict[str, Decision] = {}
        self._grounds: dict[int, Ground] = {}

    def anew(self, claim: Claim) -> Outlook:
        """The same claim with what was answered since, by the same logs, which are not read again."""
        return Outlook(claim, policy=self.policy, at=self.at, same=self)

    def case_without(self, *left_out: str, **put: Any) -> dict[str, Any]:
        """A copy of the case without these facts of the claim, and with others in their place."""
        said = {
            name: v for name, v in self.case["claim"].items() if f"claim.{name}" not in left_out
        }
        return self.case | {"claim": said | put}

    def decided(self, case: dict[str, Any]) -> Decision:
        """What the policy says of such a case; each is decided once."""
        key = repr(case)
        if key not in self._decided:
            self._decided[key] = decide(parse(case), self.policy)
        return self._decided[key]

    @cached_property
    def decision(self) -> Decision:
        """What the policy says of the claim as it stands."""
        return self.decided(self.case)

    @cached_property
    def facts(self) -> Case:
        """The case as the engine reads it."""
        return parse(self.case)

    def toward(self, way: str) -> Decision:
        """What it says where the money is asked for to the ``balance`` or as a ``payout``."""
        return self.decided(self.case_without(destination=way))

    @cached_property
    def asks_payout(self) -> bool:
        """Whether money may leave the shop by this verdict, so that it must be known where it goes."""
        return self._may_leave(self.decision, asked_out=self.claim.destination == "payout")

    @cached_property
    def may_choose(self) -> bool:
        """Whether it is for the customer to say if the money goes to the balance or out of the shop."""
        return self._may_leave(self.toward("payout"), asked_out=True) and not self._may_leave(
            self.toward("balance"), asked_out=False
        )

    def ground(self, decision: Decision) -> Ground:
        """On what one of its decisions rests."""
        if id(decision) not in self._grounds:
            self._grounds[id(decision)] = ground_of(
                self.claim, decision.as_json(), policy=self.policy, at=self.at
            )
        return self._grounds[id(decision)]

    @cached_property
    def nearest_miss(self) -> str | None:
        """What would have had a claim approved that the policy denies for good, as a sentence."""
        denied = self.decision.outcome == "deny" and self.decision.claimable_from is None
        if not denied or self.ground(self.decision).kind is not GroundKind.CLAUSE:
            return None
        return said_of(self.facts, self.policy)

    def _may_leave(self, decision: Decision, *, asked_out: bool) -> bool:
        if decision.outcome == "approve":
            return decision.destination == "payout" and decision.remedy != "replacement"
        if decision.outcome == "deny":
            return False
        if any(path.startswith("claim.payout") for path in decision.missing):
            return True
        return asked_out and self._is_paid_out(decision)

    def _is_paid_out(self, decision: Decision) -> bool:
        """Whether any clause of the version pays out such claims, by itself or after a person's word."""
        version = next(each for each in self.policy.versions if each.in_force == decision.version)
        balance = self.claim.order_key is None
        return any(
            (
                clause.effect is Effect.APPROVE
                and clause.destination in {Destination.PAYOUT, Destination.ASKED}
                and (clause.amount is Amount.REFUNDABLE) is balance
            )
            or (clause.on is Destination.BALANCE and clause.confirmed == "payout")
            for clause in version.clauses
        )


def nearest_miss_kept(claim: Claim, policy: Policy) -> str | None:
    """What would have had a claim approved that the policy denied, by its latest decision's case.

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
    version = policy.dated(decision.document["version"])
    return None if version is None else said_of(parse(decision.case), policy, version)
