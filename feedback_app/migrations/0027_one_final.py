"""what is final stays also where SQLite's hidden row number is named; one first final edition of each report.

A statement that names `rowid` puts its row in the place of another without touching that one's key. And what the code
saw to alone, the database does too: a report becomes final once, and only a final edition is released. By triggers: an
index could not be made where an installation lost what corrects what on its way back to an older version and here.
Stands alone: imports nothing of the application, whose models may have moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_FINAL = "a final edition is never changed or removed"
_RELEASED = "a release is never changed or taken back"
_ONLY_FINAL = "only a final edition is released"
_IS_FINAL = "EXISTS (SELECT 1 FROM editions WHERE id = NEW.edition_id AND state = 'final')"
#: a final edition that a new row would take the place of: by its key or row number, by what it corrects,
#: or as the first final one of its report
_TAKEN = (
    "EXISTS (SELECT 1 FROM editions AS kept WHERE kept.state = 'final' AND (kept.id = NEW.id"
    " OR kept.rowid = NEW.rowid OR (NEW.state = 'final' AND (kept.replaces_id = NEW.replaces_id"
    " OR (kept.replaces_id IS NULL AND NEW.replaces_id IS NULL AND kept.wave_key = NEW.wave_key"
    " AND kept.region_key IS NEW.region_key AND kept.locale = NEW.locale)))){0})"
)
_TAKEN_BEFORE = (
    "EXISTS (SELECT 1 FROM editions AS kept WHERE kept.state = 'final'"
    " AND (kept.id = NEW.id OR (NEW.state = 'final' AND kept.replaces_id = NEW.replaces_id)){0})"
)
_RELEASED_TWICE = "EXISTS (SELECT 1 FROM edition_releases AS kept WHERE kept.edition_id = NEW.edition_id{0})"


def _guards(taken: str, released_twice: str) -> tuple[str, ...]:
    """SQLite's triggers that compare a new row with what is kept."""
    made = (
        ("editions_final_once", "INSERT ON editions", taken.format(""), _FINAL),
        ("editions_final_place", "UPDATE ON editions", taken.format(" AND kept.id <> OLD.id"), _FINAL),
        ("releases_once", "INSERT ON edition_releases", released_twice, _RELEASED),
    )
    return tuple(
        f"CREATE TRIGGER {name} BEFORE {moment} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{words}'); END"
        for name, moment, condition, words in made
    )


_DROPPED = (
    "DROP TRIGGER editions_final_once",
    "DROP TRIGGER editions_final_place",
    "DROP TRIGGER releases_once",
)
_UP = {
    "sqlite": (
        *_DROPPED,
        *_guards(_TAKEN, _RELEASED_TWICE.format(" OR kept.rowid = NEW.rowid")),
        f"CREATE TRIGGER releases_of_final BEFORE INSERT ON edition_releases WHEN NOT {_IS_FINAL}"
        f" BEGIN SELECT RAISE(ABORT, '{_ONLY_FINAL}'); END",
    ),
    "postgresql": (
        # whoever makes a report of this wave final at the same moment waits here, and then sees the other
        "CREATE FUNCTION editions_final_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " PERFORM 1 FROM waves WHERE key = NEW.wave_key FOR NO KEY UPDATE;"
        " IF EXISTS (SELECT 1 FROM editions AS kept WHERE kept.state = 'final' AND kept.replaces_id IS NULL"
        " AND kept.wave_key = NEW.wave_key AND kept.region_key IS NOT DISTINCT FROM NEW.region_key"
        " AND kept.locale = NEW.locale AND kept.id <> NEW.id)"
        " THEN RAISE EXCEPTION 'a report becomes final once: what comes after is a correction'"
        " USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER editions_final_once BEFORE INSERT OR UPDATE ON editions FOR EACH ROW"
        " WHEN (NEW.state = 'final' AND NEW.replaces_id IS NULL) EXECUTE FUNCTION editions_final_once()",
        "CREATE FUNCTION releases_of_final() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF NOT {_IS_FINAL} THEN RAISE EXCEPTION '{_ONLY_FINAL}'"
        " USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER releases_of_final BEFORE INSERT ON edition_releases FOR EACH ROW"
        " EXECUTE FUNCTION releases_of_final()",
    ),
}
_DOWN = {
    "sqlite": (
        "DROP TRIGGER releases_of_final",
        *_DROPPED,
        *_guards(_TAKEN_BEFORE, _RELEASED_TWICE.format("")),
    ),
    "postgresql": (
        "DROP FUNCTION releases_of_final() CASCADE",
        "DROP FUNCTION editions_final_once() CASCADE",
    ),
}


def upgrade() -> None:
    for statement in _UP[op.get_bind().dialect.name]:
        op.execute(sa.text(statement))


def downgrade() -> None:
    for statement in _DOWN[op.get_bind().dialect.name]:
        op.execute(sa.text(statement))
