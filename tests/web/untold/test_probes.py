"""What is typed is never part of a statement: a probe that would be true and one that would not are answered alike.

A probe for time has a twin that names a function nobody has: where one were run, the other would fail.
"""

from __future__ import annotations

import re
from dataclasses import fields

import pytest
from sqlalchemy import event

from portal.claims.queue.pages import Filters
from portal.config.settings import API
from portal.extensions import db
from portal.people.reviewers import Role
from tests import factories
from tests.api.program import Program
from tests.conftest import NOW
from tests.sizes import part
from tests.web.inspector import Browser
from tests.web.steps.signing_in import sign_in

TRUE, FALSE = "7151=7151", "7151=7152"
# Each twice: with TRUE and with FALSE, with a function and with none of that name.
PROBES = (
    "{}' AND " + TRUE + "--",
    "{}' OR " + TRUE + "--",
    "{} AND " + TRUE,
    "{}) OR (" + TRUE,
    "{}%' AND " + TRUE + " AND '%'='",
    "{}\\' OR " + TRUE + "#",
    '{}" OR ' + TRUE + ' OR "a"="b',
    "(CASE WHEN " + TRUE + " THEN id ELSE shop END)",
    "{},(SELECT 1 WHERE " + TRUE + ")",
    "{};SELECT pg_sleep(5)--",
    "{}' AND 1=(SELECT 1 FROM pg_sleep(5))--",
    "{}'||pg_sleep(5)--",
    "{}' AND randomblob(1000000000) IS NOT NULL--",
    "{},hex(randomblob(1000000000))",
)
TWINS = ((TRUE, FALSE), ("pg_sleep", "pg_sleeq"), ("randomblob", "randomblof"))
QUEUE = {"view": "status", "search": "q"}
STAFF = "reviewer"
# Where, who asks, and what each parameter has at other times.
PAGES = {
    "/review": (STAFF, {QUEUE.get(f.name, f.name): "" for f in fields(Filters)}
                | {"status": "all", "sort": "-sent", "after": f"{NOW.isoformat()}~1", "seen": "", "page": "1",
                   "before": f"{NOW.isoformat()}~1", "limit": "10", "column": "id", "order": "id"}),
    "/review/{reference}": (STAFF, {"from": "status=all", "seen": "1", "lines": "1"}),
    "/review/activity": (STAFF, {"from": "2026-03-02", "to": "2026-03-08", "shop": "", "action": "",
                                 "person": "1", "before": "9"}),
    "/review/activity/file.csv": (STAFF, {"from": "2026-03-02", "to": "2026-03-08", "action": ""}),
    "/review/reports": (STAFF, {"from": "2026-03-02", "to": "2026-03-08", "by": "shop", "shop": ""}),
    "/review/reports/money": (STAFF, {"from": "2026-03-02", "to": "2026-03-08", "shop": ""}),
    "/review/alike": (STAFF, {"after": "1", "shop": "", "kind": ""}),
    "/review/incidents": (STAFF, {"incident": "1", "after": "1"}),
    "/payouts/owed": (STAFF, {"shop": "", "after": "1", "before": "1"}),
    "/payouts/attention": (STAFF, {"after": "1"}),
    "/sms-service": ("anybody", {"language": "en", "date": "2026-03-04", "version": "1", "new": "1", "old": "1"}),
    "/sms-service/claim": ("anybody", {"order": factories.ORDER, "about": "order"}),
    "/sign-in": ("anybody", {"next": "/review"}),
    API + "/shops/sms-service/claims": ("program", {"status": "approved", "order_reference": factories.ORDER,
        "account": factories.EMAIL, "updated_after": NOW.isoformat(), "after": "1", "limit": "5"}),
    API + "/shops/sms-service/payouts": ("program", {"state": "paid", "rail": "manual", "after": "1", "limit": "5"}),
    API + "/shops/sms-service/events": ("program", {"after": "01J", "limit": "5"}),
    API + "/shops/sms-service/owed": ("program", {"after": "1", "limit": "5"}),
}  # fmt: skip
FORMS = {
    "/find": {"email": factories.EMAIL},
    "/sms-service/claim": {"order": factories.ORDER, "email": factories.EMAIL},
    "/sign-in": {"email": "mara@example.com", "password": "violet anchor"},
    "/sign-in/password": {"email": "mara@example.com"},
    "/find/code": {"code": "123456"},
}
OWN = re.compile(r'value="[^"]{40,}"|(?<=/new/)[0-9a-z]{4}-[0-9a-z]{4}')


@pytest.fixture
def ask(app):
    """How each kind of visitor asks; the statements of all that was asked are looked through at the end."""
    app.config |= {"NOW": NOW, "WTF_CSRF_ENABLED": False}
    factories.account()
    factories.order(messages=[(NOW, "WhatsApp")])
    reference = factories.claim(reason="wrong_code").reference
    program, staff, said = Program(app), Browser(app.test_client()), []
    sign_in(staff, factories.reviewer(role=Role.ADMIN, may_pay=True))
    headers = {"Authorization": f"Bearer {program.text}"}

    def asked(who, path, query=None, form=None):
        client = staff.client if who == STAFF else app.test_client()
        answer = client.open(
            path.format(reference=reference), query_string=query, data=form,
            method="POST" if form else "GET", headers=headers if who == "program" else {},
        )  # fmt: skip
        db.session.rollback()
        return answer

    def note(_connection, _cursor, statement, *_rest):
        said.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield asked
    event.remove(db.engine, "before_cursor_execute", note)
    typed = [each for each in said if any(name in each for twin in TWINS for name in twin)]
    assert typed == []


def twin(probe):
    """The same that would be false, or fail."""
    for name, other in TWINS:
        probe = probe.replace(name, other)
    return probe


def told(answer):
    """The answer, with each twin as the probe itself, and without what is its own."""
    headers = [pair for pair in answer.headers if pair[0] not in {"X-Request-Id", "Set-Cookie"}]
    text = f"{answer.status}\n{headers}\n{answer.text}".lower()
    for name, other in TWINS:
        text = text.replace(other[-4:], name[-4:])  # which is written the same in whatever code
    return OWN.sub("", text)


def alike(ask, asked, given, place):
    """The parameters in which a probe and its twin are answered otherwise."""
    found = []
    for turn, (name, usual) in enumerate(given.items()):
        for probe in part(PROBES, place + turn, every=len(PROBES)):
            text = probe.format(usual)
            answers = [ask(*asked, given | {name: each}) for each in (text, twin(text))]
            if told(answers[0]) != told(answers[1]) or answers[0].status_code >= 500:
                found.append((name, text, answers))
    return found


@pytest.mark.exhaustive
@pytest.mark.daily_on("sqlite", "postgres")
@pytest.mark.parametrize("path", PAGES)
@pytest.mark.one_in(4)
def test_probes_in_an_address_change_nothing(ask, path):
    who, given = PAGES[path]
    assert alike(ask, (who, path), given, list(PAGES).index(path)) == []


@pytest.mark.exhaustive
@pytest.mark.daily_on("sqlite", "postgres")
@pytest.mark.parametrize("path", FORMS)
@pytest.mark.one_in(2)
def test_probes_in_a_form_change_nothing(ask, path):
    place = list(FORMS).index(path)
    assert alike(ask, ("anybody", path, None), FORMS[path], place) == []


def test_probes_in_a_cookie_change_nothing(ask, app):
    answers = []
    for probe in (PROBES[0].format("en"), twin(PROBES[0].format("en"))):
        client = app.test_client()
        for name in ("session", "language", "known"):
            client.set_cookie(name, probe.replace(" ", "+"))
        answers.append(told(client.get("/sms-service/claim")))
    assert answers[0] == answers[1]
