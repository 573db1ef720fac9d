"""A token tells and does nothing of another shop, and what is there looks to it as what never was."""

from sqlalchemy import select

from portal.database import transaction
from portal.events.queries import page
from portal.extensions import db
from portal.payouts.owed.searching import search_due
from portal.versions.registry import policies
from portal.webhooks import setting
from portal.webhooks.models import WebhookDelivery, WebhookEndpoint
from tests import factories
from tests.api.program import ACCESS, Program
from tests.conftest import NOW
from tests.web.attacker import rows

OWN = "numberplug"
WORDS = "canary@foreign.example", "A-CANARY", "Canary of another shop"


def planted():
    """A claim of another shop, in whose every text a word stands that is nowhere else."""
    email, order, text = WORDS
    factories.order(reference=order, account_email=email)
    return factories.claim(order_reference=order, email=email, description=text)


def done():
    """All rows, but when the token was used, and how far its own shop was searched."""
    return {
        name: found for name, found in rows().items() if name not in {"api_tokens", "owed_shops"}
    }


def asked(app, program, **parts):
    """Each call at these parts: its status, and its words without the parts."""
    told = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in ACCESS:
            continue
        path = rule.rule.removeprefix("/api/v1")
        for name, part in parts.items():
            for shape in (f"<{name}>", f"<string:{name}>", f"<path:{name}>"):
                path = path.replace(shape, part)
        method = "POST" if "POST" in rule.methods else "GET"
        answer = program.send(method, path)
        text = answer.get_data(as_text=True)
        for part in parts.values():
            text = text.replace(part, "")
        told[rule.endpoint] = answer.status_code, text
    return told


def test_foreign_and_missing_look_the_same_and_nothing_is_said_or_done(app):
    claim = planted()
    program = Program(app, shop=OWN)
    there = {
        "order": claim.order_reference,
        "reference": claim.reference,
        "key": claim.payouts[0].key,
    }
    never = {"order": "A-NOTHING", "reference": "2222-2222", "key": f"PO-{'0' * 26}"}
    before = done()
    for foreign, missing in (
        ({"shop": OWN} | there, {"shop": OWN} | never),
        ({"shop": factories.SHOP} | there, {"shop": "nobody"} | never),
    ):
        found = asked(app, program, **foreign)
        assert found == asked(app, program, **missing)
        told = "".join(text for _, text in found.values())
        assert [word for word in (*WORDS, claim.reference) if word in told] == []
    after = done()
    # That a call was refused is audited, by the call's name and its token alone.
    new = set(after["audit_log"]) - set(before["audit_log"])
    assert new
    assert [row for row in new if "'right_refused', 'program', None" not in row] == []
    assert [word for word in (*there.values(), *never.values()) if word in "".join(new)] == []
    assert after | {"audit_log": before["audit_log"]} == before


def test_the_feed_and_the_webhooks_of_a_shop_have_its_own_events_alone(app):
    with transaction():
        for shop in (OWN, factories.SHOP):
            url = f"https://{shop}.example/hooks"
            setting.add(shop, url=url, types=(), at=NOW, loopback=False)
    claim = planted()
    search_due(policies=policies(), now=NOW)
    foreign = page(factories.SHOP, after=None, most=10)
    assert {each["data"]["claim"] for each in foreign} == {claim.reference}
    program = Program(app, shop=OWN)
    assert program.get(f"/shops/{OWN}/events").get_json()["items"] == []
    refused = set()
    for after in (foreign[0]["id"], "EV-none"):
        answer = program.get(f"/shops/{OWN}/events", after=after)
        refused.add((answer.status_code, answer.text.replace(after, "")))
    assert [status for status, _ in refused] == [422]
    sent = db.session.execute(
        select(WebhookEndpoint.shop).join(
            WebhookDelivery, WebhookDelivery.endpoint_id == WebhookEndpoint.id
        )
    )
    assert set(sent.scalars()) <= {factories.SHOP}
