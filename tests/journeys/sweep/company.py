"""What fits in a line: names, references and reasons, one payload in each, as programs and staff give them."""

import csv
from datetime import timedelta
from io import BytesIO, StringIO
from itertools import count

from portal.claims.decisions.ownership import CLAIMED
from portal.database import transaction
from portal.extensions import db
from portal.records.importer import import_file
from portal.records.problems import FileRefused
from portal.webhooks import setting
from tests.api.program import Program
from tests.factories import NOW, SHOP
from tests.journeys.sweep.stage import Typed
from tests.journeys.sweep.stories import Story
from tests.web.steps.journeys import code_for, link, picture

CREATED, REFUSED = 201, 400
VIEWS = 10  # of their own that somebody saves


class Company:
    """A shop's programs, and whoever runs it; each press is about the payload that it is the turn of."""

    def __init__(self, stage, view):
        self.stage, self.view, self.ada = stage, view, stage.ada
        self.program, self.turns = Program(stage.app), count()
        for number in range(VIEWS):
            self.ada.send(f"/review/views?status=all&shop={SHOP}", {"name": f"View {number}"})

    def pay(self, number):
        """An order of the logs is claimed by a program, and paid under a reference that was mistyped."""
        email = f"log{number}@example.com"
        ordered = NOW - timedelta(hours=1)
        account = {"record": "account", "email": email, "id": Typed("csv_account", f"u-{number}")}
        order = {
            "record": "order",
            "reference": Typed("csv_order", f"O-{number}"),
            "account_email": email,
            "kind": "activation",
            "service": Typed("csv_service"),
            "price_amount": "0.50",
            "price_currency": "USD",
            "ordered_at": ordered.isoformat(),
        }
        self.stage.attempt(account, _imported)
        self.stage.attempt(order, _imported)
        story = Story(self.stage, self.view, self._filed(number, email))
        self.stage.attempt({"name": Typed("api_file", "word.png")}, lambda filled: (
            self.program.add_file(story.reference, name=filled["name"]).status_code < REFUSED
        ))  # fmt: skip
        approved = {"amount": "0.50", "override": "Seen.", "text": ""}
        story.step("approve", approved, by=self.stage.ben)
        story.step("release", {"because": "Seen too."})
        story.step("failed", {"reason": Typed("failed_reason")})
        story.step("retry", {})
        story.step("paid", {"reference": Typed("payment_reference", f"TX-{number}")})
        right = Typed("corrected_reference", f"TY-{number}")
        story.step("reference", {"payout": story.claim.payouts[-1].key, "reference": right})
        story.seen_by_owner("claim to its owner", link(story.claim))
        story.seen_by_staff("claim", story.review)

    def _filed(self, number, email):
        """The claim of the order, by a call."""
        body = {
            "order_reference": Typed("csv_order", f"O-{number}"),
            "service_name": Typed("api_service"),
            "description": Typed("api_description"),
        }
        answers = []

        def act(filled):
            more = {"account": {"email": email}, "reason": "wrong_code"}
            answers.append(self.program.file(body=filled | more))
            return answers[-1].status_code == CREATED

        self.stage.attempt(body, act)
        return answers[-1].get_json()["reference"]

    def name(self, number):
        """An order, a person, a text, a view, a token and a webhook are named in forms."""
        visitor = self.stage.visitor()
        email = f"new{number}@example.com"
        form = {"order": Typed("order", f"A-{number}"), "email": email}
        new = visitor.send(f"/{SHOP}/claim", form).location.rpartition("/")[0]
        visitor.send(f"{new}/code", {"code": code_for(email)})
        files = f"/evidence/{new.rpartition('/')[2]}"
        visitor.upload(files, "own_file", picture()[0].read())
        for page in (f"{new}/order", files):
            self.view.owner(visitor.client).open("form of a draft", page)
        person = {"name": Typed("person"), "email": f"p{number}@example.com", "rights": f"{SHOP}:reviewer"}  # fmt: skip
        self.ada.send("/review/people/invite", person)
        snippet = {"shop": SHOP, "name": Typed("snippet_name", f"Seen {number}"), "spoken": "en",
                   "clause": "", "text": Typed("snippet_text")}  # fmt: skip
        self.ada.send("/review/snippets", snippet)
        view = {"name": Typed("saved_view", f"All {number}")}
        self.ada.send(f"/review/views/{next(self.turns) % VIEWS + 1}", view)
        token = {"known_as": Typed("token"), "scopes": "claims"}
        self.ada.send(f"/review/tokens/{SHOP}/new", token, done=200)
        hook = Typed("webhook", "https://a.example/", shape="https://a.example/{}", tight=True)
        self.ada.send(f"/review/webhooks/{SHOP}/new", {"url": hook}, done=200)

    def look_at_few(self):
        """The lists that hold no more than a few; then room is made for others."""
        self.view.staff.open("queue", f"/review?status=all&shop={SHOP}")
        self.view.staff.open("saved views", "/review/views")
        self.view.staff.open("webhooks", "/review/webhooks")
        for each in setting.endpoints_of(SHOP):
            self.view.staff.open("webhook", f"/review/webhooks/{each.key}")
            self.ada.send(f"/review/webhooks/{each.key}/remove", {})
        db.session.rollback()

    def look_round(self):
        """Every list of what was named."""
        for sink, path in (
            ("people", "/review/people"),
            ("snippets", "/review/snippets"),
            ("tokens", "/review/tokens"),
            ("account", "/account"),
            ("incidents", "/review/incidents"),
            ("alike", "/review/alike"),
            ("payouts", "/payouts"),
            ("payouts", "/payouts/owed"),
            ("payouts", "/payouts/attention"),
            ("reports", "/review/reports"),
            ("reports", "/review/reports/money"),
        ):
            self.view.staff.open(sink, path)
        for sink, path in (("log of acts", "/review/activity"), ("queue", "/review?status=all"),
                           ("mailbox", "/mailbox")):  # fmt: skip
            self.view.through(sink, path)


def _imported(row):
    text = StringIO()
    writer = csv.DictWriter(text, row)
    writer.writeheader()
    writer.writerow(row)
    try:
        with transaction():
            import_file(SHOP, BytesIO(text.getvalue().encode()), at=NOW, claimed=CLAIMED)
    except FileRefused:
        return False
    return True
