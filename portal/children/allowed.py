"""No child process is started while everybody waits for a transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_barred: ContextVar[bool] = ContextVar("barred", default=False)


class ChildInTransaction(RuntimeError):
    """Code inside transaction() asked for a child process, which may take seconds."""


def must_be_allowed() -> None:
    """To be called before a child process is started. Raises ChildInTransaction inside of one."""
    if _barred.get():
        raise ChildInTransaction(
            "inside transaction() no child process is started, and no policy text is read: do it"
            " before the block, and compare and write within"
        )


@contextmanager
def barred() -> Iterator[None]:
    """Until the end of the block no child process is started."""
    token = _barred.set(True)
    try:
        yield
    finally:
        _barred.reset(token)
