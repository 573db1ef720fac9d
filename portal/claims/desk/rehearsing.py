"""A decision is tried out and nothing of it is kept: the letter that it would send, word for word."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Never

from sqlalchemy import select

from portal.claims.letters.links import status_link
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.refusals import ClaimHasMoved
from portal.config.languages import spoken, tag_of
from portal.database import transaction
from portal.extensions import db
from portal.mail.models import OutboxMail
from portal.translation import gettext


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """The letter that a customer would get; ``text`` is empty where none would leave, ``why`` where one would.

    ``language`` is a BCP 47 tag, empty where the claim keeps none.
    """

    subject: str = ""
    text: str = ""
    why: str = ""
    language: str = ""


class _Rehearsal(Exception):
    """It would go, with this letter: nothing of it is kept."""

    def __init__(self, letter: Rehearsed) -> None:
        self.letter = letter


def try_out(reference: str, act: Callable[[Claim], object]) -> Rehearsed:
    """The letter that ``act`` would send of the claim; to be called outside of transaction().

    ``act`` gets the claim under its lock. Raises what it raises, and ClaimHasMoved where there is none.
    """
    try:
        _tried(reference, act)
    except _Rehearsal as came:
        return came.letter


def _tried(reference: str, act: Callable[[Claim], object]) -> Never:
    """Act and leave the transaction by _Rehearsal, so that nothing of it is kept."""
    about = OutboxMail.about == reference
    with transaction():
        claim = claim_for_change(reference)
        if claim is None:
            raise ClaimHasMoved
        before = set(db.session.scalars(select(OutboxMail.message_id).where(about)))
        act(claim)
        db.session.flush()
        letter = select(OutboxMail.subject, OutboxMail.text).where(
            about, OutboxMail.message_id.not_in(before)
        )
        row = db.session.execute(letter.order_by(OutboxMail.id.desc()).limit(1)).first()
        if row is None:
            raise _Rehearsal(Rehearsed())
        # The link is its owner's: by it the claim is read.
        text = row.text.replace(status_link(reference), gettext("(the link to the claim)"))
        language = tag_of(spoken(claim.language)) if claim.language else ""
        raise _Rehearsal(Rehearsed(row.subject, text, language=language))
