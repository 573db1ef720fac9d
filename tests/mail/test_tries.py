"""Each try sends the same bytes, for two days; and what a late worker writes changes no end."""

from __future__ import annotations

import asyncio
import email
import socket
import threading
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.utils import getaddresses

import pytest
from sqlalchemy import event

from portal.database import transaction
from portal.extensions import db
from portal.mail.delivery import LADDER, LEASE, LOT, SPREAD, deliver_due, wait
from portal.mail.letters import Event, Letter
from portal.mail.models import MailState, OutboxMail
from portal.mail.outbox import Sender, queue

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
SHOP = Sender(name="Numberplug", address="refunds@shop.example.com")
LETTER = Letter(subject="Paid", text="Paid\n", html="<p>Paid</p>")


def put(**given):
    usual = {"event": Event.PAID, "to": "kim@example.com", "sender": SHOP, "about": None, "at": NOW}
    with transaction():
        mail = queue(LETTER, **usual | given)
    return mail.id


def read(number):
    db.session.rollback()
    return db.session.get(OutboxMail, number)


def test_a_mail_whose_acceptance_got_lost_is_sent_again_with_the_same_bytes(by_smtp, sink):
    number = put()
    deliver_due(now=NOW)
    with transaction():
        read(number).state = MailState.WAITING  # the answer of the server never came
    deliver_due(now=NOW + timedelta(hours=9))
    first, second = (envelope.original_content for envelope in sink.mails)
    assert first == second


def test_tries_go_on_for_two_days_each_mail_at_its_own_pace():
    waits = [wait("<1@shop.example.com>", tries) for tries in range(1, len(LADDER) + 1)]
    assert timedelta(hours=48) <= sum(waits, timedelta()) <= timedelta(hours=48) * (1 + SPREAD)
    assert all(
        rung <= drawn <= rung * (1 + SPREAD) for rung, drawn in zip(LADDER, waits, strict=True)
    )
    paces = {wait(f"<{number}@shop.example.com>", 5) for number in range(100)}
    assert len(paces) > 80


def test_mails_that_are_put_off_together_keep_writers_waiting_for_a_lot_at_most(portal_with):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        portal_with(mail_server="127.0.0.1", mail_port=nobody.getsockname()[1])
        with transaction():
            for _ in range(2 * LOT + 1):
                queue(
                    LETTER, event=Event.PAID, to="kim@example.com", sender=SHOP, about=None, at=NOW
                )
        commits = []
        event.listen(db.engine, "commit", commits.append)
        assert deliver_due(now=NOW) == 2 * LOT + 1
    assert len(commits) == 4  # two lots, what is left, and that nothing is
    assert deliver_due(now=NOW) == 0


def test_a_worker_past_its_lease_writes_no_failure_over_what_came_after(by_smtp, sink):
    """The first worker's server answers with a refusal long after another worker sent the mail."""
    number = put()
    asked, done = threading.Event(), threading.Event()

    async def refuse_late():
        asked.set()
        await asyncio.to_thread(done.wait, 100)
        return "554 5.7.1 Refused for good"

    sink.answers = [refuse_late]

    def first():
        with by_smtp.app_context():
            deliver_due(now=NOW, limit=1)
            db.session.remove()

    late = threading.Thread(target=first)
    late.start()
    assert asked.wait(100)
    other = NOW + LEASE
    assert deliver_due(now=other) == 1
    done.set()
    late.join()
    row = read(number)
    assert (row.state, row.sent_at, row.attempts) == (MailState.SENT, other, 2)
    assert row.last_error is None


NAMES = [
    "Shop, Inc", "A; B", "[Shop]", "Nümber, Plug", 'Нумер [1], "x"; y', "a@b.c", "=?utf-8?q?x?=",
    "x" * 100, "O'Neil (shop)", "", ".", "A. B. Co.", "Plug & Co: numbers", 'a "b" c', "a\\b",
    "Line\r\nBcc: thief@example.com", "a\u202eb", "漢字,店",
]  # fmt: skip


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name", NAMES)
def test_every_name_of_a_sender_leaves_as_one_address_that_reads_as_the_name(by_smtp, sink, name):
    put(sender=Sender(name, SHOP.address))
    assert deliver_due(now=NOW) == 1
    (envelope,) = sink.mails
    assert envelope.mail_from == SHOP.address
    raw = email.message_from_bytes(envelope.content)["From"]
    ((written, address),) = getaddresses([" ".join(raw.split())])
    kept = Sender.read(str(Sender(name, SHOP.address)))
    assert (str(make_header(decode_header(written))), address) == (kept.name, SHOP.address)


def test_a_mail_that_could_not_leave_is_parked_in_the_mailbox_too(portal_with):
    portal_with()
    number = put()
    with transaction():
        read(number).headers = {"Reply-To": "a\r\nBcc: thief@example.com"}
    assert deliver_due(now=NOW) == 1
    assert read(number).state is MailState.PARKED


@pytest.mark.parametrize("security", ["starttls", "tls", "none"])
def test_mail_security_chooses_how_the_connection_is_sealed(
    portal_with, serve, sink, certificates, security
):
    """Each server takes mail in one way alone."""
    path = None if security == "none" else certificates.server
    portal_with(
        mail_server="127.0.0.1",
        mail_port=serve(sink, path, at_once=security == "tls"),
        mail_ca_file=certificates.authority,
        mail_security=security,
    )
    number = put()
    assert deliver_due(now=NOW) == 1
    assert (read(number).state, read(number).last_error, len(sink.mails)) == (
        MailState.SENT,
        None,
        1,
    )
