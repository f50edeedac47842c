"""Reading a backup row after row, and nothing of it when it is not whole."""

import gzip
import io
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from feedback_app.backup.rows import Row, Shape
from feedback_app.backup.sealing import BackupDamaged, Header, SealedReader, read_header


@dataclass
class Contents:
    """What stands in a backup; `rows` has to be gone through once, table by table, in this order."""

    shapes: list[Shape]
    lines: Iterator[bytes]

    @property
    def total(self) -> int:
        """How many rows there are."""
        return sum(shape.rows for shape in self.shapes)

    def rows(self, shape: Shape) -> Iterator[Row]:
        """The rows of the table whose turn it is."""
        for _number in range(shape.rows):
            row = _value(next(self.lines, b""))
            if not isinstance(row, list) or len(row) != len(shape.columns):
                raise BackupDamaged
            yield row

    def finish(self) -> None:
        """Make sure that this was all, and that the file ends here."""
        if _value(next(self.lines, b"")) != {"rows": self.total} or next(self.lines, None) is not None:
            raise BackupDamaged


def header_of(file: Path) -> Header:
    """What anybody may read of it; raises NoBackup or BackupDamaged, and OSError when it cannot be read."""
    with file.open("rb") as opened:
        return read_header(opened)


@contextmanager
def opened(file: Path, secret_key: str) -> Iterator[Contents]:
    """The contents of a backup; while they are read, BackupDamaged is raised where it is not whole."""
    with file.open("rb") as sealed:
        unsealed = io.BufferedReader(SealedReader(sealed, secret_key), 64 * 1024)
        with gzip.GzipFile(fileobj=unsealed, mode="rb") as packed:
            lines = _lines(packed)
            listed = _value(next(lines, b""))
            if not isinstance(listed, dict):
                raise BackupDamaged
            yield Contents([_shape(one) for one in listed["tables"]], lines)


def _lines(packed: gzip.GzipFile) -> Iterator[bytes]:
    try:
        yield from packed
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BackupDamaged from error


def _shape(listed: Any) -> Shape:
    name, columns, rows = listed
    return Shape(name, tuple((column, kind) for column, kind in columns), rows)


def _value(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise BackupDamaged from error
