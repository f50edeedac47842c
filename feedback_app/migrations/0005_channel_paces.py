"""channel paces.

Stands alone: imports nothing of the application, whose models may have moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channel_paces",
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("channel IN ('email', 'sms')", name=op.f("ck_channel_paces_channel")),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_paces")),
    )


def downgrade() -> None:
    op.drop_table("channel_paces")
