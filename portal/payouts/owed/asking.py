"""How tables are asked about many orders: by a list of them, whatever the database knows of the tables' sizes."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Select, any_, func, literal, select

from portal.extensions import db


def among(
    column: ColumnElement[Any], values: Collection[int] | Collection[str | None] | Select[Any]
) -> ColumnElement[bool]:
    """Whether a column has one of these values, or one of those that a SELECT finds.

    Values are one parameter, and one text of SQL however many they are. On PostgreSQL a SELECT is asked
    once: in a join it might be asked again for each row, where the tables' statistics are of an emptier
    day, and one that locks rows isn't even kept between two rounds.
    """
    if db.engine.dialect.name == "sqlite":
        if isinstance(values, Select):
            return column.in_(values)
        each = func.json_each(json.dumps(list(values))).table_valued("value")
        return column.in_(select(each.c.value))
    kind = ARRAY(column.type)
    if isinstance(values, Select):
        return column == any_(func.array(values.scalar_subquery(), type_=kind))
    return column == any_(literal(list(values), kind))
