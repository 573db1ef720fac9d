"""Cookies shown again, in processes of their own as other servers are, on the same database."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

from tests.conftest import NOW
from tests.portals import portal_at
from tests.races import crew

PAGE = "/review"


def replay(url, folder, told):
    """Ask for a page with each cookie that comes, until none does; which of them were let in."""
    app = portal_at(url, Path(folder))
    app.config["NOW"] = NOW
    for cookies in iter(told.recv, None):
        told.send([_opens(app, each) for each in cookies])


def _opens(app, cookie):
    client = app.test_client()
    client.set_cookie("session", cookie)
    return client.get(PAGE).status_code == 200


@contextmanager
def servers(url, folder, *, count=2):
    """Start so many; gives ``shown(cookies)``, which says of each server which of these it lets in."""
    with crew(replay, url, str(folder), count=count) as ours:

        def shown(cookies):
            for each in ours:
                each.send(cookies)
            return [each.recv() for each in ours]

        yield shown
