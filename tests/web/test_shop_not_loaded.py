"""A claim of a shop whose policy file was taken out is kept, and every page says so in words."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from portal.claims.deadlines import lapsing
from portal.claims.letters import links, to_team
from portal.claims.models import Claim
from portal.database import transaction
from portal.extensions import db
from portal.people.reviewers import Role
from portal.policy.file.places import SHOPS
from portal.versions.refusals import ShopNotLoaded
from portal.versions.registry import Policies, policies
from tests import factories
from tests.factories import NOW
from tests.versions.drafts import begun
from tests.web.attacker import Attacker, address, rule_of
from tests.web.policies.pages import HOME
from tests.web.routes import ROUTES
from tests.web.steps.signing_in import sign_in

# What a reviewer opens of one claim without its policy, and what stands for the whole portal.
OTHER = "numberplug"


@pytest.fixture
def take_out(app, monkeypatch):
    """Start again, as it were, without the file of the shop that the claims are about."""

    def without():
        assert factories.SHOP != OTHER
        monkeypatch.setitem(app.extensions, "policies", Policies([SHOPS / f"{OTHER}.toml"], at=NOW))

    return without


@pytest.mark.one_in(4)
@pytest.mark.parametrize(("role", "about"), sorted({row[:2] for row in ROUTES.values() if row[1]}))
def test_no_page_about_its_claims_fails(app, take_out, role, about):
    attacker = Attacker(app, role, about)
    take_out()
    for rule in (rule_of(app, name) for name, row in ROUTES.items() if row[:2] == (role, about)):
        for method in sorted(rule.methods & {"GET", "POST"}):
            attacker.send(address(rule, attacker.good), method=method)


def test_a_reviewer_is_told_what_the_operator_does(visitor, take_out):
    claim = factories.claim()
    reference = claim.reference
    take_out()
    sign_in(visitor, factories.reviewer(role=Role.ADMIN))
    page = visitor.get(f"/review/{reference}", status=409)
    said = page.text()
    assert "The policy of this shop is not loaded" in said
    assert f"The claim is about the shop {factories.SHOP}" in said
    assert (
        "names the shop in SHOPS, or its file in POLICY_FILES, and starts the portal again" in said
    )
    queue = visitor.get("/review?view=all")
    assert reference in queue.text()
    shops = [option.get("value") for option in queue.one(id="shop").iter("option")]
    assert shops == ["", OTHER]
    visitor.get(f"/review?q={reference}", status=303)


def test_a_customer_is_told_that_nothing_is_lost(visitor, take_out):
    reference = factories.claim().reference
    take_out()
    page = visitor.get(f"/claims/{reference}/{links.status_token(reference)}", status=404)
    said = page.text()
    assert "This shop takes no claims here now" in said
    assert "Nothing of it is lost: open this page again later, or ask the shop itself." in said
    assert factories.SHOP not in said


def test_its_drafts_of_a_policy_are_not_there(visitor, take_out):
    draft = begun(shop=factories.SHOP)
    number, seen = draft.id, draft.text_sha256
    take_out()
    sign_in(visitor, factories.reviewer(role=Role.ADMIN))
    visitor.get(HOME)
    for path in ("", "/check", "/text"):
        visitor.get(f"{HOME}/{number}{path}", status=404)
    for path in ("publish", "withdraw", "discard", "check", "date"):
        visitor.post(f"{HOME}/{number}/{path}", {"seen": seen, "why": "No."}, status=404)


def test_the_worker_leaves_its_claims_alone(app, take_out):
    number = factories.claim().id
    with transaction():
        db.session.execute(update(Claim).values(judge_again_at=NOW, due_at=NOW))
    take_out()
    later = NOW + timedelta(days=1)
    assert lapsing.lapse_due(policies=policies(), now=later) == 0
    to_team.tell_overdue(now=later)
    assert db.session.get_one(Claim, number).judge_again_at == NOW


def test_to_ask_for_its_policy_names_the_shop(app, take_out):
    take_out()
    with pytest.raises(ShopNotLoaded) as missing:
        app.extensions["policies"][factories.SHOP]
    assert missing.value.shop == factories.SHOP
    assert app.extensions["policies"].get(factories.SHOP) is None
