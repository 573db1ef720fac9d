"""A key's answer is kept with its change: asked again it is the same, and nothing is done twice."""

from collections import Counter
from datetime import timedelta
from threading import Barrier, Event, Thread

import pytest
from sqlalchemy import func, select

from portal.api import keys
from portal.api.keys import KeptAnswer
from portal.api.tokens import TokenScope
from portal.claims.models import Claim
from portal.extensions import db, reading_limiter
from tests import factories
from tests.api.program import Program, account, order, word
from tests.conftest import NOW
from tests.races import killed, race
from tests.sizes import size

TWINS = size(20, full=100)
ROUNDS = size(2, full=10, whole=50)


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def test_the_same_key_and_body_give_the_same_answer_and_one_claim(program):
    factories.order()
    first, again = program.file(key="k"), program.file(key="k")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.get_data() == first.get_data()
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert count(Claim) == 1


def test_without_a_key_a_second_claim_is_refused(program):
    factories.order()
    first = program.file().get_json()
    again = program.file()
    assert (again.status_code, word(again)) == (409, "already-open")
    assert again.get_json()["reference"] == first["reference"]
    assert (
        again.get_json()["detail"] == f"Claim {first['reference']} about this order is still open."
    )
    assert again.get_json()["current"]["reference"] == first["reference"]


def test_the_same_key_for_something_else_is_refused(program):
    factories.order()
    program.file(key="k")
    other = program.file(key="k", body={"description": "Something else happened to me here."})
    assert (other.status_code, word(other)) == (422, "idempotency-key-reused")
    elsewhere = program.push(account(), key="k")
    assert word(elsewhere) == "idempotency-key-reused"
    assert program.file(key="k").headers["Idempotency-Replayed"] == "true"


def test_a_body_written_otherwise_is_the_same_body(program):
    path = f"/shops/{program.shop}/claims"
    body = b'{"account": {"email": "a@b.example"}, "reason": "nonsense"}'
    turned = b'{"reason":"nonsense","account":{"email":"a@b.example"}}'
    send = {"content_type": "application/json", "key": "k"}
    program.send("POST", path, data=body, **send)
    again = program.send("POST", path, data=turned, **send)
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_refusal_keeps_its_answer_too(program):
    refused = program.push(order("A-1", account_email="nobody"), key="k")
    assert refused.status_code == 422
    again = program.push(order("A-1", account_email="nobody"), key="k")
    assert (again.status_code, again.get_data()) == (422, refused.get_data())
    assert again.headers["Idempotency-Replayed"] == "true"
    factories.order()
    first = program.file().get_json()
    assert program.file(key="second").status_code == 409
    assert program.post(f"/claims/{first['reference']}/withdraw").status_code in {200, 409}
    assert program.file(key="second").headers["Idempotency-Replayed"] == "true"


def test_what_is_too_long_to_be_read_keeps_its_answer_too(app, program):
    rows = "x" * 10_000_001
    first, again = program.push(rows, key="k"), program.push(rows, key="k")
    assert [(each.status_code, word(each)) for each in (first, again)] == [(413, "too-large")] * 2
    assert first.get_data() == again.get_data()
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert word(program.push(account(), key="k")) == "idempotency-key-reused"


def test_what_is_not_let_in_keeps_its_answer_and_comes_before_the_keys_own_refusal(app, program):
    reader = Program(app, scopes=[TokenScope.RECORDS])
    for caller, path, status in ((program, "/claims/2222-2222/withdraw", 404),
                                 (reader, f"/shops/{program.shop}/claims", 403)):  # fmt: skip
        first, again = (caller.post(path, {}, key="k") for _ in range(2))
        assert (first.status_code, again.status_code) == (status, status)
        assert again.data == first.data
        assert again.headers["Idempotency-Replayed"] == "true"
        other = caller.post(path, {"text": "x"}, key="k")
        assert (other.status_code, "Idempotency-Replayed" in other.headers) == (status, False)
    assert word(program.file(key="k")) == "idempotency-key-reused"
    assert count(KeptAnswer) == 2
    unread = program.send("POST", "/claims/2222-2222/withdraw", data=b"x" * 1_100_000, key="long",
                          content_type="application/json")  # fmt: skip
    assert (unread.status_code, count(KeptAnswer)) == (404, 3)
    assert program.post("/claims/2222-2222/withdraw", {}, key="x" * 256).status_code == 404


def test_what_was_one_too_many_is_not_kept(app, program, monkeypatch):
    settings = app.extensions["settings"]
    limited = settings.model_copy(update={"api_calls_a_minute": 1})
    factories.order()
    with monkeypatch.context() as patch:
        patch.setattr(reading_limiter, "enabled", True)
        patch.setitem(app.extensions, "settings", limited)
        program.get("/shops/sms-service/orders/A-1001")
        assert program.file(key="k").status_code == 429
    assert program.file(key="k").status_code == 201


def test_another_token_has_keys_of_its_own(app, program):
    factories.order()
    factories.order(reference="B-2")
    program.file(key="k")
    other = Program(app)
    answer = other.file(key="k", body={"order_reference": "B-2"})
    assert (answer.status_code, answer.headers.get("Idempotency-Replayed")) == (201, None)


def test_it_is_kept_for_seven_days(app, program):
    program.push(account(), key="k")
    app.config["NOW"] = NOW + timedelta(days=7) - timedelta(seconds=1)
    assert program.push(account(), key="k").headers["Idempotency-Replayed"] == "true"
    app.config["NOW"] = NOW + timedelta(days=7)
    again = program.push(account(), key="k")
    assert (again.get_json()["unchanged"], again.headers.get("Idempotency-Replayed")) == (1, None)
    assert keys.forget_answers_due(now=NOW + timedelta(days=13)) == 0
    assert keys.forget_answers_due(now=NOW + timedelta(days=14)) == 1
    assert count(KeptAnswer) == 0


def test_what_fails_in_the_middle_leaves_neither_change_nor_answer(app, program, monkeypatch):
    factories.order()

    def broken(_claim):
        raise RuntimeError("the power went")

    with monkeypatch.context() as patch:
        patch.setattr("portal.api.about.claims.claim_shown", broken)
        assert word(program.file(key="k")) == "failed"
    assert (count(Claim), count(KeptAnswer)) == (0, 0)
    assert program.file(key="k").status_code == 201


KILLED = """
import os, sys
from datetime import datetime
from pathlib import Path
from sqlalchemy import event
from portal.extensions import db
from tests import factories
from tests.api.program import Program
from tests.portals import portal_at

url, folder, text, moment, when = sys.argv[1:]
app = portal_at(url, Path(folder))
app.config["NOW"] = datetime.fromisoformat(moment)
caller, written = Program.__new__(Program), []
caller.__dict__ |= {"text": text, "shop": factories.SHOP, "client": app.test_client()}


def power_goes(at):
    if at == when and written:
        os.kill(os.getpid(), 9)


def seen(_connection, _cursor, statement, *_):
    if statement.startswith("INSERT INTO api_answers"):
        written.append(statement)
        power_goes("before the commit")


with app.app_context():
    event.listen(db.engine, "after_cursor_execute", seen)
    event.listen(db.session, "after_commit", lambda _session: power_goes("after the commit"))
    caller.file(key="k")
"""


@pytest.mark.long
@pytest.mark.parametrize("when", ["before the commit", "after the commit"])
def test_killed_on_the_way_the_key_is_free_or_answers_with_what_was_done(
    program, database, tmp_path, when
):
    factories.order()
    db.session.remove()
    killed(KILLED, database, str(tmp_path), program.text, NOW.isoformat(), when)
    done = 1 if when == "after the commit" else 0
    assert (count(Claim), count(KeptAnswer)) == (done, done)
    db.session.rollback()
    again = program.file(key="k")
    assert again.status_code == 201
    assert again.headers.get("Idempotency-Replayed") == ("true" if done else None)
    assert program.get(f"/claims/{again.get_json()['reference']}").get_json() == again.get_json()
    assert (count(Claim), count(KeptAnswer)) == (1, 1)


def test_one_under_way_is_said_so_and_the_other_is_done_once(app, program, monkeypatch):
    factories.order()
    reached, go_on, real = Event(), Event(), keys.Keyed.change

    def slow(keyed, act):
        reached.set()
        assert go_on.wait(20)
        return real(keyed, act)

    monkeypatch.setattr(keys.Keyed, "change", slow)
    said = {}

    def first():
        with app.app_context():
            said["first"] = program.file(key="k").status_code

    thread = Thread(target=first)
    thread.start()
    assert reached.wait(20)
    monkeypatch.setattr(keys.Keyed, "change", real)
    other = Program.__new__(Program)
    other.__dict__ |= program.__dict__ | {"client": app.test_client()}
    busy = other.file(key="k")
    assert (busy.status_code, word(busy)) == (409, "in-progress")
    go_on.set()
    thread.join()
    assert said["first"] == 201
    assert other.file(key="k").headers["Idempotency-Replayed"] == "true"
    assert count(Claim) == 1


@pytest.mark.exhaustive
@pytest.mark.soak
@pytest.mark.long
@pytest.mark.timeout(3600)
def test_of_many_twins_one_files_and_all_others_hear_of_it(app, program, record_property):
    """The same key and body at the same moment: one row; who is not answered the same is asked to wait."""
    for number in range(ROUNDS):
        order = f"T-{number}"
        factories.order(reference=order)

        def ask(order=order):
            caller = Program.__new__(Program)
            caller.__dict__ |= program.__dict__ | {"client": app.test_client()}
            answer = caller.file(key=order, body={"order_reference": order})
            return answer.status_code, answer.get_data() if answer.status_code == 201 else word(
                answer
            )

        said = Counter(race(app, [ask] * TWINS))
        filed = [each for each in said if each[0] == 201]
        assert len(filed) == 1
        assert set(said) <= {filed[0], (409, "in-progress")}
        assert (count(Claim), count(KeptAnswer)) == (number + 1, number + 1)
        assert ask() == filed[0]
    record_property("figure", f"{ROUNDS} rounds of {TWINS} twins: one row in each")


@pytest.mark.parametrize("keyed", [True, False])
def test_many_at_once_file_one_claim(app, program, keyed):
    factories.order()
    barrier, said = Barrier(6), []

    def ask():
        caller = Program.__new__(Program)
        caller.__dict__ |= program.__dict__ | {"client": app.test_client()}
        with app.app_context():
            barrier.wait()
            said.append(caller.file(key="k" if keyed else None).status_code)

    threads = [Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 201 in said
    assert set(said) <= {201, 409}
    assert keyed or said.count(201) == 1
    assert count(Claim) == 1
