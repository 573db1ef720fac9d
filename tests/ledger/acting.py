"""Processes of their own that act on claims as a second server does.

Each is told rounds, does the acts of each at the same moment in threads of their own, and says what
each came to: "" for done, else the refusal's name.
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

from sqlalchemy import select

from portal.claims.decisions import returned
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.verbs import allowing
from portal.database import transaction
from portal.extensions import db
from portal.payouts import sending
from portal.payouts.owed import refunding, searching
from tests import factories
from tests.factories import NOW, SHOP
from tests.ledger.deeds import BY_NAME, REFUSED, chance_of
from tests.ledger.pages import PAGES, pressing
from tests.portals import portal_at
from tests.races import crew

_HEAD_START = 1.0  # seconds from the word to the start, for every process to have read it
_look_back, _beforehand = returned.look_back, threading.local()


def act(name, reference, seed):
    """Do one act to a claim under its lock, as a request does; the worker's own by their names."""
    policies = {SHOP: factories.policy()}
    if name == "work":
        sending.send_due(policies=policies, now=NOW)
    elif name == "command":  # `owed pay`, in a shop whose worker looks for what is owed
        searching.search_due(policies=policies, now=NOW)
        order = db.session.scalar(select(Claim.order_reference).where(Claim.reference == reference))
        refunding.refund_each([order], policy=factories.policy(), at=NOW)
    elif name != "nothing":
        with transaction():
            BY_NAME[name](chance_of(seed), claim_for_change(reference))


def look_first(reference):
    """Without the lock: what went back is looked up before it, to be believed under it."""
    _beforehand.returns = _look_back(claim_for_change(reference))
    db.session.rollback()


def believed(*_claim, **_given):
    """What was read before the lock: as if reading and writing were not one transaction."""
    return _beforehand.returns


def do(app, start, name, reference, seed, *, locked):
    with app.app_context():
        try:
            if not locked:
                look_first(reference)
            page = name in PAGES and pressing(app, chance_of(seed), name, reference)
            time.sleep(max(0.0, start - time.time()))
            if page:
                return page()
            act(name, reference, seed)
        except REFUSED as refused:
            return type(refused).__name__
        except Exception as error:  # noqa: BLE001 - told to the test, which fails by it
            return f"!{error!r}"
        else:
            return ""
        finally:
            db.session.remove()


def take_rounds(url, folder, locked, told):
    """Take rounds, each a start and acts, until there is none."""
    app = portal_at(url, folder)
    app.config["NOW"] = NOW
    if not locked:
        returned.look_back = allowing.look_back = believed
    for start, acts in iter(told.recv, None):
        one = partial(do, app, start, locked=locked)
        with ThreadPoolExecutor(len(acts)) as pool:
            told.send(list(pool.map(lambda each, one=one: one(*each), acts)))


@contextmanager
def processes(url, folder, *, count=2, locked=True):
    """Start so many; gives ``round(acts)``, which has them done at once and says what each came to."""
    with crew(take_rounds, url, folder, locked, count=count) as ours:

        def at_once(acts):
            """Each act is a name, a claim's reference and a seed."""
            start = time.time() + _HEAD_START
            for place, one in enumerate(ours):
                one.send((start, acts[place::count]))
            return [said for one in ours for said in one.recv()]

        for one in ours:  # the first answer comes when it has started
            one.send((0, [["nothing", "", 0]]))
        for one in ours:
            one.recv()
        yield at_once
