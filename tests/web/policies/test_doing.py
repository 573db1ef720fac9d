"""What a rule does is changed by form in its place, with what it no longer says named before."""

import pytest

from portal.policy.text import editing
from portal.versions.models import Deed
from tests.versions.drafts import admin, begun, read_of, reclause
from tests.web.policies.pages import HOME, row


def numbers(draft):
    """The numbers of the draft's rules, in their order."""
    return [clause.id for clause in read_of(draft).current.clauses]


@pytest.mark.long
@pytest.mark.usefixtures("owner")
def test_what_a_rule_does_is_changed_in_its_place(visitor):
    draft = begun()
    order, before = numbers(draft), draft.text
    page = visitor.get(f"{HOME}/{draft.id}/clauses/NP-3.3")
    (link,) = (each for each in page.all("a") if page.text(each) == "Let it do something else")
    kinds = visitor.get(link.get("href"))
    assert kinds.h1 == "What NP-3.3 does"
    links = {kinds.text(each): each.get("href") for each in kinds.all("a")}
    assert "It refuses a refund" not in links
    to = links["It pays a refund"]
    page = visitor.get(to)
    form = page.fields
    kept = {each: form[each] for each in ("id", "kind", "when", "amount", "destination")}
    assert kept == {
        "id": "NP-3.3",
        "kind": "eligible",
        "when": "claim.reason = wrong_selection",
        "amount": "full price",
        "destination": "balance",
    }
    assert row(draft.id).text == before
    look = visitor.post(f"{to}&look=1", form, status=200)
    said = look.text(look.one(id="look"))
    assert (
        "When your claim is about a wrong choice of service or country: the whole price goes back to"
        " your balance." in said
    )
    assert (
        "the wrong country, while the order runsDenied (NP-3.3) Approved, 0.50 USD (NP-3.3)" in said
    )
    assert row(draft.id).text == before
    typed = form | {"destination": "payout", "evidence": "y"}
    assert visitor.post(to, typed).location == f"{HOME}/{draft.id}#NP-3.3"
    draft = row(draft.id)
    assert numbers(draft) == order
    was = editing.clause_values(before, draft.in_force, "NP-3.3")
    assert editing.clause_values(draft.text, draft.in_force, "NP-3.3") == {
        key: was[key] for key in ("id", "part", "wording", "when")
    } | {
        "kind": "eligible",
        "effect": "approve",
        "amount": "full price",
        "destination": "payout",
        "evidence": True,
    }
    rest = [each for each in order if each != "NP-3.3"]
    assert [editing.clause_values(before, draft.in_force, each) for each in rest] == [
        editing.clause_values(draft.text, draft.in_force, each) for each in rest
    ]
    assert (draft.events[-1].deed, draft.events[-1].about) == (Deed.CHANGE_CLAUSE, "NP-3.3")
    assert "Examples that end otherwise" in visitor.get(f"{HOME}/{draft.id}").text()


@pytest.mark.usefixtures("owner")
def test_what_a_rule_no_longer_says_is_named_and_goes(visitor):
    draft = begun()
    to = f"{HOME}/{draft.id}/clauses/NP-4.3?does=note"
    page = visitor.get(to)
    said = (
        "the rule no longer says: Where it applies, What a person has to find, When a person says yes,"
        " When a person says no. Its examples stay"
    )
    assert said in page.text(page.one(class_="banner"))
    visitor.post(to, page.fields)
    clause = read_of(row(draft.id)).current.clause("NP-4.3")
    assert (clause.effect, clause.kind, clause.on, clause.finding) == (
        "inform", "information", None, None,
    )  # fmt: skip


@pytest.mark.long
@pytest.mark.usefixtures("owner")
def test_another_effect_that_the_policy_can_not_have_is_refused_beside_its_field(visitor):
    draft = begun()
    base = f"{HOME}/{draft.id}/clauses"
    to = f"{base}/NP-1.2?does=refund"
    form = visitor.get(to).fields
    assert visitor.post(to, form, status=422).errors == ["Fill this in"]
    typed = form | {"when": "order.messages is empty", "also": "NP-9.9"}
    assert visitor.post(to, typed, status=422).errors == ["Unknown clause 'NP-9.9'"]
    to = f"{base}/NP-2.1?does=date"
    page = visitor.post(to, visitor.get(to).fields, status=422)
    assert page.errors == ["Say at least one of these dates"]
    assert row(draft.id).text == draft.text
    for wrong in ("refund", "nothing"):
        visitor.get(f"{base}/NP-2.1?does={wrong}", status=404)
    visitor.get(f"{base}/NP-9.9?does=refund", status=404)
    visitor.get(f"{base}?clause=NP-9.9", status=404)


@pytest.mark.usefixtures("owner")
def test_another_effect_that_met_another_change_is_chosen_again(visitor):
    draft = begun()
    to = f"{HOME}/{draft.id}/clauses/NP-3.3?does=refund"
    form = visitor.get(to).fields
    reclause(draft, "NP-3.6", {"wording": "The first."}, by=admin())
    page = visitor.post(to, form, status=409)
    assert page.text(page.one(class_="banner-title")) == "The draft changed while you were looking"
    assert page.fields["kind"] == "excluded"
    assert 'effect = "deny"' in row(draft.id).text
