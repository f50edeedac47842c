"""links that ask how things are some months later.

Stands alone: imports nothing of the application, whose models may have moved on.
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # one statement, because SQLite takes a rule only along with its column
    op.execute(
        "ALTER TABLE open_links ADD COLUMN survey_key VARCHAR(40) DEFAULT 'newcomer' NOT NULL "
        "CONSTRAINT ck_open_links_survey_key CHECK (survey_key IN ('newcomer', 'impact'))"
    )


def downgrade() -> None:
    # an earlier version would ask everybody at these doors what is asked right after an activity
    op.execute(
        "DELETE FROM poster_prints WHERE code IN (SELECT code FROM open_links WHERE survey_key = 'impact')"
    )
    op.execute("DELETE FROM open_links WHERE survey_key = 'impact'")
    op.drop_column("open_links", "survey_key")
