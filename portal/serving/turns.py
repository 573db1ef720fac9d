"""How many requests of one process are worked on at once; who waits for somebody else has no turn."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Turns:
    """So many turns; a request takes one before it is worked on, and the next waits for one."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = 0
        self._change = threading.Condition()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Wait for a turn, and have it for the block."""
        with self._change:
            self._change.wait_for(lambda: self._taken < self._most)
            self._taken += 1
        token = _held.set(self)
        try:
            yield
        finally:
            _held.reset(token)
            self._give()

    @contextmanager
    def given(self) -> Iterator[None]:
        """Let others have this turn for the block. It is taken back without waiting.

        Whoever goes on may hold a lock or a connection that those before it wait for.
        """
        self._give()
        try:
            yield
        finally:
            with self._change:
                self._taken += 1

    def _give(self) -> None:
        with self._change:
            self._taken -= 1
            self._change.notify()


_held: ContextVar[Turns | None] = ContextVar("held", default=None)


@contextmanager
def turn_given_up() -> Iterator[None]:
    """What is waited for in the block is not our own work: others are answered meanwhile."""
    turns = _held.get()
    if turns is None:
        yield
        return
    token = _held.set(None)
    try:
        with turns.given():
            yield
    finally:
        _held.reset(token)
