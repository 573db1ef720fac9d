"""Who writes to SQLite in this process, one after the other."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from pysqlite3.dbapi2 import OperationalError as _Locked
from sqlalchemy.exc import OperationalError

from portal.serving.turns import turn_given_up


class Writers:
    """One writer of this process after another, in the order in which they came.

    SQLite lets whoever asks at the right instant go first: beside busy writers one that waits may
    ask in vain for many seconds.
    """

    def __init__(self) -> None:
        self._change = threading.Lock()
        self._queue: deque[threading.Lock] = deque()  # the first has the turn

    @contextmanager
    def one(self, patience: float) -> Iterator[float]:
        """Wait for a turn, so many seconds; how many are left to wait for writers elsewhere.

        Raises sqlalchemy's OperationalError as SQLite does, where it would take longer: no
        connection is taken for it.
        """
        mine, since = threading.Lock(), monotonic()
        with self._change:
            self._queue.append(mine)
            if self._queue[0] is not mine:
                mine.acquire()
        left = patience
        try:
            if not mine.acquire(blocking=False):
                with turn_given_up():
                    came = mine.acquire(timeout=patience)
                if not came:
                    raise OperationalError("BEGIN IMMEDIATE", None, _Locked("database is locked"))
                left = max(0.0, patience - (monotonic() - since))
            mine.release()
            yield left
        finally:
            with self._change:
                first = self._queue[0] is mine
                self._queue.remove(mine)
                if first and self._queue:
                    self._queue[0].release()
