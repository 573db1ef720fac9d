"""Every construct of the language, months and working days among them, over columns as by closures."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from portal.columns.layout import micros
from portal.columns.writing import manifest, writing
from portal.policy.deciding.case import parse
from portal.policy.file.reading import shops
from portal.policy.language.calendar import Calendar
from portal.policy.language.closures import condition
from portal.replay.amounts import _shared
from portal.replay.clocks import add_months, add_working_days
from portal.replay.conditions import Columns
from portal.replay.reading import Copied
from tests.policy.generated import claim, hidden

CALENDARS = {
    "Berlin": Calendar(ZoneInfo("Europe/Berlin"), frozenset(range(5)), "DE"),
    "UTC": Calendar(ZoneInfo("UTC"), frozenset(range(5)), None),
    "Lord Howe, Sundays only": Calendar(ZoneInfo("Australia/Lord_Howe"), frozenset([6]), "AU"),
    "St. John's": Calendar(ZoneInfo("America/St_Johns"), frozenset([0, 2, 4]), "CA"),
}
EDGES = (0, 1, -1, 1_000_000, 1_800_000_000, 3_600_000_000, -3_600_000_000, 43_200_000_000)


def instants(rng, count):
    """Instants of some years, half of them on and around midnight and the change of the clocks."""
    days = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in range(800)]
    days += [datetime(2026, *day, tzinfo=UTC) for day in ((3, 29, 1), (10, 25, 1), (3, 8, 5, 30))]
    for _ in range(count):
        at = micros(rng.choice(days)) + rng.choice(EDGES)
        yield at + rng.randrange(86_400_000_000) if rng.random() < 0.5 else at


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name", CALENDARS)
def test_months_and_working_days_are_those_of_the_calendar(name):
    calendar = CALENDARS[name]
    rng = random.Random(11)
    given = sorted(set(instants(rng, 3_000)))
    at = np.array(given, np.int64)
    start = datetime(1970, 1, 1, tzinfo=UTC)
    times = [start + timedelta(microseconds=each) for each in given]
    for count in (0, 1, 2, 5, 13):
        months = [micros(calendar.add_months(each, count)) for each in times]
        assert add_months(at, count, calendar).tolist() == months
        worked = [micros(calendar.add_working_days(each, count)) for each in times]
        assert add_working_days(at, count, calendar).tolist() == worked


TEXTS = (
    "claim.submitted_at > order.ordered_at + 1 month",
    "now >= claim.submitted_at + 2 working days and not order.messages is empty",
    "now > order.expires_at + 1 month + 3 days or stated(order.operational)",
    "stated(order.cancelled_at happened and order.cancelled_by = customer)",
    "not stated(not order.was_orderable)",
    "order.outage_time > 24 hours and order.outage_paid_time <= 2 days",
    "order.outage_ended_at - order.outage_reported_at > 1 hour",
    "findings.rectified_at by claim.submitted_at + 5 days",
    "not order.cancelled_at by order.expires_at",
    "findings.information_given_at by findings.information_requested_at + 1 working day",
    "order.cancelled_at by order.disconnected_at",
    "order.kind in [rental] or account.block_reason in [rule_violation, authorities]",
    "order.price is empty or claim.amount is empty",
    "order.processing_fee is empty",
    "claim.evidence is empty and top_ups is empty",
    "claim.payout and claim.payout.method = original",
    "clock.review_from > claim.submitted_at or clock.information_from > now",
    "claim.reason = other or (claim.reason in [caller_id, api_misuse] and order.service_message)",
    "order.disconnect_cause = other and order.disconnected_at < order.paid_until",
    "order.provider_refunded and order.provider_status in [cancelled, expired]",
    "order.provider_delivered = false or order.placed_through = bulk",
    "account.cancellations_1_day >= 2 or not account.cancellations_30_days < 5",
    "account.cancellations_7_days > 4 and account.cancellations_7_days <= 5",
    "now <= account.often_cancelled_at + 30 days or not order.charged_twice",
)
FEE = {"amount": "0.05", "currency": "USD"}
# What many shops' records don't have, each as it may be.
SELDOM = {
    "order": {
        "provider_status": ("cancelled", "expired", "completed", None),
        "provider_refunded": (True, False, None),
        "provider_delivered": (True, False, None),
        "placed_through": ("bulk", "site", None),
        "charged_twice": (True, False, None),
        "processing_fee": (FEE, FEE | {"amount": "0.00"}, None),
    },
    "account": {
        "often_cancelled_at": ("2026-03-01T08:00:00Z", "2024-01-01T00:00:00Z", None),
        "cancellations_1_day": (0, 1, 2, None),
        "cancellations_7_days": (0, 4, 5, 6, None),
        "cancellations_30_days": (4, 5, 2**31 - 1, None),
    },
}


def told(rng, case):
    """The case with what else records may tell of its order and its account."""
    for top, fields in SELDOM.items():
        if case.get(top):
            case[top] |= {name: rng.choice(values) for name, values in fields.items()}
    return case


@pytest.mark.one_in(2)
@pytest.mark.parametrize("zone", ["Berlin", "UTC"])
def test_every_construct_holds_as_its_closure_does(tmp_path, zone):
    calendar = CALENDARS[zone]
    policy = shops()["client-numbers"]
    tests = [condition(text, calendar) for text in TEXTS]
    rng = random.Random(13)
    cases = []
    for _ in range(2_500):
        case = claim(rng, policy)
        cases.append(parse(told(rng, hidden(rng, case)[0] if rng.random() < 0.5 else case)))
    with writing(tmp_path, source="generated", wait=True) as copy:
        for number, case in enumerate(cases):
            copy.add("x", number, case)
        copy.keep(1)
    copy = Copied(tmp_path, "x", manifest(tmp_path).shops["x"])
    given = [cases[row].facts for row in copy.rows]
    facts = copy.facts(0, copy.count)
    columns = Columns(facts, policy, _under(policy.current, calendar), "other")
    for test in tests:
        closure = [test.holds(each) for each in given]
        wanted = [0 if held is False else 1 if held is None else 2 for held in closure]
        assert [*columns.holds(test.tree)] == wanted, test.text


def _under(version, calendar):
    return type(version)(
        **{name: getattr(version, name) for name in version.__slots__} | {"calendar": calendar}
    )


def test_shares_are_rounded_half_to_even_however_large():
    rng = random.Random(17)
    value = np.array([rng.randrange(10 ** rng.randrange(1, 18)) for _ in range(5_000)])
    whole = np.array([rng.choice((2, 3, 8, 30, 2_592_000_000_000)) for _ in value])
    part = np.array([rng.randrange(int(each) + 1) for each in whole])
    found = _shared(value, part, whole).tolist()
    for given, of, by, share in zip(
        value.tolist(), part.tolist(), whole.tolist(), found, strict=True
    ):
        quotient, rest = divmod(given * of, by)
        assert share == quotient + (2 * rest > by or (2 * rest == by and quotient % 2))
