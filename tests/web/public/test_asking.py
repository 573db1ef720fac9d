"""Can I get a refund? One question a page, nothing kept, and the verdict that a claim would get."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

import pytest

from portal.advice.questions import QuestionKind
from portal.database import transaction
from portal.policy.facts.table import UNKNOWN
from portal.policy.file.reading import shops
from portal.versions import publishing
from portal.versions.models import DraftQuestion
from tests import factories
from tests.advice.answering import NAMED_OTHERWISE, answer, decided, interviews
from tests.conftest import NOW
from tests.sizes import size
from tests.versions import drafts
from tests.web.attacker import rows

EACH = size(6, full=1)  # every scenario, or every sixth
HOUR_AGO = (NOW - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S")
REFUNDED = {
    "reason": "sms_not_received", "sms": "no", "ordered": HOUR_AGO, "applies": "none", "price": "0.50",
}  # fmt: skip


def page_of(visitor, shop="sms-service", status=200, **answers):
    return visitor.get(
        f"/{shop}/can-i-get-a-refund?{urlencode(answers, doseq=True)}", status=status
    )


def filled(page, **given):
    """What the page's form sends with these answers."""
    form = page.one("form")
    sent = [
        (e.get("name"), e.get("value")) for e in form.iter("input") if e.get("type") == "hidden"
    ]
    return urlencode([*sent, *given.items()], doseq=True)


def sent_for(question, case, zone):
    """What a person answers to a question: the names and values that its form sends."""
    facts = answer(question, case)
    if (
        any(value is UNKNOWN for value in facts.values())
        and question.kind is not QuestionKind.SEVERAL
    ):
        known = [code for code, sets in question.options.items() if sets == facts]
        return {question.name: known[0] if known else "unknown"}
    if question.kind is QuestionKind.CHOICE:
        return {question.name: next(c for c, sets in question.options.items() if sets == facts)}
    if question.kind is QuestionKind.SEVERAL:
        return {
            question.name: [c for c, sets in question.options.items() if {**facts, **sets} == facts]
        }
    (value,) = facts.values()
    if question.kind is QuestionKind.MOMENT:
        return {question.name: local(value, zone) if value else "never"}
    if question.kind is QuestionKind.MONEY:
        return {question.name: value.amount}
    cells = {
        "at": [local(row.at, zone) for row in value],
        "amount": [r.amount.amount for r in value],
    }
    if question.name == "top_ups":
        cells["back"] = ["yes" if row.method_refundable else "no" for row in value]
    else:
        words = {True: "yes", False: "no", UNKNOWN: "unknown"}
        cells["activated"] = [words[row.activated] for row in value]
        cells["returned"] = [words[row.refunded] for row in value]
    return {f"{question.name}.{name}": column for name, column in cells.items()}


def local(at, zone):
    return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S")


@pytest.mark.long
@pytest.mark.one_in(4)
@pytest.mark.exhaustive
@pytest.mark.any_database
@pytest.mark.parametrize("shop", shops())
def test_the_page_gives_every_scenario_the_verdict_that_a_claim_gets(app, visitor, shop):
    policy = factories.policy(shop)
    zone = ZoneInfo(policy.shop.time_zone)
    for name, case, facts, asked, _ in interviews("scenarios", shop, EACH):
        app.config["NOW"] = facts.submitted_at
        query = urlencode({"asked": "reason", "reason": facts.value("claim.reason")})
        for question, _ in asked:
            page = visitor.get(f"/{shop}/can-i-get-a-refund?{query}")
            assert page.one("input", name="asked").get("value") == question.name, name
            query = filled(page, **sent_for(question, facts, zone))
        page = visitor.get(f"/{shop}/can-i-get-a-refund?{query}")
        _, expected = decided(case, policy)
        outcome = next(iter({*page.one("section", class_="verdict").get("class").split()}
                            & {"approve", "deny", "review", "needs_information"}))  # fmt: skip
        assert outcome == expected.outcome, name
        shown = [page.text(link) for link in page.all("a", class_="clause-id")]
        if name not in NAMED_OTHERWISE:
            assert shown[:1] == list(expected.clauses[:1]), name
        assert expected.amount is None or str(expected.amount) in page.h1, name
        assert ("out of" in page.text() or "leaves the shop" in page.text()) == (
            expected.destination == "payout"
        ) or expected.destination is None, name


def test_the_verdict_says_clause_amount_deadline_and_what_to_prepare(visitor):
    page = page_of(visitor, **REFUNDED)
    assert page.h1 == "You can get 0.50 USD back"
    text = page.text()
    assert "Paid by Wed 18 Mar 2026, 10:00 UTC, if you send it now." in text
    assert "SS-G2 No SMS in 20 minutes" in text
    assert "What to prepare The order number" in text
    assert page.one("a", href="/sms-service/claim") is not None


def test_evidence_and_a_persons_date_are_told_and_not_asked_for(visitor):
    page = page_of(visitor, reason="wrong_code", unavailable="no", sms="yes", applies="none")
    assert page.h1 == "A person decides this"
    assert "Decided by Fri 6 Mar 2026, 10:00 UTC, if you send it now." in page.text()
    assert "A picture or a file that shows what happened" in page.text()


def test_a_denial_says_what_would_have_made_it_an_approval(visitor):
    page = page_of(visitor, reason="sms_not_received", sms="yes")
    assert page.h1 == "The policy does not refund this"
    assert "It could have been approved if our records showed no SMS." in page.text()
    assert "What to prepare" not in page.text()


def test_too_early_says_from_when(visitor):
    minute_ago = (NOW - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M")
    page = page_of(visitor, reason="sms_not_received", sms="no", ordered=minute_ago,
                   cancelled="no", unavailable="no", refunded="no", applies="none")  # fmt: skip
    assert page.h1 == "It is too early for a refund"
    assert "Wed 4 Mar 2026, 10:19 UTC" in page.text()


def test_i_do_not_know_leaves_it_to_the_records(visitor):
    page = page_of(visitor, reason="sms_not_received", sms="no", ordered="unknown",
                   cancelled="no", unavailable="no", applies="none", refunded="no")  # fmt: skip
    assert page.h1 == "It depends on what our records say"
    assert "It hangs on what you did not know: When did you order?" in page.text()


def test_of_several_that_may_apply_it_says_which_it_hangs_on(visitor):
    page = page_of(visitor, **REFUNDED | {"applies": "unknown"})
    assert page.h1 == "It depends on what our records say"
    assert "Was the price already returned to you?" in page.text(page.all("ul", class_="list")[0])


def test_who_was_paid_back_is_told_so(visitor):
    page = page_of(visitor, **REFUNDED | {"applies": "refunded"})
    assert page.h1 == "The policy does not refund this"
    assert "The price was already returned to you." in page.text()


def test_a_price_that_is_not_known_leaves_only_the_amount_open(visitor):
    page = page_of(visitor, **REFUNDED | {"price": "unknown"})
    assert page.h1 == "You can get your money back"


def test_an_answer_is_changed_without_losing_the_others(visitor):
    page = page_of(visitor, **REFUNDED)
    links = [a.get("href") for a in page.all("a") if page.text(a).startswith("Change")]
    assert len(links) == 5
    asked = visitor.get(links[1])
    assert (asked.h1, asked.fields["sms"]) == ("Has any SMS come to the number?", "no")
    again = visitor.get(f"/sms-service/can-i-get-a-refund?{filled(asked, sms='no')}")
    assert again.h1 == "You can get 0.50 USD back"
    other = visitor.get(f"/sms-service/can-i-get-a-refund?{filled(asked, sms='yes')}")
    assert other.h1 == "The policy does not refund this"


def test_back_leads_to_the_question_before_and_at_first_to_the_shop(visitor):
    page = page_of(visitor, reason="sms_not_received", sms="no")
    (back,) = [link for box in page.all("nav", class_="back") for link in box.iter("a")]
    before = visitor.get(back.get("href"))
    assert before.h1 == "Has any SMS come to the number?"
    first = page_of(visitor)
    (back,) = [link for box in first.all("nav", class_="back") for link in box.iter("a")]
    assert back.get("href") == "/sms-service/"


def test_a_question_without_an_answer_is_asked_again_with_words(visitor):
    page = page_of(visitor, status=422, reason="sms_not_received", asked="sms")
    assert page.errors == ["Choose an answer"]
    assert page.title.startswith("Error: Has any SMS come to the number?")
    page = page_of(visitor, status=422, reason="sms_not_received", sms="no", ordered="soon")
    assert page.errors == ["Enter the day and the time, or choose another answer"]
    page = page_of(visitor, status=422, **REFUNDED | {"price": "1,250"})
    assert "1250.00 or 1.25? This can be read as either: write the one that is meant" in page.text()
    page = page_of(visitor, status=422, **REFUNDED | {"price": "-1"})
    assert page.errors == ["Write the amount with digits and a point, such as 0.50"]


def test_a_wait_that_ended_before_the_order_is_asked_for_again(visitor):
    day_ago = (NOW - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S")
    told = {"reason": "sms_not_received", "sms": "no", "ordered": HOUR_AGO, "expires": day_ago}
    page = page_of(visitor, "activation-claims", status=422, **told, asked="ordered")
    assert page.errors == [
        (
            "This does not fit your answer to “When does, or did, the waiting time for the SMS end?”"
            " Change one of the two"
        )
    ]


def test_rows_are_added_and_kept(visitor):
    asked = {"reason": "unused_balance", "asked": "top_ups", "top_ups.at": HOUR_AGO,
             "top_ups.amount": "10", "top_ups.back": "no"}  # fmt: skip
    page = page_of(visitor, **asked, more="top_ups")
    assert [e.get("value") for e in page.all("input", name="top_ups.amount")] == ["10", "", ""]
    page = page_of(visitor, **asked)
    assert page.h1 == "What did you buy from that money?"


@pytest.mark.parametrize(
    "query",
    [
        "reason=no_such_reason",
        "reason=sms_not_received&reason=other",
        "reason=unused_balance&top_ups.at=2026-13-45T99:99&top_ups.amount=1",
        "reason=unused_balance&top_ups.amount=1&top_ups.amount=2&top_ups.at=",
        "reason=unused_balance&top_ups.at=0001-01-01T00:00&top_ups.amount=1",
        "reason=sms_not_received&sms=no&ordered=9999-12-31T23:59",
        "reason=sms_not_received&sms=no&ordered=2026-01-01T00:00%2B02:00",
        "reason=sms_not_received&sms=no&ordered=20260304T090000",
        "reason=sms_not_received&sms=%00&ordered=%ed%a0%80",
        "&".join(f"top_ups.at=2026-03-01T00:00&top_ups.amount={n}" for n in range(500)),
        "change=sms&asked=sms&more=top_ups&applies=none",
        "reason=sms_not_received&change=" + "x" * 5000,
    ],
)
def test_a_made_up_address_is_met_with_words(visitor, query):
    answer = visitor.client.get(f"/sms-service/can-i-get-a-refund?{query}")
    assert answer.status_code in (200, 422)
    assert "<h1>" in answer.text


def test_nothing_is_stored_and_no_statement_is_sent(app, visitor, statements):
    before = rows()
    statements.clear()
    for answers in ({}, {"reason": "sms_not_received"}, REFUNDED):
        answered = page_of(visitor, **answers).response
        assert "Set-Cookie" not in answered.headers
    assert statements == []
    assert rows() == before


def test_the_pages_of_a_shop_lead_to_it_and_an_unknown_shop_has_none(visitor):
    for shop in shops():
        for path in (f"/{shop}/", f"/{shop}/policy"):
            assert visitor.get(path).all("a", href=f"/{shop}/can-i-get-a-refund")
    visitor.get("/no-such-shop/can-i-get-a-refund", status=404)


def test_only_known_answers_travel_on(visitor):
    page = page_of(visitor, reason="sms_not_received", evil="<script>", price="0.50", sms="")
    hidden = {e.get("name"): e.get("value") for e in page.all("input", type="hidden")}
    assert hidden == {"reason": "sms_not_received", "price": "0.50", "asked": "sms"}
    assert dict(parse_qsl(filled(page, sms="no")))["sms"] == "no"


def test_what_nobody_is_asked_for_and_the_records_tell_is_named(app, visitor, monkeypatch):
    draft = drafts.begun()
    often = "order.service_message or account.cancellations_7_days >= 5"
    drafts.reclause(draft, "NP-3.1", {"when": often})
    drafts.answered(draft, DraftQuestion.CHECK)
    drafts.answered(draft, DraftQuestion.REPLAY, seen_by=draft.author)
    by, read = drafts.admin(), drafts.read_of(draft)
    with transaction():
        publishing.publish(draft, read, governing=drafts.governing(), by=by, at=drafts.NOW)
    monkeypatch.setitem(app.config, "NOW", datetime(2026, 4, 2, 10, tzinfo=UTC))
    monkeypatch.setattr(app.extensions["policies"], "_looked", float("-inf"))  # a look is due
    told = {"sms_of_service": "no", "cancelled": "no", "unavailable": "never", "expires": HOUR_AGO}
    rare = {"used": "unknown", "refunded": "no", "applies": "none"}
    page = page_of(visitor, "numberplug", reason="sms_not_received", **told, **rare)
    assert page.h1 == "It depends on what our records say"
    hangs_on, *_ = page.all("ul", class_="list")
    assert page.text(hangs_on) == "How many orders you cancelled in the last 7 days"
