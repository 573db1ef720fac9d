"""``flask --app wsgi shop new``: a shop of one's own, from nothing to deciding."""

import pytest

from portal.extensions import db
from portal.policy.file.places import SHOPS
from tests.portals import PRODUCTION, portal_at

NEW = ["new", "pigeon", "--from", "numberplug", "--name", "Pigeon SMS", "--currency", "EUR"]


@pytest.fixture
def portal(database, tmp_path):
    """A portal of these settings, and its commands."""
    contexts = []

    def start(**given):
        app = portal_at(database, tmp_path, **given)
        contexts.append(app.app_context())
        contexts[-1].push()
        return app

    yield start
    for context in reversed(contexts):
        db.session.remove()
        db.engine.dispose()
        context.pop()


def run(app, *arguments):
    """The exit status and what was printed."""
    done = app.test_cli_runner().invoke(args=["shop", *arguments])
    return done.exit_code, done.output


@pytest.mark.long
def test_a_shop_of_ones_own_is_written_checked_and_runs_at_once(portal, tmp_path):
    app = portal(**PRODUCTION | {"policy_files": "", "shops": "pigeon"})
    assert list(app.extensions["policies"]) == []
    file = tmp_path / "shops" / "pigeon.toml"
    code, told = run(app, *NEW)
    assert (code, told.splitlines()) == (
        0,
        [
            str(file),
            "Checked as any draft is: nothing to mend. Clauses are PS-…, mails come from refunds@refunds.example.com.",
        ],
    )
    policy = app.extensions["policies"]["pigeon"]
    assert (policy.shop.name, policy.held) == ("Pigeon SMS", "")
    place = {"base_url": "https://refunds.example.com"}
    assert app.test_client().get("/pigeon/", **place).status_code == 200
    later = portal(**PRODUCTION | {"policy_files": "", "shops": "pigeon"})
    assert list(later.extensions["policies"]) == ["pigeon"]


@pytest.mark.long
def test_a_process_that_runs_already_finds_the_new_shop_at_its_next_look(portal):
    running = portal(**PRODUCTION | {"policy_files": "numberplug"})
    run(portal(**PRODUCTION | {"policy_files": "numberplug"}), *NEW)
    policies = running.extensions["policies"]
    assert list(policies) == ["numberplug"]
    policies.look(pause=0)
    assert list(policies) == ["numberplug", "pigeon"]


@pytest.mark.long
def test_a_shop_that_is_not_named_waits_for_its_name(portal):
    app = portal(**PRODUCTION | {"policy_files": "", "shops": "numberplug"})
    code, told = run(app, *NEW)
    assert (code, told.splitlines()[-1]) == (
        0,
        "To run it, add pigeon to SHOPS and start the portal again.",
    )
    assert list(app.extensions["policies"]) == ["numberplug"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"pigeon": "numberplug"}, "The id numberplug is taken. Choose another."),
        *(
            ({"pigeon": word}, f"The id {word} is taken. Choose another.")
            for word in (
                "review",
                "api",
                "healthz",
                "readyz",
                "metrics",
                "incoming",
                "static",
                "new",
                "claims",
            )
        ),
        ({"pigeon": "Pi/geon"}, "'id' is up to 40 small letters, digits and -"),
        ({"pigeon": "pi\\d"}, "'id' is up to 40 small letters, digits and -"),
        ({"numberplug": "eagle"}, "There is no example eagle. There are: activation-claims, "),
        ({"EUR": "ABC"}, "There is no currency ABC. Write one such as EUR."),
        ({"Pigeon SMS": " "}, "Give the shop a name."),
    ],
)
def test_what_can_not_be_a_shop_is_refused_and_nothing_is_written(app, tmp_path, change, said):
    code, told = run(app, *[change.get(word, word) for word in NEW])
    assert (code, said in told) == (1, True)
    assert not list((tmp_path / "shops").glob("*"))


def test_a_shop_is_opened_once(portal, tmp_path):
    app = portal()
    assert run(app, *NEW)[0] == 0
    assert run(app, *NEW) == (1, "Error: The id pigeon is taken. Choose another.\n")
    assert [each.name for each in (tmp_path / "shops").iterdir()] == ["pigeon.toml"]


def test_the_examples_run_until_a_shop_is_named(portal):
    examples = sorted(path.stem for path in SHOPS.glob("*.toml") if path.stem != "published")
    assert list(portal().extensions["policies"]) == examples
    assert list(portal(shops="numberplug").extensions["policies"]) == ["numberplug"]
