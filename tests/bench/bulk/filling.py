"""Many claims at once, for seeing how the portal fares with them: plots multiplied by bulk inserts.

python -m tests.bench.bulk.filling CLAIMS    adds them to the database of the settings
"""

from __future__ import annotations

import json
import secrets
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from random import Random
from typing import Any, cast

from flask import current_app
from PIL import Image
from sqlalchemy import JSON, Column, Table, TextClause, bindparam, func, select, text
from sqlalchemy.types import NullType

from portal.app import create_app
from portal.claims.counts import Key, keys, shift
from portal.claims.evidence.storage.chosen import storage
from portal.claims.history import ClaimEvent, Ruling
from portal.claims.lifecycle import ENDED, Actor
from portal.claims.models import Claim, Evidence, StoredDecision
from portal.claims.queue.orders import stake_of
from portal.claims.search import ClaimWord, amounts_of, known_words
from portal.claims.verbs.filing import ALPHABET
from portal.database import transaction
from portal.demo.people import DANA, MARTA, hire
from portal.demo.pictures import HEIGHT, WIDTH, screenshot
from portal.events.ulids import key_at
from portal.extensions import Base, db
from portal.ledger.payout import Payout
from portal.policy.deciding.document import Policy
from tests.bench.bulk.plots import EMAIL, ORDER, plot

CHUNK = 5_000  # claims in one transaction
MOST_PLOTS = 2_000
EACH_PLOT = 20  # claims at least, where there are fewer

# Numbers are spread over all references by a step that shares no factor with their count.
_REFERENCES = len(ALPHABET) ** 8
_STEP = 412_345_678_901
_NAMES = [
    "ada",
    "ben",
    "chloe",
    "dan",
    "eva",
    "finn",
    "gina",
    "hans",
    "iris",
    "jan",
    "kira",
    "leo",
    "maya",
    "nils",
    "olga",
    "pia",
]

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A plot as rows in which only the claim's own names have still to be put."""

    claim: Row
    children: Mapping[type[Base], tuple[Row, ...]]
    keys: frozenset[Key]  # where it counts
    words: frozenset[str]  # by which all of them are found
    is_open: bool


@dataclass(slots=True)
class _Batch:
    """The rows of one transaction."""

    rows: dict[type[Base], list[Row]] = field(default_factory=dict)
    moves: Counter[Key] = field(default_factory=Counter)


def fill(
    count: int, *, now: datetime, seed: int = 1, done: Callable[[int], None] | None = None
) -> None:
    """Add ``count`` claims with events, decisions, rulings and payouts, as of ``now`` (UTC).

    Each is one of up to 2,000 cases that the policies really decided, with an address and an order
    of its own. CHUNK claims make one transaction; ``done`` hears how many are in after each.
    """
    policies: Mapping[str, Policy] = current_app.extensions["policies"]
    chance = Random(seed)
    with transaction():
        staff = hire()
        db.session.flush()
        people = {
            Actor.REVIEWER: staff[DANA].id,
            Actor.PAYER: staff[MARTA].id,
        }
    plots = min(MOST_PLOTS, max(1, count // EACH_PLOT, min(count, 200)))
    views = _views()
    patterns = [
        _pattern(plot(policies, now=now, chance=chance, views=views), people) for _ in range(plots)
    ]
    for start in range(0, count, CHUNK):
        size = min(CHUNK, count - start)
        with transaction():
            batch = _Batch()
            for number in _numbers(size):
                _add(batch, chance.choice(patterns), number)
            for model, rows in batch.rows.items():
                db.session.execute(_insert(model, rows[0]), rows)
            shift(db.session(), batch.moves)
        if done:
            done(start + size)


def _views() -> list[Row]:
    """One screenshot in the storage, shown for every file of these claims."""
    picture = screenshot(
        "My orders",
        [("Order", "See the claim"), ("Messages", "None")],
        note="The waiting time is over and no message came.",
    )
    small, (width, height) = _thumbnail(picture)
    return [
        _kept("view", picture, "image/png", WIDTH, HEIGHT),
        _kept("thumb", small, "image/jpeg", width, height),
    ]


def _thumbnail(data: bytes) -> tuple[bytes, tuple[int, int]]:
    """A small JPEG of a picture, and its size in pixels."""
    with Image.open(BytesIO(data)) as picture:
        picture.thumbnail((320, 320))
        file = BytesIO()
        picture.convert("RGB").save(file, "JPEG", quality=80)
        return file.getvalue(), picture.size


def _kept(role: str, data: bytes, media_type: str, width: int, height: int) -> Row:
    stored = storage().create(BytesIO(data), limit=len(data))
    return {
        "role": role,
        "key": stored.key,
        "media_type": media_type,
        "width": width,
        "height": height,
        "size": stored.size,
    }


def _numbers(size: int) -> Iterator[int]:
    """Claims' numbers that nobody else gets."""
    if db.session.get_bind().dialect.name == "postgresql":
        sequence = func.nextval(func.pg_get_serial_sequence("claims", "id"))
        return iter(db.session.scalars(select(sequence).select_from(func.generate_series(1, size))))
    last = db.session.scalar(select(func.max(Claim.id))) or 0
    return iter(range(last + 1, last + 1 + size))


def _pattern(claim: Claim, people: Mapping[Actor, int]) -> Pattern:
    children: dict[type[Base], tuple[Row, ...]] = {
        ClaimEvent: tuple(
            _row(event) | {"reviewer_id": people.get(event.role)} for event in claim.events
        ),
        StoredDecision: tuple(_row(decision) for decision in claim.decisions),
        Ruling: tuple(
            _row(ruling) | {"reviewer_id": people[Actor.REVIEWER]} for ruling in claim.rulings
        ),
        Evidence: tuple(_row(file) for file in claim.evidence),
        Payout: tuple(_row(payout) for payout in claim.payouts),
    }
    return Pattern(
        claim=_row(claim) | {"stake": stake_of(claim)},
        children=children,
        keys=frozenset(keys(claim)),
        words=frozenset(
            known_words(
                claim.service_name,
                claim.facts.get("order", {}).get("service"),
                amounts=amounts_of(claim),
            )
        ),
        is_open=claim.status not in ENDED,
    )


def _row(thing: Base) -> Row:
    """Its columns with their defaults, JSON already written."""
    table = _table(type(thing))
    return {
        column.name: _json(_value(thing, column))
        if isinstance(column.type, JSON)
        else _value(thing, column)
        for column in table.columns
        if column.name not in {"id", "claim_id"}
    }


def _value(thing: Base, column: Column[Any]) -> Any:
    """What it has in a column, or what a row gets where nothing was set."""
    value, default = getattr(thing, column.name), column.default
    if value is not None or default is None or column.name == "key":  # each payout has its own
        return value
    return default.arg if default.is_scalar else default.arg(None)


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


def _add(batch: _Batch, pattern: Pattern, number: int) -> None:
    email = f"{_NAMES[number % len(_NAMES)]}.{number % 40_009}@example.org"
    order = f"F{number:08d}"
    claim = pattern.claim | {
        "id": number,
        "reference": _reference(number),
        "email": email,
        "facts": _named(pattern.claim["facts"], email, order),
    }
    if claim["order_reference"]:
        claim["order_reference"] = claim["order_key"] = order
    if pattern.is_open:
        claim["open_key"] = f"{claim['shop']}:{email}:{order}"
    batch.rows.setdefault(Claim, []).append(claim)
    own = known_words(claim["reference"], claim["order_reference"], address=email)
    batch.rows.setdefault(ClaimWord, []).extend(
        {"word": word, "claim_id": number} for word in sorted(pattern.words | own)
    )
    for model, rows in pattern.children.items():
        for row in rows:
            mine = row | {"claim_id": number}
            if model is StoredDecision:
                mine["case"] = _named(row["case"], email, order)
                mine["document"] = _named(row["document"], email, order)
            elif model is Evidence:
                mine["public_id"] = secrets.token_urlsafe(16)
            elif model is Payout:
                mine["key"] = key_at("PO-", row["approved_at"])
            batch.rows.setdefault(model, []).append(mine)
    batch.moves.update(pattern.keys)


def _named(text: str, email: str, order: str) -> str:
    return text.replace(EMAIL, email).replace(ORDER, order)


def _reference(number: int) -> str:
    """A reference of its own for each number, as scattered as those of real claims."""
    rest = number * _STEP % _REFERENCES
    letters = ""
    for _ in range(8):
        rest, place = divmod(rest, len(ALPHABET))
        letters += ALPHABET[place]
    return f"{letters[:4]}-{letters[4:]}"


def _insert(model: type[Base], row: Row) -> TextClause:
    """An INSERT that takes JSON as text, since most claims have theirs in common."""
    table = _table(model)
    names = ", ".join(f'"{name}"' for name in row)
    values = ", ".join(f":{name}" for name in row)
    typed = [
        bindparam(name, type_=NullType() if isinstance(kind, JSON) else kind)
        for name, kind in ((name, table.columns[name].type) for name in row)
    ]
    return text(f"INSERT INTO {table.name} ({names}) VALUES ({values})").bindparams(*typed)


def _table(model: type[Base]) -> Table:
    return cast("Table", model.__table__)


if __name__ == "__main__":
    with create_app().app_context():
        fill(int(sys.argv[1]), now=datetime.now(UTC).replace(microsecond=0))
