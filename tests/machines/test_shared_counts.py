"""What is counted in a Redis is the same for all processes; where it fails, guesses and money wait and reading goes on."""

import time

import pytest
from limits import RateLimitItemPerYear
from limits.errors import StorageError
from sqlalchemy import select

from portal.app import ROOT
from portal.audit.log import AuditEntry, StaffAct
from portal.extensions import NOT_ASKED_FOR, Limiter, db, limiter
from portal.limits import first_full, full_for_readers
from portal.people.rights import Right
from portal.shops.doctor import Health
from portal.shops.machine import examine_portal
from tests import factories
from tests.api.program import Program
from tests.races import pipe, race, started
from tests.web.inspector import Browser
from tests.web.steps.signing_in import by, sign_in

MANY = RateLimitItemPerYear(25)  # no window ends in a test
GUESS = {"email": "mara@example.com", "password": "violet anchor"}


class Elsewhere:
    """The config of a portal of its own, on the same Redis."""

    def __init__(self, uri):
        self.config = {"RATELIMIT_STORAGE_URI": uri}


def counter(uri):
    """What another process counts with."""
    made = Limiter()
    made.init_app(Elsewhere(uri))
    return made


def passes(by, tries, *names):
    """How many of so many tries are within the limit."""
    return sum(first_full(by.limiter, [MANY], *names) is None for _ in range(tries))


def count_and_tell(uri, end, tries):
    """In a process of its own: wait for the start, then say how many passed."""
    by = counter(uri)
    end.send("ready")
    end.recv()
    end.send(passes(by, tries, "a", "b"))


def test_two_that_count_at_once_let_exactly_so_many_through(app, shared, server):
    two = counter(server.uri), counter(server.uri)
    counted = race(app, [lambda by=by: passes(by, 10, "a", "b") for by in two * 3])
    assert sum(counted) == 25


@pytest.mark.long
def test_two_processes_let_exactly_so_many_through(app, shared, server):
    ends = [pipe() for _ in range(3)]
    processes = [started(count_and_tell, server.uri, theirs, 40) for _, theirs in ends]
    assert [ours.recv() for ours, _ in ends] == ["ready"] * 3
    for ours, _ in ends:
        ours.send("go")
    assert sum(ours.recv() for ours, _ in ends) == 25
    for process in processes:
        process.join()


def test_keys_name_no_person_and_no_network(app, shared):
    visitor = Browser(app.test_client())
    answers = [visitor.client.post("/sign-in", data=GUESS | {"csrf_token": visitor.token()}) for _ in range(12)]  # fmt: skip
    assert [answer.status_code for answer in answers] == [422] * 10 + [429] * 2
    kept = shared.keys("*")
    assert len(kept) >= 3
    assert [key for key in kept if "mara" in key or "127.0.0.1" in key] == []
    assert [key for key in kept if shared.ttl(key) < 0] == []


def test_a_network_that_is_held_back_is_noted_once_an_hour(app, shared):
    stranger = Program(app)
    stranger.text = "rk_A_B"
    answers = [stranger.get("/shops/sms-service/events").status_code for _ in range(62)]
    assert answers == [401] * 60 + [429] * 2
    noted = select(AuditEntry.about).where(AuditEntry.act == StaffAct.HELD_BACK)
    assert db.session.scalars(noted).all() == ["api.read_feed"]


def test_calls_of_a_token_count_for_all_processes(app, shared):
    app.extensions["settings"] = app.extensions["settings"].model_copy(update={"api_calls_a_minute": 3})  # fmt: skip
    program = Program(app)
    assert [program.get(f"/shops/{factories.SHOP}/claims").status_code for _ in range(4)] == [
        200
    ] * 3 + [429]
    shared.flushall()
    assert program.get(f"/shops/{factories.SHOP}/claims").status_code == 200


def closed_and_open(app, server):
    """What each answers while the store is silent."""
    person = factories.reviewer(name="Pia", rights={(factories.SHOP, Right.PAYER)})
    visitor, program = Browser(app.test_client()), Program(app)
    sign_in(visitor, person)
    stranger = Browser(app.test_client())

    def ask():
        sent = {"csrf_token": stranger.token()}
        said = {
            "sign-in": by(stranger).client.post("/sign-in", data=GUESS | sent),
            "page": stranger.client.get("/numberplug/can-i-get-a-refund"),
            "call that acts": program.post(f"/shops/{factories.SHOP}/claims", {}),
            "call that reads": program.get(f"/shops/{factories.SHOP}/claims"),
            "queue": by(visitor).client.get("/review"),
            "payouts": visitor.client.get("/payouts/attention"),
            "payout": visitor.client.post("/payouts/attention/K-1/release", data=mine),
        }
        return {name: answer.status_code for name, answer in said.items()}

    mine = {"csrf_token": by(visitor).token()}
    return ask


OPEN = {"call that reads": 200, "queue": 200, "payouts": 200, "page": 200}
CLOSED = {"sign-in": 503, "payout": 503, "call that acts": 503}


def test_a_redis_that_stopped_closes_sign_in_and_payout_and_leaves_reading_open(
    app, mortal, counting_at
):
    counting_at(mortal.uri)
    ask = closed_and_open(app, mortal)
    well = {"sign-in": 422, "payout": 422, "call that acts": 422}
    assert ask() == well | OPEN
    mortal.stop()
    assert ask() == CLOSED | OPEN
    mortal.start()
    assert ask() == well | OPEN


@pytest.mark.long
def test_one_that_hangs_keeps_no_page_waiting(app, mortal, counting_at):
    counting_at(mortal.uri)
    ask = closed_and_open(app, mortal)
    ask()
    mortal.hang()
    assert ask() == CLOSED | OPEN
    since = time.monotonic()
    assert full_for_readers([MANY], "a") is None
    assert time.monotonic() - since < 0.1
    with pytest.raises(StorageError):
        first_full(limiter.limiter, [MANY], "a")
    assert NOT_ASKED_FOR > 4


def test_the_doctor_names_it_and_says_whether_it_answers(app, mortal, counting_at):
    def told():
        found = examine_portal(factories.SHOP, migrations=ROOT / "migrations")
        return next((each.health, each.seen) for each in found if each.name == "counts of tries")

    where = f"redis {mortal.host}:{mortal.port}"
    counting_at(mortal.uri.replace("://", "://:a-password@", 1))
    assert told() == (Health.WELL, f"{where} answers")
    mortal.stop()
    assert told() == (Health.ILL, f"{where} does not answer")
