"""The extensions as bare objects; create_app() gives them their settings."""

import threading
from collections.abc import Callable
from time import monotonic, time
from typing import TYPE_CHECKING, TypeVar

from flask import Flask
from flask_babel import Babel
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from flask_wtf import CSRFProtect
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from sqlalchemy import MetaData
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase

from portal.config.late import late

if TYPE_CHECKING:
    import redis
    from redis import backoff, retry
else:  # whoever counts in the database never loads them
    redis = late("redis", serving=False)
    backoff = late("redis.backoff", serving=False)
    retry = late("redis.retry", serving=False)

T = TypeVar("T")

_BETWEEN_LOOKS = 10.0  # seconds
ANSWERS_WITHIN = 1.0  # seconds that a Redis has to take a connection, and to answer a question
NOT_ASKED_FOR = 5.0  # seconds, after it failed, by what goes on without it


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


class PortalSession(Session):
    """The session of a request or of a worker's turn."""

    def close(self) -> None:
        """Let the connection go, for good where it no longer answers: by then nothing is left to be done on it.

        An answer that is made, and a turn that is over, would else fail for a database that went away after it.
        """
        try:
            super().close()
        except DBAPIError:
            self.invalidate()


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


class SharedStore:
    """A Redis that all processes of a portal share, whatever machine they run on."""

    def __init__(self, uri: str) -> None:
        within = {"socket_timeout": ANSWERS_WITHIN, "socket_connect_timeout": ANSWERS_WITHIN}
        again = retry.Retry(backoff.NoBackoff(), 1)
        pool = redis.ConnectionPool.from_url(uri, retry=again, **within)
        self.redis = redis.Redis(connection_pool=pool)
        self.counts = RedisStorage(uri, connection_pool=pool, wrap_exceptions=True)
        self._failures = (redis.RedisError, StorageError)
        self._not_before = 0.0

    def told(self, question: Callable[["redis.Redis"], T]) -> T | None:
        """What it answers, or None: where it fails it is left alone for a while, so that nobody waits for it.

        For what goes on without an answer, such as pages that are read.
        """
        if monotonic() < self._not_before:
            return None
        try:
            return question(self.redis)
        except self._failures:
            self._not_before = monotonic() + NOT_ASKED_FOR
            return None

    def must_answer(self) -> None:
        """Raises StorageError where it does not."""
        try:
            self.redis.ping()
        except self._failures as error:
            raise StorageError(error) from None


class Limiter:
    """How often things were done, kept in the storage of the settings or at ``uri``.

    ``limiter`` is None where that is the portal's own table (limits.py); ``shared`` is the Redis,
    where it is one.
    """

    limiter: SlidingWindowCounterRateLimiter | None = None
    shared: SharedStore | None = None
    enabled = True

    def __init__(self, uri: str = "") -> None:
        self._uri = uri

    def init_app(self, app: Flask) -> None:
        """Open the storage; the config's RATELIMIT_ENABLED says whether anything is counted."""
        self.enabled = app.config.get("RATELIMIT_ENABLED", True)
        uri = self._uri or app.config["RATELIMIT_STORAGE_URI"]
        self.shared = SharedStore(uri) if uri.startswith(("redis:", "rediss:")) else None
        self.limiter = None
        if not uri.startswith("database:"):
            counts = self.shared.counts if self.shared else CountsHere()
            self.limiter = SlidingWindowCounterRateLimiter(counts)


db = SQLAlchemy(
    model_class=Base, disable_autonaming=True, session_options={"class_": PortalSession}
)
migrate = Migrate()
csrf = CSRFProtect()
babel = Babel(configure_jinja=False)  # config/sentences.py serves the templates
limiter = Limiter()
reading_limiter = Limiter("memory://")
