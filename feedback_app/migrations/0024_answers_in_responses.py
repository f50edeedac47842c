"""answers as a column of their response: one row for each person instead of one for each answer.

A list of `item=value` in the order of its bytes, so that everybody who chose the same has the same text. SQLite's
tables are made anew, in the order of their random keys: a row that grows would leave pieces of itself behind.
An index that is the beginning of another one goes, and that of responses by wave: they are read all at once or not at
all. Coded remarks are counted by an index of their own.

Stands alone: imports nothing of the application, whose models may have moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_COLUMNS = (
    "id, wave_key, survey_key, fingerprint, mode, region_key, agency_key, offer_type, locale, week, complete"
)
_LISTED = {
    "sqlite": (
        "SELECT json_group_array(said) FROM (SELECT item_key || '=' || value AS said FROM answers"
        " WHERE response_id = responses.id ORDER BY 1)"
    ),
    "postgresql": (
        """SELECT '[' || string_agg(to_json(said)::text, ',' ORDER BY said COLLATE "C") || ']' FROM"""
        " (SELECT item_key || '=' || value AS said FROM answers WHERE response_id = responses.id) AS each"
    ),
}
_TAKEN_APART = {
    "sqlite": (
        "SELECT r.id, substr(value, 1, instr(value, '=') - 1), substr(value, instr(value, '=') + 1)"
        " FROM responses_with_answers AS r, json_each(r.answers) ORDER BY 1, 2, 3"
    ),
    "postgresql": (
        "SELECT r.id, split_part(said, '=', 1), split_part(said, '=', 2)"
        " FROM responses AS r, json_array_elements_text(r.answers::json) AS said ORDER BY 1, 2, 3"
    ),
}


def upgrade() -> None:
    kind = op.get_bind().dialect.name
    listed = f"coalesce(({_LISTED[kind]}), '[]')"
    if kind == "sqlite":
        _fill_anew(f"{_COLUMNS}, {listed}", sa.Column("answers", sa.Text(), nullable=False))
        op.drop_table("answers")  # else each of its rows would go by itself, with its response
        op.drop_table("responses")
        op.rename_table("responses_anew", "responses")
    else:
        op.add_column("responses", sa.Column("answers", sa.Text()))
        op.execute(f"UPDATE responses SET answers = {listed}")  # noqa: S608
        op.alter_column("responses", "answers", nullable=False)
        op.drop_table("answers")
        op.drop_index("ix_responses_wave", table_name="responses")
    op.drop_index("ix_invitations_wave_key", table_name="invitations")
    op.drop_index("ix_remarks_wave_key", table_name="remarks")
    op.create_index("ix_remarks_state", "remarks", ["wave_key", "state", "survey_key"])


def downgrade() -> None:
    kind = op.get_bind().dialect.name
    op.create_index("ix_invitations_wave_key", "invitations", ["wave_key"])
    op.drop_index("ix_remarks_state", table_name="remarks")
    op.create_index("ix_remarks_wave_key", "remarks", ["wave_key"])
    if kind == "sqlite":
        _fill_anew(_COLUMNS)
        op.rename_table("responses", "responses_with_answers")
        op.rename_table("responses_anew", "responses")
    op.create_index("ix_responses_wave", "responses", ["wave_key", "survey_key"])
    op.create_table(
        "answers",
        sa.Column("response_id", sa.String(length=32), nullable=False),
        sa.Column("item_key", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["response_id"],
            ["responses.id"],
            name=op.f("fk_answers_response_id_responses"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("response_id", "item_key", "value", name=op.f("pk_answers")),
        sqlite_with_rowid=False,
    )
    op.execute(f"INSERT INTO answers {_TAKEN_APART[kind]}")
    if kind == "sqlite":
        op.drop_table("responses_with_answers")
    else:
        op.drop_column("responses", "answers")


def _fill_anew(chosen: str, *more: sa.Column[str]) -> None:
    """Fill a second table of responses, on SQLite."""
    op.create_table(
        "responses_anew",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("wave_key", sa.String(length=10), nullable=False),
        sa.Column("survey_key", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("region_key", sa.String(length=40), nullable=False),
        sa.Column("agency_key", sa.String(length=40), nullable=False),
        sa.Column("offer_type", sa.String(length=40), nullable=False),
        sa.Column("locale", sa.String(length=24), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        *more,
        sa.CheckConstraint(
            "mode IN ('phone', 'kiosk', 'paper', 'assisted', 'open')", name=op.f("ck_responses_mode")
        ),
        sa.ForeignKeyConstraint(
            ["fingerprint"],
            ["questionnaire_versions.fingerprint"],
            name=op.f("fk_responses_fingerprint_questionnaire_versions"),
        ),
        sa.ForeignKeyConstraint(["wave_key"], ["waves.key"], name=op.f("fk_responses_wave_key_waves")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responses")),
        sqlite_with_rowid=False,
    )
    op.execute(f"INSERT INTO responses_anew SELECT {chosen} FROM responses ORDER BY id")  # noqa: S608
