"""The columns of the tables of the records: what facts have follows from their entries, and money keeps its every decimal."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import Boolean, Dialect, Enum, Integer, String, false, true
from sqlalchemy.orm import MappedColumn, mapped_column
from sqlalchemy.types import TypeDecorator

from portal.database import LONGEST_WORD, UTCDateTime
from portal.extensions import Base
from portal.policy.facts.fact import RECORDED, UNKNOWN, Fact, Type


class ExactMinor(TypeDecorator[int | Fraction]):
    """Minor units of money with every decimal they have, as text: neither database may round them."""

    impl = String(40)
    cache_ok = True

    def process_bind_param(self, value: int | Fraction | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - the type's signature
        """Store ``1.4`` for fourteen tenths; ValueError where no decimal is exact."""
        if value is None:
            return None
        if value.denominator == 1:
            return str(int(value))
        text = f"{Decimal(value.numerator) / Decimal(value.denominator):f}"
        if Fraction(text) != value:
            raise ValueError("an amount without an exact decimal can't be stored")
        return text

    def process_result_value(self, value: str | None, dialect: Dialect) -> int | Fraction | None:  # noqa: ARG002 - the type's signature
        """Read it back as it was: a whole number as int."""
        if value is None:
            return None
        return Fraction(value) if "." in value else int(value)


def recorded(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """Those of the facts that have a column of their own, and so are a file's column too."""
    return tuple(fact for fact in facts if _kept_as(fact) is not None)


def lay(model: type[Base], facts: Iterable[Fact]) -> None:
    """Give a table a column for each fact that it lacks; null is unknown, or a known nothing."""
    for fact in recorded(facts):
        if not hasattr(model, fact.key):
            setattr(model, fact.key, _column(fact))


def _kept_as(fact: Fact) -> Any:  # noqa: PLR0911 - one for each type
    """The type of a fact's column; None where it has none: money has two, a list its own table."""
    if fact.source not in RECORDED:
        return None
    match fact.type:
        case Type.TIME:
            return UTCDateTime()
        case Type.BOOL:
            return Boolean()
        case Type.NUMBER:
            return Integer()
        case Type.WORD:
            return Enum(*fact.values, native_enum=False, length=LONGEST_WORD)
        case Type.TEXT if fact.longest:
            return String(fact.longest)
    return None


def _column(fact: Fact) -> MappedColumn[Any]:
    kind = _kept_as(fact)
    if fact.default is UNKNOWN or fact.default is None:
        return mapped_column(kind, nullable=True)
    flags = {True: true(), False: false()}
    written = flags[fact.default] if isinstance(fact.default, bool) else str(fact.default)
    return mapped_column(kind, nullable=False, default=fact.default, server_default=written)
