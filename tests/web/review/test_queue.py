"""The queue and the claim's screen: who sees what, in which order, at what cost."""

from datetime import timedelta

import pytest
from flask import g

from portal.claims.models import Claim
from portal.claims.verbs import reviewing
from portal.database import transaction
from portal.extensions import db
from portal.money import Money
from portal.people.reviewers import Reviewer
from portal.policy.facts.reasons import CODES
from tests import factories
from tests.conftest import NOW


def references(page):
    return [page.text(link) for link in page.all("a", class_="mono")]


def test_a_stranger_is_led_to_the_sign_in_page_and_back(visitor):
    page = visitor.get("/review/AAAA-BBBB?x=1", status=303)
    assert page.location == "/sign-in?next=/review/AAAA-BBBB"


def test_a_part_that_asks_after_the_sign_in_ended_leads_the_whole_window_away(visitor):
    page = visitor.get("/review", status=204, fragment=True)
    assert page.response.headers["HX-Redirect"] == "/sign-in?next=/review"


def test_the_queue_shows_what_waits_with_the_least_time_left_first(visitor, mara):
    late = factories.claim(order_reference="L-1", at=NOW - timedelta(days=1))
    early = factories.claim(order_reference="E-1", at=NOW - timedelta(days=3))
    factories.account()
    factories.order()
    paid_soon = factories.claim()
    page = visitor.get("/review")
    assert references(page) == [early.reference, late.reference]
    rows = [page.text(row) for row in page.all("tr")]
    assert "overdue by 10 h" in rows[1]
    assert "in 1 day" in rows[2]
    assert [page.text(tab) for tab in page.one("nav", class_="tabs")] == [
        "Needs a decision 2",
        "To be paid 1",
        "Payout failed 0",
        "Waiting for customer 0",
        "All 3",
    ]
    assert references(visitor.get("/review?status=approved")) == [paid_soon.reference]


def test_what_has_ended_or_anything_is_listed_newest_first(visitor, mara):
    first = factories.claim(order_reference="F-1")
    second = factories.claim(order_reference="F-2", at=NOW - timedelta(hours=1))
    assert references(visitor.get("/review?status=all")) == [second.reference, first.reference]


TYPED = ["{reference}", "{short}", "{start}", " o-77 ", "O 77", "KIM@example.net", "kim@", "example.NET",
         "ample.n", "tele", "gram", "1.20", "1,20 usd"]  # fmt: skip


@pytest.mark.one_in(4)
@pytest.mark.parametrize("typed", TYPED)
def test_a_search_opens_the_one_claim_that_has_what_was_typed_as_a_part(visitor, mara, typed):
    claim = factories.claim(order_reference="O-77", email="kim@example.net", service_name="Telegram",
                            asked=Money(120, "USD"))  # fmt: skip
    factories.claim(order_reference="O-78", email="lee@example.com", asked=Money(1120, "USD"))
    short = claim.reference.replace("-", "").lower()
    words = typed.format(reference=claim.reference, short=short, start=short[:5])
    page = visitor.get("/review", query_string={"q": words}, status=303)
    assert page.location == f"/review/{claim.reference}"


def test_a_search_that_finds_several_lists_them_and_says_that_it_looked_everywhere(visitor, mara):
    waiting = factories.claim(order_reference="O-771")
    factories.account()
    factories.order(reference="O-772")
    approved = factories.claim(order_reference="O-772")
    page = visitor.get("/review?q=o-77&shop=sms-service")
    assert references(page) == [approved.reference, waiting.reference]
    assert (page.fields["q"], page.fields["status"], page.fields["shop"]) == (
        "o-77",
        "all",
        "sms-service",
    )
    assert "Find a claim in any status" in page.text()


def test_a_search_that_finds_nothing_says_what_it_looks_for(visitor, mara):
    page = visitor.get("/review?q=nothing&status=approved")
    assert "A search looks for three signs or more of a claim’s reference" in page.text()
    assert page.text(page.one("a", href="/review?status=all&q=nothing")) == "Search in all claims"


@pytest.mark.long
def test_the_way_back_leads_to_the_same_filters_page_and_row(visitor, mara):
    for n in range(30):
        factories.claim(order_reference=f"P-{n}", at=NOW - timedelta(minutes=n), reason="other")
    first = visitor.get("/review?shop=sms-service&reason=other")
    second = visitor.get(first.one("a", rel="next").get("href"))
    link = second.all("a", class_="mono")[3]
    reference = second.text(link)
    claim = visitor.get(link.get("href"))
    back = claim.one("nav", class_="back")[0].get("href")
    address, row = back.split("#")
    assert row == reference
    again = visitor.get(address)
    assert references(again) == references(second)
    assert again.one(id=row).tag == "tr"


def test_what_is_done_to_a_claim_keeps_the_way_back(visitor, mara):
    claim = factories.claim()
    page = visitor.get(f"/review/{claim.reference}?from=shop%3Dsms-service")
    to = f"/review/{claim.reference}/findings/claim_verified?from=shop%3Dsms-service"
    act = page.one(formaction=to)
    data = page.fields | {"claim_verified-value": "yes"}
    done = visitor.post(act.get("formaction"), data)
    assert done.location == f"/review/{claim.reference}?from=shop%3Dsms-service"


def test_a_search_that_opened_a_claim_leads_back_to_the_filters_without_it(visitor, mara):
    claim = factories.claim()
    page = visitor.get(f"/review?q={claim.reference}&shop=sms-service", status=303)
    back = visitor.get(page.location).one("nav", class_="back")[0].get("href")
    assert back == f"/review?shop=sms-service#{claim.reference}"


@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    "query", ["status%3D%00", "x" * 3000, "after%3Dnonsense", "%26%26%3D", "q%3D" + "x" * 400]
)
def test_a_way_back_that_is_none_leads_to_the_queue(visitor, mara, query):
    claim = factories.claim()
    back = visitor.get(f"/review/{claim.reference}?from={query}").one("nav", class_="back")[0]
    assert back.get("href").split("#")[0] == "/review"


@pytest.mark.parametrize("typed", ["{low}", "{short}", "{low_short}", "{spaced}"])
def test_a_reference_that_is_typed_otherwise_leads_to_its_claim(visitor, mara, typed):
    whole = factories.claim().reference
    short = whole.replace("-", "")
    typed = typed.format(
        low=whole.lower(), short=short, low_short=short.lower(), spaced=whole.replace("-", " ")
    )
    page = visitor.get(f"/review/{typed}?from=shop%3Dsms-service", status=303)
    assert page.location == f"/review/{whole}?from=shop%3Dsms-service"


def test_only_the_reasons_of_the_shop_are_offered_as_a_filter(app, visitor, mara):
    page = visitor.get("/review?shop=activation-claims")
    offered = [option.get("value") for option in page.one(id="reason")]
    assert offered == ["", *(r.code for r in sorted_reasons(app, "activation-claims"))]
    everywhere = [option.get("value") for option in visitor.get("/review").one(id="reason")]
    assert {"api_misuse", "rental_outage"} <= set(everywhere)
    kept = visitor.get("/review?shop=activation-claims&reason=rental_outage")
    assert kept.fields["reason"] == "rental_outage"


def sorted_reasons(app, shop):
    order = list(CODES)
    reasons = app.extensions["policies"][shop].shop.reasons
    return sorted(reasons, key=lambda reason: order.index(reason.code))


def test_a_date_that_no_clause_states_is_the_portals_own_target_and_makes_nothing_late(
    visitor, mara
):
    late = factories.claim(shop="activation-claims", at=NOW - timedelta(days=4))
    page = visitor.get("/review")
    assert "target 2 days ago" in page.text(page.one("tbody"))
    assert "overdue" not in page.text()
    page = visitor.get(f"/review/{late.reference}")
    assert "target 2 days ago" in page.text(page.one(id="standing"))
    assert not page.all("span", class_="danger")


def test_filters_narrow_the_rows_and_the_counters_and_stay_in_the_address(visitor, mara):
    factories.claim(order_reference="O-1", reason="wrong_code")
    other = factories.claim(order_reference="O-2", reason="other")
    page = visitor.get("/review?reason=other&shop=sms-service")
    assert references(page) == [other.reference]
    assert page.text(page.all("nav", class_="tabs")[0]).startswith("Needs a decision 1To be paid 0")
    assert page.fields["reason"] == "other"
    assert page.one("a", href="/review?status=all&shop=sms-service&reason=other") is not None


@pytest.mark.long
def test_pages_follow_each_other_without_a_row_lost_or_shown_twice(visitor, mara):
    made = [
        factories.claim(order_reference=f"P-{n}", at=NOW - timedelta(minutes=n // 2)).reference
        for n in range(30)
    ]
    first = visitor.get("/review")
    second = visitor.get(first.one("a", rel="next").get("href"))
    assert sorted(references(first) + references(second)) == sorted(made)
    assert len(references(first)) == 25
    assert not second.all("a", rel="next")
    back = visitor.get(second.one("a", rel="prev").get("href"))
    assert references(back) == references(first)
    assert not back.all("a", rel="prev")


@pytest.mark.parametrize("cursor", ["x", "~", "2026-01-01~1", "~9999999999999999999999", "9999~1"])
def test_a_cursor_that_is_none_is_no_failure(visitor, mara, cursor):
    visitor.get("/review", query_string={"after": cursor})


@pytest.mark.parametrize("text", ["a\x00b", "x" * 2000])
def test_what_no_filter_can_be_is_not_found(visitor, mara, text):
    visitor.get("/review", query_string={"q": text}, status=404)


def test_the_queue_answers_with_nothing_until_something_changes(visitor, mara):
    factories.claim(order_reference="O-1")
    refresh = visitor.get("/review").one(id="queue").get("hx-get")
    visitor.get(refresh, fragment=True, status=204)
    factories.claim(order_reference="O-2")
    page = visitor.get(refresh, fragment=True)
    assert [e.get("id") for e in page.all("section")] == ["queue"]
    assert len(references(page)) == 2


@pytest.mark.long
@pytest.mark.parametrize("rows", [1, 30])
def test_the_queue_costs_five_statements_and_the_claim_nine(visitor, mara, statements, rows):
    for n in range(rows):
        factories.claim(order_reference=f"C-{n}")
    statements.clear()
    page = visitor.get("/review")
    assert len(statements) == 5, statements  # one for the views of the work, one for saved ones
    claim = references(page)[0]
    for _ in range(rows):
        factories.evidence(_claim(claim))
        with transaction():
            reviewing.record_finding(
                _claim(claim),
                finding="claim_verified",
                value=True,
                by=db.session.get(Reviewer, mara),
                at=NOW,
                seen=_claim(claim).version,
                policy=factories.policy(),
            )
    db.session.remove()
    g.pop("_login_user")  # each request reads its person anew; here they share one context
    statements.clear()
    visitor.get(f"/review/{claim}")
    # Two of them: who else is there, and that one is; one: whose pictures look like its own.
    assert len(statements) == 9, statements


def test_the_screen_shows_the_story_beside_the_records_and_what_they_disagree_on(visitor, mara):
    factories.account()
    factories.order(messages=[(NOW - timedelta(minutes=50), "Telegram")])
    claim = factories.claim()
    page = visitor.get(f"/review/{claim.reference}")
    assert page.h1 == f"Claim {claim.reference}"
    words = page.text()
    assert "I asked for the code twice and nothing came." in words
    assert "SMSCustomer No SMS of this service cameRecords 1 message received: Telegram" in words
    assert "Policy says no SS-N3 Applies" in words
    assert "MessageTelegram, Wed 4 Mar 2026, 09:10 UTCRecords" in words


def test_a_claim_about_an_unknown_order_says_that_it_is_not_in_the_records(visitor, mara):
    claim = factories.claim()
    page = visitor.get(f"/review/{claim.reference}")
    assert "OrderCustomer Order A-1001Records Not in the records" in page.text()


def test_the_screen_asks_for_news_and_says_when_the_claim_has_changed(visitor, mara):
    claim = factories.claim()
    ask = visitor.get(f"/review/{claim.reference}").one(id="standing").get("hx-get")
    visitor.get(ask, fragment=True, status=204)
    with transaction():
        reviewing.ask(
            _claim(claim.reference), missing=["claim.evidence"], note="", by=db.session.get(Reviewer, mara),
            at=NOW, policy=factories.policy(), seen=_claim(claim.reference).version,
        )  # fmt: skip
    page = visitor.get(ask, fragment=True)
    assert "This claim changed after you opened it" in page.text()
    assert page.one(id="standing").get("hx-get") == ask


@pytest.mark.parametrize("reference", ["NONE-SUCH", "x", "%00"])
def test_a_claim_that_is_none_is_not_found(visitor, mara, reference):
    visitor.get(f"/review/{reference}", status=404)


def test_a_draft_is_nobodys_business(visitor, mara):
    visitor.get(f"/review/{factories.draft().reference}", status=404)


def test_files_are_shown_only_under_their_own_claim(visitor, mara):
    claim = factories.claim(files=1)
    other = factories.claim(order_reference="O-2")
    public_id = claim.evidence[0].public_id
    visitor.get(f"/review/{other.reference}/files/{public_id}/view", status=404)
    visitor.get(f"/review/{claim.reference}/files/{public_id}/view", status=404)


def _claim(reference):
    return db.session.execute(db.select(Claim).where(Claim.reference == reference)).scalar_one()
