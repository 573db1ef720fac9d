"""Mail server, shop and webhook receiver hang or break off at each stage: all of it arrives, and takes effect once."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from random import Random
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from portal.claims.queries import claim_for_change
from portal.claims.verbs import filing
from portal.database import transaction
from portal.extensions import db
from portal.ledger.payout import Payout, PayoutState
from portal.payouts.verifying import verify
from tests import factories
from tests.conftest import NOW
from tests.faults.day import Day, writing_to
from tests.faults.stages.line import Fault, line_to
from tests.faults.world import Mails, all_arrived, taking, tell_of
from tests.payouts.shops import crediting
from tests.portals import within
from tests.sizes import AT_ONCE
from tests.webhooks.receiver import receiving

SMTP = ("greeting", "EHLO", "MAIL", "RCPT", "DATA", "message", "QUIT")
OTHERWISE = [("before", "drop"), ("before", "hang"), ("after", "drop"), ("after", "hang"), ("amid", "drop")]  # fmt: skip
STAGES = [
    *(("mails", number, *how) for number in range(len(SMTP)) for how in OTHERWISE[:4]),
    *((channel, 0, *how) for channel in ("shop", "webhooks") for how in OTHERWISE),
]


def paid_by_policy(number):
    """A claim that its policy pays at once: a payout, mails about it, and webhooks."""
    order = f"S-{number}"
    factories.order(reference=order)
    reference = factories.draft(order_reference=order).reference
    with transaction():
        filing.submit(claim_for_change(reference), policy=factories.policy(), at=NOW)


@contextmanager
def lines():
    """The world's three ends and a line to each, all set in the portal whose context it is but the mail server."""
    mails = Mails(Random(1), 0)
    with (
        crediting() as shop,
        receiving() as receiver,
        taking(mails) as port,
        line_to(port, greets=True) as to_mails,
        line_to(urlsplit(shop.url).port) as to_shop,
        line_to(receiver.port) as to_receiver,
    ):
        here = "http://127.0.0.1:{}".format
        tell_of(
            shop,
            credits_at=f"{here(to_shop.port)}/credit",
            hooks_at=f"{here(to_receiver.port)}/hooks",
        )
        to = {"mails": to_mails, "shop": to_shop, "webhooks": to_receiver}
        yield (mails, shop, receiver), to


@pytest.mark.long
@pytest.mark.soak
@pytest.mark.timeout(600)
@AT_ONCE
def test_at_whatever_stage_it_hangs_or_breaks_off_it_arrives_once(
    app, database, tmp_path, record_property
):
    factories.account()
    with lines() as ((mails, shop, receiver), to):
        given = {"mail_timeout": 0.3}
        with within(writing_to(database, tmp_path, to["mails"].port, **given)):
            day = Day("stages", None)
            for number, (channel, answers, when, how) in enumerate(STAGES):
                paid_by_policy(number)
                to[channel].spoil(Fault(answers, when, how))
                for _ in range(2):  # mails about what was decided or paid wait a minute
                    day.now += timedelta(hours=1)
                    day.work()
                assert to[channel].met, (channel, answers, when, how)
                to[channel].mend()
                day.finish()
                payouts = db.session.scalars(select(Payout)).all()
                assert {payout.state for payout in payouts} == {PayoutState.PAID}
                assert {payout.key for payout in payouts} == set(shop.credited)
        arrived = all_arrived(mails, receiver)
        copies = [len(each) for each in mails.kept.values()]
        assert (len(copies), max(copies)) == (arrived[0], 2)
        assert list(verify()) == []
        twice = copies.count(2)
        record_property("figure", f"{len(STAGES)} stages; {len(shop.credited)} payouts, {arrived[0]} mails "
                                  f"({twice} arrived twice, the same), {arrived[1]} webhooks")  # fmt: skip
