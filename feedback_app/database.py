"""Engine, session, declarative base: what every table shares.

Two habits hold everywhere. Tables that respondents touch have random keys, and on SQLite no hidden
`rowid`: it would keep the order in which answers came in. And each rule is said in the database too,
as a constraint with a name.
"""

import secrets
import select
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Engine, ExceptionContext
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

T = TypeVar("T")

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of every model; its metadata is what migrations are compared with."""

    metadata = sa.MetaData(naming_convention=NAMING)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, always with its time zone: UTC going in, UTC coming out, on both databases."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


#: the values of a statement may be somebody's answers: no message and no log shows them
db = SQLAlchemy(engine_options={"hide_parameters": True})


def random_id() -> str:
    """A key that says nothing: 128 random bits in hexadecimal."""
    return secrets.token_hex(16)


def now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The calendar day in Flanders."""
    return datetime.now(ZoneInfo("Europe/Brussels")).date()


def months_before(day: date, months: int) -> str:
    """The month so many months before the one a day lies in, as `2026-03`."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return f"{year}-{month + 1:02}"


def in_chunks(values: Sequence[T], size: int = 500) -> Iterator[Sequence[T]]:
    """The values in pieces small enough for one `IN (…)` or one round of inserts."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def insert_into(session: Session, model: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT as this session's database writes it: it can say what becomes of a row that is there."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(model)
    return sqlite.insert(model)


def one_of(column: str, values: Iterable[str], name: str) -> sa.CheckConstraint:
    """A named CHECK that a text column holds one of a fixed set of codes."""
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=name)


#: seconds after which both ends give up on the other once its machine or the line between is gone
GONE_AFTER = 30
#: pages of SQLite's log after which a commit copies it into the file: so few that nobody waits long for it
LONG_LOG = 500
#: primary result codes of SQLite: READONLY, IOERR, CANTOPEN
_FILE_LOST = {8, 10, 14}
#: where PostgreSQL begins to repeat the row, or the key, that it refuses
_ROW = "\nDETAIL:"
_LINE = {"keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "4"}


def lines_to(url: sa.URL) -> dict[str, str]:
    """What a connection to PostgreSQL says of its line, unless the address says otherwise.

    A machine that is switched off says no goodbye. The server would keep its locks for two hours, and who
    waits for a server that is gone would wait as long.
    """
    server = " ".join(f"-c tcp_{name}={value}" for name, value in _LINE.items())
    server += f" -c tcp_user_timeout={GONE_AFTER * 1000}"
    wanted = {
        "connect_timeout": "10",
        "tcp_user_timeout": str(GONE_AFTER * 1000),
        "options": server,
        **_LINE,
    }
    return {name: value for name, value in wanted.items() if name not in url.query}


def has_lost_file(error: BaseException) -> bool:
    """Whether SQLite's file was taken from under a connection: read-only, an input error, not to be opened.

    It goes on failing when the disk is mended; a new connection finds the file as it is then.
    """
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _FILE_LOST


def tune_sqlite(engine: Engine) -> None:
    """Make SQLite durable, shared and forgetful: WAL, full sync, foreign keys, deleted content zeroed."""

    @event.listens_for(engine, "handle_error")
    def _begin_anew(context: ExceptionContext) -> None:
        if has_lost_file(context.original_exception):
            context.is_disconnect = True  # which is how a listener says it

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=30000",
            f"wal_autocheckpoint={LONG_LOG}",
            "secure_delete=ON",
            "cache_size=-500",  # kB for each connection; the system keeps the file in memory once, for all
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


def tune_postgresql(engine: Engine) -> None:
    """Replace connections whose server has gone before they are used, without asking it each time.

    What the server repeats of a row that it refuses is left out of errors: it would stand in a log.
    """

    @event.listens_for(engine, "handle_error")
    def _leave_rows_out(context: ExceptionContext) -> None:
        for error in (context.original_exception, context.sqlalchemy_exception):
            if error is not None and error.args:
                error.args = (str(error.args[0]).partition(_ROW)[0], *error.args[1:])

    @event.listens_for(engine, "checkout")
    def _listen(connection: Any, _record: object, _proxy: object) -> None:
        if has_hung_up(connection):
            raise sa.exc.InvalidatePoolError("the database server closed the connection")


def has_hung_up(connection: Any) -> bool:
    """Whether the server of an idle connection has gone.

    There is nothing to read of it, unless the other end closed it or said goodbye.
    """
    line = select.poll()
    line.register(connection.fileno(), select.POLLIN)
    return bool(line.poll(0))
