"""How much strangers may send, and have sent, where nobody set it otherwise."""

from pydantic import Field
from pydantic_settings import BaseSettings


class QuotaSettings(BaseSettings):
    """The quotas, a part of the portal's settings (.env.example, docs/limits.md)."""

    stranger_mails_a_day: int = Field(default=3, ge=2, le=1000)  # to one mailbox
    network_mails_an_hour: int = Field(default=20, ge=1, le=100_000)
    filings_account_day: int = Field(default=100, ge=1, le=1_000_000)
    upload_mb_network: int = Field(default=300, ge=1, le=1_000_000)  # within ten minutes
    upload_mb_network_day: int = Field(default=2_000, ge=1, le=1_000_000)
    upload_mb_claim_day: int = Field(default=800, ge=1, le=1_000_000)
    upload_mb_day: int = Field(default=50_000, ge=1, le=1_000_000)
    upload_files_network_day: int = Field(default=300, ge=1, le=1_000_000)
    upload_files_claim_day: int = Field(default=100, ge=1, le=1_000_000)
    upload_files_day: int = Field(default=20_000, ge=1, le=1_000_000)
