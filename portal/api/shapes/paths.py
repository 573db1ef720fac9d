"""What stands in an address and in a header of a call."""

import re

from pydantic import BaseModel, Field


class InShop(BaseModel):
    """A shop."""

    shop: str = Field(description="The shop's id; the token's own.", max_length=40)


class OfOrder(InShop):
    """An order of a shop."""

    order: str = Field(description="The order's number, however it is spelled.", max_length=80)


class OfClaim(BaseModel):
    """A claim."""

    reference: str = Field(description="The claim's reference, such as 7K3F-9QXM.", max_length=12)


class OfPayout(BaseModel):
    """A payout."""

    key: str = Field(description="The payout's key: PO- and 26 signs.", max_length=29)


class KeyHeader(BaseModel):
    """The header that makes a change safe to send again."""

    idempotency_key: str | None = Field(
        None,
        alias="Idempotency-Key",
        max_length=255,
        description="Chosen by the caller, new for each change. Sent again with the same body within"
        " 7 days it gives the same answer, with the header Idempotency-Replayed.",
    )


_MODELS: tuple[type[BaseModel], ...] = (InShop, OfOrder, OfClaim, OfPayout)


def path_model(rule: str) -> type[BaseModel] | None:
    """The model of the parts that a rule names."""
    named = set(re.findall(r"<(?:\w+:)?(\w+)>", rule))
    return next((each for each in _MODELS if set(each.model_fields) == named), None)
