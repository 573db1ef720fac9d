"""Who may do what in which shop: the rights, and what each of them allows."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, ForeignKey, SQLColumnExpression, String, true
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import words
from portal.extensions import Base
from portal.translation import gettext

EVERY_SHOP = "*"  # stands in a right's row for each shop there is, and each that is still to come


class Right(StrEnum):
    """What a person may hold, in one shop or in every one."""

    REVIEWER = "reviewer"
    PAYER = "payer"
    LEAD = "lead"
    ADMIN = "admin"


class Task(StrEnum):
    """What the portal asks a right for."""

    LOOK = "look"  # at claims, their files and their history
    DECIDE = "decide"
    PAY = "pay"  # payouts, runs, what is owed; and payout details in full
    RELEASE = "release"  # as the second person: what is held goes on
    REOPEN = "reopen"  # a decision that was told is taken back
    REPORT = "report"  # read what was decided, by whom
    READ_POLICY = "read policy"
    KEEP_POLICY = "keep policy"  # drafts, checks, publishing
    CONNECT = "connect"  # rails, tokens, hand-off, webhooks; in every shop: shops that begin
    RUN_TEAM = "run team"  # who works here, and what each may


ALLOWS: dict[Right, frozenset[Task]] = {
    Right.REVIEWER: frozenset({Task.LOOK, Task.DECIDE, Task.READ_POLICY}),
    Right.PAYER: frozenset({Task.LOOK, Task.PAY, Task.RELEASE, Task.READ_POLICY}),
    Right.LEAD: frozenset(
        {
            Task.LOOK,
            Task.DECIDE,
            Task.RELEASE,
            Task.REOPEN,
            Task.REPORT,
            Task.READ_POLICY,
            Task.KEEP_POLICY,
        }
    ),
    Right.ADMIN: frozenset({Task.READ_POLICY, Task.CONNECT, Task.RUN_TEAM}),
}


class NoRight(Exception):
    """This person holds no right in the shop that allows it."""

    def __init__(self, task: Task, shop: str) -> None:
        super().__init__(gettext("Whoever did it has no right to it in this shop."))
        self.task, self.shop = task, shop


class HeldRight(Base):
    """One right that one person holds, in a shop or in EVERY_SHOP."""

    __tablename__ = "rights"

    reviewer_id: Mapped[int] = mapped_column(ForeignKey("reviewers.id"), primary_key=True)
    shop: Mapped[str] = mapped_column(String(40), primary_key=True)
    what: Mapped[Right] = mapped_column(words(Right), primary_key=True)

    def allows(self, task: Task, shop: str) -> bool:
        """Whether this right is enough for the task in the shop."""
        return self.shop in (shop, EVERY_SHOP) and task in ALLOWS[self.what]


@dataclass(frozen=True, slots=True)
class Shops:
    """The shops in which somebody may do something; ``named`` is None for every shop."""

    named: frozenset[str] | None

    def __contains__(self, shop: str) -> bool:
        """Whether the shop is one of them."""
        return self.named is None or shop in self.named

    def among(self, column: SQLColumnExpression[str]) -> ColumnElement[bool]:
        """The condition that keeps a statement to rows of these shops."""
        return true() if self.named is None else column.in_(sorted(self.named))


ANY_SHOP = Shops(None)


def allowing(task: Task) -> list[Right]:
    """The rights of which each is enough for the task."""
    return [right for right, tasks in ALLOWS.items() if task in tasks]
