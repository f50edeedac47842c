"""first schema.

Stands alone: imports nothing of the application, whose models may have moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = ("default",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("region_key", sa.String(length=40), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.CheckConstraint(
            "role <> 'netwerkmedewerker' OR region_key IS NOT NULL",
            name=op.f("ck_accounts_network_has_region"),
        ),
        sa.CheckConstraint(
            "role IN ('beheerder', 'agentschap', 'trajectbegeleider', 'analist', 'netwerkmedewerker', 'redacteur', 'vrijgever', 'lezer', 'vertaler')",
            name=op.f("ck_accounts_role"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("email", name=op.f("uq_accounts_email")),
    )
    op.create_table(
        "import_batches",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("file_hash", sa.String(length=64), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("trajectories", sa.Integer(), nullable=False),
        sa.Column("activities", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batches")),
    )
    op.create_table(
        "installation",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_installation")),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("result", sa.String(length=64), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name=op.f("ck_jobs_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_table(
        "partners",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kbo", sa.String(length=10), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners")),
        sa.UniqueConstraint("kbo", name=op.f("uq_partners_kbo")),
    )
    with op.batch_alter_table("partners", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_partners_email"), ["email"], unique=False)

    op.create_table(
        "questionnaire_versions",
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("survey_key", sa.String(length=40), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("frozen_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_questionnaire_versions")),
    )
    op.create_table(
        "signin_failures",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signin_failures")),
    )
    with op.batch_alter_table("signin_failures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signin_failures_subject"), ["subject"], unique=False)

    op.create_table(
        "trajectories",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ref_hash", sa.String(length=64), nullable=False),
        sa.Column("agency_key", sa.String(length=40), nullable=False),
        sa.Column("region_key", sa.String(length=40), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=False),
        sa.Column("hours", sa.Numeric(precision=6, scale=2), nullable=False),
        sa.Column("offer_source", sa.String(length=40), nullable=False),
        sa.Column("contact_language", sa.String(length=10), nullable=False),
        sa.Column("phone_sealed", sa.Text(), nullable=True),
        sa.Column("email_sealed", sa.Text(), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("imported_on", sa.Date(), nullable=False),
        sa.CheckConstraint("outcome IN ('completed', 'stopped')", name=op.f("ck_trajectories_outcome")),
        sa.CheckConstraint("ended_on >= started_on", name=op.f("ck_trajectories_dates_in_order")),
        sa.CheckConstraint("hours >= 0", name=op.f("ck_trajectories_hours_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trajectories")),
        sa.UniqueConstraint("agency_key", "ref_hash", name="uq_trajectories_agency_ref"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("trajectories", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trajectories_ended_on"), ["ended_on"], unique=False)

    op.create_table(
        "waves",
        sa.Column("key", sa.String(length=10), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_on IS NOT NULL)", name=op.f("ck_waves_closed_has_date")
        ),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_waves_state")),
        sa.CheckConstraint("ends_on > starts_on", name=op.f("ck_waves_period_in_order")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_waves")),
    )
    op.create_table(
        "activities",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("trajectory_id", sa.String(length=32), nullable=False),
        sa.Column("partner_id", sa.String(length=32), nullable=False),
        sa.Column("offer_type", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_activities_partner_id_partners")
        ),
        sa.ForeignKeyConstraint(
            ["trajectory_id"], ["trajectories.id"], name=op.f("fk_activities_trajectory_id_trajectories")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activities")),
        sa.UniqueConstraint(
            "trajectory_id", "partner_id", "offer_type", name="uq_activities_trajectory_partner_type"
        ),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("activities", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_activities_partner_id"), ["partner_id"], unique=False)

    op.create_table(
        "editions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("wave_key", sa.String(length=10), nullable=False),
        sa.Column("region_key", sa.String(length=40), nullable=True),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("compiled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'final')", name=op.f("ck_editions_state")),
        sa.ForeignKeyConstraint(["wave_key"], ["waves.key"], name=op.f("fk_editions_wave_key_waves")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_editions")),
    )
    with op.batch_alter_table("editions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_editions_wave_key"), ["wave_key"], unique=False)

    op.create_table(
        "frozen_counts",
        sa.Column("wave_key", sa.String(length=10), nullable=False),
        sa.Column("survey_key", sa.String(length=40), nullable=False),
        sa.Column("cut", sa.String(length=20), nullable=False),
        sa.Column("member", sa.String(length=40), nullable=False),
        sa.Column("item_key", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint("count > 0", name=op.f("ck_frozen_counts_count_positive")),
        sa.ForeignKeyConstraint(["wave_key"], ["waves.key"], name=op.f("fk_frozen_counts_wave_key_waves")),
        sa.PrimaryKeyConstraint(
            "wave_key", "survey_key", "cut", "member", "item_key", "value", name=op.f("pk_frozen_counts")
        ),
    )
    op.create_table(
        "frozen_groups",
        sa.Column("wave_key", sa.String(length=10), nullable=False),
        sa.Column("survey_key", sa.String(length=40), nullable=False),
        sa.Column("cut", sa.String(length=20), nullable=False),
        sa.Column("member", sa.String(length=40), nullable=False),
        sa.Column("outcomes", sa.JSON(), nullable=False),
        sa.Column("organisations", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["wave_key"], ["waves.key"], name=op.f("fk_frozen_groups_wave_key_waves")),
        sa.PrimaryKeyConstraint("wave_key", "survey_key", "cut", "member", name=op.f("pk_frozen_groups")),
    )
    op.create_table(
        "published_participation",
        sa.Column("wave_key", sa.String(length=10), nullable=False),
        sa.Column("survey_key", sa.String(length=40), nullable=False),
        sa.Column("cut", sa.String(length=20), nullable=False),
        sa.Column("member", sa.String(length=40), nullable=False),
        sa.Column("participation", sa.JSON(), nullable=False),
        sa.Column("policy_version", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["wave_key"], ["waves.key"], name=op.f("fk_published_participation_wave_key_waves")
        ),
        sa.PrimaryKeyConstraint(
            "wave_key", "survey_key", "cut", "member", name=op.f("pk_published_participation")
        ),
    )
    op.create_table(
        "published_statistics",
        sa.Column("wave_key", sa.String(length=10), nullable=False),
        sa.Column("survey_key", sa.String(length=40), nullable=False),
        sa.Column("cut", sa.String(length=20), nullable=False),
        sa.Column("member", sa.String(length=40), nullable=False),
        sa.Column("item_key", sa.String(length=40), nullable=False),
        sa.Column("statistic", sa.JSON(), nullable=False),
        sa.Column("policy_version", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["wave_key"], ["waves.key"], name=op.f("fk_published_statistics_wave_key_waves")
        ),
        sa.PrimaryKeyConstraint(
            "wave_key", "survey_key", "cut", "member", "item_key", name=op.f("pk_published_statistics")
        ),
    )
    op.create_table(
        "remarks",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("wave_key", sa.String(length=10), nullable=False),
        sa.Column("survey_key", sa.String(length=40), nullable=False),
        sa.Column("item_key", sa.String(length=40), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("region_key", sa.String(length=40), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("quote_state", sa.String(length=10), nullable=False),
        sa.Column("proposed_by", sa.String(length=32), nullable=True),
        sa.Column("released_by", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "quote_state <> 'released' OR (released_by IS NOT NULL AND released_by <> proposed_by)",
            name=op.f("ck_remarks_four_eyes"),
        ),
        sa.CheckConstraint(
            "quote_state IN ('none', 'proposed', 'released')", name=op.f("ck_remarks_quote_state")
        ),
        sa.CheckConstraint("state IN ('new', 'coded', 'dismissed')", name=op.f("ck_remarks_state")),
        sa.ForeignKeyConstraint(["wave_key"], ["waves.key"], name=op.f("fk_remarks_wave_key_waves")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remarks")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("remarks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_remarks_wave_key"), ["wave_key"], unique=False)

    op.create_table(
        "responses",
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
    with op.batch_alter_table("responses", schema=None) as batch_op:
        batch_op.create_index("ix_responses_wave", ["wave_key", "survey_key"], unique=False)

    op.create_table(
        "signals",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=True),
        sa.Column("wave_key", sa.String(length=10), nullable=False),
        sa.Column("region_key", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("theme_key", sa.String(length=3), nullable=False),
        sa.Column("observation", sa.Text(), nullable=False),
        sa.Column("frequency", sa.String(length=40), nullable=False),
        sa.Column("spread", sa.String(length=40), nullable=False),
        sa.Column("solver", sa.String(length=40), nullable=False),
        sa.Column("is_practice", sa.Boolean(), nullable=False),
        sa.Column("own_action", sa.Text(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("reading", sa.Text(), nullable=False),
        sa.Column("reading_by", sa.String(length=200), nullable=False),
        sa.Column("causes", sa.Text(), nullable=False),
        sa.Column("consequence", sa.Text(), nullable=False),
        sa.Column("ask", sa.Text(), nullable=False),
        sa.Column("addressee", sa.String(length=200), nullable=False),
        sa.Column("evidence", sa.String(length=40), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("earlier_id", sa.String(length=32), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state <> 'niet_weerhouden' OR reason <> ''", name=op.f("ck_signals_dropped_has_reason")
        ),
        sa.CheckConstraint(
            "state IN ('pre_signaal', 'getoetst', 'signaal', 'gevalideerd', 'overgemaakt', 'beantwoord', 'teruggekoppeld', 'afgesloten', 'niet_weerhouden')",
            name=op.f("ck_signals_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('signaal', 'gevalideerd', 'overgemaakt', 'beantwoord', 'teruggekoppeld', 'afgesloten') OR (code IS NOT NULL AND title <> '' AND finding <> '' AND ask <> '')",
            name=op.f("ck_signals_signal_is_whole"),
        ),
        sa.ForeignKeyConstraint(["earlier_id"], ["signals.id"], name=op.f("fk_signals_earlier_id_signals")),
        sa.ForeignKeyConstraint(["wave_key"], ["waves.key"], name=op.f("fk_signals_wave_key_waves")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signals")),
        sa.UniqueConstraint("code", name=op.f("uq_signals_code")),
    )
    with op.batch_alter_table("signals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signals_wave_key"), ["wave_key"], unique=False)

    op.create_table(
        "staff_sessions",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_staff_sessions_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_staff_sessions")),
    )
    with op.batch_alter_table("staff_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_sessions_account_id"), ["account_id"], unique=False)

    op.create_table(
        "version_texts",
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("review_state", sa.String(length=10), nullable=False),
        sa.Column("frozen_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["fingerprint"],
            ["questionnaire_versions.fingerprint"],
            name=op.f("fk_version_texts_fingerprint_questionnaire_versions"),
        ),
        sa.PrimaryKeyConstraint("fingerprint", "locale", name=op.f("pk_version_texts")),
    )
    op.create_table(
        "wave_questionnaires",
        sa.Column("wave_key", sa.String(length=10), nullable=False),
        sa.Column("survey_key", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["fingerprint"],
            ["questionnaire_versions.fingerprint"],
            name=op.f("fk_wave_questionnaires_fingerprint_questionnaire_versions"),
        ),
        sa.ForeignKeyConstraint(
            ["wave_key"], ["waves.key"], name=op.f("fk_wave_questionnaires_wave_key_waves")
        ),
        sa.PrimaryKeyConstraint("wave_key", "survey_key", name=op.f("pk_wave_questionnaires")),
    )
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
    op.create_table(
        "invitations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("wave_key", sa.String(length=10), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("trajectory_id", sa.String(length=32), nullable=True),
        sa.Column("activity_id", sa.String(length=32), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("region_key", sa.String(length=40), nullable=False),
        sa.Column("agency_key", sa.String(length=40), nullable=False),
        sa.Column("offer_type", sa.String(length=40), nullable=False),
        sa.Column("contact_language", sa.String(length=10), nullable=False),
        sa.Column("disposition", sa.String(length=12), nullable=False),
        sa.CheckConstraint(
            "(audience = 'newcomer' AND trajectory_id IS NOT NULL AND activity_id IS NULL) OR (audience = 'partner' AND activity_id IS NOT NULL AND trajectory_id IS NULL)",
            name=op.f("ck_invitations_one_side"),
        ),
        sa.CheckConstraint("audience IN ('newcomer', 'partner')", name=op.f("ck_invitations_audience")),
        sa.CheckConstraint(
            "disposition IN ('unknown', 'delivered', 'answered', 'refused', 'bounced', 'not_offered', 'not_eligible')",
            name=op.f("ck_invitations_disposition"),
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_invitations_activity_id_activities")
        ),
        sa.ForeignKeyConstraint(
            ["trajectory_id"], ["trajectories.id"], name=op.f("fk_invitations_trajectory_id_trajectories")
        ),
        sa.ForeignKeyConstraint(["wave_key"], ["waves.key"], name=op.f("fk_invitations_wave_key_waves")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("activity_id", name=op.f("uq_invitations_activity_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
        sa.UniqueConstraint("trajectory_id", name=op.f("uq_invitations_trajectory_id")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitations_wave_key"), ["wave_key"], unique=False)

    op.create_table(
        "remark_themes",
        sa.Column("remark_id", sa.String(length=32), nullable=False),
        sa.Column("theme_key", sa.String(length=3), nullable=False),
        sa.ForeignKeyConstraint(
            ["remark_id"],
            ["remarks.id"],
            name=op.f("fk_remark_themes_remark_id_remarks"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("remark_id", "theme_key", name=op.f("pk_remark_themes")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "signal_events",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("signal_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["signal_id"], ["signals.id"], name=op.f("fk_signal_events_signal_id_signals"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal_events")),
    )
    with op.batch_alter_table("signal_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signal_events_signal_id"), ["signal_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("signal_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signal_events_signal_id"))

    op.drop_table("signal_events")
    op.drop_table("remark_themes")
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitations_wave_key"))

    op.drop_table("invitations")
    op.drop_table("answers")
    op.drop_table("wave_questionnaires")
    op.drop_table("version_texts")
    with op.batch_alter_table("staff_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_sessions_account_id"))

    op.drop_table("staff_sessions")
    with op.batch_alter_table("signals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signals_wave_key"))

    op.drop_table("signals")
    with op.batch_alter_table("responses", schema=None) as batch_op:
        batch_op.drop_index("ix_responses_wave")

    op.drop_table("responses")
    with op.batch_alter_table("remarks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_remarks_wave_key"))

    op.drop_table("remarks")
    op.drop_table("published_statistics")
    op.drop_table("published_participation")
    op.drop_table("frozen_groups")
    op.drop_table("frozen_counts")
    with op.batch_alter_table("editions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_editions_wave_key"))

    op.drop_table("editions")
    with op.batch_alter_table("activities", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activities_partner_id"))

    op.drop_table("activities")
    op.drop_table("waves")
    with op.batch_alter_table("trajectories", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trajectories_ended_on"))

    op.drop_table("trajectories")
    with op.batch_alter_table("signin_failures", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signin_failures_subject"))

    op.drop_table("signin_failures")
    op.drop_table("questionnaire_versions")
    with op.batch_alter_table("partners", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_partners_email"))

    op.drop_table("partners")
    op.drop_table("jobs")
    op.drop_table("installation")
    op.drop_table("import_batches")
    op.drop_table("accounts")
