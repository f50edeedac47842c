"""Removing what a database's files still remember of rows that were destroyed or rewritten.

SQLite zeroes what it deletes (`secure_delete`), but its write-ahead log keeps recent pages, and a page that
was split keeps copies in its empty part until the file is written anew (`VACUUM`). PostgreSQL keeps old rows
until a table is rewritten, the old file until the next checkpoint, and every row once more in its write-ahead
log: a segment goes with the checkpoint after it was closed, if it is not recycled.
"""

import time
from collections.abc import Iterable, Iterator

import sqlalchemy as sa

#: how long PostgreSQL waits for whoever uses a table
PATIENCE = "5s"
#: seconds within which another connection has copied SQLite's log into the file, which many do now and then
COPIED_WITHIN = 5.0
_LOCK_NOT_AVAILABLE = "55P03"

_MAY = sa.text(
    "SELECT current_setting('wal_recycle') = 'off',"
    " has_function_privilege('pg_switch_wal()', 'EXECUTE'),"
    " pg_has_role('pg_checkpoint', 'USAGE')"
)


def forget(engine: sa.Engine, tables: Iterable[str], *, anew: bool = True) -> bool:
    """Remove what the files remember of these tables' old rows; outside any transaction.

    With `anew` SQLite's file is written anew, which keeps others from writing for a second per 100 MB or so.
    False when somebody read for so long that old pages had to stay: try again then. On PostgreSQL nobody can
    use a table as long as its rewriting waits for a reader, so that is not for long.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name != "postgresql":
            if anew:
                connection.execute(sa.text("VACUUM"))
            return _empty_log(connection)
        if not _rewrite(connection, tables):
            return False
        _off, may_switch, may_checkpoint = connection.execute(_MAY).one()
        if may_switch and may_checkpoint:
            connection.execute(sa.text("SELECT pg_switch_wal()"))
            connection.execute(sa.text("CHECKPOINT"))
    return True


def _empty_log(connection: sa.Connection) -> bool:
    """Whether SQLite's log is empty now; False when somebody read all the time.

    SQLite waits for readers (`busy_timeout`); where somebody else copies the log it refuses at once.
    """
    until = time.monotonic() + COPIED_WITHIN
    while connection.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)")).one()[0]:
        if time.monotonic() >= until:
            return False
        time.sleep(0.05)
    return True


def _rewrite(connection: sa.Connection, tables: Iterable[str]) -> bool:
    connection.execute(sa.text(f"SET lock_timeout = '{PATIENCE}'"))
    try:
        for table in tables:
            connection.execute(sa.text(f"VACUUM FULL {table}"))
    except sa.exc.OperationalError as error:
        if getattr(error.orig, "sqlstate", "") != _LOCK_NOT_AVAILABLE:
            raise
        return False
    finally:
        connection.execute(sa.text("RESET lock_timeout"))
    return True


def remembering(engine: sa.Engine) -> Iterator[str]:
    """Why this server keeps copies of what was destroyed, each with the remedy; nothing on SQLite."""
    if engine.dialect.name != "postgresql":
        return
    with engine.connect() as connection:
        unrecycled, may_switch, may_checkpoint = connection.execute(_MAY).one()
        user = connection.scalar(sa.text("SELECT current_user"))
    if not unrecycled:
        yield (
            "PostgreSQL reuses files of its write-ahead log, with destroyed contact data in them:"
            " ALTER SYSTEM SET wal_recycle = off; ALTER SYSTEM SET wal_init_zero = off;"
            " SELECT pg_reload_conf();"
        )
    if not (may_switch and may_checkpoint):
        yield (
            "the write-ahead log keeps destroyed contact data until its next checkpoints:"
            f' GRANT pg_checkpoint TO "{user}"; GRANT EXECUTE ON FUNCTION pg_switch_wal() TO "{user}";'
        )
