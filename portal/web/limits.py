"""How often one visitor may do what costs us a mail or a guess."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.extensions import limiter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from flask import Response

    View: TypeAlias = Callable[..., Response]


def limited(limits: str, *, methods: Sequence[str] = ("POST",)) -> Callable[[View], View]:
    """Allow so many requests of these methods from one address, such as ``4 per minute``."""

    def around(view: View) -> View:
        guarded: View = limiter.limit(limits, methods=list(methods))(view)
        return guarded

    return around
