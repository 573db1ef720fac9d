"""``people``: who works here, what each may do, and how that changes."""

import pytest
from sqlalchemy import select

from portal.claims.models import Claim
from portal.cli.people import set_
from portal.database import transaction
from portal.extensions import db
from portal.people.granting import RightChange, dismiss
from portal.people.reviewers import Reviewer, Role
from portal.people.rights import Right
from tests import factories
from tests.races import race
from tests.sizes import AT_ONCE


@pytest.fixture
def run(app):
    def invoke(*args):
        result = app.test_cli_runner().invoke(args=list(args))
        db.session.rollback()
        return result.exit_code, result.output

    return invoke


def test_everybody_is_listed_with_what_they_may(run):
    factories.reviewer(email="mara@example.com", name="Mara Lind", role=Role.ADMIN, may_pay=True)
    gone = factories.reviewer(email="omar@example.com", name="Omar Haddad")
    with transaction():
        dismiss(db.session.merge(gone), by=None, at=factories.NOW)
    assert run("people", "list") == (
        0,
        (
            "mara@example.com  Mara Lind  admin, may pay\n"
            "omar@example.com  Omar Haddad  reviewer, dismissed\n"
        ),
    )


def test_what_somebody_had_in_hand_is_nobodys_once_they_are_dismissed(run):
    factories.reviewer(email="mara@example.com", role=Role.ADMIN)
    gone = factories.reviewer(email="omar@example.com", name="Omar Haddad").id
    claim = factories.claim(reason="wrong_code").id
    with transaction():
        db.session.get_one(Claim, claim).assignee_id = gone
    assert run("people", "dismiss", "omar@example.com") == (
        0,
        "omar@example.com can sign in no more.\n",
    )
    assert db.session.get_one(Claim, claim).assignee_id is None


def test_a_role_and_a_right_change_and_end_the_sign_ins(run):
    person = factories.reviewer(email="omar@example.com", name="Omar Haddad")
    before, number = person.fs_uniquifier, person.id
    assert run("people", "set", "Omar@example.com", "--role", "admin", "--may-pay") == (
        0,
        "omar@example.com  Omar Haddad  admin, may pay\n",
    )
    after = db.session.get_one(Reviewer, number).fs_uniquifier
    assert after != before
    assert run("people", "set", "omar@example.com", "--name", "Omar H.", "--may-not-pay")[1] == (
        "omar@example.com  Omar H.  admin\n"
    )
    last = db.session.get_one(Reviewer, number).fs_uniquifier
    run("people", "set", "omar@example.com", "--name", "Omar")
    assert db.session.get_one(Reviewer, number).fs_uniquifier == last


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            ["nobody@example.com", "--role", "admin"],
            "nobody here has the address nobody@example.com",
        ),
        (["omar@example.com"], "Say what to change: --name, --role, --may-pay or --may-not-pay."),
        (["omar@example.com", "--name", " "], "write the name as colleagues know it"),
        (["omar@example.com", "--role", "boss"], "'boss' is not one of 'reviewer', 'admin'"),
    ],
)
def test_what_can_not_be_changed_is_said(run, given, said):
    factories.reviewer(email="omar@example.com")
    code, output = run("people", "set", *given)
    assert code in (1, 2)
    assert said in output


def rights(email):
    found = db.session.scalars(select(Reviewer).where(Reviewer.email == email)).one()
    return {(each.shop, each.what) for each in found.held}


@pytest.mark.parametrize(
    ("given", "held"),
    [
        ([], {("*", Right.REVIEWER)}),
        (["--role", "admin", "--may-pay"],
         {("*", Right.LEAD), ("*", Right.ADMIN), ("*", Right.PAYER)}),
        (["--right", "lead", "--shop", "numberplug", "--shop", "sms-service"],
         {("numberplug", Right.LEAD), ("sms-service", Right.LEAD)}),
        (["--right", "payer"], {("*", Right.PAYER)}),
        (["--may-pay", "--shop", "numberplug"],
         {("numberplug", Right.REVIEWER), ("numberplug", Right.PAYER)}),
    ],
)  # fmt: skip
def test_somebody_is_added_with_rights_in_a_shop_or_in_every_one(run, given, held):
    code, output = run("people", "add", "nora@example.com", "--name", "Nora", *given)
    assert (code, "/sign-in/password/" in output) == (0, True), output
    assert rights("nora@example.com") == held


def test_rights_change_in_the_shop_that_is_named(run):
    factories.reviewer(email="omar@example.com", name="Omar")
    here = ["--shop", "numberplug"]
    assert run("people", "set", "omar@example.com", "--right", "lead", "--may-pay", *here) == (
        0, "omar@example.com  Omar  reviewer; lead, may pay in numberplug\n",
    )  # fmt: skip
    assert run("people", "set", "omar@example.com", "--no-right", "reviewer")[1] == (
        "omar@example.com  Omar  lead, may pay in numberplug\n"
    )
    assert run("people", "set", "omar@example.com", "--role", "reviewer", *here)[1] == (
        "omar@example.com  Omar  reviewer, may pay in numberplug\n"
    )
    code, output = run("people", "set", "omar@example.com", "--right", "lead", "--shop", "nobody")
    assert (code, "no shop nobody" in output) == (2, True), output


def test_a_right_in_a_shop_that_runs_no_more_is_taken(run):
    held = {("gone-shop", Right.PAYER), ("gone-shop", Right.LEAD)}
    factories.reviewer(email="omar@example.com", name="Omar", rights=held)
    there = ["--shop", "gone-shop"]
    assert run("people", "set", "omar@example.com", "--no-right", "payer", *there) == (
        0, "omar@example.com  Omar  lead in gone-shop\n",
    )  # fmt: skip
    code, output = run("people", "add", "nora@example.com", "--name", "Nora", *there)
    assert (code, "no shop gone-shop" in output) == (2, True), output


@AT_ONCE
def test_a_right_that_is_given_twice_at_once_is_given_once(app):
    number = factories.reviewer(email="omar@example.com").id
    asked = dict.fromkeys(("name", "role", "may_pay")) | {
        "email": "omar@example.com", "given": ("payer",), "taken": (), "shops": ("numberplug",),
    }  # fmt: skip
    came = race(app, [lambda: set_.callback(**asked)] * 4)
    assert came == [None] * 4
    assert rights("omar@example.com") == {("*", Right.REVIEWER), ("numberplug", Right.PAYER)}
    kept = select(RightChange.shop, RightChange.what).where(RightChange.reviewer_id == number)
    assert db.session.execute(kept).all() == [("numberplug", Right.PAYER)]


def test_the_last_admin_of_every_shop_stays(run):
    factories.reviewer(email="mara@example.com", role=Role.ADMIN)
    for command in (
        ["dismiss", "mara@example.com"],
        ["set", "mara@example.com", "--role", "reviewer"],
    ):
        code, output = run("people", *command)
        assert code == 1
        assert "nobody but mara@example.com is an admin of every shop" in output
    assert rights("mara@example.com") == {("*", Right.LEAD), ("*", Right.ADMIN)}


def test_no_other_commands_stand_beside_it(app):
    commands = set(app.cli.commands)
    assert "people" in commands
    assert not commands & {"users", "roles"}
