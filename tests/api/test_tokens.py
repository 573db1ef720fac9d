"""Who is let in: a token, for one shop, for what it is for, so many times a minute."""

import threading
from datetime import timedelta

import pytest

from portal.api import tokens
from portal.api.tokens import ApiToken, TokenScope
from portal.audit.log import AuditEntry, StaffAct
from portal.config.settings import API
from portal.database import transaction
from portal.extensions import CountsHere, db, reading_limiter
from tests.api.program import Program, order, word
from tests.conftest import NOW


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer x", "Basic eDp5", "Bearer rk_ABC_DEF", "Bearer rk_é_x"],
)
def test_without_a_good_token_nothing_is_told(app, program, header):
    headers = {"Authorization": header} if header is not None else {}
    answer = app.test_client().get("/api/v1/shops/sms-service/orders/A-1001", headers=headers)
    assert (answer.status_code, word(answer)) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_secret_is_kept_as_a_hash_and_one_letter_more_or_less_opens_nothing(program):
    row = db.session.get(ApiToken, program.token.id)
    prefix, public_id, secret = program.text.split("_")
    assert (prefix, public_id) == ("rk", row.public_id)
    assert secret not in repr(vars(row))
    for wrong in (program.text[:-1], program.text + "x", f"rk_{public_id}_"):
        program.text = wrong
        assert word(program.get("/shops/sms-service/orders/A-1001")) == "unauthorized"


def test_a_revoked_token_opens_nothing(program):
    assert program.push(order()).status_code == 200
    with transaction():
        tokens.revoke(program.token.public_id, at=NOW)
    assert word(program.push(order())) == "unauthorized"


def test_a_token_is_for_its_scopes_and_its_shop_alone(app, program):
    reader = Program(app, scopes=[TokenScope.CLAIMS])
    assert (reader.push(order()).status_code, word(reader.push(order()))) == (403, "forbidden")
    stranger = Program(app, shop="numberplug")
    assert program.push(order()).status_code == 200
    for path in ("/shops/sms-service/orders/A-1001", "/shops/nobody/orders/A-1001"):
        assert word(stranger.get(path)) == "not-found"


def test_who_may_is_asked_before_what_was_sent(app, program):
    reader = Program(app, scopes=[TokenScope.CLAIMS])
    wrong = {"data": b"\xff", "content_type": "text/plain"}
    assert reader.send("POST", "/shops/sms-service/records", **wrong).status_code == 403
    assert program.send("POST", "/shops/numberplug/records", **wrong).status_code == 404
    assert program.send("POST", "/shops/sms-service/records", **wrong).status_code == 415
    assert program.send("POST", "/claims/AAAA-AAAA/appeal", **wrong).status_code == 404
    assert program.send("POST", "/payouts/PO-1/paid", **wrong).status_code == 404


def test_its_last_use_is_kept_to_the_minute(app, program):
    def used():
        return db.session.get(ApiToken, program.token.id, populate_existing=True).used_at

    assert used() is None
    for after, kept in ((0, 0), (59, 0), (61, 61)):
        app.config["NOW"] = NOW + timedelta(seconds=after)
        program.get("/shops/sms-service/orders/A-1001")
        assert used() == NOW + timedelta(seconds=kept)


def test_too_many_calls_a_minute_are_told_when_to_go_on(app, program, monkeypatch):
    monkeypatch.setattr(reading_limiter, "enabled", True)
    monkeypatch.setitem(
        app.extensions,
        "settings",
        app.extensions["settings"].model_copy(update={"api_calls_a_minute": 3}),
    )
    said = [program.get("/shops/sms-service/orders/A-1001") for _ in range(4)]
    assert [answer.status_code for answer in said] == [404, 404, 404, 429]
    assert word(said[-1]) == "too-many-requests"
    assert 1 <= int(said[-1].headers["Retry-After"]) <= 60
    other = Program(app)
    assert other.get("/shops/sms-service/orders/A-1001").status_code == 404


@pytest.mark.daily_on("sqlite", "postgres")
def test_a_network_that_guesses_tokens_is_held_back_and_noted_and_a_good_one_is_let_in(
    app, program, monkeypatch
):
    monkeypatch.setattr(reading_limiter, "enabled", True)
    good, path = program.text, "/shops/sms-service/orders/A-1001"

    def said(text):
        program.text = text
        return program.get(path)

    wrong = [said(f"rk_{number:012}_{number:043}") for number in range(62)]
    assert [answer.status_code for answer in wrong] == [401] * 60 + [429] * 2
    assert word(wrong[-1]) == "too-many-requests"
    assert 1 <= int(wrong[-1].headers["Retry-After"]) <= 60
    assert said(good).status_code == 404  # it is let in, and there is no such order
    without = app.test_client().get(f"{API}{path}")
    assert without.status_code == 401  # who sends none guesses nothing
    noted = db.select(AuditEntry.role, AuditEntry.about).where(AuditEntry.act == StaffAct.HELD_BACK)
    assert [tuple(row) for row in db.session.execute(noted)] == [("stranger", "api.read_order")]


def test_counting_starts_no_thread_and_lets_go_of_what_is_over():
    counts = CountsHere()
    counts.timer.join()  # the package's own first one
    counts.storage["over"], counts.expirations["over"] = 1, 0.0
    before = threading.active_count()
    assert [counts.incr("a", 60) for _ in range(100)] == [*range(1, 101)]
    assert (threading.active_count(), dict(counts.storage)) == (before, {"a": 100})
    assert [counts.incr("b", -1), counts.incr("b", 60), counts.incr("b", 60)] == [1, 1, 2]


def test_cookies_mean_nothing_and_no_answer_is_a_page(app, program):
    client = app.test_client()
    for path in ("/api/v1/nothing", "/api/v1/shops/sms-service/orders/A"):
        answer = client.get(path, headers={"Accept": "text/html"})
        assert answer.content_type == "application/problem+json"
        assert "Set-Cookie" not in answer.headers
    assert word(client.delete("/api/v1/openapi.json")) == "method-not-allowed"
