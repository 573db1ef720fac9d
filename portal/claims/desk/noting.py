"""What colleagues tell each other about a claim, at any time; who is named in it gets a mail."""

from datetime import datetime

from portal.claims.desk.mentions import named_in
from portal.claims.letters import to_team
from portal.claims.lifecycle import Action, Actor
from portal.claims.models import Claim
from portal.people.reviewers import Reviewer
from portal.policy.deciding.document import Policy


def note(claim: Claim, *, text: str, by: Reviewer, at: datetime, policy: Policy) -> None:
    """Keep a note for colleagues, and mail those whom it names a way to the claim.

    The claim's version stays: what a decision rests on is as it was, and a screen that is open says
    what was written. Raises UnknownName, NotAllowed for a draft, NoRight.
    """
    named = named_in(text, claim)
    claim.move(Action.NOTE, role=Actor.REVIEWER, at=at, by=by, internal=text.strip())
    to_team.tell_named(claim, named, by=by, policy=policy, at=at)
