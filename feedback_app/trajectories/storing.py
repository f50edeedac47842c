"""Writing what was prepared into the database: rows in the order of their keys, and nothing else.

That is all that is done while others cannot write (SQLite has one writer at a time).
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.jobs import Progress
from feedback_app.trajectories.models import RUNNING, Activity, ImportBatch, Partner, Trajectory
from feedback_app.trajectories.prepared import ACTIVITY, END, PARTNER, TRAJECTORY, Prepared, Row
from feedback_app.trajectories.preparing import Preparation
from feedback_app.trajectories.spool import Spool

#: kB of pages that are kept while much is written, and else
_ROOMY, _USUAL = 16_000, 500


class Store:
    """Stores the accepted rows of a small list as part of a batch; flushes, does not commit."""

    def __init__(self, session: Session, batch: ImportBatch, day: date, region: str | None) -> None:
        self._session, self._batch, self._day, self._region = session, batch, day, region

    def store(self, spool: Spool, progress: Progress | None) -> int:
        """Write all, count it in the batch; how many partners are new."""
        made = Preparation(self._session, self._batch.id, self._day, self._region).of(spool, progress)
        count(self._batch, spool, made)
        write(self._session, made)
        self._session.flush()
        return made.count("partners")


def count(batch: ImportBatch, spool: Spool, made: Prepared) -> None:
    """Say in a batch what it brings."""
    batch.rows, batch.refused = spool.counts()
    batch.trajectories, batch.activities = made.count("trajectories"), made.count("activities")
    batch.ended = made.count("ends")
    batch.known = batch.rows - batch.refused - batch.activities


def write(session: Session, made: Prepared) -> None:
    """Write all; does not commit."""
    _insert(session, Partner.__table__, PARTNER, made.rows("partners"))
    _execute(session, "UPDATE partners SET kbo = {} WHERE id = {}", 2, made.rows("claims"))
    found_by = "UPDATE partners SET folded = folded || ' ' || kbo WHERE kbo = {} AND id = {}"
    _execute(session, found_by, 2, made.rows("claims"))
    _insert(session, Trajectory.__table__, TRAJECTORY, made.rows("trajectories"))
    told = ", ".join(f"{name} = {{}}" for name in END)
    end = f"UPDATE trajectories SET {told} WHERE id = {{}} AND outcome = '{RUNNING}'"  # noqa: S608
    _execute(session, end, len(END) + 1, made.rows("ends"))
    _insert(session, Activity.__table__, ACTIVITY, made.rows("activities"))


@contextmanager
def room(session: Session) -> Iterator[None]:
    """Let SQLite keep more pages in memory while much is written or deleted in one transaction."""
    if session.get_bind().dialect.name != "sqlite":
        yield
        return
    session.execute(sa.text(f"PRAGMA cache_size=-{_ROOMY}"))
    try:
        yield
    finally:
        session.execute(sa.text(f"PRAGMA cache_size=-{_USUAL}"))


def _insert(
    session: Session, table: sa.FromClause, columns: Sequence[str], parts: Iterable[list[Row]]
) -> None:
    places = ", ".join(["{}"] * len(columns))
    into = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608
    _execute(session, into, len(columns), parts)


def _execute(session: Session, statement: str, places: int, parts: Iterable[list[Row]]) -> None:
    """As the driver takes it: rows hold texts, as SQLite keeps days and PostgreSQL reads them."""
    connection = session.connection()
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    text = statement.format(*[mark] * places)
    for part in parts:
        connection.exec_driver_sql(text, part)
