"""Orders in lots, as plain rows: what the records say of each and of its account."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Enum, Row, Select, String, func, select, type_coerce

from portal.database import UTCDateTime
from portal.extensions import db
from portal.money import Money
from portal.payouts.owed.asking import among
from portal.records.models import Account, Holder, Message, Order, ProviderReport, account_of
from portal.records.queries import ACCOUNT_KEYS, MONEY_KEYS, ORDER_KEYS, PROVIDER_KEYS

_COLUMNS = Order.__table__.c
_PLAIN = tuple(key for key in ORDER_KEYS if key not in MONEY_KEYS)
_AMOUNTS = tuple(f"{key}_{part}" for key in MONEY_KEYS for part in ("minor", "currency"))
_TIMES = tuple(
    (place, key) for place, key in enumerate(_PLAIN) if isinstance(_COLUMNS[key].type, UTCDateTime)
)
_BESIDE, _BEHIND = len(_PLAIN), len(_PLAIN) + len(_AMOUNTS)


def _as_kept(key: str) -> ColumnElement[Any]:
    """A column as the database has it: of most times and words there is none, and each type asks of all."""
    column: ColumnElement[Any] = _COLUMNS[key]
    return type_coerce(column, String()) if isinstance(column.type, UTCDateTime | Enum) else column


LOOK_AT = _as_kept("look_at")  # it is compared, and not read

_BEHIND_THEM = (
    _COLUMNS.id,
    LOOK_AT,
    _COLUMNS.reference_key,
    _COLUMNS.account_email,
    _COLUMNS.account_id,
    _COLUMNS.messages_known,
    func.coalesce(_COLUMNS.provider_reference, _COLUMNS.reference),
)
COLUMNS = (
    *_PLAIN,
    *_AMOUNTS,
)  # that tell of an order; what stands behind them is whose and which it is
_ID, _LOOK_AT, _KEY, _EMAIL, _ACCOUNT_ID, _KNOWN, _AT_PROVIDER = range(
    len(COLUMNS), len(COLUMNS) + len(_BEHIND_THEM)
)
_REFERENCE = _PLAIN.index("reference")

# Each order, as ``logged`` reads it.
ORDERS = select(
    *(_as_kept(key).label(key) for key in _PLAIN),
    *(_COLUMNS[key] for key in _AMOUNTS),
    *_BEHIND_THEM,
)


# An account: whose it is, and what is told of it.
_OF_ACCOUNT = ("account_id", *ACCOUNT_KEYS)
NAMES = ("id", *ACCOUNT_KEYS)
_NOTHING = (None,) * (len(NAMES) - 2)  # but for its id and its address


class LoggedOrder:
    """What the records say of an order, its account and its messages.

    ``row`` and ``whose`` are what they say of the order and of its account, each as it was read, by the
    places of ``COLUMNS`` and ``NAMES``; ``reported`` is what the provider says, None where it has
    nothing. ``heard`` are the messages, each with its time and its service; None where it is unknown
    whether any came. ``look_at`` is another one as soon as anything new of the order is stored.
    """

    __slots__ = ("account_on_record", "heard", "reported", "row", "whose")

    def __init__(
        self,
        row: Row[Any],
        account: Row[Any] | None,
        heard: list[tuple[datetime, str | None]] | None,
        reported: tuple[Any, ...] | None,
    ) -> None:
        self.row, self.account_on_record, self.heard = row, account, heard
        self.reported = reported
        self.whose = (row[_ACCOUNT_ID], row[_EMAIL], *_NOTHING) if account is None else account

    @property
    def id(self) -> int:
        """The number of its row."""
        return self.row[_ID]  # type: ignore[no-any-return]

    @property
    def look_at(self) -> Any:
        """When it is to be looked at, as the database has it."""
        return self.row[_LOOK_AT]

    @property
    def reference(self) -> str:
        """The order's number at the shop."""
        return self.row[_REFERENCE]  # type: ignore[no-any-return]

    @property
    def key(self) -> str:
        """The same as it is looked up."""
        return self.row[_KEY]  # type: ignore[no-any-return]

    @property
    def holder(self) -> Holder:
        """Whose it is."""
        return Holder.of(self.row[_EMAIL], self.row[_ACCOUNT_ID], self.account_on_record)

    @property
    def order(self) -> Mapping[str, Any]:
        """Values by the keys of the order's facts, None or left out where the records don't say it."""
        told = dict(zip(_PLAIN, self.row, strict=False))
        for place, name in _TIMES:
            if (at := self.row[place]) is not None:
                told[name] = instant(at)
        amounts = self.row[_BESIDE:_BEHIND]
        for name, minor, currency in zip(MONEY_KEYS, amounts[::2], amounts[1::2], strict=True):
            if minor is not None and currency is not None:
                told[name] = Money(minor, currency)
        return told | dict(zip(PROVIDER_KEYS, self.reported or (), strict=False))

    @property
    def account(self) -> Mapping[str, Any]:
        """The same of its account."""
        return dict(zip(NAMES, self.whose, strict=True))


def logged(shop: str, orders: Select[Any]) -> list[LoggedOrder]:
    """The orders of ``ORDERS`` as they were asked for; five SQL statements at most."""
    rows = db.session.connection().execute(orders).all()
    accounts, heard, reports = _Accounts(shop, rows), _heard(rows), _reported(shop, rows)
    return [
        LoggedOrder(
            row,
            accounts.of(row[_EMAIL], row[_ACCOUNT_ID]),
            heard.get(row[_ID], [] if row[_KNOWN] else None),
            reports.get(row[_AT_PROVIDER]),
        )
        for row in rows
    ]


class _Accounts:
    """The accounts of some orders: by the shop's own id, and by their address."""

    def __init__(self, shop: str, orders: Sequence[Row[Any]]) -> None:
        self.by_id, self.by_email = (
            _accounts(shop, name, {row[of] for row in orders})
            for name, of in (("account_id", _ACCOUNT_ID), ("email", _EMAIL))
        )

    def of(self, email: str | None, account_id: str | None) -> Any:
        return account_of(account_id, self.by_id.get(account_id), self.by_email.get(email))


def _accounts(shop: str, name: str, wanted: set[str | None]) -> dict[str | None, Row[Any]]:
    if not (named := wanted - {None}):
        return {}
    columns = Account.__table__.c
    these = columns.shop == shop, among(columns[name], named)
    found = db.session.execute(select(*(columns[each] for each in _OF_ACCOUNT)).where(*these))
    place = _OF_ACCOUNT.index(name)
    return {row[place]: row for row in found}


def _heard(orders: Sequence[Row[Any]]) -> dict[int, list[tuple[datetime, str | None]]]:
    found: dict[int, list[tuple[datetime, str | None]]] = {}
    came = select(Message.order_id, Message.received_at, Message.service)
    wanted = came.where(among(Message.__table__.c.order_id, [row[_ID] for row in orders]))
    for order, at, service in db.session.execute(wanted.order_by(Message.received_at, Message.id)):
        found.setdefault(order, []).append((at, service or None))
    return found


def _reported(shop: str, orders: Sequence[Row[Any]]) -> dict[str, tuple[Any, ...]]:
    """What the provider says of some orders, by its number of each."""
    table = ProviderReport.__table__.c
    named = [row[_AT_PROVIDER] for row in orders]
    told = select(table.reference, *(table[key] for key in PROVIDER_KEYS))
    found = told.where(table.shop == shop, among(table.reference, named))
    return {reference: tuple(said) for reference, *said in db.session.execute(found)}


def instant(kept: str | datetime) -> datetime:
    """A time that was read as the database has it: text of UTC, or an instant of some zone."""
    if isinstance(kept, str):
        return datetime.fromisoformat(kept).replace(tzinfo=UTC)
    return kept.astimezone(UTC)
