"""Writing one response in as few round trips as the database allows: one on PostgreSQL.

SQLite has no network in between and no `WITH` that writes: there it is one statement for each table.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from feedback_app.database import Base, random_id, today
from feedback_app.invitations.models import Wave
from feedback_app.responses.models import Answer, Remark, Response
from feedback_app.statements import Channel, Statement

_RESPONSES, _ANSWERS, _REMARKS = (
    Base.metadata.tables[model.__tablename__] for model in (Response, Answer, Remark)
)
#: what a remark has in common with its response, and nothing beside
_SHARED = ("wave_key", "survey_key", "locale", "region_key")
_NEW = {"state": "new", "quote": "", "quote_state": "none"}
_REMARK_COLUMNS = [_REMARKS.c[name] for name in ("id", "item_key", "text", *_SHARED, "month", *_NEW)]

Pairs = Sequence[tuple[str, str]]


def insert_response(channel: Channel, response: Mapping[str, Any], answers: Pairs, remarks: Pairs) -> bool:
    """Add a response (its columns), its answers (item, value) and remarks (item, text) to the transaction.

    False, and nothing added, when its wave is not open or its key is taken.
    """
    written = [{"id": random_id(), "item_key": item, "text": text} for item, text in remarks]
    shared = {name: response[name] for name in _SHARED} | {"month": f"{today():%Y-%m}"} | _NEW
    if channel.dialect.name == "postgresql":
        lists = {
            "items": [item for item, _ in answers],
            "chosen": [value for _, value in answers],
            **{f"remark_{name}": [row[name] for row in written] for name in ("id", "item_key", "text")},
        }
        return channel.first(_ALL_AT_ONCE, {**response, **shared, **lists}) is not None
    if channel.first(_RESPONSE_ON_SQLITE, response) is None:
        return False
    rows = [{"response_id": response["id"], "item_key": item, "value": value} for item, value in answers]
    channel.run(_ANSWERS_ON_SQLITE, *rows)
    if written:
        channel.run(_REMARKS_ON_SQLITE, *(shared | row for row in written))
    return True


def _given(column: sa.Column[Any]) -> sa.BindParameter[Any]:
    return sa.bindparam(column.name, type_=column.type)


def _rows(**columns: str) -> sa.TableValuedAlias:
    """A table of the lists given under these names (column → name)."""
    lists = [sa.bindparam(name, type_=postgresql.ARRAY(sa.Text)) for name in columns.values()]
    return sa.func.unnest(*lists).table_valued(*columns).render_derived()


def _from_open_wave() -> sa.Select[Any]:
    """One row of the given values while the wave is open, else none."""
    wave = sa.bindparam("wave_key", type_=Wave.key.type)
    return sa.select(*map(_given, _RESPONSES.c)).where(
        sa.exists().where(Wave.key == wave, Wave.state == "open")
    )


def _all_at_once() -> sa.Select[Any]:
    stored = (
        postgresql.insert(_RESPONSES)
        .from_select(list(_RESPONSES.c), _from_open_wave())
        .on_conflict_do_nothing()
        .returning(_RESPONSES.c.id)
        .cte("stored")
    )
    given = _rows(item="items", value="chosen")
    answers = sa.select(stored.c.id, given.c.item, given.c.value).select_from(stored.join(given, sa.true()))
    own = _rows(id="remark_id", item_key="remark_item_key", text="remark_text")
    alike = _REMARK_COLUMNS[3:]
    remarks = sa.select(own.c.id, own.c.item_key, own.c.text, *map(_given, alike)).select_from(
        stored.join(own, sa.true())
    )
    return sa.select(stored.c.id).add_cte(
        sa.insert(_ANSWERS).from_select(list(_ANSWERS.c), answers).cte("answered"),
        sa.insert(_REMARKS).from_select(_REMARK_COLUMNS, remarks, include_defaults=False).cte("remarked"),
    )


_ALL_AT_ONCE = Statement(_all_at_once())
_RESPONSE_ON_SQLITE = Statement(
    sqlite.insert(_RESPONSES)
    .from_select(list(_RESPONSES.c), _from_open_wave())
    .on_conflict_do_nothing()
    .returning(_RESPONSES.c.id)
)
_ANSWERS_ON_SQLITE = Statement(_ANSWERS.insert().values({one.name: _given(one) for one in _ANSWERS.c}))
_REMARKS_ON_SQLITE = Statement(_REMARKS.insert().values({one.name: _given(one) for one in _REMARK_COLUMNS}))
