"""compose.yaml names only settings, commands and files that there are, and is what two hosts were tried with."""

import re
import shlex

import pytest
import yaml

from portal.app import ROOT
from portal.config.settings import Settings, load_settings
from tests.bench.deployment import FLASK, GUNICORN
from tests.portals import PRODUCTION

FILE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES = FILE["services"]
OURS = [name for name, service in SERVICES.items() if service["image"] == "redress"]
SECRET = re.compile(r"\$\{POSTGRES_PASSWORD:\?[^}]+\}")


def settings_of(service):
    """What it sets, the password filled in."""
    said = SERVICES[service]["environment"]
    return {name.lower(): SECRET.sub("a-word-of-its-own", value) for name, value in said.items()}


def test_there_are_two_of_web_and_worker_and_one_of_each_other():
    assert {name: each.get("deploy", {}).get("replicas", 1) for name, each in SERVICES.items()} == {
        "migrate": 1, "web": 2, "worker": 2, "database": 1, "redis": 1, "proxy": 1,
    }  # fmt: skip


@pytest.mark.parametrize("service", OURS)
def test_each_setting_is_one_and_production_starts_with_them(service):
    given = settings_of(service)
    assert set(given) <= set(Settings.model_fields)
    found = load_settings(**PRODUCTION | given)
    assert found.database_url == "postgresql+psycopg://redress:a-word-of-its-own@database/redress"
    assert (found.ratelimit_storage, found.trusted_proxies) == ("redis://redis", 1)
    assert {str(found.evidence_folder), str(found.epoch_file), str(found.own_shops)} == {
        "/data/evidence", "/data/epoch", "/data/shops",
    }  # fmt: skip


@pytest.mark.parametrize("service", OURS)
def test_each_command_is_one_of_the_portals(app, service):
    program, *said = shlex.split(SERVICES[service]["command"])
    if program == "gunicorn":
        assert said[:2] == ["--bind", "0.0.0.0:8000"]
        assert (*said[2:6], said[-1]) == (*GUNICORN[2:6], "wsgi:app")
        return
    assert (program, *said[:2]) == ("flask", *FLASK[2:])
    found = app.cli
    for name in said[2:]:
        found = found.commands[name]
    assert callable(found.callback)


def test_each_volume_network_and_file_is_there():
    for service in SERVICES.values():
        taken = [each.split(":")[0] for each in service.get("volumes", ())]
        named = [name for name in taken if not name.startswith("./")]
        assert set(named) <= set(FILE["volumes"])
        files = [name for name in taken if name.startswith("./") and name != "./tls"]
        assert [name for name in files if not (ROOT / name).is_file()] == []
        assert set(service["networks"]) <= set(FILE["networks"])
        assert set(service.get("depends_on", ())) <= set(SERVICES)


def test_the_image_copies_only_what_is_there_and_runs_as_nobody_special():
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = [name for line in lines if line.startswith("COPY ") for name in line.split()[1:-1]]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}  # fmt: skip
    assert let_in == set(copied)
    assert "USER portal" in lines
    assert any("--require-hashes" in line for line in lines)
