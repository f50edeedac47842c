"""remarks: redaction, language, translation, coding by two, and a closed route for worries.

Stands alone: imports nothing of the application, whose models may have moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_BEFORE = (
    "beheerder",
    "agentschap",
    "trajectbegeleider",
    "analist",
    "netwerkmedewerker",
    "redacteur",
    "vrijgever",
    "lezer",
    "vertaler",
)
#: column → its type and default, and the name and text of its rule
_COLUMNS = {
    "redacted": ("TEXT NOT NULL DEFAULT ''", "raw_or_redacted", "text = '' OR redacted = ''"),
    "language": ("VARCHAR(10) NOT NULL DEFAULT ''", "", ""),
    "translation": ("TEXT NOT NULL DEFAULT ''", "", ""),
    "translated": (
        "VARCHAR(8) NOT NULL DEFAULT ''",
        "translated",
        "translated IN ('', 'human', 'machine')",
    ),
    "draft": ("TEXT NOT NULL DEFAULT ''", "", ""),
    "suggested": ("VARCHAR(20) NOT NULL DEFAULT ''", "", ""),
    "waits_for": (
        "VARCHAR(6) NOT NULL DEFAULT 'first'",
        "waits_for",
        "waits_for IN ('first', 'second', 'third')",
    ),
    "quote_shows": (
        "VARCHAR(10) NOT NULL DEFAULT 'side'",
        "quote_shows",
        "quote_shows IN ('side', 'region', 'original')",
    ),
    "quote_original": ("TEXT NOT NULL DEFAULT ''", "", ""),
}


def _roles(names: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{name}'" for name in names)
    with op.batch_alter_table("accounts") as batch_op:
        batch_op.drop_constraint(op.f("ck_accounts_role"), type_="check")
        batch_op.create_check_constraint(op.f("ck_accounts_role"), f"role IN ({listed})")


def upgrade() -> None:
    _roles((*_BEFORE, "vertrouwenspersoon"))
    # one by one, not in a batch: SQLite would make the table anew, with the hidden rowid that keeps the order
    for name, (kind, rule, text) in _COLUMNS.items():
        check = f" CONSTRAINT ck_remarks_{rule} CHECK ({text})" if rule else ""
        op.execute(f"ALTER TABLE remarks ADD COLUMN {name} {kind}{check}")
    op.add_column("remarks", sa.Column("twice", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "remark_codings",
        sa.Column("remark_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.String(length=6), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("themes", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "position IN ('first', 'second', 'third')", name=op.f("ck_remark_codings_position")
        ),
        sa.ForeignKeyConstraint(
            ["remark_id"],
            ["remarks.id"],
            name=op.f("fk_remark_codings_remark_id_remarks"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("remark_id", "position", name=op.f("pk_remark_codings")),
        sa.UniqueConstraint("remark_id", "account_id", name=op.f("uq_remark_codings_one_each")),
        sqlite_with_rowid=False,
    )
    _worries()


def _worries() -> None:
    op.create_table(
        "worries",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("wave_key", sa.String(length=10), nullable=False),
        sa.Column("survey_key", sa.String(length=40), nullable=False),
        sa.Column("item_key", sa.String(length=40), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("region_key", sa.String(length=40), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("closed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("raised_by", sa.String(length=32), nullable=False),
        sa.Column("handled_by", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "reason IN ('danger', 'abuse', 'child', 'self_harm', 'other')", name=op.f("ck_worries_reason")
        ),
        sa.CheckConstraint("NOT closed OR text = ''", name=op.f("ck_worries_closed_forgets")),
        sa.CheckConstraint("closed = (handled_by IS NOT NULL)", name=op.f("ck_worries_closed_by_somebody")),
        sa.ForeignKeyConstraint(["wave_key"], ["waves.key"], name=op.f("fk_worries_wave_key_waves")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worries")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_worries_wave_key"), "worries", ["wave_key"])
    if op.get_bind().dialect.name == "postgresql":
        # what people wrote is gone when it is destroyed: the planner keeps no sample of it
        for column in (
            "remarks.text",
            "remarks.redacted",
            "remarks.translation",
            "remarks.draft",
            "worries.text",
        ):
            table, _, name = column.partition(".")
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {name} SET STATISTICS 0")


def downgrade() -> None:
    # what was redacted stays, as the text: the older release has no other place for it
    op.execute("UPDATE remarks SET text = redacted, redacted = '' WHERE redacted <> ''")
    op.drop_index(op.f("ix_worries_wave_key"), table_name="worries")
    op.drop_table("worries")
    op.drop_table("remark_codings")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE remarks ALTER COLUMN text SET STATISTICS -1")
    for name in ("twice", *reversed(_COLUMNS)):
        op.execute(f"ALTER TABLE remarks DROP COLUMN {name}")
    # an account with a role that is no more could open nothing: it reads published reports
    op.execute("UPDATE accounts SET role = 'lezer', active = false WHERE role = 'vertrouwenspersoon'")
    _roles(_BEFORE)
