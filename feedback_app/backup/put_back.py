"""Putting a backup back into an empty place: all of it or nothing, in one transaction.

The structure comes from the migrations, at the revision the backup was made at, so that a newer version reads
every older backup and then migrates it like any database. Rows go in with every rule of the database at work:
keys, foreign keys, checks, and the triggers that keep final editions.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

from feedback_app import schema
from feedback_app.backup.hold_back import HeldBack, hold_back, pause_at_once
from feedback_app.backup.read import Contents, opened
from feedback_app.backup.rows import Row, Shape, readers
from feedback_app.database import today
from feedback_app.settings import Settings
from feedback_app.staff.audit import record

Progress = Callable[[int, int, str], None]

#: what is no data of ours: the mark of the structure, and the queue's own tables
_NOT_DATA = ("alembic_version", "huey_")


class NotEmpty(Exception):
    """There is data where the backup is to go; the message names a table that holds some."""


class DoesNotFit(Exception):
    """The database refuses what is in the backup; nothing was stored."""


class StructureStays(Exception):
    """Everything is stored, but could not be brought to this version's structure."""


def require_empty(engine: sa.Engine) -> None:
    """Raise NotEmpty where any table holds a row."""
    with engine.connect() as connection:
        for name in sorted(sa.inspect(connection).get_table_names()):
            if name.startswith(_NOT_DATA):
                continue
            if connection.execute(sa.select(sa.text("1")).select_from(sa.table(name)).limit(1)).first():
                raise NotEmpty(name)


def put_back(
    engine: sa.Engine, settings: Settings, file: Path, structure: str, *, moving: bool, progress: Progress
) -> HeldBack:
    """Store everything that is in a backup; with `moving` messages that are due still go out.

    Call `require_empty` first. Raises BackupDamaged, DoesNotFit (nothing stored) or StructureStays.
    """
    _make_structure(structure)
    newest = structure == schema.newest()
    with opened(file, settings.secret_key) as contents, engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        _store(connection, contents, progress)
        if not moving:
            pause_at_once(connection, today())
        if newest:
            return _settle(Session(bind=connection), settings, contents, structure, moving)
    try:
        _in_own_context(schema.upgrade)
    except sa.exc.SQLAlchemyError as error:
        raise StructureStays(str(getattr(error, "orig", error)).splitlines()[0]) from error
    return _settle(Session(bind=engine), settings, contents, structure, moving)


def _settle(
    session: Session, settings: Settings, contents: Contents, structure: str, moving: bool
) -> HeldBack:
    """What has to be true before anything is served or sent; together with the rows where that can be."""
    with session:
        held = HeldBack() if moving else hold_back(session, settings, today())
        record(session, "backup.restored", account=None, rows=contents.total, structure=structure)
        session.commit()
    return held


def _make_structure(structure: str) -> None:
    """Tables without rows, as they were when the backup was made."""
    there = _in_own_context(schema.current)
    move = schema.downgrade if schema.is_newer(there, structure) else schema.upgrade
    if there != structure:
        _in_own_context(lambda: move(structure))


def _in_own_context(act: Callable[[], Any]) -> Any:
    """Alembic keeps its connection, and a transaction on it, until the application's context ends."""
    with current_app._get_current_object().app_context():  # type: ignore[attr-defined]
        return act()


def _store(connection: sa.Connection, contents: Contents, progress: Progress) -> None:
    waiting = _let_wait(connection, contents.shapes)
    done = 0
    for shape in contents.shapes:
        for rows in _some(_as_driver_has_it(connection, shape, contents.rows(shape)), shape.at_once):
            try:
                _insert(connection, shape, rows)
            except (sa.exc.SQLAlchemyError, psycopg.Error, sqlite3.Error) as error:
                raise DoesNotFit(f"{shape.name}: {_reason(error)}") from error
            done += len(rows)
            progress(done, contents.total, shape.name)
    contents.finish()
    try:
        waiting()
    except (sa.exc.SQLAlchemyError, psycopg.Error) as error:
        raise DoesNotFit(_reason(error)) from error


def _reason(error: Exception) -> str:
    """What is wrong, without any value of a row."""
    kind = getattr(error, "orig", None) or error
    return type(kind).__name__


def _some(rows: Iterable[Row], many: int) -> Iterator[list[Row]]:
    here = iter(rows)
    while piece := list(islice(here, many)):
        yield piece


def _as_driver_has_it(connection: sa.Connection, shape: Shape, rows: Iterable[Row]) -> Iterator[Row]:
    made = readers(shape, connection.dialect.name)
    for row in rows:
        yield [
            read(value) if read and value is not None else value
            for read, value in zip(made, row, strict=True)
        ]


def _insert(connection: sa.Connection, shape: Shape, rows: list[Row]) -> None:
    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(quote(name) for name, _kind in shape.columns)
    if connection.dialect.name == "sqlite":
        places = ", ".join("?" * len(shape.columns))
        statement = f"INSERT INTO {quote(shape.name)} ({names}) VALUES ({places})"  # noqa: S608
        connection.exec_driver_sql(statement, [tuple(row) for row in rows])
        return
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {quote(shape.name)} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _let_wait(connection: sa.Connection, shapes: list[Shape]) -> Callable[[], None]:
    """Let foreign keys to rows that come later be checked at the end; gives what checks them.

    Within a table rows come in the order of their keys, so that one may refer to a later one.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")  # until the commit, which checks
        return lambda: _check_sqlite(connection)
    quote = connection.dialect.identifier_preparer.quote
    inspector, seen, late = sa.inspect(connection), set[str](), []
    for shape in shapes:
        for key in inspector.get_foreign_keys(shape.name):
            if key["referred_table"] not in seen:
                late.append((quote(shape.name), quote(key["name"] or "")))
        seen.add(shape.name)
    for table, name in late:
        rule = f"ALTER TABLE {table} ALTER CONSTRAINT {name} "
        connection.exec_driver_sql(rule + "DEFERRABLE INITIALLY DEFERRED")

    def check() -> None:
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        for table, name in late:
            connection.exec_driver_sql(f"ALTER TABLE {table} ALTER CONSTRAINT {name} NOT DEFERRABLE")

    return check


def _check_sqlite(connection: sa.Connection) -> None:
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise DoesNotFit("a row refers to one that is not there")
