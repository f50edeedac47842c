"""open links.

Stands alone: imports nothing of the application, whose models may have moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "open_links",
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("region_key", sa.String(length=40), nullable=False),
        sa.Column("agency_key", sa.String(length=40), nullable=False),
        sa.Column("offer_type", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.CheckConstraint("mode IN ('open', 'kiosk')", name=op.f("ck_open_links_mode")),
        sa.CheckConstraint("length(code) = 8 AND code = upper(code)", name=op.f("ck_open_links_code_form")),
        sa.CheckConstraint("label <> ''", name=op.f("ck_open_links_has_label")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_open_links")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("open_links")
