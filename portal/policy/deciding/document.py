"""A policy as its file says it: a shop, and the versions of its clauses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Any

from portal.money import Money
from portal.policy.deciding.arranging import Program
from portal.policy.language.calendar import Calendar
from portal.policy.language.clause import Clause
from portal.policy.language.json_values import CaseError
from portal.translation import other_languages

# The portal's own, where a policy file says nothing: each is a key of it (docs/policy-format.md).
INFORMATION_TIME = timedelta(days=14)
REVIEW_TIME = timedelta(days=2)
PAYOUT_TIME = timedelta(days=14)
PAYING_DAYS = 1
UNASKED_AFTER = timedelta(hours=1)
ACCESS_TIME = timedelta(days=7)
ORIGINALS_TIME = timedelta(days=30)
INCIDENT_CLAIMS, INCIDENT_TIME = 5, timedelta(minutes=60)


class PolicyError(ValueError):
    """A policy file that cannot be used; the message names the file, the clause and the reason."""


class Unasked(StrEnum):
    """What is done about refunds that a policy promises by itself, where nobody asks for them."""

    OFF = "off"
    LIST = "list"
    PAY = "pay"


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
    """The clauses in force from ``in_force``: a date, at its midnight in the shop's zone, or an instant.

    ``information_time`` is how long what was asked for may take where no clause says it;
    ``program`` is what was compiled from all that: cases are decided by it. Under ``fallback`` a
    person looks at the reason ``other``.
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
    automatic_limit: Money
    information_time: timedelta
    fallback: str
    program: Program
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
class OfferedReason:
    """A reason as a shop offers it: its code, the customer's words, what it asks for."""

    code: str
    label: str
    hint: str
    about: str
    asks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShopSender:
    """Who a shop's e-mails come from."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class ShopFace:
    """What a shop's pages look like, and where they lead; empty where its file says nothing.

    ``colour`` is ``#rrggbb``, ``logo`` the text of an SVG or a PNG as a data address, ``site`` where
    they lead back to, ``write_to`` an e-mail address or a page where ``person`` can be written to.
    """

    colour: str = ""
    logo: str = ""
    site: str = ""
    write_to: str = ""
    person: str = ""
    privacy: str = ""


@dataclass(frozen=True, slots=True)
class PayoutFee:
    """What a payment system keeps of a payout: a ``share`` of it (of 1) and a ``fixed`` amount.

    The fixed part is in the shop's currency; of an amount in another one only the share is kept.
    """

    share: Fraction
    fixed: Money

    def of(self, amount: Money) -> Money:
        """What is kept of this amount: a part of a minor unit is not taken, and never more than it (SS-M5)."""
        fixed = self.fixed.whole if amount.currency == self.fixed.currency else 0
        kept = int(amount.whole * self.share) + fixed
        return Money(min(kept, amount.whole), amount.currency)


@dataclass(frozen=True, slots=True)
class Shop:
    """What a shop's file says besides its clauses. ``appeal_days`` are calendar days.

    ``currencies`` are all that its cases may have: those of ISO 4217, its own, and what it declares.
    A person means to look at a claim within ``review_time`` and at an appeal within
    ``appeal_review``; what is owed is paid within ``payout_time`` where no clause says by when, and
    never promised sooner than in ``paying_days`` working days. ``terms`` is what a claimant confirms;
    empty for the portal's own words. What nobody asks for is looked for where the records are
    ``unasked_after`` newer than what it rests on; the worker pays ``unasked_a_day`` of it. With
    ``second_person`` another person lets go what the first one approved otherwise than the policy, or
    above ``second_person_above`` (None: at no amount); ``person_ceiling`` is what one lets go a day.
    What opens a customer's host is kept for ``access_time`` at the most, a picture as it was before parts
    of it were blacked out for ``originals_time``.
    With ``by_turns`` a new claim that waits for a person is given to the next of those who decide.
    ``incident_claims`` more than usual about one service and country within ``incident_time`` are an
    incident; with 0 none is.
    With ``at_once`` a version may take effect at the moment of its publication.
    ``fees`` and ``minimums`` are by payout method: what the payment system keeps, and the least
    amount that is paid out so.
    """

    id: str
    name: str
    currency: str
    currencies: frozenset[str]
    time_zone: str
    holidays: str | None
    sender: ShopSender
    automatic_limit: Money
    payout_methods: tuple[str, ...]
    appeal_days: int
    who_can_claim: tuple[str, ...]
    have_ready: tuple[str, ...]
    reasons: tuple[OfferedReason, ...]
    terms: str = ""
    face: ShopFace = ShopFace()
    appeal_needs_file: bool = True
    appeal_review: timedelta = REVIEW_TIME
    review_time: timedelta = REVIEW_TIME
    payout_time: timedelta = PAYOUT_TIME
    paying_days: int = PAYING_DAYS
    unasked: Unasked = Unasked.LIST
    unasked_daily_limit: Money | None = None
    unasked_after: timedelta = UNASKED_AFTER
    second_person: bool = True
    second_person_above: Money | None = None
    person_ceiling: Money | None = None
    fees: Mapping[str, PayoutFee] = field(default_factory=dict)
    minimums: Mapping[str, Money] = field(default_factory=dict)
    at_once: bool = False
    access_time: timedelta = ACCESS_TIME
    originals_time: timedelta = ORIGINALS_TIME
    by_turns: bool = False
    incident_claims: int = INCIDENT_CLAIMS
    incident_time: timedelta = INCIDENT_TIME

    @property
    def unasked_a_day(self) -> Money:
        """What the worker pays unasked in a day at most: as stated, else no more than one claim may get."""
        return self.unasked_daily_limit or self.automatic_limit


@dataclass(frozen=True, slots=True)
class Policy:
    """A shop's policy: its data and its versions, oldest first; ``sha256`` is the file's.

    ``held`` says why nothing of it is done without a person; empty where it may be. ``languages``
    are the codes of those that the shop's words are said in besides their own: each page asks.
    """

    id: str
    shop: Shop
    versions: tuple[Version, ...]
    calendar: Calendar
    sha256: str
    held: str = ""
    languages: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Look once which languages there are words in."""
        said = [self.shop.terms, *self.shop.who_can_claim, *self.shop.have_ready]
        said += [words for each in self.shop.reasons for words in (each.label, each.hint)]
        said += [words for each in self.current.clauses for words in (each.wording, each.part)]
        found = frozenset(code for words in said if words for code in other_languages(words))
        object.__setattr__(self, "languages", found)

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

    def dated(self, in_force: str | None) -> Version | None:
        """The version in force from then, as decisions and addresses name it; None for none."""
        return next((each for each in self.versions if str(each.in_force) == in_force), None)

    @property
    def current(self) -> Version:
        """The newest version."""
        return self.versions[-1]
