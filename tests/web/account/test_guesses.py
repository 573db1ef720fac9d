"""Guesses are counted in the database: by account, by network and all together, in every process."""

import itertools

import pytest
from flask import current_app, g
from flask_security import hash_password
from flask_security.recoverable import generate_reset_password_token
from passlib.totp import TOTP
from sqlalchemy import delete, insert, text
from werkzeug.exceptions import TooManyRequests

from portal import limits as counts
from portal.config.settings import SettingsError, load_settings
from portal.database import transaction
from portal.extensions import db
from portal.limits import LimitCount
from portal.web.guards import limits
from tests import factories
from tests.conftest import NOW
from tests.portals import PRODUCTION, portal_at, rows_read, within
from tests.races import race
from tests.web.account.elsewhere import WINDOW, elsewhere
from tests.web.inspector import Page

EMAIL, PASSWORD = "mara@example.com", "correct horse battery"


@pytest.fixture
def app(database, portals, tmp_path, monkeypatch):
    """The portal with its limits in force, in the middle of a window."""
    monkeypatch.setattr(counts, "time", lambda: WINDOW + 100)
    limited = portals(database).as_new(tmp_path, limits=True, NOW=NOW, WTF_CSRF_ENABLED=False)
    with within(limited):
        yield limited


@pytest.fixture
def mara(app):
    """A reviewer who has a password, an authenticator and recovery codes; the key and the codes."""
    security = current_app.extensions["security"]
    secret = security.totp_factory.generate_totp_secret()
    person = factories.reviewer(
        email=EMAIL,
        password=hash_password(PASSWORD),
        tf_primary_method="authenticator",
        tf_totp_secret=secret,
    )
    with transaction():
        codes = security.mf_recovery_codes_util.create_recovery_codes(db.session.merge(person))
    return security.totp_factory.get_totp_pretty_key(secret), codes


def enter(client, path, place=None, **data):
    g.pop("_login_user", None)
    answer = client.post(path, data=data, environ_overrides=place or elsewhere())
    g.pop("_login_user", None)
    return answer


def guess(app, password="wrong horse battery", email=EMAIL, place=None):
    return enter(app.test_client(), "/sign-in", place, email=email, password=password)


def pending(app):
    client = app.test_client()
    assert enter(client, "/sign-in", email=EMAIL, password=PASSWORD).status_code == 302
    return client


def statuses(answers):
    return {
        code: len(list(same))
        for code, same in itertools.groupby(sorted(a.status_code for a in answers))
    }


@pytest.mark.long
def test_of_sixty_passwords_from_sixty_networks_ten_are_looked_at(app, mara):
    answers = [guess(app, email=EMAIL if n % 2 else f" {EMAIL.upper()} ") for n in range(60)]
    assert statuses(answers) == {422: 10, 429: 50}
    page = Page(guess(app, PASSWORD))
    assert (page.status, page.h1) == (429, "Too many tries")
    assert page.one("p", class_="lead").text == limits.LOCKED
    assert page.response.headers["Retry-After"] == "300"
    links = [link.get("href") for link in page.all("a", class_="button")]
    assert links == ["/sign-in", "/sign-in/password"]


def test_an_address_that_nobody_here_has_is_closed_in_the_same_words(app, mara):
    answers = [guess(app, email="nobody@example.com") for _ in range(11)]
    assert statuses(answers) == {422: 10, 429: 1}
    assert Page(answers[-1]).one("p", class_="lead").text == limits.LOCKED


def test_forty_guesses_at_the_same_moment_are_counted_one_by_one(app, mara):
    def act(number):
        place = {"REMOTE_ADDR": f"127.9.{number}.1"}
        data = {"email": EMAIL, "password": "wrong horse battery"}
        return app.test_client().post("/sign-in", data=data, environ_overrides=place)

    answers = race(app, [lambda n=n: act(n) for n in range(40)])
    assert statuses(answers) == {422: 10, 429: 30}


def test_what_was_counted_holds_in_another_process_and_after_a_restart(
    app, database, tmp_path, mara
):
    for _ in range(10):
        guess(app)
    other = portal_at(database, tmp_path, limits=True)
    other.config |= {"NOW": NOW, "WTF_CSRF_ENABLED": False}
    with within(other):
        assert guess(other).status_code == 429


def test_whoever_is_refused_again_and_again_writes_nothing_until_there_is_room(
    app, mara, statements, monkeypatch
):
    here = elsewhere()
    for _ in range(10):
        guess(app)
    assert guess(app, place=here).status_code == 429  # which is noted of this network
    statements.clear()
    assert guess(app, place=here).status_code == 429
    counted = [each for each in statements if "limit_counts" in each]
    # The network has room, the account has none.
    assert [each.split()[0] for each in counted] == ["INSERT", "SELECT"]
    monkeypatch.setattr(counts, "time", lambda: WINDOW + 1000)
    assert [guess(app).status_code for _ in range(2)] == [422, 422]


@pytest.mark.long
def test_of_a_hundred_and_twenty_second_factors_five_are_looked_at(app, mara):
    key, codes = mara
    client = pending(app)
    guesses = [("code", f"{n:06d}") for n in range(60)] + [("recovery", f"{n}") for n in range(60)]
    answers = [enter(client, f"/sign-in/{path}", code=code) for path, code in guesses]
    assert statuses(answers) == {422: 5, 429: 115}
    assert enter(client, "/sign-in/recovery", code=codes[0]).status_code == 429
    assert (
        enter(pending(app), "/sign-in/code", code=TOTP(key=key).generate().token).status_code == 429
    )


def test_one_network_has_a_count_of_its_own(app, mara):
    def act(number, place):
        data = {"email": f"p{number}@example.com", "password": "x"}
        return app.test_client().post(
            "/sign-in", data=data, environ_overrides={"REMOTE_ADDR": place}
        )

    assert statuses(act(n, "127.8.8.8") for n in range(12)) == {422: 10, 429: 2}


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("", "nowhere"),
    ],
)
def test_a_household_is_one_network(app, address, network):
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert counts.network() == network


def test_another_address_of_a_household_has_no_count_of_its_own(app):
    @limits.limited("2 per minute")
    def view():
        return "done"

    def answer(address):
        with app.test_request_context(method="POST", environ_base={"REMOTE_ADDR": address}):
            return view()

    assert [answer(f"2001:db8:1:2::{number}") for number in range(2)] == ["done"] * 2
    with pytest.raises(TooManyRequests):
        answer("2001:db8:1:2:ffff::1")
    assert answer("2001:db8:1:3::1") == "done"


def test_all_together_have_a_count_too(app, mara, monkeypatch):
    monkeypatch.setattr(limits, "EVERYBODY", "15 per 5 minutes")
    answers = [guess(app, email=f"p{n}@example.com") for n in range(20)]
    assert statuses(answers) == {422: 15, 429: 5}
    assert Page(answers[-1]).one("p", class_="lead").text == limits.CLOSED


def test_strangers_who_guess_shut_nobody_out_of_a_browser_that_is_known(app, mara):
    _, codes = mara
    client = pending(app)
    assert enter(client, "/sign-in/recovery", code=codes[0]).status_code == 302
    enter(client, "/sign-out")
    assert statuses([guess(app) for _ in range(12)]) == {422: 9, 429: 3}
    assert enter(client, "/sign-in", email=EMAIL, password=PASSWORD).status_code == 302
    assert enter(client, "/sign-in/recovery", code=codes[1]).status_code == 302
    enter(client, "/sign-out")
    own = [enter(client, "/sign-in", email=EMAIL, password="x") for _ in range(12)]
    assert statuses(own) == {422: 9, 429: 3}
    another = [enter(client, "/sign-in", email="eve@example.com", password="x") for _ in range(12)]
    assert statuses(another) == {422: 10, 429: 2}


def test_a_link_from_the_mailbox_lets_a_new_browser_in(app, mara):
    for _ in range(10):
        guess(app)
    assert guess(app, PASSWORD).status_code == 429
    person = db.session.scalars(db.select(factories.Reviewer)).one()
    client = app.test_client()
    words = "violet anchor pelican 92 stair"
    path = f"/sign-in/password/{generate_reset_password_token(person)}"
    assert enter(client, path, password=words, password_confirm=words).location == "/sign-in"
    assert enter(client, "/sign-in", email=EMAIL, password=words).status_code == 302
    assert guess(app, words).status_code == 429


def test_after_five_minutes_the_account_opens_bit_by_bit(app, mara, monkeypatch):
    at = WINDOW
    monkeypatch.setattr(counts, "time", lambda: at)
    assert statuses([guess(app) for _ in range(12)]) == {422: 10, 429: 2}
    at += 300
    assert guess(app).status_code == 429
    at += 150
    assert statuses([guess(app) for _ in range(8)]) == {422: 5, 429: 3}


def test_nobody_signs_in_while_guesses_cannot_be_counted(app, mara):
    _, codes = mara
    client = pending(app)
    db.session.execute(text("ALTER TABLE limit_counts RENAME TO elsewhere"))
    db.session.commit()
    assert guess(app, PASSWORD).status_code in {500, 503}
    assert enter(client, "/sign-in/recovery", code=codes[0]).status_code in {500, 503}
    assert client.get("/review").status_code == 303
    db.session.rollback()
    db.session.execute(text("ALTER TABLE elsewhere RENAME TO limit_counts"))
    db.session.commit()


def test_counts_that_are_over_are_forgotten_and_name_nobody(app, mara):
    guess(app)
    kept = db.session.execute(db.select(LimitCount.__table__)).all()
    assert len(kept) == 4
    assert EMAIL not in repr(kept)
    assert counts.forget_due(now=NOW) == 0
    last = max(row.over_at for row in kept)
    assert counts.forget_due(now=last.replace(year=last.year + 1)) == 4


@pytest.mark.long
@pytest.mark.daily_on("postgres")
def test_many_counts_are_forgotten_however_few_the_database_takes_them_for(app):
    many = counts._FORGOTTEN + 1_000
    row = {"window": 1, "count": 1, "before": 0, "over_at": NOW}
    rows = [{"key_hash": f"{number:064}", **row} for number in range(many)]
    with transaction():
        db.session.execute(insert(LimitCount), rows)
    with transaction():
        db.session.execute(delete(LimitCount))
        db.session.execute(text("ANALYZE limit_counts"))
    with transaction():
        db.session.execute(insert(LimitCount), rows)
    before = rows_read("limit_counts")
    assert counts.forget_due(now=NOW.replace(year=NOW.year + 1)) == many
    assert (
        rows_read("limit_counts") - before < 6 * many
    )  # it is four of each, and in a join all for each


def test_production_counts_where_it_is_kept():
    assert load_settings(**PRODUCTION).ratelimit_storage == "database://"
    with pytest.raises(SettingsError, match="RATELIMIT_STORAGE"):
        load_settings(**PRODUCTION, ratelimit_storage="memory://")
    with pytest.raises(SettingsError, match="RATELIMIT_STORAGE"):
        load_settings(ratelimit_storage="somewhere")
