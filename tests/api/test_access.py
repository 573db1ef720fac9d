"""Every call says which token it needs, and is closed to every other one."""

import pytest

from portal.api.tokens import TokenScope
from tests import factories
from tests.api.program import ACCESS, CLAIMS, RECORDS, Program, word

OPEN = {"api.openapi"}


def rules(app):
    return {r.endpoint: r for r in app.url_map.iter_rules() if r.endpoint.startswith("api.")}


def ask(program, rule, **parts):
    path = rule.rule.removeprefix("/api/v1")
    for name, part in parts.items():
        for shape in (f"<{name}>", f"<string:{name}>", f"<path:{name}>"):
            path = path.replace(shape, part)
    return program.send("POST" if "POST" in rule.methods else "GET", path)


def test_every_call_says_whom_it_is_for(app):
    assert set(rules(app)) == set(ACCESS) | OPEN


@pytest.mark.one_in(3)
@pytest.mark.parametrize("endpoint", ACCESS)
def test_another_scope_another_shop_and_no_token_open_nothing(app, endpoint):
    factories.order()
    claim = factories.claim()
    rule = rules(app)[endpoint]
    parts = {
        "shop": claim.shop, "order": "A-1001", "reference": claim.reference,
        "key": claim.payouts[0].key,
    }  # fmt: skip
    scope = ACCESS[endpoint] or CLAIMS
    fitting = Program(app, scopes=[scope])
    assert ask(fitting, rule, **parts).status_code not in {401, 403, 404, 405, 500}
    for other in set(TokenScope) - {scope} if ACCESS[endpoint] else []:
        answer = ask(Program(app, scopes=[other]), rule, **parts)
        assert (answer.status_code, word(answer)) == (403, "forbidden")
    stranger = ask(Program(app, shop="numberplug", scopes=[scope]), rule, **parts)
    assert (stranger.status_code, word(stranger)) == (404, "not-found")
    fitting.text = "rk_A_B"
    assert ask(fitting, rule, **parts).status_code == 401


def test_the_feed_is_read_in_order_by_any_token(app, program):
    factories.order()
    claim = program.file().get_json()
    reader = Program(app, scopes=[RECORDS])
    whole = reader.get("/shops/sms-service/events").get_json()
    assert [each["type"] for each in whole["items"]][:2] == ["claim.submitted", "claim.approved"]
    assert {each["data"]["claim"] for each in whole["items"]} == {claim["reference"]}
    assert whole["next"] is None
    found, after = [], None
    while True:
        part = reader.get(
            "/shops/sms-service/events", limit=1, **({"after": after} if after else {})
        ).get_json()
        found += part["items"]
        after = part["next"]
        if after is None:
            break
    assert found == whole["items"]
    last = whole["items"][-1]["id"]
    assert reader.get("/shops/sms-service/events", after=last).get_json()["items"] == []
    wrong = reader.get("/shops/sms-service/events", after="EV-nothing")
    assert (wrong.status_code, wrong.get_json()["errors"][0]["pointer"]) == (422, "/after")
