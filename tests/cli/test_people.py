"""``people``: who works here, what each may do, and how that changes."""

import pytest

from portal.database import transaction
from portal.extensions import db
from portal.people.reviewers import Reviewer, Role, dismiss
from tests import factories


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
        dismiss(db.session.merge(gone), at=factories.NOW)
    assert run("people", "list") == (
        0,
        (
            "mara@example.com  Mara Lind  admin, may pay\n"
            "omar@example.com  Omar Haddad  reviewer, dismissed\n"
        ),
    )


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


def test_no_other_commands_stand_beside_it(app):
    commands = set(app.cli.commands)
    assert "people" in commands
    assert not commands & {"users", "roles"}
