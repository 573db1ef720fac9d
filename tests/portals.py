"""The portal as tests need it: with settings of their own, or made once and as good as new each time."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from math import inf
from typing import ClassVar

from sqlalchemy import bindparam, event, text
from werkzeug.routing import Rule

from portal import logs
from portal.app import create_app
from portal.config.settings import load_settings
from portal.extensions import db, limiter, reading_limiter
from portal.versions.registry import Policies

# What production asks for; the keys are as good as random to its checks.
PRODUCTION = {
    "mode": "production",
    "base_url": "https://refunds.example.com",
    "secret_key": "a-text-that-nobody-else-knows-0123456789",
    "seal_keys": "first:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "mail_server": "mail.example.com",
    "policy_files": "activation-claims,client-numbers,didvirtualnumbers,numberplug,sms-service",
}


# Passwords are hashed as in production, but in no time.
QUICK = {"argon2__time_cost": 1, "argon2__memory_cost": 64, "argon2__parallelism": 1}


def portal_at(url, folder, *, limits=False, **given):
    """A portal of its own on the database at ``url``, its files in ``folder``."""
    settings = load_settings(
        database_url=url,
        evidence_folder=folder / "evidence",
        **{"base_url": "http://localhost"} | given,
    )
    return create_app(
        settings,
        TESTING=True,
        RATELIMIT_ENABLED=limits,
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=QUICK,
    )


class Route(Rule):
    """A route that is compiled once, though many portals have it: that is half of making one."""

    made: ClassVar = {}

    def _compile_builder(self, *given):
        if self.defaults:
            return super()._compile_builder(*given)
        key = self.rule, tuple(self._trace), given
        if key not in self.made:
            self.made[key] = super()._compile_builder(*given)
        return self.made[key]


@contextmanager
def within(app):
    """The application context, and no connection left open after it."""
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def without_waiting(app):
    """Let no commit wait for the disk: what is lost with the machine is made anew. The portal itself."""
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", _hurry)
    return app


def _hurry(connection, _record):
    connection.execute("PRAGMA synchronous=OFF")


class Made:
    """A portal that many tests use one after the other; to make one takes a tenth of a second."""

    def __init__(self, url, folder):
        self.app = without_waiting(portal_at(url, folder, limits=True))
        self._config, self._extensions = dict(self.app.config), dict(self.app.extensions)
        self._views = dict(self.app.view_functions)

    def as_new(self, folder, *, limits=False, **config):
        """The portal as it was made, on a database that is empty again, its files in ``folder``."""
        self.app.config.clear()
        self.app.config.update(self._config | {"RATELIMIT_ENABLED": limits} | config)
        settings = self._extensions["settings"].model_copy(
            update={"evidence_folder": folder / "evidence"}
        )
        self.app.extensions.clear()
        # Whether it is a restored copy is looked up every few seconds: in a test, at no moment by chance.
        self.app.extensions.update(
            self._extensions | {"settings": settings, "restored_copy": (inf, False)}
        )
        self.app.view_functions.update(self._views)
        policies = self._extensions["policies"]
        # In its place: each request looks into this one for what was published.
        Policies.__init__(policies, policies.paths.values(), at=datetime.now(UTC))
        # What another portal told those that all portals of a process share.
        logs.configure(json=False)
        limiter.enabled = reading_limiter.enabled = limits
        reading_limiter.limiter.storage.reset()
        return self.app


_READ = text(
    "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_user_tables"
    " WHERE relname IN :tables"
).bindparams(bindparam("tables", expanding=True))


def rows_read(*tables):
    """Rows that PostgreSQL read of these tables since the database was made; none where it is another one."""
    if db.engine.dialect.name == "sqlite":
        return 0
    db.session.execute(text("SELECT pg_stat_force_next_flush()"))
    db.session.rollback()
    read = db.session.scalar(_READ, {"tables": tables})
    db.session.rollback()
    return read
