"""An admin makes a new version of a policy in the browser; a reviewer reads it."""

import io
import re
from datetime import date
from pathlib import Path

import pytest

from portal.database import transaction
from portal.extensions import db
from portal.policy.loading import SHOPS
from portal.versions import drafting
from portal.versions.models import Deed, PolicyVersion, Question
from tests import factories
from tests.factories import NOW
from tests.versions.drafts import NEXT, SHOP, admin, answered, begun, governing, published, ready
from tests.web.signing_in import sign_in

HOME = "/review/policies"
ROOT = Path(__file__).parents[2]
HTMX_BYTES = 37_448
LATE = "order.cancelled_by = customer and order.cancelled_at - order.ordered_at > 45 seconds"
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


@pytest.fixture
def owner(browser):
    """An admin, signed in."""
    person = admin(name="Ada Owner")
    sign_in(browser, person)
    return person


def row(number):
    """The version as the database has it now."""
    db.session.rollback()
    return db.session.get_one(PolicyVersion, number)


def keep(draft, question, result, *, clean=True):
    """What the worker keeps when the workbench has answered."""
    answer = answered(draft, question, clean=clean)
    with transaction():
        db.session.merge(answer).result = result


def rows_of(page):
    """The table's lines as texts."""
    lines = [line for body in page.all("tbody") for line in body]
    return [[page.text(cell) for cell in line] for line in lines]


# --- looking


@pytest.mark.usefixtures("owner")
def test_every_shop_has_its_versions_on_one_page(app, browser):
    draft = published(by=admin(name="Bo Author"))
    begun(shop="sms-service", by=admin(name="Cy Writer"))
    app.extensions["policies"].renew()
    page = browser.get(HOME)
    assert page.h1 == "Policies"
    assert rows_of(page)[3:6] == [
        ["1 April 2026", "Scheduled", f"Bo Author, published by {draft.published_by.name}",
         "Governs claims that are sent from 1 April 2026 on.", draft.sha256[:12]],
        ["20 October 2025", "In force", "The shop's file", "Governs the claims that are sent now.",
         governing().policy.versions[0].sha256[:12]],
        ["1 April 2026", "Draft", "Cy Writer", "The text as it stands was not checked yet.",
         row(2).sha256[:12]],
    ]  # fmt: skip
    assert page.one("a", href="/numberplug/policy/2025-10-20") is not None


@pytest.mark.usefixtures("owner")
def test_the_list_costs_the_same_for_one_version_and_for_many(browser, statements):
    spent = []
    for shop in (None, "numberplug", "sms-service"):
        if shop:
            answered(begun(shop=shop), Question.CHECK)
        db.session.rollback()
        del statements[:]
        browser.get(HOME)
        spent.append(len(statements))
    assert spent == [2, 3, 3]  # without any version there are no answers to read


@pytest.mark.usefixtures("owner")
def test_a_version_shows_its_rules_in_words_and_what_to_do(browser, statements):
    draft = begun()
    db.session.rollback()
    del statements[:]
    page = browser.get(f"{HOME}/{draft.id}")
    assert len(statements) == 5
    assert page.h1 == "Version of 1 April 2026"
    assert [page.text(step) for step in page.all("h3")] == [
        "Check it", "Try it on past claims", "Have a second person publish it",
    ]  # fmt: skip
    (line,) = (line for line in page.all("tr") if line.get("id") == "NP-3.6")
    assert page.text(line[0]) == "NP-3.6Not returnedChange NP-3.6"
    assert page.text(line[2]).endswith("claim.reason = external_cause")


def test_a_reviewer_who_is_no_admin_reads_and_changes_nothing(browser):
    draft = begun()
    sign_in(browser, factories.reviewer())
    assert "Begin a draft" not in browser.get(HOME).body
    page = browser.get(f"{HOME}/{draft.id}")
    assert [form.get("action") for form in page.all("form")] == ["/sign-out"]
    assert "Change" not in page.text(page.one("table"))
    before = draft.text_sha256
    browser.get(f"{HOME}/{draft.id}/text", status=403)
    browser.post(f"{HOME}/{draft.id}/text", {"text": "", "seen": before}, status=403)
    assert row(draft.id).text_sha256 == before


@pytest.mark.usefixtures("owner")
def test_two_versions_are_told_apart_in_words(browser):
    draft = begun()
    with transaction():
        drafting.change_clause(
            draft, "NP-3.5", {"when": LATE},
            governing=governing(), seen=draft.text_sha256, by=draft.author, at=NOW,
        )  # fmt: skip
    page = browser.get(f"{HOME}/{SHOP}/differences")
    assert page.text(page.one("h2")) == "NP-3.5"
    assert page.text(page.one("h3")) == "When it applies changed: 30 seconds became 45 seconds"
    assert (
        "Both say the same"
        in browser.get(f"{HOME}/{SHOP}/differences?old=2025-10-20&new=2025-10-20").text()
    )
    browser.get(f"{HOME}/{SHOP}/differences?old=2025-10-20&new=2020-01-01", status=404)


@pytest.mark.usefixtures("owner")
def test_a_page_about_policies_loads_less_than_any_page_may(browser):
    draft = begun()
    answered(draft, Question.CHECK)
    paths = ["", f"/{draft.id}", f"/{draft.id}/text", f"/{draft.id}/clauses/NP-3.5",
             f"/{draft.id}/check", f"/{SHOP}/differences"]  # fmt: skip
    for path in paths:
        page = browser.get(HOME + path)
        names = re.findall(r'(?:src|href)="/static/([\w.]+)\?', page.body)
        assert {"app.css", "workbench.css", "app.js"} <= set(names), path
        assert "htmx" not in page.body.replace("htmx-config", ""), path
        assert sum((ROOT / "static" / name).stat().st_size for name in names) < 60 * 1024


# --- drafting


def test_a_draft_begins_as_what_governs(browser, owner):
    assert browser.get(f"{HOME}/{SHOP}/begin").fields["in_force"] == "2026-03-18"
    answer = browser.post(f"{HOME}/{SHOP}/begin", {"in_force": "2026-04-01", "note": "Kinder."})
    draft = row(1)
    assert answer.location == f"{HOME}/{draft.id}"
    assert (draft.author, draft.in_force, draft.note) == (owner, NEXT, "Kinder.")
    again = browser.get(f"{HOME}/{SHOP}/begin", status=303)
    assert again.location == answer.location
    browser.post(f"{HOME}/{SHOP}/begin", {"in_force": "2026-05-01"}, status=409)


@pytest.mark.usefixtures("owner")
@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", "Enter the day from which it is in force"),
        ("2020-01-01", "Add one version, in force after 2025-10-20; this text adds 2020-01-01."),
    ],
)
def test_a_draft_needs_a_day_to_come(browser, typed, error):
    page = browser.post(f"{HOME}/{SHOP}/begin", {"in_force": typed}, status=422)
    assert page.errors == [error]


@pytest.mark.usefixtures("owner")
def test_a_file_becomes_a_draft_or_is_refused_with_words(browser):
    text = (SHOPS / f"{SHOP}.toml").read_text()
    second = text[text.index("[[version]]") :].replace("2025-10-20", "2026-04-01")
    to = f"{HOME}/{SHOP}/upload"

    def sent(content):
        return {"file": (io.BytesIO(content), f"{SHOP}.toml"), "why": "From the repository"}

    assert browser.post(to, sent(b"\xff"), status=422).errors == [
        "This is no text in UTF-8. Choose a policy file (.toml)"
    ]
    assert browser.post(to, {"why": ""}, status=422).errors == ["Choose the policy file"]
    refused = browser.post(to, sent(text.encode()), status=422)
    assert refused.errors == ["Add one version, in force after 2025-10-20; this text adds none."]
    large = browser.client.post(
        to, data=b"#" * 2_100_000, content_type="multipart/form-data; boundary=x"
    )
    assert large.status_code == 413
    answer = browser.post(to, sent(f"{text}\n{second}".encode()))
    assert row(1).note == "From the repository"
    assert browser.get(answer.location).h1 == "Version of 1 April 2026"


def test_a_rule_is_changed_by_its_form_and_nothing_else_is(browser, owner):
    draft = begun()
    before = draft.text.splitlines()
    to = f"{HOME}/{draft.id}/clauses/NP-3.5"
    form = browser.get(to).fields
    assert browser.post(to, form).location == f"{HOME}/{draft.id}#NP-3.5"
    assert row(draft.id).text.splitlines() == before  # sent as it was shown
    browser.post(to, form | {"when": LATE, "beats": "NP-2.3,  NP-2.1"})
    draft = row(draft.id)
    changed = [new for old, new in zip(before, draft.text.splitlines(), strict=True) if old != new]
    assert changed == [f'when = "{LATE}"', 'beats = ["NP-2.3", "NP-2.1"]']
    last = draft.events[-1]
    assert (last.deed, last.about, last.by) == (Deed.CHANGE_CLAUSE, "NP-3.5", owner)
    page = browser.get(f"{HOME}/{draft.id}")
    assert [page.text(line) for line in page.all(class_="timeline-title")] == [
        "NP-3.5 changed", "Draft begun",
    ]  # fmt: skip


@pytest.mark.usefixtures("owner")
def test_every_rule_of_every_shop_has_a_form_that_changes_nothing_by_itself(browser):
    for shop in ("numberplug", "client-numbers"):
        draft = begun(shop=shop)
        before = draft.text
        version = governing(shop).policy.current
        for clause in version.clauses:
            to = f"{HOME}/{draft.id}/clauses/{clause.id}"
            page = browser.get(to)
            many = {
                name: [box.get("value") for box in page.all("input", name=name, checked="")]
                for name in ("requires", "requires_for_payout")
            }
            browser.post(to, page.fields | many)
        assert row(draft.id).text == before


@pytest.mark.usefixtures("owner")
def test_a_condition_that_cannot_be_read_is_refused_beside_it(browser):
    draft = begun()
    to = f"{HOME}/{draft.id}/clauses/NP-3.6"
    form = browser.get(to).fields
    typed = form | {"when": "claim.reson = external_cause", "wording": "All is well."}
    page = browser.post(to, typed, status=422)
    assert page.errors == [f"unknown fact 'claim.reson' in '{typed['when']}'"]
    assert (page.fields["when"], page.fields["wording"]) == (typed["when"], "All is well.")
    page = browser.post(to, form | {"wording": ""}, status=422)
    assert page.text(page.one(class_="error-summary")) == (
        "There is a problem numberplug.toml: version 2026-04-01: NP-3.6: 'wording' is missing"
        f" (line {line_of(draft.text, 'NP-3.6')})"
    )
    browser.get(f"{HOME}/{draft.id}/clauses/NP-9.9", status=404)


def line_of(text, clause):
    """Where the clause of the newest version begins."""
    at = text.rindex(f'id = "{clause}"')
    return text.count("\n", 0, at)


@pytest.mark.usefixtures("owner")
def test_a_stale_form_changes_nothing_and_shows_what_is_there_now(browser):
    draft = begun()
    to = f"{HOME}/{draft.id}/clauses/NP-3.6"
    form = browser.get(to).fields
    browser.post(to, form | {"wording": "The first."})
    page = browser.post(to, form | {"wording": "The second."}, status=409)
    assert page.fields["wording"] == "The first."
    assert page.text(page.one("details", open="")) == "What you had typedWordingThe second."
    browser.post(to, page.fields | {"wording": "The third."})
    assert 'wording = "The third."' in row(draft.id).text
    for verb in ("date", "discard", "publish", "looked"):
        page = browser.post(
            f"{HOME}/{draft.id}/{verb}", form | {"in_force": "2026-05-01"}, status=409
        )
        assert page.text(page.one(class_="banner-title")) == (
            "The draft changed while you were looking"
        )


@pytest.mark.usefixtures("owner")
def test_the_text_is_saved_as_typed_or_refused_with_clause_and_line(browser):
    draft = begun()
    to = f"{HOME}/{draft.id}/text"
    form = browser.get(to).fields
    assert form["text"] == draft.text
    at = form["text"].rindex('when = "claim.reason = external_cause"')
    wrong = form["text"][:at] + form["text"][at:].replace("external_cause", "outer_cause", 1)
    page = browser.post(to, form | {"text": wrong}, status=422)
    (error,) = page.errors
    assert error.startswith("numberplug.toml: version 2026-04-01: NP-3.6: ")
    assert error.endswith(f" (line {line_of(wrong, 'NP-3.6')})")
    assert page.fields["text"] == wrong
    better = form["text"] + "# a word more\n"
    browser.post(to, form | {"text": better.replace("\n", "\r\n")})
    assert row(draft.id).text == better
    stale = browser.post(to, form | {"text": "mine"}, status=409)
    assert stale.text(stale.one("textarea", id="typed")) == "mine"
    assert stale.fields["text"] == better


@pytest.mark.usefixtures("owner")
def test_a_draft_that_no_longer_loads_says_so_and_shows_its_text(browser):
    draft = begun()
    with transaction():
        row(draft.id).text = draft.text.replace("30 seconds", "30 fortnights")
    page = browser.get(f"{HOME}/{draft.id}", status=409)
    assert "30 has no unit" in page.text()
    assert "30 fortnights" in browser.get(f"{HOME}/{draft.id}/text").text()


@pytest.mark.usefixtures("owner")
def test_date_and_note_are_changed_and_a_draft_is_thrown_away(browser):
    draft = begun()
    seen = {"seen": draft.text_sha256}
    to = f"{HOME}/{draft.id}"
    browser.post(f"{to}/date", seen | {"in_force": "2026-05-01", "note": "Later."})
    draft = row(draft.id)
    assert (draft.in_force, draft.note) == (date(2026, 5, 1), "Later.")
    seen = {"seen": draft.text_sha256}
    page = browser.post(f"{to}/date", seen | {"in_force": "2020-05-01"}, status=422)
    assert page.errors[0].startswith("Add one version, in force after 2025-10-20")
    assert browser.post(f"{to}/discard", seen).location == HOME
    page = browser.get(to)
    assert page.all("form", action=f"{to}/discard") == []
    browser.post(f"{to}/date", seen | {"in_force": "2026-06-01"}, status=409)


# --- checking, trying, publishing


@pytest.mark.usefixtures("owner")
def test_a_report_waits_for_the_worker_and_comes_by_itself(browser):
    draft = begun()
    to = f"{HOME}/{draft.id}/check"
    browser.get(to, status=303)
    assert browser.post(to).location == to
    page = browser.get(to)
    assert page.one(id="waiting").get("hx-get") == to
    assert "Look again" in page.text()
    browser.get(to, fragment=True, status=204)
    keep(draft, Question.CHECK, CHECKED, clean=False)
    answer = browser.get(to, fragment=True, status=204)
    assert answer.response.headers["HX-Redirect"] == to


@pytest.mark.usefixtures("owner")
def test_the_check_is_told_with_the_claim_that_shows_it(browser, statements):
    draft = begun()
    keep(draft, Question.CHECK, CHECKED, clean=False)
    db.session.rollback()
    del statements[:]
    page = browser.get(f"{HOME}/{draft.id}/check")
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
def test_a_check_that_did_not_finish_says_why(browser):
    draft = begun()
    answered(draft, Question.CHECK, clean=False, problem="z3 is not installed")
    said = browser.get(f"{HOME}/{draft.id}/check").text()
    assert "z3 is not installed" in said
    assert "The text as it stands, checked" not in said
    assert "The check did not finish" in browser.get(f"{HOME}/{draft.id}").text()


def test_a_replay_tells_what_moves_with_claims_and_clauses(browser, owner, statements):
    factories.order(shop=SHOP, cancelled_at=NOW, cancelled_by="customer", ordered_at=NOW)
    claims = [factories.claim(shop=SHOP, order_reference=f"Z-{number}") for number in range(3)]
    draft = begun()
    with transaction():
        drafting.change_clause(
            draft, "NP-3.6", {"when": "order.messages is empty"},
            governing=governing(), seen=draft.text_sha256, by=draft.author, at=NOW,
        )  # fmt: skip
    move = {"from": "review", "to": "deny", "count": 1234, "old_minor": 0, "new_minor": 0}
    month = {"old_approved": 2, "new_approved": 3}
    keep(draft, Question.REPLAY, {
        "currency": "USD", "claims": 5000, "unchanged": 3766, "left_out": 0, "other_currencies": 0,
        "moves": [move | {"samples": [claim.id for claim in claims]}],
        "months": [month | {"month": "2026-02", "old_minor": 1000, "new_minor": 2000},
                   month | {"month": "2026-03", "old_minor": 500, "new_minor": 0}],
    })  # fmt: skip
    db.session.rollback()
    del statements[:]
    page = browser.get(f"{HOME}/{draft.id}/replay")
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
    browser.post(f"{HOME}/{draft.id}/looked", seen)
    assert row(draft.id).answer(Question.REPLAY).seen_by == owner
    assert "Ada Owner looked at this" in browser.get(f"{HOME}/{draft.id}/replay").text()


def test_a_second_admin_publishes_and_then_nothing_changes_it(browser, owner):
    draft = ready(by=owner)
    to, seen = f"{HOME}/{draft.id}", {"seen": draft.text_sha256}
    page = browser.get(to)
    assert "You wrote some of this text. Another admin has to publish it." in page.text()
    browser.post(f"{to}/publish", seen, status=409)
    sign_in(browser, admin(name="Bo Second"))
    assert browser.get(to).all("form", action=f"{to}/publish")
    browser.post(f"{to}/publish", seen)
    page = browser.get(to)
    assert page.text(page.one(class_="badge")) == "Scheduled"
    assert "Bo Second, on the text of Ada Owner" in page.text()
    assert row(draft.id).sha256 in page.text()
    assert [page.text(line) for line in page.all(class_="timeline-title")][:1] == ["Published"]
    for path in ("text", "clauses/NP-3.6"):
        browser.get(f"{to}/{path}", status=409)
        browser.post(f"{to}/{path}", seen | {"text": ""}, status=409)
    assert "1 April 2026" in browser.get(f"/{SHOP}/policy").text()


@pytest.mark.usefixtures("owner")
def test_what_publishing_would_change_at_once_is_said(browser):
    draft = begun()
    assert "Publishing changes" not in browser.get(f"{HOME}/{draft.id}").text()
    text = draft.text.replace("appeal_days = 14", "appeal_days = 7")
    browser.post(f"{HOME}/{draft.id}/text", {"text": text, "seen": draft.text_sha256})
    page = browser.get(f"{HOME}/{draft.id}")
    assert (
        "Publishing changes this at once, before the version's date: shop.appeal_days."
        in page.text()
    )
