"""Idempotency keys: what a key was answered is kept with the change, so that asking again changes nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Response
from sqlalchemy import ForeignKey, SmallInteger, String, Text, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.api.problems import Problem, Reply, written
from portal.database import UTCDateTime, transaction, try_hold
from portal.extensions import Base, db

KEPT = timedelta(days=7)
KEY_LENGTH = 255


class KeptAnswer(Base):
    """What one key of one token was answered, word for word; ``digest`` tells its request apart."""

    __tablename__ = "api_answers"

    token_id: Mapped[int] = mapped_column(ForeignKey("api_tokens.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(KEY_LENGTH), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(SmallInteger)
    body: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class _UnderWay:
    """The keys whose requests this process works on: they end with it, whatever ends it."""

    def __init__(self) -> None:
        self._change = threading.Lock()
        self._held: set[tuple[int, str]] = set()

    @contextmanager
    def one(self, token: int, key: str) -> Iterator[None]:
        """Nobody else works on this key until the block ends; Problem where somebody does."""
        with self._change:
            if (token, key) in self._held:
                raise in_progress()
            self._held.add((token, key))
        try:
            yield
        finally:
            with self._change:
                self._held.discard((token, key))


under_way = _UnderWay()


def in_progress() -> Problem:
    """409: a request of this key is still worked on."""
    return Problem(
        "in-progress",
        "A request with this Idempotency-Key is still worked on. Ask again in a moment.",
        headers={"Retry-After": "1"},
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Keyed:
    """A request that changes something, by its token and key; ``key`` is empty where it has none."""

    token: int
    key: str
    digest: str
    at: datetime

    def kept(self) -> Response | None:
        """The answer that the key had before, or None. Raises Problem where it was another request's."""
        if not self.key:
            return None
        found = db.session.get(KeptAnswer, (self.token, self.key))
        if found is None or found.at <= self.at - KEPT:
            return None
        if found.digest != self.digest:
            raise Problem(
                "idempotency-key-reused",
                "This Idempotency-Key came with another request before. Use a new key for each"
                " request, and the same only to send one again.",
            )  # fmt: skip
        return written(found.body, found.status, {"Idempotency-Replayed": "true"})

    def change(self, act: Callable[[], Reply]) -> Response:
        """Run ``act`` in one transaction with the answer that it gives: both are kept, or nothing.

        What ``act`` raises undoes all of it. Where another process was quicker its answer is given.
        """
        with transaction():
            if self.key:
                if not try_hold(f"api key {self.token} {self.key}"):
                    raise in_progress()
                if replayed := self.kept():
                    return replayed
            answer = act()
            self._keep(answer)
        return answer.response()

    def refuse(self, answer: Reply) -> Response:
        """Keep a refusal: caller again, it is the same."""
        if not self.key:
            return answer.response()
        return self.change(lambda: answer)

    def _keep(self, answer: Reply) -> None:
        if not self.key:
            return
        db.session.flush()
        mine = KeptAnswer.token_id == self.token, KeptAnswer.key == self.key
        db.session.execute(delete(KeptAnswer).where(*mine))  # one that is over its seven days
        row = {"token_id": self.token, "key": self.key, "digest": self.digest,
               "status": answer.status, "body": answer.body, "at": self.at}  # fmt: skip
        db.session.execute(KeptAnswer.__table__.insert(), row)  # type: ignore[attr-defined]


def forget_answers_due(*, now: datetime) -> int:
    """Delete the answers that are kept no longer; how many there were."""
    over = KeptAnswer.at <= now - KEPT
    if db.session.scalar(select(KeptAnswer.token_id).where(over).limit(1)) is None:
        return 0
    with transaction():
        gone = delete(KeptAnswer).where(over).returning(KeptAnswer.key)
        return len(db.session.scalars(gone).all())
