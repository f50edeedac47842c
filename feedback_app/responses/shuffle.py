"""Writing the rows of a wave anew in random order, so that where they lie tells nothing.

PostgreSQL keeps rows in the order in which they were written (`ctid`) and marks each with its
transaction (`xmin`): a response and the invitation it answered would share both. After a shuffle every
row of the wave has one transaction in common and lies at random. SQLite keeps these tables sorted by
their random keys. This is the nightly shuffle of open waves; a wave that closes is rewritten (see `rewrite`).
"""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app import forgetting
from feedback_app.database import Base
from feedback_app.invitations.models import Invitation
from feedback_app.responses.collect import begin_writing
from feedback_app.responses.models import Remark, RemarkCoding, RemarkTheme, Response

#: every table that a respondent's request writes, and what hangs on its rows; parents first
TOUCHED: tuple[type[Base], ...] = (Invitation, Response, Remark, RemarkTheme, RemarkCoding)
#: table → the column that says whose its rows are, and of which table
_OWNER = {
    "remark_themes": ("remark_id", "remarks"),
    "remark_codings": ("remark_id", "remarks"),
}


def lock(session: Session) -> None:
    """Keep writers out until the transaction ends (readers go on)."""
    if session.get_bind().dialect.name == "postgresql":
        # in the order in which others write: who moderates touches themes first, then the remark
        order: list[type[Base]] = [*(model for model in TOUCHED if model is not Remark), Remark]
        names = ", ".join(model.__tablename__ for model in order)
        session.execute(sa.text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))
    else:
        begin_writing(session)  # SQLite has one writer at a time: from here on it is this one


def shuffle(session: Session, wave_key: str) -> None:
    """Rewrite the wave's rows in random order.

    Call `lock` first. Flushes; the caller commits and then calls `forget`.
    """
    session.flush()
    aside = [_set_aside(session, model, wave_key) for model in TOUCHED]
    for table, copy in reversed(aside):
        _delete(session, table, copy)
    for table, copy in aside:
        _put_back(session, table, copy)
        session.execute(sa.text(f"DROP TABLE {copy}"))
    session.expire_all()


def forget(session: Session, *, rewritten: bool = False) -> None:
    """Remove what the database file itself still remembers of the old rows (outside any transaction).

    rewritten: the tables are new files already, so that only the journal is left to forget.
    """
    tables = [] if rewritten else [model.__tablename__ for model in TOUCHED]
    forgetting.forget(session.get_bind().engine, tables, anew=False)


def _set_aside(session: Session, model: type[Base], wave_key: str) -> tuple[sa.Table, str]:
    table = Base.metadata.tables[model.__tablename__]
    copy = f"shuffled_{table.name}"
    if table.name in _OWNER:
        column, parent = _OWNER[table.name]
        where = f"{column} IN (SELECT id FROM {parent} WHERE wave_key = :wave)"  # noqa: S608
    else:
        where = "wave_key = :wave"
    statement = f"CREATE TEMPORARY TABLE {copy} AS SELECT * FROM {table.name} WHERE {where}"  # noqa: S608
    session.execute(sa.text(statement), {"wave": wave_key})
    return table, copy


def _delete(session: Session, table: sa.Table, copy: str) -> None:
    key = next(iter(table.primary_key)).name
    session.execute(sa.text(f"DELETE FROM {table.name} WHERE {key} IN (SELECT {key} FROM {copy})"))  # noqa: S608


def _put_back(session: Session, table: sa.Table, copy: str) -> None:
    columns = ", ".join(column.name for column in table.columns)
    session.execute(
        sa.text(f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM {copy} ORDER BY random()")  # noqa: S608
    )
