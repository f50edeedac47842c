"""what several machines have in common: texts that colleagues write, and who takes on a periodic task.

Stands alone: imports nothing of the application, whose models may have moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_DOMAIN = "domain IN ('messages', 'surveys')"


def upgrade() -> None:
    op.create_table(
        "written_texts",
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("domain", sa.String(length=8), nullable=False),
        sa.Column("context", sa.Text(), nullable=True),
        sa.Column("source", sa.JSON(), nullable=False),
        sa.Column("target", sa.JSON(), nullable=False),
        sa.Column("fuzzy", sa.Boolean(), nullable=False),
        sa.Column("previous", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("served", sa.JSON(), nullable=True),
        sa.Column("undone", sa.JSON(), nullable=True),
        sa.CheckConstraint(_DOMAIN, name=op.f("ck_written_texts_domain")),
        sa.PrimaryKeyConstraint("locale", "name", name=op.f("pk_written_texts")),
    )
    op.create_table(
        "written_states",
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("domain", sa.String(length=8), nullable=False),
        sa.Column("stamp", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("served_state", sa.String(length=8), nullable=False),
        sa.Column("served_seal", sa.String(length=64), nullable=False),
        sa.Column("last_name", sa.String(length=16), nullable=False),
        sa.CheckConstraint(_DOMAIN, name=op.f("ck_written_states_domain")),
        sa.CheckConstraint("state IN ('', 'draft', 'reviewed')", name=op.f("ck_written_states_state")),
        sa.CheckConstraint(
            "served_state IN ('', 'draft', 'reviewed')", name=op.f("ck_written_states_served_state")
        ),
        sa.PrimaryKeyConstraint("locale", "domain", name=op.f("pk_written_states")),
    )
    with op.batch_alter_table("task_runs") as runs:
        runs.add_column(sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("task_runs") as runs:
        runs.drop_column("due_at")
    op.drop_table("written_states")
    op.drop_table("written_texts")
