"""Writing one response in as few round trips as the database allows: one on PostgreSQL.

SQLite has no network in between and no `WITH` that writes: there it is one statement for each table.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from feedback_app.database import Base, random_id, today
from feedback_app.invitations.models import Wave
from feedback_app.responses.link import CLAIM, Link, link_of
from feedback_app.responses.models import Remark, Response
from feedback_app.statements import Channel, Statement

_RESPONSES, _REMARKS = (Base.metadata.tables[model.__tablename__] for model in (Response, Remark))
#: what a remark has in common with its response, and nothing beside
_SHARED = ("wave_key", "survey_key", "locale", "region_key")
#: what a response has in common with its link
_OF_LINK = ("wave_key", "fingerprint", "region_key", "agency_key", "offer_type")
_NEW = {
    "state": "new",
    "quote": "",
    "quote_state": "none",
}  # the rest of a remark has defaults of the database
_REMARK_COLUMNS = [_REMARKS.c[name] for name in ("id", "item_key", "text", *_SHARED, "month", *_NEW)]

Pairs = Sequence[tuple[str, str]]
Row = Mapping[str, Any]


def insert_response(channel: Channel, response: Row, remarks: Pairs) -> bool:
    """Add a response (its columns as they are stored) and its remarks (item, text) to the transaction.

    False, and nothing added, when its wave is not open or its key is taken.
    """
    if channel.dialect.name == "postgresql":
        return channel.first(_INSERT, {**response, **_lists(remarks)}) is not None
    if channel.first(_RESPONSE_ON_SQLITE, response) is None:
        return False
    _remark_on_sqlite(channel, response, remarks)
    return True


def insert_answered(channel: Channel, token_hash: str, response: Row, remarks: Pairs) -> Link | None:
    """The same for a link, which is marked as answered along with it, and gives the columns it knows.

    None, and nothing added, when the link cannot be answered with this questionnaire (any more). Raises
    IntegrityError when the response's key is taken: the transaction is over then. On PostgreSQL it may be a
    transaction of its own.
    """
    values = {**response, "token": token_hash}
    if channel.dialect.name == "postgresql":
        return link_of(channel.first(_CLAIM_AND_INSERT, {**values, **_lists(remarks)}))
    link = link_of(channel.first(_CLAIM_ON_SQLITE, values))
    if link:
        whole = {**response, **{name: getattr(link, name) for name in _OF_LINK}}
        channel.run(_RESPONSE_OF_LINK_ON_SQLITE, whole)
        _remark_on_sqlite(channel, whole, remarks)
    return link


def _written(remarks: Pairs) -> list[dict[str, str]]:
    return [{"id": random_id(), "item_key": item, "text": text} for item, text in remarks]


def _lists(remarks: Pairs) -> Row:
    """Remarks as columns, beside what all of them have alike."""
    written = _written(remarks)
    return {
        **{f"remark_{name}": [row[name] for row in written] for name in ("id", "item_key", "text")},
        **_alike(),
    }


def _alike() -> dict[str, str]:
    return {"month": f"{today():%Y-%m}", **_NEW}


def _remark_on_sqlite(channel: Channel, response: Row, remarks: Pairs) -> None:
    if remarks:
        shared = {name: response[name] for name in _SHARED} | _alike()
        channel.run(_REMARKS_ON_SQLITE, *(shared | row for row in _written(remarks)))


def _given(column: sa.Column[Any]) -> sa.BindParameter[Any]:
    return sa.bindparam(column.name, type_=column.type)


def _rows(**columns: str) -> sa.TableValuedAlias:
    """A table of the lists given under these names (column → name)."""
    lists = [sa.bindparam(name, type_=postgresql.ARRAY(sa.Text)) for name in columns.values()]
    return sa.func.unnest(*lists).table_valued(*columns).render_derived()


def _while_open() -> sa.Select[Any]:
    """One row of the given values while the wave is open, else none."""
    wave = sa.bindparam("wave_key", type_=Wave.key.type)
    return sa.select(*map(_given, _RESPONSES.c)).where(
        sa.exists().where(Wave.key == wave, Wave.state == "open")
    )


def _of_claimed(claimed: sa.CTE) -> sa.Select[Any]:
    """One row of the given values, those that a link knows from the link that was claimed."""
    columns = (claimed.c[one.name] if one.name in _OF_LINK else _given(one) for one in _RESPONSES.c)
    return sa.select(*columns)


def _stored(rows: sa.Select[Any]) -> postgresql.Insert:
    return postgresql.insert(_RESPONSES).from_select(list(_RESPONSES.c), rows)


def _remarked(stored: sa.CTE) -> sa.CTE:
    """The remarks of the response that was stored."""
    own = _rows(id="remark_id", item_key="remark_item_key", text="remark_text")
    shared = [stored.c[name] for name in _SHARED]
    alike = map(_given, _REMARK_COLUMNS[3 + len(_SHARED) :])
    remarks = sa.select(own.c.id, own.c.item_key, own.c.text, *shared, *alike).select_from(
        stored.join(own, sa.true())
    )
    return sa.insert(_REMARKS).from_select(_REMARK_COLUMNS, remarks, include_defaults=False).cte("remarked")


def _insert() -> sa.Select[Any]:
    stored = _stored(_while_open()).on_conflict_do_nothing().returning(*_RESPONSES.c).cte("stored")
    return sa.select(stored.c.id).add_cte(_remarked(stored))


def _claim_and_insert() -> sa.Select[Any]:
    claimed = CLAIM.cte("claimed")
    stored = _stored(_of_claimed(claimed)).returning(*_RESPONSES.c).cte("stored")
    return sa.select(*claimed.c).add_cte(stored, _remarked(stored))


_INSERT = Statement(_insert())
_CLAIM_AND_INSERT = Statement(_claim_and_insert())
_CLAIM_ON_SQLITE = Statement(CLAIM)
_RESPONSE_ON_SQLITE = Statement(
    sqlite.insert(_RESPONSES)
    .from_select(list(_RESPONSES.c), _while_open())
    .on_conflict_do_nothing()
    .returning(_RESPONSES.c.id)
)
_RESPONSE_OF_LINK_ON_SQLITE = Statement(
    sa.insert(_RESPONSES).values({one.name: _given(one) for one in _RESPONSES.c})
)
_REMARKS_ON_SQLITE = Statement(_REMARKS.insert().values({one.name: _given(one) for one in _REMARK_COLUMNS}))
