"""A real Chromium against the real portal and its worker; the CDN is answered from a local copy."""

import os
import re
import shutil
from itertools import takewhile

import pytest
from playwright.sync_api import expect

from portal.demo.people import DANA, MARTA
from tests.journeys.people import sign_in
from tests.journeys.serving import (
    FLAGS,
    find_chromium,
    keep_inside,
    served,
    session_of,
    stock,
)

CHROMIUM = find_chromium(os.environ.get("CHROMIUM"))
MISSING = "no Chromium found: apt-get install chromium-headless-shell, or set CHROMIUM to its path"
# ms; a page comes at once and a worker's result in a second, but not on a busy machine.
PATIENCE = 60_000
# Seconds for one journey, however busy the machine is: one passed 180 with late answers (LATE).
LIMIT = 600

HERE = "tests/journeys/"
# Refusals that a journey provokes on purpose: Chromium writes each to the console.
REFUSED = re.compile(r"status of 4\d\d")


IGNORED = (
    # Flask-Security's own forms still give WTForms their choices in the old way.
    "Passing SelectField choices as tuples",
    # Chromium lets go of a style sheet when its page is left, and the server of its file.
    "unclosed file:ResourceWarning",
)


def pytest_collection_modifyitems(items):
    # First, so that none is left to one worker at the end; a quarter of their time they wait. Those of
    # `make test` are a group: one worker lays the demo for them, and no other waits until it has.
    items.sort(key=lambda item: not item.nodeid.startswith(HERE))
    for item in takewhile(lambda item: item.nodeid.startswith(HERE), items):
        item.add_marker("browser")
        item.add_marker(pytest.mark.timeout(LIMIT))
        for warning in IGNORED:
            item.add_marker(pytest.mark.filterwarnings(f"ignore:{warning}"))


@pytest.fixture(scope="session", autouse=True)
def chromium():
    """Where the browser is; without one the journeys are skipped, or fail where it is required."""
    if CHROMIUM is None:
        (pytest.fail if os.environ.get("REQUIRE_BROWSER") else pytest.skip)(MISSING)
    return CHROMIUM


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args, chromium):
    return {**browser_type_launch_args, "executable_path": chromium, "args": list(FLAGS)}


@pytest.fixture(scope="session")
def stocked(once):
    """A folder with the database and the files of the demo, copied for each test."""
    return once("stocked", stock)


@pytest.fixture
def portal(stocked, tmp_path):
    """The portal with its worker, on a copy of the demo."""
    with served(shutil.copytree(stocked, tmp_path / "portal")) as app:
        yield app


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
    """Note whatever a page reaches for outside or complains of; nothing may be left at the end."""
    complaints = []

    def attach(context):
        keep_inside(context, address, complaints)
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
    """Those who signed in as a person does, once in this run: later tests let them in by a row."""
    return set()


@pytest.fixture
def staff(visitor, portal, address, passes):
    """Somebody who works here: `staff(DANA)` gives their page, signed in."""

    def arrive(person, **options):
        page = visitor(**options)
        if person in passes:
            page.context.add_cookies([{"url": address} | session_of(portal, person.email)])
        else:
            sign_in(page, person)
            passes.add(person)
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
