"""A decision's receipt names all it rests on, and every stored decision comes out the same again."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from flask import current_app

from portal.claims.decisions import receipts
from portal.claims.models import StoredDecision
from portal.database import transaction
from portal.extensions import db
from portal.policy import ENGINE
from tests import factories
from tests.factories import NOW
from tests.sizes import size

DECISIONS = size(50, full=500, whole=5_000)


def replays():
    return list(receipts.replayed(current_app.extensions["policies"]))


def alter(claim, **columns):
    with transaction():
        decision = db.session.get(StoredDecision, claim.decision.id)
        for name, value in columns.items():
            setattr(decision, name, value)


def test_a_receipt_has_version_engine_and_the_whole_decision(app):
    factories.order()
    claim = factories.claim()
    (receipt,) = receipts.receipts_of(claim.reference)
    assert receipts.as_json(receipt) == {
        "claim": claim.reference,
        "at": NOW.isoformat(),
        "cause": "submit",
        "automatic": True,
        "policy_hash": factories.policy().current.sha256,
        "engine": ENGINE,
        "decision": claim.decision.document,
    }


def test_a_person_reads_each_clause_with_its_facts_and_their_sources(app):
    factories.order()
    claim = factories.claim()
    (receipt,) = receipts.receipts_of(claim.reference)
    lines = [" ".join(line.split()) for line in receipts.render(receipt).splitlines()]
    assert lines[:8] == [
        f"Claim {claim.reference}",
        "Decided 2026-03-04 10:00:00 UTC, on submit",
        "Policy sms-service, in force from 2024-06-15",
        f"Policy hash {factories.policy().current.sha256}",
        f"Engine {ENGINE}",
        "Outcome approve 0.50 USD as a refund to the balance, by itself",
        "By clauses SS-G2, SS-G4",
        "Payout due 2026-03-18T10:00:00Z",
    ]
    start = lines.index("SS-G2 held")
    assert lines[start + 1 : start + 5] == [
        "order.messages 0 logs",
        "now 2026-03-04T10:00:00Z portal",
        "order.ordered_at 2026-03-04T09:00:00Z logs",
        "order.cancelled_by nothing logs",
    ]
    assert "account.fraud_flag false logs" in lines[lines.index("SS-N2 did not hold") :]


def test_what_nobody_knows_is_said_to_be_unknown(app):
    claim = factories.claim()
    (receipt,) = receipts.receipts_of(claim.reference)
    lines = [" ".join(line.split()) for line in receipts.render(receipt).splitlines()]
    assert "Outcome review" in lines
    assert "Waits for order" in lines
    assert "order.messages unknown logs" in lines[lines.index("SS-G2 left open") :]


def test_a_claim_of_another_name_has_no_receipts(app):
    assert receipts.receipts_of("AAAA-AAAA") == []


def test_each_decision_is_made_again_page_by_page(app, monkeypatch):
    monkeypatch.setattr(receipts, "_PAGE", 2)
    factories.order()
    claims = [factories.claim(), *(factories.claim(order_reference=f"B-{n}") for n in range(3))]
    assert [(each.claim, each.at, each.fault) for each in replays()] == [
        (claim.reference, NOW, "") for claim in claims
    ]


@pytest.mark.exhaustive
@pytest.mark.soak
@pytest.mark.long
@pytest.mark.timeout(3600)
def test_of_many_decisions_each_is_made_again_the_same(app, record_property):
    """Of orders by chance: with and without messages, in and out of time, known and unknown."""
    chance, outcomes = Random(60), Counter()
    for number in range(DECISIONS):
        email, order = f"c{number}@example.com", f"D-{number}"
        if chance.random() < 0.8:
            factories.account(email=email, purchases_known=chance.random() < 0.5)
        if chance.random() < 0.9:
            bought = NOW - timedelta(
                minutes=chance.choice((1, 14, 15, 21, 60, 1_440, 20_160, 50_000))
            )
            came = [
                (
                    bought + timedelta(minutes=chance.randrange(30)),
                    chance.choice(("WhatsApp", "Ubisoft")),
                )
            ]
            factories.order(
                reference=order, account_email=email, price_minor=chance.randrange(1, 5_000),
                ordered_at=bought, revealed_at=bought, expires_at=bought + timedelta(minutes=20),
                messages=came if chance.random() < 0.4 else (),
                messages_known=chance.random() < 0.9,
            )  # fmt: skip
        reason = chance.choice(("sms_not_received", "sms_not_received", "wrong_code"))
        claim = factories.claim(order_reference=order, email=email, reason=reason)
        outcomes[claim.decision.document["outcome"]] += 1
    found = [each.fault for each in replays()]
    assert found == [""] * DECISIONS
    assert len(outcomes) > 1
    told = ", ".join(f"{outcomes[each]} {each}" for each in sorted(outcomes))
    record_property("figure", f"{DECISIONS} decisions ({told}) made again: 0 differences")


def test_a_decision_that_is_not_what_its_case_leads_to_is_named(app):
    factories.order()
    claim = factories.claim()
    alter(claim, document=claim.decision.document | {"amount": None, "missing": ["top_ups"]})
    assert [each.fault for each in replays()] == [
        f"decided otherwise now: amount, missing (decided by engine {ENGINE})"
    ]


def test_a_trace_that_differs_is_named_too(app):
    factories.order()
    claim = factories.claim()
    alter(claim, engine=1, document=claim.decision.document | {"trace": []})
    assert [each.fault for each in replays()] == [
        "decided otherwise now: trace (decided by engine 1)"
    ]


def test_a_decision_by_a_version_that_is_gone_is_named(app):
    claim = factories.claim()
    alter(claim, policy_hash="0" * 64)
    assert [each.fault for each in replays()] == [
        "no version of sms-service has the hash it was decided by"
    ]


def test_a_case_that_is_refused_now_is_named(app):
    claim = factories.claim()
    alter(claim, case=claim.decision.case | {"now": "yesterday"})
    assert [each.fault.partition(":")[0] for each in replays()] == ["its case is refused now"]
