"""One-use codes by e-mail: 10 minutes, five tries, kept as a hash; who asks too often waits."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, ForeignKey, Index, Select, String, bindparam, func, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.card_numbers import digit_of
from portal.claims.letters import notices
from portal.claims.models import Claim
from portal.claims.refusals import TooManyCodes
from portal.config.settings import settings
from portal.database import UTCDateTime, hold
from portal.email_addresses import mailbox
from portal.extensions import Base, db
from portal.mail import strangers
from portal.policy.deciding.document import Policy
from portal.translation import lazy_gettext

LIFETIME = timedelta(minutes=10)
TRIES = 5
HOUR = timedelta(hours=1)

# Codes within an hour. Who asks is bounded well before the mailbox is, so that a stranger's asking
# ends their own way in and not the owner's.
FROM_ONE_BROWSER = 6  # to one mailbox
BROWSERS_OF_ONE_NETWORK = 6  # to one mailbox: who throws cookies away is a new browser each time
FROM_ONE_NETWORK = 60  # to all mailboxes
TO_ONE_MAILBOX = 100  # whoever asks
BY_ONE_LINK = 12  # for a claim that was reached by its secret link: these count nowhere else

_OWN = lazy_gettext(
    "You asked for many codes for this address within an hour. The newest of them that you asked"
    " for here works until it is 10 minutes old."
)
_ANYBODY = lazy_gettext(
    "Many codes were asked for within the last hour, perhaps by somebody else. A code works only on"
    " the page that asked for it, so one that you find in your mailbox may be for another page. A"
    " claim of yours that has a link in its e-mails can be opened there all the same."
)


class OneTimeCode(Base):
    """A code sent by e-mail; only its hash is kept."""

    __tablename__ = "one_time_codes"
    __table_args__ = (
        Index("ix_one_time_codes_address_created_at", "address", "created_at"),
        Index("ix_one_time_codes_network_created_at", "network", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # None of one that opens whatever claims its address has: it is bound to the browser instead.
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claims.id"), index=True)
    address: Mapped[str] = mapped_column(String(320))
    code_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    copied_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # a copy of all data was given
    # Who asked for it, as keyed hashes, and whether the claim's secret link had led there.
    browser: Mapped[str] = mapped_column(String(64), default="")
    network: Mapped[str] = mapped_column(String(64), default="")
    linked: Mapped[bool] = mapped_column(default=False)


def _nth(most: int, *which: ColumnElement[bool]) -> Select[datetime]:
    """When the code was sent that leaves the hour first, where ``most`` of these were sent within it."""
    return (
        select(OneTimeCode.created_at)
        .where(*which, OneTimeCode.created_at > bindparam("hour"))
        .order_by(OneTimeCode.created_at.desc(), OneTimeCode.id.desc())
        .offset(most - 1)
        .limit(1)
    )


def _nth_browser(most: int, *which: ColumnElement[bool]) -> Select[datetime]:
    """The same of browsers other than the one that asks, each by its newest code."""
    last = func.max(OneTimeCode.created_at)
    return (
        select(last)
        .where(*which, OneTimeCode.created_at > bindparam("hour"))
        .group_by(OneTimeCode.browser)
        .having(OneTimeCode.browser != bindparam("by"))
        .order_by(last.desc())
        .offset(most - 1)
        .limit(1)
    )


_LINKED, _UNLINKED = OneTimeCode.linked.is_(True), OneTimeCode.linked.is_(False)
_HERE, _NET = OneTimeCode.address == bindparam("to"), OneTimeCode.network == bindparam("net")
_SENT = (
    select(OneTimeCode)
    .where(OneTimeCode.claim_id == bindparam("claim"), _HERE)
    .order_by(OneTimeCode.id.desc())
    .limit(TO_ONE_MAILBOX)
    .with_for_update()
)
_SENT_TO_FIND = (
    select(OneTimeCode)
    .where(OneTimeCode.claim_id.is_(None), _HERE, OneTimeCode.browser == bindparam("by"))
    .order_by(OneTimeCode.id.desc())
    .limit(TO_ONE_MAILBOX)
    .with_for_update()
)
_LINK_FULL = _nth(BY_ONE_LINK, OneTimeCode.claim_id == bindparam("claim"), _LINKED)
# Of the browser, the network, the mailbox and the network's other browsers: one statement for all.
_FULL = select(
    _nth(
        FROM_ONE_BROWSER, _HERE, _UNLINKED, OneTimeCode.browser == bindparam("by")
    ).scalar_subquery(),
    _nth(FROM_ONE_NETWORK, _UNLINKED, _NET).scalar_subquery(),
    _nth(TO_ONE_MAILBOX, _HERE, _UNLINKED).scalar_subquery(),
    _nth_browser(BROWSERS_OF_ONE_NETWORK, _HERE, _UNLINKED, _NET).scalar_subquery(),
)


_TO_STRANGERS = lazy_gettext(
    "Codes for this address, or from your network, were asked for many times by browsers that we"
    " don't know, perhaps by somebody else. Look for the e-mails that came: the link in one of them,"
    " or in an e-mail about a claim of yours, opens a page that sends you a code of your own, and the"
    " browser in which you enter it is known from then on."
)
_FINDING = lazy_gettext(
    "Codes for this address, or from your network, were asked for many times by browsers that we"
    " don't know, perhaps by somebody else. The link in an e-mail about a claim of yours opens a page"
    " that sends you a code of your own. So does beginning a claim with this address. Where you enter"
    " it, you find all your claims."
)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for a code: names of their browser and of the network they come from, kept as hashes.

    A ``stranger`` is a browser in which no code of the address was entered before.
    """

    browser: str
    network: str
    stranger: bool = False


class Entered(StrEnum):
    """What a code that was entered turned out to be."""

    RIGHT = "right"
    WRONG = "wrong"
    REPLACED = "replaced"  # it was right until a newer one was sent
    SPENT = "spent"  # it was entered rightly before
    USED_UP = "used up"  # five wrong tries
    EXPIRED = "expired"
    NONE = "none"  # no code was sent


def send(
    claim: Claim, *, to: str, by: Asker, policy: Policy, at: datetime, linked: bool = False
) -> None:
    """Queue a mail with a fresh code for this claim; ``linked`` where its secret link led to it.

    The same words go out whether or not the order exists. Raises TooManyCodes beyond the bounds
    above, however the address is written; they hold for requests at the same moment.
    """
    browser, network = _name("browser", by.browser), _name("network", by.network)
    if linked:
        hold(f"codes of claim {claim.id}")
        _refuse_until(db.session.scalar(_LINK_FULL, {"claim": claim.id, "hour": at - HOUR}), at=at)
    else:
        _refuse_strangers(to, by, at=at)
        hold(f"codes to {mailbox(to)}", f"codes from {network}")
        _bounds(mailbox(to), browser, network, at=at)
    code = f"{secrets.randbelow(10**6):06d}"
    db.session.add(
        OneTimeCode(
            claim_id=claim.id,
            address=mailbox(to),
            code_hash=_hash(claim.id, to, code),
            created_at=at,
            expires_at=at + LIFETIME,
            browser=browser,
            network=network,
            linked=linked,
        )
    )
    notices.tell_code(claim, to=to, code=code, policy=policy, at=at, good_until=at + LIFETIME)


def send_to_find(*, to: str, by: Asker, policy: Policy | None, at: datetime) -> None:
    """Queue a mail with a code that opens whatever claims this address has, or none, to the browser that asks.

    ``policy`` is the shop's that it is asked of, None for all shops. The same words go out, and the
    same is counted, whether or not there are claims. Raises TooManyCodes as send() does.
    """
    browser, network = _name("browser", by.browser), _name("network", by.network)
    _refuse_strangers(to, by, at=at, finding=True)
    hold(f"codes to {mailbox(to)}", f"codes from {network}")
    _bounds(mailbox(to), browser, network, at=at)
    code = f"{secrets.randbelow(10**6):06d}"
    db.session.add(
        OneTimeCode(
            address=mailbox(to),
            code_hash=_hash(browser, to, code),
            created_at=at,
            expires_at=at + LIFETIME,
            browser=browser,
            network=network,
        )
    )
    notices.tell_code(None, to=to, code=code, policy=policy, at=at, good_until=at + LIFETIME)


def use_to_find(*, address: str, by: Asker, code: str, at: datetime) -> Entered:
    """Enter a code that send_to_find() sent to this browser; as use() says."""
    browser = _name("browser", by.browser)
    rows = db.session.scalars(_SENT_TO_FIND, {"by": browser, "to": mailbox(address)}).all()
    return _entered(rows, browser, address=address, code=code, at=at)


def use(claim: Claim, *, address: str, code: str, at: datetime) -> Entered:
    """Enter a code: RIGHT for the newest sent to the address, in time and unused; it is spent then.

    Each wrong try counts; after five the code is dead, and only then is it said so. The caller
    commits either way.
    """
    rows = db.session.scalars(_SENT, {"claim": claim.id, "to": mailbox(address)}).all()
    return _entered(rows, claim.id, address=address, code=code, at=at)


def _entered(
    rows: Sequence[OneTimeCode], bound_to: int | str, *, address: str, code: str, at: datetime
) -> Entered:
    """What a code is, of those sent, the newest first; ``bound_to`` the claim, or the browser."""
    if not rows:
        return Entered.NONE
    newest, older = rows[0], rows[1:]
    if newest.attempts >= TRIES:
        return Entered.USED_UP
    if at >= newest.expires_at:
        return Entered.EXPIRED
    entered = _hash(bound_to, address, "".join(digit_of(c) or "" for c in code))
    if hmac.compare_digest(newest.code_hash, entered):
        was, newest.used_at = newest.used_at, newest.used_at or at
        return Entered.SPENT if was else Entered.RIGHT
    newest.attempts += 1
    if any(hmac.compare_digest(row.code_hash, entered) for row in older):
        return Entered.REPLACED
    return Entered.USED_UP if newest.attempts >= TRIES else Entered.WRONG


def _refuse_strangers(to: str, by: Asker, *, at: datetime, finding: bool = False) -> None:
    """Raise TooManyCodes where strangers had the day's mails to this mailbox, or the hour's of their network."""
    if not by.stranger:
        return
    wait = strangers.wait_for_one(to, network=by.network, at=at, linkless=finding)
    if wait is not None:
        raise TooManyCodes(_FINDING if finding else _TO_STRANGERS, wait=wait)


def _bounds(to: str, browser: str, network: str, *, at: datetime) -> None:
    """Raise TooManyCodes where this browser, network or mailbox had its codes of the hour."""
    said = {"to": to, "by": browser, "net": network, "hour": at - HOUR}
    by_browser, *others = db.session.execute(_FULL, said).one()
    _refuse_until(by_browser, at=at)
    for sent in others:
        _refuse_until(sent, at=at, words=_ANYBODY)


def _refuse_until(sent: datetime | None, *, at: datetime, words: str = _OWN) -> None:
    if sent is not None:
        raise TooManyCodes(words, wait=sent + HOUR - at)


def _hash(bound_to: int | str, address: str, code: str) -> str:
    return _keyed(f"{bound_to}:{address}:{code}")


def _name(kind: str, of: str) -> str:
    return _keyed(f"asker:{kind}:{of}")


def _keyed(text: str) -> str:
    key = settings().secret_key.get_secret_value().encode()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
