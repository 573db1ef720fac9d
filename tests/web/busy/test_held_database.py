"""While another writer holds the database, pages are read as ever, and what was entered is kept."""

import io
import time
from contextlib import closing, contextmanager

import psycopg
import pysqlite3
import pytest
from limits.errors import StorageError
from limits.strategies import SlidingWindowCounterRateLimiter
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError, TimeoutError as NoConnection

from portal.claims.queries import claim_page
from portal.extensions import CountsHere, db, limiter
from tests import factories
from tests.conftest import NOW
from tests.portals import portal_at, within
from tests.races import race
from tests.sizes import AT_ONCE
from tests.web.inspector import Browser
from tests.web.steps.journeys import answered, begin
from tests.web.steps.signing_in import sign_in

STORY = "I waited for twenty minutes,\nand then I wrote to you."
SECONDS = 0.2  # that a change waits in these tests


@contextmanager
def held(url):
    """Somebody else has the database's lock for writing."""
    if url.startswith("sqlite"):
        other = pysqlite3.connect(make_url(url).database, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
    else:
        parts = make_url(url).set(drivername="postgresql")
        other = psycopg.connect(parts.render_as_string(hide_password=False))
        other.execute("LOCK TABLE claims, limit_counts IN EXCLUSIVE MODE")
    with closing(other):
        yield


@pytest.fixture
def busy(app, database, tmp_path):
    """A portal on the same database whose changes wait a moment for others, with its limits on."""
    portal = portal_at(database, tmp_path, limits=True, write_patience=SECONDS)
    portal.config["NOW"] = NOW
    with within(portal):
        yield portal
    limiter.enabled = False


def took(act):
    since = time.monotonic()
    act()
    return time.monotonic() - since


def test_files_are_said_to_be_chosen_again(busy, database):
    visitor = Browser(busy.test_client())
    reference = begin(visitor)
    with held(database):
        page = visitor.post(
            f"/evidence/{reference}", {"files": (io.BytesIO(b"x"), "a.png")}, status=503
        )
    assert "Choose them again in a few minutes." in page.text()
    assert page.response.headers["Retry-After"] == "30"


@AT_ONCE
def test_reading_goes_on_and_a_form_is_sent_again_by_one_press(busy, database):
    visitor = Browser(busy.test_client())
    reference = answered(visitor, begin(visitor), service_name="Viber", description="Nothing.")
    questions = f"/new/{reference}/reason"
    said = {"reason": "sms_not_received", "shown": "sms_not_received"}
    said |= {"service_name": "WhatsApp", "description": STORY}
    own = {"Sec-Fetch-Site": "same-origin"}
    with held(database):
        for path in ("/", "/sms-service/", questions, f"/new/{reference}/result", "/readyz"):
            assert took(lambda path=path: visitor.client.get(path)) < SECONDS * 4
            assert visitor.client.get(path).status_code == 200
        sent = visitor.client.post(
            questions, data=said | {"csrf_token": visitor.token()}, headers=own
        )
        assert (sent.status_code, sent.headers["Retry-After"]) == (503, "30")
        page = visitor.post(questions, said, status=503, headers=own)
        assert page.h1 == "We are out for a short while"
        assert {name: page.fields[name] for name in said} == said
    visitor.post(questions, {name: page.fields[name] for name in said})
    assert claim_page(reference).description == STORY


def test_the_page_holds_no_password_no_card_number_and_nothing_of_another_site(busy, database):
    visitor, own = Browser(busy.test_client()), {"Sec-Fetch-Site": "same-origin"}
    with held(database):
        page = visitor.post(
            "/sign-in", {"email": "a@example.com", "password": "violet"}, status=503, headers=own
        )
        assert "violet" not in page.body
        form = {"order": "4111 1111 1111 1111", "email": "a@example.com"}
        page = visitor.post("/numberplug/claim", form, status=503, headers=own)
        assert page.fields["email"] == "a@example.com"
        assert "4111 1111 1111 1111" not in page.body
        page = visitor.post(
            "/numberplug/claim", form, status=403, headers={"Sec-Fetch-Site": "cross-site"}
        )
        assert "a@example.com" not in page.body


def test_a_second_writer_of_a_process_waits_no_longer_than_the_first(busy, database):
    if database.startswith("postgres"):
        pytest.skip("there each waits for the rows that it needs")
    visitors = [Browser(busy.test_client()) for _ in range(4)]
    forms = [{"order": "N-1", "email": "a@example.com", "csrf_token": v.token()} for v in visitors]
    with held(database):
        since = time.monotonic()
        answers = race(
            busy,
            [
                lambda v=v, f=f: v.client.post("/numberplug/claim", data=f).status_code
                for v, f in zip(visitors, forms, strict=True)
            ],
        )
    assert answers == [503] * 4
    assert time.monotonic() - since < SECONDS * 4 + 2


class Silent(CountsHere):
    """A store that doesn't answer."""

    def get(self, *_):
        raise StorageError(ConnectionError("nobody there"))

    incr = acquire_entry = get_sliding_window = acquire_sliding_window_entry = get


def test_a_store_that_fails_closes_what_it_counts_and_leaves_reading_open(busy):
    counted = limiter.limiter
    limiter.limiter = SlidingWindowCounterRateLimiter(Silent())
    visitor = Browser(busy.test_client())
    try:
        form = {"email": "a@example.com", "password": "violet"}
        assert visitor.post("/sign-in", form, status=503).response.headers["Retry-After"] == "30"
        visitor.post("/numberplug/claim", {"order": "N-1", "email": "a@b.de"}, status=503)
        assert visitor.client.get("/numberplug/").status_code == 200
    finally:
        limiter.limiter = counted


def test_where_no_connection_comes_free_it_is_said_so(busy):
    def without():
        raise NoConnection("QueuePool limit reached")

    busy.view_functions["shops.home"] = without
    answer = busy.test_client().get("/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert db.session.is_active


def test_who_is_signed_in_is_told_of_a_database_that_answers_nothing_at_all(busy, database):
    visitor = Browser(busy.test_client())
    sign_in(visitor, factories.reviewer())
    db.session.remove()

    def gone(*_):
        raise OperationalError("", {}, Exception("nobody there"))

    event.listen(db.engine, "before_cursor_execute", gone)
    try:
        answer = visitor.client.get("/review")
    finally:
        event.remove(db.engine, "before_cursor_execute", gone)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "<h1" in answer.text
