"""Opening a shop: its first policy file, written whole and checked as any draft is."""

import os
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from portal.config.settings import Mode, settings
from portal.currencies import ISO_4217
from portal.email_addresses import EmailRefused, read_email
from portal.money import DIGITS
from portal.policy.deciding.document import PolicyError
from portal.policy.file import reading
from portal.policy.file.places import shop_files
from portal.shops.template import NotAPrefix, OwnShop, beginning
from portal.translation import gettext
from portal.versions import checking, own_files
from portal.workbench.running import WorkbenchError

BEGINNINGS = Path(__file__).parent / "beginnings"
# A key of the file that is a field of the shop's own, as its reader names it.
_NAMED = re.compile(r"'(id|name|currency|email|time_zone)'")


class ShopRefused(Exception):
    """The shop can't be opened; the message says why and what to do. Nothing was written.

    ``field`` is what of it is wrong, where it is one thing: ``id``, ``example``, ``name``,
    ``currency``, ``prefix``, ``email`` or ``time_zone``.
    """

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class OpenedShop:
    """The file that was written, and what the check said of it (as ``policy check`` does)."""

    path: Path
    found: Mapping[str, Any]


def examples() -> dict[str, Path]:
    """What a shop can begin from, by name: the examples of the demo, and those that run nowhere."""
    files = [*shop_files(), *sorted(BEGINNINGS.glob("*.toml"))]
    return {path.stem: path for path in files}


def usual_sender(shop: str) -> str:
    """The sender of a shop's mails where none is told: at the portal's own name, or one that nobody has."""
    host = urlsplit(settings().base_url).hostname
    own = host if host and settings().mode is Mode.PRODUCTION else f"{shop}.example"
    return f"refunds@{own}"


def open_shop(
    shop: OwnShop,
    *,
    example: str,
    folder: Path,
    checks: Path,
    taken: Container[str],
    at: datetime,
) -> OpenedShop:
    """Write the policy file of a new shop into ``folder`` from an example's, checked before.

    It is in force from ``at``'s day in the shop's time zone. ``checks`` is where the check's word
    is kept (own_files), so that it decides from the first claim on; ``taken`` are the ids that are
    no shop's to have: the shops that run and the first parts of the portal's own addresses. Raises ShopRefused.
    """
    known = examples()
    if example not in known:
        why = gettext(
            "There is no example %(example)s. There are: %(examples)s.",
            example=example,
            examples=", ".join(known),
        )
        raise ShopRefused(why, field="example")
    path = folder / f"{shop.id}.toml"
    if shop.id in taken or path.exists():
        why = gettext("The id %(shop)s is taken. Choose another.", shop=shop.id)
        raise ShopRefused(why, field="id")
    text = _written(known[example].read_text(encoding="utf-8"), shop, at=at)
    found = _checked(shop.id, text)
    folder.mkdir(parents=True, exist_ok=True)
    _write_new(path, text)
    own_files.keep(checks, text, held="")
    return OpenedShop(path, found)


def _written(example: str, shop: OwnShop, *, at: datetime) -> str:
    """The text, read whole."""
    if not shop.name:
        raise ShopRefused(gettext("Give the shop a name."), field="name")
    if shop.currency not in ISO_4217 and shop.currency not in DIGITS:
        why = gettext("There is no currency %(code)s. Write one such as EUR.", code=shop.currency)
        raise ShopRefused(why, field="currency")
    try:
        day = at.astimezone(ZoneInfo(shop.time_zone)).date()
    except (KeyError, ValueError, OSError):
        why = gettext("There is no time zone %(zone)s. Write one such as Europe/Berlin.",
                      zone=shop.time_zone)  # fmt: skip
        raise ShopRefused(why, field="time_zone") from None
    try:
        text = beginning(example, shop, in_force=day)
        reading.read(text.encode(), f"{shop.id}.toml")
    except NotAPrefix:
        why = gettext(
            "%(prefix)s can't stand before the numbers of clauses. Write one to six capital letters and digits, a letter first, such as AP.",
            prefix=shop.prefix,
        )
        raise ShopRefused(why, field="prefix") from None
    except PolicyError as error:
        named = _NAMED.search(str(error))  # what holds a character that nobody sees, say
        why = str(error).removeprefix(f"{shop.id}.toml: ")
        raise ShopRefused(why, field=named[1] if named else "") from None
    try:
        read_email(shop.email)
    except EmailRefused:
        why = gettext("%(email)s is no e-mail address. Write one such as refunds@%(shop)s.example.",
                      email=shop.email, shop=shop.id)  # fmt: skip
        raise ShopRefused(why, field="email") from None
    return text


def _checked(shop: str, text: str) -> Mapping[str, Any]:
    try:
        with checking.as_file(shop, text) as path:
            found = checking.without_parts(checking.check(str(path)))
    except WorkbenchError as error:
        why = gettext("The check gave no answer: %(why)s. Nothing was written.", why=error.args[0])
        raise ShopRefused(why) from None
    if not found["clean"]:
        said = " ".join(each["text"] for each in found["problems"])
        raise ShopRefused(gettext("The check found something: %(what)s", what=said))
    return found


def _write_new(path: Path, text: str) -> None:
    """Write a file that isn't there yet, whole or not at all. Raises ShopRefused where it is."""
    new = path.with_suffix(f".{os.getpid()}.new")
    new.write_text(text, encoding="utf-8")
    try:
        path.hardlink_to(new)
    except FileExistsError:
        raise ShopRefused(gettext("The id %(shop)s is taken. Choose another.", shop=path.stem)) from None  # fmt: skip
    finally:
        new.unlink()
