"""Writing everything in the database into one sealed file, while people answer and the worker works.

All of it is of one moment: a read transaction on SQLite, whose write-ahead log lets others write meanwhile;
`REPEATABLE READ` on PostgreSQL. There every table is locked against being emptied before that moment is
fixed (`ACCESS SHARE`, which stops neither readers nor writers): a closing wave empties and fills tables, and
a snapshot of before would find them empty.
"""

import gzip
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa

from feedback_app.backup.rows import Shape, rows_of, shape_of, tables
from feedback_app.backup.sealing import Header, SealedWriter, new_salt, secret_name
from feedback_app.database import now
from feedback_app.settings import Settings
from feedback_app.trajectories.contacts import key_name

#: how long a backup waits for a wave that is closing, or for the night's rewriting of tables
PATIENCE = "300s"
#: lock_not_available, deadlock_detected
_NOT_NOW = ("55P03", "40P01")
_REPORT_EVERY = 500
_STRUCTURE = sa.text("SELECT version_num FROM alembic_version")

Progress = Callable[[int, int, str], None]


class NotNow(Exception):
    """Somebody rewrites the tables, or moves the structure, so that no moment could be fixed."""


@dataclass(frozen=True)
class Taken:
    """What was written: how many rows of how many tables, and how large the file is."""

    rows: int
    tables: int
    size: int


def take(
    engine: sa.Engine, settings: Settings, file: Path, software: str, structure: str, progress: Progress
) -> Taken:
    """Write the backup; it bears its name only once it is whole and on disk.

    Raises OSError when it cannot be written, NotNow when the database has no time for it.
    """
    header = Header(
        made_at=now().isoformat(timespec="seconds"),
        software=software,
        structure=structure,
        secret_key=secret_name(settings.secret_key),
        contact_keys=tuple(map(key_name, settings.contact_keys)),
        salt=new_salt(),
    )
    with _whole_or_not_at_all(file) as partial:
        writer = SealedWriter(partial, settings.secret_key, header)
        with gzip.GzipFile(fileobj=writer, mode="wb", mtime=0) as packed, _moment(engine) as connection:
            if connection.scalar(_STRUCTURE) != structure:  # migrated since that was looked up
                raise NotNow
            shapes = _write(connection, packed, progress)
        writer.finish()
    return Taken(sum(one.rows for one in shapes), len(shapes), file.stat().st_size)


def _write(connection: sa.Connection, packed: gzip.GzipFile, progress: Progress) -> list[Shape]:
    """First what there is, then row after row, then that this was all."""
    kept = tables()
    counts = [connection.scalars(sa.select(sa.func.count()).select_from(one)).one() for one in kept]
    shapes = [shape_of(table, count) for table, count in zip(kept, counts, strict=True)]
    _line(packed, {"tables": [[one.name, one.columns, one.rows] for one in shapes]})
    done, total = 0, sum(counts)
    for table, shape in zip(kept, shapes, strict=True):
        before = done
        for row in rows_of(connection, table, shape):
            _line(packed, row)
            done += 1
            if done % _REPORT_EVERY == 0:
                progress(done, total, table.name)
        if done - before != shape.rows:
            raise RuntimeError(f"{table.name}: {shape.rows} rows became {done - before}")
    progress(total, total, "")
    _line(packed, {"rows": total})
    return shapes


def _line(packed: gzip.GzipFile, value: Any) -> None:
    packed.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8") + b"\n")


@contextmanager
def _moment(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection that sees the database as it is now, however long that is looked at."""
    if engine.dialect.name != "postgresql":
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")  # the driver by itself begins with what writes only
            yield connection
        return
    with engine.connect() as plain:
        connection = plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        names = ", ".join(sorted(table.name for table in tables()))
        try:
            connection.execute(sa.text(f"SET LOCAL lock_timeout = '{PATIENCE}'"))
            connection.execute(sa.text(f"LOCK TABLE {names} IN ACCESS SHARE MODE"))
        except sa.exc.OperationalError as error:
            if getattr(error.orig, "sqlstate", "") not in _NOT_NOW:
                raise
            raise NotNow from error
        yield connection


@contextmanager
def _whole_or_not_at_all(file: Path) -> Iterator[BinaryIO]:
    """A file for nobody else's eyes beside the wanted one, which takes its name once it is on disk."""
    partial = file.with_name(f".{file.name}.{secrets.token_hex(4)}.partial")
    opened = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(opened, "wb") as writing:
            yield writing
            writing.flush()
            os.fsync(writing.fileno())
        if file.exists():  # somebody else made one meanwhile
            raise FileExistsError(17, "there is a file of this name already", str(file))
        partial.rename(file)
        _keep_name(file.parent)
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()


def _keep_name(folder: Path) -> None:
    """Have the folder's own entry on disk too, so that a power cut takes neither file nor name."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    except OSError:
        pass  # some network shares know no such thing
    finally:
        os.close(opened)
