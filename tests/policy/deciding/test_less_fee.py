"""The price less what the payment system kept when the order was paid: what is paid, what is left, what is said."""

import random

import pytest
import z3

from portal.edges.consequences import Consequences
from portal.edges.reaching import Reaching
from portal.money import Money
from portal.policy.deciding.case import parse
from portal.policy.deciding.engine import at_first_sight, decide
from portal.proof.claims.search import Search
from portal.proof.questions.dead import dead_clauses
from portal.words.clauses import applies
from tests.policy.cases_for import ACTIVATION, changed
from tests.policy.generated import claim, hidden
from tests.policy.less_fee import FEE, PRICE, policy, usd
from tests.proof.terms import Terms
from tests.replay.compared import decided as by_columns, expected
from tests.sizes import size

GONE = {"order.refunded_at": "2026-03-02T10:30:00Z"}


@pytest.fixture(scope="module")
def keeping():
    return policy()


def said(policy, changes):
    return decide(parse(changed(ACTIVATION, changes)), policy).as_json()


@pytest.mark.parametrize(
    ("changes", "amount"),
    [
        ({FEE: usd("0.05")}, "0.45"),
        ({FEE: usd("0.00")}, "0.50"),
        ({PRICE: usd("0.024"), FEE: usd("0.009")}, "0.02"),  # 1.5 cents, rounded once
        ({FEE: usd("0.05"), **GONE, "order.refunded": usd("0.00")}, "0.45"),
        # The fee does not go back by what the shop had returned before, either.
        ({FEE: usd("0.05"), **GONE, "order.refunded": usd("0.20")}, "0.25"),
    ],
)
def test_it_pays_the_price_less_the_fee_and_less_what_went_back(keeping, changes, amount):
    found = said(keeping, changes)
    assert (found["outcome"], found["clauses"][0]) == ("approve", "NP-2.1")
    assert found["amount"] == usd(amount)
    line = next(each for each in found["trace"] if each["clause"] == "NP-2.1")
    facts = {each["fact"]: each["value"] for each in line["facts"]}
    assert facts[FEE] == changes[FEE]
    assert facts[PRICE] == changes.get(PRICE, usd("0.50"))


@pytest.mark.parametrize("fee", ["0.50", "0.51"])
def test_where_all_of_the_price_was_kept_the_clause_returns_nothing(keeping, fee):
    found = said(keeping, {FEE: usd(fee)})
    assert (found["outcome"], found["amount"]) == ("deny", None)


@pytest.mark.parametrize("gone", ["0.45", "0.46", "0.50", None])
def test_once_it_went_back_the_fee_is_not_returned_by_another_claim(keeping, gone):
    back = {"order.refunded": usd(gone)} if gone else {}
    found = said(keeping, {FEE: usd("0.05"), **GONE, **back})
    assert (found["outcome"], found["amount"], found["clauses"]) == ("deny", None, ["NP-2.1"])


@pytest.mark.parametrize("fee", [None, usd("0.05", "EUR")])
def test_a_fee_that_nobody_knows_is_asked_of_the_shop_and_nothing_is_paid_until_then(keeping, fee):
    found = said(keeping, {FEE: fee})
    assert (found["outcome"], found["amount"], found["awaiting"]) == ("review", None, [FEE])


def test_where_another_clause_returns_the_whole_price_the_fee_does_not_matter():
    changes = {FEE: None, "order.unavailable_at": "2026-03-02T10:05:00Z"}
    found = said(policy("numberplug", every=10**6), changes)
    assert (found["outcome"], found["amount"]) == ("approve", usd("0.50"))
    assert "NP-2.1" not in found["clauses"]


def made_up(rng, shop):
    """A claim of which the fee, and what went back, may be anything that the records could tell."""
    case = claim(rng, shop)
    if case.get("order"):
        order, unit = case["order"], case["order"]["price"]["currency"]
        order["price"] = usd("10.00", unit)
        fees = ("0.00", "0.40", "0.40", "9.60", "10.00", "11.00")
        order["processing_fee"] = rng.choice(
            (*[usd(fee, unit) for fee in fees], usd("1.00", "CHF"), None)
        )
        if rng.random() < 0.5:
            gone = rng.choice(("0.40", "9.59", "9.60", "9.60", "9.61", "10.00"))
            order |= {"refunded_at": order["ordered_at"], "refunded": usd(gone, unit)}
    return parse(hidden(rng, case)[0] if rng.random() < 0.2 else case)


SOME = [("numberplug", 1), ("numberplug", 2), ("client-numbers", 2), ("activation-claims", 2)]


@pytest.mark.long
@pytest.mark.one_in(4)
@pytest.mark.exhaustive
@pytest.mark.parametrize(("shop", "every"), SOME)
def test_many_claims_at_once_are_decided_as_each_by_itself(shop, every, tmp_path):
    changed_shop, rng = policy(shop, every), random.Random(59)
    given = [made_up(rng, changed_shop) for _ in range(size(250, full=8_000))]
    found, _ = by_columns(tmp_path, changed_shop, given)
    for case, verdict in zip(given, found, strict=True):
        assert (verdict, case) == (expected(case, changed_shop, verdict), case)


@pytest.mark.long
@pytest.mark.one_in(4)
@pytest.mark.exhaustive
@pytest.mark.parametrize(("shop", "every"), SOME)
def test_the_proof_says_what_the_engine_says(shop, every):
    terms, rng = Terms(policy(shop, every)), random.Random(61)
    for _ in range(size(40, full=400)):
        case = made_up(rng, terms.policy)
        outcome, ids, _whole, possible = terms.say(case)
        verdict = at_first_sight(case, terms.policy, terms.version)
        assert possible, case
        if outcome == "open":
            assert verdict.outcome in ("review", "needs_information"), case
            continue
        assert outcome == verdict.outcome, case
        if verdict.outcome != "needs_information":
            assert ids <= {*verdict.clauses} or verdict.clauses == (terms.version.default.id,), case


def test_the_proof_finds_a_claim_that_it_pays_whose_records_tell_the_fee(keeping):
    search = Search(keeping, keeping.current)
    assert [flaw.text for flaw in dead_clauses(search) if flaw.clause == "NP-2.1"] == []
    rule = next(each for each in search.verdicts.approving if each.clause.id == "NP-2.1")
    less = z3.And(
        search.verdicts.approve,
        search.verdicts.carries[rule.place],
        search.world.amounts[rule.pays].value < search.world.facts[PRICE].value,
    )
    shown = search.claim(lambda w: search.decision(w).amount is not None, less)
    fee, price = (Money.parse(**shown["order"][name]) for name in ("processing_fee", "price"))
    assert decide(parse(shown), keeping).amount == price - fee


def test_the_edges_show_what_is_kept_from_nothing_to_all_and_each_side_of_the_limit(keeping):
    consequences = Consequences(Reaching(keeping, keeping.current))
    clause = keeping.current.clause("NP-2.1")
    shown = {
        name: (made.outcome, made.amount and made.amount.amount, made.automatic)
        for name, case in consequences.fees(clause, changed(ACTIVATION, {}))
        for made in [decide(parse(case), keeping)]
    }
    assert shown == {
        "NP-2.1: 0.00 USD of 5.00 USD kept": ("approve", "5.00", True),
        "NP-2.1: 4.99 USD of 5.00 USD kept": ("approve", "0.01", True),
        "NP-2.1: 5.00 USD of 5.00 USD kept": ("deny", None, False),
        "NP-2.1: 5.00 USD less 0.01 USD": ("approve", "4.99", True),
        "NP-2.1: 5.01 USD less 0.01 USD": ("approve", "5.00", True),
        "NP-2.1: 5.02 USD less 0.01 USD": ("approve", "5.01", False),
        "NP-2.1: nobody knows order.processing_fee": ("review", None, False),
    }


def test_it_is_said_in_words(keeping):
    said = applies(keeping.current.clause("NP-2.1"))
    assert ": the price less what the payment system kept of it goes back to your balance." in said
