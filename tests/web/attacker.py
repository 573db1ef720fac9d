"""An attacker who stands where most is open to them, and what they may ask for."""

from datetime import timedelta
from hashlib import sha256

from flask import current_app, g
from sqlalchemy import event, inspect as inspected
from sqlalchemy.engine import Engine

from portal.api import tokens
from portal.claims.desk.acts import BulkAct, BulkLine
from portal.claims.desk.snippets import SnippetWords, keep_snippet, snippets_of
from portal.claims.letters.links import status_token
from portal.claims.models import Claim
from portal.claims.queries import claim_for_change
from portal.claims.queue.presence import Presence
from portal.database import transaction
from portal.extensions import Base, db
from portal.handoff.models import HandoffUse
from portal.ledger.runs import PayoutRun
from portal.people import reviewers
from portal.people.reviewers import Role
from portal.people.rights import ANY_SHOP
from portal.records.arriving import sms as arriving
from portal.versions import queries
from portal.web.guards import staff
from portal.webhooks import setting
from tests import factories
from tests.factories import NOW
from tests.versions.drafts import begun
from tests.web.hostile import SCRIPT
from tests.web.inspector import Browser, Page, inspect
from tests.web.makers import MAKERS
from tests.web.routes import ADMIN, DRAFT, REVIEWER, UNLOCKED
from tests.web.steps.signing_in import sign_in

# Fields that lead deeper when the others are hostile.
KEPT = {"approve-seen", "retry-seen", "undo-seen", "reopen-seen", "reverse-seen", "reference-seen", "ask-seen", "decline-seen", "extend-seen", "failed-seen", "paid-seen",
        "release-seen",
        "claim_verified-seen", "again-seen"}  # fmt: skip


def key_of_run(claim):
    """The key of the run that the claim's payout is in, or of none."""
    numbers = [payout.run_id for payout in claim.payouts if payout.run_id] if claim else []
    return db.session.get_one(PayoutRun, numbers[0]).key if numbers else "PR-NONE"


def webhook_of_shop():
    """The id of a webhook of the shop."""
    if found := setting.endpoints_of(factories.SHOP):
        return found[0].key
    with transaction():
        url = "https://shop.example/hooks"
        return setting.add(factories.SHOP, url=url, at=NOW, loopback=False)[0].key


def snippet_of_shop():
    """The number of a ready-made text of the shop."""
    if found := snippets_of(ANY_SHOP):
        return str(found[0].id)
    said = SnippetWords(clause="", language="en", name="Seen", text="We looked at {claim}.")
    person = factories.reviewer(email="writer@example.com")
    with transaction():
        row = keep_snippet(None, said, policy=factories.policy(), by=person, at=NOW)
        db.session.flush()
        return str(row.id)


def token_of_shop():
    """The id of a token of the shop's programs."""
    if found := tokens.issued(factories.SHOP):
        return found[0].public_id
    with transaction():
        scopes = list(tokens.TokenScope)
        return tokens.issue(factories.SHOP, name="backend", scopes=scopes, at=NOW)[0].public_id


def handed(claim):
    """The list of a token that led this browser to the claim."""
    known = db.select(HandoffUse).where(HandoffUse.jti == claim.reference)
    used = db.session.scalar(known) or factories.keep(
        HandoffUse(shop=claim.shop, kid=KID, jti=claim.reference, used_at=NOW,
                   browser=sha256(BROWSER.encode()).hexdigest(),
                   good_until=NOW + timedelta(minutes=5), claims=[claim.reference])
    )  # fmt: skip
    return used.public_id


BROWSER = "attacker"
KID = "hk_attacker22"  # of no key


def receiver_of_shop():
    """The secret of an address at which the shop is told of messages."""
    with transaction():
        return arriving.add_receiver(factories.SHOP, zone="UTC", at=NOW)[1]


def pressed(person, claim):
    """The key of what this person decided together: a press about the claim, or about none."""
    found = db.session.scalar(db.select(BulkAct.key).where(BulkAct.reviewer_id == person))
    if found:
        return found
    about = {"shop": factories.SHOP, "outcome": "approve", "clause": CLAUSE, "at": NOW}
    seen = [BulkLine(claim_id=claim.id, seen=claim.version)] if claim else []
    key = f"{person:022}"
    return factories.keep(BulkAct(key=key, reviewer_id=person, lines=seen, **about)).key


CLAUSE = "SS-G2"  # of the shop's policy

# Of a password that nobody knows, made once and quick to try: hashing takes longer than a page.
HASH = (
    "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)


_written = [0]  # statements that wrote, by whomever


@event.listens_for(Engine, "before_cursor_execute")
def _count(_connection, _cursor, statement, *_rest):
    _written[0] += statement.startswith(("INSERT", "UPDATE", "DELETE"))


# What a route's address names that is looked up nowhere.
PARTS = {
    "version": "2024-06-15",
    "old": "2024-06-15",
    "new": "2024-06-15",
    "role": "view",
    "method": "paypal",
    "page": "answer",
    "of": "questions",
    "finding": "claim_verified",
    "answer": "yes",
    "step": "next",
    "filename": "app.css",
    "way": "manual",
    "currency": "USD",
    "clause": CLAUSE,
    "outcome": "approve",
    "act": "of-nobody",
    "sort": "refusal",
    "rail": "balance",
    "word": "invalid",
    "part": "decline",
    "gap": "kept_by_us",
    "kid": KID,
    "secret": "another",
}


class Attacker:
    """A visitor who stands where most is open to them, and stands there anew when the claim moved."""

    def __init__(self, app, role, about):
        app.config |= {"NOW": NOW, "WTF_CSRF_ENABLED": False}
        self.role, self.about, self.inspected = role, about, set()
        self.browser = Browser(app.test_client())
        self.claim = self.status = self.person = self.left = None
        self.secret = receiver_of_shop()
        self.stand()

    def stand(self):
        """Make the claim where there is none, or where the last one has moved on."""
        db.session.rollback()
        g.pop("_login_user", None)
        if self.left == self.standing():
            return  # nobody wrote a row, and who stands here is as they were
        if self.about and (self.claim is None or self.claim.status is not self.status):
            if self.claim is not None:
                with transaction():
                    claim_for_change(self.claim.reference).open_key = None
            self.claim = MAKERS[self.about]()
            self.status = self.claim.status
        reference = self.claim.reference if self.claim else "2222-2222"
        if self.role in {REVIEWER, ADMIN}:
            self.sign_in()
        with self.browser.client.session_transaction() as session:
            session["drafts"] = [reference] if self.role == DRAFT else []
            session["browser"] = BROWSER
            session["unlocked"] = (
                {reference: (NOW + timedelta(minutes=20)).isoformat()}
                if self.role == UNLOCKED
                else {}
            )
        files = self.claim.evidence if self.claim else []
        draft = policy_draft()
        self.good = PARTS | {
            "shop": factories.SHOP,
            "reference": reference,
            "token": status_token(reference),
            "public_id": files[0].public_id if files else "nothing",
            "number": str(draft.id),
            "key": key_of_run(self.claim),
            "webhook": webhook_of_shop(),
            "snippet": snippet_of_shop(),
            "token_id": token_of_shop(),
            "handoff": handed(self.claim) if self.role == DRAFT and self.claim else "nothing",
            "secret": self.secret,
        }
        if self.person:
            self.good["act"] = pressed(self.person["id"], self.claim)
        self.seen = {name: str(self.claim.version) for name in KEPT} if self.claim else {}
        self.seen["seen"] = draft.text_sha256
        self.left = self.standing()

    def standing(self):
        """What is another where somebody did anything: how much was written, the cookie, the role."""
        cookie = self.browser.client.get_cookie(current_app.config["SESSION_COOKIE_NAME"])
        return _written[0], cookie and cookie.value, self.role

    def sign_in(self):
        """As somebody new, unless the last one is as they were, and signed in."""
        g.pop("_login_user", None)
        with self.browser.client.session_transaction() as session:
            key = session.get(staff.KEY)
            found = reviewers.signed_in(key, at=NOW) if key else None
        if found is None or self.person != columns(found[1]):
            given = {"role": Role.ADMIN} if self.role == ADMIN else {}
            person = factories.reviewer(may_pay=True, password=HASH, **given)
            self.person = columns(person)
            sign_in(self.browser, person)

    def send(self, path, *, method="GET", **kwargs):
        """One request, and what must hold for its answer whatever it was."""
        response = self.browser.client.open(path, method=method, **kwargs)
        body = response.get_data(as_text=True) if response.mimetype.startswith("text/") else ""
        response.close()
        where = f"{method} {path[:200]!r} {str(kwargs)[:300]} -> {response.status}\n{body[:1500]}"
        assert response.status_code < 500, where
        for trace in ("Traceback (most", "sqlalchemy.", "psycopg.", "werkzeug.", "jinja2."):
            assert trace not in body, where
        assert SCRIPT not in body or "/mailbox" in path, where
        key = (method, response.status_code, path.partition("?")[0].count("/"))
        if "text/html" in response.content_type and body.startswith("<!doctype") and (
            key not in self.inspected
        ):  # fmt: skip
            self.inspected.add(key)
            inspect(Page(response))
        return response


def columns(row):
    """What the database holds of it."""
    return {column.key: getattr(row, column.key) for column in inspected(row).mapper.columns}


def address(rule, parts):
    """The rule's address with these parts, which are encoded already."""
    text = rule.rule
    for name in rule.arguments:
        for kind in ("", "int:", "path:"):
            text = text.replace(f"<{kind}{name}>", parts.get(name, "x"))
    return text


def pages(app):
    """The rules of the pages: what programs ask is held to its own table (tests/api/test_access.py)."""
    return [rule for rule in app.url_map.iter_rules() if not rule.endpoint.startswith("api.")]


def rule_of(app, endpoint):
    return next(rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint)


def rows():
    """Everything the database holds, table by table; but not who has which claim open just now."""
    db.session.rollback()
    return {
        name: sorted(map(repr, db.session.execute(db.select(table)).all()))
        for name, table in Base.metadata.tables.items()
        if name != Presence.__tablename__
    }


LOGGED = "'export'", "'right_refused'", "'form_refused'", "'held_back'"


def but_what_is_logged(found):
    """The rows without what the audit log says of files that were taken, and of what was refused."""
    kept = [row for row in found["audit_log"] if not any(act in row for act in LOGGED)]
    return found | {"audit_log": kept}


# What is looked up in the database, of the claim that a page is about.
LOOKED_UP = {
    "shop": lambda claim: claim.shop,
    "reference": lambda claim: claim.reference,
    "token": lambda claim: status_token(claim.reference),
    "public_id": lambda claim: claim.evidence[0].public_id if claim.evidence else "none",
    "number": lambda _claim: str(policy_draft().id),
    "key": key_of_run,
    "webhook": lambda _claim: webhook_of_shop(),
    "snippet": lambda _claim: snippet_of_shop(),
    "token_id": lambda _claim: token_of_shop(),
}


def parts(claim, rule):
    """What the rule's address names, of this claim; nothing else is looked up."""
    return PARTS | {name: LOOKED_UP[name](claim) for name in rule.arguments & LOOKED_UP.keys()}


def policy_draft():
    """A draft of the shop's policy."""
    return queries.draft_of(factories.SHOP) or begun(shop=factories.SHOP)


def visitor_with(app, *, drafts=(), unlocked=(), person=None):
    """A browser with a session that holds these references, and the addresses whose code opened some."""
    app.config["NOW"] = NOW
    of = db.select(Claim.email).where(Claim.reference.in_(unlocked), Claim.email.is_not(None))
    held, until = list(db.session.scalars(of)), (NOW + timedelta(minutes=20)).isoformat()
    visitor = Browser(app.test_client())
    g.pop("_login_user", None)
    if person is not None:
        sign_in(visitor, person)
    with visitor.client.session_transaction() as session:
        session["drafts"] = list(drafts)
        session["unlocked"] = dict.fromkeys(unlocked, until)
        session["held"] = dict.fromkeys(held, until)
    return visitor


def ask(app, visitor, endpoint, claim, method, **changed):
    g.pop("_login_user", None)
    rule = rule_of(app, endpoint)
    path = address(rule, parts(claim, rule) | changed)
    answer = visitor.client.open(path, method=method)
    answer.get_data()
    answer.close()
    return answer
