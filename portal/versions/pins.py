"""Pins: what a policy file in a folder has published, by hash, so that it can never change unseen.

``published.toml`` beside the files holds, for each shop, the date and the hash of every published
version. A file whose shop has no pins yet is taken as it is; from its first pin on, only pinned
versions count.
"""

import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from portal.policy.deciding.document import Policy, PolicyError
from portal.policy.file.places import PINS
from portal.policy.language.in_force import AT_ONCE, in_force_named
from portal.policy.text.blocks import key_of

_HEAD = """\
# What each shop has published: the date of a version, and the hash of all that its decisions rest on.
# A version that differs from its hash stops the start. Lines are added by: flask --app wsgi policy pin SHOP
"""
_HASH = re.compile(r"[0-9a-f]{64}")

Pins = dict[date, str]


def read(folder: Path) -> dict[str, Pins]:
    """The pins of every shop in ``folder``; none without the file. Raises PolicyError."""
    path = folder / PINS
    if not path.exists():
        return {}
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return {shop: dict(map(_pin, lines.items())) for shop, lines in data.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise PolicyError(f"{path}: the pins cannot be read ({error})") from None


def unpublished(
    policy: Policy, pins: Mapping[date, str], *, name: str, at: datetime
) -> frozenset[date]:
    """The versions that are only drafts yet: not pinned, and not in force at ``at``.

    ``name`` is what a refusal calls the file. Raises PolicyError where a pinned version is missing
    or has changed, and where a version is in force without ever having been published.
    """
    versions = {version.in_force: version for version in policy.versions}
    for in_force, sha256 in pins.items():
        if in_force not in versions:
            raise PolicyError(
                f"{name}: version {in_force} is missing, and it was published: put it back as it was"
            )
        if versions[in_force].sha256 != sha256:
            raise PolicyError(
                f"{name}: version {in_force} has changed since it was published: put it back as it"
                f" was, and write the change as a new [[version]] with a date to come"
            )
    drafts = {in_force for in_force in versions if in_force not in pins}
    for in_force in sorted(drafts, key=str):
        if versions[in_force].starts_at <= at:
            raise PolicyError(
                f"{name}: version {in_force} would be in force, and it was never published: give it"
                f" a date to come, then run: flask --app wsgi policy pin {policy.id}"
            )
    return frozenset(drafts)


def unpinned(policy: Policy, folder: Path, *, name: str, at: datetime) -> tuple[date, ...]:
    """What ``pin`` would publish of the policy's file: all of it where it has no pins yet.

    Raises PolicyError as ``unpublished`` does.
    """
    known = read(folder).get(policy.id)
    if known is None:
        return tuple(version.in_force for version in policy.versions)
    return tuple(sorted(unpublished(policy, known, name=name, at=at), key=str))


def pin(policy: Policy, folder: Path, *, name: str, at: datetime) -> tuple[date, ...]:
    """Publish what the policy's file has not published yet; the dates, none where nothing is new.

    A pin that is there is never changed. The first pins of a shop take its versions as they are;
    after that a version must lie ahead of ``at``. Raises PolicyError as ``unpublished`` does.
    """
    new = unpinned(policy, folder, name=name, at=at)
    if AT_ONCE in new:
        raise PolicyError(
            f"{name}: a version that takes effect at once is published in the browser: give it a date"
            f" or an instant to come, such as in_force = 2030-12-31T12:00:00Z"
        )
    if new:
        pins = read(folder)
        hashes = {each.in_force: each.sha256 for each in policy.versions if each.in_force in new}
        _write(folder / PINS, pins | {policy.id: pins.get(policy.id, {}) | hashes})
    return new


def _pin(line: tuple[str, str]) -> tuple[date, str]:
    in_force, sha256 = line
    if not _HASH.fullmatch(sha256):
        raise ValueError(f"{sha256!r} is not a hash")
    return in_force_named(in_force), sha256


def _write(path: Path, pins: Mapping[str, Pins]) -> None:
    lines = [_HEAD.rstrip("\n")]
    for shop, versions in sorted(pins.items()):
        lines += ["", f"[{shop}]"]
        named = {str(in_force): sha256 for in_force, sha256 in versions.items()}
        lines += [f'{key_of(name)} = "{sha256}"' for name, sha256 in sorted(named.items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
