"""The views for reports: the same columns on both databases, right for a claim with a history, and only to read."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DatabaseError

from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.verbs import reviewing
from portal.database import transaction
from portal.extensions import db
from portal.mail.models import OutboxMail
from portal.payouts import paying, reversing
from portal.payouts.owed.models import Owed
from portal.people.reviewers import Reviewer
from portal.records.models import reference_key
from tests import factories
from tests.factories import EMAIL, NOW, ORDER, SHOP

LATER = NOW + timedelta(hours=2)
DOC = Path(__file__).parents[2] / "docs" / "reports.md"
# As the contract has them; what was added since stands at the end.
COLUMNS = {
    "report_claims": "reference shop status origin reason order_reference outcome clauses"
    " verdict_minor approved_minor currency submitted_at decided_at decided_by due_at",
    "report_payouts": "key claim shop order_reference state rail destination amount_minor fee_minor"
    " currency created_at sent_at settled_at reference failed_kind",
    "report_ledger": "id at payout claim account amount_minor currency",
    "report_mail": "id claim event state attempts created_at sent_at message_id",
    "report_events": "id claim at action who",
    "report_owed": "shop order_reference clause amount_minor currency owed_since",
}


@pytest.fixture
def pia(app):
    return factories.reviewer(name="Pia", may_pay=True).id


@pytest.fixture
def paid(pia):
    """Approved by the policy, failed once, and paid under TX-1 with a fee."""
    factories.account()
    factories.order()
    reference = factories.claim().reference
    with transaction():
        claim_for_change(reference).payout.fee_minor = 5
    for verb, given in (
        (paying.mark_failed, {"reason": "Shut"}),
        (paying.retry, {}),
        (paying.mark_paid, {"reference": "TX-1"}),
    ):
        act(verb, reference, pia, **given)
    return reference


@pytest.fixture
def declined(pia):
    factories.order(reference="B-2", messages=[(NOW - timedelta(minutes=50), "WhatsApp")])
    reference = factories.claim(order_reference="B-2").reference
    act(reviewing.decline, reference, pia, clause="SS-N3", customer_text="It came.",
        override_reason="Seen.")  # fmt: skip
    return reference


def act(verb, of, by, **given):
    with transaction():
        row = claim_for_change(of)
        verb(
            row,
            by=db.session.get_one(Reviewer, by),
            at=LATER,
            seen=row.version,
            policy=factories.policy(),
            **given,
        )


def rows(view):
    found = db.session.execute(text(f"SELECT * FROM {view} ORDER BY 1"))
    said = [{name: plain(value) for name, value in row._mapping.items()} for row in found]
    db.session.rollback()
    return said


def plain(value):
    """A time alike on both databases: SQLite has it as text, in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, str) and value[:5] == f"{NOW.year}-":
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    return value


def test_every_view_has_its_columns_in_their_order(app):
    told = inspect(db.engine)
    assert {
        name: " ".join(each["name"] for each in told.get_columns(name)) for name in COLUMNS
    } == (COLUMNS)


def test_a_claim_that_was_paid(paid):
    claim = db.session.scalars(select(Claim)).one()
    assert rows("report_claims") == [
        {
            "reference": paid,
            "shop": SHOP,
            "status": "paid",
            "origin": "customer",
            "reason": "sms_not_received",
            "order_reference": ORDER,
            "outcome": "approve",
            "clauses": ", ".join(claim.decision.document["clauses"]),
            "verdict_minor": 50,
            "approved_minor": 50,
            "currency": "USD",
            "submitted_at": NOW,
            "decided_at": NOW,
            "decided_by": "policy",
            "due_at": None,
        }
    ]
    assert "SS-G2" in rows("report_claims")[0]["clauses"]


def test_its_payout(paid):
    payout = db.session.scalars(select(Claim)).one().payout
    assert rows("report_payouts") == [
        {
            "key": payout.key,
            "claim": paid,
            "shop": SHOP,
            "order_reference": ORDER,
            "state": "paid",
            "rail": "manual",
            "destination": "balance",
            "amount_minor": 50,
            "fee_minor": 5,
            "currency": "USD",
            "created_at": NOW,
            "sent_at": LATER,
            "settled_at": LATER,
            "reference": "TX-1",
            "failed_kind": None,
        }
    ]


def test_its_entries_in_the_ledger_which_sum_to_zero(paid):
    payout = db.session.scalars(select(Claim)).one().payout
    said = rows("report_ledger")
    assert [(each["account"], each["amount_minor"]) for each in said] == [
        ("refunds", 50), ("owed", -50),
        ("owed", 50), ("transit", -50),
        ("transit", 50), ("owed", -50),
        ("owed", 50), ("transit", -50),
        ("transit", 45), ("cash", -45),
        ("transit", 5), ("fees", -5),
    ]  # fmt: skip
    assert {(each["payout"], each["claim"], each["currency"]) for each in said} == {
        (payout.key, paid, "USD")
    }
    assert [each["at"] for each in said] == [NOW] * 2 + [LATER] * 10
    assert [each["id"] for each in said] == sorted(each["id"] for each in said)


def test_its_events(paid):
    assert [(each["claim"], each["at"], each["action"], each["who"]) for each in rows("report_events")] == [
        (paid, NOW, "submit", "customer"),
        (paid, NOW, "approve", "policy"),
        (paid, LATER, "mark_failed", "Pia"),
        (paid, LATER, "retry", "Pia"),
        (paid, LATER, "mark_paid", "Pia"),
    ]  # fmt: skip


def test_its_mails(paid):
    mails = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)).all()
    assert rows("report_mail") == [
        {
            "id": mail.id,
            "claim": paid,
            "event": mail.event,
            "state": mail.state.value,
            "attempts": 0,
            "created_at": mail.created_at,
            "sent_at": None,
            "message_id": mail.message_id,
        }
        for mail in mails
    ]
    assert mails[-1].event == "paid"


def test_a_claim_that_a_person_declined(declined):
    (said,) = rows("report_claims")
    assert (said["status"], said["decided_by"], said["decided_at"], said["approved_minor"]) == (
        "declined", "Pia", LATER, None)  # fmt: skip


def test_what_is_decided_anew_is_not_decided(paid, pia):
    with transaction():
        row = claim_for_change(paid)
        by = db.session.get_one(Reviewer, pia)
        reversing.reverse(row, row.payout, reason="It came back.", by=by, at=LATER, seen=row.version,
                          policy=factories.policy())  # fmt: skip
    (said,) = rows("report_claims")
    assert (said["status"], said["decided_at"], said["decided_by"], said["approved_minor"]) == (
        "in_review", None, None, None)  # fmt: skip


def test_what_is_owed_without_a_claim(app):
    factories.keep(
        Owed(shop=SHOP, order_reference="A-1001", order_key="A1001", account=EMAIL, clause="SS-G2",
                  reason="sms_not_received", amount_minor=50, currency="USD", owed_since=NOW)
    )  # fmt: skip
    assert rows("report_owed") == [
        {
            "shop": SHOP,
            "order_reference": "A-1001",
            "clause": "SS-G2",
            "amount_minor": 50,
            "currency": "USD",
            "owed_since": NOW,
        }
    ]


def test_what_somebody_claims_is_owed_by_that_claim_alone(paid):
    order = {"shop": SHOP, "account": EMAIL, "clause": "SS-G2", "reason": "sms_not_received"}
    number = db.session.scalars(select(Claim.order_reference)).one()
    factories.keep(
        Owed(order_reference=number, order_key=reference_key(number), amount_minor=50,
             currency="USD", owed_since=NOW, **order)
    )  # fmt: skip
    assert rows("report_owed") == []


def test_what_was_never_sent_is_no_claim_and_what_failed_for_good_is_not_approved(paid):
    factories.draft(order_reference="C-3")
    with transaction():
        db.session.execute(text("UPDATE payouts SET state = 'failed', failed_kind = 'final'"))
    (said,) = rows("report_claims")
    assert (said["reference"], said["approved_minor"], said["currency"]) == (paid, None, "USD")


@pytest.mark.one_in(4)
@pytest.mark.parametrize("view", COLUMNS)
@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM {}", "UPDATE {} SET claim = 'X'", "INSERT INTO {} DEFAULT VALUES"],
)
def test_nothing_is_written_through_a_view(paid, view, statement):
    before = rows(view)
    changed = statement.format(view).replace("claim =", f"{COLUMNS[view].split()[0]} =")
    with pytest.raises(DatabaseError), transaction():
        db.session.execute(text(changed))
    assert rows(view) == before
    assert EMAIL not in str(before)


def questions():
    blocks = re.findall(r"(?m)^    SELECT .*?;$", DOC.read_text(), flags=re.DOTALL)
    return [block.strip() for block in blocks]


def test_the_documented_questions_are_answered(paid, declined):
    answered = []
    for question in questions():
        answered.append(db.session.execute(text(question)).all())
        db.session.rollback()
    owed, clauses, decided, failed, accounts = answered
    assert (owed, failed) == ([], [])
    assert [(each.claims, float(each.approved)) for each in clauses] == [(1, 0.5)]
    assert {(each.decided_by, each.status, each.claims) for each in decided} == {
        ("policy", "paid", 1),
        ("Pia", "declined", 1),
    }
    assert {each.account: float(each.holds) for each in accounts} == {
        "refunds": 0.5,
        "owed": 0.0,
        "transit": 0.0,
        "cash": -0.45,
        "fees": -0.05,
    }
