"""How a demo claim comes about: by the same verbs that the pages call, each at its time in the past."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from io import BytesIO
from typing import Any

from portal.claims import answering
from portal.claims.evidence import files
from portal.claims.models import Claim
from portal.claims.payout.details import read
from portal.claims.payout.payee import name_payee
from portal.claims.verbs import filing, reviewing
from portal.demo.people import PEOPLE, Person
from portal.demo.pictures import screenshot
from portal.demo.records import ago
from portal.demo.samples import Story
from portal.extensions import db
from portal.money import Money
from portal.payouts import paying
from portal.people.reviewers import Reviewer
from portal.policy.deciding.document import Policy

BY_NAME = {person.email.partition("@")[0]: person for person in PEOPLE}


@dataclass(slots=True)
class Teller:
    """Tells one story; every verb runs at ``now`` less the step's own time."""

    story: Story
    policy: Policy
    staff: Mapping[Person, Reviewer]
    now: datetime
    claim: Claim = field(init=False)

    def steps(self) -> Iterator[tuple[datetime, Callable[[], None]]]:
        """Each step with its time, in the story's order."""
        filed = self.now - ago(self.story.ago)
        yield filed, partial(self.files, filed)
        for step in self.story.then:
            at = self.now - ago(step["ago"])
            said = {name: value for name, value in step.items() if name not in {"ago", "does"}}
            yield at, partial(getattr(self, step["does"]), at, **said)

    def files(self, at: datetime) -> None:
        """The customer drafts the claim, answers the questions and sends it."""
        story = self.story
        claim = self.claim = filing.start(
            shop=story.shop,
            order_reference=story.reference or "",
            email=story.email,
            at=at - timedelta(minutes=6),
        )
        filing.confirm_address(claim, at=at - timedelta(minutes=5))
        answering.answer(
            claim,
            reason=story.reason,
            service_name=story.service,
            description=story.description,
            destination=story.destination,
            remedy=story.remedy,
            asked=self._money(story.asked),
            number_used=story.number_used,
        )
        for note in story.pictures:
            self._shows(note, at=at - timedelta(minutes=2))
        if story.payee:
            name_payee(claim, details=read(story.payee["method"], story.payee))
        if story.sent:
            filing.confirm_terms(claim, at=at)
            filing.submit(claim, policy=self.policy, at=at)
        db.session.flush()

    def completes(self, at: datetime, *, picture: str) -> None:
        """The customer gives what was asked for: a screenshot."""
        self._shows(picture, at=at)
        filing.complete(self.claim, policy=self.policy, at=at)

    def appeals(self, at: datetime, *, text: str, picture: str) -> None:
        """The customer appeals with a new screenshot."""
        self._shows(picture, at=at)
        filing.appeal(self.claim, text=text, policy=self.policy, at=at)

    def withdraws(self, at: datetime) -> None:
        """The customer takes the claim back."""
        filing.withdraw(self.claim, policy=self.policy, at=at)

    def finds(self, at: datetime, *, finding: str, value: Any, note: str = "") -> None:
        """A reviewer records what they established."""
        common = self._common(at)
        reviewing.record_finding(self.claim, finding=finding, value=value, internal=note, **common)

    def approves(
        self,
        at: datetime,
        *,
        by: str = "dana",
        amount: str | None = None,
        note: str = "",
        why: str = "",
        told: str = "",
    ) -> None:
        """A reviewer approves what the policy says, or ``amount``.

        ``why`` where the policy doesn't; ``told`` to the customer where it is less.
        """
        reviewing.approve(
            self.claim,
            amount=self._money(amount) or self.claim.verdict_amount,
            internal=note,
            override_reason=why,
            customer_text=told,
            **self._common(at, by),
        )

    def declines(self, at: datetime, *, text: str, by: str = "dana") -> None:
        """A reviewer declines by the verdict's own clause."""
        clause = self.claim.verdict_clause or ""
        reviewing.decline(self.claim, clause=clause, customer_text=text, **self._common(at, by))

    def asks(self, at: datetime, *, missing: list[str], note: str) -> None:
        """A reviewer asks the customer for more."""
        reviewing.ask(self.claim, missing=missing, note=note, **self._common(at))

    def pays(self, at: datetime, *, reference: str) -> None:
        """The money leaves under ``reference``."""
        paying.mark_paid(self.claim, reference=reference, **self._common(at, "marta"))

    def fails(self, at: datetime, *, reason: str) -> None:
        """The money came back."""
        paying.mark_failed(self.claim, reason=reason, **self._common(at, "marta"))

    def _common(self, at: datetime, by: str = "dana") -> dict[str, Any]:
        """What every verb of a reviewer takes; ``seen`` is the claim's version as a page shows it now."""
        db.session.flush()
        person = self.staff[BY_NAME[by]]
        return {"by": person, "at": at, "seen": self.claim.version, "policy": self.policy}

    def _money(self, amount: str | None) -> Money | None:
        return Money.parse(amount, self.policy.shop.currency) if amount else None

    def _shows(self, note: str, *, at: datetime) -> None:
        """Add a screenshot of the order's page with ``note`` on it, as an upload does."""
        count = len(self.claim.evidence) + 1
        lines = [
            ("Order", self.story.reference or "Balance"),
            ("Service", self.story.service),
            ("Account", self.story.email),
        ]
        data = screenshot(self.policy.shop.name, lines, note=note, shade=len(self.story.shop))
        name = f"screenshot-{count}.png"
        received = files.receive(BytesIO(data), filename=name, size=len(data))
        files.add(self.claim, received=received, filename=name, at=at)
