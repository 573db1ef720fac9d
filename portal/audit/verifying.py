"""Is the audit log as it was written? The chain is gone through from its first entry, and held to the heads."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select

from portal.audit.chain import BEGINNING, AuditLink, digest_of, end, links
from portal.audit.heads import Head, by_place, unlike
from portal.audit.log import AuditEntry
from portal.extensions import db

LINKED_BY = timedelta(minutes=10)  # what is older and in no chain came in by another way


class Tampering(StrEnum):
    """How the log is not as it was written."""

    CHANGED = "changed"  # an entry, or a link
    GONE = "gone"  # an entry of the chain
    CUT_OUT = "cut_out"  # a link within the chain
    UNLIKE_HEAD = "unlike_head"  # a chain that was made anew
    CUT_OFF = "cut_off"  # it ends before a signed head: its end is gone, or this is an older copy
    NOT_LINKED = "not_linked"  # an entry that was put in by another way, or no worker runs


@dataclass(frozen=True, slots=True)
class Tampered:
    """What was done, the entry's number and its place in the chain (None: it has none), and the head that tells it."""

    how: Tampering
    entry: int | None
    position: int | None
    head: Head | None = None


def verify(heads: Iterable[Head], *, now: datetime) -> Tampered | None:
    """The first thing that was done to the log as of ``now``, by the chain and the signed heads; None where there is none."""
    return next(_tampered(by_place(heads), now), None)


def _tampered(heads: dict[int, Head], now: datetime) -> Iterator[Tampered]:
    yield from _of_chain(heads)
    last = end()
    for place, head in sorted(heads.items()):
        if last is None or place > last.position:
            yield Tampered(Tampering.CUT_OFF, head.entry, place, head)
    linked = select(AuditLink.position).where(AuditLink.entry_id == AuditEntry.id)
    late = select(AuditEntry.id).where(~linked.exists(), AuditEntry.at < now - LINKED_BY)
    for number in db.session.scalars(late.order_by(AuditEntry.id)):
        yield Tampered(Tampering.NOT_LINKED, number, None)


def _of_chain(heads: dict[int, Head]) -> Iterator[Tampered]:
    before, expected = BEGINNING, 1
    for link, entry in links():
        place = link.position
        if place != expected:
            yield Tampered(Tampering.CUT_OUT, None, expected)
        elif entry is None:
            yield Tampered(Tampering.GONE, link.entry_id, place)
        elif digest_of(entry, place, before) != link.digest:
            yield Tampered(Tampering.CHANGED, entry.id, place)
        elif place in heads and unlike(heads[place], link):
            yield Tampered(Tampering.UNLIKE_HEAD, entry.id, place, heads[place])
        before, expected = link.digest, place + 1
