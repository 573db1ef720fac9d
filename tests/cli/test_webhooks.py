"""``flask --app wsgi webhooks``: which addresses hear of a shop's events, from the command line."""

from datetime import UTC, datetime

from portal.cli.webhooks import webhooks
from portal.extensions import db
from portal.webhooks import lining, setting
from portal.webhooks.models import WebhookDelivery
from tests import factories
from tests.factories import SHOP

URL = "https://shop.example/hooks"


def run(app, *arguments):
    """The command's exit status and what it printed."""
    done = app.test_cli_runner().invoke(webhooks, arguments)
    db.session.rollback()
    return done.exit_code, done.output


def test_adding_prints_the_id_and_the_secret_each_alone_on_its_line(app):
    code, said = run(app, "add", SHOP, URL, "--event", "payout.paid", "--event", "claim.approved")
    key, secret = said.splitlines()
    (kept,) = setting.endpoints_of(SHOP)
    assert (code, kept.key, setting.opened_secret(kept)) == (0, key, secret)
    assert secret.startswith("whsec_")
    assert kept.types == ["claim.approved", "payout.paid"]
    several = run(app, "add", SHOP, URL, "--event", "file.ready,payout.paid")[1].splitlines()[0]
    assert setting.endpoint_for_change(several).types == ["payout.paid", "file.ready"]
    assert run(app, "remove", several)[0] == 0
    code, listed = run(app, "list")
    assert (code, listed) == (
        0, f"{key}  {SHOP}  active  {URL}  claim.approved,payout.paid\n")  # fmt: skip


def test_it_is_paused_resumed_and_removed(app):
    key = run(app, "add", SHOP, URL)[1].splitlines()[0]
    assert run(app, "pause", key) == (0, f"{key} is paused\n")
    code, said = run(app, "pause", key)
    assert (code, said) == (1, f"Error: can't pause the webhook {key}, which is paused\n")
    assert run(app, "resume", key) == (0, f"{key} is called again\n")
    assert run(app, "remove", key) == (0, f"{key} is removed\n")
    assert run(app, "list", SHOP) == (0, "")
    assert run(app, "remove", key) == (1, f"Error: no webhook {key}: see webhooks list\n")


def test_its_log_is_shown_and_an_event_sent_again(app):
    key = run(app, "add", SHOP, URL)[1].splitlines()[0]
    claim = factories.claim()
    lining.line_up(now=datetime.now(UTC))
    code, said = run(app, "log", key)
    newest, oldest = said.splitlines()
    event = oldest.partition(" ")[0]
    assert (code, oldest) == (
        0,
        f"{event}  claim.submitted  {claim.reference}  waiting  tries 0  not tried yet",
    )
    assert "claim.in_review" in newest
    assert run(app, "send-again", key, event) == (0, f"{event} is sent again\n")
    assert {each.event for each in db.session.query(WebhookDelivery)} >= {event}
    assert run(app, "send-again", key, "EV-1") == (
        1, f"Error: EV-1 was never sent to {key}: see webhooks log {key}\n")  # fmt: skip


def test_what_can_not_be_used_is_refused_in_a_sentence(app):
    assert run(app, "add", SHOP, "http://shop.example/") == (
        1, "Error: Write an address that begins with https://\n")  # fmt: skip
    code, said = run(app, "add", SHOP, URL, "--event", "claim.paid")
    assert (code, said.partition(", only")[0]) == (1, "Error: There is no event claim.paid")
    assert run(app, "add", "nobody", URL)[0] == 2
