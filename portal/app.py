"""The portal's wiring, apart from the package so that a process without the web loads none of it."""

import resource
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from flask import Flask, request
from flask.typing import ResponseReturnValue

from portal import api, cli, logs, translation, web
from portal.api import problems
from portal.claims import feed  # noqa: F401 - what is committed is told from here on
from portal.config.settings import API, Mode, Settings, SettingsError, load_settings
from portal.database import engine_options, tend
from portal.extensions import babel, csrf, db, limiter, migrate, reading_limiter
from portal.health import private, proofs
from portal.ledger import reports  # noqa: F401 - its views are laid with the tables
from portal.policy.file.places import shop_paths
from portal.serving.forwarded import BehindProxies
from portal.versions import own_files
from portal.versions.registry import Policies
from portal.web.frame.loopback import LoopbackOnly
from portal.web.guards import declared, request_ids

log = structlog.get_logger(__name__)


class Portal(Flask):
    """Flask, but that whatever goes wrong where programs ask is answered as they can read it."""

    def handle_user_exception(self, e: Exception) -> ResponseReturnValue:
        """The page that tells of an error, or below the API's address a problem in JSON."""
        if request.path.startswith(f"{API}/"):
            return problems.failure(e)
        return super().handle_user_exception(e)


ROOT = Path(__file__).resolve().parent.parent


def create_app(settings: Settings | None = None, **overrides: object) -> Flask:
    """Wire the portal together from its settings; ``overrides`` go to Flask's own config.

    Raises SettingsError for bad settings, and in production for files that others can read; SealKeysUnlike
    for a sealing key that is missing or another; PolicyError for a policy file that isn't whole, or a
    published version that is not as it was; UndeclaredRoute for an address that is nobody's.
    """
    settings = settings or load_settings()
    resource.setrlimit(
        resource.RLIMIT_CORE, (0, 0)
    )  # a core dump would hold keys and details in clear
    logs.configure(json=settings.mode is Mode.PRODUCTION)
    app = Portal("portal", root_path=str(ROOT), instance_path=str(ROOT))
    app.config.from_mapping(flask_config(settings))
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(
        settings.database_url, settings.write_patience
    )
    app.config.from_mapping(overrides)
    app.extensions["settings"] = settings
    files = partial(
        shop_paths,
        settings.policy_files,
        settings.own_shops,
        only=settings.shops,
        examples=settings.examples,
    )
    policies = Policies(
        files(),
        at=datetime.now(UTC),
        held=partial(own_files.held, settings.checks_folder),
        later=files,
    )
    for shop in settings.shops:
        if shop not in policies:
            log.warning(
                "shop has no policy file", shop=shop, write=f"flask --app wsgi shop new {shop}"
            )
    app.extensions["policies"] = policies
    if settings.trusted_proxies:
        app.wsgi_app = BehindProxies(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]
    if settings.mode is not Mode.PRODUCTION:
        app.wsgi_app = LoopbackOnly(app.wsgi_app)  # type: ignore[method-assign]
    db.init_app(app)
    with app.app_context():
        tend(db.engine)
        if settings.mode is Mode.PRODUCTION and (opened := [*private.opened_here(settings)]):
            raise SettingsError("\n".join(["Production refuses to start with these.", *opened]))
        policies.renew()
        proofs.prove(lost=settings.seal_keys_lost, at=datetime.now(UTC))
        db.session.remove()
        db.engine.dispose()  # a server may fork from here, and no connection outlives a fork
    migrate.init_app(
        app, db, directory=str(ROOT / "migrations"), render_as_batch=True, compare_type=True
    )
    csrf.init_app(app)
    limiter.init_app(app)
    reading_limiter.init_app(app)
    babel.init_app(
        app,
        default_translation_directories=str(translation.FOLDER),
        locale_selector=translation.language,
    )
    web.register(app)
    api.register(app)
    cli.register(app)
    request_ids.register(app)
    declared.refuse_undeclared(app)
    return app


def flask_config(settings: Settings) -> dict[str, object]:
    """The settings under the names that Flask and its extensions read."""
    secure = settings.base_url.startswith("https://")
    return {
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "SECRET_KEY_FALLBACKS": [key.get_secret_value() for key in settings.secret_key_fallbacks],
        "DEBUG": settings.debug,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
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
            [urlsplit(settings.base_url).hostname] if settings.mode is Mode.PRODUCTION else None
        ),
        "RATELIMIT_STORAGE_URI": settings.ratelimit_storage,
    }
