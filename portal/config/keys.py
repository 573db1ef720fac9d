"""The keys that sign and seal, and passwords: what one has to be, what everybody knows, the files they may stand in."""

import base64
import re
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource

KEY_LENGTH = 32  # characters of the secret key at least, bytes of a sealing key exactly
_KEY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", re.ASCII)
_VARIED = 8  # different bytes or characters: at random there are more, but once in an age
EXAMPLE_SECRET_KEY = "for-development-only-not-a-secret"  # noqa: S105 - refused in production
EXAMPLE_SEAL_SECRET = base64.b64encode(b"for-development-only-32-bytes-xx").decode()
EXAMPLE_SEAL_KEY = f"example:{EXAMPLE_SEAL_SECRET}"

# What an example or a hasty set-up has for a database's password.
TRIED_FIRST = frozenset(
    {
        "password",
        "postgres",
        "postgresql",
        "changeme",
        "change-me",
        "example",
        "secret",
        "redress",
        "admin",
    }
)


def check_sealing(entries: list[str]) -> None:
    """Raise ValueError, which names no secret, unless all are NAME:KEY with names and keys to trust."""
    if not entries:
        raise ValueError("write at least one NAME:KEY")
    names: list[str] = []
    for entry in entries:
        name, _, secret = entry.partition(":")
        try:
            raw = base64.b64decode(secret, validate=True)
        except ValueError:
            raw = b""
        if not name or len(raw) != KEY_LENGTH:
            raise ValueError(
                "write NAME:KEY with KEY the base64 of 32 random bytes; the first is used to seal"
            )
        if not _KEY_NAME.fullmatch(name):
            raise ValueError(
                f"name each key with up to 32 letters, digits, - or _, a letter or digit first;"
                f" not {name!r}"
            )
        if name in names:
            raise ValueError(f"two keys are named {name!r}: give each a name of its own")
        if len(set(raw)) < _VARIED:
            raise ValueError(f"the key {name!r} is not random: write the base64 of 32 random bytes")
        names.append(name)


def guessed(secret: str) -> bool:
    """Whether a key that signs is known, short, or of so few characters that it isn't random."""
    return len(secret) < KEY_LENGTH or secret == EXAMPLE_SECRET_KEY or len(set(secret)) < _VARIED


# Each may be given as NAME_FILE, which names the file, in place of NAME.
_SECRETS = (
    "secret_key", "secret_key_fallbacks", "seal_keys", "database_url", "ratelimit_storage", "mail_password",
    "metrics_token", "evidence_s3_access_key", "evidence_s3_secret_key", "pull_keys",
)  # fmt: skip
_OTHERS = 0o077  # what a file's group and all others may do


class SecretFileError(Exception):
    """Secrets can't be read from the files that were named; the message has a line for each."""


class SecretFiles(PydanticBaseSettingsSource):
    """The values of all NAME_FILE that the environment or .env name."""

    def __init__(self, settings: type[BaseSettings], *told: PydanticBaseSettingsSource) -> None:
        """``told`` are the sources of the names of files, the first of which wins."""
        super().__init__(settings)
        self._told: dict[str, str | None] = {}
        for each in reversed(told):
            if isinstance(each, EnvSettingsSource):
                self._told |= each.env_vars

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """What pydantic asks of a source for one field."""
        del field
        path = self._told.get(f"{field_name}_file")
        return (_read(field_name, Path(path)) if path else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        """The secrets by their settings' names. Raises SecretFileError that names each bad file."""
        found, wrong = {}, []
        for name in _SECRETS:
            if not self._told.get(f"{name}_file"):
                continue
            if self._told.get(name):
                wrong.append(f"{name.upper()}_FILE: {name.upper()} is set too: leave out one of the two")  # fmt: skip
                continue
            try:
                found[name], *_ = self.get_field_value(self.settings_cls.model_fields[name], name)
            except (OSError, ValueError) as error:
                wrong.append(f"{name.upper()}_FILE: {error}")
        if wrong:
            raise SecretFileError("\n".join(wrong))
        return found


def _read(name: str, path: Path) -> str:
    if path.stat().st_mode & _OTHERS:
        raise ValueError(f"others can read {path}: chmod 600 {path}")
    text = path.read_text(encoding="utf-8").strip()
    if not text:
        raise ValueError(f"{path} is empty: write {name.upper()} into it")
    return text


class SecretSettings(BaseSettings):
    """Settings of which each secret may stand in a file of its own: systemd's, Docker's, a vault's agent's."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given wins over the files, which are named in the environment or .env."""
        del file_secret_settings
        files = SecretFiles(settings_cls, env_settings, dotenv_settings)
        return init_settings, files, env_settings, dotenv_settings
