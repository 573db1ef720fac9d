"""What the five shops have logged, and the stories that customers tell about it."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO

from portal.claims.decisions.ownership import CLAIMED
from portal.records.importer import import_file
from tests.sizes import by_turns

EMAIL = "kim@example.com"


@dataclass(frozen=True)
class Case:
    """One order and what its buyer says of it; the rest is what the portal must answer."""

    order: str
    reason: str
    result: str
    clause: str
    proof: bool = False  # a screenshot goes with it
    out: bool = False  # the money is to leave the shop
    method: str = ""  # how it should come then
    finding: str = ""  # what a reviewer has to establish
    lacks: str = ""  # what is asked for after sending, in the words of the page


@dataclass(frozen=True)
class Shop:
    """A shop by its id and name, with a case for each way that a claim can go."""

    id: str
    name: str
    proven: Case
    refused: Case
    judged: Case
    lacking: Case
    appeal_wins: bool = False  # both ends of an appeal are walked


HALF = "You can get 0.50 USD back"
RENT = "You can get 12.00 USD back"
NO = "The policy does not refund this"
PERSON = "A person will look at this"

SHOPS = (
    Shop(
        "numberplug",
        "NumberPlug",
        proven=Case("A-1", "The SMS never came", HALF, "NP-2.1"),
        refused=Case("A-2", "The SMS never came", NO, "NP-3.1"),
        judged=Case("A-3", "Something on the site broke", PERSON, "NP-2.3", finding="yes"),
        lacking=Case("A-4", "Something else", PERSON, "NP-5.2"),
    ),
    Shop(
        "client-numbers",
        "Client Numbers",
        proven=Case("V-1", "No SMS came to my one-use number", HALF, "CN-D.B1"),
        refused=Case("V-2", "No SMS came to my one-use number", NO, "CN-D.N1"),
        judged=Case(
            "V-3", "I paid for a number that I never got", RENT, "CN-V.C1", out=True, method="PayPal"
        ),
        lacking=Case("V-4", "Something else", PERSON, "CN"),
    ),
    Shop(
        "sms-service",
        "SMS Service",
        proven=Case("S-1", "The SMS never came", HALF, "SS-G2"),
        refused=Case("S-2", "The SMS never came", NO, "SS-N3"),
        judged=Case("S-3", "The code in the SMS was wrong", PERSON, "SS-G5", proof=True, finding="yes"),
        lacking=Case(
            "S-4", "The SMS was cut short", PERSON, "SS-G6", proof=True, lacks="A picture or a file"
        ),
    ),
    Shop(
        "activation-claims",
        "Activation Claims",
        proven=Case("K-1", "The SMS never came", HALF, "AC-R1"),
        refused=Case("K-2", "The SMS never came", NO, "AC-1"),
        judged=Case(
            "K-3", "The number turned out to be unusable after the SMS", PERSON, "AC-R2",
            proof=True, finding="yes",
        ),
        lacking=Case(
            "K-4", "The number turned out to be unusable after the SMS", PERSON, "AC-R2",
            proof=True, lacks="A picture or a file",
        ),
    ),
    Shop(
        "didvirtualnumbers",
        "DID Virtual Numbers",
        proven=Case("D-1", "No SMS came to my one-time number", HALF, "DV-B4"),
        refused=Case("D-2", "No SMS came to my one-time number", NO, "DV-BN2"),
        judged=Case(
            "D-3", "I paid for a number that I never got", RENT, "DV-C1", out=True, method="Bank"
        ),
        lacking=Case("D-4", "Something else", PERSON, "DV"),
        appeal_wins=True,
    ),
)  # fmt: skip


def at_shops(place):
    """A story that is told at each shop; in the daily run at the one of that place, the next at another."""
    return by_turns("shop", SHOPS, place, ids=lambda shop: shop.id)


def scripts_by_turns(place):
    """With scripts and without; in the daily run without them at every second place."""
    return by_turns(
        "scripts", [True, False], place, ids=lambda on: "scripts" if on else "no scripts"
    )


def lay_records(shop):
    """Import the shop's orders, with times counted back from this moment, in the caller's transaction."""
    now = datetime.now(UTC)
    rows = [
        {"record": "account", "email": EMAIL},
        _activation(shop.proven, now, minutes=45),
        _activation(shop.refused, now, minutes=180, message=True),
        _rental(shop.judged, now)
        if shop.judged.out
        else _activation(shop.judged, now, minutes=5, message=shop.judged.proof),
        _activation(shop.lacking, now, minutes=6, message=bool(shop.lacking.lacks)),
    ]
    content = BytesIO("".join(json.dumps(row) + "\n" for row in rows).encode())
    import_file(shop.id, content, at=now, claimed=CLAIMED)


def _activation(case, now, *, minutes, message=False):
    ordered = now - timedelta(minutes=minutes)
    arrived = {"received_at": (ordered + timedelta(minutes=1)).isoformat(), "service": "WhatsApp"}
    return _order(case, "activation", "0.50") | {
        "service": "WhatsApp",
        "ordered_at": ordered.isoformat(),
        "revealed_at": ordered.isoformat(),
        "expires_at": (ordered + timedelta(minutes=20)).isoformat(),
        "messages": [arrived] if message else [],
    }


def _rental(case, now):
    """A rented number that the shop had offered and could not give."""
    ordered = now - timedelta(hours=7)
    return _order(case, "rental", "12.00") | {
        "service": "Virtual number",
        "ordered_at": ordered.isoformat(),
        "paid_from": ordered.isoformat(),
        "paid_until": (ordered + timedelta(days=30)).isoformat(),
        "unavailable_at": (ordered + timedelta(hours=2)).isoformat(),
        "was_orderable": True,
        "messages": [],
    }


def _order(case, kind, price):
    return {
        "record": "order",
        "reference": case.order,
        "account_email": EMAIL,
        "kind": kind,
        "country": "GB",
        "price": {"amount": price, "currency": "USD"},
    }
