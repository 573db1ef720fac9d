"""``flask mail``: what an operator sees of the outbox, and another try for what was parked."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from portal.database import transaction
from portal.extensions import db
from portal.mail.letters import Event, Letter
from portal.mail.models import MailState, OutboxMail
from portal.mail.outbox import Sender, queue

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)


@pytest.fixture
def run(app):
    def invoke(*words):
        answer = app.test_cli_runner().invoke(args=["mail", *words])
        return answer.exit_code, answer.output

    return invoke


def put(*, event=Event.PAID, state=MailState.WAITING, error=None, good_until=None):
    with transaction():
        mail = queue(
            Letter(subject="Paid", text="Paid\n", html=""),
            event=event,
            to="kim@example.com",
            sender=Sender(name="Shop", address="shop@example.com"),
            about="7K3F-9QXM",
            at=NOW,
            good_until=good_until,
        )
        mail.state, mail.last_error = state, error
    return mail.id


def test_the_list_shows_the_newest_first_and_no_address(run):
    waiting, parked = put(), put(state=MailState.PARKED, error="550 No such mailbox")
    first = f"{parked}\tparked\t0\t2026-03-04 10:00:00Z\tpaid\t7K3F-9QXM\t550 No such mailbox\n"
    second = f"{waiting}\twaiting\t0\t2026-03-04 10:00:00Z\tpaid\t7K3F-9QXM\n"
    assert run("list") == (0, first + second)
    assert run("list", "--state", "parked") == (0, first)


def test_parked_mails_are_tried_again_and_codes_are_not(run):
    parked = put(state=MailState.PARKED, error="550 No such mailbox")
    code = put(event=Event.SIGN_IN_CODE, state=MailState.PARKED, good_until=NOW)
    assert run("retry", "--parked") == (0, "1 to be sent\n")
    db.session.expire_all()
    assert db.session.get_one(OutboxMail, parked).state is MailState.WAITING
    assert run("retry", str(code)) == (
        1,
        f"Error: mail {code} held a code or link that is not kept\n",
    )


def test_a_number_that_is_not_parked_changes_nothing(run):
    waiting, parked = put(), put(state=MailState.PARKED)
    assert run("retry", str(waiting), str(parked)) == (1, f"Error: not parked: {waiting}\n")
    db.session.expire_all()
    assert db.session.get_one(OutboxMail, parked).state is MailState.PARKED


def test_retry_wants_numbers_or_all_that_are_parked(run):
    status, said = run("retry")
    assert status == 2
    assert said.endswith("Error: Write the numbers of mails, or --parked.\n")
