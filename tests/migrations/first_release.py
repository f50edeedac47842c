"""A database as the first release left it: the rows that its own code wrote, put into its own schema.

How they were made stands in tests/fixtures/README.md.
"""

import json
import lzma
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

REVISION = "0001"
_ROWS = Path(__file__).parents[1] / "fixtures" / "first-release.json.xz"
_READ: dict[type, Any] = {
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
    Decimal: Decimal,
    bytes: bytes.fromhex,
}


@cache
def rows_of_then() -> dict[str, dict[str, list[Any]]]:
    """Table → its columns and rows, in an order in which no row points at one that comes later."""
    with lzma.open(_ROWS, "rt", encoding="utf-8") as file:
        read: dict[str, dict[str, list[Any]]] = json.load(file)
    return read


def put_in(connection: sa.Connection) -> None:
    """Fill the tables of the first release, which hold nothing yet."""
    then = sa.MetaData()
    then.reflect(connection, resolve_fks=False)
    for name, kept in rows_of_then().items():
        table = then.tables[name]
        columns = [table.c[column] for column in kept["columns"]]
        connection.execute(
            table.insert(),
            [{c.name: _value(c.type, v) for c, v in zip(columns, row, strict=True)} for row in kept["rows"]],
        )


def _value(kind: sa.types.TypeEngine[Any], value: Any) -> Any:
    """A value as the column takes it; dates, decimals and bytes stand in the file as text."""
    if not isinstance(value, str) or isinstance(kind, sa.JSON):
        return value
    read = _READ.get(kind.python_type)
    return read(value) if read else value
