"""Is what every shop runs on well? The program, its database, keys, addresses, counts, log and disk."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import urllib3
from limits.errors import StorageError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from portal.audit.chain import end, links
from portal.audit.heads import NotAHead, checked, public_keys, unlike
from portal.claims.payout.payee import keyring
from portal.config import keys
from portal.config.outward import pool
from portal.config.settings import Mode, settings
from portal.extensions import db, limiter
from portal.health.readiness import OK, migration
from portal.ledger.rails import settings_of
from portal.payouts.instructing import adapter_of
from portal.payouts.rails.rail import RailRefused
from portal.sealed import SealError
from portal.shops.doctor import PATIENCE, Finding, Health
from portal.shops.kept_files import examine_bucket
from portal.translation import gettext, ngettext

# From these on no header can be slipped into a mail by the name of a file.
SOUND = {(3, 11): 15, (3, 13): 0}
NEWEST = (3, 14)
# From 3.51.3 on, and in what was mended of older ones, no commit is lost beside another connection.
SQLITE_MENDED = ((3, 51, 3), {(3, 50): 7, (3, 44): 6})
LITTLE = 1024**3  # bytes: a few claims with videos
REDIS_PORT = 6379  # where the address names none
# What the portal sets or relies on; where it reads otherwise, what was committed can be lost.
SQLITE = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}
POSTGRESQL = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "statement_timeout": "1min",
}


def examine_portal(
    shop: str, *, migrations: Path, version: tuple[int, ...] = sys.version_info[:3]
) -> Iterator[Finding]:
    """What every shop of this portal needs, and the ways by which ``shop`` pays; nothing is changed."""
    yield _python(version)
    yield _database()
    yield _migrations(migrations)
    yield _keys()
    yield _address()
    yield _proxies()
    yield _counts()
    yield _rails(shop)
    yield _heads()
    if address := settings().bucket:
        yield examine_bucket(address)
    yield _disk()


def _python(version: tuple[int, ...]) -> Finding:
    seen = ".".join(str(part) for part in version)
    sound = version[:2] >= NEWEST or version[2] >= SOUND.get((version[0], version[1]), 1000)
    todo = gettext("run on Python 3.11.15 or newer, 3.13 or 3.14: older ones let a file's name into a mail's header")  # fmt: skip
    return Finding("Python", Health.WELL, seen) if sound else Finding("Python", Health.UNSURE, seen, todo)  # fmt: skip


def _database() -> Finding:
    name, of_sqlite = gettext("database"), db.engine.dialect.name == "sqlite"
    asked, wanted = ("PRAGMA", SQLITE) if of_sqlite else ("SHOW", POSTGRESQL)
    version = "SELECT sqlite_version()" if of_sqlite else "SHOW server_version"
    try:
        number = str(db.session.scalar(text(version)))
        said = {each: str(db.session.scalar(text(f"{asked} {each}"))) for each in wanted}
    except SQLAlchemyError as error:
        todo = gettext("mend DATABASE_URL, or start the database")
        return Finding(name, Health.ILL, str(error).partition("\n")[0], todo)
    finally:
        db.session.rollback()
    seen = f"{'SQLite' if of_sqlite else 'PostgreSQL'} {number}"
    wrong = [f"{each} {is_}" for each, is_ in said.items() if is_ != wanted[each]]
    if of_sqlite and not loses_nothing(number):
        todo = gettext("install the packages of requirements.txt: they bring a newer one")
        return Finding(name, Health.ILL, seen, todo)
    if wrong:
        todo = gettext("set %(wanted)s", wanted=", ".join(f"{k} {v}" for k, v in wanted.items()))
        return Finding(name, Health.ILL, f"{seen}: {', '.join(wrong)}", todo)
    return Finding(name, Health.WELL, seen)


def loses_nothing(number: str) -> bool:
    """Whether a SQLite of this number keeps every commit beside another connection (its WAL-reset fault)."""
    major, minor, patch = (int(part) for part in number.split("."))
    whole, mended = SQLITE_MENDED
    return (major, minor, patch) >= whole or patch >= mended.get((major, minor), 1000)


def _migrations(folder: Path) -> Finding:
    said = migration(folder)
    if said == OK:
        return Finding(gettext("tables"), Health.WELL, gettext("at the newest migration"))
    return Finding(gettext("tables"), Health.ILL, said, "flask --app wsgi db upgrade")


def _keys() -> Finding:
    name, known = gettext("keys"), keys.EXAMPLE_SEAL_SECRET
    seals = [each.get_secret_value() for each in settings().seal_keys]
    if keys.guessed(settings().secret_key.get_secret_value()) or any(known in each for each in seals):  # fmt: skip
        todo = gettext("write SECRET_KEY and SEAL_KEYS of your own before anybody's details are kept")  # fmt: skip
        return Finding(name, Health.UNSURE, gettext("they are the example's, which everybody knows"), todo)  # fmt: skip
    if len(seals) > 1:
        older = ", ".join(each.partition(":")[0] for each in seals[1:])
        seen = gettext("sealed by %(first)s; %(older)s still open", first=seals[0].partition(":")[0], older=older)  # fmt: skip
        return Finding(name, Health.WELL, seen, gettext("flask --app wsgi keys rotate, then they can go"))  # fmt: skip
    return Finding(name, Health.WELL, gettext("of your own"))


def _address() -> Finding:
    """By asking it as anybody would: its name, its certificate, its proxy and this portal behind it."""
    name, base = gettext("address"), settings().base_url
    todo = gettext("mend BASE_URL, the name in DNS, the certificate or the proxy")
    if settings().mode is not Mode.PRODUCTION:
        seen = gettext("this machine only: not in production")
        return Finding(name, Health.UNSURE, seen, gettext("set MODE=production for others to reach it"))  # fmt: skip
    calls = pool(timeout=PATIENCE, inward=True)
    try:
        answer = calls.request("GET", f"{base}/healthz", redirect=False)
        alive = answer.status == 200 and answer.data == b"ok\n"  # noqa: PLR2004 - the answer of /healthz
        encrypted = urlsplit(base).scheme == "https"
        if not alive:
            return Finding(name, Health.ILL, gettext("%(url)s answers %(status)s, and it is not this portal", url=base, status=answer.status), todo)  # fmt: skip
        if encrypted and "Strict-Transport-Security" not in answer.headers:
            return Finding(name, Health.ILL, gettext("%(url)s loses the header Strict-Transport-Security", url=base), todo)  # fmt: skip
    except urllib3.exceptions.HTTPError as error:
        return Finding(name, Health.ILL, f"{base}: {error}", todo)
    finally:
        calls.clear()
    return Finding(name, Health.WELL, gettext("%(url)s leads here", url=base))


def _proxies() -> Finding:
    name, hops = gettext("proxies"), settings().trusted_proxies
    if not hops and settings().base_url.startswith("https://"):
        seen = gettext("none is told, and https ends at one: all visitors count as a single one")
        return Finding(name, Health.ILL, seen, gettext("set TRUSTED_PROXIES to how many there are"))
    seen = ngettext("%(num)s in front", "%(num)s in front", hops)
    return Finding(name, Health.WELL, seen)


def _counts() -> Finding:
    name, shared = gettext("counts of tries"), limiter.shared
    store = urlsplit(settings().ratelimit_storage)
    where = f"{store.scheme} {store.hostname}:{store.port or REDIS_PORT}"  # without its password
    if limiter.limiter is None:
        return Finding(name, Health.WELL, gettext("in the database"))
    if shared is None:
        return Finding(name, Health.UNSURE, gettext("in each process, for itself"), gettext("leave RATELIMIT_STORAGE out"))  # fmt: skip
    try:
        shared.must_answer()
    except StorageError:
        todo = gettext("start it, or leave RATELIMIT_STORAGE out: until it answers nobody signs in")
        return Finding(name, Health.ILL, gettext("%(where)s does not answer", where=where), todo)
    return Finding(name, Health.WELL, gettext("%(where)s answers", where=where))


def _rails(shop: str) -> Finding:
    name, found = gettext("ways to pay"), settings_of(shop)
    for each in found:
        try:
            adapter_of(each)
        except SealError:
            seen = gettext("the secret of %(rail)s was sealed with a key that SEAL_KEYS has no more", rail=each.rail)  # fmt: skip
            return Finding(
                name, Health.ILL, seen, gettext("put the key back, or set the rail anew")
            )
        except (RailRefused, ValueError) as error:
            return Finding(name, Health.ILL, f"{each.rail}: {error}", gettext("set the rail anew"))
    if not found:
        seen = gettext("none is set: each refund is paid by hand")
        return Finding(name, Health.UNSURE, seen, gettext("flask --app wsgi rails set"))
    return Finding(name, Health.WELL, ", ".join(str(each.rail) for each in found))


def _heads() -> Finding:
    """By the last one alone: ``audit verify`` goes through the whole log."""
    name, path, last = gettext("audit log"), settings().audit_heads, end()
    if last is None:
        return Finding(name, Health.UNSURE, gettext("nothing is linked yet"))
    lines = path.read_bytes().split(b"\n")[:-1] if path.is_file() else []
    todo = gettext("flask --app wsgi audit verify")
    if not lines:
        seen = gettext("no head is signed beside the evidence")
        return Finding(name, Health.ILL, seen, gettext("start a worker: it signs one every ten minutes"))  # fmt: skip
    try:
        head = checked(lines[-1], public_keys(keyring()))
    except NotAHead as error:
        return Finding(name, Health.ILL, str(error), todo)
    link = next((each for each, _ in links(start=head.position)), None)
    if unlike(head, link if link and link.position == head.position else None):
        seen = gettext("it is not what was signed at %(time)s", time=head.at)
        return Finding(name, Health.ILL, seen, todo)
    seen = gettext("last signed at %(time)s, after %(count)s acts", time=head.at, count=head.position)  # fmt: skip
    return Finding(name, Health.WELL, seen, gettext("keep the heads elsewhere (docs/audit.md)"))


def _disk() -> Finding:
    name, url = gettext("disk"), db.engine.url
    places = [settings().evidence_folder.absolute(), Path(tempfile.gettempdir())]
    if url.get_backend_name() == "sqlite" and url.database:
        places.append(Path(url.database).absolute())
    there = [next(each for each in (place, *place.parents) if each.exists()) for place in places]
    tightest = min(there, key=lambda place: shutil.disk_usage(place).free)
    free = shutil.disk_usage(tightest).free
    seen = gettext("%(gigabytes)s GB free at %(place)s", gigabytes=f"{free / 1e9:.1f}", place=tightest)  # fmt: skip
    if free < LITTLE:
        return Finding(name, Health.ILL, seen, gettext("make room: what is full takes no claim and no file"))  # fmt: skip
    return Finding(name, Health.WELL, seen)
