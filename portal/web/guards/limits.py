"""How often one visitor may do what costs us a mail or a guess."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeAlias

from flask import Response, request, session
from limits import RateLimitItem, parse_many
from werkzeug.exceptions import TooManyRequests

from portal.database import transaction
from portal.extensions import limiter, reading_limiter
from portal.limits import first_full, full_for_readers, network
from portal.mail import strangers
from portal.people.reviewers import datastore
from portal.translation import lazy_gettext as _
from portal.web.frame.clock import now
from portal.web.guards import known_browsers, staff

View: TypeAlias = Callable[..., Response]

PASSWORDS = "10 per 5 minutes;100 per day"
CODES = "5 per 5 minutes;20 per hour;50 per day"
WRONG_LINKS = "30 per minute;300 per hour"  # by one network
EVERYBODY = "1000 per 5 minutes"  # guesses of all together, from browsers that we don't know

TOO_MANY = _("Wait a few minutes, then try again. Nothing was changed.")
LOCKED = _(
    "Somebody tried to sign in with this e-mail address too often. Wait five minutes and try again."
    " If it happens again, set a new password by e-mail: the browser in which you do that is let"
    " in, whatever others try."
)
CLOSED = _(
    "Too many people try to sign in from browsers that we don't know. Wait five minutes, or set a new"
    " password by e-mail: the browser in which you do that is let in."
)

REVEALED = _(
    "You looked at payout details in full 30 times within the hour, and no more are shown. Wait a"
    " while, or ask a colleague with the right to pay."
)


EXPORTED = _(
    "You downloaded 60 files within the hour, and no more are made. Wait a while, then download it again."
)


class TooOften(TooManyRequests):
    """Refused for having been done too often; its words say how to go on, and when."""


def limited(limits: str, *, methods: Sequence[str] = ("POST",)) -> Callable[[View], View]:
    """Allow so many requests of these methods from one network, such as ``4 per minute``.

    What only reads is counted without the database, and goes on where it can't be counted for all.
    """
    counted = _full_for_readers if tuple(methods) == ("GET",) else _first_full
    ours = sorted(parse_many(limits))  # the shortest first

    def around(view: View) -> View:
        @wraps(view)
        def guarded(**parts: Any) -> Response:
            if request.method in methods:
                full = counted(ours, network(), request.endpoint or "")
                if full:
                    raise TooManyRequests(retry_after=full.get_expiry())
            return view(**parts)

        return guarded

    return around


def spend(limits: str, scope: str, key: str, words: str = TOO_MANY) -> None:
    """Count one try by this key; raises TooOften where it was one too many.

    Raises what the database or Redis raises where it can't be counted: then nothing is tried.
    """
    if full := _first_full(parse_many(limits), scope, key):
        raise TooOften(words, retry_after=full.get_expiry())


def a_password() -> None:
    """Count a try to sign in: of the account, of the network, and of all together.

    A browser in which this person signed in before has a count of its own, so that strangers who
    guess can't shut the person out.
    """
    _guess(
        PASSWORDS,
        "10 per 5 minutes",
        "password",
        known_browsers.plain(request.form.get("email", "")),
    )


def a_code() -> None:
    """Count a try of the second factor, of whatever kind, of the person whose code is due."""
    mark = session.get("tf_user_id")
    person = staff.me() if staff.here() else mark and datastore.find_user(fs_uniquifier=mark)
    if person:
        _guess(CODES, "20 per 5 minutes", "second factor", person.email)


def a_passkey() -> None:
    """Count a try to sign in by a passkey: nobody guesses one, but looking at it costs."""
    spend("60 per 5 minutes", "passkey by network", network())


def a_wrong_link() -> None:
    """Count a link that opens nothing; raises TooManyRequests where a network has sent too many.

    The right one opens all the same: nobody finds 160 bits by trying, and a neighbour is shut out by no one.
    """
    if full := _full_for_readers(sorted(parse_many(WRONG_LINKS)), "wrong link", network()):
        raise TooManyRequests(retry_after=full.get_expiry())


def a_reveal() -> None:
    """Count a look at payout details in full."""
    spend("30 per hour", "reveal", staff.me().email, REVEALED)


def an_export() -> None:
    """Count a file of a report, before what it holds is looked for."""
    spend("60 per hour", "export", staff.me().email, EXPORTED)


def a_copy(address: str) -> None:
    """Count a copy of all that we have of the holder of this address."""
    if full := _first_full(parse_many("6 per day"), "copy", address):
        raise TooManyRequests(retry_after=full.get_expiry())


def my_password() -> None:
    """Count a try to give one's password again."""
    if staff.here():
        spend(PASSWORDS, "password again", staff.me().email)


def a_link() -> None:
    """Count a question for a link to a new password."""
    spend("5 per hour", "link by network", network())


def a_link_mail(address: str) -> bool:
    """Count a mail with a link to this address, whoever's it is; whether it may leave.

    From a browser in which its owner signed in before three an hour, from others three a day.
    """
    if known_browsers.number(address) or not limiter.enabled:
        return _first_full(parse_many("3 per hour"), "link by account", address) is None
    with transaction():
        return strangers.wait_for_one(address, network=network(), at=now()) is None


def a_new_password() -> None:
    """Count a try to set a password by a link."""
    spend("10 per hour", "new password by network", network())


def where_counted() -> None:
    """Before what moves money: raises StorageError where the Redis that counts does not answer.

    The database is asked by the act itself.
    """
    if request.method == "POST" and limiter.shared is not None:
        limiter.shared.must_answer()


def _first_full(limits: Sequence[RateLimitItem], *names: str) -> RateLimitItem | None:
    return first_full(limiter.limiter, limits, *names) if limiter.enabled else None


def _full_for_readers(limits: Sequence[RateLimitItem], *names: str) -> RateLimitItem | None:
    return full_for_readers(limits, *names) if reading_limiter.enabled else None


def _guess(by_account: str, by_network: str, what: str, address: str) -> None:
    browser = known_browsers.number(address)
    if browser:
        spend(by_account, f"{what} by browser", browser)
        return
    spend(by_network, f"{what} by network", network())
    spend(by_account, f"{what} by account", address, LOCKED)
    spend(EVERYBODY, what, "everybody", CLOSED)
