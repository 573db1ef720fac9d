"""What an older key sealed is sealed again with the first, a column at a time, while the portal runs."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute

from portal.claims.payout.payee import keyring
from portal.database import transaction
from portal.extensions import db
from portal.sealed import SealError


def reseal_column(
    column: InstrumentedAttribute[Any],
    *identity: InstrumentedAttribute[Any],
    bound_to: Callable[..., str],
    called: str,
    lot: int = 100,
) -> tuple[int, list[str]]:
    """Seal with the first key what an older one sealed: how many, and which could not be opened.

    ``bound_to`` makes of a row's ``identity`` what the value is bound to; ``called`` is what a row is
    called, such as ``webhook``. Each lot is a transaction of its own: broken off, it goes on where it
    was. Nobody waits for more than one lot.
    """
    keys, table, last, count = keyring(), column.class_, 0, 0
    by_another = column.is_not(None), ~column.startswith(f"s1.{keys.current}.", autoescape=True)
    older = select(table.id).where(*by_another).order_by(table.id).limit(lot)
    rows = select(table.id, column, *identity).where(*by_another).with_for_update()
    refused: list[str] = []
    # Looked for without a lock: of a million rows a few may be sealed.
    while found := db.session.scalars(older.where(table.id > last)).all():
        with transaction():
            for number, sealed, *names in db.session.execute(rows.where(table.id.in_(found))).all():
                try:
                    again = keys.reseal(str(sealed), bound_to=bound_to(*names))
                except SealError as error:
                    refused.append(f"{called} {' '.join(names)}: {error}")
                    continue
                one = update(table).where(table.id == number).values({column: again})
                db.session.execute(one, execution_options={"synchronize_session": False})
                count += 1
        last = found[-1]
    db.session.rollback()
    return count, refused
