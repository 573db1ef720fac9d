"""What of a claim wants a look of its own before it is decided together with others that are like it."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.claims.decisions.disagreements import disagreements
from portal.claims.decisions.returned import kept_returns
from portal.claims.desk.groups import claimed_twice
from portal.claims.models import Claim
from portal.claims.payout.cooling import was_moved
from portal.claims.payout.payee import key_of_address
from portal.claims.payout.second_person import needs_second
from portal.ledger.payout import PayoutState
from portal.money import Money
from portal.people.reviewers import Reviewer
from portal.policy.deciding.document import Policy
from portal.translation import gettext


@dataclass(frozen=True, slots=True)
class ComesTo:
    """What deciding it as the policy says comes to: ``amount`` None for a refusal and for another number.

    ``way`` is ``balance``, or the payout method; empty for a refusal.
    """

    amount: Money | None = None
    replaced: bool = False
    way: str = ""

    @property
    def gives(self) -> bool:
        """Whether it says what is given; an approval that doesn't can't be decided together."""
        return self.replaced or self.amount is not None


def outcome_of(claim: Claim) -> ComesTo:
    """What the policy's latest verdict gives."""
    document = claim.decision.document if claim.decision else {}
    if document.get("outcome") != "approve":
        return ComesTo()
    if document.get("remedy") == "replacement":
        return ComesTo(replaced=True)
    out = (document.get("destination") or claim.destination) == "payout"
    return ComesTo(claim.verdict_amount, way=(claim.payout_method or "") if out else "balance")


def doubts(claims: Sequence[Claim], *, by: Reviewer) -> dict[int, list[str]]:
    """Of each claim, by its id, what wants a look of its own, a sentence each; often nothing.

    What a colleague of ``by`` has in hand is among it.
    """
    twice = claimed_twice(claims)
    return {claim.id: _doubts(claim, by=by, twice=claim.id in twice) for claim in claims}


def _doubts(claim: Claim, *, by: Reviewer, twice: bool) -> list[str]:
    found = []
    if claim.assignee is not None and claim.assignee_id != by.id:
        found.append(gettext("%(name)s has it in hand.", name=claim.assignee.name))
    if points := list(dict.fromkeys(str(each.point) for each in disagreements(claim))):
        found.append(gettext("Story and records disagree: %(points)s.", points=", ".join(points)))
    found += [
        gettext("Given back before: %(told)s.", told=each.told()) for each in kept_returns(claim)
    ]
    if twice:
        found.append(gettext("There is another claim about the same."))
    if claim.rulings or claim.appealed_at:
        found.append(gettext("It was decided before."))
    if was_moved(claim):
        found.append(gettext("The customer changed where the money goes since it was sent."))
    return found


def why_not(claim: Claim, *, by: Reviewer) -> str:
    """Why this person can't decide the claim together with others; empty where they can."""
    if claim.email == by.email or (
        claim.payee_key is not None and claim.payee_key == key_of_address(by.email)
    ):
        return gettext("It is your own: somebody else decides it.")
    if claim.outcome == "approve" and not outcome_of(claim).gives:
        return gettext("The policy names no amount: decide it singly.")
    return ""


def second_wanted(claim: Claim, *, policy: Policy) -> bool:
    """Whether, as far as it can be seen before, another person lets go what is approved."""
    if claim.outcome != "approve" or not policy.shop.second_person:
        return False
    back = any(payout.state is PayoutState.REVERSED for payout in claim.payouts)
    given = outcome_of(claim)
    out = given.way not in {"", "balance"}
    return needs_second(given.amount, policy=policy) or back or (out and was_moved(claim))
