"""patterns of closed waves, and the evidence signals were made from.

Stands alone: imports nothing of the application, whose models may have moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pattern_runs",
        sa.Column("wave_key", sa.String(length=10), nullable=False),
        sa.Column("snapshot", sa.String(length=64), nullable=False),
        sa.Column("policy_version", sa.String(length=20), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["wave_key"], ["waves.key"], name=op.f("fk_pattern_runs_wave_key_waves")),
        sa.PrimaryKeyConstraint("wave_key", name=op.f("pk_pattern_runs")),
    )
    op.create_table(
        "pattern_tests",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("wave_key", sa.String(length=10), nullable=False),
        sa.Column("verdict", sa.String(length=24), nullable=False),
        sa.Column("proposal", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "verdict IN ('sterk', 'mogelijk', 'focusgroep', 'geen_verschil', 'nog_niet_te_zeggen')",
            name=op.f("ck_pattern_tests_verdict"),
        ),
        sa.ForeignKeyConstraint(
            ["wave_key"],
            ["pattern_runs.wave_key"],
            name=op.f("fk_pattern_tests_wave_key_pattern_runs"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pattern_tests")),
    )
    op.create_index(op.f("ix_pattern_tests_wave_key"), "pattern_tests", ["wave_key"])
    op.create_table(
        "signal_evidence",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("signal_id", sa.String(length=32), nullable=False),
        sa.Column("wave_key", sa.String(length=10), nullable=False),
        sa.Column("snapshot", sa.String(length=64), nullable=False),
        sa.Column("proposal", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["signal_id"],
            ["signals.id"],
            name=op.f("fk_signal_evidence_signal_id_signals"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["wave_key"], ["waves.key"], name=op.f("fk_signal_evidence_wave_key_waves")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal_evidence")),
    )
    op.create_index(op.f("ix_signal_evidence_signal_id"), "signal_evidence", ["signal_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_signal_evidence_signal_id"), table_name="signal_evidence")
    op.drop_table("signal_evidence")
    op.drop_index(op.f("ix_pattern_tests_wave_key"), table_name="pattern_tests")
    op.drop_table("pattern_tests")
    op.drop_table("pattern_runs")
