"""What calls about claims take and answer."""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    field_validator,
    model_validator,
)

from portal.api.shapes.money import PayoutShown
from portal.api.shapes.parts import LANGUAGE, STORY, Email, Listing, MoneyGiven, Plain, Strict
from portal.claims.lifecycle import Status
from portal.policy.facts.table import REASONS
from portal.policy.language.verdict import Outcome


class DecisionAnswer(BaseModel):
    """The policy's decision (docs/case-and-decision.md)."""

    model_config = ConfigDict(extra="allow")

    policy: str
    version: str
    outcome: Outcome
    destination: Literal["balance", "payout"] | None
    remedy: Literal["refund", "replacement"] | None
    amount: MoneyGiven | None
    clauses: list[str]
    missing: list[str]
    awaiting: list[str]
    claimable_from: datetime | None
    deadlines: dict[str, datetime]
    trace: list[dict[str, Any]]


class AccountGiven(Strict):
    """Whose claim it is: the account's e-mail address, its id at the shop, or both."""

    email: Email | None = None
    id: Plain | None = Field(None, min_length=1, max_length=80)


class AnswersGiven(Strict):
    """What a customer may answer; what is left out is left open."""

    order_reference: Plain | None = Field(None, max_length=80)
    service_name: Plain | None = Field(None, max_length=120)
    description: Plain | None = Field(None, max_length=STORY)
    amount: MoneyGiven | None = None
    destination: Literal["balance", "payout"] | None = None
    remedy: Literal["refund", "replacement"] | None = None
    number_used: bool | None = None
    payout: dict[str, str] | None = Field(
        None,
        description="`method` (original, iban, card, paypal, crypto, other) and the fields of that"
        " method: holder, iban, bic; last_four, bank; email; network, address; description.",
    )
    language: str | None = Field(
        None,
        pattern=f"^{LANGUAGE}$",
        max_length=35,
        description="The customer's language (BCP 47), in which their pages and letters are said as far"
        " as there are words in it; one that nobody knows changes nothing.",
    )


class ClaimFiled(AnswersGiven):
    """A claim to file for an account of the shop."""

    account: AccountGiven
    reason: str = Field(json_schema_extra={"enum": [*sorted(REASONS)]})

    @field_validator("reason")
    @classmethod
    def _known(cls, code: str) -> str:
        if code not in REASONS:
            raise ValueError(f"write one of {', '.join(sorted(REASONS))}")
        return code


class FileShown(BaseModel):
    """A file of a claim: checking, ready or refused."""

    model_config = ConfigDict(extra="allow")

    id: str
    state: Literal["checking", "ready", "refused"]


class DecisionKept(DecisionAnswer):
    """The policy's latest decision about a claim."""

    already_refunded: bool = Field(description="It denies since the price went back already.")


class ClaimAnswer(BaseModel):
    """A claim."""

    model_config = ConfigDict(extra="allow")

    reference: str
    shop: str
    status: str
    origin: Literal["customer", "policy"]
    reason: str | None
    order_reference: str | None
    account: dict[str, str | None]
    language: str | None = Field(description="The customer's, where it is known (BCP 47).")
    submitted_at: datetime | None
    decision: DecisionKept | None
    deadlines: dict[str, datetime]
    missing: list[str]
    payouts: list[PayoutShown]
    evidence: list[FileShown]
    url: str


class ClaimsQuery(Listing):
    """Which claims."""

    status: Status | None = None
    order_reference: Plain | None = Field(None, max_length=80)
    account: Plain | None = Field(
        None, max_length=254, description="An e-mail address, or the shop's own id."
    )
    updated_after: AwareDatetime | None = Field(
        None, description="Those that changed since, in the order in which they changed."
    )


class ClaimsList(BaseModel):
    """A part of the shop's claims."""

    items: list[ClaimAnswer]
    next: str | None


class CaseAsked(Strict):
    """What is to be decided: a claim's part of a case with an order reference, or a whole case."""

    claim: dict[str, Any] | None = None
    order_reference: Plain | None = Field(None, max_length=80)
    account: AccountGiven | None = Field(
        None, description="Whose balance, for a claim that is about no order."
    )
    case: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.case is None) is (self.claim is None):
            raise ValueError("send claim, or case, and not both")
        return self


class WholeCase(RootModel[dict[str, Any]]):
    """A whole case (docs/case-and-decision.md)."""


class Appealing(Strict):
    """Why the decision should be looked at again."""

    text: Plain = Field(min_length=1, max_length=STORY)


class Nothing(Strict):
    """An empty object."""
