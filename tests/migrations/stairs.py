"""The migrations as stairs: what a database holds and how it is built on each step, and what may change between two.

A walk goes over all of them in one go, as `db upgrade` does, and looks around after each step: every row that was
there is there still, in every column that both sides know, except where the rules of that step say otherwise.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import sqlalchemy as sa

from feedback_app import schema
from feedback_app.database import db
from feedback_app.revisions import known
from tests.world import World

Row = dict[str, Any]


@dataclass
class Held:
    """What a table holds, as the driver gives it."""

    columns: tuple[str, ...]
    values: list[tuple[Any, ...]]

    @property
    def rows(self) -> list[Row]:
        """The same row by row, by the names of columns."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.values]


Contents = dict[str, Held]
#: table → what a step makes of its rows, given everything that was there
Rules = Mapping[str, Callable[[Contents], list[Row]]]


def contents_of(connection: sa.Connection) -> Contents:
    """Every row of ours as the driver gives it, table by table; not what counts revisions."""
    found = {}
    for name in sa.inspect(connection).get_table_names():
        if name != "alembic_version":
            result = connection.execute(sa.text(f'SELECT * FROM "{name}"'))
            found[name] = Held(tuple(result.keys()), list(map(tuple, result)))
    return found


def structure_of(connection: sa.Connection) -> dict[str, Any]:
    """Every table with columns, keys, rules and indexes as the database itself tells, and every trigger."""
    if connection.dialect.name == "sqlite":
        parts = _sqlite_parts(connection)
        return {name: _sqlite_table(name, text) for name, text in parts.items()}
    inspector = sa.inspect(connection)
    kinds = ("columns", "pk_constraint", "foreign_keys", "unique_constraints", "check_constraints", "indexes")
    told = {kind: getattr(inspector, f"get_multi_{kind}")() for kind in kinds}
    found: dict[str, Any] = {
        name: tuple(_plain(told[kind][None, name]) for kind in kinds) for name in inspector.get_table_names()
    }
    found.pop("alembic_version", None)
    triggers = "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
    unsampled = (
        "SELECT attrelid::regclass::text, attname FROM pg_attribute"
        " WHERE attstattarget = 0 AND attnum > 0 AND NOT attisdropped"
    )
    for query in (triggers, unsampled):
        for table, more in connection.execute(sa.text(query)):
            found[table] = (*found[table], more)
    return {name: (*parts[:6], *sorted(parts[6:])) for name, parts in found.items()}


def _sqlite_parts(connection: sa.Connection) -> dict[str, tuple[str, ...]]:
    """Table → the statements that make it, its indexes and its triggers."""
    found: dict[str, tuple[str, ...]] = {}
    query = "SELECT tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type = 'table' DESC, name"
    for table, statement in connection.execute(sa.text(query)):
        if table != "alembic_version":
            found[table] = (*found.get(table, ()), statement)
    return found


@cache
def _sqlite_table(name: str, statements: tuple[str, ...]) -> Any:
    """What SQLite makes of these statements: a table that was built anew is written otherwise and is the same."""
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        for statement in statements:
            if not statement.startswith("CREATE TRIGGER"):
                connection.exec_driver_sql(statement)
        inspector = sa.inspect(connection)
        found = (
            inspector.get_columns(name),
            inspector.get_pk_constraint(name),
            inspector.get_foreign_keys(name),
            inspector.get_unique_constraints(name),
            inspector.get_check_constraints(name),
            inspector.get_indexes(name),
            [one for one in statements if one.startswith("CREATE TRIGGER")],
            "WITHOUT ROWID" in statements[0],
        )
    engine.dispose()
    return tuple(map(_plain, found))


def _plain(told: Any) -> Any:
    """The same as text, in an order of its own: the place of a column among others makes no odds."""
    if isinstance(told, list):
        return sorted(map(_plain, told))
    if isinstance(told, dict):
        return str(sorted((key, _plain(value)) for key, value in told.items()))
    return str(told)


def differing(before: Contents, found: Contents, rules: Rules) -> list[str]:
    """One line for each table whose rows are not what they were, or what the rules make of them."""
    faults = []
    for name in before.keys() & found.keys():
        if name not in rules and before[name] == found[name]:
            continue
        expected = rules[name](before) if name in rules else before[name].rows
        shared = sorted({*before[name].columns} & {*found[name].columns})
        lost, more = apart(expected, found[name].rows, shared)
        if lost or more:
            faults.append(f"{name}: gone {lost[:3]}, unexpected {more[:3]}")
    return faults


def apart(before: list[Row], found: list[Row], columns: Sequence[str]) -> tuple[list[str], list[str]]:
    """What is not there any more and what was not there before, as text."""
    then, now = (Counter(repr([row[name] for name in columns]) for row in rows) for rows in (before, found))
    return sorted((then - now).elements()), sorted((now - then).elements())


@dataclass
class Walk:
    """Goes up and down a database's stairs; structures: how each step looked when it was first reached."""

    world: World
    up: Mapping[str, Rules]
    down: Mapping[str, Rules]
    structures: dict[str, dict[str, Any]] = field(default_factory=dict)
    _before: Contents = field(default_factory=dict)
    _seen_twice: set[str] = field(default_factory=set)

    def upstairs(self) -> Contents:
        """Go to the newest revision; gives what is there then."""
        return self._go(schema.upgrade, "heads")

    def downstairs(self, target: str) -> Contents:
        """Go back to a revision; gives what is there then."""
        return self._go(schema.downgrade, target)

    def _go(self, move: Callable[[str], None], target: str) -> Contents:
        app = self.world.app
        with app.app_context():
            schema.prepare(app)
            app.config["ALEMBIC_CONTEXT"]["on_version_apply"] = self._arrive
            with db.engine.connect() as connection:
                self._before = contents_of(connection)
            move(target)
        return self._before

    def _arrive(self, ctx: Any, step: Any, heads: set[str], run_args: Any) -> None:
        """Compare with the step before, and with how this one looked before."""
        (at,) = heads or {"base"}
        rules = (self.up if step.is_upgrade else self.down).get(step.up_revision_id, {})
        found = contents_of(ctx.connection)
        assert not (faults := differing(self._before, found, rules)), (step.up_revision_id, at, faults)
        self._before = found
        if at in self._seen_twice and at != known()[-1]:
            return
        shape = structure_of(ctx.connection)
        if at in self.structures:
            self._seen_twice.add(at)
        before = self.structures.setdefault(at, shape)
        names = [name for name in {*shape, *before} if shape.get(name) != before.get(name)]
        assert not names, (at, [(name, before.get(name), shape.get(name)) for name in names])
