"""What a look tells and changes: nothing of what is another's, and no row; and no act without its form's token."""

import pytest
from flask import g

from portal.claims.evidence import files
from portal.claims.letters.links import status_token
from portal.claims.queries import claim_page
from portal.extensions import db
from portal.people.reviewers import Role
from tests import factories
from tests.conftest import NOW
from tests.web.attacker import (
    ask,
    but_what_is_logged,
    policy_draft,
    rows,
    rule_of,
    snippet_of_shop,
    token_of_shop,
    visitor_with,
    webhook_of_shop,
)
from tests.web.makers import MAKERS
from tests.web.routes import ROUTES
from tests.web.steps.journeys import asked, begin, declined, link, opened, payout_failed, picture


def test_what_is_anothers_and_what_is_not_there_look_the_same(app):
    mine, theirs = factories.draft(), factories.draft(order_reference="Z", email="lee@example.com")
    sent = factories.claim(order_reference="Y", email="lee@example.com")
    file, hidden = factories.evidence(sent), factories.evidence(theirs)
    visitor = visitor_with(app, drafts=[mine.reference])
    groups = [
        [
            f"/new/{theirs.reference}/result",
            f"/new/{sent.reference}/result",
            "/new/2222-2222/result",
        ],
        [
            f"/claims/{sent.reference}/{status_token(mine.reference)}",
            f"/claims/{sent.reference}/nonsense",
            "/claims/2222-2222/nonsense",
            f"/claims/2222-2222/{status_token('2222-2222')}",
        ],
        [
            f"/evidence/{sent.reference}/{file.public_id}/view",
            f"/evidence/{theirs.reference}/{hidden.public_id}/view",
            "/evidence/2222-2222/none/view",
        ],
        # Of a claim of one's own the page knows the shop.
        [
            f"/evidence/{mine.reference}/{file.public_id}/view",
            f"/evidence/{mine.reference}/{hidden.public_id}/view",
            f"/evidence/{mine.reference}/none/view",
        ],
    ]
    visitor.get(f"/new/{mine.reference}/result")  # the cookie that comes with any page
    for group in groups:
        answers = [visitor.client.get(path) for path in group]
        assert {answer.status_code for answer in answers} == {404}
        for answer in answers:
            del answer.headers["X-Request-Id"]  # of each request its own
        assert len({(answer.text, str(answer.headers)) for answer in answers}) == 1, group


@pytest.mark.usefixtures("apart")
def test_opening_one_claim_changes_none_of_another_holder(app, visitor):
    first = factories.claim(order_reference="Z-1", email="ben@example.com")
    others = [declined(), asked(["claim.description"]), payout_failed()]
    app.config["NOW"] = NOW
    opened(visitor, first)
    before = rows()
    for other in others:
        url = link(other)
        for page in ("answer", "files", "payout", "payout/paypal", "withdraw", "appeal/text"):
            answer = visitor.post(f"{url}/{page}", {"text": "x", "email": "thief@example.com"})
            assert answer.location.startswith(f"{url}/unlock")
        visitor.post(f"/evidence/{other.reference}", {"files": [picture()]}, status=404)
        visitor.post(f"/evidence/{other.reference}/none/remove", status=404)
    assert rows() == before


def everyone(app):
    """Each kind of visitor, with the claims it can reach; a policy has a draft, a shop a webhook."""
    policy_draft()
    webhook_of_shop()
    snippet_of_shop()
    token_of_shop()
    claims = {name: make() for name, make in MAKERS.items() if name not in {"asked", "failed"}}
    references = [claim.reference for claim in claims.values()]
    return claims, {
        "anybody": visitor_with(app),
        "customer with drafts": visitor_with(app, drafts=references),
        "customer with a code": visitor_with(app, unlocked=references),
        "reviewer": visitor_with(app, person=factories.reviewer(may_pay=True)),
        "admin": visitor_with(app, person=factories.reviewer(role=Role.ADMIN)),
    }


@pytest.mark.timeout(600)
@pytest.mark.long
@pytest.mark.usefixtures("apart")
def test_looking_changes_nothing(app):
    claims, visitors = everyone(app)
    before = rows()
    for name, visitor in visitors.items():
        for endpoint, (_, about, _) in ROUTES.items():
            if "GET" not in rule_of(app, endpoint).methods:
                continue
            for method in ("GET", "HEAD"):
                answer = ask(app, visitor, endpoint, claims[about or "waiting" if about not in {"failed", "asked"} else "declined"], method)  # fmt: skip
                assert answer.status_code < 500, (name, endpoint)
    assert but_what_is_logged(rows()) == before


@pytest.mark.timeout(600)
@pytest.mark.long
@pytest.mark.usefixtures("apart")
def test_without_the_forms_token_nothing_is_done(app):
    claims, visitors = everyone(app)
    before = rows()
    for visitor in visitors.values():
        for endpoint, (_, about, _) in ROUTES.items():
            if "POST" in rule_of(app, endpoint).methods:
                claim = claims.get(about or "waiting") or claims["declined"]
                g.pop("csrf_token", None)
                answer = ask(app, visitor, endpoint, claim, "POST")
                assert 400 <= answer.status_code < 500, (endpoint, answer.status)
    assert but_what_is_logged(rows()) == before


def test_a_file_that_was_checked_is_gone_for_the_next_one_who_asks(app, visitor):
    reference = begin(visitor)
    visitor.post(f"/evidence/{reference}", {"files": [picture()]})
    files.check_due(now=NOW)
    db.session.rollback()
    public_id = claim_page(reference).evidence[0].public_id
    url = f"/evidence/{reference}/{public_id}/view"
    assert visitor.client.get(url).status_code == 200
    visitor.post(f"/new/{reference}/discard")
    visitor.get(url, status=404)
