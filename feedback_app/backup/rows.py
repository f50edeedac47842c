"""How one row is written: the same text for SQLite and PostgreSQL, from which either gets it back bit by bit.

Rows stand in the order of their keys. Keys of what respondents touch are random, so that the order tells
nothing: not who answered before whom, as the order of PostgreSQL's own files would until the nightly shuffle,
nor which invitation was used last. What only the database knows of a row (its place, the transaction that
wrote it, older versions of it, freed pages, the write-ahead log) is not written at all.
"""

import base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from feedback_app.database import Base, UtcDateTime

#: rows read or stored at once; fewer where each may hold a document of megabytes
MANY, FEW = 250, 8

#: gone after a restore, so that nobody and no program is let in whom somebody shut out meanwhile
LEFT_OUT = frozenset({"staff_sessions", "api_tokens", "api_windows", "api_requests"})

Row = Sequence[Any]


@dataclass(frozen=True)
class Shape:
    """One table as the backup has it: its columns, each with the kind of its values."""

    name: str
    columns: tuple[tuple[str, str], ...]
    rows: int = 0

    @property
    def at_once(self) -> int:
        """How many rows may be held in memory together."""
        return FEW if any(kind == "bytes" for _name, kind in self.columns) else MANY


def kind_of(column: sa.Column[Any]) -> str:
    """How a column's values are written; TypeError for a type that nobody thought about yet."""
    kinds: tuple[tuple[type[Any], str], ...] = (
        (UtcDateTime, "moment"),
        (sa.JSON, "json"),  # as the text that is stored, so that hashes of it stay true
        (sa.LargeBinary, "bytes"),
        (sa.Boolean, "yes_no"),
        (sa.Integer, "whole"),
        (sa.Numeric, "number"),
        (sa.Date, "day"),
        (sa.String, "text"),
    )
    stored = _stored(column)
    for wanted, kind in kinds:
        if isinstance(stored, wanted) and not isinstance(stored, sa.Float):
            return kind
    raise TypeError(f"{column.table.name}.{column.name}: a backup does not know how to keep {column.type!r}")


def _stored(column: sa.Column[Any]) -> sa.types.TypeEngine[Any]:
    """What the database itself holds, whatever Python makes of it."""
    kind = column.type
    if isinstance(kind, sa.types.TypeDecorator) and not isinstance(kind, UtcDateTime):
        return kind.impl_instance
    return kind


def tables() -> list[sa.Table]:
    """Every table that is kept, those that others refer to first."""
    return [table for table in Base.metadata.sorted_tables if table.name not in LEFT_OUT]


def shape_of(table: sa.Table, rows: int) -> Shape:
    """How this version's table stands in a backup."""
    return Shape(table.name, tuple((column.name, kind_of(column)) for column in table.columns), rows)


def rows_of(connection: sa.Connection, table: sa.Table, shape: Shape) -> Iterator[list[Any]]:
    """Every row as it is written, in the order of its key, a few at a time in memory."""
    columns = [_as_stored(table.c[name], kind) for name, kind in shape.columns]
    query = sa.select(*columns).order_by(*table.primary_key)
    writers = [_WRITTEN.get(kind) for _name, kind in shape.columns]
    streamed = connection.execution_options(yield_per=shape.at_once)
    with streamed.execute(query) as found:
        for row in found:
            yield [
                write(value) if write and value is not None else value
                for write, value in zip(writers, row, strict=True)
            ]


def _as_stored(column: sa.Column[Any], kind: str) -> sa.ColumnElement[Any]:
    if kind in ("json", "number"):
        return sa.cast(column, sa.Text).label(column.name)
    return sa.type_coerce(column, _stored(column))


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00:00")


_WRITTEN: dict[str, Callable[[Any], str]] = {
    "moment": _moment,
    "day": date.isoformat,
    "bytes": lambda value: base64.b64encode(value).decode("ascii"),
}


def readers(shape: Shape, dialect: str) -> list[Callable[[Any], Any] | None]:
    """What makes of each written value the one that the database's driver takes; None: it is that already."""
    read: dict[str, Callable[[Any], Any]] = {"bytes": base64.b64decode}
    if dialect == "sqlite":
        read["moment"] = lambda value: value.removesuffix("+00:00")  # as SQLite has them: in UTC, unsaid
    return [read.get(kind) for _name, kind in shape.columns]
