"""One numbered clause, as a policy file says it, its conditions parsed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from portal.policy.language.closures import Condition, Instant


class ClauseKind(StrEnum):
    """What a clause is, as the catalogue of its policy says."""

    OVERRIDING = "overriding"
    EXCLUDED = "excluded"
    DEADLINE = "deadline"
    ELIGIBLE = "eligible"
    AMOUNT = "amount"
    REQUIRED_INFORMATION = "required information"
    METHOD = "method"
    PAYOUT_DEADLINE = "payout deadline"
    REVIEW_DEADLINE = "review deadline"
    INFORMATION = "information"
    DEFAULT = "default"
    APPEAL = "appeal"
    EVIDENCE_WEIGHT = "evidence weight"
    VERSIONING = "versioning"


class Effect(StrEnum):
    """What a clause does to a claim."""

    DENY = "deny"
    APPROVE = "approve"
    ASK = "ask"
    REVIEW = "review"
    SET = "set"
    INFORM = "inform"


class Amount(StrEnum):
    """How an approving clause finds its amount."""

    FULL = "full price"
    BY_TIME = "price by inactive time"
    BY_DAYS = "price by inactive days"
    LESS_FEE = "price less processing fee"
    REFUNDABLE = "refundable balance"


class Destination(StrEnum):
    """Where the money goes; ``ASKED`` is what the customer chose."""

    BALANCE = "balance"
    PAYOUT = "payout"
    ASKED = "as asked"


@dataclass(frozen=True, slots=True)
class Clause:
    """One numbered clause of one version.

    Approving: ``when`` it applies, its ``amount`` and ``destination``; ``finding`` is the condition
    that a reviewer's facts settle, ``person_when`` limits when a person is needed; ``evidence``
    asks for files; ``opens`` is when a claim made too early may be made.
    Denying: ``when``; ``yields_to`` names the approving clauses that beat it, ``beats`` those that it
    comes before although both may hold (``because`` says why).
    Method (``Effect.REVIEW``): considered when the money would go ``on`` a destination; a person
    settles ``finding`` to ``confirmed`` or ``refused`` (``ask``: the customer chooses another way).
    """

    id: str
    part: str
    wording: str
    kind: ClauseKind
    effect: Effect
    reading: str = ""
    because: str = ""
    when: Condition | None = None
    amount: Amount | None = None
    destination: Destination | None = None
    remedy_asked: bool = False
    automatic: bool = False
    finding: Condition | None = None
    person_when: Condition | None = None
    evidence: bool = False
    opens: Instant | None = None
    also: tuple[str, ...] = ()
    yields_to: tuple[str, ...] = ()
    beats: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    requires_for_payout: tuple[str, ...] = ()
    description_length: int = 1
    only_unsettled: bool = False
    deadlines: Mapping[str, Instant] = field(default_factory=dict)
    on: Destination | None = None
    confirmed: str = ""
    refused: str = ""
    reversed: Clause | None = None

    @property
    def sides(self) -> tuple[Clause, ...]:
        """The clause and, where it has one, its other way round."""
        return (self, self.reversed) if self.reversed else (self,)

    @property
    def tests(self) -> tuple[Condition, ...]:
        """Its conditions: when it applies, what a person finds, and when one is needed."""
        return tuple(test for test in (self.when, self.finding, self.person_when) if test)
