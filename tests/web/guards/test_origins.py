"""What would change something comes from our own pages; what was refused is kept, and not without end."""

import pytest
from sqlalchemy import select

from portal.audit.log import AuditEntry
from portal.extensions import db, reading_limiter
from tests import factories
from tests.web.attacker import address, parts, rule_of
from tests.web.routes import ROUTES
from tests.web.steps.signing_in import by, sign_in

ELSEWHERE = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "SAME-ORIGIN"},
    {"Origin": "https://evil.example"},
    {"Origin": "https://localhost"},
    {"Origin": "http://localhost:81"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
]
OURS = [
    {},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "http://localhost"},
    {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
]


def refusals():
    db.session.rollback()
    found = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [(each.act, each.role, each.who_id, each.about) for each in found]


def said(answer):
    return "This was sent from another site" in answer.text


@pytest.mark.parametrize("headers", ELSEWHERE)
def test_what_another_site_sends_changes_nothing_although_it_has_the_token(visitor, headers):
    sent = {"email": "lee@example.com", "csrf_token": visitor.token()}
    answer = visitor.client.post("/find", data=sent, headers=headers)
    assert (answer.status_code, said(answer)) == (403, True)


@pytest.mark.parametrize("headers", OURS)
def test_our_own_pages_and_browsers_that_say_nothing_are_held_to_the_token(visitor, headers):
    answer = visitor.client.post("/find", data={"email": "lee@example.com"}, headers=headers)
    assert (answer.status_code, said(answer)) == (400, False)
    sent = {"email": "lee@example.com", "csrf_token": visitor.token()}
    answer = visitor.client.post("/find", data=sent, headers=headers)
    assert (answer.status_code, said(answer)) == (303, False)


def test_reading_is_open_to_links_from_anywhere(visitor):
    for headers in ELSEWHERE:
        assert visitor.client.get("/find", headers=headers).status_code == 200


def test_every_page_that_changes_something_refuses_what_is_sent_from_elsewhere(app):
    app.config["WTF_CSRF_ENABLED"] = False
    claim = factories.claim()
    client = app.test_client()
    for endpoint in ROUTES:
        rule = rule_of(app, endpoint)
        if "POST" not in rule.methods:
            continue
        path = address(rule, parts(claim, rule))
        answer = client.post(path, headers={"Sec-Fetch-Site": "cross-site"})
        assert said(answer) is (endpoint != "arriving.sms"), endpoint


def test_a_host_that_is_no_address_is_no_origin_of_ours(app):
    headers = {"Host": "localhost:x", "Origin": "http://localhost:x"}
    assert app.test_client().post("/find", headers=headers).status_code in {400, 403}


def test_refused_forms_are_kept_with_who_sent_them_and_strangers_fill_no_table(app, visitor):
    reading_limiter.enabled = True
    for _ in range(3):
        visitor.client.post("/find", headers={"Origin": "null"})
        visitor.client.post("/find")
    stranger = ("form_refused", "stranger", None)
    assert refusals() == [(*stranger, "elsewhere finding.everywhere"),
                          (*stranger, "token finding.everywhere")]  # fmt: skip
    mara = factories.reviewer()
    sign_in(visitor, mara)
    for _ in range(3):
        by(visitor).client.post("/account/claims")
    assert refusals()[2:] == [("form_refused", "staff", mara.id, "token sign_ins.take_claims")]
    for number in range(70):
        by(visitor)
        away = {"REMOTE_ADDR": f"127.0.1.{number}"}
        app.test_client().post("/find", headers={"Origin": "null"}, environ_overrides=away)
    of_strangers = [role for _, role, _, _ in refusals() if role == "stranger"]
    assert len(of_strangers) == 60


def test_what_a_right_was_wanting_for_is_kept_and_missing_looks_like_foreign(app, visitor):
    reading_limiter.enabled = True
    mara, foreign = factories.reviewer(rights={("numberplug", "reviewer")}), factories.claim()
    sign_in(visitor, mara)
    before = len(refusals())
    for path in (f"/review/{foreign.reference}", "/review/2222-2222", "/review/people"):
        by(visitor).client.get(path)
    by(visitor).client.get("/review/nowhere/at/all/of/it")
    by(visitor).client.get("/static/none.js")
    assert refusals()[before:] == [
        ("right_refused", "staff", mara.id, "reviewer.claim"),
        ("right_refused", "staff", mara.id, "people.index"),
    ]
