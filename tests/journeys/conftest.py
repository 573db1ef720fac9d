"""A real Chromium against the real portal and its worker; the CDN is answered from a local copy."""

import os
import re
import shutil
import threading
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import expect
from werkzeug.serving import WSGIRequestHandler, make_server

from portal import create_app, worker
from portal.config import load_settings
from portal.database import transaction
from portal.demo import loading
from portal.demo.people import DANA, MARTA
from portal.extensions import Base, db
from portal.web import htmx
from tests.journeys.people import sign_in
from tests.journeys.shops import SHOPS, lay_records

CDN = {htmx.URL: (Path(__file__).parent / "cdn" / "htmx.min.js").read_bytes()}
CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
MISSING = "no Chromium found: apt-get install chromium, or set CHROMIUM to its path"
PATIENCE = (
    20_000  # ms; a page comes at once and a worker's result in a second, but not on a busy machine
)

# Refusals that a journey provokes on purpose: Chromium writes each to the console.
REFUSED = re.compile(r"status of 4\d\d")

IGNORED = (
    # Flask-Security's own forms still give WTForms their choices in the old way.
    "Passing SelectField choices as tuples",
    # Chromium lets go of a style sheet when its page is left, and the server of its file.
    "unclosed file:ResourceWarning",
)


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")
            item.add_marker(pytest.mark.timeout(180))
            for warning in IGNORED:
                item.add_marker(pytest.mark.filterwarnings(f"ignore:{warning}"))
            if CHROMIUM is None and not os.environ.get("REQUIRE_BROWSER"):
                item.add_marker(pytest.mark.skip(reason=MISSING))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    if CHROMIUM is None:
        pytest.fail(MISSING)
    return {
        **browser_type_launch_args,
        "executable_path": CHROMIUM,
        "args": [
            "--no-sandbox",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
        ],
    }


@pytest.fixture(scope="session")
def stocked(tmp_path_factory):
    """The demo, and beside it the orders that the journeys are about: copied for each test."""
    folder = tmp_path_factory.mktemp("stocked")
    app = _app(folder, base_url="http://127.0.0.1")
    with app.app_context():
        Base.metadata.create_all(db.engine)
        loading.load(now=datetime.now(UTC))
        with transaction():
            for shop in SHOPS:
                lay_records(shop)
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    return folder


@pytest.fixture
def portal(stocked, tmp_path):
    """The portal as a visitor meets it: served over loopback, its worker running."""
    folder = shutil.copytree(stocked, tmp_path / "portal")
    server = make_server("127.0.0.1", 0, None, threaded=True, request_handler=Quiet)
    app = _app(folder, base_url=f"http://127.0.0.1:{server.port}")
    server.app = app
    stop = threading.Event()
    threads = [
        threading.Thread(target=partial(server.serve_forever, 0.05), daemon=True),
        threading.Thread(target=worker.run, args=(app, stop), kwargs={"idle": 0.1}, daemon=True),
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


@pytest.fixture(scope="session")
def base_url():
    """None for the plugin: each test has a portal at an address of its own."""
    return


@pytest.fixture
def address(portal):
    """Where the portal is."""
    return portal.extensions["settings"].base_url


@pytest.fixture
def guard(address):
    """Answer the CDN from the local copy, and note whatever else a page reaches for or complains of."""
    complaints = []

    def attach(context):
        def route(route):
            url = route.request.url
            if url.startswith(address):
                return route.continue_()
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

        context.route(re.compile("^http"), route)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("console", _console)
        context.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)

    def _console(message):
        if message.type == "error" and not REFUSED.search(message.text):
            complaints.append(message.text)

    yield attach
    assert complaints == []


@pytest.fixture
def visitor(new_context, guard, address):
    """Somebody with a browser of their own: `visitor()` gives its first page."""

    def arrive(**options):
        options = {"base_url": address, "viewport": {"width": 1280, "height": 900}} | options
        context = new_context(**options)
        guard(context)
        return context.new_page()

    return arrive


@pytest.fixture
def customer(visitor):
    """The page of somebody who bought a number."""
    return visitor()


@pytest.fixture(scope="session")
def passes():
    """The cookies of those who signed in before: all tests' portals know the same sessions."""
    return {}


@pytest.fixture
def staff(visitor, passes):
    """Somebody who works here: `staff(DANA)` gives their page, signed in."""

    def arrive(person, **options):
        page = visitor(**options)
        if person in passes:
            page.context.add_cookies(passes[person])
        else:
            sign_in(page, person)
            passes[person] = page.context.cookies()
        return page

    return arrive


@pytest.fixture
def dana(staff):
    """The page of the reviewer who decides first, signed in."""
    return staff(DANA)


@pytest.fixture
def marta(staff):
    """The page of the reviewer who decides appeals and pays, signed in."""
    return staff(MARTA)


class Quiet(WSGIRequestHandler):
    """Answers without a line in the log for each request."""

    def log_request(self, *_):
        """Say nothing."""


def _app(folder, **given):
    settings = load_settings(
        database_url=f"sqlite:///{folder}/portal.sqlite3",
        evidence_folder=folder / "evidence",
        **given,
    )
    return create_app(settings, RATELIMIT_ENABLED=False)
