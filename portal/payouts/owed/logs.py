"""Orders in lots, as plain rows: what the records say of each and of its account."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

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

# Each order, as ``logged`` reads it.
ORDERS = select(
    *(_as_kept(key).label(key) for key in _PLAIN),
    *(_COLUMNS[key] for key in _AMOUNTS),
    _COLUMNS.id,
    LOOK_AT,
    _COLUMNS.reference_key,
    _COLUMNS.account_email,
    _COLUMNS.account_id,
    _COLUMNS.messages_known,
    func.coalesce(_COLUMNS.provider_reference, _COLUMNS.reference),
)


# An account: whose it is, and what is told of it.
_OF_ACCOUNT = ("account_id", *ACCOUNT_KEYS)
_NAMES = ("id", *ACCOUNT_KEYS)


class LoggedOrder(NamedTuple):
    """What the records say of an order, its account and its messages.

    ``order`` and ``account`` are values by the keys of their facts, None or left out where the records
    don't say it. ``heard`` are the messages, each with its time and its service; None where it is
    unknown whether any came. ``look_at`` is another one as soon as anything new of it is stored.
    """

    id: int
    look_at: Any
    key: str
    holder: Holder
    order: Mapping[str, Any]
    account: Mapping[str, Any]
    heard: list[tuple[datetime, str | None]] | None


def logged(shop: str, orders: Select[Any]) -> list[LoggedOrder]:
    """The orders of ``ORDERS`` as they were asked for; five SQL statements at most."""
    rows = db.session.execute(orders).all()
    return [*_read(rows, _Accounts(shop, rows), _heard(rows), _reported(shop, rows))]


class _Accounts:
    """The accounts of some orders: by the shop's own id, and by their address."""

    def __init__(self, shop: str, orders: Sequence[Row[Any]]) -> None:
        self.by_id, self.by_email = (
            _accounts(shop, name, {getattr(row, of) for row in orders})
            for name, of in (("account_id", "account_id"), ("email", "account_email"))
        )

    def of(self, email: str | None, account_id: str | None) -> Any:
        return account_of(account_id, self.by_id.get(account_id), self.by_email.get(email))


def _accounts(shop: str, name: str, wanted: set[str | None]) -> dict[str | None, Row[Any]]:
    if not (named := wanted - {None}):
        return {}
    columns = Account.__table__.c
    these = columns.shop == shop, among(columns[name], named)
    found = db.session.execute(select(*(columns[each] for each in _OF_ACCOUNT)).where(*these))
    return {getattr(row, name): row for row in found}


def _heard(orders: Sequence[Row[Any]]) -> dict[int, list[tuple[datetime, str | None]]]:
    found: dict[int, list[tuple[datetime, str | None]]] = {}
    came = select(Message.order_id, Message.received_at, Message.service)
    wanted = came.where(among(Message.__table__.c.order_id, [row.id for row in orders]))
    for order, at, service in db.session.execute(wanted.order_by(Message.received_at, Message.id)):
        found.setdefault(order, []).append((at, service or None))
    return found


def _reported(shop: str, orders: Sequence[Row[Any]]) -> dict[str, dict[str, Any]]:
    """What the provider says of some orders, by its number of each."""
    table = ProviderReport.__table__.c
    named = [row[-1] for row in orders]
    told = select(table.reference, *(table[key] for key in PROVIDER_KEYS))
    found = told.where(table.shop == shop, among(table.reference, named))
    return {
        reference: dict(zip(PROVIDER_KEYS, said, strict=True))
        for reference, *said in db.session.execute(found)
    }


def _instant(kept: str | datetime) -> datetime:
    """A time that was read as the database has it: text of UTC, or an instant of some zone."""
    if isinstance(kept, str):
        return datetime.fromisoformat(kept).replace(tzinfo=UTC)
    return kept.astimezone(UTC)


def _read(
    rows: Sequence[Row[Any]],
    accounts: _Accounts,
    heard: dict[int, list[tuple[datetime, str | None]]],
    reports: Mapping[str, dict[str, Any]],
) -> Iterator[LoggedOrder]:
    for row in rows:
        number, look_at, key, *whose, known, named = row[_BEHIND:]
        order = dict(zip(_PLAIN, row, strict=False)) | reports.get(named, {})
        for place, name in _TIMES:
            if (at := row[place]) is not None:
                order[name] = _instant(at)
        amounts = row[_BESIDE:_BEHIND]
        for name, minor, currency in zip(MONEY_KEYS, amounts[::2], amounts[1::2], strict=True):
            if minor is not None and currency is not None:
                order[name] = Money(minor, currency)
        email, account_id = whose
        account = accounts.of(email, account_id)
        told = (
            {"email": email, "id": account_id}
            if account is None
            else dict(zip(_NAMES, account, strict=True))
        )
        messages = heard.get(number, [] if known else None)
        holder = Holder.of(email, account_id, account)
        yield LoggedOrder(number, look_at, key, holder, order, told, messages)
