"""Libraries that few of our processes need: imported at their first use, or before a server serves."""

from importlib import import_module
from typing import Any

_late: set[str] = set()


class _Late:
    """A module that is imported when something of it is asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked by whoever looks through the names of a module
            raise AttributeError(name)
        return getattr(import_module(self._name), name)


def late(name: str, *, serving: bool = True) -> Any:
    """The module of this name, which may be one of ours, without importing it yet.

    For what is dear to import (tens of milliseconds) and needed by a few pages or jobs: a command
    needs none of it. Its types are told to mypy by an import under TYPE_CHECKING. What few installs
    need at all is not imported before ``serving`` either.
    """
    if serving:
        _late.add(name)
    return _Late(name)


def import_now() -> None:
    """Import all of them: a server does before it forks, so that no request waits for one."""
    for name in sorted(_late):
        import_module(name)
