"""The responses of a closing wave, sorted into cells: everybody in one has all features in common.

Two temporary tables that live as long as the transaction: `CELLS` says how many people are in each cell,
`KEYS` in which cell each response lies and which key it gets. Counting, coarsening and rewriting work on
these, so that a million responses are sorted once; neither table ever holds an answer.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.database import Base
from feedback_app.responses.models import Response

Query = sa.Select[*tuple[Any, ...]]

_RESPONSES = Base.metadata.tables[Response.__tablename__]
#: what may differ between two responses, beside their keys
FEATURES = tuple(column.name for column in _RESPONSES.columns if column.name != "id")
#: so that two are told apart at once
_FINEST_FIRST = FEATURES[::-1]
_TEMPORARY = sa.MetaData()

CELLS = sa.Table(
    "closing_cells",
    _TEMPORARY,
    sa.Column("cell", sa.Integer, primary_key=True),
    *(sa.Column(name, _RESPONSES.c[name].type) for name in FEATURES),
    sa.Column("people", sa.Integer),
    prefixes=["TEMPORARY"],
)
#: on SQLite in the order of the old keys, as it keeps answers: counting reads them one after the other; on
#: PostgreSQL, which keeps no order, in that of the new ones, as they are to be written
KEYS = sa.Table(
    "closing_keys",
    _TEMPORARY,
    sa.Column("place", sa.Integer, primary_key=True),
    sa.Column("id", sa.String(32)),
    sa.Column("new_id", sa.String(32)),
    sa.Column("cell", sa.Integer),
    prefixes=["TEMPORARY"],
)


def sort_into_cells(session: Session, wave_key: str) -> None:
    """Sort all responses into cells, and give those of one wave new random keys and no week any more.

    Other waves' responses keep what they have; they are here because tables are rewritten as a whole.
    Call `shuffle.lock` first.
    """
    connection = session.connection()
    for table in (CELLS, KEYS):
        table.create(connection)
    written(session, _fill_cells(wave_key))
    analyze(session, CELLS.name)  # else PostgreSQL would look at every cell for every response
    embedded = session.get_bind().dialect.name != "postgresql"
    if embedded:  # by which a response finds its cell; gone again before cells change
        features = ", ".join(_FINEST_FIRST)
        session.execute(sa.text(f"CREATE INDEX temp.ix_closing_cells ON {CELLS.name} ({features})"))
    sorted_in = written(session, _fill_keys(session, wave_key))
    if embedded:
        session.execute(sa.text("DROP INDEX temp.ix_closing_cells"))
    analyze(session, KEYS.name)
    there = session.scalar(sa.select(sa.func.coalesce(sa.func.sum(CELLS.c.people), 0)))
    if sorted_in != there:
        raise RuntimeError(f"{there} responses, but {sorted_in} of them have a cell")


def drop_cells(session: Session) -> None:
    """Remove both tables again."""
    for table in (CELLS, KEYS):
        table.drop(session.connection())


def analyze(session: Session, *tables: str) -> None:
    """Tell PostgreSQL how large temporary tables are; nobody else does."""
    if session.get_bind().dialect.name == "postgresql":
        for name in tables:
            session.execute(sa.text(f"ANALYZE {name}"))


def written(session: Session, statement: sa.Insert) -> int:
    """Fill a table from a SELECT; gives how many rows it got."""
    filled = session.execute(statement.execution_options(preserve_rowcount=True))
    return filled.rowcount  # type: ignore[attr-defined,no-any-return]


def random_key(session: Session) -> sa.TextClause:
    """A new random key in SQL."""
    if session.get_bind().dialect.name == "postgresql":
        return sa.text("replace(gen_random_uuid()::text, '-', '')")
    return sa.text("lower(hex(randomblob(16)))")


def in_new_order(session: Session, keys: Query) -> Query:
    """A query of keys (old, new, …) in the order of the new ones, by their bytes."""
    if session.get_bind().dialect.name == "postgresql":
        drawn = keys.subquery()
        return sa.select(*drawn.columns).order_by(drawn.columns[1].collate("C"))
    return keys.order_by(sa.literal_column("2"))


def renewed(session: Session, table: sa.Table, wave_key: str) -> sa.ColumnElement[str]:
    """The key a row gets: a new one in the wave that closes, else its own."""
    mine = table.c.wave_key == wave_key
    return sa.case((mine, sa.literal_column(random_key(session).text)), else_=table.c.id)


def _features(wave_key: str) -> list[sa.ColumnElement[str]]:
    week = sa.case((_RESPONSES.c.wave_key == wave_key, ""), else_=_RESPONSES.c.week)
    return [week if name == "week" else _RESPONSES.c[name] for name in FEATURES]


def _fill_cells(wave_key: str) -> sa.Insert:
    features = _features(wave_key)
    cells = (
        sa.select(*(one.label(name) for one, name in zip(features, FEATURES, strict=True)), sa.func.count())
        .group_by(*(sa.literal_column(str(FEATURES.index(name) + 1)) for name in _FINEST_FIRST))
        .subquery()
    )
    numbered = sa.select(sa.func.row_number().over(), *cells.columns)
    return CELLS.insert().from_select(["cell", *FEATURES, "people"], numbered)


def _fill_keys(session: Session, wave_key: str) -> sa.Insert:
    same = sa.and_(*(one == CELLS.c[name] for one, name in zip(_features(wave_key), FEATURES, strict=True)))
    new = renewed(session, _RESPONSES, wave_key).label("new_id")
    keys = sa.select(_RESPONSES.c.id, new, CELLS.c.cell).join(CELLS, same)
    embedded = session.get_bind().dialect.name != "postgresql"
    found = keys.order_by(_RESPONSES.c.id) if embedded else in_new_order(session, keys)
    return KEYS.insert().from_select(["id", "new_id", "cell"], found)
