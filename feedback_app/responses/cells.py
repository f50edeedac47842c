"""The responses of a closing wave, sorted into cells: everybody in one shares what coarsening may change.

One temporary table that lives as long as the transaction: what all in a cell have in common (`was_…`), what
it becomes, and how many people are in it. It never holds an answer or a key of somebody.
"""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.database import Base
from feedback_app.responses.models import Response

RESPONSES = Base.metadata.tables[Response.__tablename__]
FEATURES = ("survey_key", "region_key", "agency_key", "offer_type", "locale", "fingerprint")
_TYPES = {name: RESPONSES.c[name].type for name in FEATURES}

CELLS = sa.Table(
    "closing_cells",
    sa.MetaData(),
    *(sa.Column(f"was_{name}", kind, primary_key=True) for name, kind in _TYPES.items()),
    *(sa.Column(name, kind) for name, kind in _TYPES.items()),
    sa.Column("people", sa.Integer),
    prefixes=["TEMPORARY"],
    sqlite_with_rowid=False,
)


def sort_into_cells(session: Session, wave_key: str) -> None:
    """Sort the responses of a wave into cells. Call `shuffle.lock` first."""
    CELLS.create(session.connection())
    if session.get_bind().dialect.name == "postgresql":  # which joins by hashing: it has no use for the key
        session.execute(sa.text(f"ALTER TABLE {CELLS.name} DROP CONSTRAINT {CELLS.name}_pkey"))
    features = [RESPONSES.c[name] for name in FEATURES]
    cells = (
        sa.select(*features, *features, sa.func.count())
        .where(RESPONSES.c.wave_key == wave_key)
        .group_by(*features)
    )
    session.execute(CELLS.insert().from_select(list(CELLS.c), cells))
    analyze(session, CELLS.name)  # else PostgreSQL would look at every cell for every response


def drop_cells(session: Session) -> None:
    """Remove the table again."""
    CELLS.drop(session.connection())


def in_cell(wave_key: str) -> sa.ColumnElement[bool]:
    """Whether a response lies in a cell."""
    same = (CELLS.c[f"was_{name}"] == RESPONSES.c[name] for name in FEATURES)
    return sa.and_(RESPONSES.c.wave_key == wave_key, *same)


def analyze(session: Session, *tables: str) -> None:
    """Tell PostgreSQL how large temporary tables are; nobody else does."""
    if session.get_bind().dialect.name == "postgresql":
        for name in tables:
            session.execute(sa.text(f"ANALYZE {name}"))
