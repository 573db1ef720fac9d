"""What calls about records answer."""

from typing import Any

from pydantic import (
    BaseModel,
    Field,
)

from portal.api.shapes.parts import MoneyGiven


class Pushed(BaseModel):
    """How many of the rows were new, stored otherwise before, or stored so already."""

    added: int
    changed: int
    unchanged: int


class OrderAnswer(BaseModel):
    """What is known of an order: the contract's `account` and `order`, its claims, and what is left of its price."""

    account: dict[str, Any] | None
    order: dict[str, Any]
    claims: list[dict[str, Any]] = Field(description="Each with reference, status and outcome.")
    refunded: MoneyGiven | None = Field(description="What has gone back so far.")
    remainder: MoneyGiven | None = Field(description="What of the price can still go back.")
