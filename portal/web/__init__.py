"""How people see and do it: the pages, their guards and their words."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import url_for

from portal import translation
from portal.claims.evidence import MOST
from portal.claims.sniffing import ACCEPT, MAX_VIDEO, TAKEN
from portal.web import (
    account,
    asking,
    changing,
    claim,
    deciding,
    errors,
    evidence,
    headers,
    htmx,
    mailbox,
    opening,
    reviewer,
    sending,
    shops,
    sign_ins,
    spooling,
    versions,
    versions_drafting,
    versions_publishing,
)
from portal.web.clock import now
from portal.web.filters import FILTERS

if TYPE_CHECKING:
    from flask import Flask

BLUEPRINTS: list[Any] = [
    reviewer.bp,
    deciding.bp,
    shops.bp,
    asking.bp,
    opening.bp,
    sending.bp,  # filing's own, with the last look
    claim.bp,
    changing.bp,
    evidence.bp,
    mailbox.bp,
    sign_ins.bp,
    versions.bp,
    versions_drafting.bp,
    versions_publishing.bp,
]


def register(app: Flask) -> None:
    """Add the pages, filters, headers and error pages."""
    account.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    errors.register(app)
    app.request_class = spooling.StreamedRequest
    # Ahead of the extensions' own hooks, which read the body.
    app.before_request_funcs.setdefault(None, []).insert(0, headers.sound)
    app.before_request(app.extensions["policies"].look)
    app.after_request(headers.secure)
    env = app.jinja_env
    env.trim_blocks = env.lstrip_blocks = True
    translation.serve(env)
    env.filters.update(FILTERS)
    env.globals.update(
        now=now,
        language=translation.language,
        direction=translation.direction,
        htmx_url=htmx.URL,
        htmx_integrity=htmx.INTEGRITY,
        static=_static(app),
    )
    # What a field for files takes: told by the same table that takes them.
    env.globals.update(
        upload_accept=ACCEPT, upload_hint=f"Up to {MOST} files. {TAKEN}", upload_max=MAX_VIDEO
    )
    env.globals["ui"] = env.get_template("macros/ui.html").module


def _static(app: Flask) -> Any:
    """The address of a file in static/, with its content's hash so that it may be kept for a year."""
    versions = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        for path in Path(app.static_folder or "").glob("*.*")
    }
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 31536000

    def static(filename: str) -> str:
        return url_for("static", filename=filename, v=versions.get(filename))

    return static
