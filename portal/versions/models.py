"""The tables of policy versions made in the browser, and of what the workbench said about them."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Dialect, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from portal.audit import log as audit
from portal.audit.log import StaffAct
from portal.database import UTCDateTime, words
from portal.extensions import Base
from portal.people.reviewers import Reviewer
from portal.policy.language.in_force import in_force_named
from portal.translation import again, gettext
from portal.versions.lifecycle import State, VersionAction, next_state


class DraftQuestion(StrEnum):
    """What the workbench is asked about a text: is it right, and what would it have done?"""

    CHECK = "check"
    REPLAY = "replay"


class Deed(StrEnum):
    """What a person did to a version; the words are those of the table."""

    BEGIN = "begin"
    UPLOAD = "upload"
    CHANGE_CLAUSE = "change clause"
    ADD_CLAUSE = "add clause"
    REMOVE_CLAUSE = "remove clause"
    MOVE_CLAUSE = "move clause"
    ADD_EXAMPLE = "add example"
    CHANGE_EXAMPLE = "change example"
    CHANGE_TEXT = "change text"
    CHANGE_DATE = "change date"
    CHANGE_CALENDAR = "change calendar"
    EXPLAIN = "explain"
    ASK_CHECK = "ask for the check"
    ASK_REPLAY = "ask for the replay"
    LOOK = "look at the replay"
    PUBLISH = "publish"
    WITHDRAW = "withdraw"
    DISCARD = "discard"


ABOUT = 80  # characters of what a thing that was done is about
WRITING = frozenset(
    {
        Deed.UPLOAD,
        Deed.CHANGE_CLAUSE,
        Deed.ADD_CLAUSE,
        Deed.REMOVE_CLAUSE,
        Deed.MOVE_CLAUSE,
        Deed.ADD_EXAMPLE,
        Deed.CHANGE_EXAMPLE,
        Deed.CHANGE_TEXT,
        Deed.CHANGE_DATE,
        Deed.CHANGE_CALENDAR,
    }
)

# What the audit log calls it; all else is a change of a draft.
_AUDITED = {
    Deed.BEGIN: StaffAct.BEGIN_DRAFT,
    Deed.UPLOAD: StaffAct.BEGIN_DRAFT,
    Deed.PUBLISH: StaffAct.PUBLISH_VERSION,
    Deed.WITHDRAW: StaffAct.WITHDRAW_VERSION,
    Deed.DISCARD: StaffAct.DISCARD_DRAFT,
}


class InForceName(TypeDecorator[date]):
    """From when a version governs, by its name: a date at its midnight in the shop's zone, or an instant."""

    impl = String(20)
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - the type's signature
        """Store its name."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> date | None:  # noqa: ARG002 - the type's signature
        """Read it back as it was."""
        return None if value is None else in_force_named(value)


class PolicyVersion(Base):
    """One version of a shop's policy: a draft, or what was published of it and never changes.

    ``text`` is the whole policy file, its newest version this one; ``text_sha256`` is the text's own
    hash, ``sha256`` that of the version, as decisions store it.
    """

    __tablename__ = "policy_versions"
    __table_args__ = (Index("ix_policy_versions_shop", "shop", "state", "in_force"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop: Mapped[str] = mapped_column(String(40))
    in_force: Mapped[date] = mapped_column(InForceName)
    text: Mapped[str] = mapped_column(Text)
    text_sha256: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text, default="")  # why, for colleagues
    state: Mapped[State] = mapped_column(words(State), default=State.DRAFT)
    # One open draft a shop: set while it is open, so the database refuses a second.
    open_key: Mapped[str | None] = mapped_column(String(40), unique=True)
    # Who wrote the text as it stands: whoever changed it last.
    author_id: Mapped[int] = mapped_column(ForeignKey("reviewers.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("reviewers.id"))
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    author: Mapped[Reviewer] = relationship(foreign_keys=author_id)
    published_by: Mapped[Reviewer | None] = relationship(foreign_keys=published_by_id)
    answers: Mapped[list[Answer]] = relationship(
        order_by="Answer.id", back_populates="policy_version"
    )
    events: Mapped[list[PolicyEvent]] = relationship(order_by="PolicyEvent.id")

    def move(self, action: VersionAction) -> None:
        """Take one row of the transition table; NotAllowed when there is none."""
        self.state = next_state(self.state, action)

    def record(
        self, deed: Deed, *, by: Reviewer, at: datetime, about: str = "", why: str = ""
    ) -> None:
        """Keep who did what, when and why; ``about`` names the clause, the example or the date."""
        self.events.append(PolicyEvent(deed=deed, by=by, at=at, about=about[:ABOUT], why=why))
        act = _AUDITED.get(deed, StaffAct.CHANGE_DRAFT)
        audit.note(act, at=at, by=by.id, shop=self.shop, about=str(self.in_force))

    def written_by(self, person: Reviewer) -> bool:
        """Whether some of the text is this person's: whoever changed it last, or ever."""
        return person.id == self.author.id or any(
            event.deed in WRITING and event.by_id == person.id for event in self.events
        )

    def answer(self, question: DraftQuestion) -> Answer | None:
        """The latest answer that is about the text as it stands, under way or given."""
        about = (
            answer
            for answer in reversed(self.answers)
            if answer.question is question and answer.text_sha256 == self.text_sha256
        )
        return next(about, None)


class Answer(Base):
    """What the workbench said to one question about one text; ``due_at`` until it has answered.

    ``result`` is the workbench's JSON; ``problem`` says why there is none, and the result then of
    what that was made of.
    """

    __tablename__ = "policy_answers"
    __table_args__ = (Index("ix_policy_answers_due", "question", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    policy_version_id: Mapped[int] = mapped_column(ForeignKey("policy_versions.id"), index=True)
    question: Mapped[DraftQuestion] = mapped_column(words(DraftQuestion))
    text_sha256: Mapped[str] = mapped_column(String(64))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("reviewers.id"))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # when the worker may next take it
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    clean: Mapped[bool] = mapped_column(default=False)  # a check that found nothing
    result: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    problem: Mapped[str | None] = mapped_column(Text)
    seen_by_id: Mapped[int | None] = mapped_column(ForeignKey("reviewers.id"))
    seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    policy_version: Mapped[PolicyVersion] = relationship(back_populates="answers")
    asked_by: Mapped[Reviewer] = relationship(foreign_keys=asked_by_id)
    seen_by: Mapped[Reviewer | None] = relationship(foreign_keys=seen_by_id)

    @property
    def given(self) -> bool:
        """Whether there is a result."""
        return self.done_at is not None and self.problem is None

    @property
    def why(self) -> str:
        """Why there is no result, in the language in force."""
        made_of = (self.result or {}).get("why")
        if made_of:
            return again(made_of, stand_in=str)
        return gettext(self.problem) if self.problem else ""


class PolicyEvent(Base):
    """One thing that a person did to a version; rows are only added."""

    __tablename__ = "policy_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    policy_version_id: Mapped[int] = mapped_column(ForeignKey("policy_versions.id"), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    by_id: Mapped[int] = mapped_column(ForeignKey("reviewers.id"))
    deed: Mapped[Deed] = mapped_column(words(Deed))
    about: Mapped[str] = mapped_column(String(ABOUT), default="")
    why: Mapped[str] = mapped_column(Text, default="", server_default="")

    by: Mapped[Reviewer] = relationship()


class SecondPersonSwitch(Base):
    """From ``at`` the shop's file says so; ``by`` is who published it, None for a file of the server."""

    __tablename__ = "second_person_switches"

    id: Mapped[int] = mapped_column(primary_key=True)
    shop: Mapped[str] = mapped_column(String(40))
    needed: Mapped[bool] = mapped_column()
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("reviewers.id"))

    by: Mapped[Reviewer | None] = relationship()


def text_hash(text: str) -> str:
    """The SHA-256 of a policy file's text, as Policy.sha256 has it."""
    return hashlib.sha256(text.encode()).hexdigest()
