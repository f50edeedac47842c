"""the policy's values beside each release, by which its figures are read ever after.

Stands alone: imports nothing of the application, whose models may have moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("releases", sa.Column("policy", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("releases", "policy")
