"""what is told back: plain Dutch with the signal, translations, posters, and mails to partners.

Stands alone: imports nothing of the application, whose models may have moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_TOLD = {
    "told_said": sa.Text(),
    "told_doing": sa.Text(),
    "told_by": sa.String(120),
    "told_when": sa.String(120),
}
_RULE = "state NOT IN ('teruggekoppeld', 'afgesloten') OR (told_said <> '' AND told_doing <> '')"


def upgrade() -> None:
    with op.batch_alter_table("signals") as batch_op:
        for name, kind in _TOLD.items():
            batch_op.add_column(sa.Column(name, kind, server_default="", nullable=False))
    # what everybody could read until now goes on being told
    op.execute(
        "UPDATE signals SET told_said = ask, told_by = substr(answered_by, 1, 120), told_doing = answer ||"
        " CASE WHEN will_do = '' THEN '' ELSE ' ' || will_do END"
        " WHERE state IN ('teruggekoppeld', 'afgesloten')"
    )
    with op.batch_alter_table("signals") as batch_op:
        for name, kind in _TOLD.items():
            batch_op.alter_column(name, existing_type=kind, server_default=None, existing_nullable=False)
        batch_op.create_check_constraint(op.f("ck_signals_told_back_has_text"), _RULE)
    _make_tables()


def _make_tables() -> None:
    op.create_table(
        "told_texts",
        sa.Column("signal_id", sa.String(length=32), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("doing", sa.Text(), nullable=False),
        sa.Column("by_whom", sa.Text(), nullable=False),
        sa.Column("when_text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("dutch_hash", sa.String(length=64), nullable=False),
        sa.Column("written_by", sa.String(length=32), nullable=False),
        sa.Column("reviewed_by", sa.String(length=32), nullable=True),
        sa.CheckConstraint("state IN ('draft', 'reviewed')", name=op.f("ck_told_texts_state")),
        sa.CheckConstraint("locale <> 'nl'", name=op.f("ck_told_texts_not_the_source")),
        sa.CheckConstraint("said <> '' AND doing <> ''", name=op.f("ck_told_texts_has_text")),
        sa.CheckConstraint(
            "(state = 'reviewed') = (reviewed_by IS NOT NULL)"
            " AND (reviewed_by IS NULL OR reviewed_by <> written_by)",
            name=op.f("ck_told_texts_four_eyes"),
        ),
        sa.ForeignKeyConstraint(
            ["signal_id"], ["signals.id"], name=op.f("fk_told_texts_signal_id_signals"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("signal_id", "locale", name=op.f("pk_told_texts")),
    )
    op.create_table(
        "told_posters",
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("locale", name=op.f("pk_told_posters")),
    )
    op.create_table(
        "told_mails",
        sa.Column("wave_key", sa.String(length=10), nullable=False),
        sa.Column("partner_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "state IN ('claimed', 'sent', 'failed', 'unknown')", name=op.f("ck_told_mails_state")
        ),
        sa.ForeignKeyConstraint(["wave_key"], ["waves.key"], name=op.f("fk_told_mails_wave_key_waves")),
        sa.ForeignKeyConstraint(
            ["partner_id"],
            ["partners.id"],
            name=op.f("fk_told_mails_partner_id_partners"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("wave_key", "partner_id", name=op.f("pk_told_mails")),
    )


def downgrade() -> None:
    for table in ("told_mails", "told_posters", "told_texts"):
        op.drop_table(table)
    with op.batch_alter_table("signals") as batch_op:
        batch_op.drop_constraint(op.f("ck_signals_told_back_has_text"), type_="check")
        for name in _TOLD:
            batch_op.drop_column(name)
