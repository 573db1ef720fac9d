"""Starts the small shop beside the portal, and has the demo's shops pay to balances through it."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import make_url

from portal.children.allowed import must_be_allowed
from portal.config.settings import Settings
from portal.database import transaction
from portal.demo.samples import SHOPS
from portal.demo.shop import HERE
from portal.ledger.payout import Rail
from portal.ledger.rails import RailSetting, changes_of, setting_of
from portal.money import Money
from portal.payouts import setting
from portal.payouts.instructing import opened_secret
from portal.policy.deciding.document import Unasked
from portal.versions.registry import Policies

ROOT = Path(__file__).resolve().parents[2]
FILE = "small-shop.sqlite3"
PAYS_UNASKED = "client-numbers"
LAST_WORDS = 5.0  # seconds that it has to stop


def pay_unasked(known: Policies) -> None:
    """Have one shop of the demo pay by itself what nobody asked for; its file, an example, only lists it."""
    known.restate(PAYS_UNASKED, unasked=Unasked.PAY, unasked_daily_limit=Money.parse("2.00", "USD"))


def shop_file(settings: Settings) -> Path:
    """Where the small shop keeps its books: beside the demo's database, else beside its evidence."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        return Path(url.database).absolute().with_name(FILE)
    return settings.evidence_folder.absolute().with_name(FILE)


def pay_balances_at(url: str, *, at: datetime) -> dict[str, str]:
    """Set the balance rail of each shop of the demo to the small shop at ``url``; each one's secret.

    What was set before stays, and what somebody set to another address or ended is left alone.
    """
    secrets = {}
    with transaction():
        for shop in SHOPS:
            kept, where = setting_of(shop, Rail.BALANCE), f"{url}/{shop}/credit"
            if kept is None and changes_of(shop):
                continue
            if kept is not None and not _is_small_shop(kept):
                continue
            if kept is not None and kept.url == where:
                secrets[shop] = opened_secret(kept)
            else:
                given = {"url": where}
                read = setting.set_rail(shop, Rail.BALANCE, given=given, at=at, loopback=True)
                secrets[shop] = read.secret or ""
    return secrets


def _is_small_shop(kept: RailSetting) -> bool:
    """Whether a rail goes to the small shop, at whichever port that listened before."""
    parts = urlsplit(kept.url or "")
    return parts.hostname in HERE and parts.path == f"/{kept.shop}/credit"


@contextmanager
def small_shop(
    listener: socket.socket, *, file: Path, portal: str, secrets: Mapping[str, str]
) -> Iterator[None]:
    """The small shop in a process of its own, on a listening socket, until the end of the block.

    It is told everything by its input, and ends when that does: however this process ends, too.
    """
    must_be_allowed()
    file.parent.mkdir(parents=True, exist_ok=True)
    told = {
        "listener": listener.fileno(),
        "file": str(file),
        "portal": portal,
        "secrets": dict(secrets),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "portal.demo.shop"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        pass_fds=[listener.fileno()],
        text=True,
    ) as process:
        listener.close()
        if process.stdin:
            process.stdin.write(json.dumps(told) + "\n")
            process.stdin.flush()
        try:
            yield
        finally:
            if process.stdin:
                process.stdin.close()
            try:
                process.wait(LAST_WORDS)
            except subprocess.TimeoutExpired:
                process.kill()
