"""Claims that are alike, as groups are made of them."""

from datetime import timedelta

from portal.claims.desk.groups import Group
from tests import factories
from tests.factories import NOW

DENIED = Group("sms-service", "deny", "SS-N3")
APPROVED = Group("sms-service", "approve", "SS-G5")


def denied(count, *, at=NOW, name="N", **given):
    """So many claims that the policy denies by one clause: an SMS came, and the number was used."""
    came = [(NOW - timedelta(minutes=50), "WhatsApp")]
    return _claims(count, name, came, at, {"reason": "changed_mind", "number_used": True} | given)


def approved(count, *, at=NOW, name="Y", **given):
    """So many claims that the policy approves by one clause, for a person to agree to."""
    came = [(NOW - timedelta(minutes=50), "WhatsApp")]
    found = {"reason": "wrong_code", "findings": {"claim_verified": True},
             "number_used": True}  # fmt: skip
    return _claims(count, name, came, at, found | given)


def _claims(count, name, messages, at, given):
    made, whose = [], given.pop("email", None)
    for number in range(count):
        reference, email = f"{name}-{number}", whose or f"{name.lower()}{number}@example.com"
        factories.account(email=email)
        factories.order(reference=reference, account_email=email, messages=messages)
        sent = at - timedelta(minutes=count - number)
        made.append(factories.claim(order_reference=reference, email=email, at=sent, **given))
    return made
