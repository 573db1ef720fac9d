"""What happens to claims while everybody types payloads wherever more than a line is asked for.

Each story opens pages where something is to be seen: ``view`` is a browser as its people have it.
"""

from datetime import timedelta

from portal.claims.evidence.storage.chosen import storage
from portal.claims.lifecycle import EvidenceState
from portal.claims.queries import claim_for_change
from portal.database import transaction
from tests import factories
from tests.factories import NOW, SHOP
from tests.journeys.sweep.stage import Typed
from tests.web.makers import defect, rental
from tests.web.steps.journeys import code_for, link, picture, stored

LATER = (NOW + timedelta(days=9)).strftime("%Y-%m-%dT%H:%M")


class Story:
    """One claim and whoever acts in it; ``step`` sends one form of its decision."""

    def __init__(self, stage, view, reference=""):
        self.stage, self.view, self.customer = stage, view, stage.visitor()
        self.ada, self.ben = stage.ada, stage.ben
        self.reference = reference

    @property
    def claim(self):
        """The claim as it is now."""
        return stored(self.reference)

    @property
    def review(self):
        """Where it is decided."""
        return f"/review/{self.reference}"

    def begin(self, shop, order, email):
        """Name the order and enter the code; where the draft is."""
        answer = self.customer.send(f"/{shop}/claim", {"order": order, "email": email})
        self.reference = answer.location.split("/")[2]
        self.customer.send(f"/new/{self.reference}/code", {"code": code_for(email)})
        return f"/new/{self.reference}"

    def unlock(self):
        """The owner enters a code for the claim; its address."""
        url = link(self.claim)
        self.customer.post(f"{url}/unlock", {})
        self.customer.send(f"{url}/code", {"code": code_for(self.claim.email)})
        return url

    def step(self, name, fields, *, prefix=None, by=None):
        """Send one form of the decision with all that it carries."""
        prefix = prefix or name
        said = {f"{prefix}-{key}": value for key, value in fields.items()}
        seen = {f"{prefix}-seen": str(self.claim.version)}
        (by or self.ada).send(f"{self.review}/{name}", seen | said)

    def show_file(self, field, to=""):
        """Add a picture by the payloads' name, which counts as checked."""
        self.customer.upload(f"/evidence/{self.reference}{to}", field, picture()[0].read())
        with transaction():
            file = claim_for_change(self.reference).evidence[-1]
            key = storage().create(picture()[0], limit=10_000).key
            about = {"media_type": "image/png", "width": 60, "height": 40, "size": 200}
            file.state = EvidenceState.READY
            file.views = [{"role": role, "key": key} | about for role in ("view", "thumb")]

    def seen_by_owner(self, sink, *paths):
        """Its owner opens these pages."""
        for path in paths:
            self.view.owner(self.customer.client).open(sink, path)

    def seen_by_staff(self, sink, *paths):
        """Whoever works here opens these."""
        for path in paths:
            self.view.staff.open(sink, path)


def decided(stage, view, number):
    """A claim is filed, asked about, answered, declined, appealed, paid and taken back."""
    story, email = Story(stage, view), f"kim{number}@example.com"
    new = story.begin(SHOP, f"A-{number}", email)
    said = {"reason": "wrong_code", "shown": "wrong_code", "service_name": "WhatsApp"}
    story.customer.send(
        f"{new}/keep/questions", said | {"description": Typed("kept_typed")}, done=204
    )
    story.seen_by_owner("form of a draft", f"{new}/reason")
    story.customer.send(f"{new}/reason", said | {"description": Typed("description")})
    story.seen_by_owner("result of a draft", f"{new}/result")
    story.show_file("own_file")
    story.customer.send(f"{new}/result", {"way": "balance"})
    story.ada.send(f"{story.review}/notes", {"text": Typed("note", but="@")})
    handed = {"was": "0", "to": str(stage.ben.id), "note": Typed("hand_over", but="@")}
    story.ada.send(f"{story.review}/hand-over", handed)
    story.ada.send(f"{story.review}/legal-hold", {"reason": Typed("legal_hold")})
    story.step("ask", {"missing": "claim.description", "note": Typed("asked_note")})
    url = story.unlock()
    story.seen_by_owner("question to a customer", url, f"{url}/answer")
    story.customer.send(f"{url}/answer", {"description": Typed("answer")})
    found = {"value": "no", "internal": Typed("finding_note")}
    story.step("findings/claim_verified", found, prefix="claim_verified")
    letter = {
        "clause": "SS-N3",
        "text": Typed("decline_text"),
        "override": Typed("decline_reason"),
        "internal": Typed("decline_note"),
    }
    story.seen_by_staff("decision", story.review)
    preview = {f"decline-{name}": value for name, value in letter.items()}
    view.staff.send(
        "letter before it leaves",
        f"{story.review}/letter/decline",
        {"decline-seen": str(story.claim.version)} | stage.filled(preview),
    )
    story.step("decline", letter)
    story.show_file("appeal_file", "?to=appeal")
    story.customer.send(f"{url}/keep/appeal", {"text": Typed("kept_typed")}, done=204)
    story.seen_by_owner("decision to its owner", url, f"{url}/appeal", f"{url}/appeal/text")
    story.customer.send(f"{url}/appeal/text", {"text": Typed("appeal_text")})
    approved = {
        "amount": "0.50",
        "text": Typed("approve_text"),
        "override": Typed("approve_reason"),
        "internal": Typed("approve_note"),
    }
    stage.app.config["NOW"] += timedelta(seconds=1)  # one claim is not decided twice at one instant
    story.step("approve", approved, by=story.ben)
    story.step("release", {"because": Typed("release_reason")})
    story.step("extend", {"until": LATER, "reason": Typed("extend_reason")})
    story.seen_by_owner("claim to its owner", url)
    story.seen_by_staff("claim", story.review)
    story.step("paid", {"reference": f"TX-{story.reference}"})
    paid = {"payout": story.claim.payouts[-1].key, "reason": Typed("reverse_reason")}
    story.step("reverse", paid)
    story.seen_by_owner("claim to its owner", url)
    story.seen_by_owner("receipt", f"{url}/receipt")
    story.seen_by_staff("claim", story.review)


def reopened(stage, view, number):
    """Money of a rental goes another way and comes back, and the decision is taken back."""
    story, email = Story(stage, view), f"pat{number}@example.com"
    factories.order(
        shop="client-numbers", reference=f"Q-{number}", kind="rental", price_minor=1200,
        account_email=email, unavailable_at=NOW - timedelta(hours=1), was_orderable=True,
    )  # fmt: skip
    new = story.begin("client-numbers", f"Q-{number}", email)
    said = {
        "reason": "number_unavailable",
        "shown": "number_unavailable",
        "description": Typed("description"),
        "destination": "payout",
        "asked": "12.00",
    }
    story.customer.send(f"{new}/reason", said)
    story.customer.send(f"{new}/result", {"way": "other"})
    story.customer.send(f"{new}/payout/other", {"description": Typed("payout_other", one=True)})
    story.seen_by_owner("payout form", f"{new}/payout/other", f"{new}/result")
    story.customer.send(f"{new}/result", {"way": "other"})
    approved = {"amount": "12.00", "override": Typed("approve_reason"), "text": ""}
    story.step("approve", approved)
    view.staff.send("payout details in full", f"{story.review}/payee", {"why": "To pay it."})
    story.step("reopen", {"reason": Typed("reopen_reason")})
    story.seen_by_owner("claim to its owner", link(story.claim))
    story.seen_by_staff("claim", story.review)


def host_asked(stage, view, number):
    """A customer is asked for access to their host, and gives it."""
    story = Story(stage, view, defect().reference)
    story.step("access/ask", {"note": Typed("access_note")}, prefix="ask")
    url = story.unlock()
    story.seen_by_owner("question to a customer", f"{url}/access")
    story.customer.send(
        f"{url}/access",
        {"where": "a", "login": "b", "secret": Typed("host_secret"), "answer": "yes"},
    )
    view.staff.send("access in full", f"{story.review}/access", {"why": "To read its log."})
    story.seen_by_staff("claim", story.review)


def papers_asked(stage, view, number):
    """A customer is asked for identity documents, and gives one."""
    story = Story(stage, view, rental().reference)
    asked = {"seen": str(story.claim.version), "purpose": Typed("identity_purpose"), "days": "30"}
    story.ada.send(f"{story.review}/identity", asked)
    url = story.unlock()
    story.seen_by_owner("question to a customer", f"{url}/identity")
    story.customer.upload(f"{url}/identity", "identity_file", picture()[0].read())
    story.seen_by_staff("identity documents", f"{story.review}/identity", story.review)


STORIES = (decided, reopened, host_asked, papers_asked)
