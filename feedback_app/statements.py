"""The few statements that every respondent waits for, sent straight to the database's driver."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import PoolProxiedConnection


class Statement:
    """A statement written out once for each kind of database, for the few that every respondent waits for.

    SQLAlchemy says it, so it is one wording with the models; in a request only the driver is asked. What
    SQLAlchemy does around each execution would cost several times the look-up itself.
    """

    def __init__(self, clause: sa.ClauseElement) -> None:
        self._clause = clause
        self._written: dict[str, tuple[str, dict[str, Any]]] = {}

    def on(self, dialect: sa.Dialect) -> tuple[str, dict[str, Any]]:
        """Its SQL with named parameters, and the values that are always the same."""
        found = self._written.get(dialect.name)
        if found is None:
            named = pysqlite.dialect(paramstyle="named") if dialect.name == "sqlite" else dialect
            made = self._clause.compile(dialect=named)
            fixed = {name: value for name, value in made.params.items() if value is not None}
            found = self._written[dialect.name] = str(made), fixed
        return found


class Channel:
    """A database connection on which statements are sent as they are.

    Errors are SQLAlchemy's, without values. Who listens to SQLAlchemy's cursors hears these statements too.
    """

    def __init__(self, engine: Engine, connection: PoolProxiedConnection) -> None:
        self.dialect = engine.dialect
        self._engine = engine
        self._connection = connection

    @classmethod
    def within(cls, session: Session) -> "Channel":
        """In the transaction of a session."""
        return cls(session.get_bind().engine, session.connection().connection)

    def first(self, statement: Statement, values: Mapping[str, Any]) -> Any:
        """The first row as a tuple, or None; for a statement that gives rows."""
        cursor = self._send(statement, values)
        row = cursor.fetchone()
        cursor.close()
        return row

    def run(self, statement: Statement, *rows: Mapping[str, Any]) -> None:
        """Execute a statement that gives no row, with each of these values."""
        self._send(statement, *rows).close()

    def commit(self) -> None:
        """When this returns, everything is on disk."""
        with self._errors():
            self._connection.commit()

    def _send(self, statement: Statement, *rows: Mapping[str, Any]) -> Any:
        sql, fixed = statement.on(self.dialect)
        cursor: Any = self._connection.cursor()
        values = [{**fixed, **row} for row in rows]
        for listener in self._engine.dispatch.before_cursor_execute:
            connection = sa.Connection(self._engine, self._connection)
            listener(connection, cursor, sql, values, None, len(values) > 1)
        with self._errors():
            if len(values) == 1:
                cursor.execute(sql, values[0])
            else:
                cursor.executemany(sql, values)
        return cursor

    @contextmanager
    def _errors(self) -> Iterator[None]:
        kinds = self.dialect.loaded_dbapi.Error
        try:
            yield
        except kinds as error:
            lost = self.dialect.is_disconnect(error, self._connection, None)
            if lost:
                self._connection.invalidate(error)
            raise sa.exc.DBAPIError.instance(
                None,
                None,
                error,
                kinds,
                hide_parameters=True,
                connection_invalidated=lost,
                dialect=self.dialect,
            ) from error


@contextmanager
def writing(engine: Engine) -> Iterator[Channel]:
    """A connection for one transaction; what is not committed is undone."""
    with _turn(engine):
        connection = engine.raw_connection()
        try:
            yield Channel(engine, connection)
        finally:
            connection.close()


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    """Let the threads of this process write to SQLite one after the other.

    It has one writer at a time, and who finds it busy sleeps and looks again, longer each time: a queue
    wastes nothing. Should something else keep the file busy for long, all wait for the file alone.
    """
    if engine.dialect.name != "sqlite":
        yield
        return
    lock = _lock(engine)
    mine = lock.acquire(timeout=2)
    try:
        yield
    finally:
        if mine:
            lock.release()


@lru_cache(maxsize=8)
def _lock(_engine: Engine) -> threading.Lock:
    return threading.Lock()


@contextmanager
def reading(engine: Engine) -> Iterator[Channel]:
    """A connection for single SELECTs: on PostgreSQL one round trip each, without BEGIN and ROLLBACK."""
    connection = engine.raw_connection()
    driver: Any = connection.dbapi_connection
    apart = engine.dialect.name == "postgresql"  # on SQLite a SELECT begins no transaction
    if apart:
        driver.autocommit = True
    try:
        yield Channel(engine, connection)
    finally:
        if apart and not driver.closed:
            driver.autocommit = False
        connection.close()
