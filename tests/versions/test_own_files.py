"""A shop's own file decides nothing by itself until the check has passed it; examples are known."""

from datetime import timedelta

import pytest

from portal.claims.lifecycle import Status
from portal.config.settings import SettingsError, load_settings
from portal.extensions import db
from portal.policy.file.places import SHOPS
from portal.translation import speaking
from portal.versions import own_files
from tests import factories, pseudo
from tests.factories import NOW
from tests.portals import PRODUCTION, portal_at

TEXT = (SHOPS / "numberplug.toml").read_text()
SETTLED = (
    'when = "claim.reason = external_cause"\nyields_to = ["NP-2.1", "NP-2.2"]\nbeats = ["NP-2.3"]'
)
OPEN = TEXT.replace(SETTLED, 'when = "claim.reason = external_cause"')


@pytest.fixture
def portal(database, tmp_path):
    """The portal with this text as the file of its shop."""
    contexts = []

    def start(text, **given):
        path = tmp_path / "numberplug.toml"
        path.write_text(text)
        app = portal_at(database, tmp_path, policy_files=str(path), **given)
        contexts.append(app.app_context())
        contexts[-1].push()
        return app

    yield start
    for context in reversed(contexts):  # each portal has an engine of its own
        db.session.remove()
        db.engine.dispose()
        context.pop()


def sent(reference=factories.ORDER):
    if reference == factories.ORDER:
        factories.account(shop="numberplug")
    factories.order(shop="numberplug", reference=reference)
    claim = factories.claim(shop="numberplug", order_reference=reference, number_used=True)
    return claim.status


def test_a_file_that_was_not_checked_sends_every_claim_to_a_person(portal, capsys):
    app = portal(TEXT)
    said = [line for line in capsys.readouterr().err.splitlines() if "decides nothing" in line]
    assert len(said) == 1
    assert "numberplug" in said[0]
    assert own_files.UNCHECKED in said[0]
    assert app.extensions["policies"]["numberplug"].held == own_files.UNCHECKED
    assert app.extensions["policies"]["sms-service"].held == ""
    assert sent() is Status.IN_REVIEW


@pytest.mark.long
@pytest.mark.usefixtures("pseudo_words")
def test_a_policy_with_a_contradiction_decides_nothing_by_itself(portal):
    app = portal(OPEN)
    assert own_files.check_due(now=NOW) == 1
    held = app.extensions["policies"]["numberplug"].held
    assert held.startswith(("NP-3.6 and NP-2.", "NP-2."))
    assert held.endswith(
        " contradict each other, and the file does not say which goes first. Until it does, every"
        " claim waits for a person. `flask --app wsgi policy check numberplug` shows it."
    )
    with speaking(pseudo.LANGUAGE):
        assert pseudo.plain(str(held), pseudo.known({"numberplug"})) == ""
    assert sent() is Status.IN_REVIEW
    assert own_files.check_due(now=NOW + timedelta(days=1)) == 0


def test_without_the_workbench_it_asks_again_later_and_then_it_decides_and_a_restart_knows_it(
    portal, monkeypatch
):
    app = portal(TEXT)
    monkeypatch.setattr("portal.workbench.running.sys.executable", "/bin/false")
    assert own_files.check_due(now=NOW) == 1
    assert app.extensions["policies"]["numberplug"].held == (
        "The check gave no answer: check broke off: exit status 1. Until it does, every claim waits"
        " for a person."
    )
    assert sent() is Status.IN_REVIEW
    monkeypatch.undo()
    assert own_files.check_due(now=NOW.replace(year=2000)) == 0
    assert own_files.check_due(now=NOW.replace(year=2100)) == 1
    assert own_files.check_due(now=NOW.replace(year=2100)) == 0
    assert app.extensions["policies"]["numberplug"].held == ""
    assert sent("A-1002") is Status.APPROVED
    again = portal(TEXT)
    assert again.extensions["policies"]["numberplug"].held == ""
    changed = portal(TEXT + "# a word more\n")
    assert changed.extensions["policies"]["numberplug"].held == own_files.UNCHECKED


def test_in_production_there_are_the_shops_that_are_named_and_no_others(database, tmp_path):
    path = tmp_path / "pigeon.toml"
    path.write_text(TEXT.replace('id = "numberplug"', 'id = "pigeon"'))
    given = PRODUCTION | {"policy_files": f"{path},sms-service"}
    app = portal_at(database, tmp_path, **given)
    with app.app_context():
        assert list(app.extensions["policies"]) == ["pigeon", "sms-service"]
        runner = app.test_cli_runner()
        assert runner.invoke(args=["policy", "list"]).stdout.count("\n") == 2
        refused = runner.invoke(args=["policy", "test", "client-numbers"])
        assert refused.exit_code == 2
        assert "client-numbers is neither a shop nor a policy file" in refused.stderr
        client = app.test_client()
        place = {"base_url": "https://refunds.example.com"}
        assert client.get("/sms-service/", **place).status_code == 200
        assert client.get("/client-numbers/", **place).status_code == 404
        db.session.remove()
        db.engine.dispose()


def test_production_without_a_shop_is_refused_with_what_to_write():
    with pytest.raises(SettingsError, match="SHOPS: write the id of each shop that runs"):
        load_settings(**PRODUCTION | {"policy_files": ""})
