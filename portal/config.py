"""Settings from the environment; a bad one stops the start with its name and what to write."""

from __future__ import annotations

import base64
import binascii
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

KEY_LENGTH = 32  # characters of the secret key at least, bytes of a sealing key exactly
EXAMPLE_SECRET_KEY = "for-development-only-not-a-secret"  # noqa: S105 - refused in production
_EXAMPLE_SEAL_SECRET = base64.b64encode(b"for-development-only-32-bytes-xx").decode()
EXAMPLE_SEAL_KEY = f"example:{_EXAMPLE_SEAL_SECRET}"


class SettingsError(Exception):
    """The portal can't start with these settings; the message lists each name and its mend."""


class Mode(StrEnum):
    """Where the portal runs: production refuses what development forgives."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """Each setting is one environment variable of the same name in capitals (.env.example)."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    mode: Mode = Mode.DEVELOPMENT
    debug: bool = False
    secret_key: SecretStr = SecretStr(EXAMPLE_SECRET_KEY)
    secret_key_fallbacks: Annotated[list[SecretStr], NoDecode] = []
    seal_keys: Annotated[list[SecretStr], NoDecode] = [SecretStr(EXAMPLE_SEAL_KEY)]
    base_url: str = ""
    database_url: str = "sqlite:///var/redress.sqlite3"
    evidence_folder: Path = Path("var/evidence")
    policy_files: Annotated[list[Path], NoDecode] = []
    trusted_proxies: int = Field(default=0, ge=0, le=5)
    ratelimit_storage: str = "memory://"
    mail_server: str = ""
    mail_port: int = Field(default=587, ge=1, le=65535)
    mail_security: str = "starttls"
    mail_username: str = ""
    mail_password: SecretStr = SecretStr("")
    mail_ca_file: Path | None = None
    mail_timeout: float = Field(default=10, gt=0, le=60)

    @field_validator("secret_key_fallbacks", "seal_keys", "policy_files", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return (
            [part.strip() for part in value.split(",") if part.strip()]
            if isinstance(value, str)
            else value
        )

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.netloc or parts.query):
            raise ValueError("write the portal's own address, such as https://refunds.example.com")
        return value.rstrip("/")

    @field_validator("mail_security")
    @classmethod
    def _mail_security(cls, value: str) -> str:
        if value not in {"starttls", "tls", "none"}:
            raise ValueError("write starttls, tls, or none")
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        if value.startswith(("postgres://", "postgresql://")):
            return "postgresql+psycopg://" + value.split("://", 1)[1]
        if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME")
        return value

    @field_validator("seal_keys")
    @classmethod
    def _keys(cls, value: list[SecretStr]) -> list[SecretStr]:
        for key in value:
            name, _, secret = key.get_secret_value().partition(":")
            try:
                length = len(base64.b64decode(secret, validate=True))
            except binascii.Error:
                length = 0
            if not name or length != KEY_LENGTH:
                raise ValueError(
                    "write NAME:KEY with KEY the base64 of 32 random bytes; the first is used to seal"
                )
        if not value:
            raise ValueError("write at least one NAME:KEY")
        return value

    @model_validator(mode="after")
    def _production(self) -> Self:
        if self.mode is not Mode.PRODUCTION:
            return self
        wrong = [
            what
            for bad, what in (
                (self.debug, "DEBUG: write false, or leave it out"),
                (
                    len(self.secret_key.get_secret_value()) < KEY_LENGTH
                    or self.secret_key.get_secret_value() == EXAMPLE_SECRET_KEY,
                    "SECRET_KEY: write a random text of 32 characters or more, known to nobody",
                ),
                (
                    EXAMPLE_SECRET_KEY
                    in [key.get_secret_value() for key in self.secret_key_fallbacks],
                    "SECRET_KEY_FALLBACKS: remove the example key, which everybody knows",
                ),
                (
                    any(
                        key.get_secret_value().partition(":")[2] == _EXAMPLE_SEAL_SECRET
                        for key in self.seal_keys
                    ),
                    "SEAL_KEYS: write NAME:KEY with 32 random bytes of your own",
                ),
                (
                    not self.base_url,
                    "BASE_URL: write the portal's own address, such as https://refunds.example.com",
                ),
                (
                    not self.mail_server,
                    "MAIL_SERVER: write the mail server's name; the mailbox page is for development",
                ),
            )
            if bad
        ]
        if wrong:
            raise ValueError(
                "production mode refuses these:\n" + "\n".join(f"  {line}" for line in wrong)
            )
        return self

    @property
    def address(self) -> str:
        """The portal's own address as links carry it, without a slash at its end."""
        return self.base_url or "http://127.0.0.1:5000"

    @property
    def columns_folder(self) -> Path:
        """Where the worker keeps the column copy of stored decisions: beside the evidence."""
        return self.evidence_folder.absolute().with_name("columns")

    @property
    def mailbox(self) -> bool:
        """Whether mails stay in the portal's own mailbox page: never in production."""
        return not self.mail_server and self.mode is Mode.DEVELOPMENT

    def flask(self) -> dict[str, object]:
        """The same settings under the names that Flask and its extensions read."""
        secure = self.base_url.startswith("https://")
        return {
            "SECRET_KEY": self.secret_key.get_secret_value(),
            "SECRET_KEY_FALLBACKS": [key.get_secret_value() for key in self.secret_key_fallbacks],
            "DEBUG": self.debug,
            "SQLALCHEMY_DATABASE_URI": self.database_url,
            "SESSION_COOKIE_NAME": "__Host-session" if secure else "session",
            "SESSION_COOKIE_SECURE": secure,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "MAX_CONTENT_LENGTH": 56 * 1024 * 1024,
            "MAX_FORM_MEMORY_SIZE": 500_000,
            "MAX_FORM_PARTS": 200,
            "WTF_CSRF_TIME_LIMIT": None,
            "WTF_CSRF_SSL_STRICT": False,
            "TRUSTED_HOSTS": (
                [urlsplit(self.base_url).hostname] if self.mode is Mode.PRODUCTION else None
            ),
            "RATELIMIT_STORAGE_URI": self.ratelimit_storage,
            "RATELIMIT_HEADERS_ENABLED": True,
            "MAIL_SERVER": self.mail_server or "localhost",
            "MAIL_PORT": self.mail_port,
            "MAIL_USE_TLS": self.mail_security == "starttls",
            "MAIL_USE_SSL": self.mail_security == "tls",
            "MAIL_USERNAME": self.mail_username or None,
            "MAIL_PASSWORD": self.mail_password.get_secret_value() or None,
            "MAIL_CA_FILE": str(self.mail_ca_file) if self.mail_ca_file else None,
            "MAIL_TIMEOUT": self.mail_timeout,
            "MAIL_SUPPRESS_SEND": False,
        }


def load_settings(**given: object) -> Settings:
    """Read the environment (and .env); ``given`` wins over both.

    Raises SettingsError that names each bad variable and says what to write.
    """
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper()
            said = problem["msg"].removeprefix("Value error, ")
            lines.append(f"{name}: {said}" if name else said)
        raise SettingsError(
            "The portal can't start with these settings.\n" + "\n".join(lines)
        ) from None
