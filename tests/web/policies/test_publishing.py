"""A draft is checked, tried on past claims and published by a second admin in the browser."""

import pytest

from portal.claims.queries import claim_page
from portal.database import transaction
from portal.extensions import db
from portal.policy.language.in_force import AT_ONCE
from portal.versions import publishing
from portal.versions.models import DraftQuestion
from tests import factories
from tests.factories import NOW
from tests.versions.drafts import SHOP, admin, answered, begun, governing, read_of, ready, reclause
from tests.web.policies.pages import HOME, row
from tests.web.steps.journeys import drafted
from tests.web.steps.signing_in import sign_in

CHECKED = {
    "shop": SHOP,
    "clean": False,
    "problems": [
        {
            "kind": "dead clause",
            "clause": "NP-3.5",
            "line": 208,
            "text": "no claim is decided by it",
            "paste": '[[version.example]]\nname = "NP-3.5 at work"\n',
            "claim": {
                "order": {
                    "reference": "A-7",
                    "price": {"amount": "0.50", "currency": "USD"},
                    "messages": [{"received_at": "2026-03-02T10:05:00Z", "service": "Telegram"}],
                },
                "claim": {"reason": "wrong_code", "submitted_at": "2026-03-02T11:00:00Z"},
            },
        }
    ],
    "notes": [{"kind": "hole", "clause": None, "line": None, "text": "other: nobody.", "claim": None}],
    "precedences": [
        {"clause": "NP-3.6", "other": "NP-2.1", "wins": "NP-2.1", "because": "So it is.", "claim": None}
    ],
}  # fmt: skip


def keep(draft, question, result, *, clean=True):
    """What the worker keeps when the workbench has answered."""
    answer = answered(draft, question, clean=clean)
    with transaction():
        db.session.merge(answer).result = result


@pytest.mark.usefixtures("owner")
def test_a_report_waits_for_the_worker_and_comes_by_itself(visitor):
    draft = begun()
    to = f"{HOME}/{draft.id}/check"
    visitor.get(to, status=303)
    assert visitor.post(to).location == to
    page = visitor.get(to)
    assert page.one(id="waiting").get("hx-get") == to
    assert "Look again" in page.text()
    visitor.get(to, fragment=True, status=204)
    keep(draft, DraftQuestion.CHECK, CHECKED, clean=False)
    answer = visitor.get(to, fragment=True, status=204)
    assert answer.response.headers["HX-Redirect"] == to


@pytest.mark.usefixtures("owner")
def test_the_check_is_told_with_the_claim_that_shows_it(visitor, statements):
    draft = begun()
    keep(draft, DraftQuestion.CHECK, CHECKED, clean=False)
    db.session.rollback()
    del statements[:]
    page = visitor.get(f"{HOME}/{draft.id}/check")
    assert len(statements) == 6
    problem = page.all("li", class_="card")[0]
    assert page.text(problem).startswith("NP-3.5Dead clauseline 208 No claim is decided by it.")
    assert [page.text(fact) for fact in problem.iter("dd") if "source" not in fact.get("class", "")] == [
        "A-7", "0.50 USD", "1", "Telegram, Mon 2 Mar 2026, 10:05 UTC",
        "Wrong code", "Mon 2 Mar 2026, 11:00 UTC",
    ]  # fmt: skip
    assert page.text(page.one("pre")) == '[[version.example]] name = "NP-3.5 at work"'
    assert [page.text(h2) for h2 in page.all("h2")] == [
        "To mend", "To know", "Which rule comes first",
    ]  # fmt: skip
    assert "NP-2.1 comes before NP-3.6. So it is." in page.text()


@pytest.mark.usefixtures("owner")
def test_a_check_that_did_not_finish_says_why(visitor):
    draft = begun()
    answered(draft, DraftQuestion.CHECK, clean=False, problem="z3 is not installed")
    said = visitor.get(f"{HOME}/{draft.id}/check").text()
    assert "z3 is not installed" in said
    assert "The text as it stands, checked" not in said
    assert "The check did not finish" in visitor.get(f"{HOME}/{draft.id}").text()


def test_a_replay_tells_what_moves_with_claims_and_clauses(visitor, owner, statements):
    factories.order(shop=SHOP, cancelled_at=NOW, cancelled_by="customer", ordered_at=NOW)
    claims = [factories.claim(shop=SHOP, order_reference=f"Z-{number}") for number in range(3)]
    draft = begun()
    reclause(draft, "NP-3.6", {"when": "order.messages is empty"}, by=draft.author)
    move = {"from": "review", "to": "deny", "count": 1234, "old_minor": 0, "new_minor": 0}
    month = {"old_approved": 2, "new_approved": 3}
    keep(draft, DraftQuestion.REPLAY, {
        "currency": "USD", "claims": 5000, "unchanged": 3766, "left_out": 0, "other_currencies": 0,
        "moves": [move | {"samples": [claim.id for claim in claims]}],
        "months": [month | {"month": "2026-02", "old_minor": 1000, "new_minor": 2000},
                   month | {"month": "2026-03", "old_minor": 500, "new_minor": 0}],
    })  # fmt: skip
    db.session.rollback()
    del statements[:]
    page = visitor.get(f"{HOME}/{draft.id}/replay")
    assert len(statements) == 7
    first, samples, months = page.all("table")
    assert [page.text(cell) for cell in first.iter("td")][1:] == ["1,234", "0.00 USD", "0.00 USD"]
    links = [link.get("href") for link in samples.iter("a")]
    assert links == [f"/review/{claim.reference}" for claim in claims]
    assert "NP-3.6" in page.text(samples)
    assert [page.text(cell) for cell in months.iter("td")] == [
        "10.00 USD", "20.00 USD", "", "5.00 USD", "0.00 USD", "",
    ]  # fmt: skip
    assert [bar.get("width") for bar in months.iter("{http://www.w3.org/2000/svg}rect")] == [
        "80",
        "160",
        "40",
        "0",
    ]
    seen = {"seen": row(draft.id).text_sha256}
    visitor.post(f"{HOME}/{draft.id}/looked", seen)
    assert row(draft.id).answer(DraftQuestion.REPLAY).seen_by == owner
    assert "Ada Owner looked at this" in visitor.get(f"{HOME}/{draft.id}/replay").text()


def test_a_second_admin_publishes_and_then_nothing_changes_it(visitor, owner):
    draft = ready(by=owner)
    to, seen = f"{HOME}/{draft.id}", {"seen": draft.text_sha256}
    page = visitor.get(to)
    assert "You wrote some of this text. Another lead has to publish it." in page.text()
    visitor.post(f"{to}/publish", seen, status=409)
    sign_in(visitor, admin(name="Bo Second"))
    assert visitor.get(to).all("form", action=f"{to}/publish")
    visitor.post(f"{to}/publish", seen)
    page = visitor.get(to)
    assert page.text(page.one(class_="badge")) == "Scheduled"
    assert "Bo Second, on the text of Ada Owner" in page.text()
    assert row(draft.id).sha256 in page.text()
    assert [page.text(line) for line in page.all(class_="timeline-title")][:1] == ["Published"]
    for path in ("text", "clauses/NP-3.6"):
        visitor.get(f"{to}/{path}", status=409)
        visitor.post(f"{to}/{path}", seen | {"text": ""}, status=409)
    assert "1 April 2026" in visitor.get(f"/{SHOP}/policy").text()


@pytest.mark.usefixtures("owner")
def test_what_publishing_would_change_at_once_is_said(visitor):
    draft = begun()
    assert "Publishing changes" not in visitor.get(f"{HOME}/{draft.id}").text()
    text = draft.text.replace("appeal_days = 14", "appeal_days = 7")
    visitor.post(f"{HOME}/{draft.id}/text", {"text": text, "seen": draft.text_sha256})
    page = visitor.get(f"{HOME}/{draft.id}")
    assert (
        "Publishing changes this at once, before the version's date: shop.appeal_days."
        in page.text()
    )


@pytest.mark.long
def test_a_draft_that_takes_effect_at_once_is_begun_and_published(visitor, owner):
    begin = f"{HOME}/{SHOP}/begin"
    assert visitor.get(begin).one("input", id="at_once").get("type") == "checkbox"
    to = visitor.post(begin, {"in_force": "never", "at_once": "y"}).location
    page = visitor.get(to)
    assert page.text(page.one("h1")) == "Version that takes effect at once"
    assert page.one("input", id="at_once").get("checked") is not None
    assert page.one("input", id="in_force").get("value") == ""
    draft = row(int(to.rpartition("/")[2]))
    answered(draft, DraftQuestion.CHECK)
    answered(draft, DraftQuestion.REPLAY, seen_by=draft.author)
    sign_in(visitor, admin(name="Bea Second"))
    page = visitor.get(to)
    assert (
        "it governs the claims that are sent from the moment of its publication on." in page.text()
    )
    visitor.post(f"{to}/publish", {"seen": row(draft.id).text_sha256})
    page = visitor.get(to)
    assert page.text(page.one("h1")) == "Version of 4 March 2026, 10:00:00 UTC"
    assert page.text(page.one(class_="badge")) == "In force"
    public = visitor.get(f"/{SHOP}/policy")
    assert "In force since 4 March 2026, 10:00:00 UTC." in public.text()
    assert "From 20 October 2025 until 4 March 2026, 10:00:00 UTC" in public.text()
    named = "2026-03-04T10:00:00Z"
    assert public.text() == visitor.get(f"/{SHOP}/policy/{named}").text()
    changes = visitor.get(f"/{SHOP}/policy/2025-10-20/{named}").text()
    assert "to the text of 4 March 2026, 10:00:00 UTC" in changes
    assert "Governs the claims that are sent now." in visitor.get(HOME).text()


def test_a_shop_that_does_not_allow_it_is_offered_dates_alone(visitor, owner):
    begin = f"{HOME}/client-numbers/begin"
    assert not visitor.get(begin).all("input", id="at_once")
    page = visitor.post(begin, {"in_force": "2026-04-01", "at_once": "y"}, status=422)
    said = "Versions of this shop begin at a time to come: its file doesn't say at_once = true."
    assert page.errors == [f"{said} Choose a date."]


def test_what_was_looked_at_under_the_text_before_is_not_sent_under_it(app, visitor):
    factories.account(shop=SHOP)
    factories.order(shop=SHOP)
    reference = drafted(visitor, shop=SHOP, number_used="yes")
    draft, by = ready(in_force=AT_ONCE), admin()
    read = read_of(draft)
    with transaction():  # in another process: this one has not read it
        publishing.publish(draft, read, governing=governing(), by=by, at=NOW)
    result = f"/new/{reference}/result"
    page = visitor.post(result, {"way": "balance"}, status=409)
    assert page.text(page.one("h1")) == "The shop's policy changed a moment ago"
    assert "Nothing was done, and nothing is lost." in page.text()
    assert visitor.get(result).all("form", action=result)
    visitor.post(result, {"way": "balance"})
    sent = claim_page(reference)
    assert sent.policy_version == "2026-03-04T10:00:00Z"
