"""When time alone changes a decision, to the microsecond; and that nothing else does."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import decide
from portal.policy.deciding.later import changes_at
from portal.policy.file.reading import shops

POLICIES = shops()
SENT = datetime(2026, 3, 2, 11, tzinfo=UTC)
TICK = timedelta(microseconds=1)
SMS = [{"received_at": "2026-03-02T10:02:00Z", "service": "WhatsApp"}]


def case(reason, *, findings=None, messages=(), now=None, **claim):
    given = {
        "account": {"email": "ana@example.org"},
        "order": {
            "reference": "A-1001",
            "kind": "activation",
            "service": "WhatsApp",
            "price": {"amount": "0.50", "currency": "USD"},
            "ordered_at": "2026-03-02T10:50:00Z",
            "expires_at": "2026-03-02T11:10:00Z",
            "messages": list(messages),
        },
        "claim": {
            "reason": reason,
            "order_reference": "A-1001",
            "submitted_at": SENT.isoformat(),
            "service_name": "WhatsApp",
            "description": "I asked for the code twice and waited, but nothing came.",
        }
        | claim,
    }
    if findings:
        given["findings"] = findings
    if now:
        given["now"] = now.isoformat()
    return parse(given)


def change(shop, given):
    policy = POLICIES[shop]
    version = policy.version_at(given.submitted_at)
    at = changes_at(given, policy, version, decide(given, policy, version))
    then = at and decide(given.supposing({"now": at}), policy, version)
    return (at, then and (then.outcome.value, then.clauses, then.automatic))


def test_a_defect_that_is_not_mended_turns_the_moment_after_the_five_days():
    given = case("major_defect", messages=SMS, findings={"defect_confirmed": True})
    by = SENT + timedelta(days=5)
    assert change("activation-claims", given) == (by + TICK, ("approve", ("AC-R3",), False))


def test_time_in_which_access_is_awaited_does_not_count():
    stopped = {
        "defect_confirmed": True,
        "access_requested_at": "2026-03-03T08:00:00Z",
        "access_granted_at": "2026-03-04T08:00:00Z",
    }
    given = case("major_defect", messages=SMS, findings=stopped, now=SENT + timedelta(days=2))
    assert change("activation-claims", given)[0] == SENT + timedelta(days=6) + TICK


def test_while_access_is_awaited_no_time_turns_anything():
    stopped = {"defect_confirmed": True, "access_requested_at": "2026-03-03T08:00:00Z"}
    given = case("major_defect", messages=SMS, findings=stopped, now=SENT + timedelta(days=1))
    assert change("activation-claims", given) == (None, None)


@pytest.mark.parametrize("findings", [None, {"defect_confirmed": False}])
def test_a_defect_that_nobody_confirmed_waits_whatever_the_clock_says(findings):
    given = case("major_defect", messages=SMS, findings=findings)
    assert change("activation-claims", given) == (None, None)


@pytest.mark.parametrize(
    ("shop", "clauses"),
    [("activation-claims", ("AC-R1", "AC-2")), ("numberplug", ("NP-2.1",))],
)
def test_a_claim_that_came_too_early_turns_when_the_wait_ends(shop, clauses):
    at, then = change(shop, case("sms_not_received"))
    assert at == datetime(2026, 3, 2, 11, 10, tzinfo=UTC)
    assert then == ("approve", clauses, True)


def test_an_answer_that_never_comes_turns_when_the_clause_ends_it():
    asked = {"information_requested_at": SENT.isoformat()}
    given = case("wrong_code", messages=SMS, findings=asked)
    assert change("sms-service", given) == (
        SENT + timedelta(days=14) + TICK,
        ("deny", ("SS-N4",), False),
    )


def test_what_the_records_prove_stays_as_it_is():
    given = case("sms_not_received", now=SENT + timedelta(hours=1))
    assert change("activation-claims", given) == (None, None)
