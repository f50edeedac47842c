"""Writing every table that respondents touch anew when a wave closes, in an order drawn by lot.

Row by row, a million responses would be deleted and inserted again, each with a look-up for every foreign key
and index. Here whole tables are filled from one sorted SELECT each, and their indexes and foreign keys are
made afterwards. Nothing of the old rows is left in the new files, so these need no further rewriting; see
`shuffle` for why order and transaction marks have to go.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.database import Base
from feedback_app.responses.cells import CELLS, FEATURES, RESPONSES, analyze, in_cell
from feedback_app.responses.models import Remark, Response
from feedback_app.responses.shuffle import TOUCHED

#: how often, and for how long each, PostgreSQL waits for whoever still reads
ATTEMPTS, PATIENCE = 12, "5s"
#: lock_not_available, deadlock_detected
_NOT_NOW = ("55P03", "40P01")
#: kB that SQLite may keep of a file, and PostgreSQL for one sort or one index, while a wave closes
_SQLITE_CACHE, _SORTING, _INDEXING = 65_536, "64MB", "256MB"

_REMARKS = Base.metadata.tables[Remark.__tablename__]
#: the new keys of remarks; `place` numbers them in their order
_LOTS = sa.Table(
    "closing_lots",
    sa.MetaData(),
    sa.Column("place", sa.Integer, primary_key=True),
    sa.Column("id", sa.String(32)),
    sa.Column("new_id", sa.String(32)),
    prefixes=["TEMPORARY"],
)
#: for PostgreSQL's planner, which would sort words where it can hash, and compile what runs once
_PLANS = ("enable_mergejoin", "jit")

Rows = sa.Select[*tuple[Any, ...]]


class TablesInUse(RuntimeError):
    """Somebody reads these tables for so long that they cannot be rewritten now."""


def prepare(session: Session) -> None:
    """Give this transaction's connection the room that a million responses ask for; call before it writes.

    On SQLite the connection goes with the transaction, and does not check foreign keys meanwhile: it would
    delete all themes with the table of their remarks.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text(f"SET LOCAL work_mem = '{_SORTING}'"))
        session.execute(sa.text(f"SET LOCAL maintenance_work_mem = '{_INDEXING}'"))
        for name in _PLANS:
            session.execute(sa.text(f"SET LOCAL {name} = off"))
        # what is fetched piece by piece is fetched to the end
        session.execute(sa.text("SET LOCAL cursor_tuple_fraction = 1"))
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
    _LOTS.create(session.connection())
    lots = sa.select(_REMARKS.c.id, _renewed(session, _REMARKS, wave_key).label("new_id")).subquery()
    drawn = sa.select(*lots.c).order_by(_by_bytes(session, lots.c.new_id))
    session.execute(_LOTS.insert().from_select(["id", "new_id"], drawn))
    analyze(session, _LOTS.name)
    tables = {Base.metadata.tables[one.__tablename__]: _anew(session, one, wave_key) for one in TOUCHED}
    if session.get_bind().dialect.name == "postgresql":
        _in_place(session, tables)
    else:
        for table, rows in tables.items():
            _beside(session, table, rows)
    _LOTS.drop(session.connection())
    session.expire_all()


def _anew(session: Session, model: type[Base], wave_key: str) -> Rows | None:
    """Every row of a table in the order of new keys, as it is to be written; None where random keys stay."""
    if model is Response:
        return _responses(session, wave_key)
    table = Base.metadata.tables[model.__tablename__]
    belongs = [one.parent for one in table.foreign_keys if one.column.table is _REMARKS]
    for column in [_REMARKS.c.id] if model is Remark else belongs:
        chosen = [_LOTS.c.new_id if one is column else one for one in table.columns]
        return sa.select(*chosen).join_from(_LOTS, table, column == _LOTS.c.id).order_by(_LOTS.c.place)
    return None


def _responses(session: Session, wave_key: str) -> Rows:
    """Responses as what their cells became, without a week."""
    mine = RESPONSES.c.wave_key == wave_key
    changed = {
        "id": _renewed(session, RESPONSES, wave_key),
        "week": sa.case((mine, ""), else_=RESPONSES.c.week),
        **{name: sa.func.coalesce(CELLS.c[name], RESPONSES.c[name]) for name in FEATURES},
    }
    rows = sa.select(*(changed.get(one.name, one).label(one.name) for one in RESPONSES.columns))
    drawn = rows.outerjoin(CELLS, in_cell(wave_key)).subquery()
    return sa.select(*drawn.c).order_by(_by_bytes(session, drawn.c.id))


def _renewed(session: Session, table: sa.Table, wave_key: str) -> sa.ColumnElement[str]:
    """The key a row gets: a new random one in the wave that closes, else its own."""
    embedded = session.get_bind().dialect.name != "postgresql"
    drawn = "lower(hex(randomblob(16)))" if embedded else "replace(gen_random_uuid()::text, '-', '')"
    return sa.case((table.c.wave_key == wave_key, sa.literal_column(drawn)), else_=table.c.id)


def _by_bytes(session: Session, key: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """In the order of the bytes of keys: in that of a language PostgreSQL sorts several times as long."""
    return key.collate("C") if session.get_bind().dialect.name == "postgresql" else key


def _check(table: sa.Table, before: int, after: int) -> None:
    if before != after:
        raise RuntimeError(f"{table.name}: {before} rows became {after}")


def _count(session: Session, table: sa.FromClause) -> int:
    return session.scalars(sa.select(sa.func.count()).select_from(table)).one()


# --- SQLite ---------------------------------------------------------------------------------------


def _beside(session: Session, table: sa.Table, rows: Rows | None) -> None:
    """Fill a second table and let it take the first one's place."""
    parts = "SELECT type, sql FROM sqlite_master WHERE tbl_name = :name AND sql IS NOT NULL"
    found = session.execute(sa.text(parts), {"name": table.name}).all()
    (made,) = (sql for kind, sql in found if kind == "table")
    name = f"rewritten_{table.name}"
    session.execute(sa.text(re.sub(rf'^CREATE TABLE "?{table.name}"?', f"CREATE TABLE {name}", made)))
    beside = sa.table(name, *(sa.column(one.name) for one in table.columns))
    before = _count(session, table)
    if rows is not None:
        session.execute(beside.insert().from_select([one.name for one in table.columns], rows))
    else:  # written so, SQLite copies rows and indexes in their order, unread
        session.execute(sa.text(f"INSERT INTO {name} SELECT * FROM {table.name}"))  # noqa: S608
    _check(table, before, _count(session, beside))
    session.execute(sa.text(f"DROP TABLE {table.name}"))
    session.execute(sa.text(f"ALTER TABLE {name} RENAME TO {table.name}"))
    for kind, sql in found:
        if kind != "table":
            session.execute(sa.text(sql))


# --- PostgreSQL -----------------------------------------------------------------------------------


def _in_place(session: Session, tables: Mapping[sa.Table, Rows | None]) -> None:
    """Set rows aside in order while others still read, then empty the tables and fill them in one go.

    They stay the same tables: who may read them, and what others prepared, goes on.
    """
    aside = {
        table: _set_aside(session, table, rows if rows is not None else _in_order(session, table))
        for table, rows in tables.items()
    }
    _lock_out_readers(session, tables)
    counts = {table: _count(session, table) for table in tables}
    indexes, constraints = _indexes(session, tables), _constraints(session, tables)
    for owner, name, _definition in reversed(constraints):
        session.execute(sa.text(f"ALTER TABLE {owner} DROP CONSTRAINT {name}"))
    for name, _definition in indexes:
        session.execute(sa.text(f"DROP INDEX {name}"))
    session.execute(sa.text(f"TRUNCATE {', '.join(table.name for table in tables)}"))
    for table, kept in aside.items():
        filled = table.insert().from_select(list(kept.c), sa.select(kept))
        written = session.execute(filled.execution_options(preserve_rowcount=True))
        _check(table, counts[table], written.rowcount)  # type: ignore[attr-defined]
        session.execute(sa.text(f"DROP TABLE {kept.name}"))
    for owner, name, definition in constraints:
        session.execute(sa.text(f"ALTER TABLE {owner} ADD CONSTRAINT {name} {definition}"))
    for _name, definition in indexes:
        session.execute(sa.text(definition))


def _in_order(session: Session, table: sa.Table) -> Rows:
    return sa.select(*table.columns).order_by(*(_by_bytes(session, one) for one in table.primary_key))


def _set_aside(session: Session, table: sa.Table, rows: Rows) -> sa.TableClause:
    aside = sa.table(f"rewritten_{table.name}", *(sa.column(one.name) for one in table.columns))
    session.execute(sa.text(f"CREATE TEMPORARY TABLE {aside.name} (LIKE {table.name})"))
    session.execute(aside.insert().from_select(list(aside.c), rows))
    return aside


def _lock_out_readers(session: Session, tables: Collection[sa.Table]) -> None:
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


def _constraints(session: Session, tables: Collection[sa.Table]) -> list[tuple[str, str, str]]:
    """Keys, then foreign keys, of and to these tables: (table, name, definition), quoted where need be."""
    query = """
        SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
        WHERE contype IN ('p', 'u') AND conrelid::regclass::text = ANY(:names)
        OR contype = 'f'
        AND (conrelid::regclass::text = ANY(:names) OR confrelid::regclass::text = ANY(:names))
        ORDER BY contype = 'f', 2"""
    found = session.execute(sa.text(query), {"names": [table.name for table in tables]})
    return [(owner, name, definition) for owner, name, definition in found]


def _indexes(session: Session, tables: Collection[sa.Table]) -> list[tuple[str, str]]:
    """All other indexes: (name, definition)."""
    query = """
        SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
        WHERE indrelid::regclass::text = ANY(:names)
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))"""
    found = session.execute(sa.text(query), {"names": [table.name for table in tables]})
    return [(name, definition) for name, definition in found]
