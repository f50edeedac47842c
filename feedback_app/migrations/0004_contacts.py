"""trajectories that still run, files that can be undone, and the shared list of partners.

Stands alone: imports nothing of the application, whose models may have moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _upgrade()


def _upgrade() -> None:
    with op.batch_alter_table("import_batches") as batch_op:
        batch_op.add_column(sa.Column("region_key", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("ended", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True))
    _partners()
    _trajectories()
    _contact_list()
    _uploads()


def _partners() -> None:
    with op.batch_alter_table("partners") as batch_op:
        batch_op.add_column(sa.Column("opted_out", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("merged_into_id", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("merged_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("batch_id", sa.String(length=32), nullable=True))
        batch_op.create_index(op.f("ix_partners_merged_into_id"), ["merged_into_id"])
        batch_op.create_index(op.f("ix_partners_batch_id"), ["batch_id"])
        batch_op.create_foreign_key(
            op.f("fk_partners_merged_into_id_partners"), "partners", ["merged_into_id"], ["id"]
        )
        batch_op.create_foreign_key(
            op.f("fk_partners_batch_id_import_batches"), "import_batches", ["batch_id"], ["id"]
        )
        batch_op.create_check_constraint(op.f("ck_partners_has_name"), "name <> ''")
        batch_op.create_check_constraint(op.f("ck_partners_not_into_itself"), "merged_into_id <> id")
        batch_op.create_check_constraint(
            op.f("ck_partners_merged_has_date"), "(merged_into_id IS NULL) = (merged_on IS NULL)"
        )


def _trajectories() -> None:
    with op.batch_alter_table("trajectories", table_kwargs={"sqlite_with_rowid": False}) as batch_op:
        batch_op.alter_column("ended_on", existing_type=sa.Date(), nullable=True)
        batch_op.alter_column("hours", existing_type=sa.Numeric(6, 2), nullable=True)
        for column in ("batch_id", "ended_batch_id"):
            batch_op.add_column(sa.Column(column, sa.String(length=32), nullable=True))
            batch_op.create_index(op.f(f"ix_trajectories_{column}"), [column])
            batch_op.create_foreign_key(
                op.f(f"fk_trajectories_{column}_import_batches"), "import_batches", [column], ["id"]
            )
        batch_op.drop_constraint(op.f("ck_trajectories_outcome"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_trajectories_outcome"), "outcome IN ('completed', 'stopped', 'running')"
        )
        batch_op.create_check_constraint(
            op.f("ck_trajectories_ended_has_date"), "(outcome = 'running') = (ended_on IS NULL)"
        )
        batch_op.create_check_constraint(
            op.f("ck_trajectories_ended_has_hours"), "outcome = 'running' OR hours IS NOT NULL"
        )
        batch_op.create_check_constraint(
            op.f("ck_trajectories_running_has_no_contact"),
            "outcome <> 'running' OR (phone_sealed IS NULL AND email_sealed IS NULL)",
        )
    with op.batch_alter_table("activities", table_kwargs={"sqlite_with_rowid": False}) as batch_op:
        batch_op.add_column(sa.Column("batch_id", sa.String(length=32), nullable=True))
        batch_op.create_index(op.f("ix_activities_batch_id"), ["batch_id"])
        batch_op.create_foreign_key(
            op.f("fk_activities_batch_id_import_batches"), "import_batches", ["batch_id"], ["id"]
        )


def _contact_list() -> None:
    for table, column in (("partner_regions", "region_key"), ("partner_offers", "offer_type")):
        op.create_table(
            table,
            sa.Column("partner_id", sa.String(length=32), nullable=False),
            sa.Column(column, sa.String(length=40), nullable=False),
            sa.ForeignKeyConstraint(
                ["partner_id"],
                ["partners.id"],
                name=op.f(f"fk_{table}_partner_id_partners"),
                ondelete="CASCADE",
            ),
            sa.PrimaryKeyConstraint("partner_id", column, name=op.f(f"pk_{table}")),
        )
    op.create_table(
        "partner_contacts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("partner_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("function", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("opted_out", sa.Boolean(), nullable=False),
        sa.Column("changed_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "name <> '' OR email IS NOT NULL", name=op.f("ck_partner_contacts_has_name_or_email")
        ),
        sa.CheckConstraint(
            "NOT chosen OR email IS NOT NULL", name=op.f("ck_partner_contacts_chosen_has_email")
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_partner_contacts_partner_id_partners")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_contacts")),
    )
    op.create_index(op.f("ix_partner_contacts_partner_id"), "partner_contacts", ["partner_id"])
    op.create_index(op.f("ix_partner_contacts_email"), "partner_contacts", ["email"])
    op.create_index(
        "uq_partner_contacts_chosen",
        "partner_contacts",
        ["partner_id"],
        unique=True,
        sqlite_where=sa.text("chosen"),
        postgresql_where=sa.text("chosen"),
    )


def _uploads() -> None:
    op.create_table(
        "agency_mappings",
        sa.Column("agency_key", sa.String(length=40), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("changed_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("agency_key", name=op.f("pk_agency_mappings")),
    )
    op.create_table(
        "import_uploads",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("region_key", sa.String(length=40), nullable=True),
        sa.Column("agency_key", sa.String(length=40), nullable=True),
        sa.Column("layout", sa.String(length=80), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_uploads")),
    )
    op.create_index(op.f("ix_import_uploads_uploaded_at"), "import_uploads", ["uploaded_at"])
    op.create_table(
        "import_upload_pieces",
        sa.Column("upload_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('content', 'rows', 'refused')", name=op.f("ck_import_upload_pieces_kind")
        ),
        sa.ForeignKeyConstraint(
            ["upload_id"],
            ["import_uploads.id"],
            name=op.f("fk_import_upload_pieces_upload_id_import_uploads"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("upload_id", "kind", "number", name=op.f("pk_import_upload_pieces")),
    )


def downgrade() -> None:
    """Takes back what the older release has no place for: running trajectories, contacts and merges."""
    _downgrade()


def _downgrade() -> None:
    for table in ("import_upload_pieces", "import_uploads", "agency_mappings"):
        op.drop_table(table)
    for table in ("partner_contacts", "partner_offers", "partner_regions"):
        op.drop_table(table)
    op.execute(
        "DELETE FROM activities WHERE trajectory_id IN (SELECT id FROM trajectories WHERE outcome = 'running')"
    )
    op.execute("DELETE FROM trajectories WHERE outcome = 'running'")
    with op.batch_alter_table("activities", table_kwargs={"sqlite_with_rowid": False}) as batch_op:
        batch_op.drop_constraint(op.f("fk_activities_batch_id_import_batches"), type_="foreignkey")
        batch_op.drop_index(op.f("ix_activities_batch_id"))
        batch_op.drop_column("batch_id")
    with op.batch_alter_table("trajectories", table_kwargs={"sqlite_with_rowid": False}) as batch_op:
        for check in ("ended_has_date", "ended_has_hours", "running_has_no_contact", "outcome"):
            batch_op.drop_constraint(op.f(f"ck_trajectories_{check}"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_trajectories_outcome"), "outcome IN ('completed', 'stopped')"
        )
        for column in ("batch_id", "ended_batch_id"):
            batch_op.drop_constraint(op.f(f"fk_trajectories_{column}_import_batches"), type_="foreignkey")
            batch_op.drop_index(op.f(f"ix_trajectories_{column}"))
            batch_op.drop_column(column)
        batch_op.alter_column("ended_on", existing_type=sa.Date(), nullable=False)
        batch_op.alter_column("hours", existing_type=sa.Numeric(6, 2), nullable=False)
    with op.batch_alter_table("partners") as batch_op:
        for check in ("has_name", "not_into_itself", "merged_has_date"):
            batch_op.drop_constraint(op.f(f"ck_partners_{check}"), type_="check")
        batch_op.drop_constraint(op.f("fk_partners_merged_into_id_partners"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_partners_batch_id_import_batches"), type_="foreignkey")
        batch_op.drop_index(op.f("ix_partners_merged_into_id"))
        batch_op.drop_index(op.f("ix_partners_batch_id"))
        for column in ("batch_id", "merged_on", "merged_into_id", "opted_out"):
            batch_op.drop_column(column)
    with op.batch_alter_table("import_batches") as batch_op:
        for column in ("undone_at", "ended", "region_key"):
            batch_op.drop_column(column)
