"""A scheduled version is withdrawn in the browser, with a reason, by any admin; a reviewer only reads."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from time import sleep

import pytest
from flask import g

from portal.database import transaction
from portal.people.reviewers import Role
from portal.versions.lifecycle import State
from portal.versions.queries import version_for_change
from tests import factories
from tests.versions.drafts import SHOP, admin, published, withdrawn
from tests.web.policies.pages import HOME, row, rows_of
from tests.web.steps.signing_in import sign_in

STARTS = datetime(2026, 4, 1, tzinfo=UTC)
TAKEN = (
    "A version is already published for 1 Apr 2026. Choose a later date, or withdraw that version"
    " first."
)


@pytest.fixture
def scheduled(app):
    """A version that is in force from 1 April 2026."""
    version = published()
    app.extensions["policies"].renew()
    return version


def test_it_is_withdrawn_and_an_earlier_date_is_free_again(visitor, owner, scheduled):
    to = f"{HOME}/{scheduled.id}"
    begin = f"{HOME}/{SHOP}/begin"
    assert visitor.post(begin, {"in_force": "2026-03-20"}, status=422).errors == [TAKEN]
    assert visitor.get(to).all("form", action=f"{to}/withdraw")
    page = visitor.post(f"{to}/withdraw", {"why": " "}, status=422)
    assert page.errors == ["Say why it is withdrawn"]
    assert row(scheduled.id).state is State.PUBLISHED
    assert "1 April 2026" in visitor.get(f"/{SHOP}/policy").text()

    assert visitor.post(f"{to}/withdraw", {"why": "It asks for too much."}).location == to
    page = visitor.get(to)
    assert page.text(page.one(class_="badge")) == "Withdrawn"
    said = page.text()
    assert "By Ada Owner, before it was in force. It decided no claim." in said
    assert "It asks for too much." in said
    assert [page.text(line) for line in page.all(class_="timeline-title")][:1] == ["Withdrawn"]
    assert page.all("form", action=f"{to}/withdraw") == []
    assert "1 April 2026" not in visitor.get(f"/{SHOP}/policy").text()
    visitor.post(f"{to}/withdraw", {"why": "Again."}, status=409)
    visitor.post(f"{to}/withdraw", {"why": ""}, status=409)
    assert [line[:4] for line in rows_of(visitor.get(HOME)) if line[1] == "Withdrawn"] == [
        [
            "1 April 2026",
            "Withdrawn",
            f"{scheduled.author.name}, published by {scheduled.published_by.name}",
            "Nothing: it never governed.",
        ]
    ]
    visitor.post(begin, {"in_force": "2026-03-20"})
    draft = row(scheduled.id + 1)
    assert (draft.in_force, draft.author, draft.text.count("[[version]]")) == (
        date(2026, 3, 20),
        owner,
        2,
    )


def test_what_is_in_force_is_not_withdrawn(visitor, app, scheduled):
    app.config["NOW"] = STARTS
    to = f"{HOME}/{scheduled.id}"
    sign_in(visitor, admin(), at=STARTS)
    assert visitor.get(to).all("form", action=f"{to}/withdraw") == []
    page = visitor.post(f"{to}/withdraw", {"why": "Too late."}, status=409)
    assert "This version is in force since 1 Apr 2026" in page.text()
    assert row(scheduled.id).state is State.PUBLISHED


def test_what_comes_into_force_while_somebody_waits_for_their_turn_is_not_withdrawn(
    visitor, app, scheduled
):
    number, to = scheduled.id, f"{HOME}/{scheduled.id}/withdraw"
    app.config["NOW"] = STARTS - timedelta(minutes=3)
    sign_in(visitor, admin(), at=app.config["NOW"])
    data = {"why": "Just in time?", "csrf_token": visitor.token()}
    g.pop("_login_user", None)
    with ThreadPoolExecutor(1) as pool:
        with transaction():
            version_for_change(number)
            answer = pool.submit(visitor.client.post, to, data=data)
            sleep(0.5)  # until it waits for the row
            assert not answer.done()
            app.config["NOW"] = STARTS
        assert answer.result().status_code == 409
    assert row(number).state is State.PUBLISHED


def test_a_reviewer_sees_it_and_can_not_withdraw_it(visitor, scheduled):
    sign_in(visitor, factories.reviewer(role=Role.REVIEWER))
    to = f"{HOME}/{scheduled.id}"
    assert "Withdraw" not in visitor.get(to).text()
    visitor.post(f"{to}/withdraw", {"why": "No."}, status=403)
    withdrawn(scheduled, why="The wrong clause.")
    assert "The wrong clause." in visitor.get(to).text()


@pytest.mark.usefixtures("owner")
def test_a_form_names_what_another_process_published_a_moment_ago(app, visitor):
    published()
    page = visitor.post(f"{HOME}/{SHOP}/begin", {"in_force": "2026-03-20"}, status=422)
    assert page.errors == [TAKEN]
    assert app.extensions["policies"][SHOP].current.in_force == date(2026, 4, 1)
