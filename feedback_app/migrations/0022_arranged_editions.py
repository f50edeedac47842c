"""editions: how editors arranged them, as a web page, corrected, released; and what is final stays.

Stands alone: imports nothing of the application, whose models may have moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_GUARDS = {
    "sqlite": (
        "CREATE TRIGGER editions_final_stays BEFORE UPDATE ON editions WHEN OLD.state = 'final'"
        " BEGIN SELECT RAISE(ABORT, 'a final edition is never changed'); END",
        "CREATE TRIGGER editions_final_kept BEFORE DELETE ON editions WHEN OLD.state = 'final'"
        " BEGIN SELECT RAISE(ABORT, 'a final edition is never removed'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION editions_final_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'a final edition is never changed or removed'"
        " USING ERRCODE = 'integrity_constraint_violation'; END $$",
        "CREATE TRIGGER editions_final_stays BEFORE UPDATE OR DELETE ON editions FOR EACH ROW"
        " WHEN (OLD.state = 'final') EXECUTE FUNCTION editions_final_stays()",
    ),
}
_UNGUARDED = {
    "sqlite": ("DROP TRIGGER editions_final_stays", "DROP TRIGGER editions_final_kept"),
    "postgresql": (
        "DROP TRIGGER editions_final_stays ON editions",
        "DROP FUNCTION editions_final_stays()",
    ),
}


def upgrade() -> None:
    op.add_column("editions", sa.Column("html", sa.Text(), nullable=True))
    op.add_column("editions", sa.Column("annex", sa.LargeBinary(), nullable=True))
    op.add_column("editions", sa.Column("material", sa.JSON(), nullable=True))
    op.add_column("editions", sa.Column("arrangement", sa.Integer(), server_default="0", nullable=False))
    op.add_column("editions", sa.Column("replaces_id", sa.String(length=32), nullable=True))
    # one statement, because SQLite takes a rule only along with its column
    op.execute(
        "ALTER TABLE editions ADD COLUMN reason TEXT DEFAULT '' NOT NULL"
        " CONSTRAINT ck_editions_correction_has_reason CHECK ((replaces_id IS NULL) = (reason = ''))"
    )
    final = sa.text("state = 'final'")
    op.create_index(
        "ix_editions_replaced_once",
        "editions",
        ["replaces_id"],
        unique=True,
        sqlite_where=final,
        postgresql_where=final,
    )
    _create_tables()
    for statement in _GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


def _create_tables() -> None:
    op.create_table(
        "arrangements",
        sa.Column("wave_key", sa.String(length=10), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("earlier", sa.JSON(), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["wave_key"], ["waves.key"], name=op.f("fk_arrangements_wave_key_waves")),
        sa.PrimaryKeyConstraint("wave_key", "level", "locale", name=op.f("pk_arrangements")),
    )
    op.create_table(
        "edition_releases",
        sa.Column("edition_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["editions.id"], name=op.f("fk_edition_releases_edition_id_editions")
        ),
        sa.PrimaryKeyConstraint("edition_id", name=op.f("pk_edition_releases")),
    )
    op.create_table(
        "edition_notices",
        sa.Column("edition_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'claimed', 'delivered', 'bounced', 'unknown')",
            name=op.f("ck_edition_notices_state"),
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["editions.id"], name=op.f("fk_edition_notices_edition_id_editions")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_edition_notices_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("edition_id", "account_id", name=op.f("pk_edition_notices")),
    )
    op.create_table(
        "edition_readers",
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_edition_readers_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_edition_readers")),
    )


def downgrade() -> None:
    for statement in _UNGUARDED[op.get_bind().dialect.name]:
        op.execute(statement)
    for table in ("edition_readers", "edition_notices", "edition_releases", "arrangements"):
        op.drop_table(table)
    op.drop_index("ix_editions_replaced_once", table_name="editions")
    for column in ("reason", "replaces_id", "arrangement", "material", "annex", "html"):
        op.drop_column("editions", column)
