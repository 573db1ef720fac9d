"""Reading a policy file: checked whole, so that what loads can decide."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import holidays

from portal.currencies import ISO_4217
from portal.money import Money, MoneyError, read_amount
from portal.policy.deciding.arranging import arrange
from portal.policy.deciding.document import (
    INFORMATION_TIME,
    PAYING_DAYS,
    PAYOUT_TIME,
    REVIEW_TIME,
    OfferedReason,
    PausingClock,
    Policy,
    PolicyError,
    Shop,
    ShopSender,
    Version,
)
from portal.policy.facts.table import BY_NAME, PAYOUT_METHODS, REASONS
from portal.policy.file import bounded
from portal.policy.file.clauses import Clauses
from portal.policy.file.examples import examples, laid_over
from portal.policy.file.grammar import ASKABLE, DECISIVE, EXPLAINING
from portal.policy.file.tables import fit
from portal.policy.language import tree
from portal.policy.language.calendar import Calendar
from portal.policy.language.clause import Clause, ClauseKind
from portal.policy.language.parsing import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SHOPS = Path(__file__).parents[1] / "shops"
PINS = "published.toml"  # beside the files: the hashes of what they have published
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)  # it stands in addresses and file names
_FIRST, _LAST = date(2000, 1, 1), date(2100, 12, 31)  # instants around them can be reckoned with
_DAYS = 3660
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def shops() -> dict[str, Policy]:
    """The bundled policies by shop id, in the order of their names. Raises PolicyError."""
    return {path.stem: bundled(path) for path in shop_files()}


def shop_files() -> list[Path]:
    """The files of the bundled policies, in the order of their names."""
    return sorted(path for path in SHOPS.glob("*.toml") if path.name != PINS)


def shop_paths(named: Iterable[Path], *, examples: bool) -> list[Path]:
    """The files of an install's shops: each that is named, by its path or as an example's name.

    With ``examples`` all of those are there as well.
    """
    by_name = {path.stem: path for path in shop_files()}
    found = [by_name.get(str(path), path) for path in named]
    return list(dict.fromkeys([*(shop_files() if examples else ()), *found]))


@cache
def bundled(path: Path) -> Policy:
    """A bundled file doesn't change while the portal runs, and a policy is never written to."""
    return load(path)


def load(path: Path) -> Policy:
    """Load and check a policy file whole.

    Raises PolicyError naming the file, the clause and the reason.
    """
    reader = whole if path.parent == SHOPS else read
    return reader(raw(path), path.name)


def raw(path: Path) -> bytes:
    """What a policy file holds. Raises PolicyError where it can't be read."""
    try:
        with path.open("rb") as file:
            return file.read(bounded.LARGEST + 1)
    except (OSError, ValueError) as error:
        raise PolicyError(f"{path.name}: the file cannot be read ({error})") from None


def read(content: bytes, name: str) -> Policy:
    """Check the content of a policy file whole; ``name`` is what a refusal calls it.

    It may come from anybody: a process of its own reads it first (bounded.py). Raises PolicyError
    naming the file, the clause and the reason, or the limit that it goes over.
    """
    bounded.vet(content, name)
    return whole(content, name)


def whole(content: bytes, name: str) -> Policy:
    """As ``read``, for what is known to be fit to read: a file of ours, or in a process to lose."""
    try:
        data = tomllib.loads(content.decode())
    except UnicodeDecodeError as error:
        raise PolicyError(f"{name}: the file cannot be read ({error})") from None
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{name}: not TOML: {error}") from None
    except ValueError:
        raise PolicyError(f"{name}: a number in it has too many digits") from None
    return compiled(data, name, hashlib.sha256(content).hexdigest())


def compiled(data: dict[str, Any], name: str, sha256: str = "") -> Policy:
    """Check the decoded content of a policy file whole. Raises PolicyError."""
    fit(data, name)
    return _File(name).policy(data, sha256)


def _hash(shop: Mapping[str, Any], table: Mapping[str, Any], version: Version) -> str:
    """The SHA-256 of what a decision under ``version`` rests on, however the file is laid out.

    A key that says what holds without it leaves the hash as it is.
    """
    apart = {*EXPLAINING, "information_time"}
    rests_on: dict[str, Any] = {
        "shop": {key: shop.get(key) for key in DECISIVE},
        "version": {key: value for key, value in table.items() if key not in apart},
        "automatic_limit": version.automatic_limit.as_json(),
    }
    if version.information_time != INFORMATION_TIME:
        rests_on["information_time"] = version.information_time.total_seconds()
    text = json.dumps(rests_on, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


class _File(Clauses):
    def policy(self, data: dict[str, Any], sha256: str) -> Policy:
        with self.gathered():
            self.keys(data, {"shop", "reason", "version"}, {"shop", "reason", "version"})
        if not {"shop", "reason", "version"} <= data.keys():
            raise PolicyError("\n".join(self.flaws))
        shop, calendar = None, Calendar(ZoneInfo("UTC"), frozenset(), None)
        with self.gathered():
            shop, calendar = self.shop(self.typed(data, "shop", dict))
        reasons: tuple[OfferedReason, ...] = ()
        with self.gathered():
            reasons = self.reasons(self.tables(data, "reason"))
        found: list[Version] = []
        for table in self.tables(data, "version"):
            with self.gathered():
                found.append(self.version(table, calendar, shop, data))
        if self.flaws or shop is None:
            raise PolicyError("\n".join(dict.fromkeys(self.flaws)))
        shop = replace(shop, reasons=reasons)
        versions = sorted(found, key=lambda version: version.in_force)
        self.where = ""
        if not versions:
            raise self.fail("no version")
        for one, other in pairwise(versions):
            if one.in_force == other.in_force:
                raise self.fail(f"two versions are in force from {one.in_force}")
        return Policy(shop.id, shop, tuple(versions), calendar, sha256)

    def shop(self, table: dict[str, Any]) -> tuple[Shop, Calendar]:
        self.where = "shop"
        needed = {
            "id", "name", "currency", "time_zone", "working_days", "sender", "automatic_limit",
            "payout_methods", "appeal_days", "who_can_claim", "have_ready",
        }  # fmt: skip
        own = {
            "terms", "appeal_needs_file", "appeal_review", "review_time", "payout_time",
            "paying_days",
        }  # fmt: skip
        self.keys(table, needed | own | {"holidays", "currencies"}, needed)
        if not _ID.fullmatch(self.typed(table, "id", str)):
            raise self.fail("'id' is up to 40 small letters, digits and -, a letter or digit first")
        for key in ("appeal_days", "paying_days"):
            if not 0 <= self.typed(table, key, int, 0) <= _DAYS:
                raise self.fail(f"{key!r} is 0 to {_DAYS}")
        calendar = self.calendar(table)
        sender = self.typed(table, "sender", dict)
        self.keys(sender, {"name", "email"}, {"name", "email"})
        methods = self.words(table, "payout_methods")
        for method in methods:
            if method not in PAYOUT_METHODS:
                raise self.fail(f"unknown payout method {method!r}")
        limit = self.limit(table, table["currency"])
        shop = Shop(
            id=self.typed(table, "id", str),
            name=self.typed(table, "name", str),
            currency=table["currency"],
            currencies=ISO_4217 | {table["currency"], *self.currencies(table)},
            time_zone=table["time_zone"],
            holidays=table.get("holidays"),
            sender=ShopSender(self.typed(sender, "name", str), self.typed(sender, "email", str)),
            automatic_limit=limit,
            payout_methods=methods,
            appeal_days=self.typed(table, "appeal_days", int),
            who_can_claim=self.words(table, "who_can_claim"),
            have_ready=self.words(table, "have_ready"),
            reasons=(),
            terms=self.typed(table, "terms", str, ""),
            appeal_needs_file=self.typed(table, "appeal_needs_file", bool, True),  # noqa: FBT003 - the default
            appeal_review=self.lasting(table, "appeal_review", REVIEW_TIME),
            review_time=self.lasting(table, "review_time", REVIEW_TIME),
            payout_time=self.lasting(table, "payout_time", PAYOUT_TIME),
            paying_days=self.typed(table, "paying_days", int, PAYING_DAYS),
        )
        return shop, calendar

    def currencies(self, table: dict[str, Any]) -> tuple[str, ...]:
        """What the shop has besides the money of ISO 4217, such as USDT."""
        found = self.words(table, "currencies")
        for name in found:
            try:
                Money.parse("0", name)
            except MoneyError as error:
                raise self.fail(f"'currencies': {name!r}: {error}") from None
        return found

    def calendar(self, table: dict[str, Any]) -> Calendar:
        try:
            zone = ZoneInfo(self.typed(table, "time_zone", str))
        except (KeyError, ValueError, OSError):
            raise self.fail(f"unknown time zone {table['time_zone']!r}") from None
        country = self.typed(table, "holidays", str)
        if country is not None and country not in holidays.list_supported_countries():
            raise self.fail(f"no public holidays are known for {country!r}")
        days = self.words(table, "working_days")
        if not days or any(day not in _WEEKDAYS for day in days):
            raise self.fail(f"'working_days' are some of {', '.join(_WEEKDAYS)}")
        return Calendar(zone, frozenset(_WEEKDAYS.index(day) for day in days), country)

    def reasons(self, tables: list[dict[str, Any]]) -> tuple[OfferedReason, ...]:
        found: dict[str, OfferedReason] = {}
        needed = {"code", "label", "hint", "about", "asks"}
        for table in tables:
            with self.gathered():
                self.where = f"reason {table.get('code', '?')}"
                self.keys(table, needed, needed)
                asks = self.words(table, "asks")
                if self.typed(table, "code", str) not in REASONS:
                    raise self.fail("unknown reason")
                if table["code"] in found:
                    raise self.fail("offered twice")
                if table["about"] not in ("order", "balance"):
                    raise self.fail("'about' is order or balance")
                for ask in asks:
                    if ask not in ASKABLE:
                        raise self.fail(f"{ask!r} is not a customer's fact")
                found[table["code"]] = OfferedReason(
                    table["code"],
                    self.typed(table, "label", str),
                    self.typed(table, "hint", str),
                    table["about"],
                    asks,
                )
        self.where = ""
        if "other" not in found:
            self.note("the reason 'other' is not offered")
        return tuple(found.values())

    def limit(self, table: dict[str, Any], currency: str) -> Money:
        try:
            return read_amount(table["automatic_limit"], currency)
        except MoneyError as error:
            raise self.fail(f"'automatic_limit': {error}") from None

    def version(
        self, table: dict[str, Any], calendar: Calendar, shop: Shop | None, data: dict[str, Any]
    ) -> Version:
        self.where = "version"
        needed = {"in_force", "points", "clause", "other"}
        self.keys(
            table,
            needed
            | {"top_up_window", "rectify_by", "automatic_limit", "information_time", *EXPLAINING},
            needed,
        )
        in_force = table["in_force"]
        if not isinstance(in_force, date) or isinstance(in_force, datetime):
            raise self.fail("'in_force' is not a date")
        if not _FIRST <= in_force <= _LAST:
            raise self.fail(f"'in_force' is not between {_FIRST} and {_LAST}")
        self.where = f"version {in_force}"
        window, clock = table.get("top_up_window"), table.get("rectify_by")
        tables = self.tables(table, "clause")
        read: list[Clause] = []
        for each in tables:
            with self.gathered():
                read.append(self.clause(each, calendar))
        clauses = tuple(read)
        ids = [str(each.get("id")) for each in tables]
        for clause_id in dict.fromkeys(each for each in ids if ids.count(each) > 1):
            self.note(f"clause {clause_id} is there twice")
        self.supplied(clauses, clock is not None, window is not None)
        given = self.typed(table, "points", dict)
        points = {code: self.words(given, code) for code in given}
        fallback = self.typed(table, "other", str)
        self.references(clauses, points, fallback, known=set(ids), data=data)
        if shop is None:
            self.stop()
            raise self.fail("no shop")
        limit = shop.automatic_limit
        if "automatic_limit" in table:
            limit = self.limit(table, shop.currency)
        self.stop()
        top_up_window = None if window is None else self.length(window)
        rectify_clock = None if clock is None else self.clock(self.typed(table, "rectify_by", dict))
        information_time = self.lasting(table, "information_time", INFORMATION_TIME)
        try:
            program = arrange(
                clauses, calendar, fallback=fallback, information_time=information_time
            )
        except tree.ConditionError as error:
            raise self.fail(str(error)) from None
        version = Version(
            in_force=in_force,
            starts_at=calendar.midnight(in_force),
            clauses=clauses,
            points=points,
            top_up_window=top_up_window,
            rectify_clock=rectify_clock,
            calendar=calendar,
            default=next((each for each in clauses if each.kind is ClauseKind.DEFAULT), None),
            automatic_limit=limit,
            information_time=information_time,
            fallback=fallback,
            program=program,
        )
        return replace(
            version,
            sha256=_hash(data["shop"], table, version),
            ordinary=laid_over({}, self.typed(table, "ordinary", dict, {})),
            examples=examples(self, table, shop),
        )

    def supplied(self, clauses: tuple[Clause, ...], clock: bool, window: bool) -> None:  # noqa: FBT001
        for each in clauses:
            reads = {
                name
                for test in (each.when, each.finding, *each.deadlines.values())
                if test
                for name in test.reads
            }
            if "clock.rectify_by" in reads and not clock:
                self.note(f"{each.id} reads clock.rectify_by, and 'rectify_by' is missing")
            if any(name.startswith("balance.") for name in reads) and not window:
                self.note(f"{each.id} reads the balance, and 'top_up_window' is missing")

    def references(
        self,
        clauses: tuple[Clause, ...],
        points: Mapping[str, tuple[str, ...]],
        other: str,
        *,
        known: set[str],
        data: dict[str, Any],
    ) -> None:
        offered = {str(reason.get("code")) for reason in self.tables(data, "reason")}
        for code in sorted((offered & {*REASONS}) - {*points, "other"}):
            self.note(f"'points' does not say where {code} points")
        for code in sorted({*points} - {*REASONS}):
            self.note(f"points: unknown reason {code!r}")
        cited = [(f"points.{code}", name) for code, names in points.items() for name in names]
        cited += [
            (each.id, name)
            for each in clauses
            for name in (*each.also, *each.yields_to, *each.beats)
        ]
        for where, name in [*cited, ("other", other)]:
            if name not in known:
                self.note(f"{where}: unknown clause {name!r}")
        for clause in clauses:
            if (clause.yields_to or clause.beats) and not clause.because:
                self.note(f"{clause.id}: a precedence without 'because'")

    def lasting(self, table: dict[str, Any], key: str, own: timedelta) -> timedelta:
        """The length that ``key`` says; the portal's ``own`` where it is not there."""
        return self.length(self.typed(table, key, str)) if key in table else own

    def length(self, text: Any) -> timedelta:
        try:
            term = parse_time(f"now + {text}")
        except tree.ConditionError as error:
            raise self.fail(str(error)) from None
        if isinstance(term, tree.Sum) and isinstance(term.right, tree.Duration):
            found = term.right
            if not found.months and not found.working_days:
                return timedelta(seconds=found.seconds)
        raise self.fail(f"{text!r} is not a length in days, hours, minutes or seconds")

    def clock(self, table: dict[str, Any]) -> PausingClock:
        needed = {"from", "length", "paused_from", "paused_until"}
        self.keys(table, needed, needed)
        for key in ("from", "paused_from", "paused_until"):
            if self.typed(table, key, str) not in BY_NAME:
                raise self.fail(f"rectify_by: unknown fact {table[key]!r}")
        return PausingClock(
            table["from"], self.length(table["length"]), table["paused_from"], table["paused_until"]
        )
