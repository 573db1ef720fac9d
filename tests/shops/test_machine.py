"""What every shop of a portal runs on is examined too: each thing, how it is, and what to do."""

import http.server
from datetime import timedelta

import pytest
from limits.storage import MemoryStorage
from pydantic import SecretStr

from portal.app import ROOT
from portal.audit import chain, heads
from portal.audit.log import StaffAct, note
from portal.claims.payout.payee import keyring
from portal.config.settings import Mode
from portal.database import transaction
from portal.extensions import db, limiter
from portal.health.beats import beat
from portal.ledger.payout import Rail
from portal.payouts import setting
from portal.shops.doctor import Health
from portal.shops.machine import examine_portal, loses_nothing
from tests.factories import NOW, SHOP
from tests.listeners import listening

WELL, UNSURE, ILL = Health.WELL, Health.UNSURE, Health.ILL


def told(app, **settings):
    """Let these settings hold."""
    app.extensions["settings"] = app.extensions["settings"].model_copy(update=settings)


def seen(version=(3, 11, 15), migrations=ROOT / "migrations"):
    """Each thing's health and what was seen, by its name."""
    found = examine_portal(SHOP, migrations=migrations, version=version)
    return {each.name: (each.health, each.seen) for each in found}


# The databases of tests need not outlive their machine: each is told to wait for no disk.
IN_TESTS = {
    "sqlite": ("SQLite", "SELECT sqlite_version()", "synchronous 0"),
    "postgresql": (
        "PostgreSQL",
        "SHOW server_version",
        "fsync off, full_page_writes off, synchronous_commit off",
    ),
}


def of_database():
    """What the database of this test says of itself."""
    name, asks, wrong = IN_TESTS[db.engine.dialect.name]
    return ILL, f"{name} {db.session.scalar(db.text(asks))}: {wrong}"


def test_a_portal_of_one_machine_is_told_what_it_is(app):
    found = seen()
    health, disk = found.pop("disk")
    assert health in {WELL, ILL}
    assert " GB free at /" in disk
    assert found == {
        "Python": (WELL, "3.11.15"),
        "database": of_database(),
        "tables": (WELL, "at the newest migration"),
        "keys": (UNSURE, "they are the example's, which everybody knows"),
        "address": (UNSURE, "this machine only: not in production"),
        "proxies": (WELL, "0 in front"),
        "counts of tries": (WELL, "in the database"),
        "ways to pay": (UNSURE, "none is set: each refund is paid by hand"),
        "audit log": (UNSURE, "nothing is linked yet"),
    }


@pytest.mark.parametrize(
    ("version", "health"),
    [((3, 11, 14), UNSURE), ((3, 12, 9), UNSURE), ((3, 13, 0), WELL), ((3, 15, 0), WELL)],
)
def test_a_python_that_lets_a_name_into_a_header_is_told(app, version, health):
    assert seen(version)["Python"] == (health, ".".join(map(str, version)))


@pytest.mark.parametrize(
    ("number", "whole"),
    [("3.40.1", False), ("3.44.6", True), ("3.50.6", False), ("3.50.7", True), ("3.51.2", False),
     ("3.51.3", True), ("3.54.0", True)],
)  # fmt: skip
def test_a_sqlite_that_can_lose_a_commit_is_known_by_its_number(number, whole):
    assert loses_nothing(number) is whole


def test_a_database_that_waits_for_its_disk_is_well(app, on_disk):
    health, said = of_database()
    assert seen()["database"] == ((WELL, said.partition(":")[0]) if on_disk else (health, said))


def test_tables_that_are_behind_are_told(app):
    with transaction():
        db.session.execute(db.text("UPDATE alembic_version SET version_num = '0001'"))
    assert seen()["tables"][0] is ILL


def test_keys_of_ones_own_are_well_and_older_ones_are_named(app):
    own = [SecretStr(f"{name}:{'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY='}") for name in "ab"]
    told(app, secret_key=SecretStr("a-key-of-thirty-two-signs-or-more-0123"), seal_keys=own[:1])
    assert seen()["keys"] == (WELL, "of your own")
    told(app, seal_keys=own)
    assert seen()["keys"] == (WELL, "sealed by a; b still open")


class Front(http.server.BaseHTTPRequestHandler):
    """What answers at the portal's address."""

    def log_message(self, *_):
        """Say nothing."""

    def do_GET(self):
        """The answer of ``/healthz``, or of another thing."""
        said = self.server.says
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)


def test_the_address_is_asked_as_anybody_would(app):
    with listening(Front, says=b"ok\n") as port:
        url = f"http://127.0.0.1:{port}"
        told(app, mode=Mode.PRODUCTION, base_url=url)
        assert seen()["address"] == (WELL, f"{url} leads here")
    assert seen()["address"][0] is ILL
    with listening(Front, says=b"hello") as port:
        url = f"http://127.0.0.1:{port}"
        told(app, base_url=url)
        assert seen()["address"] == (ILL, f"{url} answers 200, and it is not this portal")


def test_https_without_a_proxy_that_is_told_counts_all_as_one(app):
    told(app, base_url="https://refunds.example.com")
    assert seen()["proxies"][0] is ILL
    told(app, trusted_proxies=1)
    assert seen()["proxies"] == (WELL, "1 in front")


class Gone(MemoryStorage):
    """A store that nobody reaches."""

    STORAGE_SCHEME = ("gone",)

    def check(self):
        """As a store that is asked for over the network."""
        raise ConnectionRefusedError


@pytest.fixture
def counted_in(app):
    """Have tries counted elsewhere."""
    before = app.config["RATELIMIT_STORAGE_URI"]

    def move(uri):
        told(app, ratelimit_storage=uri)
        app.config["RATELIMIT_STORAGE_URI"] = uri
        limiter.init_app(app)

    yield move
    move(before)


def test_a_store_of_counts_that_does_not_answer_is_told(app, counted_in):
    counted_in("memory://")
    assert seen()["counts of tries"] == (UNSURE, "in each process, for itself")
    counted_in("redis://127.0.0.1:1")
    assert seen()["counts of tries"] == (ILL, "redis 127.0.0.1:1 does not answer")


def test_a_rail_whose_key_is_gone_is_told(app):
    with transaction():
        url = "http://127.0.0.1:1/credits"
        setting.set_rail(SHOP, Rail.BALANCE, given={"url": url}, at=NOW, loopback=True)
    assert seen()["ways to pay"] == (WELL, "balance")
    other = SecretStr("other:QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=")
    told(app, seal_keys=[other])
    said = "the secret of balance was sealed with a key that SEAL_KEYS has no more"
    assert seen()["ways to pay"] == (ILL, said)


def test_the_log_is_held_to_the_head_that_was_signed_last(app, tmp_path):
    told(app, evidence_folder=tmp_path / "evidence")
    path = app.extensions["settings"].audit_heads
    with transaction():
        note(StaffAct.EXPORT, at=NOW, by=None)
    chain.link_due(now=NOW)
    assert seen()["audit log"] == (ILL, "no head is signed beside the evidence")
    heads.keep_due(path, keyring(), now=NOW)
    assert seen()["audit log"] == (WELL, f"last signed at {NOW.isoformat()}, after 1 acts")
    later = heads.Head(2, 7, "0" * 64, (NOW + timedelta(hours=1)).isoformat())
    path.write_text(heads.signed(later, keyring()) + "\n")
    assert seen()["audit log"] == (ILL, f"it is not what was signed at {later.at}")
    path.write_text("{}\n")
    assert seen()["audit log"][0] is ILL


def test_the_command_tells_of_the_portal_as_well(app):
    beat(now=NOW)
    done = app.test_cli_runner().invoke(args=["shop", "doctor", SHOP, "--json"])
    assert '"name": "audit log"' in done.output
