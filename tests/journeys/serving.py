"""The portal as a visitor meets it: served over loopback with its worker, filled with the demo."""

import os
import re
import shutil
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

from werkzeug.serving import WSGIRequestHandler, make_server

from portal import worker
from portal.app import ROOT, create_app
from portal.claims.decisions import copying
from portal.config.settings import load_settings
from portal.database import transaction
from portal.demo import loading
from portal.extensions import Base, db
from portal.payouts.owed import searching
from portal.people import reviewers, signins
from portal.versions.registry import policies
from portal.web.frame import htmx
from portal.web.guards import staff
from tests.journeys.shops import SHOPS, lay_records
from tests.portals import without_waiting

CDN = {htmx.URL: (ROOT / "static" / "htmx.min.js").read_bytes()}
FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


# Seconds by which each answer comes late: shows what a journey looks at before it is there.
LATE = float(os.environ.get("LATE", "0"))
# Seconds between two looks of an idle worker, twice those of a real one: each costs a journey time.
IDLE = 2 * worker.IDLE


class Quiet(WSGIRequestHandler):
    """Answers without a line in the log for each request, and late where that is asked for."""

    def run_wsgi(self):
        """Wait, where all answers are to be late."""
        time.sleep(LATE)
        super().run_wsgi()

    def log_request(self, *_):
        """Say nothing."""


def stock(folder):
    """Lay the demo, search it for what is owed and copy its decisions: each copy's worker would again."""
    app = _app(folder, base_url="http://127.0.0.1")
    with app.app_context():
        Base.metadata.create_all(db.engine)
        now = datetime.now(UTC)
        loading.load(now=now)
        while searching.search_due(policies=policies(), now=now) or copying.copy_due(now=now):
            pass
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()


def session_of(app, email):
    """The cookie of somebody who works here and has signed in a moment ago."""
    with app.app_context():
        person = reviewers.by_email(email)
        mark = person.fs_uniquifier
        with transaction():
            key = signins.begin(
                person.id, at=datetime.now(UTC), address="127.0.0.1", browser="Chromium"
            )
        serializer = app.session_interface.get_signing_serializer(app)
        value = serializer.dumps({"_user_id": mark, "_fresh": True, staff.KEY: key})
    return {"name": app.config["SESSION_COOKIE_NAME"], "value": value}


@contextmanager
def served(folder):
    """The app on a stocked folder, at an address of its own, for as long as the context lasts.

    The orders that the journeys are about were made a moment ago, however long the tests before took.
    """
    server = make_server("127.0.0.1", 0, None, threaded=True, request_handler=Quiet)
    app = _app(folder, base_url=f"http://127.0.0.1:{server.port}")
    server.app = app
    with app.app_context(), transaction():
        for shop in SHOPS:
            lay_records(shop)
    stop = threading.Event()
    threads = [
        threading.Thread(target=partial(server.serve_forever, 0.05), daemon=True),
        threading.Thread(target=worker.run, args=(app, stop), kwargs={"idle": IDLE}, daemon=True),
    ]
    for thread in threads:
        thread.start()
    yield app
    stop.set()
    server.shutdown()
    for thread in threads:
        thread.join(10)
    server.server_close()
    with app.app_context():
        db.engine.dispose()


def keep_inside(context, address, complaints):
    """Answer the CDN from the local copy, and nothing else; what a page reaches for is noted."""
    outside = re.compile(f"^http(?!{re.escape(address.removeprefix('http'))}/)")

    def route(route):
        url = route.request.url
        if url in CDN:
            return route.fulfill(
                body=CDN[url],
                headers={
                    "content-type": "text/javascript; charset=utf-8",
                    "access-control-allow-origin": "*",
                },
            )
        complaints.append(f"reached out to {url}")
        return route.abort()

    context.route(outside, route)


def find_chromium(named):
    """The browser: the one that is named, else the first that is installed, else None.

    The shell draws the page and no window around it: less than half of the work.
    """
    known = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return named or next(filter(None, map(shutil.which, known)), None)


def _app(folder, **given):
    settings = load_settings(
        database_url=f"sqlite:///{folder}/portal.sqlite3",
        evidence_folder=folder / "evidence",
        **given,
    )
    return without_waiting(create_app(settings, RATELIMIT_ENABLED=False))
