"""Burn parts of a picture black: by a person who decides, or by its owner before it is sent.

What is burned is the clean copy that everybody sees, in the process that cleans uploads, outside of any
transaction; then it takes the copy's place in one. The digest and the look of the upload stay, so that the
same picture is known again in another claim.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from portal.claims.evidence.files import keep_copy, removable
from portal.claims.evidence.sanitising import BlackPart, PartRefused, black_out
from portal.claims.evidence.sniffing import FileKind
from portal.claims.evidence.storage.chosen import drop, drop_refused, storage
from portal.claims.evidence.storage.kept import FULL, NoRoom, NotStored
from portal.claims.lifecycle import Action, Actor, EvidenceState, NotAllowed, Status
from portal.claims.looks import PictureLook, keep_look
from portal.claims.models import Claim, Evidence
from portal.claims.refusals import ClaimHasMoved, NeedsReason, TooLate
from portal.claims.verbs.reviewing import unmoved
from portal.extensions import db
from portal.people.reviewers import Reviewer
from portal.policy.deciding.document import Policy
from portal.translation import gettext

MOST_PARTS = 20  # at one press


@dataclass(frozen=True, slots=True)
class Burned:
    """A view with black parts, kept and shown to nobody yet; ``before`` is the key of what it was made of.

    ``views`` are itself and, of a file's first, the thumbnail; ``look`` is the look that it had before.
    """

    public_id: str
    role: str
    before: str
    views: list[dict[str, Any]]
    parts: int
    look: str

    @property
    def keys(self) -> list[str]:
        """What is to be dropped where it takes nobody's place."""
        return [str(view["key"]) for view in self.views]


def pictures_of(file: Evidence) -> list[str]:
    """The roles of its views in which parts can be blacked out: all of a picture, none of a video or a PDF."""
    if file.state is not EvidenceState.READY or not FileKind(file.media_kind).is_picture:
        return []
    return [str(view["role"]) for view in file.views if view["role"] != "thumb"]


def open_to_owner(claim: Claim, file: Evidence) -> bool:
    """Whether its owner may black out parts of it: nobody was to decide by it yet.

    Of a draft, of an appeal that is not sent, and of what was added since something was asked for.
    """
    if not pictures_of(file):
        return False
    if claim.status is not Status.NEEDS_INFORMATION:
        return removable(claim, file)
    asked = [each.at for each in claim.events if each.after is not each.before]
    return bool(asked) and file.added_at >= asked[-1]


@contextmanager
def burn(file: Evidence, *, role: str, parts: Sequence[BlackPart]) -> Iterator[Burned]:
    """Make a copy of a view with these parts black, for the block that lets it take the view's place.

    Of MOST_PARTS at the most; outside of transaction(), since it takes from a tenth of a second on. What
    the block refuses leaves nothing. Raises PartRefused, ClaimHasMoved where the file has no such view
    any more, EvidenceRefused, NoRoom, SanitiserUnavailable and StorageAway.
    """
    made = _burned(file, role, parts)
    try:
        yield made
    except BaseException as error:
        drop_refused(made.keys, error)
        raise


def _burned(file: Evidence, role: str, parts: Sequence[BlackPart]) -> Burned:
    if not 0 < len(parts) <= MOST_PARTS:
        raise PartRefused
    view = next((each for each in file.views if each["role"] == role), None)
    if view is None or role not in pictures_of(file):
        raise ClaimHasMoved
    public_id, key = file.public_id, str(view["key"])
    kind = FileKind(str(view["media_type"]).partition("/")[2])
    db.session.rollback()
    views: list[dict[str, Any]] = []
    store = storage()
    try:
        with (
            tempfile.TemporaryDirectory(prefix=store.workplace) as folder,
            store.local(key) as path,
        ):
            made = black_out(path, kind=kind, role=role, parts=parts, outdir=Path(folder))
            for copy in made.files:
                views.append(keep_copy(copy))  # noqa: PERF401 - what was kept before a failure is dropped
    except BaseException as error:
        drop([str(each["key"]) for each in views])
        if isinstance(error, NotStored):
            raise ClaimHasMoved from error
        if isinstance(error, OSError) and error.errno in FULL:
            raise NoRoom(str(error)) from error
        raise
    return Burned(public_id, role, key, views, len(parts), made.look)


def redact(
    claim: Claim, burned: Burned, *, by: Reviewer, at: datetime, seen: int, policy: Policy
) -> None:
    """A person who decides blacks out parts; the picture as it was is kept for the shop's period.

    Raises ClaimHasMoved, NeedsAnother, NotAllowed, NoRight.
    """
    unmoved(claim, seen, by=by)
    file = _of(claim, burned.public_id)
    data = _put(file, burned, at=at, until=at + policy.shop.originals_time, told=True)
    claim.move(Action.REDACT, role=Actor.REVIEWER, at=at, by=by, data=data)


def black_out_own(claim: Claim, burned: Burned, *, at: datetime) -> None:
    """Its owner blacks out parts before it is sent; the picture as it was is due to be deleted at once.

    So is what is kept of it from before a person blacked out others. Raises ClaimHasMoved; NotAllowed
    once it was sent.
    """
    file = _of(claim, burned.public_id)
    if not open_to_owner(claim, file):
        raise NotAllowed(claim.status, Action.BLACK_OUT, Actor.CUSTOMER)
    data = _put(file, burned, at=at, until=at, told=False)
    claim.move(Action.BLACK_OUT, role=Actor.CUSTOMER, at=at, data=data)


def restorable(file: Evidence, *, at: datetime) -> bool:
    """Whether it can be shown again as it was."""
    return any(_is_kept(each, at) for each in file.originals)


def restore(
    claim: Claim, *, public_id: str, why: str, by: Reviewer, at: datetime, seen: int
) -> None:
    """A lead shows a picture again as it was, with a reason that colleagues read.

    The copies with black parts are due to be deleted at once. Raises ClaimHasMoved, NeedsReason,
    NeedsAnother, NoRight, and TooLate where the original is deleted.
    """
    unmoved(claim, seen, by=by)
    if not why.strip():
        raise NeedsReason(gettext("Write why the picture is shown again as it was."), field="why")
    file = _of(claim, public_id)
    back = {each["role"]: each for each in file.originals if _is_kept(each, at)}
    if not back or not all(_is_stored(str(each["key"])) for each in back.values()):
        raise TooLate(gettext("The picture as it was is deleted."))
    black = [_due(view, at, told=False) for view in file.views if view["role"] in back]
    file.originals = [each for each in file.originals if each not in back.values()] + black
    file.originals_until = at
    file.views = [_plain(back.get(view["role"], view)) for view in file.views]
    _tell_black(file)
    claim.move(Action.RESTORE, role=Actor.LEAD, at=at, by=by, internal=why.strip(),
               data={"file": file.filename})  # fmt: skip


def _of(claim: Claim, public_id: str) -> Evidence:
    found = next((each for each in claim.evidence if each.public_id == public_id), None)
    if found is None:
        raise ClaimHasMoved
    return found


def _put(
    file: Evidence, burned: Burned, *, at: datetime, until: datetime, told: bool
) -> dict[str, Any]:
    """Let a burned copy take the place of what it was made of; what the event tells of it.

    What it replaces is kept ``until`` then, and is ``told`` of when it is deleted: but where an original
    is kept already, this is none, and is due at once.
    """
    before = {str(view["role"]): view for view in file.views}
    if before.get(burned.role, {}).get("key") != burned.before:
        raise ClaimHasMoved
    burned_now = {str(view["role"]): view for view in burned.views}
    burned_now[burned.role] |= {"black": before[burned.role].get("black", 0) + burned.parts}
    if "at" in before[burned.role]:  # a still's time
        burned_now[burned.role] |= {"at": before[burned.role]["at"]}
    if until <= at:  # nothing is kept in which it isn't black
        file.originals = [
            each | {"until": until.isoformat()}
            if each["role"] in burned_now and _is_kept(each, at)
            else each
            for each in file.originals
        ]
    kept = {each["role"] for each in file.originals if _is_kept(each, at)}
    file.originals = [
        *file.originals,
        *(
            _due(before[role], at, told=False)
            if role in kept
            else _due(before[role], until, told=told)
            for role in burned_now
        ),
    ]
    file.originals_until = min(datetime.fromisoformat(each["until"]) for each in file.originals)
    file.views = [burned_now.get(role, view) for role, view in before.items()]
    _tell_black(file)
    _keep_first_look(file, burned)
    return {
        "file": file.filename,
        "parts": burned.parts,
        "sha256": burned_now[burned.role]["sha256"],
    }


def _keep_first_look(file: Evidence, burned: Burned) -> None:
    """Of a picture that nobody has looked at yet, how it looked before parts of it were black."""
    row = db.session.get(PictureLook, file.id) if burned.role == "view" else None
    if row is not None and row.look is None:
        keep_look(file.id, burned.look)


def _tell_black(file: Evidence) -> None:
    count = sum(int(view.get("black", 0)) for view in file.views)
    others = [lack for lack in file.lacks if lack["what"] != "black"]
    file.lacks = [*others, {"what": "black", "of": count}] if count else others


def _due(view: dict[str, Any], until: datetime, *, told: bool) -> dict[str, Any]:
    return view | {"until": until.isoformat(), "told": told}


def _plain(view: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in view.items() if name not in {"until", "told"}}


def _is_kept(original: dict[str, Any], at: datetime) -> bool:
    return bool(original["told"]) and datetime.fromisoformat(original["until"]) > at


def _is_stored(key: str) -> bool:
    try:
        storage().size(key)
    except NotStored:
        return False
    return True
