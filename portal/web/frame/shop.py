"""The shop that a page is about: its policy, and how its pages are headed."""

from dataclasses import dataclass

from flask import abort, url_for

from portal.claims.models import Claim
from portal.policy.deciding.document import Policy
from portal.versions.registry import policies


@dataclass(frozen=True, slots=True)
class Masthead:
    """What the frame of a page shows of its shop."""

    id: str
    name: str
    href: str


def shop_policy(shop: str) -> Policy:
    """The policy of a shop in an address; 404 for an unknown one."""
    policy = policies().get(shop)
    if policy is None:
        abort(404)
    return policy


def policy_of(claim: Claim) -> Policy:
    """The policy of a claim's shop."""
    return policies()[claim.shop]


def masthead(policy: Policy) -> Masthead:
    """The shop as its pages are headed."""
    return Masthead(policy.id, policy.shop.name, url_for("shops.start", shop=policy.id))


def offers_balance(policy: Policy) -> bool:
    """Whether the shop takes claims about the balance itself."""
    return any(reason.about == "balance" for reason in policy.shop.reasons)
