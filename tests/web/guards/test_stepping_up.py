"""What money, keys, rights and policies hang on asks for a factor of the last five minutes."""

import time
from datetime import timedelta

import pytest

from portal.extensions import db
from portal.people.reviewers import Role
from tests import factories
from tests.conftest import NOW
from tests.web.attacker import (
    address,
    parts,
    policy_draft,
    rows,
    rule_of,
)
from tests.web.makers import MAKERS
from tests.web.routes import ROUTES
from tests.web.steps.signing_in import by, sign_in

# Each act that asks for one; what is typed into the others stays where it is (below).
ASKS = [
    "deciding.payee", "attention.again", "runs.release", "runs.details", "owed.show",
    "owed.switch", "tokens.add", "tokens.end", "webhooks.add", "webhooks.remove",
    "rails.unset", "handoff_keys.add", "handoff_keys.end", "new_shop.write", "erasing.erase", "people.invite",
    "people.person", "people.link", "people.forget_codes", "people.sign_out", "people.dismiss",
    "publishing.publish", "passkeys.add", "passkeys.remove",
]  # fmt: skip
LATER = NOW + timedelta(minutes=5, seconds=1)


@pytest.fixture
def boss(app, visitor):
    """Somebody who may do everything, whose last code is a second too old."""
    app.config["WTF_CSRF_ENABLED"] = False
    sign_in(visitor, factories.reviewer(role=Role.ADMIN, may_pay=True))
    app.config["NOW"] = LATER
    by(visitor).get("/account")  # that they are here is noted
    return visitor


@pytest.mark.daily_on("sqlite")
def test_an_old_code_is_asked_for_anew_and_nothing_is_done(app, boss):
    draft, made = str(policy_draft().id), {}
    for endpoint in ASKS:
        about = ROUTES[endpoint][1] or "waiting"
        claim = made.get(about) or made.setdefault(about, MAKERS[about]())
        rule = rule_of(app, endpoint)
        given = parts(claim, rule) | {"number": draft}
        path, before = address(rule, given), rows()
        answer = by(boss).client.post(path, data={"turn": "go on"})
        assert answer.status_code == 303, (endpoint, answer.status)
        assert answer.location.startswith("/sign-in/code-again?next=/"), (endpoint, answer.location)
        assert rows() == before, endpoint


def test_recovery_codes_are_made_anew_only_behind_one(boss):
    by(boss)
    answer = boss.client.post("/sign-in/recovery-codes", data={"generate_new_codes": "1"})
    assert answer.location == "/sign-in/code-again?next=/sign-in/recovery-codes"


def test_codes_are_set_up_another_way_only_behind_one(app, boss):
    again = "/sign-in/code-again?next=/sign-in/codes"
    with boss.client.session_transaction() as session:
        session["fs_paa"] = time.time()  # the library's own: it asks for the password after a day
    assert by(boss).get("/sign-in/codes", status=303).location == again
    before = rows()
    assert by(boss).post("/sign-in/codes", {"setup": "authenticator"}).location == again
    app.config["NOW"] = NOW
    page = by(boss).post("/sign-in/codes", {"setup": "authenticator"}, status=200)
    [action] = [f.get("action") for f in page.all("form") if "/sign-in/codes/" in f.get("action")]
    app.config["NOW"] = LATER
    assert by(boss).post(action, {"code": "123456"}).location == again
    assert rows() == before


def test_a_reason_that_was_written_stays_where_a_code_is_asked_for(app, boss):
    claim = MAKERS["held"]()
    payout, page = claim.payout, f"/review/{claim.reference}/release"
    given = {"release-because": "I looked at it.", "release-seen": str(claim.version)}
    elsewhere = {f"{payout.key}-{name.partition('-')[2]}": text for name, text in given.items()}
    before = rows()
    for path, typed in ((page, given), (f"/payouts/attention/{payout.key}/release", elsewhere)):
        shown = by(boss).post(path, typed, status=422)
        assert "it is more than five minutes since you entered a code" in shown.text()
        assert rows() == before
        if path == page:
            assert shown.fields["release-because"] == "I looked at it."
            link = shown.one("a", href="/sign-in/code-again")
            assert link.get("target") == "_blank"
    app.config["NOW"] = NOW
    by(boss).post(page, given)
    db.session.refresh(payout)
    assert payout.state == "due"
