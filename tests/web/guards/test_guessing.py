"""Who guesses links, codes, tokens, or orders with their addresses finds nothing, is held back, and leaves a trace."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select
from werkzeug.datastructures import Authorization

from portal import limits as counts
from portal.audit.log import AuditEntry, StaffAct
from portal.claims.letters.links import status_token
from portal.claims.verbs.filing import ALPHABET
from portal.config.settings import API
from portal.extensions import db, reading_limiter
from portal.health.metrics import figures
from tests import factories
from tests.api.program import Program
from tests.conftest import NOW
from tests.portals import within
from tests.sizes import size
from tests.web.account.elsewhere import WINDOW

GUESSES = size(1_000, full=10_000, whole=100_000)
NETWORKS = 2


@pytest.fixture
def app(database, portals, tmp_path, monkeypatch):
    """The portal with its limits in force, in the middle of a window."""
    monkeypatch.setattr(counts, "time", lambda: WINDOW + 100)
    limited = portals(database).as_new(tmp_path, limits=True, NOW=NOW, WTF_CSRF_ENABLED=False)
    with within(limited):
        yield limited


def held_back():
    db.session.rollback()
    return list(
        db.session.scalars(select(AuditEntry.role).where(AuditEntry.act == StaffAct.HELD_BACK))
    )


def asked(app, path, network, token=None, **form):
    """The status and words that a new browser of this network reads."""
    away = {"REMOTE_ADDR": network}
    client = app.test_client()
    answer = (
        client.post(path, data=form, environ_overrides=away)
        if form
        else client.get(
            path, auth=token and Authorization("bearer", token=token), environ_overrides=away
        )
    )
    return answer.status_code, re.sub(r'value="[^"]{40,}"', "", answer.text)


def test_links_that_open_nothing_are_held_back_whether_the_claim_is_there_or_not(app):
    claim = factories.claim()
    there, nowhere = f"/claims/{claim.reference}/", "/claims/2222-2222/"
    wrong = "A" * 27
    known = [asked(app, f"{there}{wrong}", "127.0.2.1") for _ in range(40)]
    other = [asked(app, f"{nowhere}{wrong}", "127.0.2.2") for _ in range(40)]
    for answers in (known, other):
        statuses = [status for status, _ in answers]
        assert (statuses[:30], statuses[-1]) == ([404] * 30, 429)
    assert {(status, words.replace(nowhere, there)) for status, words in other} == set(known)
    right = f"{there}{status_token(claim.reference)}"
    assert asked(app, right, "127.0.2.1")[0] == 200


@pytest.mark.daily_on("sqlite", "postgres")
def test_a_network_that_is_held_back_leaves_one_entry_an_hour_whatever_it_tries(app):
    def tries(network):
        for number in range(40):
            asked(app, f"/claims/2222-2222/{number:027}", network)
            asked(app, "/find/code", network, code=f"{number:06}")
        reading_limiter.limiter.storage.reset()  # as another process has it, which has counted nothing

    tries("127.0.2.1")
    tries("127.0.2.1")
    assert held_back() == ["stranger"]
    tries("127.0.2.3")
    assert held_back() == ["stranger", "stranger"]
    assert b"redress_networks_held_back 2.0" in figures(at=NOW)
    assert b"redress_networks_held_back 0.0" in figures(at=NOW + timedelta(hours=2))


def guess(chance, claim, known):
    """A guess of a kind: its name, whether what it names is there, where it goes and what it says."""
    there = chance.random() < 0.5
    reference = claim.reference if there else _made_up(chance)
    token = "".join(chance.choices("ABCDEFGHabcdefgh0123456789-_", k=27))
    match chance.randrange(5):
        case 0:
            return "link", there, f"/claims/{reference}/{token}", {}
        case 1:
            return (
                "code",
                there,
                f"/new/{reference}/code",
                {"code": f"{chance.randrange(10**6):06}"},
            )
        case 2:
            order = claim.order_reference if there else f"A-{chance.randrange(10**6)}"
            email = f"{token}@example.com".replace("_", "-").lower().lstrip("-")
            return (
                "order and address",
                there,
                "/sms-service/claim",
                {"order": order, "email": email},
            )
        case 3:
            named = known if there else f"{chance.randrange(10**12):012}"
            return (
                "token",
                there,
                f"{API}/shops/{claim.shop}/events",
                {"token": f"rk_{named}_{chance.randrange(10**43):043}"},
            )
        case _:
            return "hand-over", there, f"/sms-service/claim?token={token}.{token}.{token}", {}


def _made_up(chance):
    text = "".join(chance.choices(ALPHABET, k=8))
    return f"{text[:4]}-{text[4:]}"


@pytest.mark.exhaustive
@pytest.mark.soak
@pytest.mark.long
@pytest.mark.timeout(7200)
def test_of_many_guesses_none_opens_anything(app, record_property):
    claim, known = factories.claim(), Program(app).token.public_id
    chance, seen = Random(74), defaultdict(Counter)
    for _ in range(GUESSES):
        kind, there, path, form = guess(chance, claim, known)
        status, words = asked(app, path, f"127.0.3.{chance.randrange(NETWORKS)}", **form)
        assert claim.email not in words
        seen[kind, there][status] += 1
    kinds = {kind for kind, _ in seen}
    for kind in kinds:
        assert set(seen[kind, True]) == set(seen[kind, False]), kind
    # Only naming an order leads on, to a code that goes to the address that was named.
    led_on = {kind for (kind, _), each in seen.items() if {200, 302, 303} & set(each)}
    assert led_on <= {"order and address"}
    assert {kind for (kind, _), each in seen.items() if 429 in each} == kinds
    assert 0 < len(held_back()) <= NETWORKS
    refused = sum(each[429] for each in seen.values())
    record_property(
        "figure",
        f"{GUESSES} guesses from {NETWORKS} networks: 0 hits, {refused} held back, {len(held_back())} entries in the log of acts",
    )
