"""A clause that can never decide is told with what stands in its way, and a claim that comes close."""

from portal.proof.questions.dead import dead_clauses
from tests.proof.flawed import added, decided, flawed

HEARD = 'when = "order.service_message'
SECOND = 'kind = "excluded"\neffect = "deny"\nwording = "w"\npart = "p"\n'


def test_tests_that_exclude_each_other_are_named_with_a_claim_that_meets_all_but_one():
    search = flawed(
        "numberplug",
        (HEARD, f"{HEARD} and claim.destination = payout and order.messages is empty"),
    )

    (found,) = dead_clauses(search)

    assert found.clause == "NP-3.1"
    assert found.text == (
        "NP-3.1 never decides: “an SMS of the service you ordered came” and “no SMS came” exclude "
        "each other; this claim meets all but “no SMS came”"
    )
    facts = found.claim["claim"]
    assert (len(found.claim["order"]["messages"]), facts["destination"]) == (1, "payout")


def test_a_clause_for_records_that_its_reason_is_not_about_is_never_true():
    search = flawed("numberplug", (HEARD, f"{HEARD} and claim.reason = unused_balance"))

    (found,) = dead_clauses(search)

    assert "“the claim is about an order” exclude each other" in found.text
    assert found.claim["claim"]["reason"] == "unused_balance"


def test_a_clause_that_another_always_forestalls_is_told_with_that_one():
    search = flawed(
        "numberplug",
        ('kind = "excluded"\neffect = "deny"', 'kind = "overriding"\neffect = "deny"'),
        added(
            f'id = "NP-X"\n{SECOND}when = "order.service_message and claim.destination = payout"'
        ),
    )

    found = {each.clause: each for each in dead_clauses(search)}

    assert found.keys() == {"NP-X"}
    assert found["NP-X"].others == ("NP-3.1",)
    assert "whenever it holds, NP-3.1 decides first" in found["NP-X"].text
    assert decided(search, found["NP-X"].claim).clauses == ("NP-3.1",)
    assert found["NP-X"].claim["claim"]["destination"] == "payout"


def test_a_clause_out_of_the_order_of_events_is_shown_with_a_claim_in_which_they_are():
    search = flawed("numberplug", (HEARD, f"{HEARD} and now < order.ordered_at"))

    (found,) = dead_clauses(search)

    assert found.text == "NP-3.1 decides only where events are out of their order"
    assert found.claim["claim"]["submitted_at"] < found.claim["order"]["ordered_at"]
    assert decided(search, found.claim).clauses == ("NP-3.1",)


def test_a_clause_that_asks_in_vain_is_shown_with_a_claim_that_lacks_what_it_requires():
    search = flawed(
        "numberplug",
        added('id = "NP-X"\npart = "p"\nwording = "w"\neffect = "ask"\nkind = "required information"\n'
              'requires = ["claim.amount"]\nwhen = "claim.reason = unused_balance"'),
    )  # fmt: skip

    (found,) = dead_clauses(search)

    assert found.text == "NP-X never asks for anything, and this claim is decided by NP-1.1"
    assert "amount" not in found.claim["claim"]
    assert decided(search, found.claim).clauses == ("NP-1.1",)


def test_a_deadline_that_a_later_clause_sets_anew_is_shown_with_a_claim_that_has_the_later_one():
    search = flawed(
        "numberplug",
        added('id = "NP-X"\npart = "p"\nwording = "w"\neffect = "set"\nkind = "payout deadline"\n'
              'deadlines = { payout_due = "now + 3 days" }'),
    )  # fmt: skip

    (found,) = dead_clauses(search)

    assert (found.clause, found.others) == ("NP-4.2", ("NP-X",))
    verdict = decided(search, found.claim)
    assert (verdict.deadlines["payout_due"] - search.at).days == 3


def test_a_deadline_for_money_that_never_goes_there_is_shown_with_a_claim_that_goes_elsewhere():
    inform = 'id = "AC-D2"\nkind = "information"\neffect = "inform"'
    sets = (
        'id = "AC-D2"\nkind = "payout deadline"\neffect = "set"\non = "payout"\n'
        'deadlines = { payout_due = "now + 3 days" }'
    )
    search = flawed("activation-claims", (inform, sets))

    (found,) = dead_clauses(search)

    assert found.text.startswith("AC-D2 sets a deadline for an outcome that never comes, and this")
    verdict = decided(search, found.claim)
    assert (verdict.outcome, verdict.destination, verdict.clauses) == (
        "approve",
        "balance",
        found.others,
    )
