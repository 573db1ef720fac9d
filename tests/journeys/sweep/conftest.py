"""The portal with one hostile text in each input, served to a browser that notes what it does."""

import threading

import pytest
from werkzeug.serving import make_server

from tests.factories import NOW
from tests.journeys.serving import Quiet
from tests.journeys.sweep.canary import Canary
from tests.journeys.sweep.stage import Stage
from tests.journeys.sweep.watching import Watch
from tests.portals import portal_at, within, without_waiting


@pytest.fixture
def canary():
    """Where every payload calls."""
    with Canary() as listener:
        yield listener


@pytest.fixture
def app(database, tmp_path):
    """The portal at a fixed instant, its scripts its own; its forms are sent without their pages, so without tokens."""
    made = portal_at(database, tmp_path, own_scripts=True)
    made.config |= {"NOW": NOW, "WTF_CSRF_ENABLED": False}
    with within(without_waiting(made)) as app:
        yield app


@pytest.fixture
def served(app):
    """The address at which browsers reach the portal of the test."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture
def stage(app, canary):
    """Those who type payloads: a customer of each claim, and whoever works here."""
    return Stage(app, canary.place)


@pytest.fixture
def watch(browser, served, canary):
    """A browser at the portal: `watch()` gives one, as whoever `client` is signed in as."""
    contexts = []

    def open_(client=None, **options):
        contexts.append(browser.new_context(base_url=served, **options))
        made = Watch(contexts[-1], served, canary)
        if client is not None:
            made.go_as(client)
        return made

    yield open_
    for context in contexts:
        context.close()
