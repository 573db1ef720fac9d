"""Where an answer must not tell whether something exists: each door, with what is there and what isn't."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from flask import g
from flask_security import hash_password
from werkzeug.test import TestResponse

from portal.api import tokens
from portal.api.tokens import TokenScope
from portal.config.settings import API
from portal.database import transaction
from portal.extensions import db, reading_limiter
from portal.ledger.payout import Payout
from portal.people.rights import Right
from tests import factories
from tests.conftest import NOW
from tests.web.account.elsewhere import WINDOW
from tests.web.inspector import Browser
from tests.web.steps.journeys import payout_failed
from tests.web.steps.signing_in import sign_in

OTHER = "numberplug"  # another shop than the one that has it all
WRONG = "A" * 27


NAMES = (
    "signing in with a wrong password",
    "a forgotten password",
    "beginning a claim by order and address",
    "finding the claims of an address",
    "a claim by a link that is wrong",
    "a draft of another browser",
    "the files of another's claim",
    "a file of another's claim",
    "a claim of a shop where one may nothing",
    "a file of a shop where one may nothing",
    "a token whose secret is wrong",
    "a claim of another shop by a token",
    "a payout of another shop by a token",
)


@dataclass(frozen=True)
class Asked:
    """One request; ``named`` is what it says that an answer may say again."""

    path: str
    form: Mapping[str, str] | None = None
    token: str | None = None
    named: tuple[str, ...] = ()


@dataclass(frozen=True)
class Door:
    """The same question about what is there and about what isn't, of as many signs; ``also`` of what else is there.

    Whoever is signed in asks at the same instant each time, others a day later each: then no limit is
    near, and each of them is counted all the same.
    """

    there: Asked
    missing: Asked
    also: tuple[Asked, ...] = ()
    person: int | None = None


@dataclass
class Visitors:
    """Who knocks: each time a browser that has no cookie, or the one in which a person is signed in."""

    app: Any
    signed_in: dict[int, Any] = field(default_factory=dict)
    turns: Any = field(default_factory=lambda: count(1))
    now: float = WINDOW + 100

    def ready(self, door: Door) -> Callable[[Asked], TestResponse]:
        """Whoever knocks at this door next; what was counted of the last one is out of the way."""
        g.pop("_login_user", None)
        db.session.rollback()
        reading_limiter.limiter.storage.reset()
        if door.person is None:
            days = next(self.turns)
            self.app.config["NOW"] = NOW + timedelta(days=days)
            self.now = WINDOW + 100 + days * 86_400
            client = self.app.test_client()
        else:
            self.app.config["NOW"] = NOW
            client = self.signed_in[door.person]

        def knock(asked: Asked) -> TestResponse:
            headers = {"Authorization": f"Bearer {asked.token}"} if asked.token else {}
            if asked.form is None:
                return client.get(asked.path, headers=headers)
            return client.post(asked.path, data=asked.form, headers=headers)

        return knock

    def sign_in(self, person):
        """Let this person be signed in in a browser of their own, at NOW."""
        browser = Browser(self.app.test_client())
        sign_in(browser, person)
        self.signed_in[person.id] = browser.client
        return person.id


def doors(app) -> tuple[Visitors, dict[str, Door]]:
    """The visitors, and each door by its name; made on an empty database."""
    visitors = Visitors(app)
    password = hash_password("violet anchor pelican 92 stair")
    factories.reviewer(email="mara@example.com", password=password)
    factories.reviewer(email="gone@example.com", password=password, active=False)
    factories.reviewer(email="newm@example.com")
    known, unknown = "mara@example.com", "nora@example.com"
    factories.account()
    factories.order()
    failed = payout_failed()
    claim = factories.claim(order_reference="A-1002")
    file = factories.evidence(claim)
    draft = factories.draft(order_reference="A-1003")
    hidden = factories.evidence(draft)
    here = visitors.sign_in(factories.reviewer(rights={(OTHER, right) for right in Right}))
    key = db.session.query(Payout.key).filter(Payout.claim_id == failed.id).scalar()
    with transaction():
        token, text = tokens.issue(OTHER, name="theirs", scopes=list(TokenScope), at=NOW)
        mine = token.public_id
    secret = text.rpartition("_")[2]
    wrong = secret[::-1]
    nowhere, no_file = "2222-2222", "A" * len(file.public_id)
    no_key = key[:-8] + "22222222"
    no_token = mine[::-1]

    def form(email, **more):
        return {"email": email, **more}

    def signing(email):
        return Asked("/sign-in", form(email, password="wrong horse battery"), named=(email,))

    def forgot(email):
        return Asked("/sign-in/password", form(email), named=(email,))

    def begin(order, email):
        return Asked(f"/{factories.SHOP}/claim", form(email, order=order), named=(order, email))

    def at(path, *parts, **given):
        return Asked(path.format(*parts), named=parts, **given)

    found = (
        Door(
            signing(known),
            signing(unknown),
            also=(signing("gone@example.com"), signing("newm@example.com")),
        ),
        Door(
            forgot(known), forgot(unknown), also=(forgot("gone@example.com"), forgot("newm@example.com"))
        ),
        Door(
            begin(factories.ORDER, factories.EMAIL),
            begin("A-9009", "kit@example.com"),
            also=(begin(factories.ORDER, "kit@example.com"),),
        ),
        Door(
            Asked("/find", form(factories.EMAIL), named=(factories.EMAIL,)),
            Asked("/find", form("kit@example.com"), named=("kit@example.com",)),
        ),
        Door(
            at("/claims/{}/" + WRONG, claim.reference), at("/claims/{}/" + WRONG, nowhere)
        ),
        Door(
            at("/new/{}/result", draft.reference), at("/new/{}/result", nowhere)
        ),
        Door(
            at("/evidence/{}", claim.reference),
            at("/evidence/{}", nowhere),
            also=(at("/evidence/{}", draft.reference),),
        ),
        Door(
            at("/evidence/{}/{}/view", claim.reference, file.public_id),
            at("/evidence/{}/{}/view", claim.reference, no_file),
            also=(
                at("/evidence/{}/{}/view", draft.reference, hidden.public_id),
                at("/evidence/{}/{}/view", nowhere, file.public_id),
            ),
        ),
        Door(
            at("/review/{}", claim.reference), at("/review/{}", nowhere), person=here
        ),
        Door(
            at("/review/{}/files/{}/view", claim.reference, file.public_id),
            at("/review/{}/files/{}/view", claim.reference, no_file),
            person=here,
        ),
        Door(
            Asked(f"{API}/shops/{OTHER}/events", token=f"rk_{mine}_{wrong}"),
            Asked(f"{API}/shops/{OTHER}/events", token=f"rk_{no_token}_{wrong}"),
        ),
        Door(
            at(API + "/claims/{}", claim.reference, token=text),
            at(API + "/claims/{}", nowhere, token=text),
        ),
        Door(
            at(API + "/payouts/{}/paid", key, token=text, form={}),
            at(API + "/payouts/{}/paid", no_key, token=text, form={}),
        ),
    )  # fmt: skip
    return visitors, dict(zip(NAMES, found, strict=True))
