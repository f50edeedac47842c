"""when the sign-in service withdrew an account's role; no password beside the service.

Stands alone: imports nothing of the application, whose models may have moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_OUTSIDE = "(SELECT account_id FROM outside_identities)"


def upgrade() -> None:
    op.add_column("outside_identities", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    # a link could give who comes through the service a password as well, which the service cannot take back
    op.execute(f"UPDATE accounts SET password_hash = '' WHERE id IN {_OUTSIDE}")  # noqa: S608 - our own words
    op.execute(f"DELETE FROM colleague_links WHERE account_id IN {_OUTSIDE}")  # noqa: S608


def downgrade() -> None:
    op.drop_column("outside_identities", "withdrawn_at")
