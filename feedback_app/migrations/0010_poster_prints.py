"""posters as PDF; an index that the list of invitations sorts by.

Stands alone: imports nothing of the application, whose models may have moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "poster_prints",
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["code"], ["open_links.code"], name=op.f("fk_poster_prints_code_open_links")),
        sa.PrimaryKeyConstraint("code", "language", name=op.f("pk_poster_prints")),
    )
    op.create_index("ix_invitations_list", "invitations", ["wave_key", "region_key", "audience", "id"])


def downgrade() -> None:
    op.drop_index("ix_invitations_list", table_name="invitations")
    op.drop_table("poster_prints")
