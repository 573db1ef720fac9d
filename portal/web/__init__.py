"""How people see and do it: the pages, their guards and their words."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, request, url_for
from jinja2 import Environment
from jinja2.environment import TemplateModule

from portal import translation
from portal.claims.evidence.files import MOST
from portal.claims.evidence.sniffing import KINDS, MAX_VIDEO, accept_of, taken_of
from portal.config import sentences
from portal.config.languages import direction
from portal.translation import lazy_gettext as _
from portal.web import errors, mailbox
from portal.web.account import code_again, erasing, page, passkeys, people, sign_in
from portal.web.connections import handoff_keys, new_shop, tokens, webhooks
from portal.web.customer import claim, evidence, opening, sending
from portal.web.customer.elsewhere import copying, finding, keeping, phone
from portal.web.customer.handed import orders
from portal.web.customer.pictures import blacking
from portal.web.desk import activity, alike, incidents, letters, presence, saved, snippets
from portal.web.frame import headers, htmx, spooling
from portal.web.frame.clock import now
from portal.web.frame.filters import FILTERS
from portal.web.guards import languages, origins, sessions, staff, uploads
from portal.web.payouts import attention, due, owed, rails, runs
from portal.web.policies import drafting, publishing, rules, versions
from portal.web.policies.days import page as calendars
from portal.web.public import (
    arriving,
    asking,
    faces,
    health,
    languages as public_languages,
    programs,
    shops,
)
from portal.web.reports import decided, money
from portal.web.review import payers, queue

BLUEPRINTS: list[Any] = [
    health.bp,
    arriving.bp,
    queue.bp,
    decided.bp,
    money.bp,
    activity.bp,
    alike.bp,
    incidents.bp,
    saved.bp,
    letters.bp,
    snippets.bp,
    payers.bp,  # deciding's own, with what is taken back and let go
    presence.bp,  # hands' own, with what colleagues write, what a customer is asked for, and who is there
    shops.bp,
    faces.bp,
    public_languages.bp,
    programs.bp,
    asking.bp,
    opening.bp,
    sending.bp,  # filing's own, with the result and the button
    orders.bp,
    finding.bp,
    phone.bp,
    keeping.bp,
    claim.bp,
    copying.bp,  # changing's own, with the answers to what was asked and offered, and what is tried again
    evidence.bp,
    blacking.bp,
    mailbox.bp,
    page.bp,
    code_again.bp,
    passkeys.signing_in,
    passkeys.bp,
    people.bp,
    erasing.bp,
    versions.bp,
    drafting.bp,
    rules.bp,
    calendars.bp,
    new_shop.bp,
    publishing.bp,
    rails.bp,
    webhooks.bp,
    handoff_keys.bp,
    tokens.bp,
    due.bp,
    owed.bp,
    runs.bp,
    attention.bp,
]


def register(app: Flask) -> None:
    """Add the pages, filters, headers and error pages."""
    sign_in.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    errors.register(app)
    app.request_class = spooling.StreamedRequest
    app.session_interface = sessions.KeptSigner()
    # Ahead of the extensions' own hooks, which read the body.
    app.before_request_funcs.setdefault(None, [])[:0] = [uploads.announced, headers.sound]
    origins.register(app)
    languages.register(app)
    app.before_request(app.extensions["policies"].look)
    app.after_request(headers.secure)
    app.after_request(headers.compress)
    env = app.jinja_env
    env.trim_blocks = env.lstrip_blocks = True
    sentences.serve(env)
    env.filters.update(FILTERS)
    env.globals.update(
        factor_is_fresh=staff.is_fresh,
        now=now,
        language=translation.language,
        direction=direction,
        htmx_url=htmx.URL,
        own_scripts=app.extensions["settings"].own_scripts,
        htmx_integrity=htmx.INTEGRITY,
        static=_static(app),
        restored_copy=staff.restored_copy,
    )
    # What a field for files takes: told by the same table that takes them.
    env.globals.update(
        upload_accept=accept_of(KINDS),
        upload_hint=_("Up to %(most)s files. %(taken)s", most=MOST, taken=taken_of(KINDS)),
        upload_max=MAX_VIDEO,
    )
    env.globals["ui"] = _Drawing(env)


def make_ready(app: Flask) -> None:
    """Compile what every page is drawn with: for a server, before it forks and before it is asked."""
    app.jinja_env.globals["ui"].load()  # type: ignore[attr-defined]


class _Drawing:
    """The macros of frame/ui.html: compiled when the first is called, since a command draws none."""

    def __init__(self, env: Environment) -> None:
        self._env = env

    def __getattr__(self, name: str) -> Any:
        return getattr(self.load(), name)

    def load(self) -> TemplateModule:
        """From here on they are attributes like any other."""
        module = self._env.get_template("frame/ui.html").module
        vars(self).update(vars(module))
        return module


def _static(app: Flask) -> Any:
    """The address of a file in static/, with its content's hash so that it may be kept for a year."""
    versions = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        for path in Path(app.static_folder or "").glob("*.*")
    }
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 31536000

    @cache
    def address(filename: str, _root: str) -> str:
        return url_for("static", filename=filename, v=versions.get(filename))

    def static(filename: str) -> str:
        return address(filename, request.script_root)

    return static
