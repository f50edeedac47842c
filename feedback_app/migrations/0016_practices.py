"""good practices: what worked, released by a second person; what pre-signals called one waits for that.

Stands alone: imports nothing of the application, whose models may have moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "practices",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("theme_key", sa.String(length=3), nullable=False),
        sa.Column("region_key", sa.String(length=40), nullable=True),
        sa.Column("wave_key", sa.String(length=10), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("contact", sa.String(length=254), nullable=False),
        sa.Column("written_by", sa.String(length=32), nullable=True),
        sa.Column("released_by", sa.String(length=32), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("signal_id", sa.String(length=32), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'released', 'withdrawn')", name=op.f("ck_practices_state")),
        sa.CheckConstraint(
            "state <> 'released' OR (title <> '' AND what <> '' AND place <> '' AND why <> '')",
            name=op.f("ck_practices_released_is_whole"),
        ),
        sa.CheckConstraint(
            "(state = 'released') = (released_by IS NOT NULL)",
            name=op.f("ck_practices_released_by_somebody"),
        ),
        sa.CheckConstraint(
            "released_by IS NULL OR released_by <> written_by", name=op.f("ck_practices_four_eyes")
        ),
        sa.CheckConstraint(
            "state <> 'withdrawn' OR reason <> ''", name=op.f("ck_practices_withdrawn_has_reason")
        ),
        sa.ForeignKeyConstraint(["wave_key"], ["waves.key"], name=op.f("fk_practices_wave_key_waves")),
        sa.ForeignKeyConstraint(
            ["signal_id"],
            ["signals.id"],
            name=op.f("fk_practices_signal_id_signals"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practices")),
        sa.UniqueConstraint("signal_id", name=op.f("uq_practices_signal_id")),
    )
    op.create_index(op.f("ix_practices_theme_key"), "practices", ["theme_key"])
    op.create_index(op.f("ix_practices_wave_key"), "practices", ["wave_key"])
    op.create_table(
        "practice_events",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("practice_id", sa.String(length=32), nullable=False),
        sa.Column("step", sa.String(length=10), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "step IN ('written', 'reworded', 'released', 'withdrawn')",
            name=op.f("ck_practice_events_step"),
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practices.id"],
            name=op.f("fk_practice_events_practice_id_practices"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_events")),
    )
    op.create_index(op.f("ix_practice_events_practice_id"), "practice_events", ["practice_id"])
    op.create_table(
        "contact_requests",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("practice_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("mail", sa.String(length=10), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "mail IN ('waiting', 'claimed', 'delivered', 'bounced', 'unknown')",
            name=op.f("ck_contact_requests_mail"),
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practices.id"],
            name=op.f("fk_contact_requests_practice_id_practices"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_contact_requests_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_requests")),
        sa.UniqueConstraint("practice_id", "account_id", name="uq_contact_requests_once"),
    )
    op.create_index(op.f("ix_contact_requests_account_id"), "contact_requests", ["account_id"])
    op.create_index(op.f("ix_contact_requests_mail"), "contact_requests", ["mail"])
    op.create_table(
        "booklets",
        sa.Column("theme_key", sa.String(length=3), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("practices", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("theme_key", "locale", name=op.f("pk_booklets")),
    )
    _take_over()


def _take_over() -> None:
    """What pre-signals called a good practice went into reports unread; from now on a second person releases it."""
    op.execute(
        "INSERT INTO practices (id, state, theme_key, region_key, wave_key, title, what, place, why, contact,"
        " written_by, reason, signal_id, revision)"
        " SELECT id, 'waiting', theme_key, region_key, wave_key,"
        " CASE WHEN title <> '' THEN title ELSE substr(observation, 1, 200) END,"
        " CASE WHEN finding <> '' THEN finding ELSE observation END, '', '', '',"
        " (SELECT account_id FROM signal_events WHERE signal_events.signal_id = signals.id"
        "  ORDER BY at, id LIMIT 1), '', id, 1"
        " FROM signals WHERE is_practice AND state <> 'niet_weerhouden'"
    )
    op.execute(
        "INSERT INTO practice_events (id, practice_id, step, account_id, at, note)"
        " SELECT signal_events.id, signal_events.signal_id, signal_events.kind,"
        " signal_events.account_id, signal_events.at, ''"
        " FROM signal_events JOIN practices ON practices.signal_id = signal_events.signal_id"
        " WHERE signal_events.kind IN ('written', 'reworded')"
    )


def downgrade() -> None:
    op.drop_table("booklets")
    op.drop_table("contact_requests")
    op.drop_table("practice_events")
    op.drop_table("practices")
