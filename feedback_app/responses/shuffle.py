"""Writing the rows of a wave anew in random order, so that where they lie tells nothing.

PostgreSQL keeps rows in the order in which they were written (`ctid`) and marks each with its
transaction (`xmin`): a response and the invitation it answered would share both. After a shuffle every
row of the wave has one transaction in common and lies at random. SQLite keeps these tables sorted by
their random keys; there the new keys are what counts: no phone knows its response any more.
"""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app import forgetting
from feedback_app.database import Base
from feedback_app.invitations.models import Invitation
from feedback_app.responses.collect import begin_writing
from feedback_app.responses.models import Answer, Remark, RemarkCoding, RemarkTheme, Response

#: every table that a respondent's request writes, and what hangs on its rows; parents first
TOUCHED: tuple[type[Base], ...] = (Invitation, Response, Answer, Remark, RemarkTheme, RemarkCoding)
#: table → the column that says whose its rows are, and of which table
_OWNER = {
    "answers": ("response_id", "responses"),
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


def shuffle(session: Session, wave_key: str, *, new_keys: bool) -> None:
    """Rewrite the wave's rows in random order; with `new_keys` responses and remarks also get new keys.

    Call `lock` first. Flushes; the caller commits and then calls `forget`.
    """
    session.flush()
    aside = [_set_aside(session, model, wave_key) for model in TOUCHED]
    for table, copy in reversed(aside):
        _delete(session, table, copy)
    renamed = {"responses": _new_keys(session, "responses"), "remarks": _new_keys(session, "remarks")}
    for table, copy in aside:
        keys = renamed if new_keys else {}
        _put_back(session, table, copy, keys)
    for name in [*(copy for _, copy in aside), *renamed.values()]:
        session.execute(sa.text(f"DROP TABLE {name}"))
    session.expire_all()


def forget(session: Session) -> None:
    """Remove what the database file itself still remembers of the old rows (outside any transaction)."""
    forgetting.forget(session.get_bind().engine, [model.__tablename__ for model in TOUCHED], anew=False)


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


def _new_keys(session: Session, name: str) -> str:
    """A table old key → new key for the set-aside rows of one table."""
    if session.get_bind().dialect.name == "postgresql":
        random_key = "replace(gen_random_uuid()::text, '-', '')"
    else:
        random_key = "lower(hex(randomblob(16)))"
    keys = f"new_keys_{name}"
    statement = f"CREATE TEMPORARY TABLE {keys} AS SELECT id, {random_key} AS new_id FROM shuffled_{name}"  # noqa: S608
    session.execute(sa.text(statement))
    return keys


def _put_back(session: Session, table: sa.Table, copy: str, renamed: dict[str, str]) -> None:
    columns = [column.name for column in table.columns]
    own, parent = _OWNER.get(table.name, ("id", table.name))
    chosen = [f"c.{name}" for name in columns]
    join = ""
    if parent in renamed:
        chosen[columns.index(own)] = "k.new_id"
        join = f"JOIN {renamed[parent]} k ON k.id = c.{own}"
    session.execute(
        sa.text(
            f"INSERT INTO {table.name} ({', '.join(columns)}) "  # noqa: S608
            f"SELECT {', '.join(chosen)} FROM {copy} c {join} ORDER BY random()"
        )
    )
