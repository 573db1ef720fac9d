"""``flask --app wsgi handoff``: keys are made, listed and ended from the command line."""

from __future__ import annotations

import re

from sqlalchemy import select

from portal.cli.handoff import handoff
from portal.extensions import db
from portal.handoff import keys
from portal.handoff.models import HandoffKey


def run(app, *arguments):
    """The command's exit status and what it printed."""
    done = app.test_cli_runner().invoke(handoff, arguments)
    db.session.rollback()
    return done.exit_code, done.output


def test_a_key_is_printed_on_two_lines_and_kept_sealed(app):
    code, told = run(app, "add", "numberplug")
    first, second = told.splitlines()
    assert code == 0
    kid, secret = first.removeprefix("kid "), second.removeprefix("secret ")
    assert re.fullmatch(r"hk_[a-z2-9]{10}", kid)
    assert len(secret) >= 43
    assert keys.secret_of(kid, shop="numberplug") == secret
    assert keys.secret_of(kid, shop="sms-service") is None
    kept = db.session.scalars(select(HandoffKey)).one()
    assert secret not in kept.secret_sealed


def test_several_are_good_at_once_until_one_is_ended(app):
    kids = [
        run(app, "add", shop)[1].split()[1] for shop in ("numberplug", "numberplug", "sms-service")
    ]
    assert run(app, "revoke", kids[0]) == (0, f"{kids[0]} of numberplug is ended\n")
    told = run(app, "list")[1]
    assert [line.split()[0] for line in told.splitlines()] == kids
    assert [line.rpartition("  ")[2][:5] for line in told.splitlines()] == ["ended", "good", "good"]
    assert [line.split()[0] for line in run(app, "list", "numberplug")[1].splitlines()] == kids[:2]
    assert "hs_" not in told
    assert keys.secret_of(kids[0], shop="numberplug") is None
    assert keys.secret_of(kids[1], shop="numberplug") is not None


def test_what_is_not_there_is_said_in_a_sentence(app):
    kid = run(app, "add", "numberplug")[1].split()[1]
    run(app, "revoke", kid)
    assert run(app, "revoke", kid) == (1, f"Error: The key {kid} was ended already.\n")
    assert run(app, "revoke", "hk_x") == (1, "Error: There is no key hk_x.\n")
    code, told = run(app, "add", "nowhere")
    assert code == 2
    assert "no shop nowhere" in told
