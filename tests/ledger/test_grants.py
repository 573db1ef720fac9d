"""The roles of the documentation: what the portal runs as on PostgreSQL can add to the ledger, and no more."""

import re
from pathlib import Path

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

DOC = Path(__file__).parents[2] / "docs" / "ledger.md"
ADDED = (
    "INSERT INTO ledger_entries (at, payout_id, event, account, amount_minor, currency)"
    " SELECT now(), id, 'paid', 'cash', 1, 'USD' FROM payouts"
)
TAKEN_BACK = (
    "UPDATE ledger_entries SET amount_minor = 1",
    "DELETE FROM ledger_entries",
    "TRUNCATE ledger_entries",
    "ALTER TABLE ledger_entries DISABLE TRIGGER ALL",
    "DROP TRIGGER ledger_entries_no_change ON ledger_entries",
    "DROP TABLE ledger_entries",
    "UPDATE audit_log SET act = act",
    "DELETE FROM audit_log",
)


@pytest.mark.postgres
def test_the_documented_role_adds_to_the_ledger_and_takes_nothing_back(postgres_url):
    documented = re.findall(r"(?m)^    ((?:CREATE ROLE|GRANT|REVOKE) [^;]*);", DOC.read_text())
    with psycopg.connect(postgres_url) as connection:
        for statement in documented:
            connection.execute(statement)
        connection.execute("SET LOCAL ROLE redress")
        connection.execute(ADDED)
        for statement in TAKEN_BACK:
            with pytest.raises(InsufficientPrivilege), connection.transaction():
                connection.execute(statement)
        connection.rollback()  # roles are the whole server's
    assert "REVOKE UPDATE, DELETE ON ledger_entries FROM redress" in documented
    assert "REVOKE UPDATE, DELETE ON audit_log FROM redress" in documented
