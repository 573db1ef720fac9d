"""Fifty downloads, the longest searches and every order of the queue at once, on some thousand claims."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path

import pytest
from sqlalchemy import select

from portal.claims.queue.orders import QueueOrder
from portal.database import transaction
from portal.extensions import db
from portal.people.reviewers import Reviewer
from portal.people.rights import EVERY_SHOP, HeldRight, Right
from tests.bench.client import Visitor
from tests.bench.deployment import MailServer, Portal
from tests.bench.people import hire, sign_in
from tests.portals import within
from tests.serving.clients import p95
from tests.sizes import size

CLAIMS = size(3_000, full=5_000, whole=20_000)
AT_ONCE, VIEWS = 50, 150
PEOPLE = 2  # each may download 60 files an hour
TODAY = datetime.now(UTC).date()
PERIOD = f"from={TODAY - timedelta(days=365)}&to={TODAY}"  # the longest that a report takes
EXPORTS = (
    f"/review/activity/file.csv?{PERIOD}",
    f"/review/reports/file.csv?{PERIOD}",
    f"/review/reports/file.csv?by=clause&{PERIOD}",
    f"/review/reports/money/unasked.csv?{PERIOD}",
)
SEARCHES = ("%25" * 320, "_" * 320, "*" * 320, "a+" * 160, "e%25_e" * 80, "example.com")
SORTS = [f"/review?status=all&sort={down}{order}" for order in QueueOrder for down in ("", "-")]
SEEN = [*(f"/review?q={text}" for text in SEARCHES), *SORTS]
HELD_UP = 5  # seconds: 2 on a machine that does nothing else, as the figure tells
PAGES = ("/", "/sms-service/", "/sms-service/claim")
SETTLED = 60  # seconds in which what was taken of the memory is given back
SLACK = 1.5  # of what it was before: caches and Python's own pools stay


def said(path):
    """What a file of /proc says: nothing once its process has ended."""
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def memory():
    """The megabytes that the processes this one started hold, and those that they started."""
    found, looked_at = 0, [os.getpid()]
    while looked_at:
        for children in Path(f"/proc/{looked_at.pop()}/task").glob("*/children"):
            for pid in said(children).split():
                lines = said(Path(f"/proc/{pid}/smaps_rollup")).splitlines()
                found += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
                looked_at.append(pid)
    return found // 1024


def a_lead():
    """Somebody who may read what was decided, in every shop."""
    who = hire()
    with transaction():
        person = db.session.scalars(select(Reviewer).where(Reviewer.email == who.email)).one()
        person.held = [
            HeldRight(shop=EVERY_SHOP, what=each) for each in (Right.LEAD, Right.REVIEWER)
        ]
    return who


def answered(browser, path):
    """The status of a page, whatever it is."""
    try:
        return browser.get(path).status
    except RuntimeError as error:
        return int(str(error).split(": ")[1][:3])


def at_once(browsers, paths):
    """What is answered to all of these, AT_ONCE of them at the same time."""
    twins = [browser.twin() for browser, _ in zip(cycle(browsers), paths, strict=False)]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return Counter(threads.map(answered, twins, paths))


@pytest.mark.soak
@pytest.mark.long
@pytest.mark.exhaustive
@pytest.mark.timeout(1200)
def test_fifty_downloads_and_the_longest_searches_at_once_hold_no_visitor_up(
    tmp_path, record_property
):
    with MailServer() as mails:
        portal = Portal(tmp_path / "portal", mails)
        portal.fill(CLAIMS)
        with within(portal.app()):
            leads = [a_lead() for _ in range(PEOPLE)]
        with portal.running():
            browsers = [Visitor(portal.port, f"10.0.1.{number}") for number in range(PEOPLE)]
            for browser, who in zip(browsers, leads, strict=True):
                sign_in(browser, who)
            honest, over, before = Visitor(portal.port), threading.Event(), memory()

            def walk():
                for page in cycle(PAGES):
                    if over.is_set():
                        return
                    honest.get(page)

            walking = threading.Thread(target=walk)
            walking.start()
            since = time.monotonic()
            paths = [*islice(cycle(EXPORTS), AT_ONCE), *islice(cycle(SEEN), VIEWS)]
            came, took, most = at_once(browsers, paths), time.monotonic() - since, memory()
            over.set()
            walking.join()
            until = time.monotonic() + SETTLED
            while (left := memory()) > before * SLACK and time.monotonic() < until:
                time.sleep(1)
    assert came == {200: AT_ONCE + VIEWS}
    record_property(
        "figure",
        f"{AT_ONCE} downloads, then {VIEWS} searches and orders, {AT_ONCE} at a time, on {CLAIMS}"
        f" claims in {took:.1f} s: {len(honest.seconds)} pages of others, p95"
        f" {p95(honest.seconds):.2f} s; memory {before} MB before, {most} at once, {left} after",
    )
    assert p95(honest.seconds) < HELD_UP
    assert left <= before * SLACK
