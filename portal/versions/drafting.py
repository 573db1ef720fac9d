"""The verbs of a draft: begin one, change it, throw it away. None commits, none reads the clock.

A draft is a whole policy file: what governs now, every version of it unchanged, and one version more.
What it is to be was read before (writing.py); another text than was seen refuses with DraftHasMoved.
"""

from datetime import datetime

from sqlalchemy.exc import IntegrityError

from portal.extensions import db
from portal.people.reviewers import Reviewer
from portal.versions import queries
from portal.versions.lifecycle import VersionAction, next_state
from portal.versions.models import Deed, DraftQuestion, PolicyVersion, text_hash
from portal.versions.refusals import DraftIsOpen
from portal.versions.registry import Governing
from portal.versions.writing import Written, fitting, must_be_seen


def begin(
    written: Written, *, governing: Governing, by: Reviewer, at: datetime, note: str = ""
) -> PolicyVersion:
    """A draft of this text. Raises DraftIsOpen where the shop has one, TextRefused as writing.fitting does."""
    shop = governing.policy.id
    _refuse_second(shop)
    draft = PolicyVersion(shop=shop, open_key=shop, note=note.strip(), created_at=at)
    _write(draft, written, governing=governing, by=by, at=at)
    try:
        with db.session.begin_nested():
            db.session.add(draft)
    except IntegrityError:  # begun by somebody else at the same moment
        _refuse_second(shop)
        raise
    return draft


def change(
    draft: PolicyVersion, written: Written, *, governing: Governing, by: Reviewer, at: datetime
) -> None:
    """Put the text in the place of the draft's; a check and a replay of it count again.

    Raises DraftHasMoved, NotAllowed once it is no draft, and TextRefused as writing.fitting does.
    """
    must_be_seen(draft, written.seen)
    next_state(draft.state, VersionAction.CHANGE)
    _write(draft, written, governing=governing, by=by, at=at)
    draft.move(VersionAction.CHANGE)
    known = draft.answer(DraftQuestion.CHECK)
    if known and known.clean:  # a text that was put back
        draft.move(VersionAction.PASS)


def explain(draft: PolicyVersion, note: str, *, by: Reviewer, at: datetime) -> None:
    """Say why the version is made; its text stays. Raises NotAllowed once it is no draft."""
    next_state(draft.state, VersionAction.CHANGE)
    draft.note = note.strip()
    draft.record(Deed.EXPLAIN, by=by, at=at)


def discard(draft: PolicyVersion, *, seen: str, by: Reviewer, at: datetime) -> None:
    """Throw the draft away; the row is kept. Raises NotAllowed once it is published."""
    must_be_seen(draft, seen)
    draft.move(VersionAction.DISCARD)
    draft.open_key = None
    draft.record(Deed.DISCARD, by=by, at=at)


def _refuse_second(shop: str) -> None:
    if other := queries.draft_of(shop):
        raise DraftIsOpen(other.id)


def _write(
    draft: PolicyVersion, written: Written, *, governing: Governing, by: Reviewer, at: datetime
) -> None:
    version = fitting(written.text, written.policy, governing, at=at)
    draft.text, draft.text_sha256 = written.text, text_hash(written.text)
    draft.in_force, draft.sha256 = version.in_force, version.sha256
    draft.author, draft.changed_at = by, at
    draft.record(written.deed, by=by, at=at, about=written.about)
