"""what is final or released stays, also when somebody writes over it or empties a table.

SQLite fires no DELETE trigger for a row that `REPLACE` takes away, and PostgreSQL none for `TRUNCATE`.
Stands alone: imports nothing of the application, whose models may have moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_FINAL = "a final edition is never changed or removed"
_RELEASED = "a release is never changed or taken back"
#: a final edition that a new row would take the place of, by its key or by what it corrects
_TAKEN = (
    "EXISTS (SELECT 1 FROM editions AS kept WHERE kept.state = 'final'"
    " AND (kept.id = NEW.id OR (NEW.state = 'final' AND kept.replaces_id = NEW.replaces_id)){0})"
)


def _sqlite(name: str, moment: str, condition: str, words: str) -> str:
    return (
        f"CREATE TRIGGER {name} BEFORE {moment}{condition and ' WHEN ' + condition}"
        f" BEGIN SELECT RAISE(ABORT, '{words}'); END"
    )


def _postgresql(name: str, words: str) -> str:
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" RAISE EXCEPTION '{words}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )


_GUARDS = {
    "sqlite": (
        _sqlite("editions_final_once", "INSERT ON editions", _TAKEN.format(""), _FINAL),
        _sqlite(
            "editions_final_place", "UPDATE ON editions", _TAKEN.format(" AND kept.id <> OLD.id"), _FINAL
        ),
        _sqlite("releases_stay", "UPDATE ON edition_releases", "", _RELEASED),
        _sqlite("releases_kept", "DELETE ON edition_releases", "", _RELEASED),
        _sqlite(
            "releases_once",
            "INSERT ON edition_releases",
            "EXISTS (SELECT 1 FROM edition_releases AS kept WHERE kept.edition_id = NEW.edition_id)",
            _RELEASED,
        ),
    ),
    "postgresql": (
        _postgresql("editions_stay", _FINAL),
        _postgresql("releases_stay", _RELEASED),
        "CREATE TRIGGER editions_stay BEFORE TRUNCATE ON editions EXECUTE FUNCTION editions_stay()",
        "CREATE TRIGGER releases_emptied BEFORE TRUNCATE ON edition_releases EXECUTE FUNCTION releases_stay()",
        "CREATE TRIGGER releases_stay BEFORE UPDATE OR DELETE ON edition_releases FOR EACH ROW"
        " EXECUTE FUNCTION releases_stay()",
    ),
}
_UNGUARDED = {
    "sqlite": (
        "DROP TRIGGER editions_final_once",
        "DROP TRIGGER editions_final_place",
        "DROP TRIGGER releases_stay",
        "DROP TRIGGER releases_kept",
        "DROP TRIGGER releases_once",
    ),
    "postgresql": (
        "DROP FUNCTION editions_stay() CASCADE",
        "DROP FUNCTION releases_stay() CASCADE",
    ),
}


def upgrade() -> None:
    for statement in _GUARDS[op.get_bind().dialect.name]:
        op.execute(sa.text(statement))


def downgrade() -> None:
    for statement in _UNGUARDED[op.get_bind().dialect.name]:
        op.execute(sa.text(statement))
