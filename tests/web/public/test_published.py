"""A shop's policy as its customers read it: rules in plain words, earlier texts, what changed."""

import json
import re
from datetime import timedelta

import pytest

from portal.claims.counts import decided
from portal.claims.letters.links import status_token
from portal.policy.file.places import SHOPS
from portal.policy.file.reading import read
from portal.policy.language.clause import Effect
from portal.words.clauses import applies
from portal.words.differences import differences
from tests import factories
from tests.factories import NOW

SVG = "{http://www.w3.org/2000/svg}"
OLD, NEW = "2024-06-15", "2026-03-05"


def with_a_later_version(since):
    """sms-service with a second version, in which an SMS has 30 minutes to come."""
    shop, mark, version = (SHOPS / "sms-service.toml").read_text().partition("[[version]]")
    later = version.replace(OLD, since).replace("20 minutes", "30 minutes")
    return read((shop + mark + version + "\n" + mark + later).encode(), "sms-service.toml")


@pytest.fixture
def policy(app):
    """The shop's policy with a version that comes into force on the day after NOW."""
    found = with_a_later_version(NEW)
    app.extensions["policies"] = {"sms-service": found}
    return found


def rules(page):
    return {
        rule.get("id"): page.text(rule.find("dd"))
        for box in page.all("dl", class_="rules")
        for rule in box.iter("div")
        if rule.get("id")
    }


def test_each_rule_that_does_something_says_in_plain_words_when_and_what(visitor):
    shown = rules(visitor.get("/sms-service/policy"))
    for clause in factories.policy("sms-service").current.clauses:
        plain = "" if clause.effect is Effect.INFORM else f" {applies(clause)}"
        assert shown[clause.id] == f"{clause.wording}{plain}"
    assert "When an SMS came and your claim is about neither" in shown["SS-N3"]


def test_what_holds_for_all_rules_is_said_once(visitor):
    page = visitor.get("/activation-claims/policy")
    said = [page.text(item) for box in page.all("ul", class_="list") for item in box.iter("li")]
    mending = (
        "The mending time: five days from the moment you sent your claim, not counting the time"
        " from our request for access to the moment you gave us access."
    )
    assert said[-4:] == [
        "What is paid without a person: up to 5.00 USD.",
        mending,
        "Working days: Monday, Tuesday, Wednesday, Thursday and Friday.",
        "The time zone: UTC.",
    ]


def test_a_rule_says_how_many_claims_it_decided_in_ninety_days(visitor, app):
    for number in range(2):
        factories.order(reference=f"A-{number}")
        factories.claim(order_reference=f"A-{number}")
    page = visitor.get("/sms-service/policy")
    assert "In the last 90 days these rules decided 2 claims" in page.text()
    assert rules(page)["SS-G2"].endswith("Decided 2 claims.")
    assert sum("Decided" in text for text in rules(page).values()) == 1
    app.config["NOW"] = NOW + timedelta(days=91)
    assert "Decided" not in visitor.get("/sms-service/policy").text()


def test_the_page_asks_the_database_once_whatever_it_counts(visitor, statements):
    counts = []
    for number in range(3):
        factories.order(reference=f"A-{number}")
        factories.claim(order_reference=f"A-{number}")
        statements.clear()
        visitor.get("/sms-service/policy")
        counts.append(len(statements))
    assert counts == [1, 1, 1]
    version = factories.policy("sms-service").current.in_force
    assert decided("sms-service", version, since=NOW.date()) == {"SS-G2": 3}


def test_the_way_of_a_claim_is_a_picture_and_a_list_of_the_same_rules(visitor):
    page = visitor.get("/numberplug/policy")
    picture = page.one(f"{SVG}svg", role="img")
    assert page.text(picture.find(f"{SVG}title")) == "The way a claim takes: any claim"
    drawn = {text.text for text in picture.iter(f"{SVG}text") if text.get("font-family")}
    listed = {link.text for box in page.all("ol") for link in box.iter("a")}
    assert {number for line in drawn for number in line.split()} == listed
    assert {f"#{number}" for number in listed} == {
        link.get("href") for box in page.all("ol") for link in box.iter("a")
    }


def test_the_way_of_one_reason_has_its_rules_in_words(visitor):
    page = visitor.get("/numberplug/policy?reason=changed_mind")
    assert page.text(page.one(f"{SVG}svg", role="img").find(f"{SVG}title")).endswith("any claim")
    page = visitor.get("/numberplug/policy?reason=wrong_selection")
    assert page.one("option", selected="").get("value") == "wrong_selection"
    said = [page.text(item) for box in page.all("ol") for item in box.iter("li")]
    assert "NP-3.1: an SMS of the service you ordered came" in said
    assert "NP-3.3: for this reason, always, unless NP-2.1, NP-2.2 or NP-3.5 holds" in said


def test_the_policy_is_there_for_machines(visitor):
    page = visitor.get("/activation-claims/policy")
    document = json.loads(page.one("script", type="application/ld+json").text)
    assert document["@type"] == "MerchantReturnPolicy"
    assert document["merchantReturnDays"] == 5
    assert document["merchantReturnLink"] == "http://localhost/activation-claims/policy/2024-01-01"


def test_markup_in_a_wording_is_only_text_for_machines_too(visitor, app):
    content = (SHOPS / "numberplug.toml").read_text()
    content = content.replace("A purchase stands", "</script><script>alert(1)</script>")
    app.extensions["policies"] = {"numberplug": read(content.encode(), "numberplug.toml")}
    page = visitor.get("/numberplug/policy")
    document = json.loads(page.one("script", type="application/ld+json").text)
    assert any("</script>" in each["value"] for each in document["additionalProperty"])


def test_every_text_of_a_shop_is_read_at_its_own_address(visitor, policy, app):
    page = visitor.get("/sms-service/policy")
    assert rules(page)["SS-G2"].startswith("No SMS in 20 minutes")
    assert "In force since 15 June 2024 until 5 March 2026" in page.text()
    links = [link.get("href") for link in page.all("a") if re.search("policy/", link.get("href"))]
    assert links == [f"/sms-service/policy/{NEW}", f"/sms-service/policy/{OLD}/{NEW}"]
    later = visitor.get(f"/sms-service/policy/{NEW}")
    assert rules(later)["SS-G2"].startswith("No SMS in 30 minutes")
    assert "This is not the text in force now" in later.text()
    app.config["NOW"] = NOW + timedelta(days=2)
    assert rules(visitor.get("/sms-service/policy"))["SS-G2"].startswith("No SMS in 30")
    assert "not the text in force" in visitor.get(f"/sms-service/policy/{OLD}").text()
    for unknown in ("2024-06-16", "nonsense", f"{OLD}/2024-06-16", f"2024-06-16/{NEW}"):
        visitor.get(f"/sms-service/policy/{unknown}", status=404)


def test_what_changed_is_told_rule_by_rule_and_nothing_twice(visitor, policy):
    page = visitor.get(f"/sms-service/policy/{OLD}/{NEW}")
    told = [page.text(each) for each in page.all("p") if page.text(each).startswith("Now: ")]
    expected = [
        f"Now: {each.now}"
        for each in differences(*policy.versions)
        if each.now and each.about != "how we read it"
    ]
    assert told == expected
    assert "When it applies changed: 20 minutes became 30 minutes." in page.text()
    assert "R3:" not in page.text()
    same = visitor.get(f"/sms-service/policy/{OLD}/{OLD}")
    assert "Both texts say the same" in same.text()


@pytest.mark.usefixtures("policy")
def test_a_claim_names_the_text_that_decides_it_and_that_it_changed_since(visitor, app):
    factories.order()
    claim = factories.claim()
    path = f"/claims/{claim.reference}/{status_token(claim.reference)}"
    page = visitor.get(path)
    assert "Decided by the policy of 15 June 2024." in page.text()
    assert "The policy changed" not in page.text()
    rule = page.one("a", href=f"/sms-service/policy/{OLD}#SS-G2")
    assert page.text(rule) == "SS-G2"
    app.config["NOW"] = NOW + timedelta(days=2)
    page = visitor.get(path)
    assert "The policy changed on 5 March 2026; your claim keeps the earlier text." in page.text()
    assert page.text(page.one("a", href=f"/sms-service/policy/{OLD}/{NEW}")) == "What changed"
