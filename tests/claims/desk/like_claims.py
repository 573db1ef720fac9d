"""Claims that are alike, as groups are made of them."""

from datetime import timedelta

from portal.claims.desk.groups import Group
from tests import factories
from tests.factories import NOW

DENIED = Group("sms-service", "deny", "SS-N3")
APPROVED = Group("sms-service", "approve", "SS-G5")


def denied(count, *, at=NOW, name="N", **given):
    """So many claims that the policy denies by one clause: an SMS came, and the number was used."""
    return _claims(count, name, at, {"reason": "changed_mind", "number_used": True} | given)


def approved(count, *, at=NOW, name="Y", **given):
    """So many claims that the policy approves by one clause, for a person to agree to."""
    found = {"reason": "wrong_code", "findings": {"claim_verified": True},
             "number_used": True}  # fmt: skip
    return _claims(count, name, at, found | given)


def _claims(count, name, at, given):
    made, whose = [], given.pop("email", None)
    bought = at - timedelta(hours=1)
    for number in range(count):
        reference, email = f"{name}-{number}", whose or f"{name.lower()}{number}@example.com"
        factories.account(email=email)
        factories.order(
            reference=reference,
            account_email=email,
            ordered_at=bought,
            revealed_at=bought,
            expires_at=at - timedelta(minutes=40),
            messages=[(at - timedelta(minutes=50), "WhatsApp")],
        )
        sent = at - timedelta(minutes=10, seconds=count - number)
        made.append(factories.claim(order_reference=reference, email=email, at=sent, **given))
    return made
