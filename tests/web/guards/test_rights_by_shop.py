"""What is of a shop in which a person has no right is not there for them: on every page, in every list."""

import re
from pathlib import Path

import pytest
from flask import g

from portal.database import transaction
from portal.extensions import db
from portal.handoff import keys
from portal.people import reviewers, signins
from portal.people.rights import EVERY_SHOP, Right
from tests import factories
from tests.factories import NOW
from tests.web.attacker import (
    KID,
    address,
    key_of_run,
    pages,
    parts,
    policy_draft,
    rows,
    rule_of,
    snippet_of_shop,
    token_of_shop,
    webhook_of_shop,
)
from tests.web.inspector import Browser
from tests.web.makers import MAKERS
from tests.web.routes import ADMIN, REVIEWER, ROUTES
from tests.web.steps.signing_in import sign_in

PORTAL = Path(__file__).parents[3] / "portal"
OTHER = "numberplug"
OWN = (
    "sign_ins.",
    "passkeys.",
    "code_again.",
    "security.",
)  # a person's own account, whatever they may
STAFFED = [
    name
    for name, (who, _, _) in ROUTES.items()
    if who in {REVIEWER, ADMIN} and not name.startswith(OWN)
]
# Routes whose address names nothing of a shop: they answer, and tell of the person's own shops alone.
OF_NO_SHOP = {"reviewer.queue", "saved.index", "snippets.index", "alike.index", "incidents.index", "versions.index", "versions.facts", "people.index", "people.invite",
              "handoff_keys.index", "tokens.index", "rails.index", "webhooks.index", "due.index",
              "owed.index", "attention.index", "reports.index", "reports.file",
              "money_reports.index", "money_reports.file", "money_reports.orders",
              "activity.index", "activity.file"}  # fmt: skip
# What answers with a page that says what is there now, as for what never was.
AS_MISSING = {"handoff_keys.end", "attention.look_up", "attention.again", "attention.release"}
LISTS = [
    "/review?status=all",
    f"/review?status=all&shop={factories.SHOP}",
    "/review?status=approved",
    "/review/activity?from=2026-03-02&to=2026-03-08",
    "/review/activity/file.csv?from=2026-03-02&to=2026-03-08",
    "/review/reports?from=2026-03-02&to=2026-03-08&by=shop",
    "/review/reports/file.csv?from=2026-03-02&to=2026-03-08&by=shop",
    "/review/reports/money?from=2026-03-02&to=2026-03-08",
    "/review/reports/money/unasked.csv?from=2026-03-02&to=2026-03-08",
    "/review/reports/money/orders-kept_by_us.csv?from=2026-03-02&to=2026-03-08",
    "/review?q={reference}",
    "/review?q={order}",
    "/review?q={email}",
    "/review/alike",
    "/review/incidents",
    "/payouts",
    "/payouts/attention",
    "/payouts/owed",
    "/review/policies",
    "/review/snippets",
    "/review/people",
]


def everything(shop):
    """Somebody who may do everything in this shop, and nothing elsewhere."""
    return factories.reviewer(rights={(shop, right) for right in Right})


@pytest.fixture
def things(app):
    """A claim for each maker, and what else the shop has, one of each."""
    app.config["WTF_CSRF_ENABLED"] = False
    policy_draft()
    webhook_of_shop()
    snippet_of_shop()
    token_of_shop()
    with transaction():
        kid = keys.add(factories.SHOP, at=NOW)[0].kid
    person = factories.reviewer(
        name="Mara Elsewhere",
        email="mara@elsewhere.example",
        rights={(factories.SHOP, Right.PAYER)},
    )
    claims = {about: MAKERS[about]() for about in sorted(WANTED)}
    return claims, {"kid": kid, "person": str(person.id)}


WANTED = {about for name, (_, about, _) in ROUTES.items() if about and name in STAFFED} | {
    "waiting"
}


def visit(app, person):
    app.config["NOW"] = NOW
    browser = Browser(app.test_client())
    sign_in(browser, person)
    return browser


def ask(app, browser, endpoint, given, method):
    g.pop("_login_user", None)
    path = address(rule_of(app, endpoint), given)
    answer = browser.client.open(path, method=method)
    text = answer.get_data(as_text=True).replace(path, "")  # an error page offers it once more
    answer.close()
    return answer, text


def addressed(rule, claims, extra):
    _, about, _ = ROUTES[rule.endpoint]
    claim = claims[about or "waiting"]
    given = parts(claim, rule) | {"kid": extra["kid"]}
    if rule.endpoint.startswith("attention."):
        given["key"] = claims["failed"].payout.key
    if rule.endpoint.startswith("people."):
        given["number"] = extra["person"]
    return claim, given


def words_of(claim):
    """What would give the claim, its shop or somebody of it away."""
    return [
        claim.reference,
        claim.email,
        factories.SHOP,
        factories.policy().shop.name,
        "Mara Elsewhere",
    ]


@pytest.mark.long
@pytest.mark.usefixtures("apart")
def test_who_may_do_everything_in_another_shop_finds_nothing_of_this_one(app, things):
    claims, extra = things
    who = everything(OTHER)
    person = who.id
    browser = visit(app, who)
    before = rows()
    for endpoint in STAFFED:
        rule = rule_of(app, endpoint)
        claim, given = addressed(rule, claims, extra)
        for method in sorted(rule.methods & {"GET", "POST"}):
            answer, text = ask(app, browser, endpoint, given, method)
            if endpoint in AS_MISSING:
                missing = {"kid": KID, "key": "0" * len(given.get("key", ""))}
                never, said = ask(app, browser, endpoint, given | missing, method)
                same = (answer.status, answer.location) == (never.status, never.location)
                assert same, (endpoint, answer.status, never.status)
                assert len(text) == len(said), endpoint
            elif endpoint not in OF_NO_SHOP:
                assert answer.status_code in {403, 404}, (endpoint, method, answer.status)
            else:
                assert answer.status_code in {200, 422}, (endpoint, method, answer.status)
            found = [word for word in words_of(claim) if word in text]
            assert found == [], (endpoint, method, found)
    after = rows()
    logged, known = after.pop("audit_log"), set(before.pop("audit_log"))
    assert after == before
    new = [row for row in logged if row not in known]
    assert new  # files of the own shop were taken, and each refusal is kept without a shop
    kept = {f"'export', 'staff', {person}, '{OTHER}'", f"'right_refused', 'staff', {person}, '*'"}
    assert [row for row in new if not any(act in row for act in kept)] == []


@pytest.mark.timeout(600)
@pytest.mark.long
@pytest.mark.usefixtures("apart")
def test_no_right_in_every_list_of_another_shop_names_it(app, things):
    claims, _ = things
    shop = factories.policy().shop.name
    for right in Right:
        browser = visit(app, factories.reviewer(rights={(OTHER, right)}))
        for path in LISTS:
            addresses = {
                path.format(
                    reference=claim.reference, order=claim.order_reference, email=claim.email
                )
                for claim in claims.values()
            }
            for asked in sorted(addresses):
                g.pop("_login_user", None)
                answer = browser.client.get(asked)
                text = answer.get_data(as_text=True)
                came = answer.status_code in {200, 403} or answer.location == "/account"
                assert came, (right, asked)
                shown = [each.reference for each in claims.values()
                         if f'/review/{each.reference}"' in text]  # fmt: skip
                assert shown == [], (right, asked)
                assert shop not in text, (right, asked)


@pytest.mark.usefixtures("apart")
def test_what_is_of_another_shop_and_what_is_not_there_look_the_same(app, things):
    claims, extra = things
    browser = visit(app, everything(OTHER))
    claim = claims["waiting"]
    file = claim.evidence[0].public_id
    run = key_of_run(claims["in a run"])
    groups = [
        [f"/review/{claim.reference}", "/review/2222-2222"],
        [f"/review/{claim.reference}/files/{file}/view", "/review/2222-2222/files/none/view"],
        [f"/payouts/runs/{run}", "/payouts/runs/PR-NONE"],
        [f"/payouts/owed/{factories.SHOP}", "/payouts/owed/nobody"],
        [f"/review/policies/{factories.SHOP}/differences", "/review/policies/nobody/differences"],
        [f"/review/webhooks/{webhook_of_shop()}", "/review/webhooks/none"],
        [f"/review/people/{extra['person']}", "/review/people/999999"],
    ]
    browser.get("/review")
    for group in groups:
        answers = [browser.client.get(path) for path in group]
        assert {answer.status_code for answer in answers} == {404}, group
        assert len({answer.text for answer in answers}) == 1, group


# What each right in the shop itself opens, of what is asked by a POST or seen in full.
OPENS = {
    "deciding.approve": {Right.REVIEWER, Right.LEAD},
    "deciding.decline": {Right.REVIEWER, Right.LEAD},
    "deciding.extend": {Right.REVIEWER, Right.LEAD},
    "deciding.undo": {Right.REVIEWER, Right.LEAD},
    "deciding.paid": {Right.PAYER},
    "deciding.failed": {Right.PAYER},
    "deciding.retry": {Right.PAYER},
    "deciding.reverse": {Right.PAYER},
    "deciding.release": {Right.PAYER, Right.LEAD},
    "deciding.reopen": {Right.LEAD},
    "reviewer.claim": {Right.REVIEWER, Right.PAYER, Right.LEAD},
    "reports.index": {Right.LEAD},
    "runs.show": {Right.PAYER},
    "due.index": {Right.PAYER},
    "versions.show": set(Right),
    "drafting.text": {Right.LEAD},
    "publishing.check": {Right.LEAD},
    "rails.index": {Right.ADMIN},
    "tokens.add": {Right.ADMIN},
    "people.index": {Right.ADMIN},
    "snippets.change": {Right.LEAD},
    "snippets.insert": {Right.REVIEWER, Right.LEAD},
    "new_shop.write": set(),
    "erasing.look": set(),
}


@pytest.mark.long
@pytest.mark.one_in(2)
@pytest.mark.usefixtures("apart")
@pytest.mark.parametrize("right", list(Right))
def test_each_right_in_a_shop_opens_what_it_is_for(app, things, right):
    claims, extra = things
    browser = visit(app, factories.reviewer(rights={(factories.SHOP, right)}))
    opened = {}
    for endpoint in OPENS:
        rule = rule_of(app, endpoint)
        _, given = addressed(rule, claims, extra)
        method = "GET" if "GET" in rule.methods else "POST"
        answer, _ = ask(app, browser, endpoint, given, method)
        opened[endpoint] = answer.status_code not in {403, 404}
        db.session.rollback()
    assert opened == {endpoint: right in rights for endpoint, rights in OPENS.items()}


@pytest.mark.long
def test_the_rights_of_every_shop_are_those_of_each(app, things):
    claims, _ = things
    browser = visit(app, factories.reviewer(rights={(EVERY_SHOP, Right.REVIEWER)}))
    for claim in claims.values():
        browser.get(f"/review/{claim.reference}")


def test_no_page_of_the_staff_lists_shops_but_those_of_its_person():
    # `staff.shops` gives the shops of who looks; the registry, looked up by one shop, is no list.
    every = re.compile(
        r"for \w+ in policies\(\)|policies\(\)\.(items|values|keys)|list\(policies\(\)\)"
    )
    rooms = ("review", "policies", "payouts", "connections", "account")
    files = [path for room in rooms for path in (PORTAL / "web" / room).rglob("*.py")]
    assert len(files) > len(rooms)
    assert [path.name for path in files if every.search(path.read_text(encoding="utf-8"))] == []


def test_every_staff_route_is_walked(app):
    staffed = {
        rule.endpoint for rule in pages(app) if rule.rule.startswith(("/review", "/payouts"))
    }
    assert staffed == set(STAFFED)


def test_rights_are_read_once_with_the_person(app, statements):
    person = everything(OTHER)
    with transaction():
        key = signins.begin(person.id, at=NOW, address="127.0.0.1", browser="b")
    db.session.rollback()
    statements.clear()
    _, found = reviewers.signed_in(key, at=NOW)
    assert {each.what for each in found.held} == set(Right)
    assert len(statements) == 1, statements
