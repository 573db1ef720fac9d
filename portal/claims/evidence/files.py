"""Files that prove a claim: taken in the request, opened only by the worker, shown only when clean."""

import secrets
import tempfile
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import structlog
from sqlalchemy import select, update

from portal import logs
from portal.card_numbers import mask_card_numbers
from portal.claims.evidence.sanitising import CleanFile, SanitiserUnavailable, sanitise
from portal.claims.evidence.sniffing import (
    HEAD_BYTES,
    EvidenceRefused,
    FileKind,
    display_name,
    inspect,
)
from portal.claims.evidence.storage.chosen import drop, storage
from portal.claims.evidence.storage.kept import (
    FULL,
    NoRoom,
    NotStored,
    StorageAway,
    Stored,
    TooLong,
)
from portal.claims.evidence.tracks import unplayable
from portal.claims.lifecycle import (
    Action,
    Actor,
    EvidenceState,
    Status,
    actions_open_to,
    next_status,
)
from portal.claims.looks import keep_look
from portal.claims.models import Claim, Evidence
from portal.claims.refusals import SameFile, TooManyFiles
from portal.database import transaction
from portal.extensions import db
from portal.policy.facts.claim import IDENTITY
from portal.translation import gettext, lazy_gettext

log = structlog.get_logger()

MOST = 8  # files a claim; an appeal may add as many again
MOST_REFUSED = 3 * MOST  # files that can't be used, kept to tell why
LEASE = timedelta(minutes=3)
TRIES = 3
UNCHECKED = lazy_gettext("This file could not be checked. Upload it again.")


@dataclass(frozen=True, slots=True)
class Received:
    """A file that is kept and not yet a row: its bytes, what they are, and what can't be shown of it."""

    stored: Stored
    kind: FileKind
    lacks: list[dict[str, Any]]


def receive(stream: BinaryIO, *, filename: str, size: int) -> Received:
    """Check a file by its first bytes, and a video by its tracks, and keep it before any row knows of it.

    ``size`` is in bytes. Raises EvidenceRefused with words for the customer, NoRoom and StorageAway.
    """
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    kind = inspect(head, size, filename)
    try:
        stored = storage().create(stream, limit=kind.max_bytes)
    except TooLong:
        inspect(head, kind.max_bytes + 1, filename)
        raise
    if not kind.is_video:
        return Received(stored, kind, [])
    try:
        with storage().local(stored.key) as path:
            codec = unplayable(path, kind)
    except EvidenceRefused:
        drop([stored.key])
        raise
    return Received(stored, kind, [{"what": "video", "name": codec}] if codec else [])


def add(claim: Claim, *, received: Received, filename: str, at: datetime) -> Evidence:
    """Attach a received file; the worker checks it before anybody sees it.

    Raises SameFile for one that the claim has, TooManyFiles when it holds its most, NotAllowed when
    it takes none now. A file that can't be used takes nobody's place.
    """
    to_appeal = claim.status is Status.DECLINED or claim.open_to_appeal(at=at)
    appealing = to_appeal or claim.status is Status.APPEALED
    used = [file for file in claim.evidence if file.state is not EvidenceState.REFUSED]
    for file in used:
        if file.sha256 == received.stored.sha256:
            raise SameFile(
                gettext(
                    "You have added this file already, as %(filename)s.", filename=file.filename
                )
            )
    if sum(1 for file in used if file.on_appeal is appealing) >= MOST:
        raise TooManyFiles(
            gettext("You can add up to %(most)s files. Remove one first.", most=MOST)
        )
    if len(claim.evidence) - len(used) >= MOST_REFUSED:
        raise TooManyFiles(gettext("Remove the files that could not be used first."))
    if to_appeal:
        next_status(claim.status, Action.APPEAL, Actor.CUSTOMER)
    elif claim.status is not Status.DRAFT:
        claim.move(Action.ADD_EVIDENCE, role=Actor.CUSTOMER, at=at)
    kind, stored = received.kind, received.stored
    file = Evidence(
        public_id=secrets.token_urlsafe(16),
        filename=mask_card_numbers(display_name(filename)),
        kind="screenshot" if kind.is_picture else "video" if kind.is_video else "document",
        media_kind=kind.value,
        size=stored.size,
        sha256=stored.sha256,
        added_at=at,
        on_appeal=appealing,
        original_key=stored.key,
        lacks=received.lacks,
        due_at=at,
    )
    claim.evidence.append(file)
    return file


def removable(claim: Claim, file: Evidence) -> bool:
    """Whether its owner may take a file off: before it is sent, and one that can't be used until the decision."""
    unsent = (
        Action.APPEAL in actions_open_to(claim.status, Actor.CUSTOMER) and not claim.appealed_at
    )
    if claim.status is Status.DRAFT or (unsent and file.on_appeal):
        return True
    refused = file.state is EvidenceState.REFUSED
    return refused and Action.ADD_EVIDENCE in actions_open_to(claim.status, Actor.CUSTOMER)


def remove(claim: Claim, *, public_id: str) -> list[str]:
    """Take a file off where that is open; returns keys to delete after the commit."""
    file = next((file for file in claim.evidence if file.public_id == public_id), None)
    if file is None or not removable(claim, file):
        return []
    keys = keys_of(file.original_key, file.views, file.originals)
    claim.evidence.remove(file)
    db.session.delete(file)
    return keys


def keys_of(original_key: str | None, *kept: list[dict[str, Any]]) -> list[str]:
    """Under which keys the storage holds something of a file: as it came, its views, what they replaced."""
    return [
        key for key in (original_key, *(view["key"] for views in kept for view in views)) if key
    ]


def check_due(*, now: datetime, limit: int = 4) -> int:
    """Check up to ``limit`` files that wait: lease them, open each in a child, record what came out."""
    due = (
        select(Evidence.id)
        .where(Evidence.state == EvidenceState.CHECKING, Evidence.due_at <= now)
        .order_by(Evidence.due_at)
        .limit(limit)
    )
    if db.session.scalars(due.limit(1)).first() is None:  # idle looks take no write lock
        return 0
    with transaction():
        ids = list(db.session.scalars(due.with_for_update(skip_locked=True)))
        db.session.execute(
            update(Evidence)
            .where(Evidence.id.in_(ids))
            .values(due_at=now + LEASE, attempts=Evidence.attempts + 1)
        )
    for number in ids:
        file = db.session.get(Evidence, number)
        with logs.caused_by(file.request_id if file else None):
            _check(number, at=now)
    return len(ids)


def _check(number: int, *, at: datetime) -> None:
    file = db.session.get(Evidence, number)
    # Removed since it was leased, or checked by another worker while we were stopped.
    if file is None or file.state is not EvidenceState.CHECKING:
        return
    key, kind, attempts = file.original_key or "", FileKind(file.media_kind), file.attempts
    db.session.rollback()
    views: list[dict[str, Any]] = []
    lacks: list[dict[str, Any]] = []
    look = ""
    # A file that ended the worker itself each time is not opened once more.
    problem = UNCHECKED if attempts > TRIES else None
    try:
        if not problem:
            views, lacks, look = _clean_copies(key, kind)
    except EvidenceRefused as refused:
        problem = str(refused)
    except (NoRoom, StorageAway) as fault:
        # The file isn't to blame: it waits for room or for the bucket, however long that takes.
        said = "no room for evidence" if isinstance(fault, NoRoom) else "evidence storage away"
        log.warning(said, evidence=number, error=str(fault))
        _not_counted(number, attempts=attempts)
        return
    except (NotStored, SanitiserUnavailable) as error:
        log.warning("evidence not checked", evidence=number, error=str(error))
        if attempts < TRIES:
            return
        problem = UNCHECKED
    gone = [str(view["key"]) for view in views]
    with transaction():
        checked = db.session.get(Evidence, number, with_for_update=True)
        if checked is None:  # removed meanwhile
            gone.append(key)
        # Another worker that has leased it since writes what it finds itself.
        elif (checked.state, checked.attempts) == (EvidenceState.CHECKING, attempts):
            checked.state = EvidenceState.REFUSED if problem else EvidenceState.READY
            checked.problem, checked.views, checked.original_key = problem, views, None
            checked.lacks, checked.checked_at = [*checked.lacks, *lacks], at
            _note_look(checked, look)
            gone = [key]
    # After a commit that failed either may be what the row names: both stay, and one is swept later.
    drop([name for name in gone if name])
    log.info("evidence checked", evidence=number, usable=not problem)


def _note_look(file: Evidence, look: str) -> None:
    if look and file.kind != IDENTITY:
        keep_look(file.id, look)


def _not_counted(number: int, *, attempts: int) -> None:
    with transaction():
        db.session.execute(
            update(Evidence)
            .where(
                Evidence.id == number,
                Evidence.state == EvidenceState.CHECKING,
                Evidence.attempts == attempts,
            )
            .values(attempts=Evidence.attempts - 1)
        )


def _clean_copies(
    key: str, kind: FileKind
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], str]:
    """Open the file in its own process and store what came out of it: the views, what they lack, and the look.

    All of it or nothing; NoRoom where the disk has none.
    """
    views: list[dict[str, Any]] = []
    store = storage()
    try:
        with (
            tempfile.TemporaryDirectory(prefix=store.workplace) as folder,
            store.local(key) as path,
        ):
            clean = sanitise(path, kind=kind, outdir=Path(folder))
            for found in clean.files:
                views.append(keep_copy(found))  # noqa: PERF401 - what was kept before a failure is dropped
            return views, [asdict(lack) for lack in clean.lacks], clean.look
    except BaseException as error:
        drop([str(view["key"]) for view in views])
        if isinstance(error, OSError) and error.errno in FULL:
            raise NoRoom(str(error)) from error
        raise


def keep_copy(found: CleanFile) -> dict[str, Any]:
    """Store a clean copy; the view that names it. Raises NoRoom, OSError (StorageAway of a bucket)."""
    with found.path.open("rb") as stream:
        stored = storage().create(stream, limit=found.path.stat().st_size)
    view = {
        "role": found.role,
        "key": stored.key,
        "media_type": found.media_type,
        "width": found.width,
        "height": found.height,
        "size": stored.size,
        "sha256": stored.sha256,
    }
    return view if found.at is None else view | {"at": found.at}
