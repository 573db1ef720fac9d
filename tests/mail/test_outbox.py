"""What goes into the outbox, and that no variable of a mail can add a header to it."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime, timedelta

import pytest

from portal.database import transaction
from portal.extensions import db
from portal.mail.delivery import deliver_due
from portal.mail.letters import Event, Letter
from portal.mail.models import MailState, OutboxMail
from portal.mail.outbox import AddressRefused, Sender, cancel, mails_about, queue

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
SHOP = Sender(name="Numberplug", address="refunds@shop.example.com")
LETTER = Letter(subject="Paid", text="Paid\n", html="<p>Paid</p>")
HEADERS = [
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
]  # fmt: skip
BREAKS = ["\r\n", "\n", "\r", "\r\n\r\n", "\n ", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\x00"]


def put(letter=LETTER, **given):
    usual = {"event": Event.PAID, "to": "kim@example.com", "sender": SHOP, "about": None, "at": NOW}
    return queue(letter, **usual | given)


@pytest.mark.one_in(4)
@pytest.mark.parametrize("line_end", BREAKS)
def test_no_variable_adds_a_header(by_smtp, sink, line_end):
    attack = f"A{line_end}Bcc: thief@example.com{line_end}{line_end}body"
    with transaction():
        put(Letter(subject=attack, text="body", html="body"))
        put(sender=Sender(name=attack, address=SHOP.address))
    with pytest.raises(AddressRefused):
        put(to=f"kim@example.com{line_end}Bcc: thief@example.com")
    with pytest.raises(AddressRefused):
        put(sender=Sender(name="Shop", address=f"a@example.com{line_end}Bcc: b@example.com"))
    with pytest.raises(ValueError, match="no reference"):
        put(about=f"7K3F{line_end}Bcc: thief@example.com")
    deliver_due(now=NOW)
    for envelope in sink.mails:
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert mail.keys() == HEADERS
        assert envelope.rcpt_tos == ["kim@example.com"]
    assert {mail.state for mail in db.session.query(OutboxMail)} <= {
        MailState.SENT,
        MailState.PARKED,
    }


def test_a_row_with_a_forged_header_is_parked_and_never_leaves(by_smtp, sink):
    with transaction():
        put().headers = {"Auto-Submitted": "auto-generated\r\nBcc: thief@example.com"}
    deliver_due(now=NOW)
    assert sink.mails == []
    assert db.session.query(OutboxMail.state).scalar() is MailState.PARKED


@pytest.mark.parametrize(
    "address", ["", "kim", "kim@", "@example.com", "a b@example.com", "a@b@c", "a@b,c@d", "<a@b>"]
)
def test_an_address_that_no_mail_can_use_is_refused(app, address):
    with pytest.raises(AddressRefused):
        put(to=address)


def test_a_foreign_domain_goes_out_in_its_wire_form(by_smtp, sink):
    with transaction():
        put(to="kim@bücher.example")
    deliver_due(now=NOW)
    assert sink.mails[0].rcpt_tos == ["kim@xn--bcher-kva.example"]


def test_all_mails_of_a_claim_name_the_same_root_and_have_their_own_id(app):
    with transaction():
        first, second, other = put(about="7K3F-9QXM"), put(about="7K3F-9QXM"), put()
    root = "<7K3F-9QXM@shop.example.com>"
    usual = {"Date": "Wed, 04 Mar 2026 10:00:00 +0000", "Auto-Submitted": "auto-generated"}
    thread = usual | {"In-Reply-To": root, "References": root}
    assert first.headers == second.headers == thread
    assert other.headers == usual
    assert len({first.message_id, second.message_id, other.message_id}) == 3
    assert [mail.id for mail in mails_about("7K3F-9QXM")] == [first.id, second.id]


def test_a_mail_that_was_not_tried_can_be_taken_back(app):
    with transaction():
        put(about="7K3F-9QXM", event=Event.TOO_EARLY, due_at=NOW + timedelta(days=1))
        kept = put(about="7K3F-9QXM", event=Event.RECEIVED)
        put(about="AAAA-BBBB", event=Event.TOO_EARLY)
    with transaction():
        cancel(about="7K3F-9QXM", event=Event.TOO_EARLY)
    assert [mail.id for mail in mails_about("7K3F-9QXM")] == [kept.id]
    assert len(mails_about("AAAA-BBBB")) == 1


def test_a_mail_is_taken_back_in_the_transaction_that_queued_it(app):
    with transaction():
        put(about="7K3F-9QXM", event=Event.APPROVED)
        assert cancel(about="7K3F-9QXM", event=Event.APPROVED)
    assert mails_about("7K3F-9QXM") == []


def test_a_domain_with_a_sharp_s_is_never_delivered_to_the_owner_of_double_s(by_smtp, sink):
    with transaction():
        sender = Sender(name="Grüße", address="refunds@bücher.example.com")
        put(
            Letter(subject="Bezahlt für Ü", text="x", html="x"), to="anton@straße.de", sender=sender
        )
    deliver_due(now=NOW)
    mail = sink.mails[0]
    head = mail.content.partition(b"\r\n\r\n")[0]
    assert mail.rcpt_tos == ["anton@xn--strae-oqa.de"]
    assert mail.mail_from == "refunds@xn--bcher-kva.example.com"
    assert b"To: anton@xn--strae-oqa.de" in head
    assert head.isascii()  # a server without SMTPUTF8 takes nothing else
