"""the life of signals: test list, due dates, who follows up, what was answered, reminders, a history of changes.

Stands alone: imports nothing of the application, whose models may have moved on.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_TEXTS = {"municipalities": 40, "concerns": 200, "level": 40, "answered_by": 200}
_ANSWER_WITHIN = timedelta(weeks=8)
_RULES = {
    "handed_over_has_days": "state NOT IN ('overgemaakt', 'beantwoord', 'teruggekoppeld', 'afgesloten')"
    " OR (handed_on IS NOT NULL AND due_on IS NOT NULL)",
    "answered_has_answer": "state NOT IN ('beantwoord', 'teruggekoppeld', 'afgesloten')"
    " OR (answer <> '' AND answered_on IS NOT NULL)",
    "due_after_handed_over": "due_on >= handed_on",
    "follows_another": "earlier_id <> id",
}
_KINDS = "'written', 'reworded', 'tested', 'moved', 'planned', 'attached', 'detached', 'reminded'"


def upgrade() -> None:
    with op.batch_alter_table("signals") as batch_op:
        for name, length in _TEXTS.items():
            batch_op.add_column(sa.Column(name, sa.String(length=length), server_default="", nullable=False))
        batch_op.add_column(sa.Column("will_do", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("handed_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("due_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("responsible_id", sa.String(length=32), nullable=True))
        batch_op.create_index(op.f("ix_signals_due_on"), ["due_on"])
    with op.batch_alter_table("signal_events") as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=10), server_default="moved", nullable=False))
        batch_op.add_column(sa.Column("changes", sa.JSON(), server_default="{}", nullable=False))
    with op.batch_alter_table("signal_evidence") as batch_op:
        batch_op.add_column(sa.Column("digest", sa.String(length=64), server_default="", nullable=False))
    _fill_in()
    with op.batch_alter_table("signals") as batch_op:
        for name, length in _TEXTS.items():
            _without_default(batch_op, name, sa.String(length=length))
        _without_default(batch_op, "will_do", sa.Text())
        for name, rule in _RULES.items():
            batch_op.create_check_constraint(op.f(f"ck_signals_{name}"), rule)
    with op.batch_alter_table("signal_events") as batch_op:
        _without_default(batch_op, "kind", sa.String(length=10))
        _without_default(batch_op, "changes", sa.JSON())
        batch_op.create_check_constraint(op.f("ck_signal_events_kind"), f"kind IN ({_KINDS})")
    with op.batch_alter_table("signal_evidence") as batch_op:
        _without_default(batch_op, "digest", sa.String(length=64))
    _new_tables()


def downgrade() -> None:
    """What the older release has no place for is lost: test lists, dates, reminders, what changed."""
    op.drop_table("signal_reminders")
    op.drop_table("signal_checks")
    with op.batch_alter_table("signal_evidence") as batch_op:
        batch_op.drop_column("digest")
    # which the older release would take for rewordings
    op.execute(
        "DELETE FROM signal_events WHERE kind IN ('tested', 'planned', 'attached', 'detached', 'reminded')"
    )
    with op.batch_alter_table("signal_events") as batch_op:
        batch_op.drop_constraint(op.f("ck_signal_events_kind"), type_="check")
        batch_op.drop_column("kind")
        batch_op.drop_column("changes")
    with op.batch_alter_table("signals") as batch_op:
        for name in _RULES:
            batch_op.drop_constraint(op.f(f"ck_signals_{name}"), type_="check")
        batch_op.drop_index(op.f("ix_signals_due_on"))
        for name in (*_TEXTS, "will_do", "handed_on", "due_on", "responsible_id"):
            batch_op.drop_column(name)


def _without_default(batch_op: BatchOperations, name: str, kind: sa.types.TypeEngine[Any]) -> None:
    """The default was for the rows that were there; the application gives a value itself."""
    batch_op.alter_column(name, existing_type=kind, existing_nullable=False, server_default=None)


def _new_tables() -> None:
    criteria = (
        "recurring",
        "beyond_one",
        "spread",
        "second_source",
        "neutral",
        "not_own_level",
        "unrecognisable",
    )
    op.create_table(
        "signal_checks",
        sa.Column("signal_id", sa.String(length=32), nullable=False),
        sa.Column("criterion", sa.String(length=20), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "criterion IN ({})".format(", ".join(f"'{one}'" for one in criteria)),
            name=op.f("ck_signal_checks_criterion"),
        ),
        _to_signal("signal_checks"),
        sa.PrimaryKeyConstraint("signal_id", "criterion", name=op.f("pk_signal_checks")),
    )
    op.create_table(
        "signal_reminders",
        sa.Column("signal_id", sa.String(length=32), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("about_on", sa.Date(), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "step IN ('due_soon', 'overdue', 'overdue_again', 'tell_back')",
            name=op.f("ck_signal_reminders_step"),
        ),
        sa.CheckConstraint(
            "state IN ('claimed', 'sent', 'failed', 'unknown')", name=op.f("ck_signal_reminders_state")
        ),
        _to_signal("signal_reminders"),
        sa.PrimaryKeyConstraint(
            "signal_id", "step", "about_on", "account_id", name=op.f("pk_signal_reminders")
        ),
    )


def _to_signal(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_signal_id_signals")
    return sa.ForeignKeyConstraint(["signal_id"], ["signals.id"], name=name, ondelete="CASCADE")


def _fill_in() -> None:
    """What the new columns say of signals that were there before."""
    bind = op.get_bind()
    bind.execute(sa.text("UPDATE signals SET level = solver"))
    handed = _fill_in_kinds(bind)
    signals = sa.table(
        "signals",
        *(sa.column(name) for name in ("id", "state", "answer")),
        sa.column("handed_on", sa.Date()),
        sa.column("due_on", sa.Date()),
        sa.column("answered_on", sa.Date()),
    )
    after = ("overgemaakt", "beantwoord", "teruggekoppeld", "afgesloten")
    for one in bind.execute(sa.select(signals).where(signals.c.state.in_(after))).all():
        day = min(filter(None, (handed.get(one.id), one.answered_on)), default=datetime.now(UTC).date())
        values = {"handed_on": day, "due_on": day + _ANSWER_WITHIN}
        if one.state != "overgemaakt":
            values |= {"answer": one.answer or "–", "answered_on": one.answered_on or day}
        bind.execute(sa.update(signals).where(signals.c.id == one.id).values(**values))


def _fill_in_kinds(bind: sa.Connection) -> dict[str, Any]:
    """Tell by its state what each event was; signal → the day on which it was last handed over."""
    events = sa.table(
        "signal_events",
        *(sa.column(name) for name in ("id", "signal_id", "state", "kind")),
        sa.column("at", sa.DateTime(timezone=True)),
    )
    before: dict[str, str] = {}
    handed: dict[str, Any] = {}
    for one in bind.execute(sa.select(events).order_by(events.c.at, events.c.id)).all():
        known = before.get(one.signal_id)
        kind = "written" if known is None else "reworded" if known == one.state else "moved"
        bind.execute(sa.update(events).where(events.c.id == one.id).values(kind=kind))
        before[one.signal_id] = one.state
        if one.state == "overgemaakt":
            handed[one.signal_id] = one.at.date()
    return handed
