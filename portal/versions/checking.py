"""What is wrong with a version: what the workbench finds, and whether a mail of its shop could leave."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portal.mail.outbox import Sender
from portal.mail.smtp import unsendable
from portal.policy.file.naming import named_version
from portal.translation import gettext
from portal.workbench.running import ask

if TYPE_CHECKING:
    from collections.abc import Iterator


def check(name: str) -> dict[str, Any]:
    """The findings about ``FILE``, ``FILE@DATE``, ``SHOP`` or ``SHOP@DATE``, as the workbench gives them.

    One mail of the shop is built and not sent. Raises WorkbenchError where the workbench gives no
    answer, and for what does not load (its reason).
    """
    found: dict[str, Any] = ask("check", name)
    shop = named_version(name)[0].shop
    sender = Sender(shop.sender.name, shop.sender.email)
    if reason := unsendable(sender):
        found["clean"] = False
        found["problems"].insert(
            0, _problem(gettext("No mail of this shop can leave: %(reason)s", reason=reason))
        )
    return found


@contextmanager
def as_file(shop: str, text: str) -> Iterator[Path]:
    """A policy text as a file, under the name that a refusal calls it by, for as long as it is asked about."""
    with tempfile.TemporaryDirectory(prefix="policy-") as folder:
        path = Path(folder) / f"{shop}.toml"
        path.write_bytes(text.encode())
        yield path


def _problem(text: str) -> dict[str, Any]:
    nothing = dict.fromkeys(("clause", "line", "claim", "example", "paste"))
    return nothing | {"kind": "sender", "text": text, "others": [], "matters": []}
