"""Ready-made texts: a lead writes them, who decides puts them where they write, and nothing typed is lost."""

import pytest

from portal.audit.log import AuditEntry
from portal.claims.desk.snippets import SnippetWords, keep_snippet, snippets_of
from portal.claims.queries import claim_for_change
from portal.database import transaction
from portal.extensions import db
from portal.people.reviewers import Reviewer
from portal.people.rights import ANY_SHOP
from tests import factories
from tests.conftest import NOW
from tests.web.steps.journeys import stored

TEXT = "We looked at the files of {claim} about {service}."


@pytest.fixture
def lea(app):
    return factories.reviewer(name="Lea", email="lea@example.com").id


def keep(by, *, shop=factories.SHOP, text=TEXT, **said):
    said = {"clause": "", "language": "en", "name": "Seen"} | said
    with transaction():
        words = SnippetWords(text=text, **said)
        row = keep_snippet(
            None, words, policy=factories.policy(shop), by=db.session.get_one(Reviewer, by), at=NOW
        )
        db.session.flush()
        return row.id


def sent_by(visitor, reference):
    fields = visitor.get(f"/review/{reference}").fields
    return {name: value for name, value in fields.items() if "-" in name}


def names(page):
    told = [page.text(button) for button in page.all("button")]
    return [each.removeprefix("Insert ") for each in told if each.startswith("Insert ")]


def test_a_lead_writes_one_changes_it_and_removes_it(visitor, lead):
    page = visitor.get("/review/snippets")
    assert "No snippets yet" in page.text() and "{service}" in page.text()
    said = {
        "shop": factories.SHOP,
        "name": "Seen",
        "spoken": "en",
        "clause": "SS-G5",
        "text": TEXT,
    }
    visitor.post("/review/snippets", said, status=303)
    (row,) = snippets_of(ANY_SHOP)
    assert (row.shop, row.clause, row.language, row.name, row.text, row.changed_at) == (
        factories.SHOP, "SS-G5", "en", "Seen", TEXT, NOW,
    )  # fmt: skip
    number, address = str(row.id), f"/review/snippets/{row.id}"
    assert visitor.get(address).fields["text"] == TEXT
    visitor.post(address, said | {"text": "Anew."}, status=303)
    db.session.rollback()
    assert [each.text for each in snippets_of(ANY_SHOP)] == ["Anew."]
    visitor.post(address, {"remove": "1"}, status=303)
    db.session.rollback()
    assert list(snippets_of(ANY_SHOP)) == []
    kept = db.session.query(AuditEntry).filter(AuditEntry.about == number).order_by(AuditEntry.id)
    assert [(each.act, each.shop, each.at) for each in kept] == [
        (act, factories.SHOP, NOW) for act in ("make_snippet", "change_snippet", "remove_snippet")
    ]
    assert len({each.who_id for each in kept} - {None}) == 1


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"text": "Dear {customer}"}, "{customer} is no placeholder. There are: {claim}, {shop}"),
        ({"text": "Half a {claim"}, "{} is no placeholder"),
        ({"clause": "XX-1"}, "No version of the policy has the clause XX-1."),
        ({"spoken": "klingonish"}, "Enter its language, for example en or de"),
        ({"text": ""}, "Write the text"),
    ],
)
def test_what_no_claim_could_fill_is_refused_and_stays_typed(visitor, lead, changed, why):
    said = {"shop": factories.SHOP, "name": "Seen", "spoken": "en", "clause": "", "text": TEXT}
    page = visitor.post("/review/snippets", said | changed, status=422)
    assert any(each.startswith(why) for each in page.errors), page.errors
    assert {name: page.fields[name] for name in changed} == changed
    assert list(snippets_of(ANY_SHOP)) == []


def test_a_reviewer_writes_none_and_a_shop_of_somebody_else_is_not_there(visitor, mara, lea):
    visitor.get("/review/snippets", status=403)
    visitor.get(f"/review/snippets/{keep(lea)}", status=403)


def test_those_of_the_shop_the_clause_and_the_language_are_offered_filled(
    visitor, mara, lea, waiting
):
    keep(lea)
    keep(lea, name="Of the clause", clause="SS-G5")
    keep(lea, name="Of another clause", clause="SS-N3")
    keep(lea, name="Auf Deutsch", language="de")
    keep(lea, name="Of another shop", shop="numberplug")
    keep(lea, name="Not filled", text="About {asked}")
    data = sent_by(visitor, waiting)
    page = visitor.post(f"/review/{waiting}/snippets/decline", data, status=200, fragment=True)
    assert names(page) == ["“Of the clause”", "“Seen”"]
    assert f"We looked at the files of {waiting} about WhatsApp." in page.text()
    with transaction():
        claim_for_change(waiting).language = "de-AT"
    page = visitor.post(f"/review/{waiting}/snippets/decline", data, status=200)
    assert names(page) == ["“Auf Deutsch”"]


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("part", "field"), [("approve", "text"), ("decline", "text"), ("ask", "note")]
)
@pytest.mark.parametrize("fragment", [False, True])
def test_it_goes_below_what_is_typed_and_nothing_is_lost(
    visitor, mara, lea, waiting, part, field, fragment
):
    number = keep(lea)
    typed = {f"{part}-{field}": "What I wrote.", f"{part}-internal": "Mine."}
    data = sent_by(visitor, waiting) | {"ask-missing": "claim.evidence"} | typed
    address = f"/review/{waiting}/snippets/{part}/{number}"
    page = visitor.post(address, data, status=200, fragment=fragment)
    told = f"What I wrote.\n\nWe looked at the files of {waiting} about WhatsApp."
    assert page.fields[f"{part}-{field}"] == told
    if part != "ask":
        assert page.fields[f"{part}-internal"] == "Mine."
    assert stored(waiting).version == int(data["approve-seen"])


def test_one_that_is_gone_or_fits_no_more_changes_nothing(visitor, mara, lea, waiting):
    number = keep(lea, shop="numberplug")
    data = sent_by(visitor, waiting) | {"decline-text": "What I wrote."}
    page = visitor.post(f"/review/{waiting}/snippets/decline/{number}", data, status=200)
    assert page.fields["decline-text"] == "What I wrote."
    visitor.post(f"/review/{waiting}/snippets/paid", {}, status=404)
