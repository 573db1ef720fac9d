"""Many who write at once, in a process of their own: claims begun by the verb and by the page."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from portal.claims.verbs import filing
from portal.database import transaction
from portal.extensions import db
from tests import factories
from tests.portals import portal_at


def write(url, folder, number, threads, seconds):
    """So many threads for so many seconds; what each try came to is counted in a file of the folder."""
    folder = Path(folder)
    app = portal_at(url, folder / f"files-{number}")
    app.config["WTF_CSRF_ENABLED"] = False
    came, start = [Counter() for _ in range(threads)], threading.Barrier(threads)

    def go(thread):
        start.wait(100)
        until, tries = time.monotonic() + seconds, 0
        while time.monotonic() < until:
            tries += 1
            order, email = f"B-{number}-{thread}-{tries}", f"w{number}-{thread}-{tries}@example.com"
            begin = _by_page if tries % 2 else _by_verb
            came[thread][begin(app, order, email)] += 1

    running = [threading.Thread(target=go, args=(thread,)) for thread in range(threads)]
    for each in running:
        each.start()
    for each in running:
        each.join()
    total = sum(came, Counter())
    (folder / f"came-{number}.json").write_text(json.dumps(total), encoding="utf-8")


def _by_verb(app, order, email):
    with app.app_context():
        try:
            with transaction():
                filing.start(
                    shop=factories.SHOP, order_reference=order, email=email, language="en",
                    at=datetime.now(UTC),
                )  # fmt: skip
        except Exception as error:  # noqa: BLE001 - what was raised is what it came to
            return repr(error)[:200]
        finally:
            db.session.remove()
    return "written"


def _by_page(app, order, email):
    # From a network of its own each time: how often one network asks for codes is another matter.
    _, number, thread, tries = order.split("-")
    away = {
        "REMOTE_ADDR": f"127.{100 * int(number) + int(thread)}.{int(tries) // 250}.{int(tries) % 250}"
    }
    sent = {"order": order, "email": email}
    answer = app.test_client().post("/sms-service/claim", data=sent, environ_overrides=away)
    return str(answer.status_code)
