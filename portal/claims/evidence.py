"""Files that prove a claim: taken in the request, opened only by the worker, shown only when clean."""

from __future__ import annotations

import secrets
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import structlog
from flask import current_app
from sqlalchemy import select, update

from portal.claims.card_numbers import mask_card_numbers
from portal.claims.lifecycle import Action, Role, Status, next_status
from portal.claims.models import Claim, Evidence, EvidenceState
from portal.claims.refusals import TooManyFiles
from portal.claims.sanitise import CleanFile, SanitiserUnavailable, sanitise
from portal.claims.sniffing import EvidenceRefused, Kind, display_name, inspect
from portal.claims.storage import FolderStorage, NotStored, Storage, Stored, TooLong
from portal.database import transaction
from portal.extensions import db

if TYPE_CHECKING:
    from datetime import datetime

log = structlog.get_logger()

MOST = 8  # files a claim; an appeal may add as many again
HEAD = 4096  # bytes that tell what a file is
LEASE = timedelta(minutes=2)
TRIES = 3
UNCHECKED = "This file could not be checked. Upload it again."

KINDS = {True: "screenshot", False: "document"}


def storage() -> Storage:
    """Where the bytes are: a folder outside the web root."""
    return FolderStorage(current_app.extensions["settings"].evidence_folder.absolute())


def receive(stream: BinaryIO, *, filename: str, size: int) -> tuple[Stored, Kind]:
    """Check a file by its first bytes and keep it, before any row knows of it.

    ``size`` is in bytes. Raises EvidenceRefused with words for the customer.
    """
    head = stream.read(HEAD)
    stream.seek(0)
    kind = inspect(head, size, filename)
    try:
        return storage().create(stream, limit=kind.max_bytes), kind
    except TooLong:
        inspect(head, kind.max_bytes + 1, filename)
        raise


def add(claim: Claim, *, stored: Stored, kind: Kind, filename: str, at: datetime) -> Evidence:
    """Attach a received file; the worker checks it before anybody sees it.

    Raises TooManyFiles when the claim holds its most, NotAllowed when it takes none now.
    """
    appealing = claim.status in {Status.DECLINED, Status.APPEALED}
    if sum(1 for file in claim.evidence if file.on_appeal is appealing) >= MOST:
        raise TooManyFiles(f"You can add up to {MOST} files. Remove one first.")
    if claim.status is Status.DECLINED:
        next_status(claim.status, Action.APPEAL, Role.CUSTOMER)
    elif claim.status is not Status.DRAFT:
        claim.move(Action.ADD_EVIDENCE, role=Role.CUSTOMER, at=at)
    file = Evidence(
        public_id=secrets.token_urlsafe(16),
        filename=mask_card_numbers(display_name(filename)),
        kind="video" if kind.is_video else KINDS[kind.is_picture],
        media_kind=kind.value,
        size=stored.size,
        sha256=stored.sha256,
        added_at=at,
        on_appeal=appealing,
        original_key=stored.key,
        due_at=at,
    )
    claim.evidence.append(file)
    return file


def remove(claim: Claim, *, public_id: str) -> list[str]:
    """Take a file off a draft, or off an appeal that was not sent; returns keys to delete after the commit."""
    file = next((file for file in claim.evidence if file.public_id == public_id), None)
    removable = claim.status is Status.DRAFT or (
        claim.status is Status.DECLINED and file is not None and file.on_appeal
    )
    if file is None or not removable:
        return []
    keys = [key for key in (file.original_key, *(view["key"] for view in file.views)) if key]
    claim.evidence.remove(file)
    db.session.delete(file)
    return keys


def drop(keys: list[str]) -> None:
    """Delete stored bytes that no row names any more."""
    for key in keys:
        storage().delete(key)


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
        _check(number)
    return len(ids)


def _check(number: int) -> None:
    file = db.session.get(Evidence, number)
    if file is None:  # removed since it was leased
        return
    key, kind, attempts = file.original_key or "", Kind(file.media_kind), file.attempts
    db.session.rollback()
    views: list[dict[str, object]] = []
    # A file that ended the worker itself each time is not opened once more.
    problem = UNCHECKED if attempts > TRIES else None
    try:
        views = [] if problem else _clean_copies(key, kind)
    except EvidenceRefused as refused:
        problem = str(refused)
    except (NotStored, SanitiserUnavailable) as error:
        log.warning("evidence not checked", evidence=number, error=str(error))
        if attempts < TRIES:
            return
        problem = UNCHECKED
    with transaction():
        checked = db.session.get(Evidence, number, with_for_update=True)
        gone = [str(view["key"]) for view in views]
        if checked is not None and checked.state is EvidenceState.CHECKING:
            checked.state = EvidenceState.REFUSED if problem else EvidenceState.READY
            checked.problem, checked.views, checked.original_key = problem, views, None
            gone = []
        gone.append(key)
    drop([name for name in gone if name])


def _clean_copies(key: str, kind: Kind) -> list[dict[str, object]]:
    """Open the file in its own process and store what came out of it."""
    with (
        tempfile.TemporaryDirectory(prefix="evidence-") as folder,
        storage().local(key) as path,
    ):
        clean = sanitise(path, kind=kind, outdir=Path(folder))
        return [_keep(found) for found in clean.files]


def _keep(found: CleanFile) -> dict[str, object]:
    with found.path.open("rb") as stream:
        stored = storage().create(stream, limit=found.path.stat().st_size)
    return {
        "role": found.role,
        "key": stored.key,
        "media_type": found.media_type,
        "width": found.width,
        "height": found.height,
        "size": stored.size,
    }
