"""A policy as it is used: versions of clauses, compiled once when the file is loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from portal.policy.reading import CaseError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from portal.money import Money
    from portal.policy.calendar import Calendar
    from portal.policy.completing import Turn
    from portal.policy.evaluation import Condition, Instant, Test
    from portal.policy.plan import Plan


# The portal's own, where a policy file says nothing: each is a key of it (docs/policy-format.md).
INFORMATION_TIME = timedelta(days=14)
REVIEW_TIME = timedelta(days=2)
PAYOUT_TIME = timedelta(days=14)
PAYING_DAYS = 1


class PolicyError(ValueError):
    """A policy file that cannot be used; the message names the file, the clause and the reason."""


class Kind(StrEnum):
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
    REFUNDABLE = "refundable balance"


class Destination(StrEnum):
    """Where the money goes; ``ASKED`` is what the customer chose."""

    BALANCE = "balance"
    PAYOUT = "payout"
    ASKED = "as asked"


class Scope(StrEnum):
    """Which records a clause looks at: the order's, the balance's, or neither's."""

    ORDER = "order"
    BALANCE = "balance"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Clause:
    """One numbered clause of one version.

    Approving: ``when`` it applies, its ``amount`` and ``destination``; ``finding`` is the condition
    that a reviewer's facts settle, ``person_when`` limits when a person is needed; ``evidence``
    asks for files; ``opens`` is when a claim made too early may be made.
    Denying: ``when``; ``yields_to`` names the approving clauses that beat it, ``beats`` those that it
    comes before although both may hold (``because`` says why).
    Method (``Effect.REVIEW``): considered when the money would go ``on`` a destination; a person
    settles ``finding`` to ``confirmed`` or ``refused``.
    """

    id: str
    part: str
    wording: str
    kind: Kind
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


@dataclass(frozen=True, slots=True)
class Rule:
    """A clause's condition at its place in the evaluation.

    ``place`` indexes the results; ``beaten_by`` holds the places of the approving rules that beat
    this denying one; an approving one ``pays`` and ``goes_to`` a destination, None for the one asked.
    """

    place: int
    clause: Clause
    test: Test
    scope: Scope
    proved_by_logs: bool = False
    beaten_by: tuple[int, ...] = ()
    pays: Amount = Amount.FULL
    goes_to: Destination | None = Destination.BALANCE


@dataclass(frozen=True, slots=True)
class PausingClock:
    """A named clock of a version that stands still while something is awaited."""

    start: str
    length: timedelta
    paused_from: str
    paused_until: str


@dataclass(frozen=True, slots=True)
class Example:
    """A claim and what the version says to it: ``given`` and ``expect`` as the contract writes them.

    ``given`` is whole: what the file leaves out of it is taken from the version's ``ordinary`` claim.
    """

    name: str
    given: Mapping[str, Any]
    expect: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Version:
    """The clauses in force from ``in_force`` (a date in the shop's zone, at its midnight).

    ``plans`` has what is tested for each reason; ``deadlines`` are by the start of their names, a
    later one of the same name over an earlier;
    ``information_time`` is how long what was asked for may take where no clause says it;
    ``turns`` are its comparisons of times (completing.py);
    under ``fallback`` a person looks at the reason ``other``.
    ``sha256`` is of all that a decision under this version rests on, its wording included; what
    merely explains it (``examples`` and their ``ordinary`` claim) and the shop's other data are not part of it.
    """

    in_force: date
    starts_at: datetime
    clauses: tuple[Clause, ...]
    points: Mapping[str, tuple[str, ...]]
    top_up_window: timedelta | None
    rectify_clock: PausingClock | None
    calendar: Calendar
    default: Clause | None
    rules: tuple[Rule, ...]
    opening: tuple[Rule, ...]
    deadlines: Mapping[str, tuple[tuple[str, Destination | None, Instant], ...]]
    plans: Mapping[object, Plan]
    automatic_limit: Money
    information_time: timedelta
    turns: Mapping[str, tuple[Turn, ...]]
    fallback: str
    sha256: str = ""
    ordinary: Mapping[str, Any] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()

    def clause(self, clause_id: str) -> Clause:
        """The clause numbered ``clause_id``. Raises KeyError for none."""
        for clause in self.clauses:
            if clause.id == clause_id:
                return clause
        raise KeyError(clause_id)


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason as a shop offers it: its code, the customer's words, what it asks for."""

    code: str
    label: str
    hint: str
    about: str
    asks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a shop's e-mails come from."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Shop:
    """What a shop's file says besides its clauses. ``appeal_days`` are calendar days.

    ``currencies`` are all that its cases may have: those of ISO 4217, its own, and what it declares.
    A person means to look at a claim within ``review_time`` and at an appeal within
    ``appeal_review``; what is owed is paid within ``payout_time`` where no clause says by when, and
    never promised sooner than in ``paying_days`` working days. ``terms`` is what a claimant confirms;
    empty for the portal's own words.
    """

    id: str
    name: str
    currency: str
    currencies: frozenset[str]
    time_zone: str
    holidays: str | None
    sender: Sender
    automatic_limit: Money
    payout_methods: tuple[str, ...]
    appeal_days: int
    who_can_claim: tuple[str, ...]
    have_ready: tuple[str, ...]
    reasons: tuple[Reason, ...]
    terms: str = ""
    appeal_needs_file: bool = True
    appeal_review: timedelta = REVIEW_TIME
    review_time: timedelta = REVIEW_TIME
    payout_time: timedelta = PAYOUT_TIME
    paying_days: int = PAYING_DAYS


@dataclass(frozen=True, slots=True)
class Policy:
    """A shop's policy: its data and its versions, oldest first; ``sha256`` is the file's.

    ``held`` says why nothing of it is done without a person; empty where it may be.
    """

    id: str
    shop: Shop
    versions: tuple[Version, ...]
    calendar: Calendar
    sha256: str
    held: str = ""

    def version_at(self, submitted_at: datetime) -> Version:
        """The version in force when the claim was submitted.

        Raises CaseError naming ``claim.submitted_at`` before the first one.
        """
        for version in reversed(self.versions):
            if version.starts_at <= submitted_at:
                return version
        first = self.versions[0].in_force
        raise CaseError(
            "claim.submitted_at", f"the policy {self.id} is in force from {first}, not before"
        )

    @property
    def current(self) -> Version:
        """The newest version."""
        return self.versions[-1]
