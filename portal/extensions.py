"""The extensions as bare objects; create_app() gives them their settings."""

import threading
from time import time
from typing import cast

from flask import Flask
from flask_babel import Babel
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

_BETWEEN_LOOKS = 10.0  # seconds


class Base(DeclarativeBase):
    """Every table; constraints are named so that migrations can drop them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class CountsHere(MemoryStorage):
    """Counts of this process, of which those that are over go now and then.

    The package's own starts a thread with nearly every count, to look for them.
    """

    def __init__(self) -> None:
        super().__init__()
        self._change = threading.Lock()
        self._look_at = 0.0

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count so many more; what the key's count is then."""
        now = time()
        with self._change:
            if self._look_at <= now:
                for each in [*self.expirations]:
                    self.get(each)  # which lets it go where it is over
                self._look_at = now + _BETWEEN_LOOKS
            self.get(key)
            self.storage[key] += amount
            self.expirations.setdefault(key, now + expiry)
            return self.storage[key]


class Limiter:
    """How often things were done, kept in the storage of the settings or at ``uri``.

    ``limiter`` is None where that is the portal's own table (limits.py).
    """

    limiter: SlidingWindowCounterRateLimiter | None = None
    enabled = True

    def __init__(self, uri: str = "") -> None:
        self._uri = uri

    def init_app(self, app: Flask) -> None:
        """Open the storage; the config's RATELIMIT_ENABLED says whether anything is counted."""
        self.enabled = app.config.get("RATELIMIT_ENABLED", True)
        uri = self._uri or app.config["RATELIMIT_STORAGE_URI"]
        self.limiter = None
        if not uri.startswith("database:"):
            here = uri == "memory://"
            storage = (
                CountsHere()
                if here
                else cast("Storage", storage_from_string(uri, wrap_exceptions=True))
            )
            self.limiter = SlidingWindowCounterRateLimiter(storage)


db = SQLAlchemy(model_class=Base, disable_autonaming=True)
migrate = Migrate()
csrf = CSRFProtect()
babel = Babel(configure_jinja=False)  # config/sentences.py serves the templates
limiter = Limiter()
reading_limiter = Limiter("memory://")
