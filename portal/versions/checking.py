"""What is wrong with a version: what the workbench finds, and whether a mail of its shop could leave."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from portal.mail.outbox import Sender
from portal.mail.smtp import unsendable
from portal.policy.file.naming import named_version
from portal.translation import Kept, kept_gettext
from portal.workbench.running import ask


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
            0, _problem(kept_gettext("No mail of this shop can leave: %(reason)s", reason=reason))
        )
    return found


@contextmanager
def as_file(shop: str, text: str) -> Iterator[Path]:
    """A policy text as a file, under the name that a refusal calls it by, for as long as it is asked about."""
    with tempfile.TemporaryDirectory(prefix="policy-") as folder:
        path = Path(folder) / f"{shop}.toml"
        path.write_bytes(text.encode())
        yield path


def without_parts(found: dict[str, Any]) -> dict[str, Any]:
    """The findings as text alone: what they were made of is for those who read them elsewhere."""
    return found | {
        key: [{name: each[name] for name in each if name != "made_of"} for each in found[key]]
        for key in ("problems", "notes")
    }


def _problem(text: Kept) -> dict[str, Any]:
    nothing = dict.fromkeys(("clause", "line", "claim", "example", "paste"))
    said = {"kind": "sender", "text": text, "made_of": text.made_of}
    return nothing | said | {"others": [], "matters": []}
