"""messages sent by hand have a channel of their own; only what is completed keeps contact data.

Stands alone: imports nothing of the application, whose models may have moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_NO_CONTACT = "(phone_sealed IS NULL AND email_sealed IS NULL)"
_WITHOUT_ROWID = {"sqlite_with_rowid": False}


def upgrade() -> None:
    with op.batch_alter_table("sendings", table_kwargs=_WITHOUT_ROWID) as batch_op:
        batch_op.drop_constraint(op.f("ck_sendings_channel"), type_="check")
        batch_op.alter_column("channel", existing_type=sa.String(5), type_=sa.String(8))
        batch_op.create_check_constraint(
            op.f("ck_sendings_channel"), "channel IN ('email', 'sms', 'whatsapp')"
        )
    op.execute(
        "UPDATE trajectories SET phone_sealed = NULL, email_sealed = NULL WHERE outcome <> 'completed'"
    )
    with op.batch_alter_table("trajectories", table_kwargs=_WITHOUT_ROWID) as batch_op:
        batch_op.drop_constraint(op.f("ck_trajectories_running_has_no_contact"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_trajectories_only_completed_has_contact"), f"outcome = 'completed' OR {_NO_CONTACT}"
        )


def downgrade() -> None:
    """What was sent by hand becomes a text message again: so the older release noted it."""
    with op.batch_alter_table("trajectories", table_kwargs=_WITHOUT_ROWID) as batch_op:
        batch_op.drop_constraint(op.f("ck_trajectories_only_completed_has_contact"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_trajectories_running_has_no_contact"), f"outcome <> 'running' OR {_NO_CONTACT}"
        )
    op.execute("UPDATE sendings SET channel = 'sms' WHERE channel = 'whatsapp'")
    with op.batch_alter_table("sendings", table_kwargs=_WITHOUT_ROWID) as batch_op:
        batch_op.drop_constraint(op.f("ck_sendings_channel"), type_="check")
        batch_op.alter_column("channel", existing_type=sa.String(8), type_=sa.String(5))
        batch_op.create_check_constraint(op.f("ck_sendings_channel"), "channel IN ('email', 'sms')")
