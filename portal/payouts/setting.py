"""Which rails a shop pays by: set, ended, and their secrets sealed again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select

from portal.audit import log as audit
from portal.audit.log import StaffAct
from portal.claims.models import Claim
from portal.claims.payout.details import PayoutRefused, read as read_details
from portal.claims.payout.owing import take_rail
from portal.claims.payout.payee import keyring
from portal.claims.payout.resealing import reseal_column
from portal.config.hosts import is_loopback, leads_inward
from portal.events.signing import new_secret
from portal.extensions import db
from portal.ledger.payout import Payout, PayoutState, Rail
from portal.ledger.rails import RailAction, RailChange, RailSetting, setting_of
from portal.payouts.instructing import bound_to
from portal.payouts.rails.sepa import plain
from portal.people.reviewers import Reviewer
from portal.translation import gettext, lazy_gettext as _


class RailNotSet(Exception):
    """What was given for a rail can't be used, or there is none to end; the message says which.

    ``field`` is the name of the RailField that it is about, where it is about one.
    """

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class GivenRail:
    """What was given for a rail, read and checked; ``secret`` is sealed.

    ``made_here``: the secret is a new one of ours, to be told once; else it was typed, and is never
    shown again.
    """

    url: str | None = None
    secret: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    made_here: bool = False


@dataclass(frozen=True, slots=True)
class RailField:
    """One thing that a rail has to be told: an option of ``rails set`` and a field of the page alike.

    ``secret`` is typed unseen, and no page shows it again. ``choices`` are (value, words).
    """

    name: str
    label: str
    hint: str = ""
    secret: bool = False
    optional: bool = False
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RailReader:
    """What a rail does, what it has to be told, and what reads that.

    ``read`` takes each field's text by its name and raises RailNotSet for what can't be used.
    """

    does: str
    fields: tuple[RailField, ...]
    read: Callable[..., GivenRail]


def _balance(given: Mapping[str, str], *, loopback: bool) -> GivenRail:
    """An address that credits go to; the secret that signs them is made here."""
    url = given.get("url", "")
    _check(url, loopback=loopback)
    return GivenRail(url, new_secret(), made_here=True)


def _sepa(given: Mapping[str, str], *, loopback: bool) -> GivenRail:  # noqa: ARG001 - as every reader
    """The account that pays: its name and its IBAN; the BIC where the bank wants it."""
    if not plain(name := " ".join(given.get("name", "").split())):
        raise RailNotSet(
            gettext("Write the account holder's name as your bank has it"), field="name"
        )
    typed = {"holder": name, **{each: given.get(each, "") for each in ("iban", "bic")}}
    try:
        account = read_details("iban", typed)
    except PayoutRefused as refused:
        wrong, said = next(iter(refused.errors.items()))
        raise RailNotSet(str(said), field="name" if wrong == "holder" else wrong) from None
    return GivenRail(options={"name": account.holder, "iban": account.iban, "bic": account.bic})


def _massfile(given: Mapping[str, str], *, loopback: bool) -> GivenRail:  # noqa: ARG001 - as every reader
    """Nothing has to be told: a person carries the file."""
    return GivenRail()


def _original(given: Mapping[str, str], *, loopback: bool) -> GivenRail:
    """A processor's secret key, and its address where it isn't Stripe's own."""
    key, url = given.get("key", "").strip(), given.get("url", "").strip()
    if not key or any(sign.isspace() for sign in key):
        raise RailNotSet(
            gettext("Write the processor's secret key, such as sk_live_…"), field="key"
        )
    if url:
        _check(url, loopback=loopback)
    return GivenRail(url.rstrip("/") or None, key)


# What each rail does and needs; the command line's options and the page's forms are made of it.
READERS: dict[Rail, RailReader] = {
    Rail.BALANCE: RailReader(
        does=_("Refunds to the balance: each is a signed call to the shop, as soon as it is due."),
        fields=(
            RailField(
                "url",
                label=_("Address that takes the credits"),
                hint=_("Where credits are sent, such as https://shop.example/credit"),
            ),
        ),
        read=_balance,
    ),
    Rail.SEPA: RailReader(
        does=_("Refunds to an IBAN: a file for your bank, made by a payout run."),
        fields=(
            RailField(
                "name",
                label=_("Holder of the account that pays"),
                hint=_("The name as your bank has it"),
            ),
            RailField("iban", label=_("IBAN of the account that pays")),
            RailField(
                "bic",
                label=_("BIC of the account that pays"),
                hint=_("8 or 11 characters; only where your bank wants it"),
                optional=True,
            ),
        ),
        read=_sepa,
    ),
    Rail.ORIGINAL: RailReader(
        does=_("Refunds the way it was paid: through the processor, as soon as it is due."),
        fields=(
            RailField(
                "key",
                label=_("Secret key of the processor"),
                hint=_("It needs the right to read charges and to write refunds, no other"),
                secret=True,
            ),
            RailField(
                "url",
                label=_("Address of the processor"),
                hint=_("Only where it isn't Stripe itself but speaks the same API"),
                optional=True,
            ),
        ),
        read=_original,
    ),
    Rail.MASSFILE: RailReader(
        does=_("Refunds to PayPal, wallets and cards: CSV files, made by a payout run."),
        fields=(),
        read=_massfile,
    ),
}


def set_rail(
    shop: str,
    rail: Rail,
    *,
    given: Mapping[str, str],
    at: datetime,
    loopback: bool,
    by: Reviewer | None = None,
) -> GivenRail:
    """Let the shop pay by this rail; what is due already goes by it from now on.

    ``loopback`` allows http on this machine, for development; ``by`` is None for the command line.
    Raises RailNotSet.
    """
    reader = READERS[rail]
    taken = {each.name for each in reader.fields}
    if stray := [name for name, text in given.items() if text and name not in taken]:
        raise RailNotSet(gettext("%(rail)s takes no %(name)s", rail=rail, name=stray[0]))
    read = reader.read(given, loopback=loopback)
    setting = setting_of(shop, rail) or RailSetting(shop=shop, rail=rail)
    setting.url, setting.options, setting.set_at = read.url, read.options, at
    setting.secret_sealed = read.secret and keyring().seal(
        read.secret.encode(), bound_to=bound_to(shop, rail)
    )
    db.session.add(setting)
    said = {each.name: given[each.name] for each in reader.fields
            if not each.secret and given.get(each.name)}  # fmt: skip
    _note(shop, rail, RailAction.SET, at=at, by=by, said=said)
    _choose_again(shop, at=at)
    return read


def unset(shop: str, rail: Rail, *, at: datetime, by: Reviewer | None = None) -> None:
    """Pay by this rail no more: what is due waits for a person. Raises RailNotSet where there is none."""
    setting = setting_of(shop, rail)
    if setting is None:
        raise RailNotSet(gettext("%(shop)s pays by no rail %(rail)s", shop=shop, rail=rail))
    db.session.delete(setting)
    _note(shop, rail, RailAction.UNSET, at=at, by=by, said={})
    _choose_again(shop, at=at)


def _note(
    shop: str,
    rail: Rail,
    action: RailAction,
    *,
    at: datetime,
    by: Reviewer | None,
    said: Mapping[str, str],
) -> None:
    """Keep who did it, for the page."""
    change = RailChange(shop=shop, rail=rail, action=action, at=at, by=by, said=dict(said))
    db.session.add(change)
    act = StaffAct.SET_RAIL if action is RailAction.SET else StaffAct.END_RAIL
    audit.note(act, at=at, by=by and by.id, shop=shop, about=rail)
    db.session.flush()


def _choose_again(shop: str, *, at: datetime) -> None:
    """Give each payout that is due to the rail that takes it now, its claim locked."""
    due = (
        select(Claim)
        .join(Payout, Payout.claim_id == Claim.id)
        .where(Claim.shop == shop, Payout.state == PayoutState.DUE)
        .order_by(Claim.id)
        .with_for_update(of=Claim)
    )
    for claim in db.session.scalars(due).unique().all():
        for payout in claim.payouts:
            if payout.state is PayoutState.DUE:
                take_rail(claim, payout, at=at)


def reseal_secrets(*, lot: int = 100) -> tuple[int, list[str]]:
    """Seal with the first key what an older one sealed: how many, and which could not be opened."""
    of, sealed = (RailSetting.shop, RailSetting.rail), RailSetting.secret_sealed
    return reseal_column(sealed, *of, bound_to=bound_to, called="rail", lot=lot)


def _check(url: str, *, loopback: bool) -> None:
    """Raise RailNotSet for what is no address over https, or, outside development, none of another network.

    What a name means is looked at when it is called (``portal/config/outward.py``).
    """
    try:
        parts = urlsplit(url)
        host, named = parts.hostname or "", parts.username or parts.port == 0
    except ValueError:  # a bracket that is open, or a port that is none
        parts, host, named = urlsplit(""), "", None
    if parts.scheme == "https" and host and not named:
        if leads_inward(host) and not loopback:
            raise RailNotSet(
                gettext("Write an address that others reach too: this one is of your own network"),
                field="url",
            )
        return
    if not (loopback and is_loopback(host) and parts.scheme == "http"):
        raise RailNotSet(
            gettext(
                "Write an address that begins with https://, such as https://shop.example/credit"
            ),
            field="url",
        )
