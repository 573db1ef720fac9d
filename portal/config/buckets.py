"""Where evidence is kept when it is not in a folder: an S3-compatible bucket (docs/evidence.md)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from portal.config.hosts import is_loopback

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)
_BUCKET = "write the bucket's name, such as my-evidence: 3 to 63 of a-z, 0-9, hyphens and dots"
_ENDPOINT = "write the service's address without a path, such as https://s3.example.com, or leave it out for AWS"  # fmt: skip


@dataclass(frozen=True, slots=True)
class BucketAddress:
    """A bucket and how it is reached: ``endpoint`` is empty for AWS, ``timeout`` in seconds for one request.

    Without keys the machine's own role is asked for (AWS).
    """

    name: str
    endpoint: str
    region: str
    access_key: SecretStr
    secret_key: SecretStr
    timeout: float

    def __str__(self) -> str:
        where = urlsplit(self.endpoint).netloc or f"AWS, {self.region}"
        return f"{self.name} ({where})"


class BucketSettings(BaseSettings):
    """The bucket, a part of the portal's settings (.env.example); with no name the files are in EVIDENCE_FOLDER."""

    evidence_bucket: str = ""
    evidence_s3_endpoint: str = ""
    evidence_s3_region: str = "us-east-1"
    evidence_s3_access_key: SecretStr = SecretStr("")
    evidence_s3_secret_key: SecretStr = SecretStr("")
    evidence_s3_timeout: float = Field(default=10, gt=0, le=120)  # seconds

    @field_validator("evidence_bucket")
    @classmethod
    def _bucket_name(cls, value: str) -> str:
        if value and not _NAME.fullmatch(value):
            raise ValueError(_BUCKET)
        return value

    @field_validator("evidence_s3_endpoint")
    @classmethod
    def _bucket_endpoint(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
            sound = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
        except ValueError:
            sound = False
        if value and (not sound or parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc):  # fmt: skip
            raise ValueError(_ENDPOINT)
        return value.rstrip("/")

    @property
    def bucket(self) -> BucketAddress | None:
        """The bucket that evidence is kept in; None where it is in a folder."""
        if not self.evidence_bucket:
            return None
        return BucketAddress(
            self.evidence_bucket,
            self.evidence_s3_endpoint,
            self.evidence_s3_region,
            self.evidence_s3_access_key,
            self.evidence_s3_secret_key,
            self.evidence_s3_timeout,
        )

    def bucket_flaws(self) -> Iterator[str]:
        """What is wrong with these settings together, a line each."""
        access, secret = (
            bool(key.get_secret_value())
            for key in (self.evidence_s3_access_key, self.evidence_s3_secret_key)
        )
        if not self.evidence_bucket:
            if access or secret or self.evidence_s3_endpoint:
                yield f"EVIDENCE_BUCKET: {_BUCKET}"
            return
        if access is not secret or (self.evidence_s3_endpoint and not access):
            missing = "ACCESS" if not access else "SECRET"
            yield (
                f"EVIDENCE_S3_{missing}_KEY: write the key that the service gave out for this bucket;"
                " only AWS's own machines need none"
            )

    def bucket_overheard(self) -> Iterator[str]:
        """Of what production refuses: a bucket that is reached without TLS, from elsewhere."""
        parts = urlsplit(self.evidence_s3_endpoint)
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            yield "EVIDENCE_S3_ENDPOINT: write https://: over http anybody on the way reads the files"
