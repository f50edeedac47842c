"""Writing every table that respondents touch anew when a wave closes, in an order drawn by lot.

Row by row, a million responses with nine million answers would be deleted and inserted again, each with a
look-up for every foreign key and index. Here whole tables are filled from one sorted SELECT each, and their
indexes and foreign keys are made afterwards. Nothing of the old rows is left in the new files, so these need
no further rewriting; see `shuffle` for why order and transaction marks have to go.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.database import Base
from feedback_app.responses.cells import CELLS, FEATURES, KEYS, analyze, in_new_order, renewed, written
from feedback_app.responses.models import Remark, Response
from feedback_app.responses.shuffle import TOUCHED

#: how often, and for how long each, PostgreSQL waits for whoever still reads
ATTEMPTS, PATIENCE = 12, "5s"
#: lock_not_available, deadlock_detected
_NOT_NOW = ("55P03", "40P01")
#: kB that SQLite may keep of a file, and PostgreSQL for one sort or one index, while a wave closes
_SQLITE_CACHE, _SORTING, _INDEXING = 65_536, "64MB", "256MB"

_RESPONSES, _REMARKS = (Base.metadata.tables[one.__tablename__] for one in (Response, Remark))


def _by_lot(name: str, *more: sa.Column[int]) -> sa.Table:
    """A temporary table of old and new keys; `place` numbers them in the order of the new ones."""
    return sa.Table(
        name,
        sa.MetaData(),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("id", sa.String(32)),
        sa.Column("new_id", sa.String(32)),
        *more,
        prefixes=["TEMPORARY"],
    )


_LOTS = _by_lot("closing_lots", sa.Column("cell", sa.Integer))
_REMARK_LOTS = _by_lot("closing_remark_lots")
#: the name of what has new keys → the table that knows them
Renamed = Mapping[str, sa.Table]
#: for PostgreSQL's planner, which would sort words where it can hash, and compile what runs once
_PLANS = ("enable_mergejoin", "jit")


class TablesInUse(RuntimeError):
    """Somebody reads these tables for so long that they cannot be rewritten now."""


def prepare(session: Session) -> None:
    """Give this transaction's connection the room that a million responses ask for; call before it writes.

    On SQLite the connection goes with the transaction, and does not check foreign keys meanwhile: it would
    look up each answer's response, and delete all answers with the table of their responses.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text(f"SET LOCAL work_mem = '{_SORTING}'"))
        session.execute(sa.text(f"SET LOCAL maintenance_work_mem = '{_INDEXING}'"))
        for name in _PLANS:
            session.execute(sa.text(f"SET LOCAL {name} = off"))
        return
    session.connection().detach()
    for database in ("main", "temp"):
        session.execute(sa.text(f"PRAGMA {database}.cache_size = -{_SQLITE_CACHE}"))
    session.execute(sa.text("PRAGMA foreign_keys = OFF"))
    if session.scalar(sa.text("PRAGMA foreign_keys")):
        raise RuntimeError("a wave is closed in a transaction of its own")


def rewrite(session: Session, wave_key: str) -> None:
    """Write all tables anew: this wave's responses with the features of their cells, with new keys.

    Call `prepare`, `shuffle.lock` and `sort_into_cells` first. Raises TablesInUse. Flushes, does not commit.
    """
    session.flush()
    embedded = session.get_bind().dialect.name != "postgresql"
    lots = {_REMARK_LOTS: sa.select(_REMARKS.c.id, renewed(session, _REMARKS, wave_key).label("new_id"))}
    if embedded:  # PostgreSQL has those of responses in this order already
        lots[_LOTS] = sa.select(KEYS.c.id, KEYS.c.new_id, KEYS.c.cell)
    for table, keys in lots.items():
        table.create(session.connection())
        columns = [one.name for one in table.columns if one.name != "place"]
        session.execute(table.insert().from_select(columns, in_new_order(session, keys)))
        analyze(session, table.name)
    renamed = {_RESPONSES.name: _LOTS if embedded else KEYS, _REMARKS.name: _REMARK_LOTS}
    tables = [Base.metadata.tables[model.__tablename__] for model in TOUCHED]
    if embedded:
        for table in tables:
            _beside(session, table, renamed)
    else:
        _in_place(session, tables, renamed)
    for table in lots:
        table.drop(session.connection())
    session.expire_all()


def _anew(table: sa.Table, renamed: Renamed) -> sa.Select[tuple[object, ...]]:
    """Every row of a table as it is to be written, in the order drawn by lot."""
    if table is _RESPONSES:
        lots = renamed[table.name]
        features = [CELLS.c[name] for name in FEATURES]
        columns = {**dict(zip(FEATURES, features, strict=True)), "id": lots.c.new_id}
        joined = sa.select(*(columns[one.name] for one in table.columns)).join_from(
            lots, CELLS, CELLS.c.cell == lots.c.cell
        )
        return joined.order_by(lots.c.place)
    for column, keys in _with_new_keys(table, renamed):
        chosen = [keys.c.new_id if one is column else one for one in table.columns]
        return sa.select(*chosen).join_from(keys, table, column == keys.c.id).order_by(keys.c.place)
    return sa.select(*table.columns).order_by(*table.primary_key)  # its keys are random and stay


def _with_new_keys(table: sa.Table, renamed: Renamed) -> Iterable[tuple[sa.Column[object], sa.Table]]:
    """The column of a table that holds a key that changes: its own, or that of what it belongs to."""
    if table.name in renamed:
        yield table.c.id, renamed[table.name]
    for key in table.foreign_keys:
        if key.column.table.name in renamed:
            yield key.parent, renamed[key.column.table.name]


def _check(table: sa.Table, before: int, after: int) -> None:
    if before != after:
        raise RuntimeError(f"{table.name}: {before} rows became {after}")


def _count(session: Session, table: sa.FromClause) -> int:
    return session.scalars(sa.select(sa.func.count()).select_from(table)).one()


# --- SQLite ---------------------------------------------------------------------------------------


def _beside(session: Session, table: sa.Table, renamed: Renamed) -> None:
    """Fill a second table and let it take the first one's place."""
    rows = "SELECT type, sql FROM sqlite_master WHERE tbl_name = :name AND sql IS NOT NULL"
    found = session.execute(sa.text(rows), {"name": table.name}).all()
    (made,) = (sql for kind, sql in found if kind == "table")
    name = f"rewritten_{table.name}"
    session.execute(sa.text(re.sub(rf'^CREATE TABLE "?{table.name}"?', f"CREATE TABLE {name}", made)))
    beside = sa.table(name, *(sa.column(one.name) for one in table.columns))
    before = _count(session, table)
    if any(_with_new_keys(table, renamed)):
        filled = beside.insert().from_select([one.name for one in table.columns], _anew(table, renamed))
        _check(table, before, written(session, filled))
    else:
        # its keys are random and stay: written so, SQLite copies rows and indexes in their order, unread
        session.execute(sa.text(f"INSERT INTO {name} SELECT * FROM {table.name}"))  # noqa: S608
        _check(table, before, _count(session, beside))
    session.execute(sa.text(f"DROP TABLE {table.name}"))
    session.execute(sa.text(f"ALTER TABLE {name} RENAME TO {table.name}"))
    for kind, sql in found:
        if kind != "table":
            session.execute(sa.text(sql))


# --- PostgreSQL -----------------------------------------------------------------------------------


def _in_place(session: Session, tables: Sequence[sa.Table], renamed: Renamed) -> None:
    """Set rows aside in order while others still read, then empty the tables and fill them in one go.

    They stay the same tables: who may read them, and what others prepared, goes on.
    """
    aside = {}
    for table in tables:
        if table is not _RESPONSES:  # those follow from their cells
            aside[table] = _set_aside(session, _anew(table, renamed), table.name)
    _lock_out_readers(session, tables)
    counts = {table: _count(session, table) for table in tables}
    indexes, constraints = _indexes(session, tables), _constraints(session, tables)
    for owner, name, _definition in reversed(constraints):
        session.execute(sa.text(f"ALTER TABLE {owner} DROP CONSTRAINT {name}"))
    for name, _definition in indexes:
        session.execute(sa.text(f"DROP INDEX {name}"))
    session.execute(sa.text(f"TRUNCATE {', '.join(table.name for table in tables)}"))
    for table in tables:
        rows = sa.select(sa.text("*")).select_from(aside[table]) if table in aside else _anew(table, renamed)
        filled = table.insert().from_select([one.name for one in table.columns], rows)
        _check(table, counts[table], written(session, filled))
        if table in aside:
            session.execute(sa.text(f"DROP TABLE {aside[table].name}"))
    for owner, name, definition in constraints:
        session.execute(sa.text(f"ALTER TABLE {owner} ADD CONSTRAINT {name} {definition}"))
    for _name, definition in indexes:
        session.execute(sa.text(definition))


def _set_aside(session: Session, rows: sa.Select[tuple[object, ...]], name: str) -> sa.TableClause:
    name = f"rewritten_{name}"
    made = rows.compile(session.connection())
    session.execute(sa.text(f"CREATE TEMPORARY TABLE {name} AS {made}"))
    return sa.table(name)


def _lock_out_readers(session: Session, tables: Sequence[sa.Table]) -> None:
    """Take all locks at once, or none: somebody who holds one table and waits for another gets it."""
    names = {table.name for table in tables}
    parents = {key.column.table.name for table in tables for key in table.foreign_keys} - names
    for _attempt in range(ATTEMPTS):
        try:
            with session.begin_nested():
                session.execute(sa.text(f"SET LOCAL lock_timeout = '{PATIENCE}'"))
                session.execute(sa.text(f"LOCK TABLE {', '.join(sorted(names))} IN ACCESS EXCLUSIVE MODE"))
                session.execute(
                    sa.text(f"LOCK TABLE {', '.join(sorted(parents))} IN SHARE ROW EXCLUSIVE MODE")
                )
        except sa.exc.OperationalError as error:
            if getattr(error.orig, "sqlstate", "") not in _NOT_NOW:
                raise
        else:
            return
    raise TablesInUse(", ".join(sorted(names)))


def _constraints(session: Session, tables: Sequence[sa.Table]) -> list[tuple[str, str, str]]:
    """Keys, then foreign keys, of and to these tables: (table, name, definition), quoted where need be."""
    query = """
        SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
        WHERE contype IN ('p', 'u') AND conrelid::regclass::text = ANY(:names)
        OR contype = 'f'
        AND (conrelid::regclass::text = ANY(:names) OR confrelid::regclass::text = ANY(:names))
        ORDER BY contype = 'f', 2"""
    found = session.execute(sa.text(query), {"names": [table.name for table in tables]})
    return [(owner, name, definition) for owner, name, definition in found]


def _indexes(session: Session, tables: Sequence[sa.Table]) -> list[tuple[str, str]]:
    """All other indexes: (name, definition)."""
    query = """
        SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
        WHERE indrelid::regclass::text = ANY(:names)
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))"""
    found = session.execute(sa.text(query), {"names": [table.name for table in tables]})
    return [(name, definition) for name, definition in found]
