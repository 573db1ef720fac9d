import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.claims.models import Claim
from portal.cli.owed import owed
from portal.cli.records import records
from portal.extensions import db


def moment(at):
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


@pytest.fixture
def run(app):
    return lambda *words: app.test_cli_runner().invoke(owed, words)


@pytest.fixture
def ends(app):
    """Two orders of a shop that ended without an SMS three hours ago, and one that still waits."""
    now = datetime.now(UTC).replace(microsecond=0)
    ends = now - timedelta(hours=3)
    common = {"record": "order", "kind": "activation", "account_email": "ana@example.org",
              "price": {"amount": "0.50", "currency": "USD"}, "messages": []}  # fmt: skip
    lines = [{"record": "account", "email": "ana@example.org"}]
    for reference, at in (
        ("A-1001", ends),
        ("A-1002", ends + timedelta(minutes=1)),
        ("A-1003", now),
    ):
        times = {"ordered_at": at - timedelta(minutes=20), "expires_at": at}
        lines.append(common | {"reference": reference} | {n: moment(t) for n, t in times.items()})
    given = "\n".join(json.dumps(line) for line in lines)
    done = app.test_cli_runner().invoke(records, ["import", "numberplug", "-"], input=given)
    assert done.exit_code == 0, done.output
    return ends


def test_what_is_owed_is_listed_without_any_worker(run, ends):
    said = json.loads(run("list", "numberplug", "--json").output)
    item = {"account": "ana@example.org", "clause": "NP-2.1",
            "amount": {"amount": "0.50", "currency": "USD"}}  # fmt: skip
    assert said == {
        "items": [
            {"order_reference": "A-1001", **item, "owed_since": moment(ends)},
            {
                "order_reference": "A-1002",
                **item,
                "owed_since": moment(ends + timedelta(minutes=1)),
            },
        ],
        "total": {"amount": "1.00", "currency": "USD"},
    }
    *rows, last = run("list", "numberplug").output.splitlines()
    assert rows[0] == f"A-1001  NP-2.1  0.50 USD  {moment(ends)}  ana@example.org"
    assert last == "2 orders, 1.00 USD"
    assert json.loads(run("list", "sms-service", "--json").output) == {
        "items": [], "total": {"amount": "0.00", "currency": "USD"}}  # fmt: skip


def test_paying_names_what_is_no_longer_owed_and_pays_the_others(run, ends):
    result = run("pay", "numberplug", "A-1002", "A-1003")
    assert result.exit_code == 1
    claim = db.session.scalars(select(Claim)).one()
    assert result.stdout == f"A-1002: 0.50 USD by claim {claim.reference}\n"
    assert result.stderr == "A-1003: not owed for, or no longer\n"
    assert run("pay", "numberplug").exit_code == 0
    assert [row.order_reference for row in db.session.scalars(select(Claim).order_by(Claim.id))] == [
        "A-1002", "A-1001"]  # fmt: skip
    assert run("pay", "numberplug").output == ""


def test_a_shop_that_is_not_there_is_named(run):
    result = run("list", "nobody")
    assert result.exit_code == 2
    assert "no shop nobody" in result.stderr
