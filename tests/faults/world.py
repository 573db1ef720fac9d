"""The world that a portal writes to: a mail server, a shop's balances and webhooks, 30 of 100 answers spoiled."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from random import Random

from aiosmtpd.controller import Controller
from sqlalchemy import select

from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import Rail
from portal.mail.models import MailState, OutboxMail
from portal.payouts import setting as rails
from portal.webhooks import setting as webhooks
from portal.webhooks.models import DeliveryState, WebhookDelivery
from tests import factories
from tests.conftest import NOW
from tests.payouts.shops import crediting
from tests.webhooks.receiver import receiving

SPOILED = 0.3
CALLS = ("broken", "reset", "dropped", "unreadable")


@dataclass
class Spoilt:
    """Answers to come, without an end, three of ten spoiled (``share``); a list that never runs out."""

    chance: Random
    kinds: tuple
    share: float = SPOILED
    counts: dict = field(default_factory=lambda: {"asked": 0, "spoiled": 0})

    def __bool__(self):
        return True

    def pop(self, _place):
        self.counts["asked"] += 1
        if self.chance.random() >= self.share:
            return None
        self.counts["spoiled"] += 1
        return self.chance.choice(self.kinds)


class Mails:
    """Keeps what it takes by Message-ID; puts off, or takes it and loses the answer."""

    def __init__(self, chance, share):
        self.kept, self.answers = {}, Spoilt(chance, ("451 later", "lost"), share)

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - the name that aiosmtpd calls
        answer = self.answers.pop(0)
        if answer in {None, "lost"}:
            name = message_from_bytes(envelope.content)["Message-ID"]
            self.kept.setdefault(name, []).append(envelope.content)
        return "451 lost" if answer == "lost" else answer or "250 OK"


class Hooks(Spoilt):
    """What a webhook is answered with: taken, or not now, or taken and not told."""

    def pop(self, place):
        return super().pop(place) or (204, b"")


@contextmanager
def taking(mails):
    """The port of a mail server that gives ``mails`` what it takes, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Controller(mails, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield port
    finally:
        server.stop()


def tell_of(shop, *, credits_at, hooks_at):
    """Have the portal whose context it is credit this shop at one address, and call webhooks at another."""
    given = {"url": credits_at}
    with transaction():
        shop.secret = rails.set_rail(
            factories.SHOP, Rail.BALANCE, given=given, at=NOW, loopback=True
        ).secret
        webhooks.add(factories.SHOP, url=hooks_at, types=(), at=NOW, loopback=True)


@contextmanager
def spoilt_world(seed, share=SPOILED):
    """Mail server, shop and receiver, set in the portal whose context it is, until the block ends."""
    chance = Random(seed)
    mails = Mails(chance, share)
    with crediting() as shop, receiving() as receiver, taking(mails) as port:
        tell_of(shop, credits_at=shop.url, hooks_at=receiver.url)
        shop.faults = Spoilt(chance, CALLS, share)
        receiver.answers = Hooks(chance, ((500, b""), (503, b"later")), share)
        yield mails, shop, receiver, port


def all_arrived(mails, receiver):
    """How many mails and webhooks there are, each of which arrived, a second copy the same byte by byte."""
    db.session.rollback()
    outbox = db.session.scalars(select(OutboxMail)).all()
    assert {mail.state for mail in outbox} == {MailState.SENT}
    assert {mail.message_id for mail in outbox} == set(mails.kept)
    assert all(len(set(copies)) == 1 for copies in mails.kept.values())
    deliveries = db.session.scalars(select(WebhookDelivery)).all()
    assert {each.state for each in deliveries} == {DeliveryState.DELIVERED}
    assert {each.event for each in deliveries} == {
        headers["webhook-id"] for headers, _, _, status in receiver.calls if status < 300
    }
    return len(outbox), len(deliveries)
