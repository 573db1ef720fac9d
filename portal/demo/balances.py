"""The small shop's own books, in a file of their own: balances, refusals, calls, and how it behaves."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from typing import Any

CALLS_SHOWN = 30
_TABLES = """
CREATE TABLE IF NOT EXISTS credits (
    key TEXT PRIMARY KEY, shop TEXT, email TEXT, amount TEXT, currency TEXT,
    order_reference TEXT, reference TEXT, at TEXT);
CREATE TABLE IF NOT EXISTS refusals (key TEXT PRIMARY KEY, status INTEGER, said TEXT);
CREATE TABLE IF NOT EXISTS calls (
    id INTEGER PRIMARY KEY, at TEXT, method TEXT, shop TEXT, key TEXT, email TEXT,
    amount TEXT, currency TEXT, answered TEXT);
CREATE TABLE IF NOT EXISTS conduct (name TEXT);
"""


class Conduct(StrEnum):
    """How the small shop behaves towards the next calls."""

    WORKS = "works"
    FIXABLE = "fixable"
    WAIT = "wait"
    FINAL = "final"
    HANGS = "hangs"
    BROKEN = "broken"  # 500, the credit made
    RESETS = "resets"  # the line is cut, the credit made
    DROPS = "drops"  # the line is cut before the call was looked at
    BAD_DAY = "bad-day"  # three calls in ten meet one of the others


@dataclass(frozen=True, slots=True)
class ShopAnswer:
    """A status and what its JSON body says."""

    status: int
    said: dict[str, str]


@dataclass(frozen=True, slots=True)
class AskedCredit:
    """A credit as a call asks for it; ``amount`` is a decimal number as text."""

    key: str
    shop: str
    email: str
    amount: str
    currency: str
    order_reference: str | None = None


REFUSED: dict[Conduct, ShopAnswer] = {
    Conduct.FIXABLE: ShopAnswer(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        {
            "status": "failed",
            "kind": "fixable",
            "detail": "Your account is locked. Unlock it in its settings, then it can be credited.",
        },
    ),
    Conduct.WAIT: ShopAnswer(
        HTTPStatus.TOO_MANY_REQUESTS,
        {"status": "failed", "kind": "wait", "detail": "Balances are being counted. Come back."},
    ),
    Conduct.FINAL: ShopAnswer(
        HTTPStatus.GONE,
        {"status": "failed", "kind": "final", "detail": "This account was closed for good."},
    ),
}
ANOTHER = ShopAnswer(
    HTTPStatus.CONFLICT,
    {"status": "failed", "kind": "final", "detail": "This key was used for another credit."},
)
_KEPT = {Conduct.FIXABLE, Conduct.FINAL}  # a look-up repeats these; of a wait it says 404


class SmallShopBooks:
    """Balances that are credited once for each key. A restart forgets nothing."""

    def __init__(self, file: Path) -> None:
        self._file = file
        with self._open() as books:
            books.execute("PRAGMA journal_mode = WAL")
            books.executescript(_TABLES)

    def conduct(self) -> Conduct:
        """How it behaves now."""
        with self._open() as books:
            row = books.execute("SELECT name FROM conduct").fetchone()
        return Conduct(row["name"]) if row else Conduct.WORKS

    def behave(self, conduct: Conduct) -> None:
        """Behave so from now on."""
        with self._writing() as books:
            books.execute("DELETE FROM conduct")
            books.execute("INSERT INTO conduct VALUES (?)", (conduct,))

    def credit(self, asked: AskedCredit) -> ShopAnswer:
        """Credit it, or say again what was credited under its key."""
        wanted = (asked.shop, asked.email, asked.amount, asked.currency)
        with self._writing() as books:
            found = books.execute("SELECT * FROM credits WHERE key = ?", (asked.key,)).fetchone()
            if found:
                same = wanted == tuple(found[name] for name in _SAME)
                return _paid(found["reference"]) if same else ANOTHER
            (count,) = books.execute("SELECT COUNT(*) FROM credits").fetchone()
            reference = f"BAL-{count + 1:05}"
            books.execute(
                "INSERT INTO credits VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (asked.key, *wanted, asked.order_reference, reference, _now()),
            )
            books.execute("DELETE FROM refusals WHERE key = ?", (asked.key,))
        return _paid(reference)

    def refuse(self, key: str, conduct: Conduct) -> ShopAnswer:
        """Refuse it; what was credited under the key before stays, and is said again."""
        answer = REFUSED[conduct]
        with self._writing() as books:
            found = books.execute("SELECT * FROM credits WHERE key = ?", (key,)).fetchone()
            if found:
                return _paid(found["reference"])
            if conduct in _KEPT:
                said = (key, answer.status, json.dumps(answer.said))
                books.execute("INSERT OR REPLACE INTO refusals VALUES (?, ?, ?)", said)
        return answer

    def look_up(self, key: str) -> ShopAnswer:
        """What became of the credit of this key; 404 where it never arrived."""
        with self._open() as books:
            found = books.execute("SELECT * FROM credits WHERE key = ?", (key,)).fetchone()
            refused = books.execute("SELECT * FROM refusals WHERE key = ?", (key,)).fetchone()
        if found:
            return _paid(found["reference"])
        if refused:
            return ShopAnswer(refused["status"], json.loads(refused["said"]))
        return ShopAnswer(HTTPStatus.NOT_FOUND, {"detail": "No such credit arrived."})

    def note(self, method: str, asked: AskedCredit, answered: str) -> None:
        """Keep that a call came, and what it was answered, for the page."""
        row = (_now(), method, asked.shop, asked.key, asked.email, asked.amount, asked.currency)
        with self._writing() as books:
            books.execute(
                "INSERT INTO calls (at, method, shop, key, email, amount, currency, answered)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*row, answered),
            )

    def credited(self) -> dict[str, tuple[str, str, str, str]]:
        """Every credit by its key: shop, address, amount, currency."""
        with self._open() as books:
            rows = books.execute("SELECT * FROM credits ORDER BY rowid").fetchall()
        return {row["key"]: tuple(row[name] for name in _SAME) for row in rows}

    def balances(self) -> list[dict[str, Any]]:
        """Each account with what it was credited, the one credited last first."""
        with self._open() as books:
            rows = books.execute("SELECT * FROM credits ORDER BY rowid").fetchall()
        found: dict[tuple[str, ...], dict[str, Any]] = {}
        for row in rows:
            name = (row["shop"], row["email"], row["currency"])
            before = found.pop(name, {"total": Decimal(0), "count": 0})
            found[name] = dict(zip(("shop", "email", "currency"), name, strict=True)) | {
                "total": before["total"] + Decimal(row["amount"]),
                "count": before["count"] + 1,
                "at": row["at"],
            }
        return list(reversed(found.values()))

    def calls(self) -> list[dict[str, Any]]:
        """The newest calls first."""
        with self._open() as books:
            newest = "SELECT * FROM calls ORDER BY id DESC LIMIT ?"
            return [dict(row) for row in books.execute(newest, (CALLS_SHOWN,))]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        books = sqlite3.connect(self._file, timeout=10, isolation_level=None)
        books.row_factory = sqlite3.Row
        books.execute("PRAGMA synchronous = NORMAL")
        try:
            yield books
        finally:
            books.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._open() as books:
            books.execute("BEGIN IMMEDIATE")
            yield books
            books.execute("COMMIT")


_SAME = ("shop", "email", "amount", "currency")


def _paid(reference: str) -> ShopAnswer:
    return ShopAnswer(HTTPStatus.OK, {"status": "paid", "reference": reference})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
