"""The cookie in which a browser keeps its session."""

from functools import lru_cache

from flask import Flask
from flask.sessions import SecureCookieSessionInterface as FlasksOwn
from itsdangerous import URLSafeTimedSerializer


class KeptSigner(FlasksOwn):
    """Flask's own sessions, but that what signs them is made once and not twice in each request."""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """What signs with the key, and reads what the older ones signed too; None without a key."""
        keys = *(app.config["SECRET_KEY_FALLBACKS"] or ()), app.secret_key
        return _signer(keys) if app.secret_key else None


@lru_cache(maxsize=4)
def _signer(keys: tuple[str | bytes, ...]) -> URLSafeTimedSerializer:
    """As Flask makes it of these keys, the newest last."""
    how = {"key_derivation": FlasksOwn.key_derivation, "digest_method": FlasksOwn.digest_method}
    return URLSafeTimedSerializer(
        [*keys],  # type: ignore[arg-type]  # itsdangerous takes both, mixed too
        salt=FlasksOwn.salt,
        serializer=FlasksOwn.serializer,
        signer_kwargs=how,
    )
