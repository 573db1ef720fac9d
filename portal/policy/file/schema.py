"""The schema of a policy file: its tables and their keys.

Reading a file, its JSON Schema (docs/schema/policy.schema.json), the form of a clause and the
differences of two versions go by these tables.
"""

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticKnownError

from portal.policy.deciding.document import (
    ACCESS_TIME,
    INCIDENT_CLAIMS,
    INCIDENT_TIME,
    INFORMATION_TIME,
    ORIGINALS_TIME,
    PAYING_DAYS,
    PAYOUT_TIME,
    REVIEW_TIME,
    UNASKED_AFTER,
    Unasked,
)
from portal.policy.file import values as v
from portal.policy.file.tables.calendar import CalendarTable
from portal.policy.language.clause import Amount, ClauseKind, Destination, Effect
from portal.policy.language.verdict import Outcome

Raw = dict[str, Any]
ShopT = TypeVar("ShopT")
ReasonT = TypeVar("ReasonT")
VersionT = TypeVar("VersionT")
ClauseT = TypeVar("ClauseT")
ExampleT = TypeVar("ExampleT")
# Of the shop, what a decision rests on; the rest may change at any time.
DECISIVE = ("currency", "time_zone", "working_days", "holidays")
# Of a version, what only says what it means.
EXPLAINING = ("ordinary", "example")


class Table(BaseModel):
    """A table of the file; keys that it doesn't know are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class SenderTable(Table):
    """Who the shop's e-mails come from."""

    name: v.Text
    email: v.Text


class FaceTable(Table):
    """What the shop's pages look like, and where they lead: all of it may be left out."""

    colour: v.Colour = ""
    logo: v.Logo = ""
    site: v.WebAddress = ""
    write_to: v.WritesTo = ""
    person: v.Worded = ""
    privacy: v.WebAddress = ""


class ShopTable(Table):
    """What the shop is, and what its people do around a decision."""

    id: v.Identifier
    name: v.Text
    currency: v.Text
    currencies: tuple[v.Currency, ...] = ()
    time_zone: v.Zone
    holidays: v.Country | None = None
    working_days: v.Weekdays
    sender: SenderTable
    automatic_limit: v.Limit
    payout_methods: tuple[v.PayoutMethod, ...]
    appeal_days: v.Days
    appeal_needs_file: v.Flag = True
    appeal_review: v.Length = REVIEW_TIME
    review_time: v.Length = REVIEW_TIME
    payout_time: v.Length = PAYOUT_TIME
    paying_days: v.Days = PAYING_DAYS
    unasked: Unasked = Unasked.LIST
    unasked_daily_limit: v.Limit | None = None
    unasked_after: v.Length = UNASKED_AFTER
    second_person: v.Flag = True
    second_person_above: v.Limit | None = None
    person_ceiling: v.Limit | None = None
    fees: v.Fees = {}
    minimums: v.Minimums = {}
    at_once: v.Flag = False
    access_time: v.Length = ACCESS_TIME
    originals_time: v.Length = ORIGINALS_TIME
    by_turns: v.Flag = False
    incident_claims: v.Count = INCIDENT_CLAIMS
    incident_time: v.Length = INCIDENT_TIME
    terms: v.Worded = ""
    face: FaceTable = FaceTable()
    who_can_claim: tuple[v.Worded, ...]
    have_ready: tuple[v.Worded, ...]


class ReasonTable(Table):
    """A reason as the shop offers it."""

    code: v.ReasonCode
    label: v.Worded
    hint: v.Worded
    about: v.About
    asks: tuple[v.Askable, ...]


class ClockTable(Table):
    """A clock that stands still while something is awaited."""

    start: v.Point = Field(alias="from")
    length: v.Length
    paused_from: v.Point
    paused_until: v.Point


class AnyClause(Table):
    """What every clause may say."""

    id: v.Text
    kind: ClauseKind
    wording: v.Worded
    part: v.Worded = ""
    reading: v.Text = ""
    requires: tuple[v.Required, ...] = ()
    requires_for_payout: tuple[v.Required, ...] = ()
    description_length: v.WholeNumber = 1
    only_unsettled: v.Flag = False
    deadlines: dict[v.DeadlineName, v.Moment] = {}


class Paying(AnyClause):
    """What a clause says that pays."""

    kind: Literal[ClauseKind.ELIGIBLE, ClauseKind.AMOUNT]
    when: v.TestedText
    opens: v.Moment | None = None
    finding: v.TestedText | None = None
    person_when: v.TestedText | None = None
    amount: Amount
    destination: Destination
    remedy_asked: v.Flag = False
    automatic: v.Flag = False
    evidence: v.Flag = False
    also: v.Texts = ()


class Approve(Paying):
    """A clause that pays."""

    effect: Literal[Effect.APPROVE]


class Reversed(Paying):
    """The other side of a refusing clause, which pays; it has the clause's number and wording."""

    id: v.Text = ""
    wording: v.Worded = ""
    kind: Literal[ClauseKind.ELIGIBLE, ClauseKind.AMOUNT] = ClauseKind.ELIGIBLE
    effect: Literal[Effect.APPROVE] = Effect.APPROVE


class Deny(AnyClause):
    """A clause that refuses. One that holds where no other decides needs no condition."""

    effect: Literal[Effect.DENY]
    kind: Literal[
        ClauseKind.OVERRIDING, ClauseKind.EXCLUDED, ClauseKind.DEADLINE, ClauseKind.DEFAULT
    ]
    when: v.TestedText | None = Field(None, validate_default=True)
    reversed: Reversed | None = None
    yields_to: v.Texts = ()
    beats: v.Texts = ()
    because: v.Text = ""

    @field_validator("when")
    @classmethod
    def _is_there(cls, when: v.TestedText | None, info: ValidationInfo) -> v.TestedText | None:
        if when is None and info.data.get("kind") is not ClauseKind.DEFAULT:
            raise PydanticKnownError("missing")
        return when


class Ask(AnyClause):
    """A clause that says what a claim has to say."""

    effect: Literal[Effect.ASK]
    kind: Literal[ClauseKind.REQUIRED_INFORMATION]
    when: v.TestedText | None = None
    requires: tuple[v.Required, ...]


class Review(AnyClause):
    """A clause that has a person look before money leaves."""

    effect: Literal[Effect.REVIEW]
    kind: Literal[ClauseKind.METHOD]
    when: v.TestedText
    finding: v.TestedText
    on: Destination
    confirmed: Literal["payout"]
    refused: Literal["balance", "deny", "ask"]


class Set(AnyClause):
    """A clause that sets a date."""

    effect: Literal[Effect.SET]
    kind: Literal[ClauseKind.PAYOUT_DEADLINE, ClauseKind.REVIEW_DEADLINE]
    on: Destination | None = None
    deadlines: dict[v.DeadlineName, v.Moment]


class Inform(AnyClause):
    """A clause that explains."""

    effect: Literal[Effect.INFORM]
    kind: Literal[
        ClauseKind.INFORMATION,
        ClauseKind.METHOD,
        ClauseKind.AMOUNT,
        ClauseKind.APPEAL,
        ClauseKind.EVIDENCE_WEIGHT,
        ClauseKind.VERSIONING,
    ]
    when: v.TestedText | None = None


ClauseTable = Annotated[Deny | Approve | Ask | Review | Set | Inform, Field(discriminator="effect")]
CLAUSES: dict[Effect, type[AnyClause]] = {
    Effect.DENY: Deny,
    Effect.APPROVE: Approve,
    Effect.ASK: Ask,
    Effect.REVIEW: Review,
    Effect.SET: Set,
    Effect.INFORM: Inform,
}


class ExpectTable(Table):
    """What an example expects of its decision; what it leaves out may be any."""

    outcome: Outcome
    clauses: v.Texts
    destination: Any = None
    remedy: Any = None
    amount: v.Expected | None = None
    missing: Any = None
    awaiting: Any = None
    claimable_from: Any = None
    deadlines: dict[v.DeadlineName, Any] = {}
    automatic: Any = None


class ExampleTable(Table):
    """A claim, laid over the ordinary one, and what the version says to it."""

    name: v.Text
    given: Raw = {}
    without: v.Texts = ()
    expect: ExpectTable


class VersionOf(Table, Generic[ClauseT, ExampleT]):
    """The clauses in force from a date, and what holds beside them."""

    in_force: v.InForce
    other: v.Text
    automatic_limit: v.Limit | None = None
    information_time: v.Length = INFORMATION_TIME
    top_up_window: v.Length | None = None
    rectify_by: ClockTable | None = None
    calendar: CalendarTable | None = None
    points: dict[v.Text, v.Texts]
    clause: tuple[ClauseT, ...]
    ordinary: Raw = {}
    example: tuple[ExampleT, ...] = ()


class FileOf(Table, Generic[ShopT, ReasonT, VersionT]):
    """A policy file. Read with bare tables for its parts, each of which is read by itself."""

    shop: ShopT
    reason: tuple[ReasonT, ...]
    version: tuple[VersionT, ...]


class VersionTable(VersionOf[ClauseTable, ExampleTable], defer_build=True):
    """The clauses in force from a date, and what holds beside them."""


class FileTable(FileOf[ShopTable, ReasonTable, VersionTable], defer_build=True):
    """A shop, the reasons that it offers, and the versions of its policy."""
