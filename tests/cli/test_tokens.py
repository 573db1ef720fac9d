"""``tokens add|list|revoke`` as their help and docs/api.md have it."""

import re

from portal.api.tokens import ApiToken, bearer_of
from portal.extensions import db


def run(app, *arguments):
    return app.test_cli_runner().invoke(args=["tokens", *arguments])


def test_a_token_is_printed_once_alone_on_its_line_and_listed_without_its_secret(app):
    made = run(app, "add", "numberplug", "--scope", "records", "--scope", "claims",
               "--scope", "payouts", "--name", "shop backend")  # fmt: skip
    assert made.exit_code == 0
    text = made.stdout.strip()
    assert made.stdout == f"{text}\n"
    assert re.fullmatch(r"rk_[0-9A-Za-z]+_[0-9A-Za-z]+", text)
    _, public_id, secret = text.split("_")
    listed = run(app, "list").stdout
    assert public_id in listed
    assert "shop backend" in listed
    assert "claims,payouts,records" in listed
    assert "used never" in listed
    assert secret not in listed
    assert run(app, "list", "sms-service").stdout == ""


def test_what_is_revoked_opens_nothing_and_stays_listed(app):
    text = run(app, "add", "numberplug", "--scope", "records", "--name", "x").stdout.strip()
    assert bearer_of(text).scopes == {"records"}
    public_id = text.split("_")[1]
    assert run(app, "revoke", public_id).exit_code == 0
    assert bearer_of(text) is None
    assert "revoked" in run(app, "list").stdout


def test_what_cannot_be_made_is_refused_in_a_sentence(app):
    assert "sms-service" in run(app, "add", "nobody", "--scope", "records", "--name", "x").output
    assert run(app, "add", "numberplug", "--name", "x").exit_code == 1
    assert run(app, "add", "numberplug", "--scope", "everything", "--name", "x").exit_code == 2
    assert "no token has the id" in run(app, "revoke", "nothing").output
    assert db.session.query(ApiToken).count() == 0
