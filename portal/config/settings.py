"""Settings from the environment; a bad one stops the start with its name and what to write."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import parse_qs, unquote, urlsplit

from flask import current_app
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from portal.config import keys
from portal.config.buckets import BucketSettings
from portal.config.hosts import is_loopback
from portal.config.keys import EXAMPLE_SEAL_KEY, EXAMPLE_SECRET_KEY
from portal.config.periods import PeriodSettings
from portal.config.pullers import PullSettings
from portal.config.quotas import QuotaSettings

_RANDOM = "write a random text of 32 characters or more, known to nobody"
_CANT_START = "The portal can't start with these settings."
ALONE = (
    "MODE is not production: the portal answers this machine only. For others to reach it, write"
    " MODE=production and what that needs (.env.example)."
)

API = "/api/v1"  # where programs ask; everywhere else are pages


class SettingsError(Exception):
    """The portal can't start with these settings; the message lists each name and its mend."""


class Mode(StrEnum):
    """Where the portal runs: production refuses what development forgives."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(
    BucketSettings, QuotaSettings, PullSettings, PeriodSettings, keys.SecretSettings, BaseSettings
):
    """Each setting is one environment variable of the same name in capitals (.env.example)."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    mode: Mode = Mode.DEVELOPMENT
    debug: bool = False
    secret_key: SecretStr = SecretStr(EXAMPLE_SECRET_KEY)
    secret_key_fallbacks: Annotated[list[SecretStr], NoDecode] = []
    seal_keys: Annotated[list[SecretStr], NoDecode] = [SecretStr(EXAMPLE_SEAL_KEY)]
    seal_keys_lost: Annotated[list[str], NoDecode] = []
    base_url: str = ""
    database_url: str = "sqlite:///var/redress.sqlite3"
    evidence_folder: Path = Path("var/evidence")
    epoch_file: Path | None = None
    shops: Annotated[list[str], NoDecode] = []
    shops_folder: Path | None = None
    neighbours: Annotated[list[str], NoDecode] = []
    policy_files: Annotated[list[Path], NoDecode] = []
    trusted_proxies: int = Field(default=0, ge=0, le=5)
    ratelimit_storage: str = "database://"
    write_patience: float = Field(default=15, gt=0, le=60)  # seconds
    api_calls_a_minute: int = Field(default=600, ge=1, le=1_000_000)  # of each token
    mail_server: str = ""
    mail_port: int = Field(default=587, ge=1, le=65535)
    mail_security: str = "starttls"
    mail_username: str = ""
    mail_password: SecretStr = SecretStr("")
    mail_ca_file: Path | None = None
    mail_timeout: float = Field(default=10, gt=0, le=60)
    decision_mail_delay: float = Field(default=60, ge=0, le=3600)  # seconds
    payee_cooling_hours: float = Field(default=24, ge=0, le=720)
    metrics_token: SecretStr = SecretStr("")
    own_scripts: bool = False  # nothing of a third party on any page

    @field_validator(
        "secret_key_fallbacks", "seal_keys", "seal_keys_lost", "shops", "policy_files", "neighbours",
        mode="before",
    )  # fmt: skip
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
        try:
            parts = urlsplit(value)
            sound = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
        except ValueError:
            sound = False
        if value and (not sound or parts.query or parts.fragment or "@" in parts.netloc):
            raise ValueError("write the portal's own address, such as https://refunds.example.com")
        return value.rstrip("/")

    @field_validator("mail_security")
    @classmethod
    def _mail_security(cls, value: str) -> str:
        if value not in {"starttls", "tls", "none"}:
            raise ValueError("write starttls, tls, or none")
        return value

    @field_validator("neighbours")
    @classmethod
    def _neighbours(cls, value: list[str]) -> list[str]:
        for each in value:
            host, _, port = each.rpartition(":")
            if not is_loopback(host) or not (port.isascii() and port.isdigit()):
                raise ValueError("write addresses of this machine with their ports, such as 127.0.0.1:8100")  # fmt: skip
        return value

    @field_validator("ratelimit_storage")
    @classmethod
    def _counts(cls, value: str) -> str:
        if not value.startswith(("database://", "redis://", "rediss://", "memory://")):
            raise ValueError("write database://, or redis://HOST for a Redis of your own")
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        if value.startswith(("postgres://", "postgresql://")):
            value = "postgresql+psycopg://" + value.split("://", 1)[1]
        try:
            urlsplit(value).port  # noqa: B018 - read for the ValueError of an address that is none
            sound = value.startswith(("sqlite:///", "postgresql+psycopg://"))
        except ValueError:
            sound = False
        if not sound:
            raise ValueError("write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME")
        return value

    @field_validator("seal_keys")
    @classmethod
    def _keys(cls, value: list[SecretStr]) -> list[SecretStr]:
        keys.check_sealing([key.get_secret_value() for key in value])
        return value

    @model_validator(mode="after")
    def _as_a_whole(self) -> Self:
        wrong = [*self._anywhere()]
        if self.mode is Mode.PRODUCTION:
            here = [*self._known_keys(), *self._missing(), *self._overheard()]
            wrong += (
                ["production mode refuses these:", *(f"  {line}" for line in here)] if here else []
            )
        if wrong:
            raise ValueError("\n".join(wrong))
        return self

    def _anywhere(self) -> Iterator[str]:
        """What is wrong with the settings together, in either mode, a line each."""
        if self.mode is not Mode.PRODUCTION:
            if self.base_url and not is_loopback(urlsplit(self.base_url).hostname or ""):
                yield (
                    "BASE_URL: this is an address that others reach: write MODE=production with it,"
                    " or leave it out"
                )
            if self.trusted_proxies:
                yield (
                    "TRUSTED_PROXIES: a proxy lets others in: write MODE=production with it,"
                    " or leave it out"
                )
        in_clear = self.mail_security == "none" and not is_loopback(self.mail_server)
        if self.mail_server and self.mail_password.get_secret_value() and in_clear:
            yield (
                "MAIL_SECURITY: write starttls or tls: with none anybody on the way reads"
                " MAIL_PASSWORD"
            )
        yield from self.bucket_flaws()

    def _known_keys(self) -> Iterator[str]:
        """Of what production refuses: that which others know or would guess, a line each."""
        fallbacks = [key.get_secret_value() for key in self.secret_key_fallbacks]
        seals = [key.get_secret_value().partition(":")[2] for key in self.seal_keys]
        metrics = self.metrics_token.get_secret_value()
        if metrics and keys.guessed(metrics):
            yield f"METRICS_TOKEN: {_RANDOM}"
        if self.debug:
            yield "DEBUG: write false, or leave it out"
        if keys.guessed(self.secret_key.get_secret_value()):
            yield f"SECRET_KEY: {_RANDOM}"
        if EXAMPLE_SECRET_KEY in fallbacks:
            yield "SECRET_KEY_FALLBACKS: remove the example key, which everybody knows"
        if any(keys.guessed(key) for key in fallbacks if key != EXAMPLE_SECRET_KEY):
            yield (
                "SECRET_KEY_FALLBACKS: remove what is shorter than 32 characters or not random:"
                " it would be guessed, and still opens what it signed"
            )
        if keys.EXAMPLE_SEAL_SECRET in seals:
            yield "SEAL_KEYS: write NAME:KEY with 32 random bytes of your own"

    def _missing(self) -> Iterator[str]:
        """What production has to be told, or told better, a line each."""
        base = urlsplit(self.base_url)
        if not self.base_url:
            yield "BASE_URL: write the portal's own address, such as https://refunds.example.com"
        if base.scheme == "http" and not is_loopback(base.hostname or ""):
            yield "BASE_URL: write https://: over http anybody on the way reads passwords and codes"
        if self.ratelimit_storage.startswith("memory:"):
            yield "RATELIMIT_STORAGE: leave it out, or write redis://HOST; memory:// soon forgets"
        if not self.shops and not self.policy_files:
            yield (
                "SHOPS: write the id of each shop that runs, separated by commas, such as my-shop;"
                " flask --app wsgi shop new my-shop writes its policy file"
            )
        if not self.mail_server:
            yield "MAIL_SERVER: write the mail server's name; the mailbox page is for development"

    def _overheard(self) -> Iterator[str]:
        """The passwords of the database and of Redis that others know or could read, a line each."""
        database, counts = urlsplit(self.database_url), urlsplit(self.ratelimit_storage)
        sslmode = parse_qs(database.query).get("sslmode", ["prefer"])[-1]
        if unquote(database.password or "").casefold() in keys.TRIED_FIRST:
            yield "DATABASE_URL: give the database a password of its own: this one is tried first"
        elsewhere = not is_loopback(database.hostname or "localhost")
        if database.password and elsewhere and sslmode in {"disable", "allow"}:
            yield (
                "DATABASE_URL: write sslmode=require or verify-full: without TLS anybody on the"
                " way reads its password"
            )
        if counts.scheme == "redis" and counts.password and not is_loopback(counts.hostname or ""):
            yield (
                "RATELIMIT_STORAGE: write rediss://: without TLS anybody on the way reads its"
                " password"
            )
        yield from self.bucket_overheard()

    @property
    def address(self) -> str:
        """The portal's own address as links carry it, without a slash at its end."""
        return self.base_url or "http://127.0.0.1:5000"

    def calls_here(self, url: str) -> bool:
        """Whether an address of this machine may be called: any in development, else a neighbour's."""
        try:
            return self.mode is Mode.DEVELOPMENT or urlsplit(url).netloc in self.neighbours
        except ValueError:  # a bracket that is open
            return False

    @property
    def columns_folder(self) -> Path:
        """Where the worker keeps the column copy of stored decisions: beside the evidence."""
        return self.evidence_folder.absolute().with_name("columns")

    @property
    def own_shops(self) -> Path:
        """Where the policy files of the install's own shops are: beside the evidence, if not told."""
        return self.shops_folder or self.evidence_folder.absolute().with_name("shops")

    @property
    def examples(self) -> bool:
        """Whether the example shops run: in development, demo or not, for as long as SHOPS names none."""
        return self.mode is Mode.DEVELOPMENT and not self.shops

    @property
    def checks_folder(self) -> Path:
        """Where the worker keeps what the check said of the shops' own files: beside the evidence."""
        return self.evidence_folder.absolute().with_name("checks")

    @property
    def audit_heads(self) -> Path:
        """Where the worker keeps signed heads of the audit log: beside the evidence."""
        return self.evidence_folder.absolute().with_name("audit-heads.jsonl")

    @property
    def mailbox(self) -> bool:
        """Whether mails stay in the portal's own mailbox page: never in production."""
        return not self.mail_server and self.mode is Mode.DEVELOPMENT


def settings() -> Settings:
    """The settings of the portal that this runs in."""
    found: Settings = current_app.extensions["settings"]
    return found


def load_settings(**given: object) -> Settings:
    """Read the environment (and .env); ``given`` wins over both.

    Raises SettingsError that names each bad variable and says what to write.
    """
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except keys.SecretFileError as error:
        raise SettingsError(f"{_CANT_START}\n{error}") from None
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper()
            said = problem["msg"].removeprefix("Value error, ")
            lines.append(f"{name}: {said}" if name else said)
        raise SettingsError("\n".join([_CANT_START, *lines])) from None
