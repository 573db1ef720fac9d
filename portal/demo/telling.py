"""How a demo claim comes about: by the same verbs that the pages call, each at its time in the past."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

from portal.claims.evidence import files
from portal.claims.payout.details import read
from portal.claims.payout.payee import name_payee
from portal.claims.verbs import filing, paying, reviewing
from portal.demo.people import DANA, MARTA, Person
from portal.demo.pictures import screenshot
from portal.extensions import db
from portal.money import Money

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from portal.claims.models import Claim
    from portal.demo.records import Log
    from portal.people.reviewers import Reviewer
    from portal.policy.deciding.document import Policy


@dataclass(frozen=True, slots=True)
class StoryStep:
    """Something that happens to a claim, ``ago`` before the demo is loaded."""

    ago: timedelta
    act: Callable[[Teller], None]


@dataclass(frozen=True, slots=True)
class Story:
    """One claim from its first page on: whose order, what was said, sent how long ago, and then."""

    shop: str
    email: str
    reference: str
    logs: tuple[Log, ...]
    ago: timedelta
    reason: str
    description: str
    service: str = "WhatsApp"
    asked: str | None = None
    destination: str | None = None
    remedy: str | None = None
    number_used: bool | None = None
    payee: tuple[str, dict[str, str]] | None = None
    pictures: tuple[str, ...] = ()
    then: tuple[StoryStep, ...] = ()
    sent: bool = True


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
        yield self.now - self.story.ago, self.file
        for step in self.story.then:
            yield self.now - step.ago, partial(step.act, self)

    def file(self) -> None:
        """Draft the claim, answer the questions and send it."""
        story = self.story
        at = self.now - story.ago
        claim = self.claim = filing.start(
            shop=story.shop,
            order_reference=story.reference,
            email=story.email,
            at=at - timedelta(minutes=6),
        )
        filing.confirm_address(claim, at=at - timedelta(minutes=5))
        filing.answer(
            claim,
            reason=story.reason,
            service_name=story.service,
            description=story.description,
            destination=story.destination,
            remedy=story.remedy,
            asked=Money.parse(story.asked, self.policy.shop.currency) if story.asked else None,
            number_used=story.number_used,
        )
        for note in story.pictures:
            self.show(note, at=at - timedelta(minutes=2))
        if story.payee:
            method, fields = story.payee
            name_payee(claim, details=read(method, fields))
        if story.sent:
            filing.confirm_terms(claim, at=at)
            filing.submit(claim, policy=self.policy, at=at)
        db.session.flush()

    def show(self, note: str, *, at: datetime) -> None:
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

    def seen(self) -> int:
        """The claim's version as a page would show it now."""
        db.session.flush()
        return self.claim.version

    def common(self, ago: timedelta, by: Person) -> dict[str, Any]:
        """What every verb of a reviewer takes."""
        return {"by": self.staff[by], "at": self.now - ago, "seen": self.seen()}


def finds(
    ago: timedelta, finding: str, *, value: Any, by: Person = DANA, note: str = ""
) -> StoryStep:
    """A reviewer records what they established."""

    def step(teller: Teller) -> None:
        reviewing.record_finding(
            teller.claim,
            finding=finding,
            value=value,
            policy=teller.policy,
            internal=note,
            **teller.common(ago, by),
        )

    return StoryStep(ago, step)


def approves(
    ago: timedelta,
    *,
    by: Person = DANA,
    amount: str | None = None,
    note: str = "",
    why: str = "",
    told: str = "",
) -> StoryStep:
    """A reviewer approves what the policy says, or ``amount``.

    ``why`` where the policy doesn't; ``told`` to the customer where it is less.
    """

    def step(teller: Teller) -> None:
        reviewing.approve(
            teller.claim,
            amount=Money.parse(amount, teller.policy.shop.currency)
            if amount
            else teller.claim.verdict_amount,
            policy=teller.policy,
            internal=note,
            override_reason=why,
            customer_text=told,
            **teller.common(ago, by),
        )

    return StoryStep(ago, step)


def declines(
    ago: timedelta, text: str, *, by: Person = DANA, clause: str = "", note: str = "", why: str = ""
) -> StoryStep:
    """A reviewer declines, by the verdict's own clause or by ``clause``."""

    def step(teller: Teller) -> None:
        reviewing.decline(
            teller.claim,
            clause=clause or teller.claim.verdict_clause or "",
            customer_text=text,
            policy=teller.policy,
            internal=note,
            override_reason=why,
            **teller.common(ago, by),
        )

    return StoryStep(ago, step)


def asks(ago: timedelta, missing: list[str], note: str, *, by: Person = DANA) -> StoryStep:
    """A reviewer asks the customer for more."""

    def step(teller: Teller) -> None:
        reviewing.ask(
            teller.claim,
            missing=missing,
            note=note,
            policy=teller.policy,
            **teller.common(ago, by),
        )

    return StoryStep(ago, step)


def completes(ago: timedelta, picture: str) -> StoryStep:
    """The customer gives what was asked for: a screenshot."""

    def step(teller: Teller) -> None:
        at = teller.now - ago
        teller.show(picture, at=at)
        filing.complete(teller.claim, policy=teller.policy, at=at)

    return StoryStep(ago, step)


def appeals(ago: timedelta, text: str, picture: str) -> StoryStep:
    """The customer appeals with a new screenshot."""

    def step(teller: Teller) -> None:
        at = teller.now - ago
        teller.show(picture, at=at)
        filing.appeal(teller.claim, text=text, policy=teller.policy, at=at)

    return StoryStep(ago, step)


def withdraws(ago: timedelta) -> StoryStep:
    """The customer takes the claim back."""

    def step(teller: Teller) -> None:
        filing.withdraw(teller.claim, policy=teller.policy, at=teller.now - ago)

    return StoryStep(ago, step)


def pays(ago: timedelta, reference: str, *, by: Person = MARTA) -> StoryStep:
    """The money leaves under ``reference``."""

    def step(teller: Teller) -> None:
        common = teller.common(ago, by) | {"policy": teller.policy}
        paying.mark_paid(teller.claim, reference=reference, **common)

    return StoryStep(ago, step)


def fails(ago: timedelta, reason: str, *, by: Person = MARTA) -> StoryStep:
    """The money came back."""

    def step(teller: Teller) -> None:
        paying.mark_failed(
            teller.claim, reason=reason, policy=teller.policy, **teller.common(ago, by)
        )

    return StoryStep(ago, step)
