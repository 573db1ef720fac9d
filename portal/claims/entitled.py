"""What of a claim the people who work here may do: by the rights that each holds in its shop."""

from portal.claims.lifecycle import TRANSITIONS, Action, Actor, Status
from portal.people.reviewers import Reviewer
from portal.people.rights import Task

# Who acts -> what a person needs for it. What the policy files by itself, a person who pays may release.
_NEEDS = {
    Actor.REVIEWER: Task.DECIDE,
    Actor.PAYER: Task.PAY,
    Actor.LEAD: Task.REOPEN,
    Actor.POLICY: Task.PAY,
}
# What is not asked of its actor: the second person need not pay, and whoever may look may write a note.
_OWN = {Action.RELEASE: Task.RELEASE, Action.NOTE: Task.LOOK}
_PEOPLE = (Actor.REVIEWER, Actor.PAYER, Actor.LEAD)


def needed(action: Action, role: Actor) -> Task:
    """What a person who does this has to be allowed in the claim's shop."""
    return _OWN.get(action) or _NEEDS[role]


def actions_of(person: Reviewer, *, shop: str, status: Status) -> frozenset[Action]:
    """What this person may do now to a claim of the shop: the table of its life, by their rights."""
    return frozenset(
        action
        for (at, action), (role, _) in TRANSITIONS.items()
        if at is status and role in _PEOPLE and person.may(needed(action, role), shop)
    )
