"""questions of one region: proposals with their history, and the editions that a wave asks.

Stands alone: imports nothing of the application, whose models may have moved on.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_STATES = "state IN ('proposed', 'withdrawn', 'refused', 'accepted', 'retired')"


def upgrade() -> None:
    op.create_table(
        "regional_items",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("region_key", sa.String(length=40), nullable=False),
        sa.Column("survey_key", sa.String(length=40), nullable=False),
        sa.Column("item_key", sa.String(length=40), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(_STATES, name=op.f("ck_regional_items_state")),
        sa.CheckConstraint(
            "survey_key IN ('newcomer', 'partner')", name=op.f("ck_regional_items_survey_key")
        ),
        sa.CheckConstraint(
            "state NOT IN ('refused', 'retired') OR reason <> ''",
            name=op.f("ck_regional_items_decision_has_reason"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regional_items")),
        sa.UniqueConstraint("survey_key", "item_key", name=op.f("uq_regional_items_survey_key")),
    )
    op.create_index("ix_regional_items_region_key", "regional_items", ["region_key", "survey_key"])
    op.create_table(
        "regional_item_events",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("item_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(_STATES, name=op.f("ck_regional_item_events_state")),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["regional_items.id"],
            name=op.f("fk_regional_item_events_item_id_regional_items"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regional_item_events")),
    )
    op.create_index(op.f("ix_regional_item_events_item_id"), "regional_item_events", ["item_id"])
    op.create_table(
        "regional_questionnaires",
        sa.Column("wave_key", sa.String(length=10), nullable=False),
        sa.Column("survey_key", sa.String(length=40), nullable=False),
        sa.Column("region_key", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["wave_key"], ["waves.key"], name=op.f("fk_regional_questionnaires_wave_key_waves")
        ),
        sa.ForeignKeyConstraint(
            ["fingerprint"],
            ["questionnaire_versions.fingerprint"],
            name=op.f("fk_regional_questionnaires_fingerprint_questionnaire_versions"),
        ),
        sa.PrimaryKeyConstraint(
            "wave_key", "survey_key", "region_key", name=op.f("pk_regional_questionnaires")
        ),
    )


def downgrade() -> None:
    _forget_editions()
    op.drop_table("regional_questionnaires")
    op.drop_index(op.f("ix_regional_item_events_item_id"), table_name="regional_item_events")
    op.drop_table("regional_item_events")
    op.drop_index("ix_regional_items_region_key", table_name="regional_items")
    op.drop_table("regional_items")


def _forget_editions() -> None:
    """Let what was answered in a region's edition be an answer to the core: nothing older knows editions."""
    connection = op.get_bind()
    editions = connection.execute(
        sa.text(
            "SELECT r.wave_key, r.fingerprint, w.fingerprint, v.definition FROM regional_questionnaires r"
            " JOIN wave_questionnaires w ON w.wave_key = r.wave_key AND w.survey_key = r.survey_key"
            " JOIN questionnaire_versions v ON v.fingerprint = r.fingerprint"
        )
    ).all()
    for wave, own, core, stored in editions:
        definition = json.loads(stored) if isinstance(stored, str) else stored
        for item in definition["survey"]["items"]:
            if "region" in item:
                connection.execute(
                    sa.text(
                        "DELETE FROM answers WHERE item_key = :item AND response_id IN"
                        " (SELECT id FROM responses WHERE wave_key = :wave)"
                    ),
                    {"item": item["key"], "wave": wave},
                )
        connection.execute(
            sa.text("UPDATE responses SET fingerprint = :core WHERE wave_key = :wave AND fingerprint = :own"),
            {"core": core, "wave": wave, "own": own},
        )
    connection.execute(sa.text("DELETE FROM regional_questionnaires"))
    for own in {edition[1] for edition in editions}:
        for table in ("version_texts", "questionnaire_versions"):
            connection.execute(sa.text(f"DELETE FROM {table} WHERE fingerprint = :own"), {"own": own})  # noqa: S608
