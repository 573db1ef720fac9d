"""``flask --app wsgi rails``: a shop's rails from the command line."""

from portal.cli.rails import rails
from portal.extensions import db
from portal.ledger.payout import Rail
from portal.ledger.rails import setting_of
from portal.payouts.instructing import opened_secret
from portal.payouts.setting import READERS


def run(app, *arguments):
    """The command's exit status and what it printed."""
    done = app.test_cli_runner().invoke(rails, arguments)
    return done.exit_code, done.output


def test_a_rail_is_set_with_its_secret_told_once_and_unset(app):
    url = "https://shop.example/credit"
    code, secret = run(app, "set", "numberplug", "balance", "--url", url)
    kept = setting_of("numberplug", Rail.BALANCE)
    assert (code, kept.url, opened_secret(kept)) == (0, url, secret.strip())
    assert secret.startswith("whsec_")
    db.session.rollback()
    assert run(app, "unset", "numberplug", "balance") == (0, "numberplug pays by balance no more\n")
    assert setting_of("numberplug", Rail.BALANCE) is None


def test_what_cannot_be_used_is_refused_in_a_sentence(app):
    assert run(app, "set", "numberplug", "balance", "--url", "http://shop.example/credit") == (
        1,
        "Error: Write an address that begins with https://, such as https://shop.example/credit\n",
    )
    assert run(app, "unset", "numberplug", "balance") == (
        1,
        "Error: numberplug pays by no rail balance\n",
    )


def test_every_field_of_every_rail_is_an_option(app):
    code, told = run(app, "set", "--help")
    options = {f"--{each.name.replace('_', '-')}" for r in READERS.values() for each in r.fields}
    assert (code, {option for option in options if option in told}) == (0, options)
