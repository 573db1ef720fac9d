"""A thousand mails, payouts and webhooks to a world that spoils three answers of ten: each arrives."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.ledger.payout import Payout, PayoutState
from portal.payouts.verifying import verify
from tests import factories
from tests.faults.day import Day, writing_to
from tests.faults.world import SPOILED, all_arrived, spoilt_world
from tests.portals import within
from tests.sizes import AT_ONCE, size

pytestmark = [pytest.mark.exhaustive, pytest.mark.soak]
CLAIMS = size(190, full=1_300, whole=10_000)  # each brings a payout, two mails and webhooks
DELIVERIES = size(1_000, full=7_000, whole=54_000)


class Said(list):
    """What a day promised, kept where it lives."""

    send = list.append


@pytest.mark.long
@AT_ONCE
@pytest.mark.timeout(7200)
def test_what_leaves_arrives_once_though_three_answers_of_ten_are_spoiled(
    app, database, tmp_path, record_property
):
    factories.account()
    with spoilt_world(11) as (mails, shop, receiver, port):
        with within(writing_to(database, tmp_path, port)):
            day = Day("faults", Said())
            for _ in range(CLAIMS):
                day.submit()
            day.finish()
        payouts = db.session.scalars(select(Payout)).all()
        assert {payout.state for payout in payouts} == {PayoutState.PAID}
        assert {payout.key for payout in payouts} == set(shop.credited)
        assert list(verify()) == []
        arrived = all_arrived(mails, receiver)
        assert len(payouts) + sum(arrived) >= DELIVERIES
        sent = "{} mails, {} webhooks".format(*arrived)
        record_property("figure", f"{len(payouts)} payouts, {sent}")
        for answers in (mails.answers, shop.faults, receiver.answers):
            asked, spoiled = answers.counts.values()
            assert spoiled > asked * SPOILED / 2
