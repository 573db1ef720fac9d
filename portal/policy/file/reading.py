"""Reading a policy file: checked whole, so that what loads can decide; all that is wrong at once."""

import hashlib
import json
import tomllib
from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from portal.currencies import ISO_4217
from portal.policy.deciding.arranging import arrange
from portal.policy.deciding.case import parse
from portal.policy.deciding.document import (
    INFORMATION_TIME,
    Example,
    OfferedReason,
    PausingClock,
    Policy,
    PolicyError,
    Shop,
    ShopFace,
    ShopSender,
    Version,
)
from portal.policy.file import bounded, schema
from portal.policy.file.examples import laid_over, put
from portal.policy.file.places import SHOPS, shop_files
from portal.policy.file.references import faults, tables
from portal.policy.file.refusal import Refusal, refuse_unfit
from portal.policy.file.tables.calendar import calendar_of
from portal.policy.file.values import WEEKDAYS, Surroundings, is_in_force
from portal.policy.language.calendar import Calendar
from portal.policy.language.clause import Clause, ClauseKind
from portal.policy.language.in_force import in_force_of
from portal.policy.language.json_values import CaseError
from portal.translation import gettext

_FILE = TypeAdapter(schema.FileOf[schema.Raw, schema.Raw, schema.Raw])
_SHOP, _REASON = TypeAdapter(schema.ShopTable), TypeAdapter(schema.ReasonTable)
_VERSION = TypeAdapter(schema.VersionOf[schema.Raw, schema.Raw])
_CLAUSE: TypeAdapter[schema.AnyClause] = TypeAdapter(schema.ClauseTable)
_EXAMPLE = TypeAdapter(schema.ExampleTable)


def shops() -> dict[str, Policy]:
    """The bundled policies by shop id, in the order of their names. Raises PolicyError."""
    return {path.stem: bundled(path) for path in shop_files()}


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
        why = gettext("the file cannot be read (%(error)s)", error=error)
        raise PolicyError(f"{name}: {why}") from None
    except tomllib.TOMLDecodeError as error:
        why = gettext("not TOML: %(error)s", error=error)
        raise PolicyError(f"{name}: {why}") from None
    except ValueError:
        why = gettext("a number in it has too many digits")
        raise PolicyError(f"{name}: {why}") from None
    return compiled(data, name, hashlib.sha256(content).hexdigest())


def compiled(data: dict[str, Any], name: str, sha256: str = "") -> Policy:
    """Check the decoded content of a policy file whole. Raises PolicyError."""
    refuse_unfit(data, name)
    return _File(name, data).policy(sha256)


class _File:
    """A file that is read part by part, so that what is wrong with one part hides nothing of another."""

    def __init__(self, name: str, data: schema.Raw) -> None:
        self.data = data
        self.refusal = Refusal(name)
        self.shop: Shop | None = None
        self.calendar = Calendar(ZoneInfo("UTC"), frozenset(), None)

    def policy(self, sha256: str) -> Policy:
        """The policy that the file says. Raises PolicyError with all that is wrong."""
        self.refusal.read(_FILE, self.data, "")
        self.read_shop()
        reasons = tuple(self.reasons())
        found = [self.version(table) for table in tables(self.data, "version")]
        if self.data.get("version") == []:
            self.refusal.note("", gettext("no version"))
        stated = [in_force_of(each.get("in_force")) for each in tables(self.data, "version")]
        starts = list(map(self.calendar.start, filter(is_in_force, stated)))
        for in_force in filter(is_in_force, stated):
            if starts.count(self.calendar.start(in_force)) > 1:
                why = gettext("two versions are in force from %(date)s", date=in_force)
                self.refusal.note("", why)
        self.refusal.refuse()
        if self.shop is None:  # then it was noted why
            raise PolicyError(self.refusal.name)
        versions = sorted((each for each in found if each), key=lambda each: each.starts_at)
        shop = replace(self.shop, reasons=reasons)
        return Policy(shop.id, shop, tuple(versions), self.calendar, sha256)

    def read_shop(self) -> None:
        """The shop and its calendar, by which the versions are read."""
        if "shop" not in self.data:
            return
        table = self.refusal.read(_SHOP, self.data["shop"], "shop")
        if table is None:
            return
        said = dict(table)
        days = frozenset(WEEKDAYS.index(day) for day in said.pop("working_days"))
        self.calendar = Calendar(ZoneInfo(table.time_zone), days, table.holidays)
        self.shop = Shop(
            **said
            | {
                "sender": ShopSender(**dict(table.sender)),
                "face": ShopFace(**dict(table.face)),
                "currencies": ISO_4217 | {table.currency, *table.currencies},
                "reasons": (),
            }
        )

    def reasons(self) -> Iterator[OfferedReason]:
        """The reasons that the shop offers, each once, and ``other`` among them."""
        offered: list[object] = []
        for raw in tables(self.data, "reason"):
            where = f"reason {raw.get('code', '?')}"
            if table := self.refusal.read(_REASON, raw, where):
                yield OfferedReason(**dict(table))
            if raw.get("code") in offered:
                self.refusal.note(where, gettext("offered twice"))
            offered.append(raw.get("code"))
        if "reason" in self.data and "other" not in offered:
            self.refusal.note("", gettext("the reason 'other' is not offered"))

    def version(self, raw: schema.Raw) -> Version | None:
        """One version with its rules arranged; None where it is refused."""
        before, in_force = len(self.refusal.found), in_force_of(raw.get("in_force"))
        where = f"version {in_force}" if is_in_force(in_force) else "version"
        around = Surroundings(self.calendar, self.shop.currency if self.shop else "USD")
        table = self.refusal.read(_VERSION, raw, where, around)
        calendar = calendar_of(table.calendar if table else None, self.calendar)
        around = replace(around, calendar=calendar)
        clauses = tuple(self.clauses(raw, where, around))
        for reason in faults(raw, clauses, offered=tables(self.data, "reason")):
            self.refusal.note(where, reason)
        examples = tuple(self.examples(raw, where, around))
        if table is None or self.shop is None or len(self.refusal.found) > before:
            return None
        program = arrange(
            clauses, calendar, fallback=table.other, information_time=table.information_time
        )
        clock = table.rectify_by
        version = Version(
            in_force=table.in_force,
            starts_at=self.calendar.start(table.in_force),
            clauses=clauses,
            points=table.points,
            top_up_window=table.top_up_window,
            rectify_clock=PausingClock(**dict(clock)) if clock else None,
            calendar=calendar,
            default=next((each for each in clauses if each.kind is ClauseKind.DEFAULT), None),
            automatic_limit=table.automatic_limit or self.shop.automatic_limit,
            information_time=table.information_time,
            fallback=table.other,
            program=program,
            ordinary=laid_over({}, table.ordinary),
            examples=examples,
        )
        return replace(version, sha256=_hash(self.data["shop"], raw, version))

    def clauses(self, version: schema.Raw, where: str, around: Surroundings) -> Iterator[Clause]:
        """The clauses that are not refused."""
        for raw in tables(version, "clause"):
            place = f"{where}: {raw.get('id', 'a clause without id')}"
            if table := self.refusal.read(_CLAUSE, raw, place, around):
                said = dict(table)
                if turned := said.get("reversed"):
                    own = {n: said[n] for n in ("id", "wording") if not getattr(turned, n)}
                    said["reversed"] = Clause(**dict(turned) | own)
                yield Clause(**said)

    def examples(self, version: schema.Raw, where: str, around: Surroundings) -> Iterator[Example]:
        """The examples, each laid over the ``ordinary`` claim, less what it is ``without``."""
        ids = {str(each.get("id")) for each in tables(version, "clause")}
        given = version.get("ordinary")
        ordinary = laid_over({}, given if isinstance(given, dict) else {})
        currencies = self.shop.currencies if self.shop else None
        names, of_ordinary, told = set[str](), _refused(ordinary, currencies), False
        for raw in tables(version, "example"):
            name = repr(raw.get("name", "without a name"))
            place = f"{where}: example {name}"
            if name in names:
                self.refusal.note(place, gettext("two examples have this name"))
            names.add(name)
            table = self.refusal.read(_EXAMPLE, raw, place, around)
            if table is None:
                continue
            claim = laid_over(ordinary, table.given)
            for path in table.without:
                claim = put(claim, path, None)
            reason = _refused(claim, currencies)
            if reason and not (told and reason == of_ordinary):
                self.refusal.note(place, reason)
            told = told or reason == of_ordinary  # once, not of each example
            for clause_id in table.expect.clauses:
                if clause_id not in ids:
                    why = gettext("unknown clause %(clause)s", clause=repr(clause_id))
                    self.refusal.note(place, why)
            expect = laid_over({}, raw["expect"])
            if table.expect.amount is not None:
                expect["amount"] = table.expect.amount
            yield Example(table.name, claim, expect)


def _refused(claim: schema.Raw, currencies: Container[str] | None) -> str:
    """Why the claim can't be read, or an empty text."""
    try:
        parse(claim, currencies)
    except CaseError as refusal:
        return str(refusal)
    return ""


def _hash(shop: Mapping[str, Any], table: Mapping[str, Any], version: Version) -> str:
    """The SHA-256 of what a decision under ``version`` rests on, however the file is laid out.

    A key that says what holds without it leaves the hash as it is.
    """
    apart = {*schema.EXPLAINING, "information_time"}
    rests_on: dict[str, Any] = {
        "shop": {key: shop.get(key) for key in schema.DECISIVE},
        "version": {key: value for key, value in table.items() if key not in apart},
        "automatic_limit": version.automatic_limit.as_json(),
    }
    if version.information_time != INFORMATION_TIME:
        rests_on["information_time"] = version.information_time.total_seconds()
    text = json.dumps(rests_on, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
