"""``policy receipt`` and ``verify``: what is printed, and with which exit status."""

import json

import pytest

from portal.claims.models import StoredDecision
from portal.database import transaction
from portal.extensions import db
from portal.policy import ENGINE
from tests import factories


@pytest.fixture
def run(app):
    def run(*words):
        return app.test_cli_runner().invoke(args=["policy", *words])

    return run


def test_the_receipt_of_a_claim_is_printed_for_a_person_and_as_json(run):
    factories.order()
    claim = factories.claim()
    printed = run("receipt", claim.reference.lower())
    assert printed.exit_code == 0
    assert printed.output.splitlines()[0].split() == ["Claim", claim.reference]
    (receipt,) = json.loads(run("receipt", claim.reference, "--json").output)
    assert receipt["decision"] == claim.decision.document


def test_a_claim_without_a_decision_is_refused_by_name(run):
    refused = run("receipt", "AAAA-AAAA")
    assert refused.exit_code == 2
    assert "no decision is kept of a claim AAAA-AAAA" in refused.output


def test_verify_says_how_many_came_out_the_same(run):
    factories.claim()
    verified = run("verify")
    assert (verified.exit_code, verified.output) == (
        0,
        "1 decisions made again, 0 of them not the same\n",
    )


def test_verify_lists_what_came_out_otherwise_and_fails(run):
    claim = factories.claim()
    with transaction():
        db.session.get(StoredDecision, claim.decision.id).policy_hash = "0" * 64
    verified = run("verify")
    assert verified.exit_code == 1
    assert verified.output == (
        f"{claim.reference}  2026-03-04 10:00:00  no version of sms-service has the hash it was"
        " decided by\n1 decisions made again, 1 of them not the same\n"
    )


def test_what_an_earlier_engine_decided_otherwise_is_named_and_is_no_failure(run):
    factories.order()
    claim = factories.claim()
    with transaction():
        kept = db.session.get(StoredDecision, claim.decision.id)
        kept.engine, kept.document = ENGINE - 1, kept.document | {"amount": None}
    verified = run("verify")
    assert verified.exit_code == 0
    assert verified.output == (
        f"{claim.reference}  2026-03-04 10:00:00  decided otherwise now: amount"
        f" (decided by engine {ENGINE - 1})\n"
        "1 decisions made again, 0 of them not the same, 1 otherwise by an earlier engine\n"
    )
