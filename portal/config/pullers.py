"""From whom a shop's records are pulled: one line a shop, its key apart from it."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode

from portal.config.hosts import is_loopback

_SHAPE = "write SHOP DIALECT ADDRESS, such as my-shop 5sim https://5sim.net"
_NO_KEY = SecretStr("")
_HEADS = 3  # the shop, the dialect and the address


class Dialect(StrEnum):
    """How an upstream speaks."""

    HANDLER_API = "handler_api"
    FIVESIM = "5sim"


@dataclass(frozen=True, slots=True)
class PullerSetting:
    """Where a shop's orders are pulled from; ``key`` opens it, and is shown nowhere.

    ``zone`` is that of times without one, ``currency`` that of amounts without one (empty: none is
    kept). ``private`` lets it be of this machine or its network.
    """

    shop: str
    dialect: Dialect
    url: str
    zone: str = "UTC"
    currency: str = ""
    private: bool = False
    key: SecretStr = _NO_KEY

    @property
    def source(self) -> str:
        """What tells it from another: the mark of one says nothing to the next."""
        return f"{self.dialect} {self.url}"


def read_puller(line: str) -> PullerSetting:
    """A line of the setting: ``SHOP DIALECT ADDRESS [zone=ZONE] [currency=USD] [private]``. Raises ValueError."""
    words = line.split()
    if len(words) < _HEADS:
        raise ValueError(_SHAPE)
    shop, dialect, url, *more = words
    if dialect not in {each.value for each in Dialect}:
        raise ValueError(f"{shop}: write {' or '.join(Dialect)} as its dialect")
    said = dict(part.partition("=")[::2] for part in more)
    if said.keys() - {"zone", "currency", "private"} or said.get("private"):
        raise ValueError(f"{shop}: behind the address stand zone=, currency= or private")
    found = PullerSetting(
        shop=shop,
        dialect=Dialect(dialect),
        url=_address(shop, url, private="private" in said),
        currency=said.get("currency", ""),
        private="private" in said,
    )
    try:
        return replace(found, zone=ZoneInfo(said.get("zone", "UTC")).key)
    except (ValueError, KeyError, OSError):
        raise ValueError(f"{shop}: zone: write one such as Europe/Moscow") from None


def _address(shop: str, url: str, *, private: bool) -> str:
    try:
        parts = urlsplit(url)
        host, sound = parts.hostname or "", parts.port != 0 and not parts.query
    except ValueError:
        host, sound = "", False
    if parts.scheme not in {"http", "https"} or not host or not sound or "@" in parts.netloc:
        raise ValueError(f"{shop}: write the upstream's own address, without a key in it")
    if parts.scheme == "http" and not private and not is_loopback(host):
        raise ValueError(f"{shop}: write https://: over http anybody on the way reads its key")
    return url.rstrip("/")


class PullSettings(BaseSettings):
    """The settings of pulling, a part of the portal's (.env.example)."""

    pullers: Annotated[list[PullerSetting], NoDecode] = []
    pull_keys: Annotated[list[SecretStr], NoDecode] = []  # SHOP:KEY
    pull_every: int = Field(default=60, ge=0, le=86_400)  # seconds; 0 leaves it to the command

    @field_validator("pullers", mode="before")
    @classmethod
    def _lines(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return [read_puller(line) for line in value.split(",") if line.strip()]

    @field_validator("pull_keys", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = [pair.strip() for pair in value.split(",") if pair.strip()]
        if not all(":" in pair for pair in pairs):
            raise ValueError("write SHOP:KEY, separated by commas")
        return pairs

    @model_validator(mode="after")
    def _each_with_its_key(self) -> Self:
        keys = dict(each.get_secret_value().split(":", 1) for each in self.pull_keys)
        shops = [each.shop for each in self.pullers]
        if twice := sorted({shop for shop in shops if shops.count(shop) > 1}):
            raise ValueError(f"PULLERS: write one line for {twice[0]}")
        if keyless := [shop for shop in shops if not keys.get(shop)]:
            raise ValueError(f"PULL_KEYS: write {keyless[0]}:KEY, the key of its upstream")
        self.pullers = [replace(each, key=SecretStr(keys[each.shop])) for each in self.pullers]
        return self

    def puller_of(self, shop: str) -> PullerSetting | None:
        """From whom this shop's records are pulled; None from nobody."""
        return next((each for each in self.pullers if each.shop == shop), None)
