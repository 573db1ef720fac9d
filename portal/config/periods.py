"""How many days each class of personal data is kept (docs/privacy.md)."""

from pydantic import Field
from pydantic_settings import BaseSettings

_LONGEST = 36_500


class PeriodSettings(BaseSettings):
    """The periods by age, in days, a part of the portal's settings (.env.example)."""

    keep_drafts: int = Field(default=30, ge=1, le=_LONGEST)
    keep_typed: int = Field(default=30, ge=1, le=_LONGEST)
    keep_codes: int = Field(default=1, ge=1, le=_LONGEST)
    keep_mails: int = Field(default=90, ge=1, le=_LONGEST)
    keep_files: int = Field(default=400, ge=1, le=_LONGEST)
    keep_payees: int = Field(default=400, ge=1, le=_LONGEST)
    keep_texts: int = Field(default=1_095, ge=1, le=_LONGEST)
    keep_holders: int = Field(default=3_650, ge=1, le=_LONGEST)
