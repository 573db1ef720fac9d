"""Mails leave once, to a server that proved itself; what fails is tried again, and in the end parked."""

from __future__ import annotations

import email
import email.policy
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest

from portal import logs
from portal.database import transaction
from portal.extensions import db
from portal.mail.delivery import BLANKED, LADDER, LEASE, deliver_due, retry, wait
from portal.mail.letters import Event, Letter
from portal.mail.models import MailState, OutboxMail
from portal.mail.outbox import Sender, queue

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
SHOP = Sender(name="Nümber Plug", address="refunds@shop.example.com")
LETTER = Letter(
    subject="7K3F-9QXM: approved, 0.50 USD to your balance — done",
    text="Ваша заявка\n.\nFrom here\n" + "x" * 1200 + "\n",
    html="<p>Ваша заявка</p>",
)


def put(to="kim@example.com", *, about="7K3F-9QXM", event=Event.APPROVED, letter=LETTER, **given):
    with transaction():
        mail = queue(letter, event=event, to=to, sender=SHOP, about=about, **{"at": NOW} | given)
    return mail.id


def read(number):
    db.session.rollback()
    return db.session.get(OutboxMail, number)


def after(row):
    """When a mail that failed once is tried again."""
    return NOW + wait(row.message_id, 1)


def parsed(envelope):
    return email.message_from_bytes(envelope.content, policy=email.policy.default)


def test_a_mail_leaves_under_the_id_of_the_request_that_caused_it(by_smtp, sink, capsys):
    with logs.caused_by("request-one"):
        put()
    put("lee@example.com", about=None)
    logs.configure(json=True)
    assert deliver_due(now=NOW) == 2
    logs.configure(json=False)
    found = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(each["event"], each.get("request_id")) for each in found] == [
        ("mail sent", "request-one"),
        ("mail sent", None),
    ]


def test_mail_leaves_by_verified_starttls_whole_and_in_its_thread(by_smtp, sink):
    number = put()
    assert deliver_due(now=NOW) == 1
    (envelope,) = sink.mails
    mail = parsed(envelope)
    row = read(number)
    assert mail.items() == [
        ("From", "Nümber Plug <refunds@shop.example.com>"),
        ("To", "kim@example.com"),
        ("Subject", "7K3F-9QXM: approved, 0.50 USD to your balance — done"),
        ("Date", "Wed, 04 Mar 2026 10:00:00 +0000"),
        ("Message-ID", row.message_id),
        ("Auto-Submitted", "auto-generated"),
        ("In-Reply-To", "<7K3F-9QXM@shop.example.com>"),
        ("References", "<7K3F-9QXM@shop.example.com>"),
        ("MIME-Version", "1.0"),
        ("Content-Type", mail["Content-Type"]),
    ]
    assert row.message_id.endswith("@shop.example.com>")
    text, html = mail.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().replace("\r\n", "\n") == LETTER.text
    assert html.get_content().strip() == LETTER.html
    assert envelope.mail_from == "refunds@shop.example.com"
    assert envelope.rcpt_tos == ["kim@example.com"]
    assert b"\n" not in envelope.original_content.replace(b"\r\n", b"")
    assert (row.state, row.sent_at, row.attempts, row.last_error) == (MailState.SENT, NOW, 1, None)
    assert deliver_due(now=NOW) == 0


def put_and_fail():
    with transaction():
        queue(LETTER, event=Event.PAID, to="kim@example.com", sender=SHOP, about=None, at=NOW)
        db.session.flush()
        raise LookupError


def test_nothing_is_sent_when_the_transaction_is_rolled_back(by_smtp, sink):
    with pytest.raises(LookupError):
        put_and_fail()
    assert deliver_due(now=NOW) == 0
    assert sink.mails == []


@pytest.mark.parametrize("wrong", ["unsigned", "other"])
def test_a_server_that_cannot_prove_its_name_gets_nothing(
    portal_with, serve, sink, certificates, wrong
):
    portal_with(
        mail_server="127.0.0.1",
        mail_port=serve(sink, getattr(certificates, wrong)),
        mail_ca_file=certificates.authority,
        mail_username="portal",
        mail_password="secret",
    )
    number = put()
    assert deliver_due(now=NOW) == 1
    row = read(number)
    assert sink.mails == []
    assert "CERTIFICATE_VERIFY_FAILED" in row.last_error
    assert (row.state, row.attempts, row.due_at) == (MailState.WAITING, 1, after(row))


def test_a_server_without_starttls_gets_nothing(portal_with, serve, sink):
    portal_with(mail_server="127.0.0.1", mail_port=serve(sink))
    number = put()
    deliver_due(now=NOW)
    assert sink.mails == []
    assert read(number).last_error == "STARTTLS extension not supported by server."


def test_a_silent_server_ends_the_try_after_the_timeout(portal_with):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        portal_with(mail_server="127.0.0.1", mail_port=silent.getsockname()[1], mail_timeout=0.2)
        numbers = [put(about=None), put(about=None)]
        assert deliver_due(now=NOW) == 2
    rows = [read(number) for number in numbers]
    assert [(row.state, row.due_at) for row in rows] == [
        (MailState.WAITING, after(row)) for row in rows
    ]


def test_a_mail_refused_for_now_climbs_the_ladder_and_is_parked(by_smtp, sink):
    number, at = put(), NOW
    for tries in range(1, len(LADDER) + 1):
        sink.recipients["kim@example.com"] = "450 4.2.0 Greylisted"
        assert deliver_due(now=at) == 1
        row = read(number)
        following = at + wait(row.message_id, tries)
        assert (row.state, row.due_at, row.last_error) == (
            MailState.WAITING,
            following,
            "450 4.2.0 Greylisted",
        )
        assert deliver_due(now=following - timedelta(seconds=1)) == 0
        at = following
    assert deliver_due(now=at) == 1
    row = read(number)
    assert (row.state, row.attempts) == (MailState.PARKED, len(LADDER) + 1)
    with transaction():
        retry(read(number), at=at)
    sink.recipients.clear()
    assert deliver_due(now=at) == 1
    assert read(number).state is MailState.SENT


@pytest.mark.parametrize("where", ["recipient", "data"])
def test_a_mail_refused_for_good_is_parked_at_once_and_stops_no_other(by_smtp, sink, where):
    answer = "550 5.1.1 No such mailbox"
    if where == "recipient":
        sink.recipients["gone@example.com"] = answer
    else:
        sink.answers = [answer]
    gone, fine = put("gone@example.com", about=None), put("kim@example.com", about=None)
    assert deliver_due(now=NOW) == 2
    row = read(gone)
    assert (row.state, row.last_error, row.attempts) == (MailState.PARKED, answer, 1)
    assert read(fine).state is MailState.SENT
    assert [envelope.rcpt_tos for envelope in sink.mails] == [["kim@example.com"]]


def test_a_server_that_hangs_up_costs_one_try_and_the_rest_go_on(by_smtp, sink):
    sink.answers = ["421 4.3.2 Shutting down"]
    first, second = put(about=None), put(about=None)
    done = deliver_due(now=NOW)
    done += deliver_due(now=NOW)
    assert done == 2
    assert (read(first).state, read(first).due_at) == (MailState.WAITING, after(read(first)))
    assert read(second).state is MailState.SENT


def test_mails_of_one_claim_keep_their_order_and_codes_do_not_wait(by_smtp, sink):
    sink.answers = ["451 4.3.0 Later"]
    first = put(event=Event.RECEIVED)
    deliver_due(now=NOW)
    second, code = put(), put(event=Event.SIGN_IN_CODE)
    other = put(about="AAAA-BBBB")
    assert deliver_due(now=NOW) == 2
    assert [read(n).state for n in (first, second, code, other)] == [
        MailState.WAITING,
        MailState.WAITING,
        MailState.SENT,
        MailState.SENT,
    ]
    assert deliver_due(now=after(read(first))) == 2
    assert [parsed(e)["Message-ID"] for e in sink.mails[2:]] == [
        read(first).message_id,
        read(second).message_id,
    ]


CODE = Letter(subject="482913 is your code", text="Your code: 482913\n", html="<p>482913</p>")


def test_a_code_stands_in_the_subject_in_no_list_and_is_not_kept_once_it_left(by_smtp, sink):
    number = put(
        event=Event.SIGN_IN_CODE,
        letter=CODE,
        listed_as="Your code for Numberplug",
        good_until=NOW + timedelta(minutes=10),
    )
    assert read(number).subject == "Your code for Numberplug"
    deliver_due(now=NOW)
    left = parsed(sink.mails[0])
    assert left.get_all("Subject") == ["482913 is your code"]
    assert "482913" in left.get_body(("plain",)).get_content()
    row = read(number)
    assert (row.text, row.html, row.subject) == (BLANKED, "", "Your code for Numberplug")
    assert "482913" not in str(row.headers)


def test_what_is_no_longer_good_is_not_sent_and_what_is_good_for_a_day_is_tried_for_a_day(
    by_smtp, sink
):
    code = put(event=Event.SIGN_IN_CODE, about=None, good_until=NOW + timedelta(minutes=10))
    link = put(event="account", about=None, good_until=NOW + timedelta(days=1))
    deliver_due(now=NOW + timedelta(minutes=10, seconds=1))
    gone = read(code)
    assert (gone.state, gone.text) == (MailState.PARKED, BLANKED)
    assert gone.last_error == "what it brings was no longer good when the mail could leave"
    assert [envelope.rcpt_tos for envelope in sink.mails] == [["kim@example.com"]]
    assert read(link).state is MailState.SENT
    with pytest.raises(ValueError, match="is not kept"):
        retry(gone, at=NOW)


def test_a_mail_leaves_at_its_time_and_not_before(by_smtp, sink):
    put(due_at=NOW + timedelta(hours=1))
    assert deliver_due(now=NOW + timedelta(minutes=59, seconds=59)) == 0
    assert deliver_due(now=NOW + timedelta(hours=1)) == 1
    assert parsed(sink.mails[0])["Date"] == "Wed, 04 Mar 2026 11:00:00 +0000"


def test_without_a_server_mails_stay_in_the_mailbox(portal_with):
    portal_with()
    now_due, later = put(event=Event.SIGN_IN_CODE), put(due_at=NOW + timedelta(hours=1))
    assert deliver_due(now=NOW) == 1
    row = read(now_due)
    assert (row.state, row.sent_at, row.text) == (MailState.SENT, NOW, LETTER.text)
    assert read(later).state is MailState.WAITING


def test_two_workers_send_each_mail_once(by_smtp, sink):
    numbers = [put(about=None) for _ in range(20)]

    def work():
        with by_smtp.app_context():
            while deliver_due(now=NOW, limit=3):
                pass
            db.session.remove()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    sent = [parsed(envelope)["Message-ID"] for envelope in sink.mails]
    assert sorted(sent) == sorted(read(n).message_id for n in numbers)


KILLED = """
import sys
from datetime import datetime
from portal.app import create_app
from portal.config.settings import load_settings
from portal.mail.delivery import deliver_due
url, port, authority, key, now = sys.argv[1:]
app = create_app(load_settings(
    database_url=url, mail_server="127.0.0.1", mail_port=int(port), mail_ca_file=authority, seal_keys=key,
    base_url="http://localhost"))
with app.app_context():
    deliver_due(now=datetime.fromisoformat(now))
"""


@pytest.mark.long
def test_killed_before_it_could_record_the_mail_is_sent_again_as_the_same(
    by_smtp, sink, database, certificates
):
    number = put()
    settings = by_smtp.extensions["settings"]
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, database, str(settings.mail_port),
         str(certificates.authority), settings.seal_keys[0].get_secret_value(), NOW.isoformat()],
        env=os.environ | {"PYTHONWARNINGS": ""},
    )  # fmt: skip
    sink.on_data = lambda: child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    sink.on_data = None
    row = read(number)
    assert (row.state, row.attempts, row.due_at) == (MailState.WAITING, 1, NOW + LEASE)
    assert deliver_due(now=NOW + LEASE - timedelta(seconds=1)) == 0
    assert deliver_due(now=NOW + LEASE) == 1
    assert [parsed(envelope)["Message-ID"] for envelope in sink.mails] == [row.message_id] * 2
    assert read(number).state is MailState.SENT
