"""What a shop says of its refunds before a claim is begun."""

from tests import factories
from tests.web.steps.journeys import begin

SHOPS = ["activation-claims", "client-numbers", "didvirtualnumbers", "numberplug", "sms-service"]


def test_the_first_page_leads_to_every_shop(visitor):
    page = visitor.get("/")
    links = [link.get("href") for item in page.all("li", class_="card") for link in item.iter("a")]
    assert links == [f"/{shop}/" for shop in SHOPS]


def test_a_start_page_says_who_can_claim_and_what_to_have_ready(visitor):
    for shop in SHOPS:
        page = visitor.get(f"/{shop}/")
        said = [page.text(item) for box in page.all("ul", class_="list") for item in box.iter("li")]
        policy = factories.policy(shop)
        assert said == [*policy.shop.who_can_claim, *policy.shop.have_ready]
        assert page.one("a", href=f"/{shop}/claim") is not None
        assert page.one("a", href=f"/{shop}/policy") is not None


def test_a_policy_is_readable_with_an_anchor_for_each_clause(visitor):
    for shop in SHOPS:
        page = visitor.get(f"/{shop}/policy")
        shown = {
            rule.get("id"): page.text(rule.find("dd"))
            for box in page.all("dl", class_="rules")
            for rule in box.iter("div")
        }
        clauses = factories.policy(shop).current.clauses
        assert sorted(shown) == sorted(clause.id for clause in clauses)
        assert all(shown[clause.id].startswith(clause.wording) for clause in clauses)


def test_only_shops_with_reasons_about_the_balance_offer_to_claim_about_it(visitor):
    offering = [
        shop
        for shop in SHOPS
        if visitor.get(f"/{shop}/").all("a", href=f"/{shop}/claim?about=balance")
    ]
    with_reasons = [
        shop
        for shop in SHOPS
        if any(reason.about == "balance" for reason in factories.policy(shop).shop.reasons)
    ]
    assert offering == with_reasons


def test_an_unknown_shop_is_not_found(visitor):
    for path in ("/no-such-shop/", "/no-such-shop/policy", "/no-such-shop/claim"):
        assert visitor.get(path, status=404).h1 == "We cannot find that page"


def test_a_draft_is_offered_again_to_the_browser_that_began_it(visitor, app):
    reference = begin(visitor)
    page = visitor.get("/sms-service/")
    assert page.one("a", href=f"/new/{reference}/reason") is not None
    assert not visitor.get("/numberplug/").all(class_="banner")
    other = type(visitor)(app.test_client())
    assert not other.get("/sms-service/").all(class_="banner")


def test_a_draft_that_is_thrown_away_is_offered_no_more(visitor):
    reference = begin(visitor)
    answer = visitor.post(f"/new/{reference}/discard")
    assert answer.location == "/sms-service/"
    assert answer.response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert not visitor.get("/sms-service/").all("a", href=f"/new/{reference}/reason")
    visitor.get(f"/new/{reference}/reason", status=404)


def test_the_start_page_reads_any_number_of_drafts_in_one_statement(visitor, statements):
    counts = []
    for number in range(3):
        begin(visitor, order=f"A-{number}", email=f"kim{number}@example.com")
        statements.clear()
        visitor.get("/sms-service/")
        counts.append(len(statements))
    assert counts == [1, 1, 1]
