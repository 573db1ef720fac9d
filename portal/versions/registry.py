"""The policies that govern now: the files, and over them what was published in the browser."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import structlog
from flask import current_app
from sqlalchemy import inspect, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from portal.extensions import db
from portal.policy.deciding.document import Policy, PolicyError
from portal.policy.file import reading
from portal.policy.file.places import SHOPS
from portal.policy.text import editing
from portal.policy.text.blocks import NotByLines
from portal.versions import pins
from portal.versions.lifecycle import State
from portal.versions.models import PolicyVersion, text_hash
from portal.versions.refusals import ShopNotLoaded

log = structlog.get_logger(__name__)

PAUSE = 60.0  # seconds between two looks for something newly published


@dataclass(frozen=True, slots=True)
class Governing:
    """A policy and the file text it was read from; drafts begin from the text.

    ``row`` is the published version whose text it is; None for a file.
    """

    policy: Policy
    text: str
    row: int | None = None


class Policies(Mapping[str, Policy]):
    """Each shop's policy by the shop's id.

    To read one is never to look into the database: each request and each turn of the worker begins
    with ``look()``, which does so at most once in PAUSE seconds, on a connection of its own. A
    version lies an hour ahead when it is published, so a minute is early enough for every process.
    """

    def __init__(
        self,
        paths: Iterable[Path],
        *,
        at: datetime,
        clock: Callable[[], float] = time.monotonic,
        held: Callable[[str], str] = lambda _text: "",
        later: Callable[[], Iterable[Path]] = tuple,
    ) -> None:
        """Read and verify the policy files. Raises PolicyError naming file, version and mend.

        ``held`` says of the text of a shop's own file why it decides nothing by itself, if so.
        ``later`` lists the files that there are when it is asked: a shop that is new among them
        runs from then on.
        """
        self._held, self._later, self._at = held, later, at
        self._reasons: dict[str, str] = {}
        self._read: set[Path] = set()
        self.paths: dict[str, Path] = {}
        self._clock = clock
        self._lock = threading.Lock()
        self._looked = clock()
        self._files: dict[str, Governing] = {}
        for path in paths:
            self._take(path)
        self._governing = dict(self._files)
        self._rows: dict[int, Governing] = {}
        self.hold()

    def _take(self, path: Path, *, over: bool = True) -> None:
        """Take a file; ``over`` one of the same shop that was taken before, or else not."""
        read = _from_file(path, self._at)
        self._read.add(path)
        shop = read.policy.id
        if over or shop not in self._files:
            self._files[shop], self.paths[shop] = read, path
        else:
            log.error(
                "policy file left out", file=str(path), shop=shop, taken=str(self.paths[shop])
            )

    def _take_new(self) -> None:
        """Take the files that were not there at the last look; one that isn't whole is logged."""
        for path in self._later():
            if path not in self._read:
                try:
                    self._take(path, over=False)
                except PolicyError as error:
                    log.error("policy file refused", reason=str(error))  # noqa: TRY400 - no bug of ours
        self._governing = self._files | self._governing

    def own_texts(self) -> dict[str, str]:
        """The texts that nobody checked before they governed: those of the shops' own files."""
        # Of what governs, which is replaced as a whole: files are taken meanwhile by another thread.
        return {
            shop: each.text
            for shop, each in self._governing.items()
            if self.paths[shop].parent != SHOPS and self._files[shop].text == each.text
        }

    def hold(self) -> None:
        """Let what the check says of the shops' own files count; a change of it is logged."""
        reasons = {shop: self._held(text) for shop, text in self.own_texts().items()}
        self._governing = {
            shop: replace(each, policy=replace(each.policy, held=reasons.get(shop, "")))
            if each.policy.held != reasons.get(shop, "")
            else each
            for shop, each in self._governing.items()
        }
        for shop, why in reasons.items():
            if why and self._reasons.get(shop) != why:
                log.warning("policy decides nothing by itself", shop=shop, reason=why)
        self._reasons = reasons

    def restate(self, shop: str, **data: Any) -> None:
        """Say otherwise what a shop's file says besides its clauses, while this process lives (the demo)."""
        file = self._files[shop]
        changed = replace(file.policy, shop=replace(file.policy.shop, **data))
        self._files[shop] = replace(file, policy=changed)
        self.renew()

    def __getitem__(self, shop: str) -> Policy:
        return self.governing(shop).policy

    def __iter__(self) -> Iterator[str]:
        return iter(self._governing)

    def names(self) -> Iterator[str]:
        """The id and the name of each shop, as its public page tells them."""
        for policy in self.values():
            yield from (policy.shop.id, policy.shop.name)

    def __len__(self) -> int:
        return len(self._governing)

    def governing(self, shop: str) -> Governing:
        """The shop's policy with its text. Raises ShopNotLoaded, a KeyError, for no such shop."""
        try:
            return self._governing[shop]
        except KeyError:
            raise ShopNotLoaded(shop) from None

    def published_text(self, shop: str) -> str | None:
        """The text of a shop's policy where it was published in the browser, None where a file governs."""
        governing = self.governing(shop)
        return None if governing.text == self._files[shop].text else governing.text

    def look(self, *, pause: float = PAUSE) -> None:
        """Look for what was published or withdrawn, if ``pause`` seconds have passed since.

        Never within transaction(). A row that has changed is logged, and what is known governs on.
        """
        if self._clock() - self._looked < pause:
            return
        try:
            self.renew()
        except PolicyError as error:
            log.error("published policy refused", reason=str(error))  # noqa: TRY400 - no bug of ours

    def renew(self) -> None:
        """Look for what was published, now. Raises PolicyError for a row that has changed since.

        A database that can't be reached, or has no tables yet, leaves everything as it is.
        """
        self._looked = self._clock()
        with self._lock:
            self._take_new()
            if _is_missing(db.engine.url.database):
                return
            try:
                with db.engine.connect() as connection:
                    if inspect(connection).has_table(PolicyVersion.__tablename__):
                        self._governing = self._files | self._published(connection)
            except OperationalError as error:
                log.warning("published policies not read", reason=str(error.orig))
            self.hold()

    def _published(self, connection: Connection) -> dict[str, Governing]:
        rows = connection.execute(
            select(
                PolicyVersion.id, PolicyVersion.shop, PolicyVersion.in_force, PolicyVersion.sha256
            )
            .where(PolicyVersion.state == State.PUBLISHED)
            .order_by(
                PolicyVersion.id
            )  # as published: a draft begins when the one before is closed
        )
        hashes: dict[str, dict[date, str]] = {}
        newest: dict[str, int] = {}
        for number, shop, in_force, sha256 in rows:
            hashes.setdefault(shop, {})[in_force] = sha256
            newest[shop] = number
        return {
            shop: self._row(connection, number, hashes[shop])
            for shop, number in newest.items()
            if shop in self._files
        }

    def _row(self, connection: Connection, number: int, hashes: Mapping[date, str]) -> Governing:
        """The text of a published row; it never changes, so it is read once."""
        if number not in self._rows:
            row = connection.execute(
                select(PolicyVersion.shop, PolicyVersion.text, PolicyVersion.text_sha256).where(
                    PolicyVersion.id == number
                )
            ).one()
            name = f"{row.shop} (policy_versions, row {number})"
            if text_hash(row.text) != row.text_sha256:
                raise PolicyError(f"{name}: the text {_RESTORE}")
            policy = reading.read(row.text.encode(), name)
            _verify(policy, hashes, name, _RESTORE)
            file = self._files[row.shop].policy
            own = {version.in_force: version.sha256 for version in file.versions}
            _verify(policy, own, f"{row.shop}.toml", _TAKE_OUT)
            self._rows[number] = Governing(policy, row.text, number)
        return self._rows[number]


def policies() -> Policies:
    """Every shop's policy as it governs, in the portal that this runs in."""
    found: Policies = current_app.extensions["policies"]
    return found


_RESTORE = "is not as it was published: restore the row from a backup"
_TAKE_OUT = (
    "is not part of what was published in the browser, which governs: take it out of the file,"
    " and publish it in the browser"
)


def _verify(policy: Policy, hashes: Mapping[date, str], name: str, mend: str) -> None:
    """Raise PolicyError for the first version of ``hashes`` that is not in the policy as it was."""
    found = {version.in_force: version.sha256 for version in policy.versions}
    for in_force, sha256 in hashes.items():
        if found.get(in_force) != sha256:
            raise PolicyError(f"{name}: version {in_force} {mend}")


def _from_file(path: Path, at: datetime) -> Governing:
    """A policy file without the versions that it has not published yet. Raises PolicyError."""
    content = reading.raw(path)
    policy = reading.bundled(path) if path.parent == SHOPS else reading.read(content, path.name)
    known = pins.read(path.parent).get(policy.id)
    text = content.decode()
    drafts = known and pins.unpublished(policy, known, name=path.name, at=at)
    if not drafts:
        return Governing(policy, text)
    log.warning(
        "versions not published",
        file=path.name,
        versions=[str(each) for each in sorted(drafts, key=str)],
    )
    try:
        published = editing.without(text, drafts)
    except NotByLines as error:
        raise PolicyError(f"{path.name}: {error}") from None
    return Governing(reading.read(published.encode(), path.name), published)


def _is_missing(database: str | None) -> bool:
    """Whether a SQLite file isn't there yet: a look must not be what makes it."""
    return db.engine.dialect.name == "sqlite" and not Path(database or "").exists()
