"""What every shape is made of: text, money, problems, a part of a list."""

import unicodedata
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
)

from portal.card_numbers import holds_card_number
from portal.email_addresses import EmailRefused, read_email

STORY = 4000  # characters of a description or an appeal


LANGUAGE = r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*"


def plain(text: object) -> object:
    """Text that can be kept, without the space around it: nothing unseen in it, and no card number."""
    if not isinstance(text, str):
        return text  # which is refused for that
    text = text.replace("\r\n", "\n").strip()
    if any(c not in "\n\t" and unicodedata.category(c) in {"Cc", "Cs"} for c in text):
        raise ValueError("take out the characters that can't be shown")
    if holds_card_number(text):
        raise ValueError("take the card number out: it is never needed here")
    return text


def address(text: str) -> str:
    """An e-mail address as it is kept and compared."""
    try:
        return read_email(text)
    except EmailRefused:
        raise ValueError("write an e-mail address, such as name@example.com") from None


Plain = Annotated[str, BeforeValidator(plain)]


Email = Annotated[str, BeforeValidator(plain), Field(max_length=254), AfterValidator(address)]


class Strict(BaseModel):
    """What is sent: an unknown field is refused, never passed over."""

    model_config = ConfigDict(extra="forbid")


class MoneyGiven(Strict):
    """Money, exactly: the contract's form."""

    amount: str = Field(description='A decimal string, such as "0.50".', max_length=40)
    currency: str = Field(description="ISO 4217, or what the shop declares.", max_length=5)


class FlawShown(BaseModel):
    """One thing to mend."""

    pointer: str = Field(description="Where in the body, as a JSON pointer (RFC 6901).")
    detail: str


class ProblemAnswer(BaseModel):
    """Why a call was refused (RFC 9457). The word behind the last slash of `type` names the kind."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    errors: list[FlawShown] | None = None


class Listing(Strict):
    """Which part of a list."""

    limit: int = Field(50, ge=1, le=200, description="How many at most.")
    after: str | None = Field(
        None, max_length=200, description="The `next` of the part before this one."
    )
