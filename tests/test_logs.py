import json

import pytest
import structlog

from portal import logs


@pytest.fixture(autouse=True)
def _as_before():
    yield
    structlog.reset_defaults()


def fail():
    secret = "DE89370400440532013000"
    try:
        secret.index("no such part")
    except ValueError:
        structlog.get_logger().exception("payout failed", claim="7K3F-9QXM")


def test_production_logs_one_json_object_a_line_without_local_variables(capsys):
    logs.configure(json=True)
    fail()
    line = capsys.readouterr().err
    entry = json.loads(line)
    assert (entry["event"], entry["level"], entry["claim"]) == (
        "payout failed",
        "error",
        "7K3F-9QXM",
    )
    assert entry["exception"].endswith("ValueError: substring not found")
    assert "DE89" not in line


def test_development_logs_for_people_and_shows_no_local_variables(capsys):
    logs.configure(json=False)
    fail()
    said = capsys.readouterr().err
    assert "payout failed" in said
    assert "ValueError: substring not found" in said
    assert "DE89" not in said
