"""A person is erased: nothing that they or others wrote of them is found in any byte, and the books still agree."""

import threading
import time

import pytest

from portal.audit import chain, verifying as audit
from portal.audit.log import AuditEntry, StaffAct
from portal.claims.decisions.returned import others_about
from portal.claims.desk.preserving import preserve
from portal.claims.lifecycle import Status
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.database import transaction
from portal.extensions import db
from portal.payouts import verifying as ledger
from portal.payouts.owed.models import Owed
from portal.people.reviewers import Role
from portal.privacy import compacting
from portal.privacy.erasing import NotErased, erase, find
from portal.privacy.parts import replaced
from portal.records.models import Account, Order
from tests import factories
from tests.factories import NOW
from tests.privacy import people
from tests.privacy.kept_bytes import all_left, everything, found_in
from tests.races import race

CANARY, OTHER = "canarybird", "otherfinch"
ADDRESS = f"{CANARY}@example.com"
IBAN = "GB82WEST12345698765432"


def claim(reference):
    db.session.rollback()
    return db.session.scalars(db.select(Claim).where(Claim.reference == reference)).one()


@pytest.mark.daily_on("sqlite", "postgres")
def test_no_byte_is_left_of_whoever_is_erased_and_the_books_and_the_log_still_agree(app):
    reference = people.paid(CANARY, iban=IBAN, order="O-77")
    stays = people.paid(OTHER, order="O-78")
    begun = factories.draft(order_reference="O-79", email=ADDRESS, description=CANARY).reference
    all_left()
    assert found_in(everything(app), CANARY, OTHER) == {CANARY, OTHER}
    done = app.test_cli_runner().invoke(
        args=["privacy", "erase", ADDRESS.upper()], catch_exceptions=False
    )
    lines = f"claim {reference}\ndraft {begun}\naccount at {factories.SHOP}\n"
    assert (done.output, done.exit_code) == (lines, 0)
    assert found_in(everything(app), CANARY, OTHER, IBAN) == {OTHER}
    row = claim(reference)
    assert (row.status, row.payouts[0].amount_minor, row.order_key) == (Status.PAID, 50, "O77")
    account = db.session.scalars(db.select(Account).where(Account.email.is_(None))).one()
    order = db.session.scalars(db.select(Order).where(Order.reference == "O-77")).one()
    assert row.holder == order.holder == (None, account.account_id)
    assert claim(stays).description == f"{OTHER} asked twice."
    assert (list(ledger.verify()), ledger.balances()["cash", "USD"]) == ([], -100)
    while chain.link_due(now=NOW):
        pass
    assert audit.verify([], now=NOW) is None
    acts = db.select(AuditEntry.about).where(AuditEntry.act == StaffAct.ERASE_PERSON)
    assert list(db.session.scalars(acts)) == [account.account_id]
    again = factories.draft(order_reference="O-77", email="new@example.com")
    assert [each.reference for each in others_about(again)] == [reference]


def test_what_was_written_goes_from_each_decision_and_words_that_are_facts_too_stay_facts(app):
    reference = people.paid(CANARY, order="O-77", description="WhatsApp")
    all_left()
    with transaction():
        row = claim_for_change(reference)
        first = row.decisions[0]
        first.case = first.case | {
            "claim": first.case["claim"] | {"description": f"{CANARY} before"}
        }
    erase(ADDRESS, at=NOW)
    row = claim(reference)
    assert row.facts["order"]["service"] == "WhatsApp"
    for decision in row.decisions:
        assert decision.case["claim"]["description"] == "…"
        assert decision.case["order"]["service"] == "WhatsApp"
        told = [fact for step in decision.document["trace"] for fact in step["facts"]]
        assert {each["value"] for each in told if each["fact"] == "claim.description"} <= {
            "…",
            None,
        }


def test_an_orders_number_stays_where_the_shop_numbers_the_account_alike(app):
    names = {"123456": "erased:0", ADDRESS: "erased:0"}
    order = {"reference": "123456", "order_reference": f"123456 of {ADDRESS}", "note": "O-1234567"}
    fact = {"fact": "claim.order_reference", "value": "123456"}
    assert replaced(
        {"account": {"id": "123456"}, "order": order, "trace": [fact], "said": "of 123456."}, names
    ) == {
        "account": {"id": "erased:0"},
        "order": order | {"order_reference": "123456 of erased:0"},
        "trace": [fact],
        "said": "of erased:0.",
    }


def test_while_anything_is_open_held_or_owed_nothing_goes_and_each_reason_is_named(app):
    waits, done = people.sent(CANARY), people.paid(f"{CANARY}2")
    second = f"{CANARY}2@example.com"
    all_left()
    with pytest.raises(NotErased) as refused:
        erase(ADDRESS, at=NOW)
    assert refused.value.against == (f"claim {waits} is open",)
    assert claim(waits).email == ADDRESS
    lead = factories.reviewer(role=Role.ADMIN)
    with transaction():
        preserve(claim_for_change(done), reason="A court asked.", by=lead, at=NOW)
    factories.keep(
        Owed(shop=factories.SHOP, order_reference="O-5", order_key="O5", account=second, clause="x",
             reason="sms_not_received", amount_minor=50, currency="USD", owed_since=NOW)
    )  # fmt: skip
    told = app.test_cli_runner().invoke(args=["privacy", "erase", second])
    named = [
        f"claim {done} is under a legal hold",
        "order O-5 is to be refunded without being asked for",
    ]
    assert (told.exit_code, told.stderr.splitlines()) == (1, named)
    dry = app.test_cli_runner().invoke(args=["privacy", "erase", second, "--dry-run"])
    assert (dry.exit_code, dry.stderr.splitlines()) == (1, named)
    assert dry.stdout == f"claim {done}\naccount at {factories.SHOP}\n"
    assert claim(done).email == second


def test_an_order_is_owed_for_though_a_draft_or_a_claim_that_was_withdrawn_names_it(app):
    factories.draft(order_reference="O-5", email=ADDRESS)
    factories.keep(
        Owed(shop=factories.SHOP, order_reference="O-5", order_key="O5", account=ADDRESS, clause="x",
             reason="sms_not_received", amount_minor=50, currency="USD", owed_since=NOW)
    )  # fmt: skip
    assert find(ADDRESS).against == ("order O-5 is to be refunded without being asked for",)


@pytest.mark.daily_on("sqlite", "postgres")
def test_what_is_opened_anew_in_that_moment_is_not_erased(app):
    reference, has_it = people.paid(CANARY), threading.Event()
    all_left()

    def open_anew():
        with transaction():
            row = claim_for_change(reference)
            has_it.set()
            time.sleep(0.5)  # the other one has looked, and waits for the claim
            row.status = Status.APPEALED

    def erase_it():
        has_it.wait(60)
        return erase(ADDRESS, at=NOW)

    _, refused = race(app, [open_anew, erase_it])
    assert refused.args == (f"claim {reference} is open",)
    assert claim(reference).email == ADDRESS


def test_a_dry_run_changes_nothing_and_a_stranger_to_the_portal_is_said_to_be_one(app):
    reference = people.paid(CANARY)
    all_left()
    before = claim(reference).version
    dry = app.test_cli_runner().invoke(args=["privacy", "erase", ADDRESS, "--dry-run"])
    assert (dry.exit_code, dry.output) == (0, f"claim {reference}\naccount at {factories.SHOP}\n")
    assert claim(reference).version == before
    nobody = app.test_cli_runner().invoke(args=["privacy", "erase", "nobody@example.com"])
    assert (nobody.exit_code, nobody.output) == (0, "the portal has nothing of this address\n")
    assert find("nobody@example.com").claims == ()


@pytest.mark.daily_on("sqlite")
def test_who_reads_all_the_while_keeps_the_log_from_being_emptied_and_that_is_said(app):
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has no such log")
    people.paid(CANARY)
    all_left()
    reader = db.engine.raw_connection()
    try:
        reader.cursor().execute("PRAGMA busy_timeout=50")
        reader.cursor().execute("BEGIN")
        reader.cursor().execute("SELECT count(*) FROM claims").fetchall()
        factories.account(email="a@example.com")
        assert compacting.checkpoint(patience=0.05) is False
    finally:
        reader.close()
    assert compacting.checkpoint() is True
