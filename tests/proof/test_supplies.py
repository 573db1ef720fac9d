"""What nobody can supply is shown with a claim that waits for it, or goes without."""

from portal.proof.questions.supplies import unanswered, unsupplied
from tests.proof.flawed import added, decided, flawed


def test_a_claim_that_waits_for_what_no_reason_asks_is_shown():
    search = flawed(
        "numberplug",
        added('id = "NP-X"\npart = "p"\nwording = "w"\neffect = "ask"\nkind = "required information"\n'
              'requires = ["claim.amount"]'),
    )  # fmt: skip

    (found,) = unsupplied(search)

    assert found.text == (
        "NP-X reads claim.amount, and no reason asks the customer for it: "
        "add it to the asks of a reason; this claim waits for it"
    )
    assert "claim.amount" in decided(search, found.claim).missing


def test_a_claim_that_goes_without_a_deadline_is_shown():
    search = flawed(
        "numberplug",
        ('payout_due = "now"', 'payout_due = "findings.rectified_at + 2 days"'),
    )

    (found,) = unsupplied(search)

    assert found.clause == "NP-4.2"
    assert found.text.endswith("no condition asks a reviewer for it; this claim goes without")
    verdict = decided(search, found.claim)
    assert (verdict.outcome, "payout_due" in verdict.deadlines) == ("approve", False)


def test_a_claim_with_what_only_counts_when_stated_is_shown():
    search = flawed(
        "numberplug", ('"claim.service_name", "claim.answers.number_used"', '"claim.service_name"')
    )

    (found,) = unsupplied(search)

    assert found.text.endswith("with it NP-3.4 would have its say on this claim")
    assert decided(search, found.claim).clauses == ("NP-3.4",)


def test_a_balance_reason_is_not_answered_by_clauses_that_pay_orders():
    search = flawed("activation-claims", ('"incompatible_software"', '"unused_balance"'))

    (found,) = unanswered(search)

    assert "the reason unused_balance (" in found.text
    assert decided(search, found.claim).outcome == "deny"
