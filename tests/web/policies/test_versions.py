"""Whoever works here reads the versions of each policy, and only an admin changes them."""

import re
from pathlib import Path

import pytest
from flask import g

from portal.database import transaction
from portal.extensions import db
from portal.people.rights import Right
from portal.versions.models import DraftQuestion
from tests import factories
from tests.versions.drafts import SHOP, admin, answered, begun, governing, published, reclause
from tests.web.policies.pages import HOME, LATE, row, rows_of
from tests.web.steps.signing_in import sign_in

ROOT = Path(__file__).parents[3]
HTMX_BYTES = 37_448


@pytest.mark.usefixtures("owner")
def test_every_shop_has_its_versions_on_one_page(app, visitor):
    draft = published(by=admin(name="Bo Author"))
    begun(shop="sms-service", by=admin(name="Cy Writer"))
    app.extensions["policies"].renew()
    page = visitor.get(HOME)
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
def test_the_list_costs_the_same_for_one_version_and_for_many(visitor, statements):
    spent = []
    for shop in (None, "numberplug", "sms-service"):
        if shop:
            answered(begun(shop=shop), DraftQuestion.CHECK)
        db.session.rollback()
        g.pop("_login_user", None)  # each request looks anew who is signed in
        del statements[:]
        visitor.get(HOME)
        spent.append(len(statements))
    assert spent == [2, 3, 3]  # without any version there are no answers to read


@pytest.mark.usefixtures("owner")
def test_a_version_shows_its_rules_in_words_and_what_to_do(visitor, statements):
    draft = begun()
    db.session.rollback()
    del statements[:]
    page = visitor.get(f"{HOME}/{draft.id}")
    assert len(statements) == 5
    assert page.h1 == "Version of 1 April 2026"
    assert [page.text(step) for step in page.all("h3")] == [
        "Check it", "Try it on past claims", "Have a second person publish it",
    ]  # fmt: skip
    (line,) = (line for line in page.all("tr") if line.get("id") == "NP-3.6")
    assert page.text(line[0]) == (
        "NP-3.6Not returnedChange NP-3.6"
        " More about NP-3.6 UpDown Add one below NP-3.6 Remove NP-3.6"
    )
    assert page.text(line[2]).endswith("claim.reason = external_cause")


def test_a_reviewer_who_is_no_admin_reads_and_changes_nothing(visitor):
    draft = begun()
    sign_in(visitor, factories.reviewer())
    assert "Begin a draft" not in visitor.get(HOME).body
    page = visitor.get(f"{HOME}/{draft.id}")
    assert [form.get("action") for form in page.all("form")] == ["/sign-out"]
    assert "Change" not in page.text(page.one("table"))
    before = draft.text_sha256
    visitor.get(f"{HOME}/{draft.id}/text", status=403)
    visitor.post(f"{HOME}/{draft.id}/text", {"text": "", "seen": before}, status=403)
    assert row(draft.id).text_sha256 == before


@pytest.mark.usefixtures("owner")
def test_two_versions_are_told_apart_in_words(visitor):
    draft = begun()
    reclause(draft, "NP-3.5", {"when": LATE}, by=draft.author)
    page = visitor.get(f"{HOME}/{SHOP}/differences")
    assert page.text(page.one("h2")) == "NP-3.5"
    assert page.text(page.one("h3")) == "When it applies changed: 30 seconds became 45 seconds"
    assert (
        "Both say the same"
        in visitor.get(f"{HOME}/{SHOP}/differences?old=2025-10-20&new=2025-10-20").text()
    )
    visitor.get(f"{HOME}/{SHOP}/differences?old=2025-10-20&new=2020-01-01", status=404)


@pytest.mark.usefixtures("owner")
def test_a_page_about_policies_loads_less_than_any_page_may(visitor):
    draft = begun()
    answered(draft, DraftQuestion.CHECK)
    paths = ["", f"/{draft.id}", f"/{draft.id}/text", f"/{draft.id}/clauses/NP-3.5",
             f"/{draft.id}/check", f"/{SHOP}/differences", "/facts"]  # fmt: skip
    for path in paths:
        page = visitor.get(HOME + path)
        names = re.findall(r'(?:src|href)="/static/([\w.]+)\?', page.body)
        assert {"app.css", "workbench.css", "app.js"} <= set(names), path
        # A rule says what it says as it is typed.
        by_parts = "htmx" in page.body.replace("htmx-config", "")
        assert by_parts == ("/clauses/" in path), path
        assert sum((ROOT / "static" / name).stat().st_size for name in names) < 60 * 1024


@pytest.mark.one_in(4)
@pytest.mark.parametrize("right", list(Right))
def test_what_a_replay_says_of_claims_is_read_by_who_may_look_at_them(visitor, right):
    draft = begun(shop=factories.SHOP)
    claim = factories.claim(order_reference="Z-1", reason="wrong_code")
    answer = answered(draft, DraftQuestion.REPLAY)
    move = {"from": "review", "to": "approve", "count": 1, "old_minor": 0, "new_minor": 50}
    with transaction():
        db.session.merge(answer).result = {
            "claims": 1, "unchanged": 0, "currency": "USD", "moves": [move | {"samples": [claim.id]}],
            "months": [{"month": "2026-03", "old_minor": 0, "new_minor": 50}],
        }  # fmt: skip
    sign_in(visitor, factories.reviewer(rights={(factories.SHOP, right)}))
    sees = right is not Right.ADMIN
    path = f"{HOME}/{draft.id}"
    page = visitor.get(path)
    assert len(page.all("a", href=f"{path}/replay")) == sees
    report = visitor.get(f"{path}/replay", status=200 if sees else 403)
    assert (claim.reference in report.text()) is sees
