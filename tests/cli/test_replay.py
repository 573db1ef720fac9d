"""``policy replay``: the moves with their money, claims to look at, and the cost by month."""

import json
from datetime import timedelta

import pytest

from portal.policy.file.places import SHOPS
from tests import factories
from tests.factories import NOW, SHOP

CHANGED = "(SS-G2 held, now did not hold; SS-G4 held, now did not hold)"


@pytest.fixture
def later(tmp_path):
    """sms-service with an hour and a half to wait for an SMS in place of twenty minutes."""
    path = tmp_path / "later.toml"
    text = (SHOPS / f"{SHOP}.toml").read_text(encoding="utf-8")
    path.write_text(text.replace("ordered_at + 20 minutes", "ordered_at + 90 minutes"))
    return str(path)


@pytest.fixture
def run(app):
    def run(*words):
        return app.test_cli_runner().invoke(args=["policy", "replay", *words])

    return run


def test_what_moves_is_printed_with_its_claims_and_its_cost(run, later):
    factories.order()
    claim = factories.claim()
    factories.order(reference="B-2", ordered_at=NOW - timedelta(hours=2))
    factories.claim(order_reference="B-2")
    before = claim.status, claim.outcome, len(claim.decisions)
    done = run(SHOP, later)
    assert done.exit_code == 0, done.output
    assert done.output.splitlines() == [
        "2 claims of sms-service: 1 stay as they are",
        "from               to                    claims              old              new",
        "approve            deny                       1         0.50 USD         0.00 USD",
        "",
        "approve to deny, for example:",
        f"  {claim.reference}  SS-G2, SS-G4 -> SS-G2, SS-G4  {CHANGED}",
        "",
        "month     approved              old  approved              new",
        "2026-03          2         1.00 USD         1         0.50 USD",
    ]
    assert (claim.status, claim.outcome, len(claim.decisions)) == before


@pytest.mark.long
def test_the_workbenchs_answer_is_printed_as_json(run, later):
    factories.order()
    claim = factories.claim()
    found = json.loads(run(SHOP, later, "--json").output)
    assert found["moves"] == [
        {
            "from": "approve",
            "to": "deny",
            "count": 1,
            "old_minor": 50,
            "new_minor": 0,
            "samples": [claim.id],
        }
    ]


def test_a_version_that_nobody_knows_is_refused(run):
    refused = run(SHOP, "nowhere")
    assert refused.exit_code == 1
    assert "nowhere is neither a shop" in refused.output
