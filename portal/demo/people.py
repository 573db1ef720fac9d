"""The demo's reviewers, whose passwords everybody knows."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app
from flask_security import hash_password

from portal.people import reviewers
from portal.people.reviewers import Reviewer, Role
from portal.people.rights import EVERY_SHOP


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to sign in as; the second factor arrives in the mailbox page."""

    email: str
    name: str
    password: str
    role: Role = Role.REVIEWER
    may_pay: bool = False

    @property
    def may(self) -> str:
        """What this person is there for, in a few words."""
        if self.role is Role.ADMIN:
            return "lead and admin: changes policies, and publishes what another lead changed"
        return "decides claims and pays" if self.may_pay else "decides claims"


DANA = Person("dana@example.com", "Dana Reyes", "dana decides claims")
MARTA = Person("marta@example.com", "Marta Nowak", "marta pays them out", may_pay=True)
ADMIN = Person("admin@example.com", "Sam Okafor", "sam minds the portal", Role.ADMIN, may_pay=True)
SECOND = Person("owner@example.com", "Lena Brandt", "lena owns the policy", Role.ADMIN)
PEOPLE = (DANA, MARTA, ADMIN, SECOND)


def hire() -> Mapping[Person, Reviewer]:
    """Add the demo's people where they are not there yet, within the caller's transaction."""
    return {person: _reviewer(person) for person in PEOPLE}


def _reviewer(person: Person) -> Reviewer:
    if known := reviewers.by_email(person.email):
        return known
    rights = reviewers.rights_of(person.role, may_pay=person.may_pay)
    reviewer = reviewers.add(
        email=person.email, name=person.name, rights=[(EVERY_SHOP, right) for right in rights]
    )
    reviewer.password = hash_password(person.password)
    reviewer.tf_primary_method = "email"
    totp = current_app.extensions["security"].totp_factory
    reviewer.tf_totp_secret = totp.generate_totp_secret()
    return reviewer
