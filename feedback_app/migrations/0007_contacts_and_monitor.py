"""contacts for focus groups, printed cards, response snapshots; no statistics about sealed contact data.

Stands alone: imports nothing of the application, whose models may have moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

#: what the planner samples of a column it keeps in a catalogue table of its own: no copies there
_SEALED = (("trajectories", "phone_sealed"), ("trajectories", "email_sealed"))


def _statistics(table: str, column: str, target: int) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS {target}")


def upgrade() -> None:
    op.create_table(
        "focus_contacts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("region_key", sa.String(length=40), nullable=False),
        sa.Column("contact_language", sa.String(length=10), nullable=False),
        sa.Column("contact_sealed", sa.Text(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.CheckConstraint("length(month) = 7", name=op.f("ck_focus_contacts_month_form")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_focus_contacts")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_focus_contacts_region_key"), "focus_contacts", ["region_key"])
    op.create_table(
        "card_prints",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("wave_key", sa.String(length=10), nullable=False),
        sa.Column("region_key", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["wave_key"], ["waves.key"], name=op.f("fk_card_prints_wave_key_waves")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_prints")),
    )
    op.create_table(
        "response_snapshots",
        sa.Column("wave_key", sa.String(length=10), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["wave_key"], ["waves.key"], name=op.f("fk_response_snapshots_wave_key_waves")
        ),
        sa.PrimaryKeyConstraint("wave_key", name=op.f("pk_response_snapshots")),
    )
    for table, column in (*_SEALED, ("focus_contacts", "contact_sealed")):
        _statistics(table, column, 0)


def downgrade() -> None:
    for table, column in _SEALED:
        _statistics(table, column, -1)
    op.drop_table("response_snapshots")
    op.drop_table("card_prints")
    op.drop_index(op.f("ix_focus_contacts_region_key"), table_name="focus_contacts")
    op.drop_table("focus_contacts")
