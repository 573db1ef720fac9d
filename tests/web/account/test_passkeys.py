"""Passkeys: made in one's account, used to sign in and to prove who is there, and refused otherwise."""

import json
from datetime import timedelta

import pytest
from flask_security import hash_password
from sqlalchemy import select

from portal.audit.log import AuditEntry
from portal.extensions import db
from portal.people import challenges, passkeys, reviewers
from portal.people.challenges import AnsweredChallenge
from portal.people.passkeys import Passkey
from portal.people.reviewers import Reviewer
from tests import factories
from tests.conftest import NOW
from tests.web.account.device import Device, packed
from tests.web.inspector import Browser
from tests.web.steps.signing_in import by, sign_in

ADD, USE = "/account/passkeys/add", "/sign-in/passkey"
AGAIN = "/sign-in/code-again/passkey?next=/review/people"
REFUSED = "This passkey was not accepted, or it took too long. Try again."
NOT_KEPT = "This passkey could not be kept: it took too long, or it is kept already. Try again."


def asked(browser, path):
    """What this page gives the browser for a passkey."""
    page = by(browser).get(path)
    return next(form for form in page.all("form") if form.get("data-passkey")).get("data-options")


def acts():
    db.session.rollback()
    found = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [(each.act, each.who_id, each.whom_id, each.about) for each in found]


def other_browser(app):
    return by(Browser(app.test_client()))


@pytest.fixture
def dana(app):
    return factories.reviewer(name="Dana Reyes", email="dana@example.com").id


@pytest.fixture
def kept(app, visitor, dana):
    """A device with a passkey of hers; nobody is signed in in the visitor's browser any more."""
    sign_in(visitor, db.session.get_one(Reviewer, dana))
    device = Device()
    answer = device.make(asked(visitor, ADD))
    by(visitor).post(ADD, {"name": "Phone", "answer": answer})
    visitor.client = app.test_client()
    by(visitor)
    return device


def test_a_passkey_is_made_under_a_name_and_signs_in_by_itself(app, visitor, dana, kept):
    row = db.session.scalars(select(Passkey)).one()
    assert (row.reviewer_id, row.name, row.sign_count, row.added_at, row.used_at) == (
        dana, "Phone", 0, NOW, None)  # fmt: skip
    app.config["NOW"] = later = NOW + timedelta(hours=13)
    assert by(visitor).post(USE, {"answer": kept.use(asked(visitor, USE))}).location == "/review"
    by(visitor).get("/review")
    page = by(visitor).get("/account")
    [line] = [page.text(row) for row in page.all("tr") if page.text(row).startswith("Phone")]
    assert line.count("2026") == 2
    db.session.refresh(row)
    assert (row.sign_count, row.used_at) == (1, later)
    assert acts() == [("add_passkey", dana, None, f"passkey {row.id}"),
                      ("sign_in", dana, None, f"passkey {row.id}")]  # fmt: skip
    page = by(visitor).post(USE + "?next=/account", {"answer": ""}, status=302)
    assert page.location == "/account"


def test_who_adds_or_removes_one_is_signed_out_elsewhere(app, visitor, dana):
    person = db.session.get_one(Reviewer, dana)
    elsewhere = other_browser(app)
    sign_in(elsewhere, person)
    sign_in(visitor, person)
    by(visitor).post(ADD, {"name": "Key", "answer": Device().make(asked(visitor, ADD))})
    by(elsewhere).get("/account", status=303)
    sign_in(elsewhere, db.session.get_one(Reviewer, dana))
    number = db.session.scalars(select(Passkey.id)).one()
    by(visitor).post(f"/account/passkeys/{number}/remove")
    by(elsewhere).get("/account", status=303)
    assert "You have none." in by(visitor).get("/account").text()
    assert acts()[-1] == ("remove_passkey", dana, None, f"passkey {number}")


# What somebody wicked has a device or a browser say, or what went wrong before.
WRONG = {
    "origin": lambda device, ask: elsewhere(device, origin="https://localhost").use(ask),
    "another host's origin": lambda device, ask: elsewhere(device, origin="http://evil.example").use(ask),
    "site": lambda device, ask: elsewhere(device, site="evil.example").use(ask),
    "nobody checked": lambda device, ask: elsewhere(device, verifies=False).use(ask),
    "challenge": lambda device, ask: device.use(ask, challenge=packed(b"x" * 56)),
    "no challenge": lambda device, ask: device.use(ask, challenge=""),
    "a challenge of no text": lambda device, ask: device.use(ask, challenge=5),
    "made and not used": lambda device, ask: device.use(ask, type="webauthn.create"),
    "another key": lambda device, ask: Device(id=device.id, handle=device.handle).use(ask),
    "another's handle": lambda device, ask: elsewhere(device, handle=b"somebody").use(ask),
    "a handle that is no Base64": lambda device, ask: changed(device.use(ask), userHandle="a"),
    "a handle of other letters": lambda device, ask: changed(device.use(ask), userHandle="\u00e9"),
    "an unknown one": lambda _device, ask: Device().use(ask),
    "no JSON": lambda _device, _ask: "{",
    "no object": lambda _device, _ask: "[]",
    "nothing in it": lambda _device, _ask: "{}",
    "deep": lambda _device, _ask: "[" * 15_000,
    "too long": lambda _device, _ask: "1" * 20_001,
    "an id that no database keeps": lambda _device, _ask: '{"id": "\\u0000", "response": {}}',
    "a half answer": lambda device, _ask: json.dumps({"id": packed(device.id), "response": {}}),
}  # fmt: skip


def elsewhere(device, **changed):
    """The same key, on a device or in a browser that is otherwise."""
    return Device(**{"id": device.id, "key": device.key, "handle": device.handle} | changed)


def changed(answer, **told):
    """The same answer, of which the device says something else."""
    said = json.loads(answer)
    return json.dumps(said | {"response": said["response"] | told})


@pytest.mark.parametrize("wrong", WRONG)
def test_what_proves_nothing_signs_nobody_in(visitor, kept, wrong):
    answer = WRONG[wrong](kept, asked(visitor, USE))
    page = by(visitor).post(USE, {"answer": answer}, status=422)
    assert REFUSED in page.text()
    by(visitor).get("/review", status=303)
    assert db.session.scalars(select(Passkey.used_at)).all() == [None]
    assert len(db.session.scalars(select(AnsweredChallenge.digest)).all()) == 1  # of its making
    assert [act for act, _, _, _ in acts()].count("sign_in") == 0


def test_an_answer_works_once_and_in_its_own_browser_for_five_minutes(app, visitor, kept):
    ask = asked(visitor, USE)
    answer = kept.use(ask)
    other_browser(app).post(USE, {"answer": answer}, status=422)
    by(visitor).post(USE, {"answer": answer})
    by(visitor).post("/sign-out", {}, status=302)
    by(visitor).post(USE, {"answer": answer}, status=422)
    kept.count = 8
    by(visitor).post(USE, {"answer": kept.use(ask)}, status=422)  # the challenge was answered
    ask = asked(visitor, USE)
    app.config["NOW"] = NOW + timedelta(minutes=5)
    by(visitor).post(USE, {"answer": kept.use(ask)}, status=422)
    app.config["NOW"] = NOW + timedelta(minutes=4, seconds=59)
    by(visitor).post(USE, {"answer": kept.use(ask)})


def test_a_count_that_did_not_go_up_is_a_copy_and_refused(visitor, kept):
    by(visitor).post(USE, {"answer": kept.use(asked(visitor, USE))})
    by(visitor).post("/sign-out", {}, status=302)
    for count in (0, 0):
        kept.count = count
        by(visitor).post(USE, {"answer": kept.use(asked(visitor, USE))}, status=422)
    assert ("sign_in_refused", None, db.session.scalar(select(Reviewer.id)), "passkey") in acts()
    by(visitor).post(USE, {"answer": kept.use(asked(visitor, USE))})


def test_a_removed_passkey_and_one_of_who_was_dismissed_open_nothing(app, visitor, dana, kept):
    db.session.get_one(Reviewer, dana).active = False
    db.session.commit()
    by(visitor).post(USE, {"answer": kept.use(asked(visitor, USE))}, status=422)
    person = db.session.get_one(Reviewer, dana)
    person.active = True
    reviewers.forget_codes(person, by=None, at=NOW)
    db.session.commit()
    assert passkeys.passkeys_of(dana) == []
    by(visitor).post(USE, {"answer": kept.use(asked(visitor, USE))}, status=422)


def test_it_stands_in_the_place_of_the_code_after_the_own_password_alone(visitor, dana, kept):
    for email, status in (("omar@example.com", 422), ("dana@example.com", 303)):
        person = reviewers.by_email(email) or factories.reviewer(email=email)
        totp = visitor.client.application.extensions["security"].totp_factory
        person.password = hash_password("correct horse battery")
        person.tf_primary_method, person.tf_totp_secret = (
            "authenticator",
            totp.generate_totp_secret(),
        )
        db.session.commit()
        given = {"email": email, "password": "correct horse battery"}
        by(visitor).post("/sign-in", given, status=302)
        page = by(visitor).get("/sign-in/code")
        assert [a for a in page.all("a") if a.get("href") == USE]
        by(visitor).post(USE, {"answer": kept.use(asked(visitor, USE))}, status=status)
    assert visitor.get("/account").text().startswith("Your account")


def test_it_proves_once_more_who_is_there_and_the_sign_in_goes_on_under_a_new_key(
    app, visitor, dana, kept
):
    by(visitor).post(USE, {"answer": kept.use(asked(visitor, USE))})
    app.config["NOW"] = NOW + timedelta(minutes=6)
    assert by(visitor).get(ADD, status=303).location == f"/sign-in/code-again?next={ADD}"
    with visitor.client.session_transaction() as session:
        old = dict(session)
    page = by(visitor).get("/sign-in/code-again?next=/account")
    assert [a for a in page.all("a") if a.get("href", "").startswith("/sign-in/code-again/passkey")]
    sign_in_answer = kept.use(asked(other_browser(app), USE))
    by(visitor).post(AGAIN, {"answer": sign_in_answer}, status=422)
    by(visitor).post(AGAIN, {"answer": ""}, status=422)
    by(visitor).post(AGAIN, {"answer": Device().use(asked(visitor, AGAIN))}, status=422)
    answer = kept.use(asked(visitor, AGAIN))
    assert by(visitor).post(AGAIN, {"answer": answer}).location == "/review/people"
    by(visitor).get(ADD)
    number = db.session.scalars(select(Passkey.id)).one()
    assert acts()[2:] == [
        ("sign_in_refused", None, dana, "passkey again"),
        ("sign_in_refused", None, dana, "passkey again"),
        ("step_up", dana, None, f"passkey {number}"),
    ]
    copy = other_browser(app)
    with copy.client.session_transaction() as session:
        session.update(old)
    by(copy).get("/account", status=303)


@pytest.mark.parametrize("changed", [{"origin": "http://evil.example"}, {"site": "evil.example"}, {"verifies": False}])  # fmt: skip
def test_what_was_made_elsewhere_or_without_a_check_of_the_person_is_not_kept(
    visitor, dana, changed
):
    sign_in(visitor, db.session.get_one(Reviewer, dana))
    answer = Device(**changed).make(asked(visitor, ADD))
    page = by(visitor).post(ADD, {"name": "Key", "answer": answer}, status=422)
    assert NOT_KEPT in page.text()
    assert passkeys.passkeys_of(dana) == []


def test_one_device_is_kept_once_and_a_person_has_ten_at_most(visitor, dana):
    sign_in(visitor, db.session.get_one(Reviewer, dana))
    device = Device()
    for status in (303, 422):
        answer = device.make(asked(visitor, ADD))
        by(visitor).post(ADD, {"name": "Same", "answer": answer}, status=status)
    page = by(visitor).post(ADD, {"name": "", "answer": "{}"}, status=422)
    assert page.errors == ["Give the passkey a name"]
    for number in range(1, 11):
        answer = Device().make(asked(visitor, ADD))
        status = 303 if number < 10 else 422
        by(visitor).post(ADD, {"name": f"Key {number}", "answer": answer}, status=status)
    assert len(passkeys.passkeys_of(dana)) == 10


def test_only_ones_own_are_removed_and_only_behind_a_fresh_factor(app, visitor, kept):
    number = db.session.scalars(select(Passkey.id)).one()
    omar = factories.reviewer(email="omar@example.com")
    sign_in(visitor, omar)
    by(visitor).post(f"/account/passkeys/{number}/remove", status=404)
    by(visitor).post(f"/account/passkeys/{2**40}/remove", status=404)
    app.config["NOW"] = NOW + timedelta(minutes=6)
    page = by(visitor).post(f"/account/passkeys/{number}/remove")
    assert page.location == "/sign-in/code-again?next=/account"
    assert len(db.session.scalars(select(Passkey.id)).all()) == 1


def test_where_the_portal_is_reached_by_a_number_there_are_none(app, visitor, dana):
    settings = app.extensions["settings"]
    app.extensions["settings"] = settings.model_copy(update={"base_url": "http://127.0.0.1:8000"})
    assert "passkey" not in by(visitor).get("/sign-in").text()
    by(visitor).get(USE, status=404)
    sign_in(visitor, db.session.get_one(Reviewer, dana))
    assert "reached by a name" in by(visitor).get("/account").text()
    by(visitor).get(ADD, status=404)
    by(visitor).get(AGAIN, status=404)


def test_an_answered_challenge_is_forgotten_when_it_is_over(app, kept):
    assert challenges.forget_due(now=NOW + timedelta(minutes=5)) == 0
    assert challenges.forget_due(now=NOW + timedelta(minutes=5, seconds=1)) == 1
    assert challenges.forget_due(now=NOW + timedelta(minutes=6)) == 0
