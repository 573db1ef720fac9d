"""Many rows by one statement: the values of a column are made the database's own all at once."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from portal.extensions import db


def insert_all(
    insert: sqlite.Insert | postgresql.Insert, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert rows, all with the same columns, in the caller's transaction.

    SQLAlchemy puts the values of each row together one by one, which takes longer than to write them.
    A column that no row fills is left out, and so is null: to SQLite each costs time, too.
    """
    connection = db.session.connection()
    columns: dict[str, Sequence[Any]] = {}
    for name in rows[0]:
        filled = [row[name] for row in rows]
        if filled.count(None) < len(filled):
            columns[name] = filled
    compiled = insert.inline().compile(dialect=connection.dialect, column_keys=[*columns])
    names = compiled.positiontup or [*compiled.params]
    written: list[Iterable[Any]] = []
    for name in names:  # those of the rows, and what the statement says itself
        values = columns.get(name) or [compiled.params[name]] * len(rows)
        kind = compiled.binds[name].type.dialect_impl(connection.dialect)
        as_kept = kind.bind_processor(connection.dialect)
        written.append(map(as_kept, values) if as_kept else values)
    given: list[Any] = [*zip(*written, strict=True)]
    if not compiled.positional:
        given = [dict(zip(names, values, strict=True)) for values in given]
    connection.exec_driver_sql(compiled.string, given)
