"""The few statements that every respondent waits for, or that read whole waves, sent straight to a driver."""

import fcntl
import itertools
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary, WeakSet, finalize

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import PoolProxiedConnection

from feedback_app.database import LONG_LOG, has_hung_up, has_lost_file


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
            made = self._clause.compile(dialect=named, compile_kwargs={"render_postcompile": True})
            fixed = {name: value for name, value in made.params.items() if value is not None}
            found = self._written[dialect.name] = str(made), fixed
        return found

    def numbered(self, dialect: sa.Dialect) -> tuple[str, list[str]]:
        """Its SQL as the server of PostgreSQL reads it (`$1`), and the name of each value in their order."""
        numbering = type(dialect)(paramstyle="numeric_dollar")  # type: ignore[call-arg]
        made = self._clause.compile(dialect=numbering)
        assert isinstance(made, sa.sql.compiler.SQLCompiler) and made.positiontup is not None
        return str(made), list(made.positiontup)


class Channel:
    """A database connection on which statements are sent as they are.

    Errors are SQLAlchemy's, without values. Who listens to SQLAlchemy's cursors hears these statements too.
    """

    def __init__(self, engine: Engine, connection: PoolProxiedConnection) -> None:
        self.dialect = engine.dialect
        self._engine = engine
        self._connection = connection
        # Planning them takes PostgreSQL three times as long as doing them.
        self._ways = {"prepare": True} if engine.dialect.name == "postgresql" else {}

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

    def pieces(self, statement: Statement, size: int) -> Iterator[list[Any]]:
        """All rows, as lists of at most so many tuples: for those who read a million."""
        sql, values = statement.on(self.dialect)
        # PostgreSQL sends all rows at once, unless it keeps a cursor of its own
        named = {"name": "pieces"} if self.dialect.name == "postgresql" else {}
        cursor: Any = self._connection.cursor(**named)
        self._tell(sql, [values], cursor)
        with _errors(self.dialect, self._connection):
            cursor.execute(sql, values)
        while rows := cursor.fetchmany(size):
            yield rows
        cursor.close()

    def run(self, statement: Statement, *rows: Mapping[str, Any]) -> int:
        """Execute a statement that gives no row, with each of these values; how many rows it wrote in all."""
        cursor = self._send(statement, *rows)
        written: int = cursor.rowcount
        cursor.close()
        return written

    def commit(self) -> None:
        """When this returns, everything is on disk."""
        with _errors(self.dialect, self._connection):
            self._connection.commit()

    def _send(self, statement: Statement, *rows: Mapping[str, Any]) -> Any:
        sql, fixed = statement.on(self.dialect)
        cursor: Any = self._connection.cursor()
        values = [{**fixed, **row} for row in rows]
        self._tell(sql, values, cursor)
        with _errors(self.dialect, self._connection):
            if len(values) == 1:
                cursor.execute(sql, values[0], **self._ways)
            else:
                cursor.executemany(sql, values)
        return cursor

    def _tell(self, sql: str, values: list[dict[str, Any]], cursor: Any = None) -> None:
        for listener in self._engine.dispatch.before_cursor_execute:
            connection = sa.Connection(self._engine, self._connection)
            listener(connection, cursor, sql, values, None, len(values) > 1)


def _connect(engine: Engine) -> PoolProxiedConnection:
    with _errors(engine.dialect):
        return engine.raw_connection()


@contextmanager
def _errors(dialect: sa.Dialect, connection: PoolProxiedConnection | None = None) -> Iterator[None]:
    """The driver's errors as SQLAlchemy's own, without values; a connection that is lost goes."""
    kinds = dialect.loaded_dbapi.Error
    try:
        yield
    except kinds as error:
        gone = dialect.is_disconnect(error, connection, None) if connection is not None else False
        lost = gone or has_lost_file(error)
        if connection is not None and lost:
            connection.invalidate(error)
        raise sa.exc.DBAPIError.instance(
            None,
            None,
            error,
            kinds,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=dialect,
        ) from error


@contextmanager
def writing(engine: Engine) -> Iterator[Channel]:
    """A connection for one transaction; what is not committed is undone."""
    with write_turn(engine):
        connection = _connect(engine)
        try:
            yield Channel(engine, connection)
        finally:
            connection.close()


@contextmanager
def writing_once(engine: Engine) -> Iterator[Channel]:
    """As `writing`; on PostgreSQL each statement is a transaction of its own, on disk when it was sent."""
    with reading(engine) if engine.dialect.name == "postgresql" else writing(engine) as channel:
        yield channel


class _Queue:
    """Lets those who write to one SQLite file go one after the other, in the order in which they came.

    SQLite has one writer at a time, and who finds it busy sleeps and looks again, longer each time: most of
    the time nobody writes. It is a courtesy, not a lock: should something else keep the file busy for long,
    those who come later wait for the file alone.
    """

    def __init__(self, database: str) -> None:
        self._mine = threading.Lock()  # between threads
        self._file = os.open(
            f"{database}-turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )  # between workers

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn, two seconds at most behind other threads."""
        if not self._mine.acquire(timeout=2):
            yield
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)
            self._mine.release()


@lru_cache(maxsize=8)
def _queue(database: str, _process: int) -> _Queue:
    return _Queue(database)


def write_turn(engine: Engine) -> AbstractContextManager[None]:
    """One's turn among those who write to a SQLite file; on PostgreSQL everybody has theirs at once.

    For what a respondent waits for, and for work that writes much while they come: who stands in this line
    goes on the moment the file is free. Nothing may have been written yet, and the work commits before it
    ends.
    """
    database = engine.url.database
    if engine.dialect.name != "sqlite" or database is None:
        return nullcontext()
    try:
        return _queue(database, os.getpid()).turn()
    except OSError:  # the folder is gone, or full: the database says so in its own words
        return nullcontext()


@contextmanager
def bulk_turn(session: Session, *, large: bool = False) -> Iterator[None]:
    """As `write_turn`, for work that writes much and commits in it; `large`: hundreds of pages at once.

    Nothing may wait in the session to be written.
    """
    engine = session.get_bind().engine
    if engine.dialect.name != "sqlite":
        yield
        return
    connection = session.connection().connection
    driver: Any = connection.driver_connection  # after the commit the session has let go of it
    with write_turn(engine):
        with _errors(engine.dialect, connection):
            driver.execute("PRAGMA wal_autocheckpoint=0")
        try:
            yield
        finally:
            with suppress(sqlite3.Error):  # a file that was lost says so in the error that is under way
                driver.execute(f"PRAGMA wal_autocheckpoint={LONG_LOG}")
    if large or not next(_pieces) % _TIDIED:
        _tidy(driver)


_pieces = itertools.count(1)
#: pieces of larger work after which SQLite's log is copied into the file: some five hundred pages
_TIDIED = 4


def _tidy(connection: Any) -> None:
    """Copy SQLite's log into its file, while others go on reading and writing.

    SQLite does it by itself within the commit that finds the log long (`LONG_LOG`), and who stands in line
    waits for that as well: some milliseconds after answers, some tenths of a second after a list. Nothing
    depends on it: what matters is stored.
    """
    with suppress(sqlite3.Error):
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").close()


@contextmanager
def reading(engine: Engine) -> Iterator[Channel]:
    """A connection for single SELECTs; on PostgreSQL each is one round trip, without BEGIN and ROLLBACK."""
    if engine.dialect.name == "postgresql":
        yield _lines(engine).mine(engine)
        return
    connection = _connect(engine)  # on SQLite a SELECT begins no transaction
    try:
        yield Channel(engine, connection)
    finally:
        connection.close()


class Line(Channel):
    """A connection of PostgreSQL on which each statement that gives a row is a transaction of its own.

    What psycopg does around a statement takes half as long as the statement; here libpq is asked directly.
    After an error it is over: the next statement gets another one.
    """

    def __init__(self, engine: Engine) -> None:
        from psycopg import adapt, errors, pq  # here, not above: who uses SQLite has no need of it

        connection = _connect(engine)
        driver: Any = connection.dbapi_connection
        connection.detach()
        driver.autocommit = True
        super().__init__(engine, connection)
        self._driver = driver
        self._prepared: dict[Statement, tuple[bytes, list[str]]] = {}
        self._values_of, self._as_text = adapt.Transformer, adapt.PyFormat.TEXT
        self._error_of, self._code = errors.error_from_result, pq.DiagnosticField.SQLSTATE
        finalize(self, driver.close)  # with its thread

    @property
    def over(self) -> bool:
        """Whether it can be used no more."""
        return bool(self._driver.closed) or has_hung_up(self._driver)

    def close(self) -> None:
        """Let go of the connection."""
        self._driver.close()

    def first(self, statement: Statement, values: Mapping[str, Any]) -> Any:
        sql, fixed = statement.on(self.dialect)
        whole = {**fixed, **values}
        self._tell(sql, [whole])
        with _errors(self.dialect, self._connection):
            try:
                return self._first(statement, whole)
            except self.dialect.loaded_dbapi.Error:
                self.close()
                raise

    def commit(self) -> None:
        """What was sent is on disk already."""

    def _first(self, statement: Statement, values: Mapping[str, Any]) -> Any:
        server, data = self._driver.pgconn, self._values_of(self._driver)
        name, places = self._prepared.get(statement) or self._prepare(statement)
        sent = data.dump_sequence([values[place] for place in places], [self._as_text] * len(places))
        result = server.exec_prepared(name, sent, data.formats)
        if result.error_message:
            raise self._refusal(result)
        data.set_pgresult(result)
        rows = data.load_rows(0, result.ntuples, tuple)
        return rows[0] if rows else None

    def _prepare(self, statement: Statement) -> tuple[bytes, list[str]]:
        """Have it planned once; gives its name there, and of each place the name of its value."""
        sql, places = statement.numbered(self.dialect)
        name = f"line_{len(self._prepared)}".encode()
        result = self._driver.pgconn.prepare(name, sql.encode())
        if result.error_message:
            raise self._refusal(result)
        self._prepared[statement] = name, places
        return name, places

    def _refusal(self, result: Any) -> Exception:
        """The server's error; without its code it is none of the server's: the line to it is broken."""
        found: Exception = self._error_of(result)
        if result.error_field(self._code):
            return found
        lost: Exception = self.dialect.loaded_dbapi.OperationalError(*found.args)
        return lost


class _Lines:
    """Keeps one line for each thread, until the engine lets go of its connections.

    To borrow one from the pool and bring it back would take nearly as long as the look-up itself.
    """

    def __init__(self, engine: Engine) -> None:
        self._own = threading.local()
        self._all: WeakSet[Line] = WeakSet()
        sa.event.listen(engine, "engine_disposed", self._close)

    def mine(self, engine: Engine) -> Line:
        line: Line | None = getattr(self._own, "line", None)
        if line is None or line.over:
            line = self._own.line = Line(engine)
            self._all.add(line)
        return line

    def _close(self, _engine: Engine) -> None:
        self._own = threading.local()
        for line in list(self._all):
            line.close()


_every_line: WeakKeyDictionary[Engine, _Lines] = WeakKeyDictionary()
_one_at_a_time = threading.Lock()


def _lines(engine: Engine) -> _Lines:
    found = _every_line.get(engine)
    if found is None:
        with _one_at_a_time:
            found = _every_line.get(engine) or _every_line.setdefault(engine, _Lines(engine))
    return found
